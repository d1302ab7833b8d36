"""The resolver is not one of the public ones that blocklists refuse.

Blocklists count questions by resolver. The big public ones ask for millions of people at once, so Spamhaus, SURBL, URIBL
and dnswl refuse them, some with an answer that careless software takes for a listing. For everything else they are fine.
"""

from collections.abc import Iterable

from checks.model import Basis, Check, Finding, Message, Severity
from checks.names import Address
from checks.vantage.reach import Reach, is_outside, reach_of, resolver_address, servers

PUBLIC_RESOLVERS = {
    "Google Public DNS": ("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"),
    "Cloudflare": (
        *("1.1.1.1", "1.0.0.1", "1.1.1.2", "1.0.0.2", "1.1.1.3", "1.0.0.3"),
        *("2606:4700:4700::1111", "2606:4700:4700::1001"),
    ),
    "Quad9": (
        *("9.9.9.9", "149.112.112.112", "9.9.9.10", "149.112.112.10", "9.9.9.11", "149.112.112.11"),
        *("2620:fe::fe", "2620:fe::9", "2620:fe::10", "2620:fe::11"),
    ),
    "OpenDNS": ("208.67.222.222", "208.67.220.220", "2620:119:35::35", "2620:119:53::53"),
}
"""Operators and the addresses they make known."""

OPERATORS = {address: operator for operator, addresses in PUBLIC_RESOLVERS.items() for address in addresses}

SPAMHAUS = "check.spamhaus.org/returnc/pub (Spamhaus, 2026-11)"

PUBLIC = Message(
    "vantage.resolver-private.public",
    Severity.NOTICE,
    "{about} is a public resolver ({operator}), which many blocklists refuse: what they say may stay unknown",
    "To have blocklists answer, ask a resolver of your own: install unbound on this machine and give --resolver 127.0.0.1.",
    (SPAMHAUS,),
)
PRIVATE = Message(
    "vantage.resolver-private.private",
    Severity.INFO,
    "{about} is none of the public resolvers that blocklists refuse",
)
UNKNOWN = Message(
    "vantage.resolver-private.unknown",
    Severity.NOTICE,
    "whether a public resolver answers for {about} is not known: none has answered",
    "Run again once a resolver answers, or name one with --resolver ADDRESS.",
    (SPAMHAUS,),
    Basis.UNDETERMINED,
)


def judge(reach: Reach) -> Iterable[Finding]:
    """By the addresses that answered; a resolver that only passes questions on to a public one cannot be told from here."""
    asked = servers(answer for answer in (*reach.over_udp, reach.over_tcp) if not answer.unknown or is_outside(answer))
    if not asked:
        yield UNKNOWN(reach.domain)
        return
    public = [(server, operator) for server in asked if (operator := operator_of(resolver_address(server)))]
    for server, operator in public:
        yield PUBLIC(server, operator=operator)
    if not public:
        yield PRIVATE(", ".join(asked))


def operator_of(address: Address | None) -> str:
    """Who runs a public resolver at this address; "" where none is known there."""
    return OPERATORS.get(str(address), "") if address else ""


CHECK = Check(
    "vantage.resolver-private",
    "The resolver is not one of the public ones that blocklists refuse",
    reach_of,
    judge,
    (PUBLIC, PRIVATE, UNKNOWN),
)
