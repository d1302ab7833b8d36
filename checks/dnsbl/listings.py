"""The fact behind the DNSBL checks: what the lists say of the target, and which lists can be believed.

Everything goes out at once: each list's two test points, each address at each list, and the control question for a
name that nobody has. Only where somebody is listed does a second round trip ask for the list's reason (TXT).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from ipaddress import ip_address
from itertools import islice

import msgspec

from checks.addresses import special_kind
from checks.dmarc.suffixes import registrable_domain
from checks.dnsbl.inventory import BlockList, Code, Effect, Kind, listing, lists_for
from checks.dnsbl.reading import BLOCKED, Reading, octets_of, read_answer
from checks.dnsbl.spf_addresses import SpfAddresses, spf_addresses
from checks.inquiry import Answer, ask_dns, together
from checks.iprev.reverse import reverse
from checks.model import Origin, Target
from checks.names import Address, reversed_labels
from checks.providers.fingerprint import Place, recognised
from checks.records import texts
from checks.vantage.control import Control, nxdomain_control
from checks.vantage.reach import is_outside

MOST_SUBJECTS = 256
"""Addresses and domains of one target that are asked about."""
HOSTERS = frozenset({"Hetzner"})
"""Providers whose addresses are the customer's own: what is sent from there is not the provider's doing."""
LONGEST_REASON = 500
"""Characters kept of a list's reason."""


class State(StrEnum):
    """Whether a list can be believed in this run."""

    ANSWERS = "answers"
    UNPROVEN = "unproven"
    """It has no entry that must be there: being on it can be believed, not being on it cannot."""
    REFUSES = "refuses"
    SILENT = "silent"
    EMPTY = "empty"
    """The entry that must be there is not: closed, or it does not serve this resolver."""
    BROKEN = "broken"
    """The entry that must not be there is: it lists everything, or something else answers for it."""
    OUTSIDE = "outside"
    """Zone files were asked, and the list is in none of them: nobody looked."""
    REWRITTEN = "rewritten"
    """The resolver invents addresses: nothing it says of any list counts."""


class Subject(msgspec.Struct, frozen=True):
    """Who is asked about: an address or a domain, and the labels that stand for it before a list's zone."""

    about: str
    kind: Kind
    labels: str


class Source(msgspec.Struct, frozen=True):
    """One list, for one kind of subject, in this run. `why` says in a few words why it is not believed."""

    list: BlockList
    kind: Kind
    state: State
    why: str = ""
    points: tuple[Answer, ...] = ()

    @property
    def counts(self) -> bool:
        """True if this list says who is listed and who is not."""
        return self.state is State.ANSWERS


class Result(msgspec.Struct, frozen=True):
    """What one list says of one subject. `reason` is the TXT answer, asked for where the subject is listed."""

    source: Source
    subject: Subject
    answer: Answer
    reading: Reading
    reason: Answer | None = None

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes that can be believed."""
        return self.reading.codes if self.source.state in (State.ANSWERS, State.UNPROVEN) else ()

    @property
    def unknown(self) -> str:
        """Why it is not known whether the subject is on the list; "" where it is."""
        if self.codes or self.source.counts:
            return self.reading.unknown
        return self.source.why

    @property
    def words(self) -> tuple[str, ...]:
        """The list's reason, in its own words."""
        return tuple(text[:LONGEST_REASON] for text in texts(self.reason)) if self.reason else ()

    @property
    def proof(self) -> tuple[Answer, ...]:
        """The answers that this rests on, the list's test points last."""
        return (self.answer, *((self.reason,) if self.reason else ()), *self.source.points)


class Listings(msgspec.Struct, frozen=True):
    """All that was asked for the target `domain`. `control` is None where nothing was asked at all; results stand in
    the order of the subjects, then of the lists."""

    domain: str
    subjects: tuple[Subject, ...]
    control: Control | None = None
    sources: tuple[Source, ...] = ()
    results: tuple[Result, ...] = ()
    providers: dict[str, str] = {}
    """The provider whose pool an address is in, by the address; only of those that are listed."""
    from_spf: SpfAddresses | None = None
    """Where no address was given: what the SPF record says."""

    @property
    def addresses(self) -> tuple[Subject, ...]:
        return tuple(subject for subject in self.subjects if subject.kind is not Kind.DOMAIN)

    def by_subject(self) -> tuple[tuple[Subject, tuple[Result, ...]], ...]:
        """Each subject with what every list says of it."""
        found: dict[str, list[Result]] = {subject.labels: [] for subject in self.subjects}
        for result in self.results:
            found[result.subject.labels].append(result)
        return tuple((subject, tuple(found[subject.labels])) for subject in self.subjects)

    def by_source(self) -> tuple[tuple[Source, tuple[Result, ...]], ...]:
        """Each list with what it says of every subject."""
        found: dict[tuple[str, Kind], list[Result]] = {(one.list.zone, one.kind): [] for one in self.sources}
        for result in self.results:
            found[result.source.list.zone, result.source.kind].append(result)
        return tuple((one, tuple(found[one.list.zone, one.kind])) for one in self.sources)


