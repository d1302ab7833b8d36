"""Every mail exchanger is a host with a public address.

An MX record must name a host by its own name: not an address, not an alias, and not a host that only its own network can
reach. Some senders repair such records silently, others bounce, which makes it the kind of fault that "works for me".
"""

from collections.abc import Iterable
from typing import Any

from checks.addresses import parsed, special_kind
from checks.model import Basis, Check, Finding, Message, Severity
from checks.mx.routes import Host, Route, routes_of
from checks.records import MailExchange
from checks.unseen import again, unanswered

NAMES_ONLY = ("RFC 5321 section 5.1", "RFC 2181 section 10.3")

VALID = Message(
    "mx.exchanges-valid.valid",
    Severity.INFO,
    "every mail exchanger of {about} has a public address: {exchanges}",
    references=("RFC 5321 section 5.1",),
)
ADDRESS = Message(
    "mx.exchanges-valid.address",
    Severity.ERROR,
    "the MX record of {about} names an address, {exchange}: it must name a host, and many senders look for a host of that name",
    "Give the server a name and publish both:\nmail.{about}. {rdtype} {address}\n{about}. MX {preference} mail.{about}.",
    NAMES_ONLY,
)
ALIAS = Message(
    "mx.exchanges-valid.alias",
    Severity.ERROR,
    "{exchange}, a mail exchanger of {about}, is an alias of {canonical}: an MX record must not name an alias, and some senders "
    "bounce then",
    "Name the host itself:\n{about}. MX {preference} {canonical}.",
    NAMES_ONLY,
)
NOT_PUBLIC = Message(
    "mx.exchanges-valid.not-public",
    Severity.ERROR,
    "{exchange}, a mail exchanger of {about}, has an address that nobody outside can reach: {addresses}",
    "Publish the public address of {exchange} in its place; keep the inner one to the inner view of the zone.",
    ("RFC 5321 section 5.1", "RFC 6890"),
)
LOCALHOST = Message(
    "mx.exchanges-valid.localhost",
    Severity.ERROR,
    "the MX record of {about} names {exchange}, which for every sender is its own machine: mail comes back as a loop",
    "If {about} is to take no mail, say so with the null MX, {about}. MX 0 . (not for a domain that sends). "
    "Otherwise name the server that takes it:\n{about}. MX {preference} mail.{about}.",
    ("RFC 6761 section 6.3", "RFC 7505 section 1"),
)
UNREACHABLE = Message(
    "mx.exchanges-valid.unreachable",
    Severity.ERROR,
    "{exchange} has no address, and no other mail exchanger of {about} can be reached: mail, bounces included, cannot be "
    "delivered",
    "Publish an address for {exchange}, or let the MX record name the server that takes the mail:\n"
    "{about}. MX {preference} mail.{about}.",
    ("RFC 5321 section 5.1",),
)
NO_ADDRESS = Message(
    "mx.exchanges-valid.no-address",
    Severity.WARNING,
    "{exchange}, a mail exchanger of {about}, has no address: mail is delivered by the others only",
    "Remove its MX record, or publish an address for it. If {exchange} lies in a domain that is no longer yours, remove it now: "
    "whoever registers that domain gets mail for {about}.",
    ("RFC 5321 section 5.1",),
)
MISSING_DOT = Message(
    "mx.exchanges-valid.missing-dot",
    Severity.WARNING,
    "{exchange}, a mail exchanger of {about}, has no address and looks like a name without its final dot: the zone file has "
    "put {about} behind it",
    "Write the final dot:\n{about}. MX {preference} {meant}.",
    ("RFC 1035 section 5.1",),
)
NULL_AMONG_OTHERS = Message(
    "mx.exchanges-valid.null-among-others",
    Severity.ERROR,
    '{about} publishes a null MX (".") beside other mail exchangers: it says both that it takes mail and that it does not',
    "Remove the record that names the root:\n{about}. MX {preference} .",
    ("RFC 7505 section 3",),
)
NULL_PREFERENCE = Message(
    "mx.exchanges-valid.null-preference",
    Severity.ERROR,
    '{about} has one MX record, which names the root (".") with preference {preference}: a null MX has preference 0, and so '
    "senders look for a host called the root",
    "If it is to take no mail (it must not send any then):\n{about}. MX 0 .\n\n"
    "Otherwise name the server that takes it:\n{about}. MX {preference} mail.{about}.",
    ("RFC 7505 section 3",),
)
TWICE = Message(
    "mx.exchanges-valid.twice",
    Severity.NOTICE,
    "{about} names {exchange} as mail exchanger {times} times: senders try the same host again, nothing is gained",
    "Keep one record:\n{about}. MX {preference} {exchange}.",
    ("RFC 5321 section 5.1",),
)
TOO_MANY = Message(
    "mx.exchanges-valid.too-many",
    Severity.WARNING,
    "{about} names {count} mail exchangers: senders try a few, SPF evaluators give up above 10, and only the first {examined} "
    "were examined here",
    "Name the few that take mail; spread the load by several addresses at one name.",
    ("RFC 5321 section 5.1", "RFC 7208 section 4.6.4"),
)
UNKNOWN = Message(
    "mx.exchanges-valid.unknown",
    Severity.WARNING,
    "whether the mail exchangers of {about} can be reached is not known: {name} {rdtype} could not be asked ({why})",
    again("{name}", "senders meet the same failure."),
    ("RFC 5321 section 5.1",),
    Basis.UNDETERMINED,
)
NONE = Message(
    "mx.exchanges-valid.none",
    Severity.INFO,
    "{about} names no mail exchanger",
    basis=Basis.NOT_APPLICABLE,
)

