"""The counting rules of docs/errors.md, one by one, and that partial tallies add up in any order."""

import pickle

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.events import KINDS, Event, Place, domain_of
from checks.delivery.tally import MOST_KEYS, Tally

CATEGORIES = ("recipient_unknown", "mailbox_full", "reputation")


def event(kind: str, line: int = 1, **more: object) -> Event:
    recipient = more.pop("recipient", "kim@example.net")
    failed = kind in ("deferred", "bounced", "rejected")
    given_ = {
        "time": f"2026-11-21T09:00:{line % 60:02}Z",
        "sender": "news@example.com",
        "reply": None,
        "basic": None,
        "enhanced": "5.1.1" if failed else None,
        "category": "recipient_unknown" if failed else None,
        "permanence": None,
        "suppress": "yes" if kind == "bounced" else None,
        "provider": None,
        "host": None,
        "queue_id": "Q1",
        "message_id": None,
        "local": False,
        "format": "postfix",
        **more,
    }
    return Event(
        kind=kind, recipient=recipient, recipient_domain=domain_of(recipient), source=Place("mail.log", line), **given_
    )


def tally(*events: Event) -> Tally:
    found = Tally()
    for one in events:
        found.add(one)
    return found


def test_a_message_put_off_five_times_and_then_delivered_is_one_delivered_message_and_six_attempts():
    found = tally(*(event("deferred", line) for line in range(1, 6)), event("delivered", 6))
    assert found.attempts == 6
    assert found.messages() == {"total": 1, "delivered": 1, "bounced": 0, "pending": 0}
    assert found.rates()["bounce"].value == 0
    assert found.rates()["deferral"] == found.rates()["deferral"].__class__(0.8333, 5, 6)


def test_the_last_word_counts_whatever_the_order_of_reading():
    early, late = event("deferred", 1), event("delivered", 2)
    assert (
        tally(late, early).messages()
        == tally(early, late).messages()
        == {"total": 1, "delivered": 1, "bounced": 0, "pending": 0}
    )


def test_every_kind_is_always_there():
    assert tuple(tally().counts) == KINDS
    assert not any(tally().counts.values())


def test_a_rate_without_a_denominator_is_not_known():
    rates = tally(event("complained")).rates()
    assert rates["complaint"].value is None
    assert rates["complaint"].count == 1
    assert {rate.value for rate in rates.values()} == {None}


def test_bounce_mails_alone_have_no_denominator():
    found = tally(event("bounced", format="dsn", queue_id=None))
    assert found.rates()["bounce"].value is None
    assert found.messages()["bounced"] == 1


def test_mail_inside_the_machine_is_in_no_rate():
    found = tally(
        event("delivered", 1, local=True), event("delivered", 2, queue_id="Q2"), event("bounced", 3, queue_id="Q3")
    )
    assert found.messages()["total"] == 3
    assert found.rates()["bounce"].of == 2


def test_rejected_suppressed_and_failed_make_no_message():
    found = tally(*(event(kind, line) for line, kind in enumerate(("rejected", "suppressed", "failed", "opened"), 1)))
    assert found.messages()["total"] == 0
    assert found.attempts == 0
    assert found.by_category == {"recipient_unknown": 1}


def test_hard_bounces_are_those_whose_address_is_dead():
    found = tally(
        event("bounced", 1),
        event("bounced", 2, queue_id="Q2", suppress="no", category="reputation"),
        event("delivered", 3, queue_id="Q3"),
    )
    assert found.rates()["bounce"].count == 2
    assert found.rates()["hard_bounce"].count == 1


def test_who_is_not_to_be_sent_to_any_more():
    found = tally(
        event("bounced", 1),
        event("bounced", 5, queue_id="Q2"),
        event("complained", 3, recipient="lee@example.net"),
        event("rejected", 4, suppress="yes"),
    )
    assert [(one.recipient, one.reason, one.times) for one in found.to_suppress()] == [
        ("kim@example.net", "recipient_unknown", 2),
        ("lee@example.net", "complained", 1),
    ]
    assert found.to_suppress()[0].last == "2026-11-21T09:00:05Z"


