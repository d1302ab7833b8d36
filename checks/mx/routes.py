"""The fact behind the MX checks: where mail to a domain goes, as a sending server finds out.

A server looks for MX records; where there are none, the domain's own address is its mail exchanger (the implicit MX); a
single record `0 .` says that the domain takes no mail (the null MX, RFC 7505). Two round trips: the records, then the
addresses of all exchangers at once. An alias shows in the address answers and is not asked for.

Two domains may matter: the Author Domain, to which people reply, and the RFC5321.MailFrom domain, to which bounces go.
"""

from enum import StrEnum

import msgspec

from checks import records
from checks.addresses import parsed
from checks.inquiry import Answer, Inquiry, Outcome, ask_dns, together
from checks.model import Target
from checks.names import is_below
from checks.parked import authorises_nobody
from checks.spf.policy import spf_texts
from checks.vantage.control import nxdomain_control

MOST_HOSTS = 30
"""Our bound on the exchangers whose addresses are asked for, best preference first; senders try fewer."""


class Host(msgspec.Struct, frozen=True):
    """One exchanger with its address answers. `asked` is empty for what is no name: an address, localhost."""

    name: str
    asked: tuple[Answer, ...] = ()

    @property
    def is_localhost(self) -> bool:
        return is_below(self.name, "localhost")

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(record for answer in self.asked if answer.outcome is Outcome.ANSWERED for record in answer.records)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The targets of the CNAME chain that the name is, in order; () for a name of its own."""
        return max((answer.aliases for answer in self.asked), key=len, default=())

    @property
    def unknown(self) -> Answer | None:
        """The answer that is missing where no address is known and there might be one."""
        return None if self.addresses else next((x for x in self.asked if x.unknown and not x.loops), None)


class Sending(StrEnum):
    """Whether a domain sends mail, by what was told on the command line or else by its SPF record."""

    YES = "yes"
    NO = "no"
    """Its SPF record is `v=spf1 -all`: nobody may send for it."""
    UNSAID = "unsaid"
    """Nothing was told, and it has no SPF record."""
    UNKNOWN = "unknown"
    """Nothing was told, and its SPF record could not be asked for."""


class Route(msgspec.Struct, frozen=True):
    """Where mail to one domain goes.

    `takes_bounces`: it is the RFC5321.MailFrom domain. `own` is the domain itself as a host, `hosts` are the exchangers,
    each once, best preference first (at most MOST_HOSTS).
    """

    domain: str
    takes_bounces: bool
    answer: Answer
    own: Host
    exchanges: tuple[records.MailExchange, ...]
    hosts: tuple[Host, ...]
    spf: Answer
    sending: Sending

    @property
    def is_null(self) -> bool:
        """True for the null MX: a single record, preference 0, the root. RFC 7505 section 3"""
        return records.is_null_mx(self.answer)

    @property
    def leads_nowhere(self) -> bool:
        """True for an alias of a name that does not exist, or of itself."""
        gone = self.answer.outcome is Outcome.NXDOMAIN and bool(self.answer.aliases)
        return gone or self.answer.loops

    @property
    def evidence(self) -> tuple[Answer, ...]:
        """All that was asked on the way."""
        return (self.answer, *self.own.asked, *(answer for host in self.hosts for answer in host.asked))


def routes_of(target: Target) -> Inquiry[tuple[Route, ...]]:
    """The fact of the MX checks: the way to the Author Domain, and to the RFC5321.MailFrom domain where it is another."""
    return mail_routes(target)


async def mail_routes(target: Target) -> tuple[Route, ...]:
    """Find the way to every domain that matters; two round trips."""
    told = bool(target.streams)
    domains = dict.fromkeys((target.domain, target.envelope_domain))
    return await together(*(_route(domain, domain == target.envelope_domain, told) for domain in domains))


async def _route(domain: str, takes_bounces: bool, told: bool) -> Route:
    (answer, spf), own, control = await together(
        together(ask_dns(domain, "MX"), ask_dns(domain, "TXT")), _host(domain), nxdomain_control(domain)
    )
    exchanges = records.mail_exchanges(answer)
    names = list(dict.fromkeys(exchange.exchange for exchange in exchanges if exchange.exchange))
    hosts = await together(*(_host(name) for name in names[:MOST_HOSTS])) if names else ()
    sending = Sending.YES if told else _sending(spf)
    # A resolver that invents addresses makes a host that is gone look well, and with an inner address one that is well ill.
    own, *others = (Host(host.name, tuple(map(control.believed, host.asked))) for host in (own, *hosts))
    return Route(domain, takes_bounces, answer, own, exchanges, tuple(others), spf, sending)


async def _host(name: str) -> Host:
    host = Host(name)
    # Nobody is to ask for localhost (RFC 6761 section 6.3), and an address is no name to be asked for.
    if host.is_localhost or parsed(name):
        return host
    return Host(name, await together(ask_dns(name, "A"), ask_dns(name, "AAAA")))


def _sending(spf: Answer) -> Sending:
    if spf.unknown:
        return Sending.UNKNOWN
    if not spf_texts(spf):
        return Sending.UNSAID
    return Sending.NO if authorises_nobody(spf) else Sending.YES
