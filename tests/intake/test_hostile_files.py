"""Any bytes at all: every reader ends, raises nothing, and gives events that are inert."""

import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.delivery.events import KINDS
from healthcheck.intake.log import LogReader
from healthcheck.intake.mails.reporting import read_mail
from healthcheck.intake.read import Reading
from healthcheck.intake.services.zeptomail import zeptomail
from healthcheck.intake.stamps import from_iso, from_seconds, from_tai64n, zone_named
from healthcheck.intake.values import MOST_RECIPIENTS
from tests.intake.test_files import COMPLAINT, DSN, PLAIN_BOUNCE, SENDGRID
from tests.intake.test_lines import CASES
from tests.intake.test_logs import EXIM, OPENSMTPD, POSTFIX, POWERMTA, QMAIL, SENDMAIL
from tests.patience import ends

UTC = zone_named(None)
LINES = [line for log in (POSTFIX, EXIM, SENDMAIL, QMAIL, OPENSMTPD, POWERMTA) for line in log.splitlines()]
EXAMPLES = [case.values[1]["log"] for case in CASES]
MAILS = (DSN, PLAIN_BOUNCE, COMPLAINT)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def mangled(draw, texts):
    """One of some texts with a piece cut out, doubled or replaced."""
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return text[:start] + draw(st.one_of(st.just(""), st.text(max_size=20), st.just(text[start:end] * 2))) + text[end:]


def inert(events) -> None:
    for event in events:
        assert event.kind in KINDS
        assert (event.category is None) == (
            event.kind not in ("deferred", "bounced", "rejected", "suppressed", "failed")
        )
        for field in ("recipient", "sender", "reply", "host", "message_id"):
            value = getattr(event, field)
            assert value is None or value.isprintable(), (field, value)
        assert msgspec.json.encode(event)


def read_bytes(content: bytes) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        reading = Reading([str(path)], UTC)
        inert(reading.events())
        return reading


@RELAXED
@given(st.lists(mangled(LINES) | st.text(max_size=60), max_size=8))
def test_any_lines(lines):
    read_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


@RELAXED
@given(mangled(EXAMPLES))
def test_any_example_of_any_format_with_a_piece_cut_doubled_or_replaced(content):
    read_bytes(content.encode("utf-8", "surrogatepass"))


@RELAXED
@given(st.sampled_from(EXAMPLES), st.integers(0, 5000), st.binary(min_size=1, max_size=4))
def test_any_example_with_foreign_bytes(content, at, noise):
    raw = content.encode()
    read_bytes(raw[: at % len(raw)] + noise + raw[at % len(raw) :])


@RELAXED
@given(st.binary(max_size=300))
def test_any_bytes(content):
    read_bytes(content)


