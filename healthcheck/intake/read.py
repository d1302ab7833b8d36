"""From paths to events: what a file is, by its content, and everything in it in order. Bounded, and total on any bytes."""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, BinaryIO
from urllib.parse import parse_qs

import msgspec

from checks.delivery.events import Event, Place, plain
from checks.delivery.meaning import Said, judged
from checks.replies.clean import masked
from healthcheck.intake import stamps
from healthcheck.intake.documents import objects_of
from healthcheck.intake.journal import entries_of, is_export
from healthcheck.intake.latest import Latest
from healthcheck.intake.lines import lines_of
from healthcheck.intake.log import LogReader
from healthcheck.intake.mails.mbox import SEPARATOR, mails_of
from healthcheck.intake.mails.mime import LARGEST_MAIL
from healthcheck.intake.moments import moment_of
from healthcheck.intake.reports.report_files import BadReport, form_of, pieces_of
from healthcheck.intake.reports.reported import Reports
from healthcheck.intake.rotation import TAIL, older_of, tail_of
from healthcheck.intake.sources import (
    Damaged,
    Found,
    NotReadable,
    begins_zip,
    found_files,
    head_of,
    opened,
    size_of,
    without_twins,
)

MOST_SAMPLES = 5
LONGEST_SAMPLE = 200
BOM = b"\xef\xbb\xbf"
LARGEST_BROUGHT = 16 * 1024 * 1024
"""Bytes of a mail that may bring a report of a receiver; of any other LARGEST_MAIL are read."""
MOST_SOURCES = 1000
MOST_IDS = 500_000
"""Identifiers of events that are remembered, to count none twice; beyond, the oldest are forgotten."""

_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{0,60}):", re.MULTILINE)
_MAIL_HEADERS = frozenset(
    (
        *(b"received", b"return-path", b"from", b"to", b"subject", b"date", b"message-id", b"mime-version"),
        *(b"content-type", b"delivered-to", b"x-original-to", b"x-failed-recipients", b"auto-submitted"),
    )
)


class Sample(msgspec.Struct, frozen=True, order=True):
    """A line that was not read. `why` is a few words; `text` its beginning."""

    file: str
    line: int | None
    why: str
    text: str


class Source(msgspec.Struct):
    """One file: what it turned out to be, how many lines (mails, objects) it has, how many events came out."""

    file: str
    format: str = "unknown"
    lines: int = 0
    events: int = 0


