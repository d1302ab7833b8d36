"""Failed replies grouped: what is one group, what is shown of it, and that parts add up to the whole."""

import random

from hypothesis import given
from hypothesis import strategies as st

from checks.delivery import failures
from checks.delivery.events import Event, Place
from checks.delivery.failures import Failures, without_recipient
from checks.delivery.meaning import Said, judged
from checks.delivery.tally import Tally

LISTED = "554 5.7.1 Service unavailable; Client host [{}] blocked using zen.spamhaus.org"
REPLIES = (
    *(LISTED.format("203.0.113.7"), LISTED.format("203.0.113.8"), "550 5.1.1 <kim@example.net>: user unknown"),
    *("450 4.2.1 <lee@example.net>: Greylisted", "552 5.2.2 mailbox of kim is full", "451 4.3.0 odd", ""),
)


def event(kind: str, text: str, line: int = 1, recipient: str = "kim@example.net", **more: object) -> Event:
    said = Said(
        kind, "postfix", recipient, "news@example.com", text, time=f"2026-11-21T09:00:{line % 60:02}Z", queue_id="Q1"
    )
    for name, value in more.items():
        setattr(said, name, value)
    return judged(said, Place("mail.log", line))


def grouped(*events: Event) -> Failures:
    found = Failures()
    for one in events:
        found.add(one)
    return found


def test_two_listed_addresses_are_two_failures():
    found, _ = grouped(
        *(
            event("bounced", LISTED.format(ip), line)
            for line, ip in enumerate(("203.0.113.7", "203.0.113.8", "203.0.113.7"), 1)
        )
    ).listed()
    assert [(one.stated, one.bounced) for one in found] == [(("203.0.113.7",), 2), (("203.0.113.8",), 1)]


def test_the_same_said_of_two_recipients_is_one_failure_with_its_latest_words():
    found, _ = grouped(
        event("bounced", "550 5.1.1 <kim@example.net>: user unknown", 1),
        event("deferred", "550 5.1.1 <lee@example.org>: user unknown", 2, "lee@example.org"),
    ).listed()
    (one,) = found
    assert (one.bounced, one.deferred, one.replies) == (1, 1, 2)
    assert (one.first, one.last) == ("2026-11-21T09:00:01Z", "2026-11-21T09:00:02Z")
    assert one.reply == "550 5.1.1 <***@example.org>: user unknown"
    assert one.senders == (("example.com", 2),)
    assert one.recipient_domains == (("example.net", 1), ("example.org", 1))


def test_what_this_side_refused_at_its_door_is_a_group_of_its_own():
    found, _ = grouped(
        *(event("rejected", LISTED.format(f"192.0.2.{n}"), n) for n in range(1, 9)),
        event("bounced", LISTED.format("203.0.113.7")),
    ).listed()
    assert [(one.rejected, one.bounced, one.stated) for one in found] == [(8, 0, ()), (0, 1, ("203.0.113.7",))]


def test_what_was_delivered_or_suppressed_is_no_failed_reply():
    assert grouped(event("delivered", "250 ok"), event("suppressed", "550 5.1.1 unknown")).listed() == ((), 0)


def test_recipients_are_masked_and_codes_are_not():
    assert without_recipient("550 5.1.1 <kim@example.net>: Kim is unknown, kim2 too", "kim") == (
        "550 5.1.1 <***@example.net>: *** is unknown, kim2 too"
    )
    assert without_recipient("550 5.1.1 no mailbox 550 here", "550") == "550 5.1.1 no mailbox *** here"
    assert without_recipient('550 "kim smith"@example.net unknown', "kim smith") == "550 ***@example.net unknown"
    assert (
        without_recipient("550 5.7.1 bounce+kim=example.net@news.example.com", "kim")
        == "550 5.7.1 ***@news.example.com"
    )


def test_a_reply_of_nothing_but_at_signs_takes_no_long_time():
    assert without_recipient("@" * 4000 + "a" * 4000, "a" * 300)


def test_the_groups_with_the_fewest_replies_are_given_up_and_counted(monkeypatch):
    monkeypatch.setattr(failures, "MOST_GROUPS", 10)
    many = [event("bounced", LISTED.format("203.0.113.7"), 1)] * 5
    found = grouped(*many, *(event("bounced", LISTED.format(f"198.51.100.{n}"), n) for n in range(100)))
    listed, unlisted = found.listed()
    assert listed[0].replies == 5
    assert sum(one.replies for one in listed) + unlisted == 105


events = st.lists(
    st.builds(
        event,
        st.sampled_from(("delivered", "deferred", "bounced", "rejected", "complained")),
        st.sampled_from(REPLIES),
        st.integers(0, 59),
        st.sampled_from(("kim@example.net", "lee@example.org")),
        queue_id=st.sampled_from(("Q1", "Q2")),
        sender=st.sampled_from(("news@example.com", "", None)),
    ),
    max_size=30,
    unique_by=lambda one: one.source,
)


@given(events, st.lists(st.integers(0, 4), max_size=30), st.integers(0, 1000))
def test_any_grouping_of_parts_comes_to_the_same_sums_and_failures(everything, places, seed):
    parts = [(Tally(), Failures()) for _ in range(5)]
    whole = (Tally(), Failures())
    for number, one in enumerate(everything):
        for accumulator in (*parts[places[number] if number < len(places) else 0], *whole):
            accumulator.add(one)
    chance = random.Random(seed)
    while len(parts) > 1:
        tally, grouped_ = parts.pop(chance.randrange(len(parts)))
        into = parts[chance.randrange(len(parts))]
        into[0].merge(tally)
        into[1].merge(grouped_)
    assert parts[0][0].sums() == whole[0].sums()
    assert parts[0][1].listed() == whole[1].listed()
