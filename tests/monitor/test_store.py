"""The contract of the store, kept by SQLite and by PostgreSQL alike."""

import threading

import msgspec
import pytest

from checks.model import Status
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import Keep, Looked, Store, open_store
from healthcheck.monitor.times import after
from tests.monitor import FAIL, NOON, PASS, UNKNOWN, WARN, at, claim, observation, seen, to_output, told

SPF, DKIM = "spf.published-once", "dkim.key-published"


def one_pass(store: Store, *observations, now: str = NOON, holder: str = "me") -> tuple[Alert, ...]:
    """Lease, remember and tell, as a pass does."""
    run = store.begin("lab", holder, now)
    leased = store.lease([one.domain for one in observations], claim(holder, now))
    store.commit(run, holder, [one for one in observations if one.domain in leased], Patience(), now)
    blind = sum(one.blind for one in observations)
    looked = Looked(run, len(observations), blind, sum(one.dim for one in observations))
    return store.tell(looked, Patience(), to_output, now)


class TestContract:
    """What every store does."""

    def test_the_first_report_is_the_baseline_and_tells_nothing(self, store):
        assert one_pass(store, observation("example.com", seen(SPF, FAIL))) == ()
        assert store.statuses("example.com") == {SPF: Status.FAIL}
        assert told(store) == []

    def test_a_problem_and_its_end_are_one_incident(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        (problem,) = one_pass(store, observation("example.com", seen(SPF, FAIL), now=at(1)), now=at(1))
        assert (problem.kind, problem.over, problem.severity, problem.domains) == (
            Kind.PROBLEM,
            False,
            "error",
            ("example.com",),
        )
        assert one_pass(store, observation("example.com", seen(SPF, FAIL), now=at(2)), now=at(2)) == ()
        assert one_pass(store, observation("example.com", seen(SPF, PASS), now=at(3)), now=at(3)) == ()
        (end,) = one_pass(store, observation("example.com", seen(SPF, PASS), now=at(4)), now=at(4))
        assert (end.kind, end.over, end.dedup_key) == (Kind.RECOVERY, True, problem.dedup_key)
        assert one_pass(store, observation("example.com", seen(SPF, PASS), now=at(5)), now=at(5)) == ()

    def test_a_leased_domain_is_nobody_elses(self, store):
        assert store.lease(["a.example", "b.example"], claim("me")) == ("a.example", "b.example")
        assert store.lease(["a.example", "c.example"], claim("you")) == ("c.example",)
        store.release("me", ["a.example"])
        assert store.lease(["a.example"], claim("you")) == ("a.example",)

    def test_a_lease_that_ran_out_is_taken_over_and_its_report_is_not_wanted_any_more(self, store):
        run = store.begin("lab", "me", NOON)
        store.lease(["a.example"], claim("me", NOON, 600))
        assert store.lease(["a.example"], claim("you", after(NOON, 599))) == ()
        assert store.lease(["a.example"], claim("you", after(NOON, 600))) == ("a.example",)
        assert store.commit(run, "me", [observation("a.example", seen(SPF, PASS))], Patience(), at(1)) == ()
        assert store.last_runs() == {}
        assert store.lease(["a.example"], claim("me", after(NOON, 601))) == ()

    def test_a_lease_of_a_clock_that_was_put_back_is_taken_over(self, store):
        store.lease(["a.example"], claim("me", at(100), 600))
        assert store.lease(["a.example"], claim("you", NOON, 600)) == ("a.example",)

    def test_what_is_not_due_is_not_leased(self, store):
        one_pass(store, observation("a.example", seen(SPF, PASS)))
        asked = []

        def due(domain, last):
            asked.append((domain, last))
            return domain == "b.example"

        wish = claim("me", at(1))
        leased = store.lease(["a.example", "b.example"], type(wish)(wish.holder, wish.now, wish.seconds, due))
        assert leased == ("b.example",)
        assert asked == [("a.example", NOON), ("b.example", None)]

    def test_what_was_examined_since_the_pass_began_is_not_examined_again_though_no_second_has_passed(self, store):
        one_pass(store, observation("a.example", seen(SPF, PASS)), observation("b.example", seen(SPF, PASS)))
        known = store.last_reports()
        one_pass(store, observation("a.example", seen(SPF, PASS)), holder="you")
        wish = msgspec.structs.replace(claim("me"), known=known)
        assert store.lease(["a.example", "b.example"], wish) == ("b.example",)

    def test_what_a_pass_under_way_has_just_done_is_left_alone_until_it_is_over(self, store):
        run = store.begin("lab", "you", NOON)
        store.lease(["a.example"], claim("you"))
        store.commit(run, "you", [observation("a.example", seen(SPF, PASS))], Patience(), NOON)
        wish = msgspec.structs.replace(claim("me", after(NOON, 5)), known=store.last_reports())
        assert store.lease(["a.example"], wish) == ()
        store.tell(Looked(run, 1), Patience(), to_output, after(NOON, 6))
        assert store.lease(["a.example"], wish) == ("a.example",)

    def test_two_that_want_the_same_domains_at_once_share_them(self, url):
        stores = [open_store(url, pytest.fail) for _ in range(4)]
        names = [f"d{number}.example" for number in range(40)]
        got: list[tuple[str, ...]] = []

        def take(number: int) -> None:
            got.extend(
                stores[number].lease(names[first : first + 5], claim(f"h-{number}")) for first in range(0, 40, 5)
            )

        threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for each in stores:
            each.close()
        assert sorted(name for some in got for name in some) == sorted(names)

    def test_a_report_that_says_the_same_is_kept_once(self, store):
        same = observation("example.com", seen(SPF, PASS))
        one_pass(store, same)
        first = store.last_report("example.com")
        one_pass(store, observation("example.com", seen(SPF, PASS), now=at(1)), now=at(1))
        assert store.last_report("example.com") == first == same.raw

    def test_records_are_kept_as_they_changed_and_silence_is_no_change(self, store):
        name = "example.com TXT"
        for hour, published in enumerate(
            ({name: ["v=spf1 -all"]}, {}, {name: ["v=spf1 mx -all"]}, {name: []}, {name: []})
        ):
            one_pass(
                store, observation("example.com", seen(SPF, PASS), now=at(hour), published=published), now=at(hour)
            )
        found = store.history("example.com", NOON, at(5))
        assert [(one.name, one.type, one.old, one.new, one.at) for one in found.records] == [
            ("example.com", "TXT", ["v=spf1 -all"], ["v=spf1 mx -all"], at(2)),
            ("example.com", "TXT", ["v=spf1 mx -all"], [], at(3)),
        ]

    def test_the_history_tells_transitions_days_and_what_is_bad_now(self, store):
        course = (PASS, FAIL, FAIL, PASS, PASS, WARN)
        for day, status in enumerate(course):
            one_pass(store, observation("example.com", seen(SPF, status), now=at(24 * day)), now=at(24 * day))
        found = store.history("example.com", NOON, at(24 * 6))
        assert [(one.old, one.new, one.since, one.at) for one in found.transitions] == [
            (PASS, FAIL, at(24), at(24)),
            (FAIL, PASS, at(72), at(96)),
            (PASS, WARN, at(120), at(120)),
        ]
        assert [day.worst for day in found.days][-7:] == [PASS, FAIL, FAIL, PASS, PASS, WARN, None]
        assert len(found.days) == 30
        assert [(one.code, one.since) for one in found.standing] == [(f"{SPF}.warn", at(120))]
        later = store.history("example.com", at(100), at(24 * 6))
        assert [one.new for one in later.transitions] == [WARN]
        assert store.history("never.example", NOON, at(1)) is None

    def test_a_blind_report_says_nothing_of_the_domain(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        for hour in range(1, 6):
            blind = observation("example.com", seen(SPF, FAIL), now=at(hour), blind=True)
            one_pass(store, blind, now=at(hour))
        assert store.statuses("example.com") == {SPF: Status.PASS}
        assert store.history("example.com", NOON, at(6)).transitions == ()

    def test_what_nobody_was_told_of_is_told_in_the_next_pass(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        run = store.begin("lab", "me", at(1))
        store.lease(["example.com"], claim("me", at(1)))
        store.commit(run, "me", [observation("example.com", seen(SPF, FAIL), now=at(1))], Patience(), at(1))
        # Here somebody is killed, before anything was told.
        (problem,) = one_pass(store, observation("other.example", seen(SPF, PASS), now=at(2)), now=at(2))
        assert (problem.domains, problem.since) == (("example.com",), at(1))

    def test_old_reports_are_forgotten_and_what_is_current_is_not(self, store):
        for day in (0, 1, 40, 41):
            one_pass(store, observation("example.com", seen(SPF, PASS), now=at(24 * day)), now=at(24 * day))
            one_pass(store, observation("gone.example", seen(SPF, PASS), now=at(0)), now=at(0))
        store.prune(Keep(), at(24 * 42))
        assert store.last_report("example.com") is not None
        assert store.last_report("gone.example") is not None, "the current report stays, however old it is"
        days = store.history("example.com", NOON, at(24 * 25)).days
        assert [day.worst for day in days].count(PASS) == 2, "the roll-up outlives the reports"
        store.prune(Keep(), at(24 * 500))
        days = store.history("example.com", NOON, at(24 * 25)).days
        assert [day.worst for day in days].count(PASS) == 0

    def test_a_domain_that_is_no_longer_watched_leaves_nothing_open(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        (problem,) = one_pass(store, observation("example.com", seen(SPF, FAIL), now=at(1)), now=at(1))
        (end,) = store.forget(["example.com"], to_output, at(2))
        assert (end.dedup_key, end.over) == (problem.dedup_key, True)
        assert store.forget(["example.com"], to_output, at(3)) == ()
        assert one_pass(store, observation("example.com", seen(SPF, FAIL), now=at(4)), now=at(4)) == (), (
            "a new baseline"
        )

    def test_a_check_that_is_new_has_a_baseline_of_its_own(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        assert (
            one_pass(store, observation("example.com", seen(SPF, PASS), seen(DKIM, FAIL), now=at(1)), now=at(1)) == ()
        )

    def test_a_check_that_was_left_out_is_as_it_was(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS), seen(DKIM, PASS)))
        (problem,) = one_pass(
            store, observation("example.com", seen(SPF, FAIL), seen(DKIM, PASS), now=at(1)), now=at(1)
        )
        for hour in (2, 3, 4):
            assert one_pass(store, observation("example.com", seen(DKIM, PASS), now=at(hour)), now=at(hour)) == ()
        assert store.statuses("example.com")[SPF] is FAIL
        assert problem.checks == (SPF,)

    def test_text_from_strangers_comes_back_as_it_was(self, store):
        nasty = {"example.com TXT": ["\\000'; DROP TABLE state; --", "💥" * 1000]}
        one_pass(store, observation("example.com", seen(SPF, PASS), published={"example.com TXT": []}))
        one_pass(store, observation("example.com", seen(SPF, PASS), now=at(1), published=nasty), now=at(1))
        (change,) = store.history("example.com", NOON, at(2)).records
        assert change.new == nasty["example.com TXT"]

    def test_a_clock_that_is_put_back_makes_no_storm(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS), now=at(100)), now=at(100))
        for hour in (1, 2, 3):
            assert one_pass(store, observation("example.com", seen(SPF, PASS), now=at(hour)), now=at(hour)) == ()
        (problem,) = one_pass(store, observation("example.com", seen(SPF, FAIL), now=at(4)), now=at(4))
        assert problem.since == at(100)

    def test_what_cannot_be_looked_at_is_told_late_and_found_again(self, store):
        one_pass(store, observation("example.com", seen(SPF, PASS)))
        kinds = []
        for hour, status in enumerate((UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, PASS), 1):
            alerts = one_pass(store, observation("example.com", seen(SPF, status), now=at(hour)), now=at(hour))
            kinds.append([(one.kind, one.over) for one in alerts])
        assert kinds == [[], [], [(Kind.LOST, False)], [], [(Kind.RECOVERY, True)]]


class TestOutbox:
    """What whoever delivers relies on."""

    def problem(self, number: int, over: bool = False, key: str = "") -> Alert:
        kind = Kind.RECOVERY if over else Kind.PROBLEM
        return Alert(kind, key or f"key-{number}", "error", f"title {number}", over=over, at=at(number))

    def test_what_is_claimed_is_nobody_elses_until_the_claim_is_over(self, store):
        store.outbox.put([self.problem(1), self.problem(2)], to_output, NOON)
        first = store.outbox.claim(["output"], NOON, after(NOON, 60))
        assert [one.alert.title for one in first] == ["title 1", "title 2"]
        assert store.outbox.claim(["output"], after(NOON, 59), at(1)) == ()
        store.outbox.sent(first[0].id, at(1))
        again = store.outbox.claim(["output"], after(NOON, 60), at(1))
        assert [one.alert.title for one in again] == ["title 2"]

    def test_the_same_event_is_put_once(self, store):
        store.outbox.put([self.problem(1)], to_output, NOON)
        store.outbox.put([self.problem(1)], to_output, at(1))
        assert len(store.outbox.undelivered()) == 1

    def test_an_end_never_overtakes_its_beginning(self, store):
        store.outbox.put([self.problem(1, key="one"), self.problem(2, over=True, key="one")], to_output, NOON)
        (first,) = store.outbox.claim(["output"], NOON, at(1))
        assert not first.alert.over
        store.outbox.failed(first.id, at(2), "connection refused")
        assert store.outbox.claim(["output"], at(1), at(2)) == ()
        (again,) = store.outbox.claim(["output"], at(2), at(3))
        assert (again.id, again.attempts, again.error) == (first.id, 1, "connection refused")
        store.outbox.sent(again.id, at(2))
        (second,) = store.outbox.claim(["output"], at(2), at(3))
        assert second.alert.over

    def test_what_was_given_up_is_still_told_to_be_undelivered(self, store):
        store.outbox.put([self.problem(1)], lambda _: ("a", "b"), NOON)
        (mine,) = store.outbox.claim(["a"], NOON, at(1))
        store.outbox.given_up(mine.id, NOON, "404 Not Found")
        assert [(one.channel, one.given_up) for one in store.outbox.undelivered()] == [("a", True), ("b", False)]
        assert store.outbox.claim(["a"], at(9), at(10)) == ()

    def test_a_try_that_a_wrong_clock_put_far_ahead_is_due(self, store):
        store.outbox.put([self.problem(1)], to_output, at(1000))
        assert len(store.outbox.claim(["output"], NOON, at(1))) == 1

    def test_two_that_deliver_at_once_deliver_each_alert_once(self, url):
        stores = [open_store(url, pytest.fail) for _ in range(3)]
        stores[0].outbox.put([self.problem(number) for number in range(30)], to_output, NOON)
        got: list[int] = []

        def take(each: Store) -> None:
            for _ in range(12):
                got.extend(one.id for one in each.outbox.claim(["output"], NOON, at(1), most=3))

        threads = [threading.Thread(target=take, args=(each,)) for each in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for each in stores:
            each.close()
        assert len(got) == len(set(got)) == 30
