"""Zip archives of logs, mails and events: each member is read as a file of its own, as a stream.

What receivers report comes in zips, too; those are left whole for healthcheck.intake.report_files. Which of the two an archive
is, its members say, not their names. A zip inside a zip is not followed.
"""

import io
import zipfile
import zlib
from typing import Any, BinaryIO

from healthcheck.intake.report_files import form_of
from healthcheck.intake.sources import BLOCK, Damaged, Found, NotReadable, begins_zip

MOST_MEMBERS = 1000
_LOOKED_AT = 64
_HEAD = 4096
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError, EOFError)


def expanded(files: list[Found]) -> list[Found]:
    """The files, with the members in the place of each archive that holds something else than reports."""
    return [one for found in files for one in (_members(found) if found.path and begins_zip(found.path) else [found])]


def _members(found: Found) -> list[Found]:
    """What is in an archive, in the order of names; the archive itself where it brings reports or cannot be taken apart."""
    try:
        with zipfile.ZipFile(found.path or "") as archive:
            infos = sorted((one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename)
            if not infos or any(_is_report(archive, one) for one in infos[:_LOOKED_AT]):
                return [found]
            names = [one.filename for one in infos[:MOST_MEMBERS] if not one.filename.startswith("__MACOSX/")]
    except _FAULTS:
        return [found]
    return [found._replace(name=f"{found.name}/{_shown(name)}", member=name) for name in names]


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
        self._member: Any = None
        self._archive = zipfile.ZipFile(found.path or "")
        try:
            self._member = self._archive.open(found.member or "")
        except (*_FAULTS, KeyError):
            self._archive.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._member.read1(len(buffer))
        except _FAULTS as fault:
            raise Damaged(f"it cannot be unpacked any further: {fault}") from None
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
            self._archive.close()
        super().close()
