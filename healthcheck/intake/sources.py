"""What is to be read: files, folders and standard input as streams of unpacked bytes, each content once.

gzip, bzip2, xz and zstd are known by their first bytes, never by the name, and so is UTF-16, which becomes UTF-8 on the way.
A damaged archive gives what can be unpacked. Nothing is held but one block at a time. A zip with the reports of receivers is passed
on as it is, of any other each member is a file (healthcheck.intake.archives).
"""

import bz2
import codecs
import hashlib
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from checks.bad_input import BadInput
from checks.text import inert
from healthcheck.extras import MissingExtra
from healthcheck.intake import once

HEAD = 64 * 1024
"""Bytes by which a kind is recognised, and by which files are first compared."""
BLOCK = 256 * 1024
MOST_FILES = 1_000_000
DEEPEST = 12

LARGEST_WINDOW = 32 * 1024 * 1024
"""Bytes of history that unpacking zstd may take; `zstd -19` and below take 8 MiB."""
_ZSTD = b"\x28\xb5\x2f\xfd"


class NotReadable(BadInput):
    """A path that cannot be read; the message is one sentence."""


class Damaged(Exception):
    """Packed content that cannot be unpacked any further; the message says why."""


class Found(NamedTuple):
    """A file to read. `name` as it is reported; `at` where it is, None for standard input; `modified` in seconds since 1970.

    `once`: a pipe or a device, which gives what it holds once, as standard input does; `at` is None for it too. `member`: which
    file inside the zip there is meant.
    """

    name: str
    at: str | Path | None
    modified: float | None
    once: Path | None = None
    member: str | None = None

    @property
    def path(self) -> Path | None:
        """Where it is. A folder of mails holds hundred thousands of files, and a Path ten times its text."""
        return None if self.at is None else Path(self.at)


def found_files(paths: Sequence[str]) -> Iterator[Found]:
    """The files that the paths stand for, folders in the order of names. NotReadable for a path that does not exist."""
    for path in paths:
        if path == "-":
            yield Found("-", None, None)
            continue
        where = Path(path)
        if where.is_dir():
            yield from _in_folder(where)
        elif where.exists():
            yield _found(where)
        else:
            raise NotReadable(f"cannot read {path}: there is no such file or folder")


def _found(path: Path) -> Found:
    try:
        told = path.stat()
    except OSError as fault:
        raise NotReadable(f"cannot read {path}: {fault.strerror}") from None
    if stat.S_ISREG(told.st_mode):
        return Found(_shown(path), path, told.st_mtime)
    if (why := once.refused(path, told)) is not None:
        raise NotReadable(f"cannot read {path}: {why}")
    return Found(_shown(path), None, None, path)  # `errors <(zcat ...)`: looking at it beforehand would take it away


def gives_once(path: str) -> bool:
    """True for standard input, a pipe or a device: what was read of it cannot be read again."""
    try:
        return path == "-" or not (stat.S_ISREG(mode := Path(path).stat().st_mode) or stat.S_ISDIR(mode))
    except OSError:
        return False


def _shown(path: Path | str) -> str:
    """A path as it is reported: a name may hold octets that are no text, and characters that do not print."""
    return str(inert(str(path)))


def _in_folder(folder: Path, depth: int = 0) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
    except OSError as fault:
        if depth:  # one folder that may not be read is told among what was not read, and the others are read
            yield Found(_shown(folder), folder, None)
            return
        raise NotReadable(f"cannot read {folder}: {fault.strerror}") from None
    while entries:
        entry = entries.pop()
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    yield from _in_folder(Path(entry.path), depth + 1)
            elif entry.is_file():  # a link to a file counts, a device or a pipe does not
                yield Found(_shown(entry.path), entry.path, os.stat(entry.path).st_mtime)
        except OSError:
            continue