@RELAXED
@given(
    st.sampled_from((b"__CURSOR=", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\xff\xfe", b"\x1e{", b"#Fields: ", b"<?xml ")),
    st.binary(max_size=200),
)
def test_any_bytes_behind_a_known_beginning(beginning, content):
    read_bytes(beginning + content)


@RELAXED
@given(mangled(MAILS), st.binary(max_size=30))
def test_any_mail(mail, tail):
    found, why = read_mail(mail.encode("utf-8", "surrogatepass") + tail)
    assert found or why
    read_bytes(mail.encode("utf-8", "surrogatepass") + tail)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "event",
    "email",
    "sg_event_id",
    "RecordType",
    "type",
    "data",
    "msys",
    "mail",
    "eventType",
    "Message",
    "Type",
    "TopicArn",
)
KEYS += (
    "event-data",
    "msg",
    "MessageID",
    "rcpt",
    "email_id",
    "queue",
    "response",
    "MESSAGE",
    "SYSLOG_IDENTIFIER",
    "timestamp",
    "recipient",
)
KEYS += (
    "token",
    "signature",
    "log",
    "stream",
    "bounce",
    "Email",
    "peer_address",
    "delivery-status",
    "mandrill_events",
    "MessageId",
    "to",
)
WORDS = (
    "bounce",
    "Bounce",
    "Delivery",
    "email.bounced",
    "activity.sent",
    "delivered",
    "failed",
    "postfix/smtp",
    "blocked",
)
objects = st.dictionaries(st.sampled_from(KEYS), json_values | st.sampled_from(WORDS), max_size=7)


@RELAXED
@given(st.lists(objects | st.sampled_from(SENDGRID), max_size=3), st.booleans())
def test_any_objects(values, as_array):
    content = msgspec.json.encode(values) if as_array else b"\n".join(map(msgspec.json.encode, values))
    read_bytes(content)


@RELAXED
@given(objects)
def test_any_object_by_itself(value):
    LogReader(UTC).read_object(value)


@given(st.text(max_size=40), st.floats(), st.text(alphabet="0123456789abcdefg", max_size=24))
def test_any_stamp(text, seconds, label):
    from_iso(text, UTC)
    from_seconds(seconds)
    from_tai64n(label)


def test_nested_json_is_no_way_to_stop_the_reading():
    read_bytes(b"{" + b'"a":{' * 100_000)
    read_bytes(b'{"event":' + b"[" * 200_000)
    read_bytes(b"\n".join(b'{"a":[' for _ in range(2000)))


@pytest.mark.parametrize(
    "frame", ["<1>a: ", "2026-11-21T09:00:00 a: ", '{"a":', "Nov 21 09:00:00 a: ", '<1>a[1]: {"a": ']
)
def test_frames_inside_one_another_are_no_way_to_stop_the_reading(frame):
    line = f"Nov 21 09:00:00 mx x: {frame * 5000}"
    entry = msgspec.json.encode({"msg": frame * 390, "app": "x", "ts": "2026-11-21T09:00:00Z"})
    after = b"Nov 21 09:00:01 mx postfix/smtp[9]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, dsn=2.0.0, status=sent (250 ok)"
    assert sum(one.events for one in read_bytes(b"\n".join((line.encode(), entry, after, b""))).sources) == 1


POSTFIX_REFUSED = (
    "Nov 21 09:31:07 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 no; "
)
SMTPD = "Nov 21 09:31:02 mx smtpd[9]: 5df87c9ffd0e785d mta delivery evpid=f6e9420a918f7e7b from=<>"
MSMTP = "Nov 21 09:31:08 host=smtp.example.com tls=on recipients=ann@example.net exitcode=EX_OK "


@pytest.mark.parametrize(
    ("beginning", "repeated"),
    [
        (POSTFIX_REFUSED, "from=<a@"),
        (POSTFIX_REFUSED, "to=<"),
        (SMTPD, " to=<"),
        (SMTPD, " to=["),
        (SMTPD, ' to="'),
        (MSMTP, "smtpmsg='x "),
        (MSMTP, "smtpmsg='"),
        (MSMTP, "' "),
    ],
)
def test_no_line_is_walked_from_each_place_in_it(beginning, repeated):
    line = (beginning + repeated * 65_000)[:260_000]
    with ends():
        for number in range(3):
            LogReader(UTC).read(f"{line}{number}")


@pytest.mark.parametrize("level", [[], {}, ["INFO"], 1, None])
def test_the_level_of_a_line_may_be_anything(level):
    entry = {"level": level, "message": "x", "uuid": "1", "origin": "outbound"}
    assert not LogReader(UTC).read_objects(entry)


def test_what_names_a_message_comes_out_inert(tmp_path):
    record = {
        "type": "Delivery",
        "queue": "q",
        "id": "a\x1b[2J\u202e",
        "session_id": "s\x00",
        "egress_source": "p\u2066",
    }
    hook = {"email": "k@example.net", "event": "delivered", "sg_event_id": "e\u202e", "sg_message_id": "m\x07"}
    path = tmp_path / "log"
    path.write_bytes(msgspec.json.encode(record) + b"\n" + msgspec.json.encode(hook) + b"\n")
    for event in Reading([os.fspath(path)], UTC).events():
        named = (event.queue_id, event.message_id, event.event_id, event.connection, event.source_address)
        assert any(named)
        assert all(name is None or name.isprintable() for name in named)


def test_a_bomb_is_read_as_a_stream(tmp_path):
    import gzip
    import resource

    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(100):
            file.write(b"\0" * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = Reading([os.fspath(path)], UTC)
    assert not list(reading.events())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


def test_lists_that_multiply_one_another_are_bounded():
    details = [{"details": [{"reason": "550 no"}] * 1000}]
    info = {"to": [{"email_address": {"address": "kim@example.net"}}] * 1000}
    event = {"event_name": "hardbounce", "event_message": [{"email_info": info, "event_data": details}]}
    assert len(zeptomail(event)) == MOST_RECIPIENTS
