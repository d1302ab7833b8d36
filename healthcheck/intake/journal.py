"""The export format of systemd's journal (`journalctl -o export`), as its documentation "Journal Export Formats" has it.

An entry is a field a line, `NAME=value`, and ends with an empty line. A value that is not plain text stands on its own: the
name alone on a line, its length in 8 bytes (little-endian), the bytes, a line end.
"""

from collections.abc import Iterator
from typing import BinaryIO

from healthcheck.intake.lines import LONGEST_LINE
from healthcheck.intake.sources import BLOCK

WANTED = frozenset(
    (
        *(b"MESSAGE", b"SYSLOG_IDENTIFIER", b"_COMM", b"__REALTIME_TIMESTAMP", b"_SOURCE_REALTIME_TIMESTAMP"),
        *(b"SYSLOG_TIMESTAMP", b"UNIT", b"_SYSTEMD_UNIT"),
    )
)


def is_export(head: bytes) -> bool:
    """True if a file begins as an export of the journal does."""
    return head.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP="))


def entries_of(stream: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    """The fields of each entry that are wanted, and the line on which it begins. Damaged after the last that could be had."""
    number, start, fields = 0, 1, dict[str, str]()
    while line := stream.readline(LONGEST_LINE):
        number += 1
        whole = line.endswith(b"\n")
        line = line.rstrip(b"\r\n")
        if not line:
            if fields:
                yield start, fields
            start, fields = number + 1, {}
            continue
        name, equals, value = line.partition(b"=")
        if not equals and whole:
            value, lines = _sized(stream, name in WANTED)
            number += lines
        elif not whole:
            _skip_line(stream)
        if name in WANTED:
            fields.setdefault(name.decode(), value.decode("utf-8", "replace"))
    if fields:
        yield start, fields


def _sized(stream: BinaryIO, wanted: bool) -> tuple[bytes, int]:
    """A value with its length before it, as far as it is kept, and how many line ends it takes."""
    left = int.from_bytes(stream.read(8), "little")
    kept, lines = b"", 0
    while left > 0:
        block = stream.read(min(left, BLOCK))
        if not block:
            return kept, lines
        left -= len(block)
        lines += block.count(b"\n")
        if wanted and len(kept) < LONGEST_LINE:
            kept += block[: LONGEST_LINE - len(kept)]
    stream.read(1)
    return kept, lines + 1


def _skip_line(stream: BinaryIO) -> None:
    while (more := stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
        pass
