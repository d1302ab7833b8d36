"""The world of master files: zones in memory, alone (`--zone`) or laid over another world (`--overlay`).

A name inside the zones that is not there is NXDOMAIN; a name outside is REFUSED, since nobody looked. dnspython reads
the files (RFC 1035 section 5); looking up is RFC 1034 section 4.3.2 with the wildcards of RFC 4592.
"""

import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
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
from checks.inquiry import Answer, DnsQuestion, Outcome, Question
from checks.names import MAX_NAME, is_below, normalised, parents
from healthcheck.world import World

DEFAULT_TTL = 3600
MOST_ALIASES = 16
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a master file that are read at most: every zone that a person edits is far smaller."""

LONGEST_RDATA = 65_535
"""Octets of one record's data: its length has two octets. RFC 1035 section 3.2.1"""

FAULTS: dict[str, tuple[Outcome, str]] = {
    "SERVFAIL": (Outcome.TEMPFAIL, "SERVFAIL"),
    "TIMEOUT": (Outcome.TEMPFAIL, "timed out"),
    "REFUSED": (Outcome.REFUSED, "refused"),
}
"""What a name can be made to do instead of answering, in the lab and in scenarios."""


class BadZone(BadInput):
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
            if found := self.names.get(ancestor, {}).get("DNAME"):
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
            outside = name or "the root"
            raise BadZone(f"{source}: {outside} lies outside {', '.join(origins)}; put it in a file of its own")
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
        text = rdata.to_text()
        if len(text) > LONGEST_RDATA and len(rdata.to_wire()) > LONGEST_RDATA:
            raise ValueError(f"a record of more than {LONGEST_RDATA} octets, which no DNS message holds")
        records.append(text)
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


class ZoneWorld:
    """Answers from zones and nothing else.

    `faults` maps "name", "name TYPE", "name TYPE tcp" (what is asked over TCP only), "*.suffix", "@address" or "@address tcp"
    (of the server that a question names) to a word of FAULTS. A question to one server is answered from its own zones where `servers`
    has its address, and as all others are where not: zones say what is published, not by whom.
    """

    def __init__(
        self,
        zones: Iterable[Zones],
        name: str = "zone",
        faults: Mapping[str, str] | None = None,
        outside: str = "",
        servers: Mapping[str, Iterable[Zones]] | None = None,
    ) -> None:
        self.name = name
        self.zones = list(zones)
        self.servers = {address: ZoneWorld(held, name, {}, outside) for address, held in (servers or {}).items()}
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
        if question.server in self.servers and self.faults.keys().isdisjoint(_server_keys(question)):
            return self.servers[question.server].look_up(question)
        name = question.name
        if len(name) > MAX_NAME and not _fits(name):
            return Answer(question, Outcome.NXDOMAIN, server=self.name, detail="not a name that DNS can hold")
        aliases: list[str] = []
        ttl: int | None = None
        while True:
            step = self._step(question, name)
            if step.ttl is not None:
                ttl = step.ttl if ttl is None else min(ttl, step.ttl)
            if not step.aliases:
                return msgspec.structs.replace(step, aliases=tuple(aliases), ttl=ttl, server=self.name)
            name = step.aliases[0]
            aliases.append(name)
            if fault := _chain_fault(question.name, aliases):
                return Answer(question, Outcome.TEMPFAIL, aliases=tuple(aliases), server=self.name, detail=fault)

    def _step(self, question: DnsQuestion, name: str) -> Answer:
        """One link: the records, an outcome, or the one alias to go on with."""
        if fault := self._fault(name, question):
            outcome, detail = FAULTS[fault]
            return Answer(question, outcome, detail=detail)
        zones = self.zones_of(name)
        origin = zones.origin_of(name) if zones else None
        if zones is None or origin is None or zones.delegated(name, origin):
            return Answer(question, Outcome.REFUSED, detail=self._outside)
        node = zones.node(name, origin)
        if node is None:
            return Answer(question, Outcome.NXDOMAIN, ttl=zones.negative_ttl(origin))
        # A CNAME beside other data is an illness (RFC 1034 section 3.6.2). Servers that let it be published answer with
        # what was asked for where they have it, and with the CNAME for the rest.
        if "CNAME" in node and question.rdtype not in node:
            alias = node["CNAME"]
            return Answer(question, Outcome.ANSWERED, aliases=(normalised(alias.records[0]),), ttl=alias.ttl)
        found = node.get(question.rdtype)
        if found is None:
            return Answer(question, Outcome.NO_DATA, ttl=zones.negative_ttl(origin))
        return Answer(question, Outcome.ANSWERED, found.records, ttl=found.ttl)

    def _fault(self, name: str, question: DnsQuestion) -> str:
        if not self.faults:
            return ""
        at_type = f"{name} {question.rdtype}"
        wildcards = (f"*.{ancestor}" for ancestor in parents(name))
        keys = (*_server_keys(question), *((f"{at_type} tcp",) if question.tcp else ()), at_type, name, *wildcards)
        return next((self.faults[key] for key in keys if key in self.faults), "")


