"""Tables with a heading line: PowerMTA's accounting files, and those of Microsoft Exchange.

PowerMTA User Guide, "Accounting"; without a heading its usual columns are taken. A table's columns are known by their names, in
any order; where it is split by type of record, each part has its heading.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any

from checks.delivery.meaning import Said
from healthcheck.intake.servers.exchange import columns_of, is_comment, traced, tracked
from healthcheck.intake.values import NO_COMPLAINT, text_of

MOST_COLUMNS = 200
_USUAL = (
    *("type", "timelogged", "timequeued", "orig", "rcpt", "orcpt", "dsnaction", "dsnstatus", "dsndiag", "dsnmta"),
    *("bouncecat", "srctype", "srcmta", "dlvtype", "dlvsourceip", "dlvdestinationip", "dlvesmtpavailable", "dlvsize"),
    *("vmta", "jobid", "envid"),
)
_POWERMTA = re.compile(r"(?:d|b|t|rb|rs|tq|r|f),(?:\d{4}-\d\d-\d\d |\d{9,10},)")
_KINDS = {
    "d": "delivered",
    "b": "bounced",
    "t": "deferred",
    "rb": "bounced",
    "r": "queued",
    "f": "complained",
    "tq": "deferred",
    "rs": "other",
}
_WORDS = {
    "delivery": "d",
    "delivered": "d",
    "bounce": "b",
    "bounced": "b",
    "transient": "t",
    "remote-bounce": "rb",
    "remote-status": "rs",
    "transient-queue": "tq",
    "received": "r",
    "receipt": "r",
    "feedback": "f",
    "feedback-loop": "f",
}
"""Types as some write them out."""
LONGEST_ROW = 64 * 1024
"""Characters of a row whose cells hold line ends."""
MOST_LINES = 100
"""Lines of such a row."""
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
    "invalid-sender": "sender_invalid",
}
"""PowerMTA's own categories, used where its diagnostic text decides nothing."""


class Accounting:
    """Reads the lines of one table."""

    def __init__(self) -> None:
        self._columns: tuple[str, ...] | None = None
        self.form = "powermta"
        self._open: list[str] = []
        """The lines of a row that goes on."""

    @property
    def begun(self) -> bool:
        """True inside a table, whose lines may begin with a stamp."""
        return self._columns is not None

    def read(self, line: str) -> Sequence[Said] | None:
        """What one line says; None for a line of no table that is known."""
        if self._open:
            line = "\n".join((*self._open, line))
        elif (known := self._begins(line)) is not None:
            return () if known else None
        if line.count('"') % 2 and _is_open(line):  # a cell with a line end in it; what follows belongs to it
            self._open = line.split("\n")
            if len(line) <= LONGEST_ROW and len(self._open) <= MOST_LINES:
                return ()
            self._open = []
            return None
        self._open = []
        try:
            cells = next(csv.reader((line.replace("\0", ""),)), [])
        except csv.Error:
            return None
        # A heading for the next kind of records, or a file joined to another.
        if "@" not in line and (again := _heading(line)) is not None:
            self._columns, self.form = again
            return ()
        columns = self._columns or ()
        if len(cells) < min(4, len(columns)):
            return None
        row = dict(zip(columns, cells[:MOST_COLUMNS], strict=False))
        match self.form:
            case "powermta":
                return _powermta(row)
            case "message-tracking":
                return tracked(row)
            case _:
                return traced(row)

    def _begins(self, line: str) -> bool | None:
        """True for a line that is part of the heading, False for one of no table, None for a row."""
        if self._columns is not None and line[:1] != "#":
            return None
        if (columns := _heading(line)) is not None:
            self._columns, self.form = columns
            return True
        if is_comment(line):
            return True
        if self._columns is None:
            if _POWERMTA.match(line) is None:
                return False
            self._columns, self.form = _USUAL, "powermta"
        return None


def _is_open(line: str) -> bool:
    """True for a row that ends inside a quoted cell. RFC 4180 section 2"""
    asked = []

    def lines() -> Iterator[str]:
        yield f"{line}\n"
        asked.append(True)

    try:
        next(csv.reader(lines()), None)
    except csv.Error:
        return False
    return bool(asked)


def _heading(line: str) -> tuple[tuple[str, ...], str] | None:
    start = line[:8192].lower().lstrip("\ufeff").replace('"', "").replace(" ", "")
    columns = tuple(start.split(",")[:MOST_COLUMNS])
    has = set(columns)
    if "type" in has and ("timelogged" in has or {"rcpt", "dsnstatus"} <= has):
        return columns, "powermta"
    return columns_of(line, MOST_COLUMNS)


def accounted(value: dict[str, Any]) -> Sequence[Said] | None:
    """The events of a record that was written as JSON; None for any other object."""
    if "timeLogged" not in value or not {"rcpt", "dsnStatus", "vmta"} & value.keys():
        return None
    return _powermta({key.lower(): text_of(cell) for key, cell in value.items()})


def _powermta(row: dict[str, str]) -> Sequence[Said]:
    word = row.get("type", "").strip().lower()
    word = _WORDS.get(word, word)
    kind = _KINDS.get(word)
    if kind is None:
        return ()
    if word == "tq" and not row.get("rcpt"):
        kind = "other"  # of a queue, not of a message
    mta = row.get("dsnmta", "")
    host = mta.partition(" ")[0].partition(";")[2] or mta.partition(" ")[0] or None
    action = row.get("dsnaction", "").lower()
    if word in ("b", "rb", "rs") and action == "delayed":
        kind = "deferred"
    recipient = row.get("rcpt")
    if kind == "complained":
        recipient = recipient or row.get("header_to")
        kind = "other" if row.get("feedbacktype", "").lower() in NO_COMPLAINT else kind
    message_id = row.get("header_message-id") or row.get("envid") or None
    # Where nothing names the message, all its attempts have the time at which it was queued.
    queue_id = row.get("jobid") or (row.get("timequeued") if message_id is None else None)
    return (
        Said(
            kind,
            "powermta",
            recipient=recipient or None,
            sender=row.get("orig"),
            text=row.get("dsndiag", "").removeprefix("smtp;"),
            status=row.get("dsnstatus") or None,
            host=host,
            message_id=message_id,
            queue_id=queue_id or None,
            local=row.get("dlvdestinationip", "").startswith("127."),
            time=row.get("timelogged"),
            category=_CATEGORIES.get(row.get("bouncecat", "").lower()),
            source_address=row.get("dlvsourceip") or row.get("vmta") or None,
        ),
    )
