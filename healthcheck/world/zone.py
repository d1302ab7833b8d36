"""The world of master files: zones in memory, alone (`--zone`) or laid over another world (`--overlay`).

A name inside the zones that is not there is NXDOMAIN; a name outside is REFUSED, since nobody looked. Looking
up is RFC 1034 section 4.3.2.
"""

from collections.abc import Iterable, Mapping, Sequence

import dns.exception
import dns.name
import msgspec

from checks.inquiry import Answer, DnsQuestion, Outcome, Question
from checks.names import MAX_NAME, normalised, parents
from checks.records import text
from healthcheck.world import World
from healthcheck.world.master_file import Rrset, Zones
from healthcheck.world.shared import Shared

MOST_ALIASES = 16

FAULTS: dict[str, tuple[Outcome, str]] = {
    "SERVFAIL": (Outcome.TEMPFAIL, "SERVFAIL"),
    "TIMEOUT": (Outcome.TEMPFAIL, "timed out"),
    "REFUSED": (Outcome.REFUSED, "refused"),
}
"""What a name can be made to do instead of answering, in the lab and in scenarios."""


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

    @property
    def places(self) -> dict[tuple[str, str], tuple[str, int]]:
        """By name and type: the file that holds the record, as it was given, and the line."""
        return {key: (zones.source, line) for zones in self.zones for key, line in zones.lines.items()}

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
        if question.rdtype not in node and (alias := node.get("CNAME")) and alias.records:
            return Answer(question, Outcome.ANSWERED, aliases=(normalised(alias.records[0]),), ttl=alias.ttl)
        found = node.get(question.rdtype)
        if found is None or not found.records:
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
    """Some RRsets replaced, the rest from another world: what would happen if this were published.

    An RRset without records is one that is taken away. `beside` are names whose given TXT records take the place of those of
    their kind only: the other texts there stay, since many share the name of a domain.
    """

    name = "overlay"

    def __init__(self, zones: Iterable[Zones], base: World, beside: Iterable[str] = ()) -> None:
        self._given = ZoneWorld(zones, self.name)
        self._base = base
        self._beside = frozenset(beside)

    async def answer(self, question: Question) -> Answer:
        """From the given RRsets where they have this name and type (or an alias there), else from the base; and from a
        given wildcard where the base does not have the name, as publishing it would do. RFC 4592 section 2.2"""
        if self._holds(question.name, question.rdtype):
            return await self._told(question)
        answer = await self._base.answer(question)
        if answer.aliases and self._takes_alias(question.name):
            return Answer(question, Outcome.NO_DATA, server=self.name)
        for at, alias in enumerate(answer.aliases):
            # The base followed a chain through a name that is given here.
            if self._holds(alias, question.rdtype) or self._takes_alias(alias):
                rest = await self.answer(msgspec.structs.replace(question, name=alias))
                return msgspec.structs.replace(
                    rest, question=question, aliases=(*answer.aliases[: at + 1], *rest.aliases)
                )
        before = answer.aliases if answer.outcome is Outcome.NXDOMAIN else ()
        asked = msgspec.structs.replace(question, name=before[-1]) if before else question
        if await self._falls_to_wildcard(asked, answer):
            rest = await self._told(asked)
            return msgspec.structs.replace(rest, question=question, aliases=(*before, *rest.aliases))
        if answer.outcome is Outcome.NXDOMAIN and self._exists(asked.name):
            return msgspec.structs.replace(answer, outcome=Outcome.NO_DATA)
        return answer

    async def close(self) -> None:
        await self._base.close()

    @property
    def places(self) -> dict[tuple[str, str], tuple[str, int]]:
        """As those of the zones that are laid over; of several layers, the upper one's count."""
        below = self._base.places if isinstance(self._base, Overlay | Shared) else {}
        return {key: place for key, place in below.items() if not self._holds(*key)} | self._given.places

    async def _told(self, question: Question) -> Answer:
        if self._takes_away(question):
            # What was not there is not there as it was.
            answer = await self._base.answer(question)
            absent = answer.outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA) and not answer.aliases
            return answer if absent else Answer(question, Outcome.NO_DATA, server=self.name)
        answer = self._given.look_up(question)
        return await self._rest(question, answer) if answer.aliases else await self._with_others(question, answer)

    async def _rest(self, question: DnsQuestion, answer: Answer) -> Answer:
        """A given alias leads on: to given records, or to the base."""
        last = answer.aliases[-1]
        asked = msgspec.structs.replace(question, name=last)
        if answer.outcome is Outcome.TEMPFAIL:
            return answer
        if self._holds(last, question.rdtype):
            return await self._with_others(asked, answer)
        rest = await self._base.answer(asked)
        if not rest.aliases and await self._falls_to_wildcard(asked, rest):
            return answer
        return msgspec.structs.replace(rest, question=question, aliases=(*answer.aliases, *rest.aliases))

    async def _with_others(self, asked: Question, answer: Answer) -> Answer:
        """A given answer with the texts of the base that are of another kind; `asked` is about the name that holds the records."""
        if asked.rdtype != "TXT" or asked.name not in self._beside or not answer.records:
            return answer
        held = await self._base.answer(asked)
        kinds = {kind_of(text(record)) for record in answer.records}
        # Where the base has an alias, the texts are another name's.
        stay = [x for x in held.records if kind_of(text(x)) not in kinds] if not held.aliases else []
        return msgspec.structs.replace(answer, records=tuple(sorted({*answer.records, *stay})))

    def _node(self, name: str) -> Mapping[str, Rrset]:
        zones = self._given.zones_of(name)
        return zones.names.get(name, {}) if zones else {}

    def _holds(self, name: str, rdtype: str) -> bool:
        node = self._node(name)
        return rdtype in node or ("CNAME" in node and not self._takes_alias(name))

    def _takes_away(self, question: Question) -> bool:
        """True where the very RRset that is asked for is taken away."""
        found = self._node(question.name).get(question.rdtype)
        return found is not None and not found.records

    def _takes_alias(self, name: str) -> bool:
        """True where the alias of a name is taken away."""
        found = self._node(name).get("CNAME")
        return found is not None and not found.records

    def _exists(self, name: str) -> bool:
        """True for a name that is given, and for one above such. RFC 8020"""
        zones = self._given.zones_of(name)
        return zones is not None and name in zones.existing

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


def kind_of(content: str) -> str:
    """What a text at a domain's own name is for: `v=spf`, `google-site-verification`. One of a kind takes the other's place,
    one that was misspelt too: quotation marks in front of it are no reason to keep it."""
    words = content.lstrip("\"'` \t").lower().split(None, 1)
    word = words[0] if words else ""
    if word.startswith("v=spf"):
        return "v=spf"
    return word.partition(";")[0] if word.startswith("v=") else word.partition("=")[0]


def _below(label: str, parent: str) -> str:
    return f"{label}.{parent}" if parent else label
