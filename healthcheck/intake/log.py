"""A line of a log: its frame (who wrote it, when) taken off, and its message given to the reader of that mail server.

Frames: RFC 3164 with and without a year, RFC 5424, ISO stamps (rsyslog), journald's and Docker's JSON, TAI64N, and the logs
that mail servers write themselves. Lines of several mail systems may stand in one file.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

import msgspec

from checks.delivery.meaning import Said
from healthcheck.intake import frames, stamps
from healthcheck.intake.documents import MOST_CARRIERS, carried
from healthcheck.intake.jsonlog import json_events, time_in, wrapped_line, wrapped_records
from healthcheck.intake.moments import moment_of
from healthcheck.intake.servers.accounting import Accounting
from healthcheck.intake.servers.cisco import Cisco
from healthcheck.intake.servers.exim import Exim
from healthcheck.intake.servers.haraka import LEVELS, Haraka, logfmt
from healthcheck.intake.servers.hmailserver import LINE as HMAILSERVER
from healthcheck.intake.servers.hmailserver import HMailServer
from healthcheck.intake.servers.opensmtpd import OpenSmtpd
from healthcheck.intake.servers.postfix import SERVICES, Postfix
from healthcheck.intake.servers.qmail import Qmail
from healthcheck.intake.servers.sendmail import Sendmail
from healthcheck.intake.servers.stalwart import Stalwart
from healthcheck.intake.servers.submitters import Courier, Kerio, Maddy, is_msmtp, msmtp
from healthcheck.intake.servers.zonemta import is_zonemta, zonemta
from healthcheck.intake.values import text_of

Stamp = Callable[[], str | None]
"""Reads the time of a line, once it turns out to be wanted."""

Reader = Callable[[str], Sequence[Said]]
InnerReader = Callable[[str], Sequence[Said] | None]
CISCO = frozenset({"mail_logs", "mail_log", "ironport_mail_logs", "bounces", "bounce_logs"})
"""What its administrators call its logs, by which syslog knows them."""
OPENSMTPD = frozenset({"smtpd", "opensmtpd"})
SENDMAIL = frozenset({"sendmail", "sm-mta", "sm-msp-queue", "sm-msp", "sm-que", "sendmail-in", "sendmail-out"})
MOST_PROGRAMS = 1000
MOST_FRAMES = 3
"""Frames inside one another: a journal entry in a container's line in a collector's JSON."""


def _nothing(message: str) -> Sequence[Said]:
    return ()


class LogReader:
    """Reads lines of all logs of a run, in order; what one line teaches the next is kept here, bounded."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = self.zone = zone
        self.postfix = self._postfix = Postfix()
        self._exim, self._sendmail = Exim(), Sendmail()
        self._qmail, self._opensmtpd, self._haraka = Qmail(), OpenSmtpd(), Haraka()
        self._stalwart, self._hmailserver = Stalwart(), HMailServer()
        self._courier, self._kerio, self._maddy = Courier(), Kerio(), Maddy()
        self._cisco, self._accounting = Cisco(), Accounting()
        self._readers: dict[str, tuple[str | None, Reader]] = {}
        self.clock = stamps.YearlessClock(None, 0.0, zone)
        self._depth = 0
        self.form: str | None = None
        """Which mail system the last line that was known came from; None for others."""

    def begin(self, clock: stamps.YearlessClock) -> None:
        """A new file begins, with its own years and its own table columns."""
        self.clock = clock
        self._accounting = Accounting()
        self.form = None

    def read(self, line: str) -> Sequence[Said] | None:
        """What one line says about delivery, () for nothing, None for a line of no known format."""
        if line[3:4] == " " and line[:3] in stamps.MONTHS:
            if line[15:16] == " " and line[9:10] == ":":
                return self._framed(line[16:], lambda: self.clock.read(line[:15]))
            if (found := frames.YEAR_LAST.match(line)) is not None:
                iso = f"{found[1]}-{stamps.MONTHS[line[:3]]:02d}-{int(line[4:6]):02d}T{found[2]}"
                return self._framed(line[found.end() :], lambda: stamps.from_iso(iso, self._zone))
            if (
                found := frames.YEARLESS.match(line)
            ) is not None:  # with a fraction of a second, or no blank before the day
                short = f"{found[1]} {found[2]:>2} {found[3]}"
                return self._framed(line[found.end() :], lambda: self.clock.read(short))
        first = line[:1]
        if first == "{":
            return self._json(line)
        if first in frames.RARE:
            return self._rarely_framed(line)
        if first == "<" and (found := frames.PRIORITY.match(line)) is not None:
            rest = line[found.end() :]
            return self._rfc5424(rest) if found[0].endswith("1 ") else self.read(rest) if rest[:1] != "<" else None
        if first == "@" and (found := frames.TAI.match(line)) is not None:
            label = found[1]
            return self._timed(self._daemon("qmail", line[found.end() :]), lambda: stamps.from_tai64n(label))
        if first.isdigit():
            return self._dated(line)
        if line[:4] in frames.DAYS:
            return self._weekday(line)
        if line.startswith("level="):
            return self._haraka_line(self._haraka.read_fields(logfmt(line)), None)
        return self._prefixed(line)

    def _weekday(self, line: str) -> Sequence[Said] | None:
        """A line whose stamp begins with the day of the week."""
        if (full := frames.WEEKDAY.match(line)) is not None:  # journalctl -o short-full
            iso = full[1] + (full[2].ljust(5, "0") if full[2][0] in "+-" else "Z" if full[2] in ("UTC", "GMT") else "")
            return self._framed(line[full.end() :], lambda: stamps.from_iso(iso, self._zone))
        if (own := frames.CISCO.match(line)) is not None:
            iso = f"{own[4]}-{stamps.MONTHS.get(own[1], 0):02d}-{int(own[2]):02d}T{own[3]}"
            self.form = "cisco"
            return self._timed(self._cisco.read(line[own.end() :]), lambda: stamps.from_iso(iso, self._zone))
        return self._prefixed(line)

    def _prefixed(self, line: str) -> Sequence[Said] | None:
        """A line of a table, or one before which somebody put its name."""
        if self._accounting.begun:
            return self._table(line)
        if (own := self._own_line(line)) is not None:
            return own
        found = frames.PREFIXED.match(line)
        said = self._deeper(line[found.end() :]) if found is not None else None
        return self._table(line) if said is None else said

    def _own_line(self, line: str) -> Sequence[Said] | None:
        """A line without a frame, as a container has it, or of hMailServer, whose lines have their own; None for any other."""
        if line.startswith(("INFO ", "WARN ", "ERROR ")) and self._stalwart.is_own(line):
            self.form = "stalwart"
            return self._stalwart.read(line)
        if self._maddy.is_own(line):
            self.form = "maddy"
            return self._maddy.read(line)
        if self._opensmtpd.is_own(line):
            self.form = "opensmtpd"
            return self._opensmtpd.read(line)
        if is_zonemta(line):
            self.form = "zonemta"
            return zonemta(line)
        if HMAILSERVER.match(line) is None:
            return None
        self.form = "hmailserver"
        said = self._hmailserver.read(line)
        for one in said:
            one.time = stamps.from_iso(one.time or "", self._zone)
        return said

    def _deeper(self, line: str, read: InnerReader | None = None) -> Sequence[Said] | None:
        """A line inside a line, as far as that goes."""
        self._depth += 1
        try:
            return (read or self.read)(line) if self._depth <= MOST_FRAMES else None
        finally:
            self._depth -= 1

    def _rarely_framed(self, line: str) -> Sequence[Said] | None:
        """Lines that begin with a mark: a record separator, a colour, `data: {`, a note of journalctl, Haraka's own."""
        if line[0] == "\x1e":  # RFC 7464
            return self._json(line[1:])
        if line[0] == "\x1b":
            plain = frames.COLOUR.sub("", line)
            return self.read(plain) if plain[:1] != "\x1b" else None
        if line.startswith("data: {"):
            return self._json(line[6:])
        if line[0] == "[" and self._haraka.is_own(line):
            return self._haraka_line(self._haraka.read(line), None)
        if line[0] == "[" and (kerio := self._kerio.match(line)) is not None and kerio[2] in stamps.MONTHS:
            self.form = "kerio"
            iso = f"{kerio[3]}-{stamps.MONTHS[kerio[2]]:02d}-{kerio[1]}T{kerio[4]}"
            return self._timed(self._kerio.read(kerio), lambda: stamps.from_iso(iso, self._zone))
        return () if frames.NOTE.match(line) else self._prefixed(line)

    def _haraka_line(self, found: Sequence[Said], stamp: Stamp | None) -> Sequence[Said]:
        self.form = "haraka"
        return self._timed(found, stamp) if stamp else found

    def _dated(self, line: str) -> Sequence[Said] | None:
        if (found := frames.ISO.match(line)) is not None and not (self._accounting.begun and line[19:40].count(",")):
            rest = line[found.end() :]
            stamp: Stamp = lambda: stamps.from_iso(line, self._zone)  # noqa: E731 - a def would double its length
            if self._exim.is_main_log(rest):
                self.form = "exim"
                return self._timed(self._exim.read(rest), stamp)
            if frames.UNUSUAL.match(rest) is not None:
                return self._own_log(rest, stamp)
            return self._framed(rest, stamp)
        if (found := frames.YEAR_FIRST.match(line)) is not None and found[2] in stamps.MONTHS:
            iso = f"{found[1]}-{stamps.MONTHS[found[2]]:02d}-{int(found[3]):02d}T{found[4]}"
            return self._framed(line[found.end() :], lambda: stamps.from_iso(iso, self._zone))
        # qmail's splogger, alone
        if (found := frames.CLOCK.match(line)) is not None and frames.QMAIL.match(line, found.end()) is not None:
            clock = found[1]
            return self._timed(self._daemon("qmail", line[found.end() :]), lambda: moment_of(clock, self._zone))
        if (found := frames.UNIX.match(line)) is not None:  # journalctl -o short-unix
            seconds = found[1]
            return self._framed(line[found.end() :], lambda: moment_of(seconds, self._zone))
        if (found := frames.BARE_5424.match(line)) is not None:
            return self._rfc5424(line[2:])
        if (found := frames.COUNTED.match(line)) is not None:
            return self._deeper(line[found.end() :])
        return self._prefixed(line)

    def _own_log(self, rest: str, stamp: Stamp) -> Sequence[Said] | None:
        """What stands behind an ISO stamp in logs that no syslog wrote: Haraka's, qmail's (tai64nlocal), a container's (CRI)."""
        rest = frames.COLOUR.sub("", rest)
        if rest[:1] == "[":
            return self._haraka_line(self._haraka.read(rest), stamp)
        if (found := frames.CRI.match(rest)) is not None:
            return self._contained(rest[found.end() :], stamp)
        if frames.FRAMED.match(rest) is not None:  # kubectl put a stamp before a line that has its own
            return self._contained(rest, stamp)
        if self._stalwart.is_own(rest):
            self.form = "stalwart"
            return self._timed(self._stalwart.read(rest), stamp)
        if self._maddy.is_own(rest):
            self.form = "maddy"
            return self._timed(self._maddy.read(rest), stamp)
        if self._opensmtpd.is_own(rest):
            self.form = "opensmtpd"
            return self._timed(self._opensmtpd.read(rest), stamp)
        return self._timed(self._daemon("qmail", rest), stamp)

    def _rfc5424(self, rest: str) -> Sequence[Said] | None:
        """TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG. RFC 5424 section 6"""
        parts = rest.split(" ", 5)
        if len(parts) < 6:
            return None
        time, _, program, _, _, tail = parts
        found = frames.STRUCTURED.match(tail)
        message = (tail[found.end() :] if found else tail).removeprefix("\ufeff")
        return self._timed(self._daemon(program, message), lambda: stamps.from_iso(time, self._zone))

    def _framed(self, rest: str, stamp: Stamp) -> Sequence[Said] | None:
        """`host program[pid]: message`; some logs leave the host out."""
        if (found := frames.FACILITY.match(rest)) is not None:  # FreeBSD: <mail.info>
            rest = rest[found.end() :]
        if is_msmtp(rest):  # its own file names neither host nor program
            return self._timed(self._daemon("msmtp", rest), stamp)
        host, _, tagged = rest.partition(" ")
        if (found := frames.FACILITY.match(tagged)) is not None:  # AIX: mail:info
            tagged = tagged[found.end() :]
        if host.endswith(":"):
            tagged = rest
        tag, colon, message = tagged.partition(": ")
        if colon and tag.count(" ") == 1:  # a relay's name before that of the host it had the line from
            tag = tag.partition(" ")[2]
        if not colon or " " in tag:
            found = frames.PROGRAM.match(tagged)
            if found is None:
                return ()
            if frames.FRAMED.match(tagged) is not None:  # a collector put its frame before the one that the line has
                return self._deeper(tagged)
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
            # A container's line: its program is the container, and what it wrote has a frame of its own.
            return (self._deeper(message, self._contained) or ()) if frames.FRAMED.match(message) is not None else ()
        self.form = form
        if message[:4] == "[ID " and (solaris := frames.SOLARIS_ID.match(message)) is not None:
            message = message[solaris.end() :]
        return read(message)

    def _reader_of(self, program: str) -> tuple[str | None, Reader]:
        """The mail system whose program that is, and what reads its messages."""
        _, slash, service = program.rpartition("/")
        if slash and service in SERVICES:
            return "postfix", partial(self._postfix.read, service)
        name = service.lower()
        if name.startswith("exim"):
            return "exim", self._exim_message
        if name in SENDMAIL or name.startswith(("sendmail-", "sm-mta-")):
            return "sendmail", self._sendmail.read
        if name in ("qmail", "qmail-send", "qmail-log"):
            return "qmail", self._qmail.read
        if name == "haraka":
            return "haraka", self._haraka.read
        if name == "msmtp":
            return "msmtp", msmtp
        if name in ("courieresmtp", "courierlocal"):
            return "courier", partial(self._courier.read, name == "courierlocal")
        if name == "maddy":
            return "maddy", self._maddy.read
        if name in ("zone-mta", "zonemta"):
            return "zonemta", zonemta
        if name in CISCO:
            return "cisco", self._cisco.read
        if name in ("stalwart", "stalwart-mail", "stalwart-smtp"):
            return "stalwart", self._stalwart.read
        return ("opensmtpd", self._opensmtpd.read) if name in OPENSMTPD else (None, _nothing)

    def _exim_message(self, message: str) -> Sequence[Said]:
        whole = self._exim.joined(message) if message[:1] == "[" else message
        found = frames.ISO.match(whole)  # Exim may stamp what it sends to syslog
        return self._exim.read(whole[found.end() :] if found else whole)

    def _table(self, line: str) -> Sequence[Said] | None:
        found = self._accounting.read(line)
        if found is None:
            return None
        self.form = self._accounting.form
        for said in found:
            if said.time:
                said.time = moment_of(said.time, self._zone)
        return found

    def _json(self, line: str) -> Sequence[Said] | None:
        try:
            value: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
        return self.read_objects(value) if isinstance(value, dict) else None

    def read_objects(self, value: dict[str, Any], depth: int = MOST_CARRIERS) -> Sequence[Said] | None:
        """What an object says, or those inside it, as services hand out several at once or carry one of another's."""
        said = self.read_object(value)
        if said is not None or not depth or not (several := wrapped_records(value) or carried(value)):
            return said
        each = [self.read_objects(one, depth - 1) for one in several]
        return [one for events in each for one in events or ()] if any(found is not None for found in each) else None

    def read_object(self, value: dict[str, Any]) -> Sequence[Said] | None:
        """What one JSON object says: a journal entry, a container's line, a mail server's record, or a webhook's event."""
        if "MESSAGE" in value and ("__REALTIME_TIMESTAMP" in value or "SYSLOG_IDENTIFIER" in value or "_COMM" in value):
            return self._journal(value)
        if "message" in value and ("uuid" in value or "origin" in value) and text_of(value.get("level")) in LEVELS:
            stated = str(value.get("timestamp") or value.get("time") or "")
            return self._haraka_line(self._haraka.read_fields(value), lambda: moment_of(stated, self._zone))
        if (found := json_events(value)) is not None:
            form, events = found
            self.form = form
            for said in events:
                said.time = moment_of(said.time, self._zone)
            return events
        if (wrapped := wrapped_line(value)) is None:
            return None
        line, program, time = wrapped
        stamp: Stamp = lambda: self._moment(time)  # noqa: E731 - as above
        if program:
            return self._timed(self._daemon(program.partition("[")[0].rstrip(":"), line), stamp)
        return self._contained(line, stamp)

    def _contained(self, line: str, stamp: Stamp | None = None) -> Sequence[Said] | None:
        """A line inside another frame: with a frame of its own, or only with its program."""
        line = line.rstrip("\r\n")
        if line[:1] == "{" and line.count("{", 0, 2000) > 400:
            return None
        found = self._deeper(line)
        if found is None and frames.QMAIL.match(line) is not None:
            found = self._daemon("qmail", line)
        elif found is None and (tag := frames.PROGRAM.match(line)) is not None and tag.end() < len(line):
            found = self._daemon(tag[1], line[tag.end() :])
        return found if found is None or stamp is None else self._timed(found, stamp)

    def _journal(self, entry: dict[str, Any]) -> Sequence[Said]:
        message = entry["MESSAGE"]
        if isinstance(message, list):  # bytes that are no UTF-8, as numbers
            message = bytes(x & 255 for x in message if isinstance(x, int)).decode("utf-8", "replace")
        program = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM")
        if not isinstance(message, str) or not isinstance(program, str):
            return ()
        time = str(entry.get("__REALTIME_TIMESTAMP") or entry.get("_SOURCE_REALTIME_TIMESTAMP") or time_in(entry))
        return self._timed(self._daemon(program, message), lambda: self._moment(time))

    def _moment(self, time: str) -> str | None:
        """The time of a collector's object; syslog-ng leaves it as syslog has it."""
        return self.clock.read(time) if frames.YEARLESS.match(f"{time} ") is not None else moment_of(time, self._zone)
