"""Traffic: what is counted by stream and provider, that parts add up, and that nothing grows without bound."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.delivery import tables, traffic
from checks.delivery.events import KINDS, Event, Place, domain_of
from checks.delivery.flow import NULL_SENDER, OTHER, UNKNOWN, Flow
from checks.delivery.minutes import minute_number
from checks.delivery.sample import Sample, hash_of
from checks.delivery.traffic import Failed, TrafficTally, mailbox_provider

STREAMS = ("news.example.com", "example.com", "", None)
RECIPIENTS = ("kim@gmail.com", "lee@example.net", "bo@example.net", None)
REASONS = (("recipient_unknown", "5.1.1", "yes"), ("sender_rate", "4.7.28", "no"), ("greylisted", "4.2.0", "no"))


def event(kind: str, line: int = 1, **more: object) -> Event:
    stream = more.pop("stream", "example.com")
    recipient = more.pop("recipient", "kim@gmail.com")
    category, code, suppress = more.pop("reason", (None, None, None))  # type: ignore[misc]
    told = {
        "time": f"2026-11-21T09:00:{line % 60:02}Z",
        "reply": None,
        "basic": None,
        "permanence": None,
        "provider": None,
        "host": None,
        "queue_id": f"Q{line}",
        "message_id": None,
        "local": False,
        "format": "postfix",
        **more,
    }
    return Event(
        kind=kind,
        recipient=recipient,
        recipient_domain=domain_of(recipient),
        sender=stream if not stream else f"bounce@{stream}",
        enhanced=code,
        category=category,
        suppress=suppress,
        source=Place("mail.log", line),
        **told,
    )


def tally(*events: Event) -> TrafficTally:
    found = TrafficTally()
    for one in events:
        found.add(one)
    return found


def flow(*events: Event) -> Flow:
    flows = tally(*events).traffic().flows
    assert len(flows) == 1
    return flows[0]


GONE = ("recipient_unknown", "5.1.1", "yes")
SLOW = ("sender_rate", "4.7.28", "no")


def test_mail_is_told_by_the_domain_of_the_return_path_and_the_mailbox_provider():
    found = tally(event("delivered", stream="News.Example.com"), event("delivered", 2, recipient="lee@example.net"))
    assert [(x.stream, x.provider) for x in found.traffic().flows] == [
        ("example.com", "example.net"),
        ("news.example.com", "gmail"),
    ]


def test_a_provider_is_known_by_the_recipient_then_by_the_next_hop_then_it_is_the_domain():
    assert mailbox_provider("", "gmail.com") == "gmail"
    assert mailbox_provider("microsoft365", "example.net") == "microsoft365"
    assert mailbox_provider("", "example.net") == "example.net"
    assert mailbox_provider("", "") == UNKNOWN


def test_a_bounce_that_is_told_twice_is_one_message():
    found = flow(event("bounced", reason=GONE), event("bounced", reason=("unknown", "5.0.0", "no")))
    assert (found.bounced, found.hard) == (1, 1)


def test_put_off_and_then_delivered_is_no_bounce_and_one_message_put_off():
    attempts = (event("deferred", reason=SLOW) for _ in range(5))
    found = flow(*attempts, event("delivered"))
    assert (found.delivered, found.bounced, found.deferred, found.put_off) == (1, 0, 5, 1)


def test_greylisting_puts_nobody_off():
    found = flow(event("deferred", reason=("greylisted", "4.2.0", "no")))
    assert (found.deferred, found.put_off) == (1, 0)


def test_local_mail_and_refusals_at_the_own_door_are_no_traffic():
    found = tally(event("delivered", local=True), event("rejected", reason=SLOW), event("opened"))
    assert found.traffic() == TrafficTally().traffic()


def test_what_a_service_refuses_at_its_api_is_traffic():
    assert flow(event("rejected", format="sendgrid", reason=("quota", "", "no"))).refused == 1


def test_bounce_mails_alone_tell_of_no_deliveries():
    assert not tally(event("bounced", format="dsn", reason=GONE)).traffic().has_sender_side
    assert tally(event("bounced", reason=GONE)).traffic().has_sender_side


def test_the_age_of_a_message_runs_from_the_first_deferral_to_the_bounce():
    found = flow(
        event("deferred", reason=SLOW, time="2026-11-20T09:00:00Z"),
        event("deferred", reason=SLOW, time="2026-11-20T12:00:00Z"),
        event("bounced", reason=("expired", "", "no"), time="2026-11-21T10:00:00Z"),
    )
    assert found.waited == (1, 1, 1)
    assert found.longest == 25 * 60


def test_an_address_is_known_again_across_messages():
    first = event("bounced", 1, reason=GONE, time="2026-11-01T09:00:00Z")
    again = event("bounced", 2, reason=GONE, time="2026-11-08T09:00:00Z")
    other = event("bounced", 3, reason=GONE, time="2026-11-08T09:00:00Z", recipient="lee@gmail.com")
    (addresses,) = tally(first, again, other).traffic().addresses
    assert (addresses.gone, addresses.again, addresses.days) == (2, 1, 7)


def test_deliveries_in_bulk_are_those_of_single_events():
    single, bulk = TrafficTally(), TrafficTally()
    for line in range(5):
        single.add(event("delivered", line))
    bulk.delivered("2026-11-21T09:00:59Z", "example.com", "", "gmail.com", False, 5)
    bulk.delivered("2026-11-21T09:00", "example.com", "", "gmail.com", True, 7)
    bulk.has_sender_side = True
    assert single.traffic() == bulk.traffic()


def test_failures_as_plain_values_are_those_of_events():
    single, plain = TrafficTally(), TrafficTally()
    single.add(event("bounced", 3, reason=GONE))
    plain.failed(
        Failed(
            *("bounced", "2026-11-21T09:00", "example.com", "", "gmail.com", "recipient_unknown", "5.1.1", "yes"),
            recipient="kim@gmail.com",
            message="queue Q3 kim@gmail.com",
        )
    )
    plain.has_sender_side = True
    assert single.traffic() == plain.traffic()


def test_counting_goes_on_after_the_fact_was_made():
    found = tally(event("bounced", reason=GONE))
    found.traffic()
    found.add(event("bounced", reason=GONE))
    found.add(event("bounced", 2, reason=GONE))
    assert found.traffic().flows[0].bounced == 2


def test_nothing_tells_who_received_it():
    told = msgspec.json.encode(tally(event("bounced", reason=GONE), event("deferred", 2, reason=SLOW)).traffic())
    assert b"kim" not in told


def test_an_event_without_a_time_is_counted_and_stands_in_no_hour():
    found = tally(event("deferred", reason=SLOW, time=None), event("bounced", 2, reason=GONE, time=None)).traffic()
    assert (found.flows[0].put_off, found.flows[0].bounced, found.hours, found.first) == (1, 1, (), "")


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-11-21", "x" * 16, "2026-11-21Txx:yy", "٢٠٢٦-١١-٢١T٠٩:٣١", "²026-11-21T09:31"]
)
def test_what_is_no_time_is_no_minute(text):
    assert minute_number(text) == 0


def test_minutes_are_those_of_the_calendar():
    assert minute_number("2028-03-01T00:00") - minute_number("2028-02-28T23:59") == 1441
    assert minute_number("2027-01-01T00:01") - minute_number("2026-12-31T23:59") == 2


EVENTS = st.builds(
    lambda kind, line, stream, recipient, reason, minute, local: event(
        kind, line, stream=stream, recipient=recipient, reason=reason, time=minute, local=local
    ),
    st.sampled_from(KINDS),
    st.integers(0, 6),
    st.sampled_from(STREAMS),
    st.sampled_from(RECIPIENTS),
    st.sampled_from(REASONS),
    st.sampled_from((None, "2026-11-20T09:00:00Z", "2026-11-21T09:31:07Z", "2026-11-29T23:59:59Z")),
    st.booleans(),
)


@given(st.lists(EVENTS, max_size=20), st.lists(EVENTS, max_size=20), st.lists(EVENTS, max_size=20))
def test_parts_add_up_in_any_grouping_and_order(first, second, third):
    whole = tally(*first, *second, *third).traffic()
    left, right = tally(*first), tally(*second)
    left.merge(right)
    left.merge(tally(*third))
    right.merge(tally(*third))
    right.merge(tally(*first))
    assert left.traffic() == whole == right.traffic()


@given(st.lists(st.integers(0, 2**64 - 1), max_size=60), st.integers(0, 60))
def test_a_sample_is_the_same_whatever_the_order_and_the_parts(keys, cut):
    whole, one, other = Sample[int](8), Sample[int](8), Sample[int](8)
    for key in keys:
        if whole.keeps(key):
            whole.put(key, key)
    for sample, part in ((one, keys[cut:]), (other, keys[:cut][::-1])):
        for key in part:
            if sample.keeps(key):
                sample.put(key, key)
    one.narrow(other.rate)
    for key in other.items:
        if one.keeps(key):
            one.put(key, key)
    assert (one.rate, one.items) == (whole.rate, whole.items)
    assert len(whole.items) <= 8


def test_a_sample_tells_about_how_many_there_were():
    sample: Sample[None] = Sample(1000)
    for number in range(50_000):
        key = hash_of(f"Q{number} kim@example.net")
        if sample.keeps(key):
            sample.put(key, None)
    assert 45_000 < len(sample.items) * sample.rate < 55_000


def test_a_flood_of_streams_and_domains_stays_bounded_and_loses_no_count(monkeypatch):
    monkeypatch.setattr(tables, "MOST_STREAMS", 10)
    monkeypatch.setattr(tables, "MOST_FLOWS", 40)
    monkeypatch.setattr(tables, "MOST_HOURS", 50)
    monkeypatch.setattr(tables, "MOST_MINUTES", 30)
    found = TrafficTally()
    for number in range(500):
        minute = f"2026-11-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}"
        found.delivered(minute, f"s{number % 60}.example", "", f"d{number}.example", False, 1)
        found.delivered(minute, "big.example", "", "gmail.com", False, 10)
    told = found.traffic()
    assert sum(x.delivered for x in told.flows) == 500 + 5000
    assert len(told.flows) <= 40
    assert {x.stream for x in told.flows} >= {"big.example", OTHER}
    assert next(x for x in told.flows if x.provider == "gmail").delivered == 5000
    assert told.overflowed == ("hours", "hours of providers", "providers")
    assert sum(len(hours) for _, hours in told.hours) <= 50
    assert sum(len(minutes) for _, minutes in told.minutes) <= 30


def test_a_flood_of_failures_is_sampled_and_no_bounce_is_lost(monkeypatch):
    monkeypatch.setattr(traffic, "MOST_SAMPLED", 100)
    found = TrafficTally()
    for number in range(3000):
        found.add(event("bounced", number, reason=GONE, recipient=f"r{number}@example.net"))
        found.add(event("deferred", number + 5000, reason=SLOW, recipient=f"r{number}@example.net"))
    told = found.traffic()
    (one,) = told.flows
    assert one.bounced == one.hard == 3000
    assert 2000 < one.put_off <= 3000
    assert 2000 < told.addresses[0].gone < 4000
    assert {name for name, _ in told.sampled} == {"addresses", "messages"}


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_words_are_counted(minute, stream, domain, message):
    found = TrafficTally()
    found.delivered(minute, stream, "", domain, False, 3)
    for kind in ("deferred", "bounced", "rejected", "suppressed", "complained"):
        found.failed(Failed(kind, minute, stream, "", domain, "unknown", message, "yes", message, message))
    found.merge(TrafficTally())
    (one,) = found.traffic().flows
    assert (one.delivered, one.deferred, one.bounced, one.refused, one.suppressed, one.complained) == (3, 1, 1, 1, 1, 1)


def test_the_null_sender_is_a_stream_of_its_own():
    assert flow(event("bounced", stream="", reason=GONE)).stream == NULL_SENDER
    assert flow(event("bounced", stream=None, reason=GONE)).stream == UNKNOWN
