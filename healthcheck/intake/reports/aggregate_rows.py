"""The rows of a DMARC aggregate report, made of its elements as they come. RFC 9990, before it RFC 7489.

What has to be bounded is bounded here: rows, depth, text, and the elements that no report has.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

from checks.addresses import parsed
from checks.names import Address, is_hostname, normalised
from healthcheck.intake.reports.report_files import BadReport

MOST_ROWS = 500_000
MOST_RESULTS = 100
"""Signatures of one row that are read."""
MOST_PLACES = 2000
MOST_FIELDS = 200
"""Different elements of a report, a row or a result."""
MOST_DEPTH = 32
LONGEST_TEXT = 4096
"""Characters of one element."""


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


class RawRow:
    """One row as the file has it: texts by element, not yet understood."""

    __slots__ = ("dkim", "fields", "spf")

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.dkim: list[dict[str, str]] = []
        self.spf: list[dict[str, str]] = []

    @property
    def count(self) -> int:
        """How many messages."""
        return number_of(self.fields.get("row/count", ""))

    @property
    def dkim_aligned(self) -> bool:
        """The receiver's verdict on DMARC by DKIM."""
        return self.fields.get("row/policy_evaluated/dkim", "").lower() == "pass"

    @property
    def spf_aligned(self) -> bool:
        """The receiver's verdict on DMARC by SPF."""
        return self.fields.get("row/policy_evaluated/spf", "").lower() == "pass"

    @property
    def disposition(self) -> str:
        """What was done with them, in lower case."""
        return self.fields.get("row/policy_evaluated/disposition", "").lower()

    def understood(self) -> Row:
        """The row with its names in normal form and its address."""
        row = self.fields
        dkim = (
            DkimResult(name_of(x.get("domain", "")), name_of(x.get("selector", "")), x.get("result", "").lower())
            for x in self.dkim
        )
        # Of several SPF results the one for the return path counts; older reports do not say which it is.
        spf = next((x for x in self.spf if x.get("scope", "mfrom").lower() == "mfrom"), {})
        return Row(
            source=parsed(row.get("row/source_ip", "")),
            count=self.count,
            header_from=name_of(row.get("identifiers/header_from", "")),
            envelope_from=name_of(row.get("identifiers/envelope_from", "")),
            dkim=tuple(dkim),
            spf_domain=name_of(spf.get("domain", "")),
            spf_result=spf.get("result", "").lower(),
            dkim_aligned=self.dkim_aligned,
            spf_aligned=self.spf_aligned,
            disposition=self.disposition,
        )


class Rows(Protocol):
    """What takes the rows of a report, as the file has them: a list of them, or sums."""

    def append(self, row: RawRow, /) -> None:
        """Take one row."""

    def clear(self) -> None:
        """Forget all rows: the document turned out to be no XML, and is read again in another way."""


_ROW_FIELDS = (
    *("row/source_ip", "row/count", "row/policy_evaluated/disposition", "row/policy_evaluated/dkim"),
    *("row/policy_evaluated/spf", "identifiers/header_from", "identifiers/envelope_from"),
)


class _Place:
    """A place in a document: the element's name without its namespace, the elements below, and what to do there.

    `keeps` is the name under which its text is kept, and `of` whose it is: the report's, the row's, a result's.
    """

    __slots__ = ("below", "keeps", "name", "of")

    def __init__(self, name: str, of: str, keeps: str = "") -> None:
        self.name, self.of, self.keeps = name, of, keeps
        self.below: dict[str, _Place] = {}

    def grow(self, path: str, of: str, keeps: str) -> None:
        """Add the place at the end of a path."""
        name, _, rest = path.partition("/")
        place = self.below.setdefault(name, _Place(name, ""))
        if rest:
            place.grow(rest, of, keeps)
        else:
            place.of, place.keeps = of, keeps


def _record_place(sums: bool) -> _Place:
    record = _Place("record", "record")
    for path in _ROW_FIELDS:
        record.grow(path, "row", path)
    if sums:
        for name in ("identifiers", "auth_results"):
            record.below[name] = _Place(name, "aside")
        return record
    for method in ("dkim", "spf"):
        record.grow(f"auth_results/{method}", method, "")
        for name in ("domain", "selector", "scope", "result"):
            record.grow(f"auth_results/{method}/{name}", f"a {method}", name)
    return record


