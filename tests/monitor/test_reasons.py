"""The same check, bad as before, for another reason: told once for each reason, and not once for each look."""

import msgspec
import pytest

from checks.model import Status
from healthcheck.monitor.alert import Kind
from healthcheck.monitor.reading import Reason, Seen
from healthcheck.monitor.state import MOST_REASONS, Look, News, Patience, State, baseline, observe
from tests.monitor import FAIL, NOON, PASS, UNKNOWN, WARN, at, observation, seen
from tests.monitor.test_store import one_pass

SPF, LIST = "spf.includes-exist", "dnsbl.not-listed"
LETTERS = {"P": PASS, "W": WARN, "F": FAIL, "?": UNKNOWN}
SIGNS = {News.PROBLEM: "P", News.RECOVERY: "R", News.LOST: "L", News.FOUND: "f", News.CHANGED: "C"}


def news_of(course: str, network: bool = False) -> str:
    """What is told of looks such as `F:ab` (failing for a, and for b), one letter for each: `.` for nothing."""
    first, *rest = course.split()
    state = baseline(LETTERS[first[0]], at(0), tuple((why,) for why in first[2:]))
    told = "."
    for hour, look in enumerate(rest, 1):
        why = tuple((key,) for key in look[2:])
        state, change = observe(state, Look(LETTERS[look[0]], network, why), at(hour), Patience())
        told += SIGNS[change.news] if change is not None and change.news is not None else "."
    return told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ("P F:a F:a F:b F:b P P", ".P.C..R"),
        ("P F:a F:ab F:ab", ".PC."),  # one more besides
        ("P F:a F:b F:a F:b F:a", ".PC..."),  # each is told once, however often it comes back
        ("P F:ab F:a F:a", ".P.."),  # one of two is mended: no news
        ("P F:ab F:b F:b", ".PC."),  # what was told is mended, what stood behind it never was told
        ("F:a F:a F:b P P", "..C.R"),  # the first report told the first
        ("F:ab F:b F:b", "..."),  # and it told all of them
        ("P F:a P P F:a F:b", ".P.RPC"),
        ("P W:a F:b W:a W:a W:c", ".PP.RC"),
        ("P F:a ? F:b", ".P.C"),
        ("P F:a ? ? ? F:b F:b", ".P..LfC"),  # found again, and then that it is another
        ("P F:a F F:a", ".P.."),  # a look that tells no reason says nothing
    ],
)
def test_another_reason_is_told_once(course, told):
    assert news_of(course) == told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ("P F:a F:a F:b F:b F:b", "..P.C."),
        ("P F:a F:a F:b F:a F:b F:a", "..P...."),  # a list that is of two minds
        ("P F:a F:a F:b F:c F:d", "..P..."),
    ],
)
def test_what_hangs_on_a_network_must_be_seen_for_the_new_reason_twice(course, told):
    assert news_of(course, network=True) == told


def test_reasons_without_end_are_told_up_to_a_number_and_then_no_more():
    state = baseline(PASS, at(0))
    told = 0
    for hour in range(1, 300):
        state, change = observe(state, Look(FAIL, why=((f"key-{hour}",),)), at(hour), Patience())
        told += change is not None
    assert told == len(state.reasons or ()) == MOST_REASONS
    assert len(msgspec.json.encode(state)) < 4000


def test_what_an_older_version_remembered_is_no_news_for_its_reason():
    old = msgspec.json.decode(
        b'{"hard":"fail","known":"fail","since":"' + NOON.encode() + b'","last":"fail"}', type=State
    )
    state, change = observe(old, Look(FAIL, why=(("a",),)), at(1), Patience())
    assert change is None
    _, change = observe(state, Look(FAIL, why=(("b",),)), at(2), Patience())
    assert change is not None
    assert change.news is News.CHANGED


def test_what_goes_back_and_forth_is_not_told_for_its_reasons_besides():
    course = "P " + " ".join(f"F:{letter} P" for letter in "abcdefghijklmnopqrstuvwxyz")
    state = baseline(PASS, at(0))
    told = []
    for hour, look in enumerate(course.split()[1:], 1):
        state, change = observe(
            state, Look(LETTERS[look[0]], True, ((look[2:],),) if look[2:] else ()), at(hour), Patience()
        )
        told += [change.news] if change is not None and change.news is not None else []
    assert told == [News.FLAPPING]


def failing(check: str, *names: str, status: Status = FAIL) -> Seen:
    """A check that is bad because of these names."""
    reasons = tuple(
        Reason(
            (name,),
            f"{check}.{name}",
            "error" if status is FAIL else "warning",
            f"{name} is wrong",
            f"Mend {name}.",
            (name,),
        )
        for name in names
    )
    return msgspec.structs.replace(seen(check, status, names), reasons=reasons)


def look(store, check, hour, domain="example.com"):
    return one_pass(store, observation(domain, check, now=at(hour)), now=at(hour))