def address_subject(address: Address) -> Subject:
    """An address as a list is asked about it. RFC 5782 sections 2.1 and 2.4"""
    return Subject(str(address), Kind.IPV4 if address.version == 4 else Kind.IPV6, reversed_labels(address))


def domain_subjects(names: Iterable[str]) -> tuple[Subject, ...]:
    """Domains as a list is asked about them: the registrable domain, since that is what lists hold, each once."""
    found = dict.fromkeys(_registrable(name) for name in names if name)
    return tuple(Subject(name, Kind.DOMAIN, name) for name in found)


def _registrable(name: str) -> str:
    # Two labels are a registrable domain already, or a public suffix, and then nobody's: the list of suffixes (65 ms) can wait.
    return name if name.count(".") < 2 else registrable_domain(name) or name


def _domains_of(target: Target) -> Iterable[str]:
    """The domains that the target's mail bears: its own, and those of the return path and of the signatures that were
    given or seen in a message. What only a report tells of may be somebody else's doing."""
    yield target.domain
    for stream in target.streams:
        if stream.origin in (Origin.GIVEN, Origin.MESSAGE):
            yield stream.mail_from or ""
            yield from (signature.domain for signature in stream.signatures or ())


async def listings_of(target: Target) -> Listings:
    """The fact of the DNSBL checks: the target's addresses and domains at every list.

    Where no address was given, those that the SPF record names one by one are looked up, a round trip later.
    """
    lists, names = lists_for(target.lists), domain_subjects(_domains_of(target))
    if target.sending_ips or not target.domain:
        # A message's Received may hold private ones, and 127.0.0.2 is every list's own test entry.
        public = (address for address in target.sending_ips[:MOST_SUBJECTS] if not special_kind(address))
        addresses = tuple(address_subject(address) for address in public)
        return await listings((*addresses, *names), lists, target.domain)
    of_names, (of_addresses, found) = await together(
        listings(names, lists, target.domain), _of_spf(target.envelope_domain, lists, target.domain)
    )
    return msgspec.structs.replace(
        of_addresses,
        subjects=of_addresses.subjects + of_names.subjects,
        control=of_names.control or of_addresses.control,
        sources=of_addresses.sources + of_names.sources,
        results=of_addresses.results + of_names.results,
        from_spf=found,
    )


async def _of_spf(name: str, lists: Sequence[BlockList], domain: str) -> tuple[Listings, SpfAddresses]:
    found = await spf_addresses(name)
    return await listings([address_subject(address) for address in found.addresses], lists, domain), found


async def listings(subjects: Sequence[Subject], lists: Sequence[BlockList], domain: str) -> Listings:
    """Ask some lists about some subjects. `domain` is the target, kept out of the control question."""
    if not subjects:
        return Listings(domain, ())
    kinds = sorted({subject.kind for subject in subjects})
    pools = [(one, kind) for kind in kinds for one in listing(lists, kind)]
    asked = [(subject, one) for subject in subjects for one in listing(lists, subject.kind)]
    points = [_test_points(one, kind) for one, kind in pools]
    # One flat row: with thousands of questions a branch of its own for each list would cost more than its questions.
    names = [(f"{subject.labels}.{one.zone}", one.account) for subject, one in asked]
    names += [(name, one.account) for (one, _), row in zip(pools, points, strict=True) for name in row]
    control, answers = await together(
        nxdomain_control(domain), together(*(ask_dns(name, "A", account) for name, account in names))
    )
    answered = iter(answers)
    about = list(islice(answered, len(asked)))
    sources = {
        (one.zone, kind): source_of(one, kind, control, tuple(islice(answered, len(row))))
        for (one, kind), row in zip(pools, points, strict=True)
    }
    results = [
        Result(sources[one.zone, subject.kind], subject, answer, read_answer(one, answer))
        for (subject, one), answer in zip(asked, about, strict=True)
    ]
    told, providers = await together(_with_reasons(results), _providers(results))
    return Listings(domain, tuple(subjects), control, tuple(sources.values()), told, providers)