class _Unpacked(io.RawIOBase):
    """A packed stream, unpacked as it is read; concatenated members too. Damaged where it cannot go on."""

    def __init__(self, packed: BinaryIO, form: str) -> None:
        super().__init__()
        self._packed, self._form = packed, form
        self._engine: Any = _engine(form)
        self._rest = b""
        self._ended = False
        self._damage = ""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size > 0 else BLOCK
        if self._damage:  # whoever looked at the first bytes was told, too
            raise Damaged(self._damage)
        while not self._ended:
            try:
                content = self._step(wanted)
            except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as fault:
                self._damage = f"it cannot be unpacked any further: {fault}"
                raise Damaged(self._damage) from None
            if content:
                return content
        return b""

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _step(self, wanted: int) -> bytes:
        if self._engine.eof:
            left = self._engine.unused_data or self._packed.read(BLOCK)
            if not left.strip(b"\0"):  # padding behind the last member
                self._ended = True
                return b""
            self._engine, self._rest = _engine(self._form), left
        if not self._rest and getattr(self._engine, "needs_input", True):
            self._rest = self._packed.read(BLOCK)
            if not self._rest:
                self._ended = True
                raise EOFError("it is cut off")
        content: bytes = self._engine.decompress(self._rest, wanted)
        self._rest = getattr(self._engine, "unconsumed_tail", b"")
        return content

    def close(self) -> None:
        self._packed.close()
        super().close()


def _engine(form: str) -> Any:
    if form == "gz":
        return zlib.decompressobj(wbits=31)
    return bz2.BZ2Decompressor() if form == "bz2" else lzma.LZMADecompressor()


