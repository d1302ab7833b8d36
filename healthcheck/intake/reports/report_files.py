"""What receivers send about our mail, taken out of its packing: gzip, zip, the mail it came with.

DMARC aggregate reports (RFC 9990, before it RFC 7489) are XML, reports on TLS (RFC 8460) are JSON; both come once a day, packed
and attached to a mail. What anybody may send us is bounded here, and read in pieces: nothing is unpacked that is not read.
"""

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from checks.bad_input import BadInput
from healthcheck.intake.sources import Damaged

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of one file as it was given."""
LARGEST = 64 * 1024 * 1024
"""Bytes of all that is inside one file, unpacked."""
MOST_FILES = 64
"""Reports in one archive or mail."""
LONGEST_LIST = 4 * 1024 * 1024
"""Bytes of the list of files at the end of a zip, each of which takes ten times its length once it is read."""
DEEPEST = 3
_HEAD = 64 * 1024
_PIECE = 256 * 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_NAMESPACE = re.compile(rb"<\w{1,40}:feedback[\s>]")
_TLS_KEYS = (b'"policies"', b'"organization-name"', b'"date-range"', b'"report-id"')


class BadReport(BadInput):
    """A file that is no report of a receiver; the message is one sentence."""


class Document(NamedTuple):
    """One report, unpacked. `form` is `dmarc` (XML) or `tls` (JSON); `pieces` may be walked once, and raise BadReport."""

    form: str
    pieces: Iterator[bytes]


class _Budget:
    """How much may still be unpacked from one file."""

    def __init__(self) -> None:
        self.left = LARGEST

    def spent(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.left -= len(piece)
            if self.left < 0:
                raise BadReport(f"unpacked it is larger than {LARGEST // 2**20} MiB: that is no report of one day")
            yield piece


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """The content of a stream, a bounded piece at a time; of a damaged one what can be had."""
    read = getattr(stream, "read1", stream.read)  # read would lose what it has when it comes to the damage
    try:
        while piece := read(_PIECE):
            yield piece
    except Damaged:
        return


def documents(pieces: Iterable[bytes]) -> Iterator[Document]:
    """The reports inside a file, at most MOST_FILES; each is to be read before the next. BadReport for anything else."""
    budget = _Budget()
    found = _documents(iter(pieces), budget, 0)
    for _, document in zip(range(MOST_FILES), found, strict=False):
        yield document


def form_of(head: bytes) -> str | None:
    """`dmarc` or `tls` where that is how a report begins, else None."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"<" and (b"<feedback" in head or _NAMESPACE.search(head)):
        return "dmarc"
    return "tls" if text[:1] == b"{" and sum(key in head for key in _TLS_KEYS) >= 2 and _TLS_KEYS[0] in head else None


def _documents(pieces: Iterator[bytes], budget: _Budget, depth: int) -> Iterator[Document]:
    if depth > DEEPEST:
        raise BadReport("it is packed too often")
    head = _head(pieces)
    whole = chain((head,), pieces)
    if head[:2] == _GZIP:
        yield from _documents(budget.spent(_inflated(whole)), budget, depth + 1)
    elif head[:4] == _ZIP:
        for member in _members(_joined(whole)):
            yield from _documents(budget.spent(member), budget, depth + 1)
    elif (form := form_of(head)) is not None:
        yield Document(form, whole if depth else budget.spent(whole))
    elif not depth and (attached := _attachments(_joined(whole))):
        for part in attached:
            yield from _documents(iter((part,)), budget, depth + 1)
    elif b"<feedback" in head:  # other bytes stand before it
        yield Document("dmarc", whole if depth else budget.spent(whole))
    else:
        raise BadReport("it is no report: there is neither a <feedback> (DMARC) nor a list of policies (TLS) in it")


def _head(pieces: Iterator[bytes]) -> bytes:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    return head


def _joined(pieces: Iterable[bytes]) -> bytes:
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST_FILE:
            raise BadReport(f"it is larger than {LARGEST_FILE // 2**20} MiB: that is no report of one day")
        kept.append(piece)
    return b"".join(kept)


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What is packed, as far as it goes: some reports are cut off, and Mimecast's have had other bytes behind them."""
    engine = zlib.decompressobj(wbits=31)
    for piece in pieces:
        packed = piece
        while packed:
            try:
                content = engine.decompress(packed, _PIECE)
            except zlib.error as fault:
                raise BadReport(f"it cannot be unpacked: {fault}") from None
            if content:
                yield content
            if engine.eof:
                packed = engine.unused_data
                if packed[:2] != _GZIP:
                    return
                engine = zlib.decompressobj(wbits=31)
            else:
                packed = engine.unconsumed_tail


class LongList(OSError):
    """A zip with more files than can be listed."""


def listable(size: int | None) -> None:
    """To be asked before zipfile reads so many bytes: it reads the list of files at once. LongList where that is too long."""
    if size is not None and size > LONGEST_LIST:
        raise LongList(f"its list of files is longer than {LONGEST_LIST // 2**20} MiB")


class _Zip(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        listable(size)
        return super().read(size)


def _members(raw: bytes) -> Iterator[Iterator[bytes]]:
    import zipfile  # start-up time: where a report is a zip

    try:
        with zipfile.ZipFile(_Zip(raw)) as archive:
            infos = [one for one in archive.infolist() if one.filename.lower().endswith((".xml", ".gz", ".json"))]
            if not infos:
                raise BadReport("it is a zip without a report (.xml, .json, .gz) in it: unpack it first")
            for info in infos[:MOST_FILES]:
                with archive.open(info) as member:
                    yield _member_pieces(member)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as fault:
        if isinstance(fault, BadReport):
            raise
        raise BadReport(f"it cannot be unpacked: {fault}") from None


def _member_pieces(member: object) -> Iterator[bytes]:
    import zipfile  # start-up time: as above

    try:
        yield from pieces_of(member)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as fault:
        raise BadReport(f"it cannot be unpacked: {fault}") from None


def _attachments(raw: bytes) -> list[bytes]:
    """The parts of a mail that look like a report."""
    import email  # start-up time: where the mail was given and not what is attached

    parts = email.message_from_bytes(raw).walk()
    payloads = (part.get_payload(decode=True) for _, part in zip(range(MOST_FILES), parts, strict=False))
    found = (payload for payload in payloads if isinstance(payload, bytes))
    return [one for one in found if one[:2] == _GZIP or one[:4] == _ZIP or form_of(one[:_HEAD]) or b"<feedback" in one]
