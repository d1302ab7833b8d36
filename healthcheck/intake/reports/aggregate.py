"""One DMARC aggregate report: which addresses sent in a domain's name, and what a receiver saw. RFC 9990, before it RFC 7489.

Each *row* tells of one sending address with its count, its return path, its signatures, and whether these were aligned.
Elements and depth are bounded; a document that declares entities is refused before one of them is expanded. The XML is read
in pieces and its rows are handed on one by one, so that a report of any length takes the same memory.

Files in the wild are not always well-formed; where the XML parser gives up, the elements that reports have are read
without it.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from healthcheck.intake.reports.aggregate_rows import (
    LONGEST_TEXT,
    MOST_DEPTH,
    Builder,
    RawRow,
    Row,
    Rows,
    name_of,
    number_of,
)
from healthcheck.intake.reports.report_files import BadReport

KEPT = 16 * 1024 * 1024
"""Bytes of a document that are kept to read it again, should it turn out to be no XML."""
LONGEST_TAG = 1024 * 1024
"""Bytes of one tag or comment, which the parser holds until it ends: tags of reports are short."""
_PIECE = 256 * 1024


class AggregateReport(msgspec.Struct, frozen=True):
    """One report. `begin` and `end` in seconds since 1970, 0 where they are missing; `rows` in the order of the file.

    `organization` is the domain of the receiver's address where it does not give its name. `well_formed` is False where the
    file is no XML and was read all the same; `policy` is the `p=` that was published.
    """

    organization: str
    report_id: str
    begin: int
    end: int
    domain: str
    rows: tuple[Row, ...]
    well_formed: bool = True
    policy: str = ""

    @property
    def messages(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def day(self) -> str:
        """The UTC day on which it ends; "" where nobody knows."""
        if not 0 < self.end < 2**36:
            return ""
        return datetime.fromtimestamp(self.end, UTC).strftime("%Y-%m-%d")


def parse_report(document: bytes | Iterable[bytes], rows: Rows | None = None) -> AggregateReport:
    """Read one XML document, whole or in pieces. BadReport where it declares entities, or holds no report.

    With `rows` given they go there one by one, with what sums are made of, and the report has none of its own.
    """
    kept: list[RawRow] = []
    builder = Builder(kept if rows is None else rows, sums=rows is not None)
    beginning = _Beginning([document] if isinstance(document, bytes) else document)
    well_formed = True
    try:
        _parse_xml(beginning, builder)
    except _NotWellFormed as fault:
        well_formed = False
        text = beginning.whole()
        if text is None:
            raise BadReport(f"it is no well-formed XML ({fault}), and too large to be read all the same") from None
        builder.rows.clear()
        builder = Builder(builder.rows, sums=rows is not None)
        _parse_text(text.decode("utf-8", "replace"), builder)
    if not builder.is_report:
        raise BadReport("it is no DMARC aggregate report: there is no <feedback> in it")
    said = builder.said
    return AggregateReport(
        organization=said.get("report_metadata/org_name") or said.get("report_metadata/email", "").rpartition("@")[2],
        report_id=said.get("report_metadata/report_id", ""),
        begin=number_of(said.get("report_metadata/date_range/begin", "")),
        end=number_of(said.get("report_metadata/date_range/end", "")),
        domain=name_of(said.get("policy_published/domain", "")),
        rows=tuple(row.understood() for row in kept),
        well_formed=well_formed,
        policy=said.get("policy_published/p", "").lower()[:40],
    )


class _Beginning:
    """Pieces that pass through, of which the first KEPT bytes stay at hand."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._kept, self._size = iter(pieces), list[bytes](), 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._size += len(piece)
            if self._size <= KEPT:
                self._kept.append(piece)
            else:
                self._kept.clear()
            yield piece

    def whole(self) -> bytes | None:
        """All of it, the part that was not yet asked for too; None where it is too large."""
        for _ in self:
            pass
        return b"".join(self._kept) if self._size <= KEPT else None


class _NotWellFormed(Exception):
    """The XML parser gave up."""


def _parse_xml(pieces: Iterable[bytes], builder: "Builder") -> None:
    from xml.parsers import expat  # start-up time: where a report is read

    def declared(*_: object) -> None:
        raise BadReport("it declares XML entities, which no report does")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = True  # a list is made faster than a dictionary, and nobody looks into it
    parser.EntityDeclHandler = declared
    handlers = (builder.start, builder.end, builder.text.append)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = handlers
    builder.aside = _aside(parser, builder)
    given = 0
    try:
        for piece in pieces:
            for at in range(0, len(piece), _PIECE):
                part = piece[at : at + _PIECE]
                parser.Parse(part, False)
                builder.trim()
                given += len(part)
                if given - parser.CurrentByteIndex > LONGEST_TAG:
                    raise BadReport(f"a tag in it is longer than {LONGEST_TAG // 2**20} MiB, which is in no report")
        parser.Parse(b"", True)
    except BadReport:  # a ValueError too, and not the parser's
        raise
    except (expat.ExpatError, ValueError, LookupError) as fault:  # the last two: an encoding that nobody knows
        raise _NotWellFormed(str(fault)) from None


def _aside(parser: Any, builder: "Builder") -> Callable[[], None]:
    """What lets the elements inside one pass, of which only the depth is looked at: most of a report is for those who ask
    who signed."""
    start, end, text, depth = builder.start, builder.end, builder.text.append, 0

    def deeper(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise BadReport(f"its elements stand more than {MOST_DEPTH} deep")

    def out(name: str) -> None:
        nonlocal depth
        if depth:
            depth -= 1
            return
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        end(name)

    def aside() -> None:
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = deeper, out, None

    return aside


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


def _parse_text(text: str, builder: "Builder") -> None:
    """The elements that reports have, read without an XML parser; all else between them is text."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) if text.count("<!--") < 100 else text
    at = 0
    for found in _TAG.finditer(text):
        name = found[2]
        if name not in _ELEMENTS:
            continue
        builder.text.append(html.unescape(text[at : min(found.start(), at + LONGEST_TEXT)]))
        builder.trim()
        at = found.end()
        if not found[1]:
            builder.start(name)
        if found[1] or found[3]:
            builder.end(name)
