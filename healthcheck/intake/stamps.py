"""Time stamps of logs, to RFC 3339 in UTC: syslog with and without year, ISO, RFC 5424, seconds since 1970, TAI64N.

A syslog stamp (RFC 3164) has neither year nor zone. The year is the one that puts the last line of the file before the file
was last written, and steps over each New Year on the way (`years_back`).
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from io import FileIO
from typing import BinaryIO

from checks.bad_input import BadInput
from healthcheck.intake.sources import BLOCK, Damaged

MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_DAY = timedelta(days=1)
_SYSLOG = re.compile(rb"(?:^|\n)(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) ")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?\s?(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d))?"
)
_SLASHED = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?: ?([AaPp][Mm]))?"
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
STEP = 16 * 1024
"""Bytes between the stamps by which the New Years of a large log are counted."""
_PIECE = 1024
"""Bytes in which there is the beginning of a line, usually."""
TAI_OFFSET = 10
"""What daemontools and qmail add to the seconds since 1970, whatever the leap seconds (libtai without a table)."""


class BadZone(BadInput):
    """A time zone that nobody knows; the message is one sentence."""


def zone_named(name: str | None) -> tzinfo:
    """The zone of --timezone: a name such as Europe/Berlin, or an offset such as +01:00. BadZone for neither."""
    if not name or name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        minutes = int(found[2]) * 60 + int(found[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    import zoneinfo  # start-up time: where a zone was named

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadZone(
            f"there is no time zone {name!a}: give a name such as Europe/Berlin, or an offset such as +01:00"
        ) from None


def utc_text(moment: datetime) -> str | None:
    """A moment as reported; None for one that UTC cannot say."""
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}Z"


def from_seconds(seconds: float) -> str | None:
    """Seconds since 1970 (milliseconds, microseconds are seen by their size) as reported."""
    for _ in range(3):
        if abs(seconds) > 1e11:
            seconds /= 1000
    try:
        return utc_text(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return None


def from_tai64n(label: str) -> str | None:
    """`400000005f5e1000...`: TAI64N, as multilog writes it."""
    try:
        return from_seconds(int(label[:16], 16) - 2**62 - TAI_OFFSET)
    except ValueError:
        return None


def from_iso(text: str, zone: tzinfo) -> str | None:
    """An ISO stamp at the beginning of a text; the zone is used where it has none. None for anything else."""
    found = _ISO.match(text)
    return _iso_moment(found, zone) if found else None


def _iso_moment(found: re.Match[str], zone: tzinfo) -> str | None:
    if found[7]:
        zone = UTC
    elif found[8]:
        minutes = int(found[9]) * 60 + int(found[10])
        if minutes >= 24 * 60:
            return None
        zone = timezone(timedelta(minutes=minutes if found[8] == "+" else -minutes))
    try:
        year, month, day, hour, minute, second = (int(found[number]) for number in range(1, 7))
        return utc_text(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone))
    except ValueError:
        return None


def from_slashed(text: str, zone: tzinfo) -> str | None:
    """`11/21/2026 9:31:07 AM`, as Windows writes times; None where nobody can tell the day from the month."""
    found = _SLASHED.fullmatch(text.strip())
    if found is None:
        return None
    first, second, hour = int(found[1]), int(found[2]), int(found[4])
    if not found[7] and first <= 12 and second <= 12 and first != second:
        return None
    month, day = (second, first) if first > 12 else (first, second)  # with AM or PM the month comes first
    if found[7]:
        hour = hour % 12 + (12 if found[7].upper() == "PM" else 0)
    try:
        return utc_text(datetime(int(found[3]), month, day, hour, int(found[5]), int(found[6] or 0), tzinfo=zone))
    except ValueError:
        return None


class YearlessClock:
    """Gives stamps without a year their year. `last_year` is that of the last line, `steps` the New Years before it.

    Without a file to look ahead in (standard input) the first stamp is taken for the latest that is not in the future.
    """

    def __init__(self, year: int | None, now: float, zone: tzinfo, month: int = 0) -> None:
        self._year, self.now, self._zone = year, now, zone
        self._month = month
        self.first_month = 0
        """Of the first stamp that was read; 0 before."""
        self._last: tuple[str, str | None] = ("", None)

    def read(self, stamp: str) -> str | None:
        """`Nov 21 09:31:07` as reported; None for what is no such stamp."""
        if stamp == self._last[0]:
            return self._last[1]
        moment = self._moment(stamp)
        self._last = (stamp, moment)
        return moment

    def _moment(self, stamp: str) -> str | None:
        month = MONTHS.get(stamp[:3])
        try:
            day, hour, minute, second = int(stamp[4:6]), int(stamp[7:9]), int(stamp[10:12]), int(stamp[13:15])
        except ValueError:
            return None
        if month is None:
            return None
        if self._year is None:
            self._year = year_of_last((month, day, hour, minute, second), self.now, self._zone)
        else:
            self._year = year_after(self._year, self._month, month)
        self._month = month
        self.first_month = self.first_month or month
        try:
            return utc_text(datetime(self._year, month, day, hour, minute, min(second, 59), tzinfo=self._zone))
        except ValueError:
            return None

    @property
    def state(self) -> tuple[int | None, int]:
        """The year and the month of the last stamp: what another clock goes on from."""
        return (self._year, self._month)

    def go_on(self, state: tuple[int | None, int]) -> None:
        """Go on from what another clock came to."""
        self._year, self._month = state
        self._last = ("", None)


def year_after(year: int, last: int, month: int) -> int:
    """The year of a month that follows another (0 for none) of that year in a log.

    Lines of several processes may come slightly out of order, at New Year too. Where it is half a year either way it went on.
    """
    if last and month - last <= -6:
        return year + 1
    return year - 1 if last and month - last > 6 else year


Yearless = tuple[int, int, int, int, int]
"""Month, day, hour, minute, second."""


def year_of_last(stamp: Yearless, modified: float, zone: tzinfo) -> int:
    """The latest year in which a stamp lies before a file was last written; a day's grace for clocks that disagree."""
    latest = datetime.fromtimestamp(max(0.0, min(modified, 2e11)), UTC) + _DAY
    for year in range(latest.year + 1, max(latest.year - 9, 1), -1):
        try:
            if datetime(year, *stamp[:4], min(stamp[4], 59), tzinfo=zone) <= latest:
                return year
        except ValueError:  # the 29th of February
            continue
    return latest.year