class Reading:
    """One run over some paths. `events` may be walked once; the rest is filled meanwhile."""

    def __init__(self, paths: Sequence[str], timezone: tzinfo) -> None:
        self.sources: list[Source] = []
        self.more_sources = 0
        self.unread_lines = 0
        self.unread_bytes = 0
        self.samples: list[Sample] = []
        self.repeated = 0
        self.reports = Reports()
        """What receivers reported: no events."""
        self._zone = timezone
        self._log = LogReader(timezone)
        self._ids: Latest[int, None] = Latest(MOST_IDS)
        self._forms: set[str] = set()
        """The mail systems whose lines stand in the file."""
        self._counted = 0
        """Events of Postfix in the file that were counted and not given."""
        self._files, self._twins = without_twins(_unzipped(list(found_files(paths))))
        self._older = older_of(self._files)
        self._before: Found | None = None

    def events(self) -> Iterator[Event]:
        """Every event, in the order of the files and inside one of the lines; none twice."""
        for found in self._files:
            source = Source(found.name)
            formats: dict[str, int] = {}
            for event in self._of_file(found, source):
                if self._seen(event):
                    self.repeated += 1
                    continue
                source.events += 1
                formats[event.format] = formats.get(event.format, 0) + 1
                yield event
            if self._counted:
                source.events += self._counted
                formats["postfix"] = formats.get("postfix", 0) + self._counted
                self._counted = 0
            if formats:
                source.format = min(formats, key=lambda name: (-formats[name], name))
            self._add(source)
        for found in self._twins:
            self._add(Source(found.name, "duplicate"))

    def _add(self, source: Source) -> None:
        if len(self.sources) < MOST_SOURCES:
            self.sources.append(source)
        else:
            self.more_sources += 1

    def _seen(self, event: Event) -> bool:
        """True for an event whose service has posted it before."""
        if event.event_id is None:
            return False
        key = hash((event.format, event.event_id, event.kind, event.recipient, event.message_id))
        if key in self._ids:
            return True
        self._ids[key] = None
        return False

    def _of_file(self, found: Found, source: Source) -> Iterator[Event]:
        try:
            stream = opened(found)
        except NotReadable as fault:
            self._unread(found.name, None, str(fault), b"")
            return
        try:
            head = head_of(stream)
            match _kind(head):
                case "mbox":
                    yield from self._mbox(stream, source)
                case "mail":
                    yield from self._mail(stream.read(LARGEST_BROUGHT), source, None)
                case "json":
                    yield from self._documents(stream, source)
                case "form":
                    yield from self._form(stream.read(LARGEST_MAIL), source)
                case "journal":
                    yield from self._journal(stream, source)
                case "report":
                    self._reported(stream, source)
                case _:
                    yield from self._lines(stream, source, found, head)
        except Damaged as fault:
            self._unread(found.name, source.lines or None, str(fault), b"")
        except OSError as fault:
            self._unread(found.name, source.lines or None, f"it cannot be read: {fault.strerror}", b"")
        finally:
            if found.path is not None or found.once is not None:
                stream.close()

    def _lines(self, stream: BinaryIO, source: Source, found: Found, head: bytes) -> Iterator[Event]:
        log = self._log
        if (older := self._older.get(source.file)) is not None and older is not self._before:
            self._learn(older)
        self._before = found
        log.begin(self._clock(found, head))
        self._forms.clear()
        size = size_of(stream)
        yield from self._log_lines(stream, source, found)
        if size_of(stream) < size:
            self._unread(found.name, None, "it became shorter while it was read", b"")
        if self._forms:  # where there are events, theirs count
            source.format = min(self._forms)

    def _log_lines(self, stream: BinaryIO, source: Source, found: Found) -> Iterator[Event]:
        for number, (line, cut) in enumerate(lines_of(stream), start=1):
            source.lines = number
            yield from self._log_line(line.removeprefix(BOM) if number == 1 else line, found.name, number, cut)

    def _log_line(self, line: bytes, name: str, number: int, cut: bool) -> Iterator[Event]:
        text = line.decode("utf-8", "replace")
        said = self._log.read(text)
        if self._log.form is not None:
            self._forms.add(self._log.form)
        if said:
            for position, one in enumerate(said, start=1):
                yield judged(one, Place(name, number, one.part or (position if len(said) > 1 else None)))
        elif said is None and text.strip():
            self._unread(name, number, "cut off" if cut else "no known format", line)

    def _learn(self, older: Found) -> None:
        """What the end of an older file teaches the file after it: senders, and who still waits. Nothing of it counts here."""
        self._log.begin(stamps.YearlessClock(None, time.time(), self._zone))
        try:
            with opened(older) as stream:
                for line in tail_of(stream, TAIL):
                    self._log.read(line.decode("utf-8", "replace"))
        except (NotReadable, Damaged, OSError):
            return  # it is said when the older file itself is read

    def _clock(self, found: Found, head: bytes) -> stamps.YearlessClock:
        """The years of stamps that have none: by a look through the file, where it can be looked through."""
        now = found.modified if found.modified is not None else time.time()
        year = None
        if found.path is not None and stamps.begins_yearless(head):
            with opened(found) as stream:
                year = stamps.first_year(stream, now, self._zone)
        return stamps.YearlessClock(year, now, self._zone)

    def _journal(self, stream: BinaryIO, source: Source) -> Iterator[Event]:
        """Entries of journalctl -o export."""
        self._log.begin(stamps.YearlessClock(None, time.time(), self._zone))
        for line, entry in entries_of(stream):
            source.lines += 1
            said = self._log.read_object(entry) or ()
            for number, one in enumerate(said, start=1):
                yield judged(one, Place(source.file, line, number if len(said) > 1 else None))
        source.format = self._log.form or "journal"

    def _mbox(self, stream: BinaryIO, source: Source) -> Iterator[Event]:
        for line, raw in mails_of(stream, LARGEST_BROUGHT):
            yield from self._mail(raw, source, line)

    def _mail(self, raw: bytes, source: Source, line: int | None) -> Iterator[Event]:
        from healthcheck.intake.mails.reporting import (
            read_mail,  # start-up time: the words of bounces, where there is a mail
        )

        source.lines += 1
        source.format = "mail"
        found, why = read_mail(raw[:LARGEST_MAIL])
        if not found and (fault := self.reports.in_mail(raw, source.file)) is not None:
            self._unread(source.file, line or 1, fault or why, raw)
        for one in found:
            one.time = moment_of(one.time, self._zone)
            yield judged(one, Place(source.file, line, one.part))

    def _reported(self, stream: BinaryIO, source: Source) -> None:
        """A report of a receiver: no events, see `reports`."""
        source.format = "report"
        try:
            source.lines = self.reports.read(pieces_of(stream), source.file)
        except BadReport as fault:
            source.format = "unknown"
            self._unread(source.file, None, str(fault), b"")

    def _documents(self, stream: BinaryIO, source: Source) -> Iterator[Event]:
        self._log.begin(stamps.YearlessClock(None, time.time(), self._zone))
        for found in objects_of(stream):
            source.lines += 1
            said = self._log.read_objects(found.value) if isinstance(found.value, dict) else None
            if said is None:
                self._unread(
                    source.file,
                    found.line,
                    "no known format" if found.value is not None else "not JSON",
                    found.text.encode(),
                )
                continue
            source.format = self._log.form or source.format
            for number, one in enumerate(said, start=1):
                yield judged(one, Place(source.file, found.line, number if len(said) > 1 else None))

    def _form(self, raw: bytes, source: Source) -> Iterator[Event]:
        """A body as browsers post forms, in which some services put their JSON."""
        source.lines = 1
        try:
            pairs = parse_qs(raw.decode("utf-8", "replace").strip(), max_num_fields=200)
        except ValueError:
            pairs = {}
        value: dict[str, Any] = {key: texts[0] for key, texts in pairs.items()}
        said = self._log.read_object(value)
        if said is None:
            self._unread(source.file, 1, "no known format", raw)
        for number, one in enumerate(said or (), start=1):
            yield judged(one, Place(source.file, 1, number if said and len(said) > 1 else None))

    def _unread(self, file: str, line: int | None, why: str, text: bytes) -> None:
        self.unread_lines += 1
        self.unread_bytes += len(text)
        if len(self.samples) < MOST_SAMPLES:
            shown = plain(masked(_one_line(text[: 2 * LONGEST_SAMPLE])), LONGEST_SAMPLE)
            self.samples.append(Sample(plain(file), line, plain(why), shown))


