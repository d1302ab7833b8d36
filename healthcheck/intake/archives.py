"""Zip archives of logs, mails and events: each member is read as a file of its own, as a stream.

What receivers report comes in zips, too; those are left whole for healthcheck.intake.reports.report_files. Which of the two an archive
is, its members say, not their names. A zip inside a zip is not followed.
"""

import io
import lzma
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from healthcheck.intake.reports.report_files import LongList, form_of, listable
from healthcheck.intake.sources import BLOCK, Damaged, Found, NotReadable, begins_zip

MOST_MEMBERS = 1000
_LOOKED_AT = 64
_HEAD = 4096
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, RuntimeError, NotImplementedError),
    *(ValueError, LookupError, EOFError, MemoryError),
)
_REST = "-1"
"""Stands for the members behind the first MOST_MEMBERS, of which it is told that they were not read."""
_LONG = "-2"
"""Stands for all members of an archive that has too many to list them."""


def expanded(files: list[Found]) -> list[Found]:
    """The files, with the members in the place of each archive that holds something else than reports."""
    return [one for found in files for one in (_members(found) if found.path and begins_zip(found.path) else [found])]


def _members(found: Found) -> list[Found]:
    """What is in an archive, in the order of names; the archive itself where it brings reports or cannot be taken apart."""
    try:
        archive = _archive(found.path)
        every = ((one, number) for number, one in enumerate(archive.infolist()) if not one.is_dir())
        infos = sorted(every, key=lambda one: (one[0].filename, one[1]))
        if not infos or any(_is_report(archive, one) for one, _ in infos[:_LOOKED_AT]):
            return [found]
    except LongList:
        return [found._replace(member=_LONG)]
    except _FAULTS:
        return [found]
    wanted = [(one, number) for one, number in infos if not one.filename.startswith("__MACOSX/")]
    members = [
        # By their numbers: two may have one name.
        found._replace(name=f"{found.name}/{_shown(one.filename)}", member=str(number))
        for one, number in wanted[:MOST_MEMBERS]
    ]
    return members if len(wanted) <= MOST_MEMBERS else [*members, found._replace(member=_REST)]


def _archive(path: Path | None) -> zipfile.ZipFile:
    """The zip at a path; one remains open, since its list of members is as long as somebody made it."""
    if path is None:
        raise OSError("it is no file")
    told = path.stat()
    return _as_it_is(str(path), (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns))


@lru_cache(1)
def _as_it_is(path: str, state: tuple[int, int, int, int]) -> zipfile.ZipFile:
    return zipfile.ZipFile(_Listed(path))


class _Listed(io.FileIO):
    """A file whose list of members is bounded. zipfile does not close what it did not open: this goes with the last use."""

    def read(self, size: int | None = -1, /) -> bytes:
        listable(size)
        return super().read(size)

    def __del__(self) -> None:
        self.close()


def _is_report(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(info) as member:
            head = member.read(_HEAD)
        if head[:2] == b"\x1f\x8b":
            head = zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except _FAULTS:
        return False  # it is told when it is read
    return form_of(head) is not None or head[:5] == b"<?xml"


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:300])


def opened_member(found: Found) -> BinaryIO:
    """The content of a member as a buffered stream. NotReadable where it cannot be opened."""
    if found.member == _REST:
        raise NotReadable(f"of its files only the first {MOST_MEMBERS:,} are read: unpack it first")
    if found.member == _LONG:
        raise NotReadable("its list of files is too long to be read: unpack it first")
    try:
        raw: Any = _Member(found)
    except _FAULTS as fault:
        raise NotReadable(f"it cannot be unpacked: {fault}") from None
    stream: BinaryIO = io.BufferedReader(raw, BLOCK)
    return stream


class _Member(io.RawIOBase):
    """A member, unpacked as it is read. Damaged where it cannot go on."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        self._damage = ""
        self._member: Any = io.BytesIO()  # what is closed where it cannot be opened
        archive = _archive(found.path)
        self._member = archive.open(archive.infolist()[int(found.member or "")])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._damage:  # whoever looked at the first bytes was told, too
            raise Damaged(self._damage)
        try:
            content = self._member.read1(len(buffer))
        except _FAULTS as fault:
            self._damage = f"it cannot be unpacked any further: {str(fault) or 'it is cut off'}"
            raise Damaged(self._damage) from None
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
        super().close()
