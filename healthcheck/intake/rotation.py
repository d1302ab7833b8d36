"""Which file of a rotated set came before another: `mail.log` after `mail.log.1` after `mail.log.2.gz`, or by date.

Names are sorted as text, so a folder gives the newest file first, and `.10` before `.2`. Events come in that order, but what
the beginning of a file refers to (who sent this queue id, who still waits) stands at the end of the file before it in time.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from os import SEEK_END
from os.path import split
from typing import BinaryIO

from healthcheck.intake.sources import BLOCK, Found

TAIL = 4 * 1024 * 1024
"""Bytes at the end of the older file that are read for what they teach, without counting them."""

_NAME = re.compile(
    r"(.+?)(?:(?:[.]0*(\d{1,4}))|(?:[.-]?(\d{4}-?\d\d-?\d\d(?:[-_.T]?\d{2,6})?)))?(?:\.log)?(?:\.(?:gz|bz2|xz|zst|zstd))?",
    re.IGNORECASE,
)


def older_of(files: Sequence[Found]) -> dict[str, Found]:
    """For the name of each file that has one: the file of its set that was written just before it."""
    sets: dict[tuple[str, str], list[tuple[tuple[int, str], Found]]] = {}
    for found in files:
        if (place := _place(found)) is not None and place[1] is not None:
            sets.setdefault(place[0], []).append((place[1], found))
    for found in files if sets else ():
        # Without a number or a date a file is the one that is being written: the newest.
        if (place := _place(found)) is not None and place[1] is None and place[0] in sets:
            sets[place[0]].append(((-1, ""), found))
    older: dict[str, Found] = {}
    for members in sets.values():
        ordered = sorted(members, key=lambda one: one[0])
        for (age, newer), (next_age, before) in pairwise(ordered):
            if age != next_age:
                older[newer.name] = before
    return older


def _place(found: Found) -> tuple[tuple[str, str], tuple[int, str] | None] | None:
    """Folder and name of the set that a file may belong to, and its age in it where its name tells; None for a pipe."""
    if found.at is None:
        return None
    folder, name = split(found.name if found.member else str(found.at))
    if (parts := _NAME.fullmatch(name)) is None:
        return None
    which = (folder, parts[1].removesuffix(".log"))
    if parts[2]:
        return which, (int(parts[2]), "")
    return which, (0, _reversed(parts[3])) if parts[3] else None


def tail_of(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """The last lines of a stream, at most so many bytes of them; where it is packed it is unpacked up to its end."""
    kept: deque[bytes] = deque()
    size = 0
    cut = False
    if stream.seekable():
        end = stream.seek(0, SEEK_END)
        cut = stream.seek(max(0, end - most)) > 0
    while block := stream.read(BLOCK):
        kept.append(block)
        size += len(block)
        while size > most + BLOCK:
            size -= len(kept.popleft())
            cut = True
    lines = b"".join(kept).splitlines()
    yield from lines[1:] if cut else lines


def _reversed(date: str) -> str:
    """A key by which later dates come first."""
    return "".join(chr(ord("9") - int(char) + ord("0")) for char in date if char.isdigit())
