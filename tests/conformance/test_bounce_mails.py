"""Bounce mails in the wild with labels (sisimai), and RFC 3464 and 5965 examples: recipients, codes, kinds.

`python -m tests.conformance.test_bounce_mails` prints what differs, for `errors` and for `explain`.
"""

import csv
import json
from functools import cache

import pytest

from checks.delivery.events import address
from checks.replies.explanation import Explanation
from healthcheck.cli.explain_mail import explained_mail
from healthcheck.intake.mails.bounce import read_bounce, returned_message
from healthcheck.intake.read import Reading
from healthcheck.intake.stamps import zone_named
from tests.conformance import absent, corpus

BOUNCES, DSN = "bounces/labels.tsv", "dsn/expected.jsonl"
LEAST = {"kind": 0.99, "recipient": 0.975, "status": 0.985, "reply": 0.965}
"""What has been reached, a little rounded down: a reader that gets worse is seen."""
AUTHORS = 0.8
"""The share of the bounces whose returned header names one Author Domain; many of the rest return no header."""


@cache
def rows() -> list[dict[str, str]]:
    """The labels that may be scored (shared/README.md)."""
    path = corpus(BOUNCES)
    if path is None:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in found if not row["p5_label_agrees"].startswith("no") and row["p5_run_consistent"] == "1"]


@cache
def events_of(path: str) -> list:
    found = corpus(path)
    assert found is not None
    return list(Reading([str(found)], zone_named(None)).events())


def kinds(row: dict[str, str]) -> set[str]:
    match row["coarse"]:
        case "complaint":
            return {"unsubscribed"} if row["feedbacktype"] == "opt-out" else {"complained"}
        case "auto-reply":
            return {"autoreplied"}
        case "not-a-bounce":
            return {"delivered", "other"}  # relayed or expanded without a failure
    if row["action"] == "delayed" and row["dsn_action"] != "delayed":
        return {"bounced", "deferred"}  # the labels call every expired mail delayed, also where the server gave up
    return (
        {"deferred"}
        if row["action"] == "delayed"
        else {"delivered"}
        if row["action"] == "delivered"
        else {"bounced", "deferred"}
    )


def compared(row: dict[str, str]) -> dict[str, bool]:
    """Field by field: does what we read agree with the label? Only fields that are in the file are compared."""
    events = events_of(f"bounces/emails/{row['file']}")
    named = [event for event in events if (event.recipient or "").lower() == row["recipient"].lower()]
    event = named[0] if named else events[int(row["index"]) - 1] if len(events) >= int(row["index"]) else None
    result = {"kind": event is not None and event.kind in kinds(row)}
    codes = (event.basic, event.enhanced) if event is not None else (None, None)
    return result | fields(row, bool(named), codes)


def fields(row: dict[str, str], named: bool, codes: tuple[str | None, str | None]) -> dict[str, bool]:
    """Which of the fields that a label states, and the file holds, are as they should be."""
    if row["coarse"] in ("complaint", "auto-reply"):
        return {}
    result = {"recipient": named}
    if row["deliverystatus"] and row["status_is_sisimai_pseudo"] == "0" and row["status_literal_in_file"] == "1":
        result["status"] = codes[1] == row["deliverystatus"]
    if row["replycode"] and row["reply_literal_in_file"] == "1":
        result["reply"] = codes[0] == row["replycode"]
    return result


@cache
def answers_of(path: str) -> tuple[Explanation, ...]:
    found = corpus(path)
    assert found is not None
    return explained_mail(found.read_bytes())


def explained(row: dict[str, str]) -> dict[str, bool]:
    """The same for what `explain` says."""
    answers = answers_of(f"bounces/emails/{row['file']}")
    named = [one for one in answers if (one.recipient or "").lower() == row["recipient"].lower()]
    one = named[0] if named else answers[min(int(row["index"]), len(answers)) - 1]
    return fields(row, bool(named), (one.basic, one.enhanced))


@absent(BOUNCES)
@pytest.mark.parametrize("read", [compared, explained])
def test_bounces_are_read_as_labelled(read, capsys):
    score: dict[str, list[bool]] = {}
    for row in rows():
        for field, right in read(row).items():
            score.setdefault(field, []).append(right)
    with capsys.disabled():
        sums = ", ".join(f"{field} {sum(found)} of {len(found)}" for field, found in score.items())
        print(f" bounces, {read.__name__}: {sums}")
    assert all(sum(found) / len(found) >= LEAST[field] for field, found in score.items())


@absent(BOUNCES)
def test_most_bounces_tell_the_domain_that_sent_the_message():
    mails = {row["file"] for row in rows() if row["coarse"] not in ("auto-reply", "not-a-bounce")}
    told = [
        returned_message(read_bounce(path.read_bytes())) for name in mails if (path := corpus(f"bounces/emails/{name}"))
    ]
    assert sum(one is not None and one.author is not None for one in told) / len(told) >= AUTHORS


@cache
def notified() -> list[dict[str, str]]:
    path = corpus(DSN)
    return [] if path is None else [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@absent(DSN)
@pytest.mark.parametrize(
    "row", [x for x in notified() if x["final_recipient"]], ids=lambda row: f"{row['file']}-{row['index']}"
)
def test_a_delivery_status_is_read_field_by_field(row):
    event = events_of(f"dsn/{row['file']}")[row["index"] - 1]
    assert event.recipient == address(row["final_recipient"])
    wanted = {
        "failed": "bounced",
        "delayed": "deferred",
        "delivered": "delivered",
        "relayed": "delivered",
        "expanded": "other",
    }
    assert event.kind == wanted[row["action"]]
    assert event.enhanced is not None
    if row["remote_mta"]:
        assert event.host == row["remote_mta"].partition(";")[2].strip().lower()


@absent("dsn/rfc5965")
@pytest.mark.parametrize("name", ["1.eml", "2.eml", "3.eml", "4.eml"])
def test_a_feedback_report_is_a_complaint(name):
    (event,) = events_of(f"dsn/rfc5965/{name}")
    assert event.format == "arf"
    assert event.kind in ("complained", "other")


def main() -> None:
    """Print the rows that differ."""
    for read in (compared, explained):
        for row in rows():
            wrong = [field for field, right in read(row).items() if not right]
            if wrong:
                wanted = (row["recipient"], row["replycode"], row["deliverystatus"], row["action"])
                print(f"{read.__name__:10} {row['file']}:{row['index']} {', '.join(wrong)}: wanted {wanted}")


if __name__ == "__main__":
    main()
