"""The resolver can be asked over TCP.

An answer that does not fit into a datagram comes truncated, and the rest has to be fetched over TCP: long SPF and DKIM
records, many TXT records at one name. Where a firewall lets only UDP through, exactly those cannot be read.
"""

from collections.abc import Iterable

from checks.model import Basis, Check, Finding, Message, Severity
from checks.vantage.reach import Reach, is_outside, reach_of

SECTION = "RFC 7766 section 5"

WORKS = Message(
    "vantage.tcp-works.works",
    Severity.INFO,
    "{about} answers over TCP as well as over UDP",
    references=(SECTION,),
)
FAILS = Message(
    "vantage.tcp-works.fails",
    Severity.WARNING,
    "{about} answers over UDP but not over TCP ({why}): answers that do not fit into a datagram, such as a long SPF or DKIM "
    "record, cannot be read from here",
    "Let TCP port 53 through to the resolver, as UDP port 53 is, or ask another one with --resolver ADDRESS. Mail servers "
    "behind the same firewall have the same gap.",
    (SECTION,),
)
UNKNOWN = Message(
    "vantage.tcp-works.unknown",
    Severity.NOTICE,
    "whether {about} answers over TCP is not known ({why})",
    "Run again once a resolver answers, or name another one with --resolver ADDRESS.",
    (SECTION,),
    Basis.UNDETERMINED,
)
NO_RESOLVER = Message(
    "vantage.tcp-works.no-resolver",
    Severity.INFO,
    "only zone files are asked here ({about}), and nothing is truncated",
    basis=Basis.NOT_APPLICABLE,
)


def judge(reach: Reach) -> Iterable[Finding]:
    """The same question over both: TCP is to blame only where UDP brought the answer, and TCP was really tried."""
    over_udp, over_tcp = reach.control.reserved, reach.over_tcp
    who = over_tcp.server or over_udp.server or "the resolver"
    pair = (over_udp, over_tcp)
    if is_outside(over_tcp):
        yield NO_RESOLVER(who, evidence=pair)
    elif not over_tcp.unknown:
        yield WORKS(who, evidence=pair)
    elif over_udp.unknown or not over_tcp.server:
        # Without a server nobody was asked: the run's deadline came first.
        yield UNKNOWN(who, why=over_tcp.why_unknown, evidence=pair)
    else:
        yield FAILS(who, why=over_tcp.why_unknown, evidence=pair)


CHECK = Check(
    "vantage.tcp-works",
    "The resolver can be asked over TCP",
    reach_of,
    judge,
    (WORKS, FAILS, UNKNOWN, NO_RESOLVER),
)
