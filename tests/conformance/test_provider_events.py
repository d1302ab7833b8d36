"""The webhook payloads that django-anymail tests with, read to our events: kind, recipient, message, reply."""

import csv
from pathlib import Path

import pytest

from healthcheck.intake.read import Reading
from healthcheck.intake.stamps import zone_named
from tests.conformance import absent, corpus

FOLDER = "provider-events"
SAME = {"sent": "queued", "unknown": "other", "autoresponded": "autoreplied"}
# anymail has one word, `rejected`, for what was not tried; the contract calls that suppressed where a list was the reason.
# It calls unrelated what our contract knows: amp_open is opened, a hard failure that never reached a server bounced.
OURS = {
    "payloads/brevo-01.json": "suppressed",
    "payloads/mailgun-03.json": "suppressed",
    "payloads/mailgun-04.json": "suppressed",
    "payloads/mailgun-05.json": "bounced",
    "payloads/resend-08.json": "suppressed",
    "payloads/sendgrid-06.json": "suppressed",
    "payloads/sendgrid-08.json": "suppressed",
    "payloads/sparkpost-08.json": "suppressed",
    "payloads/sparkpost-01.json/2": "opened",  # amp_initial_open, which anymail does not know
    "payloads/brevo-17.json": None,  # an empty object says nothing
}


def rows() -> list[dict[str, str]]:
    path = corpus(FOLDER)
    if path is None:
        return []
    with (path / "labels.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def events_of(file: str) -> list:
    path = corpus(FOLDER)
    assert path is not None
    return list(Reading([str(Path(path) / file)], zone_named(None)).events())


def wrong(row: dict[str, str]) -> str:
    """What differs from the label; "" for nothing."""
    wanted = OURS.get(
        row["file"], OURS.get(f"{row['file']}/{row['index']}") or SAME.get(row["event_type"], row["event_type"])
    )
    events = events_of(row["file"])
    if wanted is None:
        return "" if not events else f"{len(events)} events"
    index = int(row["index"]) - 1
    if len(events) <= index:
        return f"{len(events)} events, wanted number {index + 1}"
    event = events[index]
    faults = [f"kind {event.kind}, not {wanted}"] if event.kind != wanted else []
    if row["recipient"] and event.recipient != row["recipient"]:
        faults.append(f"recipient {event.recipient}, not {row['recipient']}")
    # SendGrid: the label is an argument that anymail attached.
    if (
        row["message_id"]
        and row["esp"] != "SendGrid"
        and (event.message_id or "").strip("<>") != row["message_id"].strip("<>")
    ):
        faults.append(f"message {event.message_id}, not {row['message_id']}")
    if row["mta_response"] and " ".join(row["mta_response"].split())[-20:] not in (event.reply or ""):
        faults.append(f"reply {event.reply!r}, not {row['mta_response']!r}")
    return "; ".join(faults)


@absent(FOLDER)
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['file'][9:-5]}-{row['index']}")
def test_a_payload_is_read_as_its_label_says(row):
    assert not wrong(row)


@absent(FOLDER)
def test_agreement(capsys):
    agreeing = sum(not wrong(row) for row in rows())
    with capsys.disabled():
        print(f" provider events: {agreeing} of {len(rows())}")
    assert agreeing == len(rows())
