"""What each authoritative server of a zone says of one name, and whether they all say the same.

A resolver asks one of a zone's servers and remembers what it said. If they differ, receivers differ: a transfer that fails,
or a server of the old provider that is still named, makes mail fail "sometimes", and every check through a resolver says that
all is well. The way there takes three round trips: the servers of the zone (NS), their addresses, and then the records, asked
of each server without recursion.

The checks that compare them share the messages and the judgement too; each says which records it compares and how to read them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from checks import records
from checks.addresses import parsed, special_kind
from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, ask, ask_dns, once, together
from checks.model import Basis, Finding, Message, Severity
from checks.names import Address, parents

MOST_SERVERS = 8
"""Our bound on the servers that are asked, in the order of their names; few zones have more."""
MOST_ANCESTORS = 8
"""Our bound on the names at which the zone's NS records are looked for."""

SECTION = "RFC 1034 section 4.3.5"

Content = tuple[str, ...]
"""What an answer comes to, for comparing: sorted, so that the order of arrival does not count."""


class Server(msgspec.Struct, frozen=True):
    """One authoritative server: its name, its addresses' answers, and what it said at one of them.

    `address` is "" and `said` None where it has no address that can be asked.
    """

    host: str
    addresses: tuple[Answer, ...]
    address: str = ""
    said: Answer | None = None

    @property
    def label(self) -> str:
        return f"{self.host} ({self.address})" if self.address else self.host

    @property
    def heard(self) -> bool:
        """True where it gave an answer, if only that there is no such record."""
        return self.said is not None and not self.said.unknown

    @property
    def outside(self) -> bool:
        """True where nobody could say where the server is: a zone file holds its own names and no others."""
        return self.said is None and all(answer.outcome is Outcome.REFUSED for answer in self.addresses)

    @property
    def why_unheard(self) -> str:
        """The server, and why it was not heard."""
        if self.said is None:
            unknown = next((answer.why_unknown for answer in self.addresses if answer.unknown), "")
            return f"{self.label}: {unknown or 'no public address'}"
        return f"{self.label}: {self.said.why_unknown}"


class Served(msgspec.Struct, frozen=True):
    """`name` is where the records live, at the end of the aliases; `resolved` is what the resolver says of the domain.

    `zone` is "" where no NS records were found; `delegations` are the answers that were to tell.
    """

    domain: str
    name: str
    resolved: Answer
    zone: str
    delegations: tuple[Answer, ...]
    servers: tuple[Server, ...]


def served(domain: str, rdtype: str, *, tcp: bool = False) -> Inquiry[Served]:
    """Ask the resolver for the records of a domain, and each server of the zone in which they live, with `tcp` over TCP."""
    return once(_served, domain, rdtype, tcp)


async def _served(domain: str, rdtype: str, tcp: bool) -> Served:
    resolved, here = await together(ask_dns(domain, rdtype), once(_delegations, domain))
    name = resolved.aliases[-1] if resolved.aliases else domain
    delegations = here if name == domain else await once(_delegations, name)
    found = next((answer for answer in delegations if records.names(answer) and not answer.aliases), None)
    if found is None:
        return Served(domain, name, resolved, "", delegations, ())
    hosts = sorted(set(records.names(found)))[:MOST_SERVERS]
    servers: tuple[Server, ...] = await together(*(_server(host, name, rdtype, tcp) for host in hosts))
    return Served(domain, name, resolved, found.question.name, delegations, servers)


async def _delegations(name: str) -> tuple[Answer, ...]:
    """The NS answers of a name and of those above it, nearest first, without the top-level domain."""
    above = [ancestor for ancestor in parents(name) if "." in ancestor]
    # Of a name with very many labels the shortest ancestors: zones are cut near the top.
    wanted = (name, *above[-(MOST_ANCESTORS - 1) :]) if name else ()
    answers: tuple[Answer, ...] = await together(*(ask_dns(each, "NS") for each in wanted))
    return answers


async def _server(host: str, name: str, rdtype: str, tcp: bool) -> Server:
    addresses = await together(ask_dns(host, "A"), ask_dns(host, "AAAA"))
    address = _askable(addresses)
    if not address:
        return Server(host, addresses)
    return Server(host, addresses, address, await ask(DnsQuestion(name, rdtype, address, tcp)))


