"""A line of a log: its frame (who wrote it, when) taken off, and its message given to the reader of that mail server.

Frames: RFC 3164 with and without a year, RFC 5424, ISO stamps (rsyslog), journald's and Docker's JSON, TAI64N, and the logs
that mail servers write themselves. Lines of several mail systems may stand in one file.
"""

import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

import msgspec

from checks.delivery.meaning import Said
from healthcheck.intake import stamps
from healthcheck.intake.accounting import Accounting
from healthcheck.intake.exim import Exim
from healthcheck.intake.jsonlog import json_events
from healthcheck.intake.opensmtpd import OpenSmtpd
from healthcheck.intake.postfix import SERVICES, Postfix
from healthcheck.intake.qmail import Qmail
from healthcheck.intake.sendmail import Sendmail

Stamp = Callable[[], str | None]
"""Reads the time of a line, once it turns out to be wanted."""

_PRIORITY = re.compile(r"<\d{1,3}>(?:1 )?")
_YEAR_LAST = re.compile(r"[A-Z][a-z]{2} {1,2}\d{1,2} (\d{4}) (\d\d:\d\d:\d\d) ")
_YEAR_FIRST = re.compile(r"(\d{4}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) ")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: [+-]\d{4})? ")
_STRUCTURED = re.compile(r"-(?: |$)|(?:\[(?:[^\]\\]|\\.)*\])+ ?")
_TAI = re.compile(r"@([0-9a-f]{24}) ")
_PROGRAM = re.compile(r"([^\s\[:]{1,128})(?:\[[^\]\s]{1,64}\])?:? ?")

Reader = Callable[[str], Sequence[Said]]
OPENSMTPD = frozenset({"smtpd", "opensmtpd"})
SENDMAIL = frozenset({"sendmail", "sm-mta", "sm-msp-queue", "sm-msp", "sm-que", "sendmail-in", "sendmail-out"})
MOST_PROGRAMS = 1000


def _nothing(message: str) -> Sequence[Said]:
    return ()


