"""Master files: text -> zones in memory. dnspython reads them (RFC 1035 section 5).

`Zones` knows which names exist, empty non-terminals included, what a wildcard gives a name (RFC 4592) and what a DNAME
renames it to (RFC 6672). A file that cannot be read is one sentence with line and column.
"""

import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile
import msgspec

from checks.bad_input import BadInput
from checks.names import is_below, normalised, parents

DEFAULT_TTL = 3600
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a master file that are read at most: every zone that a person edits is far smaller."""

LONGEST_RDATA = 65_535
"""Octets of one record's data: its length has two octets. RFC 1035 section 3.2.1"""


class BadZone(BadInput):
    """A master file that cannot be used; the message is one sentence with file, line and column."""


class Rrset(msgspec.Struct, frozen=True):
    """The records of one name and type in presentation form, sorted; `ttl` in seconds.

    One without records is an RRset that is taken away, in what is laid over another world (healthcheck.world.zone).
    """

    records: tuple[str, ...]
    ttl: int


class Zones(msgspec.Struct):
    """Some zones: their origins ("" is the root), and the RRsets of every name by type."""

    origins: tuple[str, ...]
    names: dict[str, dict[str, Rrset]]
    existing: set[str]
    """Every name with records and every name above one, up to its origin: an empty non-terminal exists. RFC 8020"""
    source: str = ""
    lines: dict[tuple[str, str], int] = {}
    """By name and type: the line of the file on which the first of the records begins."""

    def origin_of(self, name: str) -> str | None:
        """The zone a name belongs to: the longest origin it lies under, None outside all of them."""
        found = [origin for origin in self.origins if is_below(name, origin)]
        return max(found, key=len) if found else None

    def node(self, name: str, origin: str) -> dict[str, Rrset] | None:
        """The RRsets at a name, or those a wildcard or a DNAME gives it; {} for an empty non-terminal, None where nothing is."""
        if renamed := self._renamed(name, origin):
            return renamed
        if name in self.existing:
            return self.names.get(name, {})
        for ancestor in (*parents(name), ""):
            if not is_below(ancestor, origin):
                return None
            if ancestor in self.existing:
                # Only the closest encloser's wildcard counts. RFC 4592 section 3.3.1
                return self.names.get(f"*.{ancestor}" if ancestor else "*")
        return None

    def _renamed(self, name: str, origin: str) -> dict[str, Rrset] | None:
        """The CNAME that a DNAME above gives to every name below it. RFC 6672 section 2.2"""
        for ancestor in parents(name):
            if not is_below(ancestor, origin):
                return None
            found = self.names.get(ancestor, {}).get("DNAME")
            if found and found.records:
                target = normalised(found.records[0])
                alias = f"{name.removesuffix(ancestor)}{target}."
                return {"CNAME": Rrset((alias,), found.ttl)}
        return None

    def delegated(self, name: str, origin: str) -> bool:
        """True at and below a zone cut inside the zone: its names are somebody else's. RFC 1034 section 4.2.1"""
        if not origin:  # a scenario's world is one big root zone, whose cuts mean nothing
            return False
        above = (x for x in (name, *parents(name)) if is_below(x, origin) and x not in self.origins)
        return any("NS" in self.names.get(x, {}) for x in above)

    def negative_ttl(self, origin: str) -> int | None:
        """How long a negative answer lives: the lesser of the SOA's TTL and its last field. RFC 2308 section 5"""
        soa = self.names.get(origin, {}).get("SOA")
        return min(soa.ttl, int(soa.records[0].split()[-1])) if soa and soa.records else None


def read_zones(text: str, origin: str | None = None, source: str = "zone") -> Zones:
    """Master-file text -> zones. BadZone, with line and column, for what is no master file.

    The origins are the one given, else the owners of the SOA records, else the first $ORIGIN.
    """
    relative_to = origin if origin is not None else _first_origin(text)
    if relative_to is None and _SOA_OWNER.search(text) is None:
        raise BadZone(
            f"{source}: no $ORIGIN and no SOA with an absolute name; say which zone it is: {source}@example.com"
        )
    names, lines = _rrsets(text, relative_to or "", source)
    apexes = tuple(sorted(name for name, rrs in names.items() if "SOA" in rrs))
    origins = (normalised(origin),) if origin is not None else apexes or (normalised(relative_to or ""),)
    for name in sorted(names):
        if not any(is_below(name, zone) for zone in origins):
            outside = name or "the root"
            raise BadZone(f"{source}: {outside} lies outside {', '.join(origins)}; put it in a file of its own")
    return Zones(origins, names, _existing(names, origins), source, lines)


_SOA_OWNER = re.compile(r"^\S+\.\s+(?:\d+\s+)?(?:IN\s+)?(?:\d+\s+)?SOA\s", re.MULTILINE | re.IGNORECASE)
_ORIGIN = re.compile(r"^\$ORIGIN\s+(\S+)", re.MULTILINE | re.IGNORECASE)


def _first_origin(text: str) -> str | None:
    found = _ORIGIN.search(text)
    return found[1] if found else None


