"""Which file of a rotated set came before another: `mail.log` after `mail.log.1` after `mail.log.2.gz`, or by date.

Names are sorted as text, so a folder gives the newest file first, and `.10` before `.2`. Events come in that order, but what
the beginning of a file refers to (who sent this queue id, who still waits) stands at the end of the file before it in time.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from os import SEEK_END
from pathlib import Path
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
    sets: dict[tuple[Path, str], list[tuple[tuple[int, str], Found]]] = {}
    for found in files:
        if found.path is None:
            continue
        where = Path(found.name) if found.member else found.path
        if (parts := _NAME.fullmatch(where.name)) is None:
            continue
        stem = parts[1].removesuffix(".log")
        # Without a number or a date a file is the one that is being written: the newest.
        age = (0, "") if parts[2] or parts[3] else (-1, "")
        if parts[2]:
            age = (int(parts[2]), "")
        elif parts[3]:
            age = (0, _reversed(parts[3]))
        sets.setdefault((where.parent, stem), []).append((age, found))
    older: dict[str, Found] = {}
    for members in sets.values():
        ordered = sorted(members, key=lambda one: one[0])
        for (age, newer), (next_age, before) in pairwise(ordered):
            if age != next_age:
                older[newer.name] = before
    return older


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