def _askable(answers: Sequence[Answer]) -> str:
    """The first address that is a public one, IPv4 before IPv6: NS records must not send us into our own network."""
    found: Iterable[Address | None] = (
        parsed(record) for answer in answers if answer.outcome is Outcome.ANSWERED for record in answer.records
    )
    return next((str(address) for address in found if address is not None and not special_kind(address)), "")


class Words(NamedTuple):
    """The messages of a check that compares the servers of a zone."""

    disagree: Message
    changing: Message
    unheard: Message
    agree: Message
    no_servers: Message


def words(check_id: str, what: str, rdtype: str) -> Words:
    """The messages of one check: `what` it compares ("the SPF record"), records of the type `rdtype`."""
    return Words(
        Message(
            f"{check_id}.disagree",
            Severity.ERROR,
            f"the name servers of {{zone}} disagree about {what} of {{about}}: {{odd}} says {{odd_record}}, the others say {{record}}",
            "Bring {odd} up to date: see whether zone transfers to it work and its serial is that of the others, or take its NS "
            "record out, at the registrar too, if it serves the zone no more.",
            (SECTION,),
        ),
        Message(
            f"{check_id}.changing",
            Severity.NOTICE,
            f"{what} of {{about}} changed a short while ago: all {{count}} name servers of {{zone}} agree on what is new, and "
            "resolvers may show what was there before for up to {seconds} s",
            "Nothing needs to be done: wait.",
            ("RFC 1034 section 4.3.4",),
        ),
        Message(
            f"{check_id}.unheard",
            Severity.NOTICE,
            f"whether all name servers of {{zone}} give the same answer for {what} of {{about}} is not known: {{servers}} could "
            "not be asked from here",
            f"Ask them yourself: dig @SERVER {{about}} {rdtype}. If they are silent to everybody, mend them or take their NS "
            "records out; if port 53 to the outside is closed here, run from another network.",
            (SECTION,),
            Basis.UNDETERMINED,
        ),
        Message(
            f"{check_id}.agree",
            Severity.INFO,
            f"all {{count}} name servers of {{zone}} give the same answer for {what} of {{about}}",
            references=(SECTION,),
        ),
        Message(
            f"{check_id}.no-servers",
            Severity.INFO,
            "no name servers of {about} are known that could be compared",
            references=(SECTION,),
            basis=Basis.NOT_APPLICABLE,
        ),
    )


def compared(
    found: Served, words: Words, read: Callable[[Answer], Iterable[str]], explains: tuple[str, ...] = ()
) -> Iterable[Finding]:
    """Compare the servers that were heard by what `read` makes of their answers; one that was not leaves the rest as it is."""
    heard = [server for server in found.servers if server.heard]
    domain, zone = found.domain, found.zone
    if not zone or (not heard and all(server.outside for server in found.servers)):
        yield words.no_servers(domain, evidence=found.delegations)
        return
    resolved = tuple(sorted(read(found.resolved)))
    groups = _groups(heard, read)
    if len(groups) > 1:
        majority = _majority(groups, resolved)
        for content, servers in groups.items():
            if content != majority:
                yield words.disagree(
                    domain,
                    explains=explains,
                    zone=zone,
                    odd=tuple(server.label for server in servers),
                    odd_record=content or None,
                    record=majority or None,
                    evidence=[server.said for server in (*servers, *groups[majority]) if server.said],
                )
    unheard = [server for server in found.servers if not server.heard]
    if unheard:
        yield words.unheard(domain, zone=zone, servers=tuple(server.why_unheard for server in unheard))
    elif len(groups) == 1:
        answer, count = found.resolved, len(heard)
        if answer.unknown or answer.ttl is None or resolved in groups:
            yield words.agree(domain, zone=zone, count=count)
        else:
            yield words.changing(domain, zone=zone, count=count, seconds=answer.ttl)


def _groups(heard: Sequence[Server], read: Callable[[Answer], Iterable[str]]) -> dict[Content, list[Server]]:
    """The servers by what they publish, in the order of their names."""
    groups: dict[Content, list[Server]] = {}
    for server in heard:
        if server.said is not None:
            groups.setdefault(tuple(sorted(read(server.said))), []).append(server)
    return groups


def _majority(groups: dict[Content, list[Server]], resolved: Content) -> Content:
    """What most servers say; of two halves, what the resolver says, else the half that has a record."""
    return max(groups, key=lambda content: (len(groups[content]), content == resolved, bool(content), content))