def _existing(names: Iterable[str], origins: Iterable[str]) -> set[str]:
    existing = set(origins)
    for name in names:
        for ancestor in (name, *parents(name)):
            if ancestor in existing:
                break
            if any(is_below(ancestor, origin) for origin in origins):
                existing.add(ancestor)
    return existing


class _Counted(io.StringIO):
    """Text that knows how far it was read: dnspython's tokenizer tells the line of a fault, not the column."""

    offset = 0

    def read(self, size: int | None = -1) -> str:
        piece = super().read(size)
        self.offset += len(piece)
        return piece


def _rrsets(text: str, relative_to: str, source: str) -> tuple[dict[str, dict[str, Rrset]], dict[tuple[str, str], int]]:
    reader = _Counted(text)
    try:
        origin = dns.name.from_text(relative_to or ".", dns.name.root)
        return _read(reader, origin)
    except (dns.exception.DNSException, UnicodeError, ValueError, AssertionError) as fault:
        before = text[: reader.offset].rstrip("\r\n\t ")
        line = before.count("\n") + 1
        start = max(before.rfind("\n"), before.rfind(" "), before.rfind("\t")) + 1
        column = start - (before.rfind("\n") + 1) + 1
        reason = re.sub(r"^(?:<input>:\d+: )+", "", str(fault)) or type(fault).__name__
        raise BadZone(f"{source}, line {line}, column {column}: {ascii(reason)[1:-1]}") from None


class _Words(dns.tokenizer.Tokenizer):
    """Remembers the line on which the entry being read begins: only there the reader asks for leading blanks."""

    began = 1

    def get(self, want_leading: bool = False, want_comment: bool = False) -> dns.tokenizer.Token:
        if want_leading:
            self.began = self.line_number
        return super().get(want_leading, want_comment)


class _Records(dns.zonefile.RRsetsReaderTransaction):
    """Takes the records one by one as dnspython reads them, several SOAs and a CNAME beside other data included:
    the first makes a file of several zones, the second is an illness to be shown."""

    def __init__(self, words: "_Words") -> None:
        super().__init__(dns.zonefile.RRSetsReaderManager(), True, False)  # type: ignore[no-untyped-call]
        self.found: dict[str, dict[str, tuple[list[str], list[int]]]] = {}
        self.lines: dict[tuple[str, str], int] = {}
        self._words = words

    def add(self, *args: Any) -> None:
        """One record: owner, TTL, rdata."""
        owner, ttl, rdata = args
        name, rdtype = normalised(owner.to_text()), dns.rdatatype.to_text(rdata.rdtype)
        self.lines.setdefault((name, rdtype), self._words.began)
        records, ttls = self.found.setdefault(name, {}).setdefault(rdtype, ([], []))
        text = rdata.to_text()
        if len(text) > LONGEST_RDATA and len(rdata.to_wire()) > LONGEST_RDATA:
            raise ValueError(f"a record of more than {LONGEST_RDATA} octets, which no DNS message holds")
        records.append(text)
        ttls.append(ttl)

    def check_put_rdataset(self, check: object) -> None:
        """No checks."""


def _read(reader: io.StringIO, origin: dns.name.Name) -> tuple[dict[str, dict[str, Rrset]], dict[tuple[str, str], int]]:
    words = _Words(reader, "<input>")
    records = _Records(words)
    zone = dns.zonefile.Reader(
        words,
        dns.rdataclass.IN,
        records,
        # $INCLUDE would read any file, $GENERATE write without bound.
        allow_directives=("$ORIGIN", "$TTL"),
        default_ttl=DEFAULT_TTL,
    )
    zone.current_origin = zone.last_name = origin
    zone.read()
    names = {
        name: {rdtype: Rrset(tuple(sorted(set(texts))), min(ttls)) for rdtype, (texts, ttls) in types.items()}
        for name, types in records.found.items()
    }
    return names, records.lines


def read_zone_file(argument: str) -> Zones:
    """`FILE` or `FILE@origin` -> zones. BadZone says what is wrong in one sentence."""
    path, at, origin = argument.rpartition("@")
    if not at or os.path.exists(argument):  # and not Path.exists, to which a name too long is an error
        path, origin = argument, ""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise BadZone(f"cannot read zone file {path}: {fault.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise BadZone(f"zone file {path} is larger than {LARGEST_FILE // 2**20} MiB")
    text = _escaped_octets(raw.decode("utf-8-sig", errors="surrogateescape"))  # some editors begin a file with a mark
    return read_zones(text, origin.rstrip(".") + "." if origin else None, path)


_OCTET = re.compile("(\\\\[^\udc80-\udcff])|\\\\?([\udc80-\udcff])")


def _escaped_octets(text: str) -> str:
    """Octets that are no UTF-8, left by `surrogateescape`, as \\DDD: they are legal in a string. RFC 1035 section 5.1"""
    return _OCTET.sub(lambda found: found[1] or f"\\{ord(found[2]) - 0xDC00:03d}", text)
