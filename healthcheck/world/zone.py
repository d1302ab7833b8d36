"""The world of master files: zones in memory, alone (`--zone`) or laid over another world (`--overlay`).

A name inside the zones that is not there is NXDOMAIN; a name outside is REFUSED, since nobody looked. dnspython reads
the files (RFC 1035 section 5); looking up is RFC 1034 section 4.3.2 with the wildcards of RFC 4592.
"""

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile
import msgspec

from checks.inquiry import Answer, DnsQuestion, Outcome, Question
from checks.names import is_below, normalised, parents
from healthcheck.world import World

DEFAULT_TTL = 3600
MOST_ALIASES = 16
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a master file that are read at most: every zone that a person edits is far smaller."""

FAULTS: dict[str, tuple[Outcome, str]] = {
    "SERVFAIL": (Outcome.TEMPFAIL, "SERVFAIL"),
    "TIMEOUT": (Outcome.TEMPFAIL, "timed out"),
    "REFUSED": (Outcome.REFUSED, "refused"),
}
"""What a name can be made to do instead of answering, in the lab and in scenarios."""


class BadZone(ValueError):
    """A master file that cannot be used; the message is one sentence with file, line and column."""


class Rrset(msgspec.Struct, frozen=True):
    """The records of one name and type in presentation form, sorted; `ttl` in seconds."""

    records: tuple[str, ...]
    ttl: int


class Zones(msgspec.Struct):
    """Some zones: their origins ("" is the root), and the RRsets of every name by type."""

    origins: tuple[str, ...]
    names: dict[str, dict[str, Rrset]]
    existing: set[str]
    """Every name with records and every name above one, up to its origin: an empty non-terminal exists. RFC 8020"""

    def origin_of(self, name: str) -> str | None:
        """The zone a name belongs to: the longest origin it lies under, None outside all of them."""
        found = [origin for origin in self.origins if is_below(name, origin)]
        return max(found, key=len) if found else None

    def node(self, name: str, origin: str) -> dict[str, Rrset] | None:
        """The RRsets at a name, or those a wildcard gives it; {} for an empty non-terminal, None where nothing is."""
        if name in self.existing:
            return self.names.get(name, {})
        for ancestor in (*parents(name), ""):
            if not is_below(ancestor, origin):
                return None
            if ancestor in self.existing:
                # Only the closest encloser's wildcard counts. RFC 4592 section 3.3.1
                return self.names.get(f"*.{ancestor}" if ancestor else "*")
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
        return min(soa.ttl, int(soa.records[0].split()[-1])) if soa else None


def read_zones(text: str, origin: str | None = None, source: str = "zone") -> Zones:
    """Master-file text -> zones. BadZone, with line and column, for what is no master file.

    The origins are the one given, else the owners of the SOA records, else the first $ORIGIN.
    """
    relative_to = origin if origin is not None else _first_origin(text)
    if relative_to is None and _SOA_OWNER.search(text) is None:
        raise BadZone(
            f"{source}: no $ORIGIN and no SOA with an absolute name; say which zone it is: {source}@example.com"
        )
    names = _rrsets(text, relative_to or "", source)
    apexes = tuple(sorted(name for name, rrs in names.items() if "SOA" in rrs))
    origins = (normalised(origin),) if origin is not None else apexes or (normalised(relative_to or ""),)
    for name in sorted(names):
        if not any(is_below(name, zone) for zone in origins):
            raise BadZone(f"{source}: {name} lies outside {', '.join(origins)}; put it in a file of its own")
    return Zones(origins, names, _existing(names, origins))


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


def _rrsets(text: str, relative_to: str, source: str) -> dict[str, dict[str, Rrset]]:
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


class _Records(dns.zonefile.RRsetsReaderTransaction):
    """Takes the records one by one as dnspython reads them, several SOAs and a CNAME beside other data included:
    the first makes a file of several zones, the second is an illness to be shown."""

    def __init__(self) -> None:
        super().__init__(dns.zonefile.RRSetsReaderManager(), True, False)  # type: ignore[no-untyped-call]
        self.found: dict[str, dict[str, tuple[list[str], list[int]]]] = {}

    def add(self, *args: Any) -> None:
        """One record: owner, TTL, rdata."""
        owner, ttl, rdata = args
        at_name = self.found.setdefault(normalised(owner.to_text()), {})
        records, ttls = at_name.setdefault(dns.rdatatype.to_text(rdata.rdtype), ([], []))
        records.append(rdata.to_text())
        ttls.append(ttl)

    def check_put_rdataset(self, check: object) -> None:
        """No checks."""


def _read(reader: io.StringIO, origin: dns.name.Name) -> dict[str, dict[str, Rrset]]:
    records = _Records()
    zone = dns.zonefile.Reader(
        dns.tokenizer.Tokenizer(reader, "<input>"),
        dns.rdataclass.IN,
        records,
        # $INCLUDE would read any file, $GENERATE write without bound.
        allow_directives=("$ORIGIN", "$TTL"),
        default_ttl=DEFAULT_TTL,
    )
    zone.current_origin = zone.last_name = origin
    zone.read()
    return {
        name: {rdtype: Rrset(tuple(sorted(set(texts))), min(ttls)) for rdtype, (texts, ttls) in types.items()}
        for name, types in records.found.items()
    }


def read_zone_file(argument: str) -> Zones:
    """`FILE` or `FILE@origin` -> zones. BadZone says what is wrong in one sentence."""
    path, at, origin = argument.rpartition("@")
    if not at or Path(argument).exists():
        path, origin = argument, ""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise BadZone(f"cannot read zone file {path}: {fault.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise BadZone(f"zone file {path} is larger than {LARGEST_FILE // 2**20} MiB")
    # An octet outside ASCII inside a quoted string is legal (RFC 1035 section 5.1): keep it as that octet.
    text = raw.decode("utf-8", errors="surrogateescape")
    return read_zones(text, origin.rstrip(".") + "." if origin else None, path)


class ZoneWorld:
    """Answers from zones and nothing else. `faults` maps "name", "name TYPE" or "*.suffix" to a word of FAULTS."""

    def __init__(
        self, zones: Iterable[Zones], name: str = "zone", faults: Mapping[str, str] | None = None, outside: str = ""
    ) -> None:
        self.name = name
        self.zones = list(zones)
        self.faults = {
            normalised(key.partition(" ")[0]) + key[len(key.partition(" ")[0]) :]: x
            for key, x in (faults or {}).items()
        }
        self._outside = outside or "not in the given zones"

    async def answer(self, question: Question) -> Answer:
        """The answer as an authoritative server for these zones would give it, aliases followed."""
        return self.look_up(question)

    async def close(self) -> None:
        """Nothing is held."""

    def zones_of(self, name: str) -> Zones | None:
        """The zones in which a name lies, those with the longest origin where several have it."""
        found = [(zones.origin_of(name), zones) for zones in self.zones]
        held = [(origin, zones) for origin, zones in found if origin is not None]
        return max(held, key=lambda pair: len(pair[0]))[1] if held else None

    def look_up(self, question: DnsQuestion) -> Answer:
        """As `answer`, without an event loop."""
        name = question.name
        aliases: list[str] = []
        ttl: int | None = None
        while True:
            step = self._step(question, name)
            if step.ttl is not None:
                ttl = step.ttl if ttl is None else min(ttl, step.ttl)
            if not step.aliases:
                return msgspec.structs.replace(step, aliases=tuple(aliases), ttl=ttl, server=self.name)
            name = step.aliases[0]
            if name in (question.name, *aliases) or len(aliases) >= MOST_ALIASES:
                path = " -> ".join([question.name, *aliases, name])
                return Answer(
                    question, Outcome.TEMPFAIL, aliases=tuple(aliases), server=self.name, detail=f"CNAME loop: {path}"
                )
            aliases.append(name)

    def _step(self, question: DnsQuestion, name: str) -> Answer:
        """One link: the records, an outcome, or the one alias to go on with."""
        if fault := self._fault(name, question.rdtype):
            outcome, detail = FAULTS[fault]
            return Answer(question, outcome, detail=detail)
        zones = self.zones_of(name)
        origin = zones.origin_of(name) if zones else None
        if zones is None or origin is None or zones.delegated(name, origin):
            return Answer(question, Outcome.REFUSED, detail=self._outside)
        node = zones.node(name, origin)
        if node is None:
            return Answer(question, Outcome.NXDOMAIN, ttl=zones.negative_ttl(origin))
        if "CNAME" in node and question.rdtype != "CNAME":
            alias = node["CNAME"]
            return Answer(question, Outcome.ANSWERED, aliases=(normalised(alias.records[0]),), ttl=alias.ttl)
        found = node.get(question.rdtype)
        if found is None:
            return Answer(question, Outcome.NO_DATA, ttl=zones.negative_ttl(origin))
        return Answer(question, Outcome.ANSWERED, found.records, ttl=found.ttl)

    def _fault(self, name: str, rdtype: str) -> str:
        if not self.faults:
            return ""
        wildcards = (f"*.{ancestor}" for ancestor in parents(name))
        keys = (f"{name} {rdtype}", name, *wildcards)
        return next((self.faults[key] for key in keys if key in self.faults), "")


class Overlay:
    """Some RRsets replaced, the rest from another world: what would happen if this were published."""

    name = "overlay"

    def __init__(self, zones: Iterable[Zones], base: World) -> None:
        self._given = ZoneWorld(zones, self.name)
        self._base = base

    async def answer(self, question: Question) -> Answer:
        """From the given RRsets where they have this name and type (or an alias there), else from the base."""
        if self._holds(question.name, question.rdtype):
            answer = self._given.look_up(question)
            return await self._rest(question, answer) if answer.aliases else answer
        answer = await self._base.answer(question)
        for at, alias in enumerate(answer.aliases):
            # The base followed a chain through a name that is given here.
            if self._holds(alias, question.rdtype):
                rest = await self.answer(msgspec.structs.replace(question, name=alias))
                return msgspec.structs.replace(
                    rest, question=question, aliases=(*answer.aliases[: at + 1], *rest.aliases)
                )
        return answer

    async def close(self) -> None:
        await self._base.close()

    async def _rest(self, question: DnsQuestion, answer: Answer) -> Answer:
        """A given alias leads on: to given records, or to the base."""
        last = answer.aliases[-1]
        if self._holds(last, question.rdtype) or answer.outcome is Outcome.TEMPFAIL:
            return answer
        rest = await self._base.answer(msgspec.structs.replace(question, name=last))
        return msgspec.structs.replace(rest, question=question, aliases=(*answer.aliases, *rest.aliases))

    def _holds(self, name: str, rdtype: str) -> bool:
        zones = self._given.zones_of(name)
        node = zones.names.get(name, {}) if zones else {}
        return rdtype in node or "CNAME" in node
