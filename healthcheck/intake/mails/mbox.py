"""Mails of an mbox, one after the other: mboxo and mboxrd, of any size, with the line ends of any system.

A mail begins behind an empty line, with a line `From ADDRESS DATE`. The file is searched for these in blocks: lines are not
looked at one by one.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from healthcheck.intake.lines import blocks_of
from healthcheck.intake.sources import Damaged

SEPARATOR = re.compile(rb"From \S{1,300} .{0,60}\d\d:\d\d")
_QUOTED = re.compile(rb"^>(>?From )", re.MULTILINE)
_BEFORE = 3
"""Bytes that tell whether a line stands before which is empty."""


def mails_of(stream: BinaryIO, largest: int) -> Iterator[tuple[int, bytes]]:
    """Each mail without its separator, at most `largest` bytes of it, and the number of the line where it begins.

    Damaged is raised after the last mail that could be had.
    """
    parts: list[bytes] = []
    left, start, number, before = largest, 1, 1, b"\n\n"
    damage: Damaged | None = None
    blocks = blocks_of(stream)
    while True:
        try:
            block = next(blocks, b"")
        except Damaged as fault:
            block, damage = b"", fault
        if not block:
            break
        at = 0
        for begin, end in _separators(before, block, number == 1):
            parts.append(block[at:begin][:left])
            if any(parts):
                yield start, _joined(parts)
            start = number = number + block.count(b"\n", at, begin)
            number += 1
            parts, left, at = [], largest, end
        part = block[at:][:left]
        left -= len(part)
        if part:
            parts.append(part)
        number += block.count(b"\n", at)
        before = b"\n\n" if at == len(block) else (before + block[-_BEFORE:])[-_BEFORE:]
    if any(parts):
        yield start, _joined(parts)
    if damage is not None:
        raise damage


def _separators(before: bytes, block: bytes, first: bool) -> Iterator[tuple[int, int]]:
    """Where each separator begins, and where the line behind it does: behind an empty line or another one. The first line of
    a file needs no date."""
    text, skipped, behind = before + block, len(before), 0
    at = text.find(b"\nFrom ")
    while at >= 0:
        begin = at + 1
        end = text.find(b"\n", begin) + 1 or len(text)
        blank = text[at - 1 : begin] == b"\n\n" or text[max(0, at - 2) : begin] == b"\n\r\n"
        if (blank or begin == behind) and ((first and begin == skipped) or SEPARATOR.match(text, begin, end)):
            yield begin - skipped, end - skipped
            behind = end
        at = text.find(b"\nFrom ", begin)


def _joined(parts: list[bytes]) -> bytes:
    mail = b"".join(parts).removesuffix(b"\n")
    return _QUOTED.sub(rb"\1", mail) if b">From " in mail else mail
