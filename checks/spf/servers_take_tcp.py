"""All name servers of the zone answer over TCP.

An answer that does not fit into a datagram comes truncated, and the resolver fetches it over TCP. A name server, or a firewall
before it, that lets only UDP through keeps long records from resolvers that chose it: the SPF record is there for some
receivers and a temperror for others, as soon as it, or what stands beside it, grows.
"""

from collections.abc import Iterable

import msgspec

from checks.authorities import Served, Server, served
from checks.inquiry import Answer, together
from checks.model import Basis, Check, Finding, Message, Severity, Target

ID = "spf.servers-take-tcp"
SECTION = "RFC 7766 section 5"

UDP_ONLY = Message(
    f"{ID}.udp-only",
    Severity.WARNING,
    "not all name servers of {zone}, where the SPF record of {about} lives, answer over TCP as they do over UDP: {servers}. "
    "What does not fit into a datagram, such as a long SPF or DKIM record, cannot be had there",
    "Let TCP port 53 through to them, as UDP port 53 is, and see that the name server listens there: dig +tcp @SERVER {about} TXT "
    "must answer.",
    (SECTION, "RFC 7208 section 3.4"),
)
UNKNOWN = Message(
    f"{ID}.unknown",
    Severity.NOTICE,
    "whether all name servers of {zone}, where the SPF record of {about} lives, answer over TCP is not known: {servers}",
    "Run from a network that lets TCP port 53 out to any server, or ask from there yourself: dig +tcp @SERVER {about} TXT.",
    (SECTION,),
    Basis.UNDETERMINED,
)
NO_SERVERS = Message(
    f"{ID}.no-servers",
    Severity.INFO,
    "no name servers of {about} are known that could be asked",
    references=(SECTION,),
    basis=Basis.NOT_APPLICABLE,
)
ALL = Message(
    f"{ID}.all",
    Severity.INFO,
    "all {count} name servers of {zone}, where the SPF record of {about} lives, answer over TCP",
    references=(SECTION,),
)


class BothWays(msgspec.Struct, frozen=True):
    """The same servers asked the same question over UDP and over TCP."""

    over_udp: Served
    over_tcp: Served


async def both_ways(target: Target) -> BothWays:
    """Ask both at once. That the servers are the same costs nothing: where they are is asked once."""
    domain = target.envelope_domain
    return BothWays(*await together(served(domain, "TXT"), served(domain, "TXT", tcp=True)))


def judge(found: BothWays) -> Iterable[Finding]:
    """TCP is blamed only where UDP brought an answer, and only if another server shows that it is not closed from here."""
    domain, zone = found.over_udp.domain, found.over_udp.zone
    pairs = tuple(zip(found.over_udp.servers, found.over_tcp.servers, strict=True))
    taking = [tcp for _, tcp in pairs if tcp.heard]
    if not taking and all(udp.outside for udp, _ in pairs):
        yield NO_SERVERS(domain, evidence=found.over_udp.delegations)
        return
    refusing = [(udp, tcp) for udp, tcp in pairs if _refuses(udp, tcp)] if taking else []
    if refusing:
        shown = [server.said for pair in refusing for server in pair if server.said]
        servers = tuple(tcp.why_unheard for _, tcp in refusing)
        yield UDP_ONLY(domain, zone=zone, servers=servers, evidence=(*shown, *_answers(taking)))
    blamed = [tcp for _, tcp in refusing]
    unknown = [tcp for _, tcp in pairs if not tcp.heard and tcp not in blamed]
    if unknown:
        yield UNKNOWN(
            domain, zone=zone, servers=tuple(server.why_unheard for server in unknown), evidence=_answers(unknown)
        )
    elif not refusing:
        yield ALL(domain, zone=zone, count=len(taking), evidence=_answers(taking))


def _refuses(udp: Server, tcp: Server) -> bool:
    # Without a server in the answer nobody was asked: the run's deadline came first.
    return udp.heard and tcp.said is not None and tcp.said.unknown and bool(tcp.said.server)


def _answers(servers: Iterable[Server]) -> list[Answer]:
    return [server.said for server in servers if server.said]


CHECK = Check(
    ID, "All name servers of the zone answer over TCP", both_ways, judge, (UDP_ONLY, UNKNOWN, ALL, NO_SERVERS)
)