def _unzipped(files: list[Found]) -> list[Found]:
    """The files, and those inside archives."""
    if not any(found.path is not None and begins_zip(found.path) for found in files):
        return files
    from healthcheck.intake.archives import expanded  # start-up time: as it says, where there is a zip

    return expanded(files)


def _kind(head: bytes) -> str:
    """What a file is, by its first bytes: mbox, mail, json, form, report, or else a log."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\0")
    if head[:4] == b"PK\x03\x04" or form_of(head) is not None:
        return "report"
    if is_export(text):
        return "journal"
    if text[:1] == b"\x1e":
        return "log"
    if SEPARATOR.match(text):
        return "mbox"
    if text[:1] == b"{":
        first = text.split(b"\n", 1)[0]
        try:
            return "log" if isinstance(msgspec.json.decode(first), dict) and b"\n{" in text else "json"
        except (msgspec.DecodeError, RecursionError, ValueError):
            return "json"
    if re.match(rb"\[\s*(?:\{|\[|\]|$)", text):
        return "json"
    if text[:5] == b"<?xml" or text[:9] == b"<feedback":
        return "report"
    if re.match(rb"[A-Za-z_-]{2,40}=[^\s&]{1,60000}(?:&[A-Za-z_.-]{2,40}=|\s*$)|mandrill_events=", text):
        return "form"
    return "mail" if _is_mail(text) else "log"


def _is_mail(text: bytes) -> bool:
    block = re.split(rb"\r?\n[ \t]*\r?\n", text, maxsplit=1)[0]
    first = block.split(b"\n", 1)[0]
    if not _HEADER.match(first) and not first.startswith((b">From ", b"From ")):
        return False
    names = {name.lower() for name in _HEADER.findall(block)}
    return len(names & _MAIL_HEADERS) >= 2


def _one_line(text: bytes) -> str:
    """The beginning of a mail as one line: its line ends would be shown as what cannot be printed."""
    return " ".join(text.decode("utf-8", "replace").splitlines())


_TELL_NOTHING = ("unknown", "duplicate", "mail")
"""Formats of a file of which, without an event, nothing was read."""


def said_nothing(reading: Reading) -> bool:
    """True where nothing at all could be read. A mail that reports nothing is not read: it tells of no mail but itself."""
    told = reading.reports.found or any(
        source.events or source.format not in _TELL_NOTHING for source in reading.sources
    )
    return not told


__all__ = ["Reading", "Said", "Sample", "Source", "said_nothing"]