def test_an_alert_of_another_reason_tells_that_one_under_the_key_of_the_first(store):
    look(store, seen(SPF, PASS), 0)
    (first,) = look(store, failing(SPF, "one.test"), 1)
    (second,) = look(store, failing(SPF, "one.test", "two.test"), 2)
    assert (second.kind, second.dedup_key, second.over) == (Kind.CHANGED, first.dedup_key, False)
    assert second.title == f"example.com: a new reason for {SPF}: two.test is wrong"
    assert (second.remedy, second.severity) == ("Mend two.test.", "error")
    assert look(store, failing(SPF, "two.test"), 3) == ()
    history = store.history("example.com", "", at(4))
    assert [(one.news, one.text) for one in history.transitions][1:] == [("changed", "two.test is wrong")]
    look(store, seen(SPF, PASS), 4)
    (end,) = look(store, seen(SPF, PASS), 5)
    assert (end.over, end.dedup_key) == (True, first.dedup_key)


def test_what_was_bad_from_the_beginning_and_has_another_reason_is_a_problem_like_any_other(file_store):
    look(file_store, failing(SPF, "one.test"), 0)
    (alert,) = look(file_store, failing(SPF, "two.test"), 1)
    assert (alert.kind, alert.title) == (Kind.PROBLEM, "example.com: two.test is wrong")
    look(file_store, seen(SPF, PASS), 2)
    (end,) = look(file_store, seen(SPF, PASS), 3)
    assert (end.over, end.dedup_key) == (True, alert.dedup_key)


CLIENTS = [f"client-{number}.example" for number in range(6)]


def together(store, hour, *names, status=FAIL, clients=CLIENTS):
    checks = [failing(SPF, *names, status=status) if names else seen(SPF, PASS) for _ in clients]
    found = [observation(name, check, now=at(hour)) for name, check in zip(clients, checks, strict=True)]
    return one_pass(store, *found, now=at(hour))


def test_one_culprit_after_the_other_is_an_end_and_a_beginning(file_store):
    together(file_store, 0)
    (first,) = together(file_store, 1, "one.test")
    alerts = together(file_store, 2, "two.test")
    assert {(one.over, one.culprit, one.count) for one in alerts} == {(True, "one.test", 6), (False, "two.test", 6)}
    assert {one.dedup_key for one in alerts if one.over} == {first.dedup_key}
    together(file_store, 3)
    (end,) = together(file_store, 4)
    assert (end.over, end.culprit) == (True, "two.test")


def test_the_same_culprit_in_another_way_is_no_news(file_store):
    def with_code(code):
        reason = Reason((code,), code, "error", code, "", ("one.test",))
        return msgspec.structs.replace(seen(SPF, FAIL, ("one.test",)), reasons=(reason,))

    together(file_store, 0)
    together(file_store, 1, "one.test")
    for hour, code in ((2, "gone"), (3, "broken")):
        assert (
            one_pass(file_store, *[observation(name, with_code(code), now=at(hour)) for name in CLIENTS], now=at(hour))
            == ()
        )


def test_a_second_culprit_besides_the_first_is_one_message(file_store):
    together(file_store, 0)
    (first,) = together(file_store, 1, "one.test")
    (second,) = together(file_store, 2, "one.test", "two.test")
    assert (second.kind, second.dedup_key, second.count) == (Kind.CHANGED, first.dedup_key, 6)
    assert "two.test is wrong" in second.title


def test_a_culprit_whose_domains_are_better_and_then_fail_again_is_told_again(file_store):
    together(file_store, 0)
    (first,) = together(file_store, 1, "one.test")
    some = CLIENTS[:3]
    for hour in (2, 3):
        assert together(file_store, hour, "one.test", status=WARN, clients=some) == ()  # the others fail still
    together(file_store, 4, "one.test", status=WARN)
    (better,) = together(file_store, 5, "one.test", status=WARN)
    assert (better.kind, better.over, better.dedup_key, better.severity) == (
        Kind.RECOVERY,
        False,
        first.dedup_key,
        "warning",
    )
    (again,) = together(file_store, 6, "one.test")
    assert (again.kind, again.dedup_key, again.severity) == (Kind.PROBLEM, first.dedup_key, "error")
    together(file_store, 7)
    (end,) = together(file_store, 8)
    assert (end.over, end.dedup_key) == (True, first.dedup_key)


def test_who_joins_a_culprit_with_something_graver_is_told(file_store):
    together(file_store, 0)
    (first,) = together(file_store, 1, "one.test", status=WARN, clients=CLIENTS[:5])
    (graver,) = together(file_store, 2, "one.test", clients=CLIENTS[5:])
    assert (graver.dedup_key, graver.severity, graver.domains) == (first.dedup_key, "error", tuple(CLIENTS[5:]))


def test_a_check_that_was_better_everywhere_and_fails_again_is_told_again(file_store):
    """No culprit, one check, many domains: what was told to be better is told when it is not."""

    def all_of_them(status, hour):
        return one_pass(
            file_store, *[observation(name, seen(SPF, status), now=at(hour)) for name in CLIENTS], now=at(hour)
        )

    all_of_them(PASS, 0)
    (first,) = all_of_them(FAIL, 1)
    all_of_them(WARN, 2)
    (better,) = all_of_them(WARN, 3)
    (again,) = all_of_them(FAIL, 4)
    assert [one.severity for one in (first, better, again)] == ["error", "warning", "error"]
    assert {one.dedup_key for one in (first, better, again)} == {first.dedup_key}
