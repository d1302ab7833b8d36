"""The fact behind `dmarc.reports-arrive`: where reports go, whether they may, and whether anything takes mail there.

A record may name an address in somebody else's domain. Lest reports become a weapon, that domain must agree: a receiver
asks for a TXT record at `<policy domain>._report._dmarc.<destination>` and ignores the address without one (RFC 9990
section 4). A domain that agrees for everybody publishes a wildcard there; whoever asks for the name itself finds it.
"""

from collections.abc import Sequence

import msgspec

from checks import records
from checks.dmarc.policy import DmarcPolicy, dmarc_policy
from checks.dmarc.record import ReportUri, is_dmarc, parse_record
from checks.dmarc.walk import walk
from checks.inquiry import Answer, Outcome, ask_dns, together
from checks.model import Target

MOST_DESTINATIONS = 8
"""Our bound on the hosts asked about: receivers had to heed two addresses only. RFC 7489 section 6.2"""


class Destination(msgspec.Struct, frozen=True):
    """One host that reports are to go to.

    `external`: it must agree, since its organizational domain is not that of the record; `consent` is the answer
    for its agreement, None where it is the domain's own. `mail` are its MX, A and AAAA answers.
    """

    host: str
    external: bool
    consent_name: str
    consent: Answer | None
    mail: tuple[Answer, Answer, Answer]

    @property
    def agreements(self) -> tuple[str, ...]:
        """The texts that agree: one is enough. RFC 9990 section 4 steps 6 to 8"""
        return tuple(text for text in records.texts(self.consent) if is_dmarc(text)) if self.consent else ()

    @property
    def elsewhere(self) -> str:
        """The other host to which the agreement sends the reports, which nobody then sends anywhere; "" for none."""
        for text in self.agreements:
            for uri in parse_record(text).rua:
                if uri.host and uri.host != self.host:
                    return uri.host
        return ""

    @property
    def takes_mail(self) -> bool | None:
        """True where it has a mail exchanger or an address (an implicit one); None where that is not known."""
        exchanges, *addresses = self.mail
        if found := records.mail_exchanges(exchanges):
            return any(name for _, name in found)
        if exchanges.unknown:
            return None
        if any(answer.outcome is Outcome.ANSWERED for answer in addresses):
            return True
        return None if any(answer.unknown for answer in addresses) else False

    @property
    def implicitly(self) -> bool:
        """True where mail goes to its address for want of an MX record. RFC 5321 section 5.1"""
        exchanges, *addresses = self.mail
        none = exchanges.outcome in (Outcome.NO_DATA, Outcome.NXDOMAIN)
        return none and any(answer.outcome is Outcome.ANSWERED for answer in addresses)


class Reports(msgspec.Struct, frozen=True):
    """Where the record that applies sends its reports."""

    policy: DmarcPolicy
    destinations: tuple[Destination, ...] = ()

    def destination(self, uri: ReportUri) -> Destination | None:
        """What is known of a URI's host; None beyond our bound, and for hosts that take no mail by their scheme."""
        return next((found for found in self.destinations if found.host == uri.host), None)


async def reports_of(target: Target) -> Reports:
    """The reporting addresses of the record that applies to the target's domain, in two round trips."""
    policy = await dmarc_policy(target.domain)
    record = policy.record
    if record is None:
        return Reports(policy)
    wanted = dict.fromkeys(uri.host for uri in (*record.rua, *record.ruf) if uri.scheme == "mailto" and not uri.fault)
    hosts: Sequence[str] = list(wanted)[:MOST_DESTINATIONS]
    suffix = policy.walk.suffix
    source = policy.domain.source
    home = source if suffix is not None and suffix.name == source else policy.organizational_domain
    found: tuple[Destination, ...] = await together(*(_destination(host, source, home) for host in hosts))
    return Reports(policy, found)


async def _destination(host: str, source: str, home: str) -> Destination:
    """`source` is where the record stands, `home` its organizational domain."""
    mail = together(ask_dns(host, "MX"), ask_dns(host, "A"), ask_dns(host, "AAAA"))
    name = f"{source}._report._dmarc.{host}"
    if host in (source, home):
        return Destination(host, False, name, None, await mail)
    # The agreement is asked for at once, though the walk may show that none is needed: a question against a round trip.
    climbed, consent, answers = await together(walk(host), ask_dns(name, "TXT"), mail)
    return Destination(host, climbed.organizational_domain != home, name, consent, answers)
