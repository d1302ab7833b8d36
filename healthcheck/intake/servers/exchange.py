"""Tables of Microsoft Exchange: message tracking logs of a server, message traces of Exchange Online.

A tracking log names its columns in `#Fields:`; an extended trace has the same ones with underscores, and a summary trace has a
line a recipient with `Status`, or all recipients in `recipient_status` as `kim@example.net##Receive, Send`. Microsoft Learn,
"Message tracking", "Run a message trace and view results".
"""

import re
from collections.abc import Sequence
from typing import Any

from checks.delivery.meaning import Said
from healthcheck.intake.values import text_of

MOST_RECIPIENTS = 10_000
MOST_NAMES = 200
"""Names in an object that may be a line of a trace."""
_TRACED = {
    "delivered": "delivered",
    "failed": "bounced",
    "pending": "deferred",
    "gettingstatus": "deferred",
    "quarantined": "rejected",
    "filteredasspam": "delivered",
    "deliver": "delivered",
    "send": "delivered",
    "sendexternal": "delivered",
    "fail": "bounced",
    "defer": "deferred",
}
"""What a message trace says of a message. `expanded` and `resolved` went on under other addresses."""
_TRACE_TIME = ("date_time_utc", "received", "receiveddatetime", "date", "origin_timestamp_utc", "date_time")
_TRACE_TO = ("recipientaddress", "recipient_address", "recipient", "recipient_status")
_TRACE_STATUS = ("status", "event", "delivery_status", "recipient_status")
_SENDERS = ("senderaddress", "sender_address", "sender")
_EVENTS = {
    "send": "delivered",
    "sendexternal": "delivered",
    "deliver": "delivered",
    "fail": "bounced",
    "defer": "deferred",
}
_EVENTS |= {"badmail": "failed", "poisonmessage": "failed"}
_LAST_ERROR = re.compile(r"\{LED=(.*?)\}(?=;\{|\]|;?$)", re.DOTALL)
_NEXT_HOP = re.compile(r"\{FQDN=([^}]{1,255})\}")
_PART = re.compile(r"([^;#]{1,1000}@[^;#]{1,255})##([^;]{0,1000})")
_OWN_HOPS = ("intra-organization", "intraorganization")


def columns_of(line: str, most: int) -> tuple[tuple[str, ...], str] | None:
    """The names of the columns, and which table it is, where a line is the heading of one; else None."""
    start = line[:8192].lower().lstrip("\ufeff").replace('"', "").replace(" ", "")
    fields = start.removeprefix("#fields:")
    columns = tuple(name.strip().replace("-", "_") for name in fields.split(",")[:most])
    has = set(columns)
    if {"event_id", "source", "recipient_address"} <= has:
        return columns, "message-tracking"
    if has & set(_TRACE_TO) and has & set(_TRACE_STATUS) and has & set(_SENDERS):
        return columns, "message-trace"
    return None


def is_comment(line: str) -> bool:
    """True for a line before the table: `#Software:`, `#Version:`, `#Date:`, PowerShell's `#TYPE`."""
    return line.startswith(("#Software:", "#Version:", "#Log-type:", "#Log-Type:", "#Date:", "#TYPE "))


def _cell(row: dict[str, str], names: Sequence[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def traced(row: dict[str, str]) -> Sequence[Said]:
    """The events of one line of a message trace."""
    several = _PART.findall(row.get("recipient_status", "")[:1_000_000])[:MOST_RECIPIENTS]
    if several:
        return _numbered([one for who, words in several if (one := _trace(row, who, words.rpartition(",")[2]))])
    one = _trace(row, _cell(row, _TRACE_TO), _cell(row, _TRACE_STATUS))
    return (one,) if one else ()


def traced_object(value: dict[str, Any]) -> Sequence[Said] | None:
    """The events of a line of a message trace that was written as JSON (PowerShell, Graph); None for any other object."""
    if len(value) > MOST_NAMES:
        return None
    row = {name.lower(): text_of(cell) for name, cell in value.items()}
    if not {"senderaddress", "recipientaddress"} <= row.keys() or not {"messagetraceid", "messageid"} & row.keys():
        return None
    return traced(row) if {"status", "event"} & row.keys() else None


def _trace(row: dict[str, str], recipient: str, status: str) -> Said | None:
    kind = _TRACED.get(status.lower().replace(" ", ""))
    if kind is None:
        return None
    text = _cell(row, ("detail", "statusdetail", "delivery_detail", "custom_data"))
    if "{LED=" in text and (error := _LAST_ERROR.search(text)) is not None:
        text = error[1]
    return Said(
        kind,
        "message-trace",
        recipient=recipient.strip() or None,
        sender=_envelope_sender(_cell(row, _SENDERS)),
        text=text,
        message_id=_cell(row, ("messageid", "message_id", "messagetraceid")) or None,
        time=_cell(row, _TRACE_TIME) or None,
    )


def tracked(row: dict[str, str]) -> Sequence[Said]:
    """The events of one line of a message tracking log: one for each of its recipients."""
    event, source = row.get("event_id", "").lower(), row.get("source", "").lower()
    kind = _EVENTS.get(event)
    if kind is None or (event.startswith("send") and source not in ("smtp", "")):
        return ()
    recipients = [one for one in row.get("recipient_address", "").split(";") if one.strip()][:MOST_RECIPIENTS]
    texts, hosts = _statuses(row.get("recipient_status", ""), len(recipients))
    own = event == "deliver" or row.get("connector_id", "").lower().startswith(_OWN_HOPS)
    server = row.get("server_hostname") or row.get("server_ip") or None
    return _numbered(
        [
            Said(
                kind,
                "message-tracking",
                recipient=recipient,
                sender=_envelope_sender(row.get("return_path") or row.get("sender_address", "")),
                text=text,
                host=(host or (server if event.startswith("send") else None)) if not own else None,
                queue_id=row.get("internal_message_id") or None,
                message_id=row.get("message_id") or None,
                local=own,
                time=row.get("date_time") or row.get("date_time_utc") or None,
                permanence="permanent" if kind == "bounced" else None,
            )
            for recipient, text, host in zip(recipients, texts, hosts, strict=True)
        ]
    )


def _statuses(status: str, number: int) -> tuple[list[str], list[str | None]]:
    """What is said of each recipient: a reply each, separated by semicolons, or `[{LED=reply};{FQDN=host};...]` each."""
    if "{LED=" in status:
        texts = _LAST_ERROR.findall(status)
        hosts: list[str | None] = list(_NEXT_HOP.findall(status))
        hosts = hosts if len(hosts) == number else [None] * number
    else:
        texts, hosts = [part.strip() for part in status.split(";")], [None] * number
        if len(texts) != number and status:
            texts = [status.strip()]  # a reply that has semicolons in it, of all of them
    if len(texts) != number:
        texts = (texts if len(texts) == 1 else [""]) * number
    return texts, hosts


def _envelope_sender(text: str) -> str | None:
    return "" if text.strip() == "<>" else text.strip() or None


def _numbered(said: list[Said]) -> list[Said]:
    for number, one in enumerate(said, start=1):
        one.part = number if len(said) > 1 else None
    return said
