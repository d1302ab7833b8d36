"""Tables with a heading line: PowerMTA's accounting files, and message traces of Exchange Online.

PowerMTA User Guide, "Accounting"; without a heading its usual columns are taken. A table's columns are known by their names.
"""

import csv
import re
from collections.abc import Sequence

from checks.delivery.meaning import Said

MOST_COLUMNS = 200
_USUAL = (
    *("type", "timelogged", "timequeued", "orig", "rcpt", "orcpt", "dsnaction", "dsnstatus", "dsndiag", "dsnmta"),
    *("bouncecat", "srctype", "srcmta", "dlvtype", "dlvsourceip", "dlvdestinationip", "dlvesmtpavailable", "dlvsize"),
    *("vmta", "jobid", "envid"),
)
_POWERMTA = re.compile(r"(?:d|b|t|rb|rs|tq|r|f),\d{4}-\d\d-\d\d ")
_KINDS = {
    "d": "delivered",
    "b": "bounced",
    "t": "deferred",
    "rb": "bounced",
    "r": "queued",
    "f": "complained",
    "tq": "deferred",
}
_CATEGORIES = {
    "bad-mailbox": "recipient_unknown",
    "bad-domain": "recipient_domain",
    "inactive-mailbox": "recipient_disabled",
    "quota-issues": "mailbox_full",
    "spam-related": "spam_content",
    "content-related": "spam_content",
    "policy-related": "policy",
    "message-expired": "expired",
    "no-answer-from-host": "network",
    "bad-connection": "network",
    "routing-errors": "routing",
    "relaying-issues": "relay_denied",
    "virus-related": "harmful_content",
    "protocol-errors": "remote_failure",
    "bad-configuration": "remote_failure",
}
"""PowerMTA's own categories, used where its diagnostic text decides nothing."""
_TRACED = {
    "delivered": "delivered",
    "failed": "bounced",
    "pending": "deferred",
    "quarantined": "rejected",
    "filteredasspam": "delivered",
}
"""Exchange Online: what a message trace says of a message. `expanded` and `resolved` went on under other addresses."""
_TRACE_TIME = ("date_time_utc", "received", "date", "origin_timestamp_utc")
_TRACE_TO = ("recipientaddress", "recipient_address", "recipient", "recipient_status")
_TRACE_STATUS = ("status", "event", "delivery_status")


class Accounting:
    """Reads the lines of one table."""

    def __init__(self) -> None:
        self._columns: tuple[str, ...] | None = None
        self.form = "powermta"

    def read(self, line: str) -> Sequence[Said] | None:
        """What one line says; None for a line of no table that is known."""
        if self._columns is None:
            if (columns := _heading(line)) is not None:
                self._columns, self.form = columns
                return ()
            if _POWERMTA.match(line) is None:
                return None
            self._columns = _USUAL
        try:
            cells = next(csv.reader((line.replace("\0", ""),)), [])
        except csv.Error:
            return None
        if (again := _heading(line)) is not None:  # a heading for the next kind of records, or a file joined to another
            self._columns, self.form = again
            return ()
        if len(cells) < 4:
            return None
        row = dict(zip(self._columns, cells[:MOST_COLUMNS], strict=False))
        return _powermta(row) if self.form == "powermta" else _traced(row)


def _heading(line: str) -> tuple[tuple[str, ...], str] | None:
    start = line[:4096].lower().lstrip("\ufeff").replace('"', "").replace(" ", "")
    columns = tuple(start.split(",")[:MOST_COLUMNS])
    if columns[0] == "type" and "timelogged" in columns:
        return columns, "powermta"
    has = set(columns)
    if has & set(_TRACE_TO) and has & set(_TRACE_STATUS) and has & {"senderaddress", "sender_address", "sender"}:
        return columns, "message-trace"
    return None


def _powermta(row: dict[str, str]) -> Sequence[Said]:
    kind = _KINDS.get(row.get("type", ""))
    if kind is None:
        return ()
    if row.get("type") == "rs":
        kind = "other"
    mta = row.get("dsnmta", "")
    host = mta.partition(" ")[0].partition(";")[2] or mta.partition(" ")[0] or None
    action = row.get("dsnaction", "").lower()
    if kind == "bounced" and action == "delayed":
        kind = "deferred"
    return (
        Said(
            kind,
            "powermta",
            recipient=row.get("rcpt") or None,
            sender=row.get("orig"),
            text=row.get("dsndiag", ""),
            status=row.get("dsnstatus") or None,
            host=host,
            message_id=row.get("header_message-id") or row.get("envid") or None,
            queue_id=row.get("jobid") or None,
            local=row.get("dlvdestinationip", "").startswith("127."),
            time=row.get("timelogged"),
            category=_CATEGORIES.get(row.get("bouncecat", "").lower()),
        ),
    )


def _traced(row: dict[str, str]) -> Sequence[Said]:
    def cell(names: Sequence[str]) -> str:
        return next((row[name] for name in names if row.get(name)), "")

    kind = _TRACED.get(cell(_TRACE_STATUS).lower().replace(" ", ""))
    if kind is None:
        return ()
    return (
        Said(
            kind,
            "message-trace",
            recipient=cell(_TRACE_TO) or None,
            sender=cell(("senderaddress", "sender_address", "sender")),
            text=cell(("detail", "statusdetail", "delivery_detail", "custom_data")),
            message_id=cell(("messageid", "message_id", "messagetraceid")) or None,
            time=cell(_TRACE_TIME) or None,
        ),
    )