class Builder:
    """Takes elements as they come and makes rows of them. Names are taken without their namespace.

    `text` is where the parser puts the text it finds: what it holds at the end of an element is that element's. With `sums` the
    rows have counts and verdicts, and nothing of who sent and signed: `aside` is called where an element begins that is for that.
    """

    def __init__(self, rows: Rows, sums: bool = False) -> None:
        self.rows = rows
        self.aside: Callable[[], None] = _nothing
        self.said: dict[str, str] = {}
        self.is_report = False
        self.text: list[str] = []
        self._count = self._places = 0
        self._record = _record_place(sums)
        self._nowhere = _Place("", "")
        self._at = _Place("", "root")
        self._above: list[_Place] = []
        self._row = RawRow()

    def start(self, name: str, _: object = None) -> None:
        place = self._at.below.get(name) or self._new_place(name)
        self._above.append(self._at)
        self._at = place
        self.text.clear()
        if place.keeps:
            return
        match place.of:
            case "record":
                self._row = RawRow()
            case "dkim":
                _one_more(self._row.dkim)
            case "spf":
                _one_more(self._row.spf)
            case "aside":
                self.aside()

    def _new_place(self, name: str) -> _Place:
        """The place of an element that no report has, or that was not met yet. A bounded number of them."""
        short = name.rpartition(":")[2]
        if len(self._above) >= MOST_DEPTH:
            raise BadReport(f"its elements stand more than {MOST_DEPTH} deep")
        at = self._at
        if self._places >= MOST_PLACES:
            return at.below.get(short, self._nowhere)
        self._places += 1
        of = {"root": "report" if short == "feedback" else ""}.get(at.of, at.of if at.of == "report" else "")
        place = at.below.get(short)
        if place is None:
            place = self._record if short == "record" and at.of in ("report", "root") else _Place(short, of)
        if at.of == "report" and place.of == "report":
            place.keeps = f"{at.keeps}/{short}".removeprefix("/")
        self.is_report = self.is_report or (at.of == "root" and short == "feedback")
        at.below[name] = place
        return place

    def end(self, name: str) -> None:
        place = self._at
        if place.name != name:
            if not self._closes(name.rpartition(":")[2]):
                return
            place = self._at
        if self.text:
            if place.keeps:
                self._keep(place, ("".join(self.text) if len(self.text) > 1 else self.text[0])[:LONGEST_TEXT].strip())
            self.text.clear()
        self._at = self._above.pop()
        if place.of == "record":
            self._count += 1
            if self._count > MOST_ROWS:
                raise BadReport(f"it has more than {MOST_ROWS} rows")
            self.rows.append(self._row)

    def _closes(self, name: str) -> bool:
        """False for an end without a beginning. Where the document is not well-formed, elements inside end with it."""
        if self._at.name == name or self._at is self._nowhere:
            return bool(self._above)
        if all(place.name != name for place in self._above):
            return False
        while self._at.name != name:
            self._at = self._above.pop()
        return bool(self._above)

    def trim(self) -> None:
        """Forget text beyond what is kept of one element."""
        if len(self.text) > MOST_FIELDS:
            del self.text[MOST_FIELDS:]

    def _keep(self, place: _Place, text: str) -> None:
        if not text:
            return
        match place.of:
            case "row":
                self._row.fields.setdefault(place.keeps, text)
            case "a dkim":
                self._row.dkim[-1].setdefault(place.keeps, text)
            case "a spf":
                self._row.spf[-1].setdefault(place.keeps, text)
            case _:
                if len(self.said) < MOST_FIELDS:
                    self.said.setdefault(place.keeps, text)


def _nothing() -> None:
    """Where no parser can leave out what is aside, it is read."""


def _one_more(results: list[dict[str, str]]) -> None:
    """Room for one more result; the last place is used again where there are too many."""
    if len(results) >= MOST_RESULTS:
        results.pop()
    results.append({})


def number_of(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0


def name_of(text: str) -> str:
    """A domain in normal form, "" for what is none. The rows of a report name the same few over and over."""
    return _remembered_name(text.strip()) if len(text) < 300 else ""


@lru_cache(maxsize=2048)
def _remembered_name(text: str) -> str:
    name = normalised(text)
    return name if is_hostname(name) else ""
