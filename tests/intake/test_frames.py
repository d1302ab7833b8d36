"""The frames around a mail server's line: every syslog, journalctl's outputs, containers, collectors."""

import json

import pytest

from tests.intake.reading import read, told
from tests.intake.test_logs import BODY

TIME = "2026-11-21T09:31:07Z"
ENTRY = {"__REALTIME_TIMESTAMP": "1795253467123456", "SYSLOG_IDENTIFIER": "postfix/smtp", "MESSAGE": BODY}
LINES = {
    "fraction": f"Nov 21 09:31:07.123456 mx postfix/smtp[7]: {BODY}",
    "iso fraction": f"2026-11-21T09:31:07.123456789+00:00 mx postfix/smtp[7]: {BODY}",
    "iso blank": f"2026-11-21 09:31:07 mx postfix/smtp[7]: {BODY}",
    "iso zone without colon": f"2026-11-21T10:31:07+0100 mx postfix/smtp[7]: {BODY}",
    "short-full": f"Sat 2026-11-21 09:31:07 UTC mx postfix/smtp[7]: {BODY}",
    "short-unix": f"1795253467.123456 mx postfix/smtp[7]: {BODY}",
    "syslog-ng and a host with its address": f"Nov 21 09:31:07 198.51.100.1 postfix/smtp[7]: {BODY}",
    "rsyslog's tag": f"Nov 21 09:31:07 mx postfix/smtp[7]:{' ' + BODY}",
    "facility of FreeBSD": f"Nov 21 09:31:07 <mail.info> mx postfix/smtp[7]: {BODY}",
    "facility of AIX": f"Nov 21 09:31:07 mx mail:info postfix/smtp[7]: {BODY}",
    "message number of Solaris": f"Nov 21 09:31:07 mx postfix/smtp[7]: [ID 197553 mail.info] {BODY}",
    "rfc5424 with a mark": f"<22>1 2026-11-21T09:31:07.123Z mx postfix/smtp 7 ID47 - \ufeff{BODY}",
    "rfc5424 with two elements": f'<22>1 2026-11-21T09:31:07Z mx postfix/smtp 7 - [a@1 x="\\"\\]"][b@1] {BODY}',
    "CRI": f"2026-11-21T09:31:08.123456789Z stdout F Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}",
    "CRI without a frame inside": f"2026-11-21T09:31:07.123456789Z stdout F postfix/smtp[7]: {BODY}",
    "docker": json.dumps({"log": f"postfix/smtp[7]: {BODY}\n", "stream": "stdout", "time": "2026-11-21T09:31:07.1Z"}),
    "docker around JSON": json.dumps({"log": json.dumps(ENTRY) + "\n", "stream": "stdout", "time": TIME}),
    "logstash": json.dumps({"@timestamp": "2026-11-21T09:31:07.123Z", "program": "postfix/smtp", "message": BODY}),
    "syslog-ng JSON": json.dumps(
        {"PROGRAM": "postfix/smtp", "PID": "7", "MESSAGE": BODY, "ISODATE": "2026-11-21T10:31:07+01:00"}
    ),
    "gelf": json.dumps(
        {"version": "1.1", "host": "mx", "short_message": f"postfix/smtp[7]: {BODY}", "timestamp": 1795253467.12}
    ),
    "rsyslog JSON": json.dumps({"timestamp": TIME, "syslogtag": "postfix/smtp[7]:", "message": BODY}),
    "cloud logging": json.dumps({"textPayload": f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}", "timestamp": TIME}),
    "journal": json.dumps(ENTRY),
    "journal in bytes": json.dumps(ENTRY | {"MESSAGE": list(BODY.encode())}),
    "json-seq": "\x1e" + json.dumps(ENTRY),
    "json-sse": "data: " + json.dumps(ENTRY) + "\n",
    "journal for people": f"-- Journal begins at Sat 2026-11-21 --\nNov 21 09:31:07 mx postfix/smtp[7]: {BODY}",
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("name", LINES)
def test_a_line_in_its_frame(tmp_path, name, end):
    events, reading = read(tmp_path, LINES[name].replace("\n", end) + end)
    assert reading.unread_lines == 0, reading.samples
    (event,) = events
    assert told(event, "kind", "time", "recipient", "host", "reply") == (
        "delivered",
        TIME,
        "kim@example.net",
        "mx.example.net",
        "250 ok",
    )


def test_a_pretty_journal_is_objects_one_after_another(tmp_path):
    events, reading = read(tmp_path, json.dumps(ENTRY, indent=1) + "\n" + json.dumps(ENTRY, indent=1) + "\n")
    assert [event.time for event in events] == [TIME, TIME]
    assert reading.unread_lines == 0


def exported(*fields: tuple[bytes, bytes]) -> bytes:
    """An entry as journalctl -o export writes it: a value with a line end or a control byte has its length before it."""
    entry = b""
    for name, value in fields:
        if value.isascii() and value.decode().isprintable():
            entry += name + b"=" + value + b"\n"
        else:
            entry += name + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
    return entry + b"\n"


def test_an_export_of_the_journal_with_binary_fields(tmp_path):
    first = exported(
        (b"__CURSOR", b"s=1"),
        (b"__REALTIME_TIMESTAMP", b"1795253467123456"),
        (b"_MACHINE", b"a\nb\n\nMESSAGE=forged\n"),
        (b"SYSLOG_IDENTIFIER", b"postfix/smtp"),
        (b"MESSAGE", BODY.replace("kim", "j\u00f6rg").encode()),
    )
    second = exported(
        (b"__CURSOR", b"s=2"),
        (b"__REALTIME_TIMESTAMP", b"1795253468000000"),
        (b"SYSLOG_IDENTIFIER", b"postfix/smtp"),
        (b"MESSAGE", BODY.encode()),
    )
    events, reading = read(tmp_path, first + second, "journal")
    assert [told(event, "kind", "recipient", "time") for event in events] == [
        ("delivered", "j\u00f6rg@example.net", TIME),
        ("delivered", "kim@example.net", "2026-11-21T09:31:08Z"),
    ]
    assert reading.unread_lines == 0
    assert reading.sources[0].format == "postfix"


def test_an_export_that_lies_about_a_length_ends(tmp_path):
    content = b"__CURSOR=s\nMESSAGE\n" + b"\xff" * 8 + b"short"
    events, _ = read(tmp_path, content, "journal")
    assert not events
