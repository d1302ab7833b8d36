"""Lines of a stream, bounded: whatever stands in it, no more than one line of limited length is held."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from healthcheck.intake.sources import Damaged

BLOCK = 256 * 1024
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


def blocks_of(stream: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Blocks of whole lines, of some BLOCK bytes each; `lines_of` reads the same lines in them as in the whole stream.

    `size`: at most so many bytes are read, which end a line. Damaged is raised after the last block that could be had.
    """
    while size is None or size > 0:
        parts: list[bytes] = []
        damage: Damaged | None = None
        held = 0
        try:
            for part in _parts(stream, BLOCK if size is None else min(BLOCK, size)):
                held += len(part)
                if held <= 2 * BLOCK:  # of a line without an end no more is kept than is read of it
                    parts.append(part)
        except Damaged as fault:
            damage = fault
        except OSError as fault:
            damage = Damaged(f"it cannot be read any further: {fault.strerror}")
        block = b"".join(parts)
        if damage is not None:  # the line in which it happened cannot be had
            block = block[: block.rfind(b"\n") + 1]
        if block:
            yield block
        if damage is not None:
            raise damage
        if not held:
            return
        if size is not None:
            size -= held


def _parts(stream: BinaryIO, wanted: int) -> Iterator[bytes]:
    """So many bytes, and the rest of the line in which they end."""
    last = b""
    read: Callable[[int], bytes] = stream.read1  # type: ignore[attr-defined] # where it fails, what came before is had
    while wanted > 0 and (part := read(wanted)):
        wanted -= len(part)
        last = part
        yield part
    while last and last[-1] != 10 and (last := stream.readline(LONGEST_LINE)):
        yield last


def has_long_line(block: bytes) -> bool:
    """True where a line may be longer than LONGEST_LINE: no end of line within half of it, somewhere."""
    step = LONGEST_LINE // 2
    return any(block.find(b"\n", at, at + step) < 0 for at in range(0, len(block) - step, step))
