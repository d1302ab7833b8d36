"""DMARC aggregate reports: which addresses sent in a domain's name, and what a receiver saw. RFC 9990, before it RFC 7489.

A receiver sends one XML file a day, packed with gzip or zip and attached to a mail. Each *row* tells of one sending address
with its count, its return path, its signatures, and whether these were aligned. What anybody may send us is bounded here:
bytes, elements, depth; a document that declares entities is refused before one of them is expanded.

Files in the wild are not always well-formed; where the XML parser gives up, the elements that reports have are read
without it.
"""

import html
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from checks.addresses import parsed
from checks.bad_input import BadInput
from checks.model import Origin, Signature, Stream
from checks.names import Address, is_hostname, normalised
from checks.text import inert

LARGEST_FILE = 32 * 1024 * 1024
LARGEST = 128 * 1024 * 1024
"""Bytes of a report once it is unpacked."""
MOST_ROWS = 500_000
MOST_DEPTH = 32
LONGEST_TEXT = 4096
"""Characters of one element."""
MOST_FILES = 64
"""Reports in one archive or mail."""
MOST_STREAMS = 24
MOST_ADDRESSES = 16


class BadReport(BadInput):
    """A file that is no DMARC aggregate report; the message is one sentence."""


class DkimResult(msgspec.Struct, frozen=True, order=True):
    """One signature: the domain, the selector ("" where the report leaves it out), the result in lower case."""

    domain: str
    selector: str
    result: str


class Row(msgspec.Struct, frozen=True):
    """What one address sent. `dkim_aligned` and `spf_aligned` are the receiver's verdicts on DMARC; one is enough.

    `envelope_from` and `header_from` are domains in normal form, "" where the report says none.
    """

    source: Address | None
    count: int
    header_from: str
    envelope_from: str
    dkim: tuple[DkimResult, ...]
    spf_domain: str
    spf_result: str
    dkim_aligned: bool
    spf_aligned: bool
    disposition: str

    @property
    def passed(self) -> bool:
        """True if DMARC passed. RFC 9989 section 4.4"""
        return self.dkim_aligned or self.spf_aligned