class _Zstd(io.RawIOBase):
    """A zstd stream, unpacked as it is read. RFC 8878"""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__()
        try:
            import zstandard  # an optional dependency
        except ImportError:
            missing = MissingExtra("a file packed with zstd", "zst")
            raise NotReadable(f"{missing}, or unpack it first (zstd -dc FILE | healthcheck errors -)") from None
        self._packed, self._fault = packed, zstandard.ZstdError
        self._damage = ""
        engine = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
        self._reader = engine.stream_reader(packed, read_across_frames=True, closefd=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._damage:
            raise Damaged(self._damage)
        try:
            content = self._reader.read1(len(buffer))
        except (self._fault, OSError, ValueError) as fault:
            self._damage = f"it cannot be unpacked any further: {fault}"
            raise Damaged(self._damage) from None
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._packed.close()
        super().close()


_Decoder = codecs.IncrementalDecoder | io.IncrementalNewlineDecoder


class _Recoded(io.RawIOBase):
    """A text decoded, and encoded otherwise. The mark at the beginning is left out."""

    def __init__(self, stream: BinaryIO, decoder: _Decoder, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = decoder
        self._encoding = encoding
        self._rest = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = self._stream.read(BLOCK)
            text = self._decoder.decode(block, final=not block)
            if text and not self._begun:
                self._begun, text = True, text.removeprefix("\ufeff")
            self._rest = text.encode(self._encoding, "replace")
            if not block:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        self._stream.close()
        super().close()


def _form(head: bytes) -> str | None:
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head[:3] == b"BZh" and head[4:10] in (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"):
        return "bz2"
    if head[:4] == _ZSTD:
        return "zst"
    return "xz" if head[:6] == b"\xfd7zXZ\x00" else None


def utf16_of(head: bytes) -> str | None:
    """The encoding of UTF-16 by its mark, or by every second byte of a plain beginning being 0; None for anything else."""
    if head[:2] == b"\xff\xfe":
        return "utf-16-le"
    if head[:2] == b"\xfe\xff":
        return "utf-16-be"
    even, odd = head[:32:2], head[1:32:2]
    if len(odd) < 8:
        return None
    if not any(odd) and all(32 <= char < 127 for char in even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(32 <= char < 127 for char in odd) else None


def _ends_in_returns(head: bytes) -> bool:
    """True for a text whose lines end in CR alone, as old Macs wrote it."""
    return b"\r" in head and b"\n" not in head and b"\0" not in head


def opened(found: Found) -> BinaryIO:
    """The unpacked content of a file as a buffered stream. NotReadable where it cannot be opened; its reads may be Damaged."""
    path = found.path or found.once
    raw: BinaryIO
    if found.member is not None:
        from healthcheck.intake.archives import opened_member  # start-up time: where there is a zip

        raw = opened_member(found)
    elif path is None:
        if sys.stdin is None:
            raise NotReadable("standard input is closed")
        raw = sys.stdin.buffer if hasattr(sys.stdin, "buffer") else io.BytesIO(sys.stdin.read().encode())
    else:
        try:
            raw = path.open("rb", buffering=BLOCK) if found.once is None else once.awaited(path, BLOCK)
        except OSError as fault:
            raise NotReadable(f"cannot read {found.name}: {fault.strerror}") from None
    buffered: Any = raw if hasattr(raw, "peek") else io.BufferedReader(raw, BLOCK)
    try:
        form = _form(head_of(buffered)[:16])
        if form is not None:
            unpacked = _Zstd(buffered) if form == "zst" else _Unpacked(buffered, form)
            buffered = io.BufferedReader(unpacked, BLOCK)
        if (encoding := utf16_of(head_of(buffered)[:64])) is not None:  # Windows writes tables and logs so
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            buffered = io.BufferedReader(_Recoded(buffered, decoder, "utf-8"), BLOCK)
        if _ends_in_returns(head_of(buffered)):
            ends = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("latin-1")(), translate=True)
            buffered = io.BufferedReader(_Recoded(buffered, ends, "latin-1"), BLOCK)
    except (OSError, NotReadable) as fault:
        if path is not None:
            buffered.close()
        if isinstance(fault, NotReadable):
            raise
        raise NotReadable(f"cannot read {found.name}: {fault.strerror}") from None
    result: BinaryIO = buffered
    return result


def begins_zip(path: Path) -> bool:
    """True for a zip; False for a file that cannot be read, too."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def head_of(stream: BinaryIO) -> bytes:
    """The first bytes of a stream, up to HEAD, without taking them from it."""
    try:
        return bytes(stream.peek(HEAD)[:HEAD])  # type: ignore[attr-defined]
    except Damaged:
        return b""


def size_of(stream: BinaryIO) -> int:
    """Bytes of a file that is read as it is; 0 for everything else."""
    try:
        raw = getattr(stream, "raw", None)
        return os.fstat(raw.fileno()).st_size if isinstance(raw, io.FileIO) else 0
    except OSError:
        return 0


def without_twins(files: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """The files with each content once, in order, and those left out: a log is often there plain and packed.

    Only files whose first bytes agree are read whole to compare them.
    """
    first: dict[bytes, Found] = {}
    alike: dict[bytes, list[Found]] = {}
    for found in files:
        if found.at is not None and (head := _beginning(found)):
            key = hashlib.blake2b(head, digest_size=16).digest()
            if (before := first.setdefault(key, found)) is not found:
                alike.setdefault(key, [before]).append(found)
    twins: set[int] = set()
    for group in alike.values():
        seen: set[bytes] = set()
        for found in group:
            digest = _digest(found)
            if digest in seen:
                twins.add(id(found))
            seen.add(digest)
    return [x for x in files if id(x) not in twins], [x for x in files if id(x) in twins]


def _beginning(found: Found) -> bytes:
    try:
        with opened(found) as stream:
            return stream.read(HEAD)
    except (NotReadable, Damaged, OSError):
        return b""


def _digest(found: Found) -> bytes:
    total = hashlib.blake2b(digest_size=16)
    try:
        with opened(found) as stream:
            while block := stream.read(BLOCK):
                total.update(block)
    except (NotReadable, Damaged, OSError) as fault:
        total.update(str(fault).encode(errors="replace"))
    return total.digest()
