"""Lines of a stream, bounded: whatever stands in it, no more than one line of limited length is held."""

from collections.abc import Iterator
from typing import BinaryIO

from healthcheck.intake.sources import Damaged

LONGEST_LINE = 256 * 1024
"""Bytes of one line that are read; what follows on it is skipped."""


def lines_of(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, and whether it is cut: too long, or the last one without an end of line.

    Damaged is raised after the last line that could be had.
    """
    read = stream.readline
    while True:
        try:
            line = read(LONGEST_LINE)
        except Damaged:
            raise
        except OSError as fault:
            raise Damaged(f"it cannot be read any further: {fault.strerror}") from None
        if not line:
            return
        if line[-1] == 10:
            yield line.rstrip(b"\r\n"), False
            continue
        if len(line) >= LONGEST_LINE:
            while (more := read(LONGEST_LINE)) and more[-1] != 10:
                pass
        yield line, True