class AggregateReport(msgspec.Struct, frozen=True):
    """One report. `begin` and `end` in seconds since 1970, 0 where they are missing; `rows` in the order of the file.

    `well_formed` is False where the file is no XML and was read all the same.
    """

    organization: str
    report_id: str
    begin: int
    end: int
    domain: str
    rows: tuple[Row, ...]
    well_formed: bool = True

    @property
    def messages(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def day(self) -> str:
        """The UTC day on which it ends; "" where nobody knows."""
        if not 0 < self.end < 2**36:
            return ""
        return datetime.fromtimestamp(self.end, UTC).strftime("%Y-%m-%d")


def read_reports(path: Path) -> tuple[AggregateReport, ...]:
    """The reports of a file: XML, gzip, zip, or the mail they came with. BadReport where there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise BadReport(f"cannot read {inert(str(path))}: {fault.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise BadReport(f"{inert(str(path))} is larger than {LARGEST_FILE // 2**20} MiB: that is no report of one day")
    try:
        return tuple(parse_report(document) for document in unpacked(raw))
    except BadReport as fault:
        raise BadReport(f"{inert(str(path))}: {fault}") from None


def unpacked(raw: bytes, depth: int = 0) -> Iterator[bytes]:
    """The XML documents inside: unpacked, at most MOST_FILES of them, none larger than LARGEST. BadReport for anything else."""
    if depth > 3:
        raise BadReport("it is packed too often")
    if raw[:2] == b"\x1f\x8b":
        yield from unpacked(_gunzipped(raw), depth + 1)
    elif raw[:4] == b"PK\x03\x04":
        for member in _members(raw):
            yield from unpacked(member, depth + 1)
    elif b"<feedback" in raw or re.search(rb"<\w{1,40}:feedback", raw[:4096]):
        yield raw
    elif not depth and (attached := _attachments(raw)):
        for part in attached:
            yield from unpacked(part, depth + 1)
    else:
        raise BadReport("it is no DMARC aggregate report: there is no <feedback> in it")


def _gunzipped(raw: bytes) -> bytes:
    """What is packed, as far as it goes: some reports are cut off, and Mimecast's have had other bytes behind them."""
    content = b""
    while raw[:2] == b"\x1f\x8b" and len(content) <= LARGEST:
        packed = zlib.decompressobj(wbits=31)
        try:
            content += packed.decompress(raw, LARGEST + 1 - len(content))
        except zlib.error as fault:
            raise BadReport(f"it cannot be unpacked: {fault}") from None
        raw = packed.unused_data
    return _bounded(content)


def _members(raw: bytes) -> Iterator[bytes]:
    import zipfile  # start-up time: where a report is a zip

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [info for info in archive.infolist() if info.filename.lower().endswith((".xml", ".gz"))]
            for info in names[:MOST_FILES]:
                with archive.open(info) as member:
                    yield _bounded(member.read(LARGEST + 1))
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as fault:
        raise BadReport(f"it cannot be unpacked: {fault}") from None


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise BadReport(f"unpacked it is larger than {LARGEST // 2**20} MiB")
    return content


def _attachments(raw: bytes) -> list[bytes]:
    import email  # start-up time: where the mail was given and not what is attached

    parts = email.message_from_bytes(raw).walk()
    payloads = (part.get_payload(decode=True) for _, part in zip(range(MOST_FILES), parts, strict=False))
    packed = (payload for payload in payloads if isinstance(payload, bytes))
    return [one for one in packed if one[:2] == b"\x1f\x8b" or one[:4] == b"PK\x03\x04" or b"<feedback" in one]


def parse_report(document: bytes) -> AggregateReport:
    """Read one XML document. BadReport for a document that declares entities, or that holds no report."""
    builder = _Builder()
    well_formed = True
    try:
        _parse_xml(document, builder)
    except _NotWellFormed:
        builder, well_formed = _Builder(), False
        _parse_text(document.decode("utf-8", "replace"), builder)
    if not builder.is_report:
        raise BadReport("it is no DMARC aggregate report: there is no <feedback> in it")
    said = builder.said
    return AggregateReport(
        organization=said.get("report_metadata/org_name", ""),
        report_id=said.get("report_metadata/report_id", ""),
        begin=_number(said.get("report_metadata/date_range/begin", "")),
        end=_number(said.get("report_metadata/date_range/end", "")),
        domain=_name(said.get("policy_published/domain", "")),
        rows=tuple(builder.rows),
        well_formed=well_formed,
    )


class _NotWellFormed(Exception):
    """The XML parser gave up."""


def _parse_xml(document: bytes, builder: "_Builder") -> None:
    from xml.parsers import expat  # start-up time: where a report is read

    def declared(*_: object) -> None:
        raise BadReport("it declares XML entities, which no report does")

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = lambda name, _: builder.start(name)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(document, True)
    except BadReport:  # a ValueError too, and not the parser's
        raise
    except (expat.ExpatError, ValueError, LookupError) as fault:  # the last two: an encoding that nobody knows
        raise _NotWellFormed(str(fault)) from None


_TAG = re.compile(r"<(/?)(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})(?:\s[^<>]{0,1000})?(/?)>")
_ELEMENTS = frozenset(
    (
        *(
            "feedback",
            "version",
            "report_metadata",
            "org_name",
            "email",
            "extra_contact_info",
            "report_id",
            "date_range",
        ),
        *(
            "begin",
            "end",
            "error",
            "policy_published",
            "domain",
            "adkim",
            "aspf",
            "p",
            "sp",
            "np",
            "pct",
            "fo",
            "record",
        ),
        *("row", "source_ip", "count", "policy_evaluated", "disposition", "dkim", "spf", "reason", "type", "comment"),
        *("identifiers", "envelope_to", "envelope_from", "header_from", "auth_results", "selector", "result", "scope"),
        *("human_result", "testing", "discovery_method", "generator"),
    )
)


def _parse_text(text: str, builder: "_Builder") -> None:
    """The elements that reports have, read without an XML parser; all else between them is text."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) if text.count("<!--") < 100 else text
    at = 0
    for found in _TAG.finditer(text):
        name = found[2]
        if name not in _ELEMENTS:
            continue
        builder.text(html.unescape(text[at : min(found.start(), at + LONGEST_TEXT)]))
        at = found.end()
        if not found[1]:
            builder.start(name)
        if found[1] or found[3]:
            builder.end(name)


class _Builder:
    """Takes elements as they come and makes rows of them. Names are taken without their namespace."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.said: dict[str, str] = {}
        self.is_report = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._row: dict[str, str] = {}
        self._dkim: list[dict[str, str]] = []
        self._spf: list[dict[str, str]] = []

    def start(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._path.append(name)
        if len(self._path) > MOST_DEPTH:
            raise BadReport(f"its elements stand more than {MOST_DEPTH} deep")
        self.is_report = self.is_report or self._path == ["feedback"]
        self._text, self._length = [], 0
        if name == "record":
            self._row, self._dkim, self._spf = {}, [], []
        elif self._path[-2:] == ["auth_results", "dkim"]:
            self._dkim.append({})
        elif self._path[-2:] == ["auth_results", "spf"]:
            self._spf.append({})

    def text(self, text: str) -> None:
        if self._length < LONGEST_TEXT:
            self._text.append(text[:LONGEST_TEXT])
            self._length += len(text)

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name not in self._path:
            return
        while self._path[-1] != name:  # only where the document is not well-formed
            self._path.pop()
        self._keep("".join(self._text).strip()[:LONGEST_TEXT])
        self._path.pop()
        self._text, self._length = [], 0
        if name == "record":
            if len(self.rows) >= MOST_ROWS:
                raise BadReport(f"it has more than {MOST_ROWS} rows")
            self.rows.append(self._made())

    def _keep(self, text: str) -> None:
        path = self._path
        if "record" not in path:
            if text and len(path) > 1:
                self.said.setdefault("/".join(path[1:]), text)
            return
        below = path[path.index("record") + 1 :]
        if below[:1] == ["auth_results"] and len(below) == 3:
            results = self._dkim if below[1] == "dkim" else self._spf if below[1] == "spf" else []
            if results:
                results[-1].setdefault(below[2], text)
        elif below and text:
            self._row.setdefault("/".join(below), text)

    def _made(self) -> Row:
        row = self._row
        dkim = (
            DkimResult(_name(x.get("domain", "")), _name(x.get("selector", "")), x.get("result", "").lower())
            for x in self._dkim
        )
        # Of several SPF results the one for the return path counts; older reports do not say which it is.
        spf = next((x for x in self._spf if x.get("scope", "mfrom").lower() == "mfrom"), {})
        return Row(
            source=parsed(row.get("row/source_ip", "")),
            count=_number(row.get("row/count", "")),
            header_from=_name(row.get("identifiers/header_from", "")),
            envelope_from=_name(row.get("identifiers/envelope_from", "")),
            dkim=tuple(dkim)[:100],
            spf_domain=_name(spf.get("domain", "")),
            spf_result=spf.get("result", "").lower(),
            dkim_aligned=row.get("row/policy_evaluated/dkim", "").lower() == "pass",
            spf_aligned=row.get("row/policy_evaluated/spf", "").lower() == "pass",
            disposition=row.get("row/policy_evaluated/disposition", "").lower(),
        )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0


def _name(text: str) -> str:
    name = normalised(text.strip())
    return name if is_hostname(name) else ""


def streams_of(reports: Iterable[AggregateReport], domain: str) -> tuple[Stream, ...]:
    """The ways in which mail in the name of a domain (in normal form) was seen to be sent, the most frequent first.

    Rows of one return path and the same signatures are one stream; only signatures that verified count, since anybody can
    write a header. At most MOST_STREAMS, each with its MOST_ADDRESSES busiest addresses.
    """
    groups: dict[tuple[str | None, tuple[Signature, ...] | None, bool], dict[Address | None, int]] = {}
    sources: dict[tuple[str | None, tuple[Signature, ...] | None, bool], set[str]] = {}
    for report in reports:
        told = ", ".join(word for word in (report.organization[:60], report.day) if word) or "a report"
        for row in report.rows:
            if row.header_from != domain or not row.count:
                continue
            key = (row.envelope_from or row.spf_domain or None, _verified(row), row.passed)
            counts = groups.setdefault(key, {})
            counts[row.source] = counts.get(row.source, 0) + row.count
            sources.setdefault(key, set()).add(told)
    totals = {key: sum(counts.values()) for key, counts in groups.items()}
    busiest = sorted(groups, key=lambda key: (-totals[key], str(key)))[:MOST_STREAMS]
    return tuple(_stream(key, groups[key], sorted(sources[key])) for key in busiest)


def _stream(
    key: tuple[str | None, tuple[Signature, ...] | None, bool], counts: dict[Address | None, int], sources: list[str]
) -> Stream:
    mail_from, signatures, passed = key
    total = sum(counts.values())
    ordered = sorted((one for one in counts if one is not None), key=lambda one: (-counts[one], one.version, int(one)))
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return Stream(
        Origin.REPORT,
        mail_from,
        signatures,
        ips=tuple(ordered[:MOST_ADDRESSES]),
        source="; ".join(sources[:2]) + more,
        messages=total,
        passed=total if passed else 0,
    )


def _verified(row: Row) -> tuple[Signature, ...] | None:
    """The signatures that verified; None where one of them does not say its selector (RFC 7489 left it to the receiver)."""
    passed = [result for result in row.dkim if result.result == "pass" and result.domain]
    if any(not result.selector for result in passed):
        return None
    return tuple(sorted({Signature(result.domain, result.selector) for result in passed}))