USUAL_ENDS = (".com", ".net", ".org")
"""Where the part before the doubled domain ends like this, it was meant to be a whole name."""


def judge(routes: tuple[Route, ...]) -> Iterable[Finding]:
    """Each domain that matters: the records themselves, then each host once."""
    for route in routes:
        found = [*_of_the_records(route), *_of_the_hosts(route)]
        yield from found
        if not any(finding.message.severity >= Severity.WARNING for finding in found):
            hosts = _hosts(route)
            if hosts:
                yield VALID(route.domain, exchanges=[host.name for host in hosts], evidence=route.evidence)
            else:
                yield NONE(route.domain, evidence=(route.answer,))


def _hosts(route: Route) -> tuple[Host, ...]:
    """The exchangers; without MX records the domain itself, if it has an address."""
    return route.hosts if route.exchanges else (route.own,) if route.own.addresses else ()


def _of_the_records(route: Route) -> Iterable[Finding]:
    shown = (route.answer,)
    if route.answer.unknown:
        yield unanswered(UNKNOWN, route.domain, route.answer)
        return
    roots = [preference for preference, exchange in route.exchanges if not exchange]
    if roots and len(roots) < len(route.exchanges):
        yield NULL_AMONG_OTHERS(route.domain, preference=roots[0], evidence=shown)
    elif roots and not route.is_null:
        yield NULL_PREFERENCE(route.domain, preference=roots[0] or roots[-1], evidence=shown)
    names = [exchange for _, exchange in route.exchanges if exchange]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield TWICE(
                route.domain,
                exchange=name,
                times=names.count(name),
                preference=_preference(route.exchanges, name),
                evidence=shown,
            )
    if len(set(names)) > len(route.hosts):
        yield TOO_MANY(route.domain, count=len(set(names)), examined=len(route.hosts), evidence=shown)


def _of_the_hosts(route: Route) -> Iterable[Finding]:
    hosts = _hosts(route)
    some_work = any(_public(host) for host in hosts)
    for host in hosts:
        preference = _preference(route.exchanges, host.name)
        about: dict[str, Any] = {
            "exchange": host.name,
            "preference": preference,
            "evidence": (route.answer, *host.asked),
        }
        if address := parsed(host.name):
            rdtype = "A" if address.version == 4 else "AAAA"
            yield ADDRESS(route.domain, address=str(address), rdtype=rdtype, **about)
        elif host.is_localhost:
            yield LOCALHOST(route.domain, **about)
        else:
            yield from _of_a_host(route, host, some_work, about)


def _of_a_host(route: Route, host: Host, some_work: bool, about: dict[str, Any]) -> Iterable[Finding]:
    if host.aliases and host is not route.own:
        yield ALIAS(route.domain, canonical=host.aliases[-1], **about)
    inner = [f"{address} ({kind})" for address in host.addresses if (kind := _kind(address))]
    if inner:
        yield NOT_PUBLIC(route.domain, addresses=inner, **about)
    elif not host.addresses:
        if host.unknown:
            yield unanswered(UNKNOWN, route.domain, host.unknown, (route.answer,))
            return
        meant = _without_domain(host.name, route.domain)
        if not some_work:
            yield UNREACHABLE(route.domain, **about)
        elif not meant:
            yield NO_ADDRESS(route.domain, **about)
        if meant:
            yield MISSING_DOT(route.domain, meant=meant, **about)


def _preference(exchanges: Iterable[MailExchange], name: str) -> int:
    return min((preference for preference, exchange in exchanges if exchange == name), default=10)


def _public(host: Host) -> bool:
    return any(not _kind(address) for address in host.addresses)


def _kind(address: str) -> str:
    value = parsed(address)
    return special_kind(value) if value else ""


def _without_domain(exchange: str, domain: str) -> str:
    """What was meant by `mail.example.com.example.com` or `mx.provider.net.example.com`; "" for other names."""
    front = exchange.removesuffix(f".{domain}")
    meant = front != exchange and (front == domain or front.endswith((f".{domain}", *USUAL_ENDS)))
    return front if meant else ""


CHECK = Check(
    "mx.exchanges-valid",
    "Every mail exchanger is a host with a public address",
    routes_of,
    judge,
    (
        VALID,
        ADDRESS,
        ALIAS,
        NOT_PUBLIC,
        LOCALHOST,
        UNREACHABLE,
        NO_ADDRESS,
        MISSING_DOT,
        NULL_AMONG_OTHERS,
        NULL_PREFERENCE,
        TWICE,
        TOO_MANY,
        UNKNOWN,
        NONE,
    ),
)
