"""191 lines of every Postfix daemon with the fields that a public grok pattern set expects: which are events, and of what."""

import json
import re
from functools import cache

import pytest

from healthcheck.intake.read import Reading
from healthcheck.intake.stamps import zone_named
from tests.conformance import absent, corpus

FILE, CASES = "postfix/as-syslog.log", "postfix/cases.jsonl"
KINDS = {"sent": "delivered", "deferred": "deferred", "bounced": "bounced", "expired": "bounced"}
ACTIONS = {"reject", "milter-reject", "proxy-reject"}


@cache
def cases() -> list[dict]:
    path = corpus(CASES)
    return [] if path is None else [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def reading() -> tuple[dict[int, list], int]:
    """The events of the log by line, and the lines that were not read. Cases without a program have no line of their own."""
    found = Reading([str(corpus(FILE))], zone_named(None))
    by_line: dict[int, list] = {}
    for event in found.events():
        by_line.setdefault(event.source.line, []).append(event)
    return by_line, found.unread_lines


def rows() -> list[dict]:
    path = corpus("postfix/as-syslog.expected.jsonl")
    return [] if path is None else [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def wanted(expected: dict) -> str | None:
    """The kind of event that the expected fields amount to."""
    if (status := expected.get("postfix_status")) is not None:
        return KINDS.get(status, "other")
    refused = "reject" in (expected.get("postfix_milter_result"), expected.get("postfix_proxy_result"))
    if refused or expected.get("postfix_action") in ACTIONS or "postfix_postscreen_toobusy_data" in expected:
        return "rejected"
    # The patterns leave the status of these lines out; all of them say sent.
    return (
        "delivered"
        if expected.get("postfix_keyvalue_data", "").startswith("to=<") and "dsn=2" in expected["postfix_keyvalue_data"]
        else None
    )


@absent(FILE)
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['line']}-{row['file']}")
def test_a_line_is_the_event_that_its_fields_say(row):
    expected = row["expected"]
    events = reading()[0].get(row["line"], [])
    kind = wanted(expected)
    assert [event.kind for event in events] == ([kind] if kind else [])
    said = expected.get("postfix_keyvalue_data", "")
    for event in events:
        if (to := re.search(r"(?:^|[ ,])to=<?([^>,]+)>?", said)) is not None:
            assert (event.recipient or "").lower() == to[1].lower()
        if (sender := re.search(r"from=<([^>]*)>", said)) is not None and kind == "rejected":
            assert event.sender == sender[1]
        assert event.queue_id == (None if (known := expected.get("postfix_queueid")) == "NOQUEUE" else known)
        if (relay := expected.get("postfix_relay_hostname")) and kind == "delivered":
            assert event.host == relay.lower()
        if (code := expected.get("postfix_status_code")) and kind != "delivered":
            assert event.basic == str(code)
        if (
            (code := expected.get("postfix_status_code_enhanced"))
            and kind != "delivered"
            and re.match(r"\d\.\d\.", code)
        ):
            assert event.enhanced == code


@absent(FILE)
def test_every_line_is_known(capsys):
    by_line, unread = reading()
    with capsys.disabled():
        print(f" postfix: {len(rows())} lines, {sum(map(len, by_line.values()))} events, {unread} unread")
    assert unread == 0