def _server_keys(question: DnsQuestion) -> tuple[str, ...]:
    """What a fault of the server that a question names is kept under."""
    if not question.server:
        return ()
    return (f"@{question.server} tcp", f"@{question.server}") if question.tcp else (f"@{question.server}",)


def _fits(name: str) -> bool:
    """True for a name that DNS can hold: an escape in it is longer than the octet it stands for."""
    try:
        dns.name.from_text(name, dns.name.root)
    except dns.exception.DNSException:
        return False
    return True


def _chain_fault(name: str, aliases: Sequence[str]) -> str:
    """What is wrong with a chain of aliases that begins at a name, in a few words; "" where it can be followed."""
    if aliases[-1] in (name, *aliases[:-1]):
        return "CNAME loop: " + " -> ".join((name, *aliases))
    if len(aliases[-1]) > MAX_NAME and not _fits(aliases[-1]):
        return "a DNAME makes a name that is too long"  # YXDOMAIN: RFC 6672 section 2.2
    return f"CNAME chain of more than {MOST_ALIASES} links" if len(aliases) > MOST_ALIASES else ""


class Overlay:
    """Some RRsets replaced, the rest from another world: what would happen if this were published."""

    name = "overlay"

    def __init__(self, zones: Iterable[Zones], base: World) -> None:
        self._given = ZoneWorld(zones, self.name)
        self._base = base

    async def answer(self, question: Question) -> Answer:
        """From the given RRsets where they have this name and type (or an alias there), else from the base; and from a
        given wildcard where the base does not have the name, as publishing it would do. RFC 4592 section 2.2"""
        if self._holds(question.name, question.rdtype):
            return await self._told(question)
        answer = await self._base.answer(question)
        for at, alias in enumerate(answer.aliases):
            # The base followed a chain through a name that is given here.
            if self._holds(alias, question.rdtype):
                rest = await self.answer(msgspec.structs.replace(question, name=alias))
                return msgspec.structs.replace(
                    rest, question=question, aliases=(*answer.aliases[: at + 1], *rest.aliases)
                )
        before = answer.aliases if answer.outcome is Outcome.NXDOMAIN else ()
        asked = msgspec.structs.replace(question, name=before[-1]) if before else question
        if not await self._falls_to_wildcard(asked, answer):
            return answer
        rest = await self._told(asked)
        return msgspec.structs.replace(rest, question=question, aliases=(*before, *rest.aliases))

    async def close(self) -> None:
        await self._base.close()

    async def _told(self, question: DnsQuestion) -> Answer:
        answer = self._given.look_up(question)
        return await self._rest(question, answer) if answer.aliases else answer

    async def _rest(self, question: DnsQuestion, answer: Answer) -> Answer:
        """A given alias leads on: to given records, or to the base."""
        last = answer.aliases[-1]
        if self._holds(last, question.rdtype) or answer.outcome is Outcome.TEMPFAIL:
            return answer
        asked = msgspec.structs.replace(question, name=last)
        rest = await self._base.answer(asked)
        if not rest.aliases and await self._falls_to_wildcard(asked, rest):
            return answer
        return msgspec.structs.replace(rest, question=question, aliases=(*answer.aliases, *rest.aliases))

    def _holds(self, name: str, rdtype: str) -> bool:
        zones = self._given.zones_of(name)
        node = zones.names.get(name, {}) if zones else {}
        return rdtype in node or "CNAME" in node

    async def _falls_to_wildcard(self, question: DnsQuestion, answer: Answer) -> bool:
        """True where a given wildcard would answer instead of the base, which gave `answer`: the base has neither the name
        nor one between it and the wildcard's parent, or answers from the very wildcard that is replaced here.

        Whether "no such record" came from a wildcard of the base cannot be seen from outside: it stays the base's.
        """
        encloser = self._encloser(question)
        if encloser is None:
            return False
        if answer.outcome is Outcome.ANSWERED:
            replaced = await self._base.answer(msgspec.structs.replace(question, name=_below("*", encloser)))
            return bool(answer.records) and (replaced.records, replaced.aliases) == (answer.records, answer.aliases)
        if answer.outcome is not Outcome.NXDOMAIN:
            return False
        # Only the closest encloser's wildcard counts (RFC 4592 section 3.3.1): the base may have a name in between.
        label = question.name.removesuffix(encloser).removesuffix(".").rpartition(".")[2]
        closer = _below(label, encloser)
        if closer == question.name:
            return True
        between = await self._base.answer(msgspec.structs.replace(question, name=closer))
        return between.outcome is Outcome.NXDOMAIN

    def _encloser(self, question: DnsQuestion) -> str | None:
        """The closest given name above, where a wildcard below it has this type or an alias, and nothing is given nearer."""
        zones = self._given.zones_of(question.name)
        origin = zones.origin_of(question.name) if zones else None
        if zones is None or origin is None or question.name in zones.existing or zones.delegated(question.name, origin):
            return None
        encloser = next(name for name in (*parents(question.name), "") if name in zones.existing)
        return encloser if self._holds(_below("*", encloser), question.rdtype) else None


def _below(label: str, parent: str) -> str:
    return f"{label}.{parent}" if parent else label