class LogReader:
    """Reads lines of all logs of a run, in order; what one line teaches the next is kept here, bounded."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._postfix, self._exim, self._sendmail = Postfix(), Exim(), Sendmail()
        self._qmail, self._opensmtpd = Qmail(), OpenSmtpd()
        self._accounting = Accounting()
        self._readers: dict[str, tuple[str | None, Reader]] = {}
        self._clock = stamps.YearlessClock(None, 0.0, zone)
        self.form: str | None = None
        """Which mail system the last line that was known came from; None for others."""

    def begin(self, clock: stamps.YearlessClock) -> None:
        """A new file begins, with its own years and its own table columns."""
        self._clock = clock
        self._accounting = Accounting()
        self.form = None

    def read(self, line: str) -> Sequence[Said] | None:
        """What one line says about delivery, () for nothing, None for a line of no known format."""
        if line[3:4] == " " and line[:3] in stamps.MONTHS:
            if line[15:16] == " " and line[9:10] == ":":
                return self._framed(line[16:], lambda: self._clock.read(line[:15]))
            if (found := _YEAR_LAST.match(line)) is not None:
                iso = f"{found[1]}-{stamps.MONTHS[line[:3]]:02d}-{int(line[4:6]):02d}T{found[2]}"
                return self._framed(line[found.end() :], lambda: stamps.from_iso(iso, self._zone))
        first = line[:1]
        if first == "{":
            return self._json(line)
        if first == "<" and (found := _PRIORITY.match(line)) is not None:
            rest = line[found.end() :]
            return self._rfc5424(rest) if found[0].endswith("1 ") else self.read(rest) if rest[:1] != "<" else None
        if first == "@" and (found := _TAI.match(line)) is not None:
            label = found[1]
            return self._timed(self._daemon("qmail", line[found.end() :]), lambda: stamps.from_tai64n(label))
        if first.isdigit():
            return self._dated(line)
        return self._table(line)

    def _dated(self, line: str) -> Sequence[Said] | None:
        if (found := _ISO.match(line)) is not None:
            rest = line[found.end() :]
            stamp: Stamp = lambda: stamps.from_iso(line, self._zone)  # noqa: E731 - a def would double its length
            if self._exim.is_main_log(rest):
                self.form = "exim"
                return self._timed(self._exim.read(rest), stamp)
            return self._framed(rest, stamp)
        if (found := _YEAR_FIRST.match(line)) is not None and found[2] in stamps.MONTHS:
            iso = f"{found[1]}-{stamps.MONTHS[found[2]]:02d}-{int(found[3]):02d}T{found[4]}"
            return self._framed(line[found.end() :], lambda: stamps.from_iso(iso, self._zone))
        return self._table(line)

    def _rfc5424(self, rest: str) -> Sequence[Said] | None:
        """TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG. RFC 5424 section 6"""
        parts = rest.split(" ", 5)
        if len(parts) < 6:
            return None
        time, _, program, _, _, tail = parts
        found = _STRUCTURED.match(tail)
        message = (tail[found.end() :] if found else tail).removeprefix("\ufeff")
        return self._timed(self._daemon(program, message), lambda: stamps.from_iso(time, self._zone))

    def _framed(self, rest: str, stamp: Stamp) -> Sequence[Said] | None:
        """`host program[pid]: message`; some logs leave the host out."""
        host, _, tagged = rest.partition(" ")
        if host.endswith(":"):
            tagged = rest
        tag, colon, message = tagged.partition(": ")
        if not colon or " " in tag:
            found = _PROGRAM.match(tagged)
            if found is None:
                return ()
            return self._timed(self._daemon(found[1], tagged[found.end() :]), stamp)
        said = self._daemon(tag.partition("[")[0], message)
        return self._timed(said, stamp) if said else said

    def _timed(self, found: Sequence[Said], stamp: Stamp) -> Sequence[Said]:
        if found:
            time = stamp()
            for said in found:
                said.time = said.time or time
        return found

    def _daemon(self, program: str, message: str) -> Sequence[Said]:
        """The message of a program; () for programs that deliver no mail."""
        known = self._readers.get(program)
        if known is None:
            if len(self._readers) >= MOST_PROGRAMS:
                self._readers.clear()
            known = self._readers[program] = self._reader_of(program)
        form, read = known
        if form is None:
            return ()
        self.form = form
        return read(message)

    def _reader_of(self, program: str) -> tuple[str | None, Reader]:
        """The mail system whose program that is, and what reads its messages."""
        _, slash, service = program.rpartition("/")
        if slash and service in SERVICES:
            return "postfix", partial(self._postfix.read, service)
        name = service.lower()
        if name.startswith("exim"):
            return "exim", self._exim_message
        if name in SENDMAIL:
            return "sendmail", self._sendmail.read
        if name in ("qmail", "qmail-send"):
            return "qmail", self._qmail.read
        return ("opensmtpd", self._opensmtpd.read) if name in OPENSMTPD else (None, _nothing)

    def _exim_message(self, message: str) -> Sequence[Said]:
        found = _ISO.match(message)  # Exim may stamp what it sends to syslog
        return self._exim.read(message[found.end() :] if found else message)

    def _table(self, line: str) -> Sequence[Said] | None:
        found = self._accounting.read(line)
        if found is None:
            return None
        self.form = self._accounting.form
        for said in found:
            said.time = stamps.from_iso(said.time, self._zone) if said.time else None
        return found

    def _json(self, line: str) -> Sequence[Said] | None:
        try:
            value: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
        return self.read_object(value) if isinstance(value, dict) else None

    def read_object(self, value: dict[str, Any]) -> Sequence[Said] | None:
        """What one JSON object says: a journal entry, a container's line, a mail server's record, or a webhook's event."""
        if "MESSAGE" in value and ("__REALTIME_TIMESTAMP" in value or "SYSLOG_IDENTIFIER" in value or "_COMM" in value):
            return self._journal(value)
        if isinstance(value.get("log"), str) and "stream" in value and not value["log"].startswith("{"):
            return self._contained(value["log"].rstrip("\n"), str(value.get("time") or ""))
        found = json_events(value)
        if found is None:
            return None
        form, events = found
        self.form = form
        for said in events:
            said.time = moment_of(said.time, self._zone)
        return events

    def _contained(self, line: str, time: str) -> Sequence[Said] | None:
        found = self.read(line)
        if found is None and (tag := _PROGRAM.match(line)) is not None:
            found = self._daemon(tag[1], line[tag.end() :])
        return None if found is None else self._timed(found, lambda: stamps.from_iso(time, self._zone))

    def _journal(self, entry: dict[str, Any]) -> Sequence[Said]:
        message = entry["MESSAGE"]
        if isinstance(message, list):  # bytes that are no UTF-8, as numbers
            message = bytes(x & 255 for x in message if isinstance(x, int)).decode("utf-8", "replace")
        program = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM")
        if not isinstance(message, str) or not isinstance(program, str):
            return ()
        time = entry.get("__REALTIME_TIMESTAMP") or entry.get("_SOURCE_REALTIME_TIMESTAMP")
        return self._timed(self._daemon(program, message), lambda: moment_of(str(time), self._zone))


def moment_of(text: str | None, zone: tzinfo) -> str | None:
    """A time as JSON has it: ISO, or a number of seconds, milliseconds or microseconds since 1970."""
    if not text:
        return None
    if (moment := stamps.from_iso(text, zone)) is not None:
        return moment
    try:
        return stamps.from_seconds(float(text))
    except ValueError:
        return _written(text, zone)


def _written(text: str, zone: tzinfo) -> str | None:
    """`Fri, 21 Nov 2026 09:31:07 +0000`, as mails write it."""
    from email.utils import parsedate_to_datetime  # start-up time: few services write times so

    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return stamps.utc_text(moment if moment.tzinfo else moment.replace(tzinfo=zone))
