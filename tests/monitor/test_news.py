"""One cause, one message: the same culprit, the same domain, the same check, a sick vantage."""

from healthcheck.monitor.alert import Kind
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import Looked
from tests.monitor import FAIL, NOON, PASS, UNKNOWN, WARN, at, claim, observation, seen, to_output, told
from tests.monitor.test_store import one_pass

SPF, DKIM, LIST = "spf.includes-exist", "dkim.key-published", "dnsbl.not-listed"
CLIENTS = [f"client-{number:03}.example" for number in range(400)]


def everybody(status, blamed=(), clients=CLIENTS, hour=0, **more):
    return [observation(name, seen(SPF, status, blamed), now=at(hour), **more) for name in clients]


def test_an_include_that_is_broken_for_four_hundred_clients_is_one_message(file_store):
    one_pass(file_store, *everybody(PASS))
    (alert,) = one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), hour=1), now=at(1))
    assert (alert.kind, alert.culprit, alert.count, len(alert.domains)) == (Kind.PROBLEM, "spf.esp.test", 400, 20)
    assert alert.title.startswith("spf.esp.test: 400 domains fail because of it")
    assert one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), hour=2), now=at(2)) == ()
    assert one_pass(file_store, *everybody(PASS, hour=3), now=at(3)) == ()
    (end,) = one_pass(file_store, *everybody(PASS, hour=4), now=at(4))
    assert (end.over, end.dedup_key, end.count) == (True, alert.dedup_key, 400)


def test_who_joins_a_culprit_later_is_silent_and_the_end_comes_with_the_last(file_store):
    some, others = CLIENTS[:3], CLIENTS[3:6]
    one_pass(file_store, *everybody(PASS, clients=some + others))
    (alert,) = one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), clients=some, hour=1), now=at(1))
    assert one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), clients=others, hour=2), now=at(2)) == ()
    for hour in (3, 4):
        assert one_pass(file_store, *everybody(PASS, clients=some, hour=hour), now=at(hour)) == ()
    assert one_pass(file_store, *everybody(PASS, clients=others, hour=5), now=at(5)) == ()
    (end,) = one_pass(file_store, *everybody(PASS, clients=others, hour=6), now=at(6))
    assert (end.over, end.dedup_key, end.count) == (True, alert.dedup_key, 6)


def test_two_domains_with_the_same_name_in_their_findings_are_two_messages(file_store):
    one_pass(file_store, *everybody(PASS, clients=CLIENTS[:2]))
    alerts = one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), clients=CLIENTS[:2], hour=1), now=at(1))
    assert [alert.domains for alert in alerts] == [(name,) for name in CLIENTS[:2]]
    assert len({alert.dedup_key for alert in alerts}) == 2


def test_a_shared_address_that_is_listed_is_the_culprit_and_another_problem_is_told_by_itself(file_store):
    names = CLIENTS[:5]
    one_pass(file_store, *[observation(name, seen(SPF, PASS), seen(LIST, PASS)) for name in names])
    blamed = ("192.0.2.7", "zen.test")
    for hour in (1, 2):
        bad = [observation(name, seen(SPF, PASS), seen(LIST, FAIL, blamed), now=at(hour)) for name in names[1:]]
        own = observation(names[0], seen(SPF, FAIL), seen(LIST, PASS), now=at(hour))
        alerts = one_pass(file_store, own, *bad, now=at(hour))
        if hour == 1:
            assert [alert.title for alert in alerts] == [f"{names[0]}: {SPF} is fail"]
        else:
            assert [(alert.culprit, alert.count) for alert in alerts] == [("192.0.2.7", 4)]


def test_several_checks_of_one_domain_are_one_message(file_store):
    checks = [f"spf.check-{letter}" for letter in "abcd"]
    one_pass(file_store, observation("example.com", *[seen(check, PASS) for check in checks]))
    bad = observation("example.com", *[seen(check, FAIL) for check in checks], now=at(1))
    (alert,) = one_pass(file_store, bad, now=at(1))
    assert alert.checks == tuple(checks)
    assert alert.title.startswith("example.com: 4 checks: ")
    for hour in (2, 3):
        some = [seen(check, PASS if check != checks[0] else FAIL) for check in checks]
        assert one_pass(file_store, observation("example.com", *some, now=at(hour)), now=at(hour)) == ()
    one_pass(file_store, observation("example.com", *[seen(check, PASS) for check in checks], now=at(4)), now=at(4))
    (end,) = one_pass(
        file_store, observation("example.com", *[seen(check, PASS) for check in checks], now=at(5)), now=at(5)
    )
    assert (end.over, end.dedup_key) == (True, alert.dedup_key)