def test_more_domains_than_are_kept_apart_are_summed_up_and_said():
    found = tally(
        *(event("delivered", line, recipient=f"a@d{line}.example", queue_id=str(line)) for line in range(MOST_KEYS + 5))
    )
    assert found.by_recipient_domain["other"] == [5, 0, 0]
    assert "by_recipient_domain" in found.overflowed
    assert found.attempts == MOST_KEYS + 5


def test_more_messages_than_are_held_are_closed_and_still_counted(monkeypatch):
    monkeypatch.setattr("checks.delivery.tally.MOST_MESSAGES", 50)
    found = tally(
        *(event("bounced" if line % 4 == 0 else "delivered", line, queue_id=str(line)) for line in range(400))
    )
    assert found.messages() == {"total": 400, "delivered": 300, "bounced": 100, "pending": 0}
    assert found.rates()["hard_bounce"].count == 100
    assert "messages" in found.overflowed


def test_a_tally_comes_whole_to_another_process():
    found = tally(*(event("bounced", line, queue_id=str(line), recipient="\u20ac@example.net") for line in range(40)))
    for tallied in (found, tally(event("delivered", queue_id="Q\0")), Tally()):
        there = pickle.loads(pickle.dumps(tallied))
        assert (there.sums(), there.last_words) == (tallied.sums(), tallied.last_words)


events = st.lists(
    st.builds(
        lambda kind, line, queue, to, category, local, form: event(
            kind, line, queue_id=queue, recipient=to, category=category, local=local, format=form
        ),
        st.sampled_from(KINDS),
        st.integers(0, 200),
        st.sampled_from(("Q1", "Q2", None)),
        st.sampled_from(("a@example.net", "b@example.org", None)),
        st.sampled_from(CATEGORIES),
        st.booleans(),
        st.sampled_from(("postfix", "sendgrid", "dsn")),
    ),
    max_size=30,
    unique_by=lambda one: one.source,
)


def sums(found: Tally) -> bytes:
    return msgspec.json.encode(found.sums())


@given(events, st.integers(0, 30), st.integers(0, 30))
def test_parts_add_up_in_any_order_and_grouping(everything, one, two):
    first, second = sorted((one, two))
    parts = [everything[:first], everything[first:second], everything[second:]]
    whole = tally(*everything)
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        left = tally(*parts[order[0]])
        left.merge(tally(*parts[order[1]]))
        left.merge(tally(*parts[order[2]]))
        right = tally(*parts[order[1]])
        right.merge(tally(*parts[order[2]]))
        outer = tally(*parts[order[0]])
        outer.merge(right)
        assert sums(left) == sums(outer) == sums(whole)
        assert (left.first, left.last) == (whole.first, whole.last)


@given(events)
def test_an_empty_tally_changes_nothing(everything):
    whole = tally(*everything)
    empty = Tally()
    empty.merge(whole)
    before = sums(whole)
    whole.merge(Tally())
    assert before == sums(whole) == sums(empty)


@given(events)
def test_the_parts_of_a_report_agree_with_each_other(everything):
    found = tally(*everything)
    all_sums = found.sums()
    assert sum(all_sums["counts"].values()) == len(everything)
    assert all_sums["attempts"] == sum(sum(row.values()) for row in all_sums["by_day"].values())
    assert all_sums["attempts"] == sum(sum(row.values()) for row in all_sums["by_recipient_domain"].values())
    messages = all_sums["messages"]
    assert messages["total"] == messages["delivered"] + messages["bounced"] + messages["pending"]
    assert sum(all_sums["by_category"].values()) == sum(
        all_sums["counts"][kind] for kind in ("deferred", "bounced", "rejected")
    )
