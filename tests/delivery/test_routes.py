"""By which addresses and connections mail left, where a source tells it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.events import Event, Place
from checks.delivery.routes import MOST_CONNECTIONS, RoutesTally
from checks.delivery.traffic import TrafficTally
from tests.intake.reading import read, told


def event(kind: str = "delivered", address: str | None = None, connection: str | None = None, hour: int = 9) -> Event:
    limited = "sender_rate" if kind == "deferred" else None
    return Event(
        time=f"2026-11-21T{hour:02d}:31:07Z",
        kind=kind,
        recipient="kim@gmail.com",
        recipient_domain="gmail.com",
        sender="news@example.com",
        reply=None,
        basic=None,
        enhanced=None,
        category=limited,
        permanence=None,
        suppress="no",
        provider="gmail",
        host=None,
        queue_id=f"{kind}{hour}",
        message_id=None,
        local=False,
        format="kumomta",
        source=Place("log", 1),
        source_address=address,
        connection=connection,
    )


def tally(events: list[Event]) -> TrafficTally:
    found = TrafficTally()
    for one in events:
        found.add(one)
    return found


EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from(("delivered", "deferred", "bounced", "complained", "opened")),
        st.sampled_from((None, "192.0.2.3", "192.0.2.4")),
        st.sampled_from((None, "a", "b")),
        st.integers(0, 23),
    ),
    max_size=30,
)


@given(EVENTS, EVENTS, EVENTS)
def test_parts_merge_in_any_grouping_to_the_whole(one, two, three):
    left, right, tail = tally(one), tally(one), tally(two)
    left.merge(tally(two))
    left.merge(tally(three))
    tail.merge(tally(three))
    right.merge(tail)
    assert left.traffic().routes == right.traffic().routes == tally(one + two + three).traffic().routes


def test_hours_are_counted_by_address_and_attempts_by_connection():
    some = [event(address="192.0.2.3", connection="a")] * 3 + [
        event("deferred", "192.0.2.3", "a"),
        event("opened", "192.0.2.9"),
    ]
    routes = tally(some).traffic().routes
    ((address, (hour,)),) = routes.addresses
    assert (address, hour.hour, hour.delivered, hour.deferred, hour.limited) == ("192.0.2.3", "2026-11-21T09", 3, 1, 1)
    assert [(place, [msgspec.structs.astuple(x) for x in found]) for place, found in routes.connections] == [
        ("gmail", [(4, 1)])
    ]


def test_of_many_connections_the_full_ones_are_kept():
    found = RoutesTally()
    for _ in range(5):
        found.add(event(connection="full"), "gmail")
    for number in range(2 * MOST_CONNECTIONS):
        found.add(event(connection=str(number)), "gmail")
    ((_, (first, *_)),) = found.routes().connections
    assert first.attempts == 5


LOG = """\
2026-11-21 09:31:07 1tE0ab-000001-2c => kim@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9]:25 I=[198.51.100.3]:49152 C="250 ok"
2026-11-21 09:31:08 1tE0ab-000001-2c == lee@example.net R=dnslookup T=remote_smtp defer (-44) H=mx.example.net [192.0.2.9] I=[2001:db8::3]: SMTP error from remote mail server after RCPT TO:<lee@example.net>: 451 4.7.1 Greylisted
Nov 21 09:31:09 mx smtpd[9]: 5df87c9ffd0e785d mta delivery evpid=f6e94209918f7e7b from=<news@example.com> to=<kim@example.net> rcpt=<-> source="198.51.100.3" relay="192.0.2.27 (mx.example.net)" delay=1s result="Ok" stat="250 ok"
Nov 21 09:31:09 mx smtpd[9]: 0000000000000000 mta delivery evpid=f6e94209918f7e7c from=<news@example.com> to=<kim@example.net> rcpt=<-> source="-" relay="example.net" delay=1s result="TempFail" stat="No MX found for domain"
{"type":"Delivery","id":"a1","sender":"news@example.com","recipient":"kim@example.net","queue":"q","site":"s","response":{"code":250,"content":"ok"},"peer_address":{"name":"mx.example.net.","addr":"192.0.2.9"},"timestamp":1795253467,"egress_source":"pool-1","source_address":{"address":"[2001:db8::3]:53210"},"session_id":"9bcd689e"}
{"type":"Delivery","id":"a2","sender":"news@example.com","recipient":"kim@example.net","queue":"q","site":"s","response":{"code":250,"content":"ok"},"peer_address":{"name":"mx.example.net.","addr":"192.0.2.9"},"timestamp":1795253467,"egress_source":"pool-1"}
{"type":"b","timeLogged":"2026-11-21 09:31:08+0000","orig":"news@example.com","rcpt":"lee@example.net","dsnStatus":"5.1.1","dsnDiag":"smtp;550 5.1.1 no","dlvSourceIp":"198.51.100.3","vmta":"pool-1"}
{"email":"kim@example.net","timestamp":1795253467,"event":"delivered","sg_event_id":"e1","ip":"198.51.100.3"}
{"email":"kim@example.net","timestamp":1795253467,"event":"open","sg_event_id":"e2","ip":"203.0.113.9"}
Nov 21 09:31:10 mx postfix/smtp[7]: 4E30B1100C1: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
"""


def test_each_form_that_names_them_gives_its_address_and_connection(tmp_path):
    events, _ = read(tmp_path, LOG)
    assert [told(one, "format", "source_address", "connection") for one in events] == [
        ("exim", "198.51.100.3", "[198.51.100.3]:49152"),
        ("exim", "2001:db8::3", None),
        ("opensmtpd", "198.51.100.3", "5df87c9ffd0e785d"),
        ("opensmtpd", None, None),
        ("kumomta", "2001:db8::3", "9bcd689e"),
        ("kumomta", "pool-1", None),
        ("powermta", "198.51.100.3", None),
        ("sendgrid", "198.51.100.3", None),
        ("sendgrid", None, None),
        ("postfix", None, None),
    ]