def test_one_check_that_begins_to_fail_everywhere_is_one_message(file_store):
    """A new version that knows more: nobody else is to blame, and nobody wants a thousand messages."""
    one_pass(file_store, *everybody(PASS, clients=CLIENTS[:50]))
    (alert,) = one_pass(file_store, *everybody(WARN, clients=CLIENTS[:50], hour=1), now=at(1))
    assert (alert.count, alert.severity, alert.culprit) == (50, "warning", "")


def test_a_failure_that_grows_worse_keeps_its_key(file_store):
    one_pass(file_store, observation("example.com", seen(SPF, PASS)))
    (warning,) = one_pass(file_store, observation("example.com", seen(SPF, WARN), now=at(1)), now=at(1))
    (failure,) = one_pass(file_store, observation("example.com", seen(SPF, FAIL), now=at(2)), now=at(2))
    assert (warning.severity, failure.severity) == ("warning", "error")
    assert warning.dedup_key == failure.dedup_key
    assert warning.event_key != failure.event_key
    one_pass(file_store, observation("example.com", seen(SPF, WARN), now=at(3)), now=at(3))
    (better,) = one_pass(file_store, observation("example.com", seen(SPF, WARN), now=at(4)), now=at(4))
    assert (better.kind, better.over, better.dedup_key) == (Kind.RECOVERY, False, warning.dedup_key)
    one_pass(file_store, observation("example.com", seen(SPF, PASS), now=at(5)), now=at(5))
    (end,) = one_pass(file_store, observation("example.com", seen(SPF, PASS), now=at(6)), now=at(6))
    assert (end.over, end.dedup_key) == (True, warning.dedup_key)


def test_two_checks_that_grow_worse_and_better_at_once_are_one_message_each(file_store):
    """They share a key: told one by one, the second would be taken for the first told twice, and lost."""
    checks = (SPF, DKIM)

    def both(status, hour):
        found = observation("example.com", *[seen(check, status) for check in checks], now=at(hour))
        return one_pass(file_store, found, now=at(hour))

    both(PASS, 0)
    (warning,) = both(WARN, 1)
    (failure,) = both(FAIL, 2)
    assert (failure.severity, failure.dedup_key) == ("error", warning.dedup_key)
    assert set(failure.checks) == set(checks)
    assert failure.title == f"example.com: {SPF}, {DKIM}: {DKIM} is fail"
    assert both(WARN, 3) == ()
    (better,) = both(WARN, 4)
    assert (better.kind, better.over, set(better.checks)) == (Kind.RECOVERY, False, set(checks))
    assert len(file_store.outbox.undelivered()) == 3


def test_what_grows_worse_for_all_for_one_cause_is_told_once(file_store):
    names, culprit = CLIENTS[:50], ("spf.esp.test",)
    one_pass(file_store, *everybody(PASS, clients=names))
    (warning,) = one_pass(file_store, *everybody(WARN, culprit, clients=names, hour=1), now=at(1))
    first = everybody(FAIL, culprit, clients=names[:10], hour=2)
    (failure,) = one_pass(file_store, *first, now=at(2))
    assert (failure.severity, failure.dedup_key, failure.culprit) == ("error", warning.dedup_key, "spf.esp.test")
    assert one_pass(file_store, *everybody(FAIL, culprit, clients=names, hour=3), now=at(3)) == ()


def test_one_check_that_grows_worse_everywhere_is_one_message(file_store):
    names = CLIENTS[:50]
    one_pass(file_store, *everybody(PASS, clients=names))
    (warning,) = one_pass(file_store, *everybody(WARN, clients=names, hour=1), now=at(1))
    (failure,) = one_pass(file_store, *everybody(FAIL, clients=names, hour=2), now=at(2))
    assert (failure.severity, failure.count, failure.dedup_key) == ("error", 50, warning.dedup_key)
    one_pass(file_store, *everybody(WARN, clients=names, hour=3), now=at(3))
    (better,) = one_pass(file_store, *everybody(WARN, clients=names, hour=4), now=at(4))
    assert (better.kind, better.over, better.count) == (Kind.RECOVERY, False, 50)