def by_kind_of_list(results: Iterable[Result]) -> tuple[list[Result], list[Result]]:
    """Those of blocklists, and those of welcome lists."""
    blocklists: list[Result] = []
    welcoming: list[Result] = []
    for result in results:
        (welcoming if result.source.list.welcomes else blocklists).append(result)
    return blocklists, welcoming


def _test_points(one: BlockList, kind: Kind) -> tuple[str, ...]:
    """The names of the entries that must be there, then of the one that must not."""
    return tuple(f"{label}.{one.zone}" for label in (*one.must_list(kind), one.must_not_list(kind)))


async def _with_reasons(results: Sequence[Result]) -> tuple[Result, ...]:
    """The same results, with the TXT records of those where somebody is badly listed."""
    hits = [result for result in results if _is_hit(result)]
    asked = (ask_dns(hit.answer.question.name, "TXT", hit.source.list.account) for hit in hits)
    reasons = await together(*asked) if hits else ()
    found = {(hit.answer.question.name): reason for hit, reason in zip(hits, reasons, strict=True)}
    return tuple(
        msgspec.structs.replace(result, reason=found[result.answer.question.name])
        if result.answer.question.name in found
        else result
        for result in results
    )


async def _providers(results: Sequence[Result]) -> dict[str, str]:
    """Whose pool the listed addresses are in, by a name that leads back to them: anybody can claim a name that does not."""
    wanted = {result.subject for result in results if result.subject.kind is not Kind.DOMAIN and _is_hit(result)}
    listed = sorted(wanted, key=lambda subject: subject.about)
    found = await together(*(reverse(ip_address(subject.about)) for subject in listed)) if listed else ()
    pools = {str(one.address): recognised(Place.PTR, one.confirmed) for one in found}
    return {address: names[0] for address, names in pools.items() if names and names[0] not in HOSTERS}


def _is_hit(result: Result) -> bool:
    return any(is_bad(code) for code in result.codes)


def is_bad(code: Code) -> bool:
    """True for a code that somebody would want to be rid of."""
    return code.effect in (Effect.FAIL, Effect.WARN, Effect.POLICY, Effect.INFORM)


def source_of(one: BlockList, kind: Kind, control: Control, points: Sequence[Answer]) -> Source:
    """Judge a list by its test points, before anything else that it says. RFC 5782 section 5

    `points` are the answers for the entries that must be there, then the one for the entry that must not.
    """
    *musts, must_not = points
    state, why = _health(one, control, musts, must_not)
    assert why or state is State.ANSWERS  # a list that does not count must say why: "" would read as "not listed"
    return Source(one, kind, state, why, tuple(points))


def _health(one: BlockList, control: Control, musts: Sequence[Answer], must_not: Answer) -> tuple[State, str]:
    readings = [read_answer(one, answer) for answer in (*musts, must_not)]
    if control.rewrites:
        return State.REWRITTEN, "the resolver gives addresses to names that do not exist"
    if refusal := next((reading for reading in readings if reading.refused), None):
        return State.REFUSES, refusal.unknown
    if all(is_outside(answer) for answer in (*musts, must_not)):
        return State.OUTSIDE, "it is not in the zone files that are asked here"
    if wrong := _invented(readings[-1], must_not.question.name):
        return State.BROKEN, wrong
    if must_not.unknown:
        return State.SILENT, must_not.why_unknown
    if any(_is_entry(answer) for answer in musts):
        return State.ANSWERS, ""
    if silent := next((answer for answer in musts if answer.unknown), None):
        return State.SILENT, silent.why_unknown
    if not musts:
        return State.UNPROVEN, "no entry is known that it must have, so its silence proves nothing"
    if foreign := next((reading for reading in readings[:-1] if reading.shown), None):
        return State.BROKEN, f"its test entry answered {', '.join(foreign.shown)}, which no list's does"
    name = musts[0].question.name
    for_whom = " (it answers registered resolvers only)" if one.registration else ""
    for_whom = " (it answers with a valid key only)" if one.account else for_whom
    return State.EMPTY, f"its test entry {name} is not there{for_whom}"


def _invented(reading: Reading, name: str) -> str:
    """Why the entry that must not be there shows that nothing of this list counts; "" where it is absent or unknown."""
    if not reading.shown:
        return ""
    return f"it has an entry that no list has: {name} answered {', '.join(reading.shown)}"


def _is_entry(answer: Answer) -> bool:
    """True if a test entry is there: any code does (some lists give it one of its own), but not a blocker's answer."""
    octets = [octets_of(record) for record in answer.records]
    within = all(four is not None and four[0] == 127 for four in octets)
    return within and any(four != BLOCKED for four in octets)