def begins_yearless(head: bytes) -> bool:
    """True if there is a stamp without a year among the first bytes of a file."""
    return _SYSLOG.search(head) is not None


def first_year(stream: BinaryIO, modified: float, zone: tzinfo) -> int | None:
    """The year of the first stamp without one, by a look through the whole file; None where there is no such stamp.

    A few stamps are enough where they are less than half a year apart. What one filters out of a log holds years in few bytes:
    a small file is looked at line by line.
    """
    years, month, last = 0, 0, None
    for stamp in _sampled(stream):
        years = year_after(years, month, stamp[0])
        month, last = stamp[0], stamp
    return None if last is None else year_of_last(last, modified, zone) - years


def last_month(text: bytes) -> int:
    """The month of the last stamp without a year in a piece of a log; 0 where there is none."""
    month = 0
    for found in _SYSLOG.finditer(text):
        month = MONTHS.get(found[1].decode("ascii")) or month
    return month


def _sampled(stream: BinaryIO) -> Iterator[Yearless]:
    """Every stamp of the first block, which is all of a small file, then one every STEP bytes, and the last one of all."""
    tail, first = b"", True
    while True:
        try:
            block = stream.read(BLOCK)
        except (Damaged, OSError):
            block = b""
        if not block:
            break
        some = _SYSLOG.finditer(block) if first else (_near(block, at) for at in range(0, len(block), STEP))
        yield from (stamp for found in some if found is not None and (stamp := _yearless(found)) is not None)
        first = False
        tail = (tail + block)[-2 * BLOCK :] if len(block) < BLOCK else block
        if isinstance(raw := getattr(stream, "raw", None), FileIO):
            yield from _here_and_there(raw)
            tail = b""
            break
    last = None
    for found in _SYSLOG.finditer(tail):
        last = found
    if last is not None and (stamp := _yearless(last)) is not None:
        yield stamp


def _here_and_there(file: FileIO) -> Iterator[Yearless]:
    """The same of a plain file behind its first block, of which most need not be read; every stamp of the last bytes."""
    try:
        size = os.fstat(file.fileno()).st_size
        for at in range(BLOCK, size, STEP):
            for piece in (_PIECE, STEP):
                if (found := _SYSLOG.search(os.pread(file.fileno(), piece, at))) is not None:
                    break
            if found is not None and (stamp := _yearless(found)) is not None:
                yield stamp
        for found in _SYSLOG.finditer(os.pread(file.fileno(), 2 * STEP, max(BLOCK, size - 2 * STEP))):
            if (stamp := _yearless(found)) is not None:
                yield stamp
    except OSError:
        return


def _near(block: bytes, at: int) -> re.Match[bytes] | None:
    """The next stamp, if it is near: lines without one must not be searched again and again."""
    return _SYSLOG.search(block, at, at + STEP)


def _yearless(found: re.Match[bytes]) -> Yearless | None:
    month = MONTHS.get(found[1].decode("ascii"))
    stamp = (month or 0, int(found[2]), int(found[3]), int(found[4]), int(found[5]))
    return stamp if month and 1 <= stamp[1] <= 31 and stamp[2] < 24 and stamp[3] < 60 else None