def test_a_break_after_flapping_is_told_as_a_break(file_store):
    def look(status, hour):
        return one_pass(file_store, observation("example.com", seen(LIST, status), now=at(hour)), now=at(hour))

    look(PASS, 0)
    told_of = [alert.kind for hour in range(1, 20) for alert in look((WARN, PASS)[hour % 2], hour)]
    assert told_of == [Kind.FLAPPING]
    settled = [alert for hour in range(20, 50) for alert in look(WARN, hour)]
    assert [alert.kind for alert in settled] == [Kind.SETTLED]
    assert look(FAIL, 50) == ()
    (broken,) = look(FAIL, 51)
    assert (broken.kind, broken.severity, broken.title) == (Kind.PROBLEM, "error", f"example.com: {LIST} is fail")


def test_a_dead_resolver_is_one_incident_and_its_end_one_recovery(file_store):
    names = CLIENTS[:20]
    one_pass(file_store, *everybody(PASS, clients=names))
    kinds = []
    for hour in range(1, 8):
        dead = 2 <= hour <= 5
        alerts = one_pass(
            file_store, *everybody(UNKNOWN if dead else PASS, clients=names, hour=hour, blind=dead), now=at(hour)
        )
        kinds.append([(alert.kind, alert.over, alert.domains) for alert in alerts])
    assert kinds == [[], [], [(Kind.INCIDENT, False, ())], [], [], [(Kind.RECOVERY, True, ())], []]


def test_one_pass_that_was_blind_is_nothing_to_tell(file_store):
    names = CLIENTS[:20]
    one_pass(file_store, *everybody(PASS, clients=names))
    assert one_pass(file_store, *everybody(UNKNOWN, clients=names, hour=1, blind=True), now=at(1)) == ()
    assert one_pass(file_store, *everybody(PASS, clients=names, hour=2), now=at(2)) == ()


def test_most_domains_unknown_at_once_is_the_vantage_though_its_canaries_answer(file_store):
    names = CLIENTS[:20]
    one_pass(file_store, *everybody(PASS, clients=names))
    kinds = []
    for hour in range(1, 10):
        dim = 2 <= hour <= 6
        alerts = one_pass(
            file_store, *everybody(UNKNOWN if dim else PASS, clients=names, hour=hour, dim=dim), now=at(hour)
        )
        kinds.append([alert.kind for alert in alerts])
    assert kinds == [[], [], [Kind.INCIDENT], [], [], [], [Kind.RECOVERY], [], []]


def test_what_is_still_lost_when_the_vantage_is_well_is_told_then(file_store):
    names = CLIENTS[:20]
    one_pass(file_store, *everybody(PASS, clients=names))
    alerts = []
    for hour in range(1, 9):
        dim = 2 <= hour <= 6
        still = everybody(UNKNOWN, clients=names[:1], hour=hour, dim=True)
        rest = everybody(UNKNOWN if dim else PASS, clients=names[1:], hour=hour, dim=dim)
        alerts += [(hour, alert.kind, alert.domains) for alert in one_pass(file_store, *still, *rest, now=at(hour))]
    assert alerts == [
        (3, Kind.INCIDENT, ()),
        (7, Kind.RECOVERY, ()),
        (7, Kind.LOST, (names[0],)),
    ]


def test_a_real_break_while_the_vantage_is_sick_is_told_when_it_is_well(file_store):
    names = CLIENTS[:20]
    one_pass(file_store, *everybody(PASS, clients=names))
    alerts = []
    for hour in range(1, 7):
        sick = 1 <= hour <= 3
        rest = everybody(UNKNOWN if sick else PASS, clients=names[1:], hour=hour, dim=sick)
        broken = everybody(FAIL, clients=names[:1], hour=hour)
        alerts += [(hour, alert.kind, alert.domains) for alert in one_pass(file_store, *broken, *rest, now=at(hour))]
    assert alerts == [(2, Kind.INCIDENT, ()), (4, Kind.RECOVERY, ()), (4, Kind.PROBLEM, (names[0],))]


def test_a_domain_whose_servers_are_silent_is_one_message_and_not_one_for_each_check(file_store):
    checks = [f"spf.check-{letter}" for letter in "abcdefgh"]
    others = [observation(name, seen(SPF, PASS)) for name in CLIENTS[:10]]
    one_pass(file_store, observation("example.com", *[seen(check, PASS) for check in checks]), *others)
    alerts = []
    for hour in range(1, 7):
        status = UNKNOWN if hour < 5 else PASS
        dark = observation(
            "example.com", *[seen(check, status) for check in checks], now=at(hour), dim=status is UNKNOWN
        )
        alerts += [(hour, alert.kind, alert.over) for alert in one_pass(file_store, dark, *others, now=at(hour))]
    assert alerts == [(3, Kind.LOST, False), (5, Kind.RECOVERY, True)]


def test_many_domains_on_the_same_silent_servers_are_one_message(file_store):
    checks = [f"spf.check-{letter}" for letter in "abcdefgh"]
    dark_ones, others = CLIENTS[:10], CLIENTS[10:40]

    def world(status, hour):
        dark = [
            observation(name, *[seen(check, status) for check in checks], now=at(hour), dim=status is UNKNOWN)
            for name in dark_ones
        ]
        return [*dark, *[observation(name, seen(SPF, PASS), now=at(hour)) for name in others]]

    one_pass(file_store, *world(PASS, 0))
    alerts = []
    for hour in range(1, 6):
        alerts += one_pass(file_store, *world(UNKNOWN if hour < 4 else PASS, hour), now=at(hour))
    assert [(alert.kind, alert.count, alert.over) for alert in alerts] == [
        (Kind.LOST, 10, False),
        (Kind.RECOVERY, 10, True),
    ]


def test_a_list_that_is_silent_for_all_is_one_message_that_names_it(file_store):
    names = CLIENTS[:30]

    def world(status, hour):
        return [observation(name, seen(SPF, PASS), seen(LIST, status, ("zen.test",)), now=at(hour)) for name in names]

    one_pass(file_store, *world(PASS, 0))
    alerts = []
    for hour in range(1, 6):
        alerts += one_pass(file_store, *world(UNKNOWN if hour < 4 else PASS, hour), now=at(hour))
    assert [(alert.kind, alert.culprit, alert.over) for alert in alerts] == [
        (Kind.LOST, "zen.test", False),
        (Kind.RECOVERY, "zen.test", True),
    ]


def test_what_was_bad_from_the_beginning_and_is_mended_is_told_once_for_all(file_store):
    names = CLIENTS[:30]
    one_pass(file_store, *everybody(FAIL, ("spf.esp.test",), clients=names))
    one_pass(file_store, *everybody(PASS, clients=names, hour=1), now=at(1))
    (end,) = one_pass(file_store, *everybody(PASS, clients=names, hour=2), now=at(2))
    assert (end.kind, end.over, end.count) == (Kind.RECOVERY, True, 30)


def test_what_was_bad_from_the_beginning_and_is_better_is_one_message_and_so_is_its_end(file_store):
    """It is told for the first time: whoever was told is owed the end, under the same key."""
    names = CLIENTS[:5]

    def all_of_them(status, hour):
        looks = [observation(name, seen(SPF, status), seen(DKIM, status), now=at(hour)) for name in names]
        return one_pass(file_store, *looks, now=at(hour))

    assert all_of_them(FAIL, 0) == ()
    assert all_of_them(WARN, 1) == ()
    better = all_of_them(WARN, 2)
    assert [(one.kind, one.over, one.count) for one in better] == [(Kind.RECOVERY, False, 5)] * 2
    assert all_of_them(PASS, 3) == ()
    ends = all_of_them(PASS, 4)
    assert [one.over for one in ends] == [True, True]
    assert {one.dedup_key for one in ends} == {one.dedup_key for one in better}


def test_the_outbox_holds_what_was_told(file_store):
    one_pass(file_store, observation("example.com", seen(SPF, PASS)))
    one_pass(file_store, observation("example.com", seen(SPF, FAIL), now=at(1)), now=at(1))
    assert told(file_store) == [("problem", f"example.com: {SPF} is fail")]
    assert file_store.outbox.undelivered()[0].created > NOON


def test_what_stands_is_told_again_after_the_time_that_was_asked_for_and_its_end_once(file_store):
    patience = Patience(repeat_after=86_400)

    def look(status, hour):
        bad = observation("example.com", seen(SPF, status), now=at(hour))
        run_id = file_store.begin("lab", "me", at(hour))
        file_store.lease(["example.com"], claim(now=at(hour)))
        file_store.commit(run_id, "me", [bad], patience, at(hour))
        return file_store.tell(Looked(run_id, 1), patience, to_output, at(hour))

    look(PASS, 0)
    told_at = {hour: look(FAIL, hour) for hour in range(1, 60, 6)}
    assert [hour for hour, alerts in told_at.items() if alerts] == [1, 25, 49]
    again = [alerts[0] for alerts in told_at.values() if alerts]
    assert [one.title for one in again] == [f"example.com: {SPF} is fail"] + [f"still: example.com: {SPF} is fail"] * 2
    assert len({one.dedup_key for one in again}) == 1
    assert len({one.event_key for one in again}) == 3
    look(PASS, 60)
    (end,) = look(PASS, 61)
    assert end.over
    assert look(PASS, 200) == ()
