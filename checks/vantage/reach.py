"""The fact behind the vantage checks: what came back for a few questions whose answers are known beforehand.

The resolver is known by what answers bear as their `server`: an address where a resolver was asked, the name of the
world (zone, lab) where the answer came from zone files and no resolver stands between.
"""

import ipaddress
from collections.abc import Iterable

import msgspec

from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, ask, ask_dns, together
from checks.model import Target
from checks.names import Address
from checks.vantage.control import CERTAIN, RESERVED, Control, nxdomain_control


class Reach(msgspec.Struct, frozen=True):
    """What the resolver did: asked for the target, for two names that do not exist, over TCP for one of those, and for one that does."""

    domain: str
    target: Answer
    control: Control
    over_tcp: Answer
    certain: Answer

    @property
    def over_udp(self) -> tuple[Answer, ...]:
        return (self.control.ordinary, self.control.reserved, self.target)


def reach_of(target: Target) -> Inquiry[Reach]:
    """The fact of the vantage checks."""
    return reach(target.domain)


async def reach(domain: str) -> Reach:
    """Ask all at once: one round trip."""
    answer, control, (over_tcp, certain) = await together(
        ask_dns(domain, "MX"),
        nxdomain_control(domain),
        together(_asked(DnsQuestion(RESERVED, "A", tcp=True)), _asked(CERTAIN)),
    )
    return Reach(domain, answer, control, over_tcp, certain)


async def _asked(question: DnsQuestion) -> Answer:
    return await ask(question)


def denies(certain: Answer | None) -> bool:
    """True where a resolver says of the name that certainly exists that it does not. Zone files may say so: it is not theirs."""
    return certain is not None and certain.outcome is Outcome.NXDOMAIN and resolver_address(certain.server) is not None


def resolver_address(server: str) -> Address | None:
    """The address in an answer's `server`: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`. None for a world's name."""
    host = server
    if server.startswith("["):
        host = server[1:].partition("]")[0]
    elif server.count(":") == 1:
        host = server.partition(":")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_outside(answer: Answer) -> bool:
    """True where zone files were asked for a name that is in none of them: no resolver was there to be judged."""
    return answer.outcome is Outcome.REFUSED and bool(answer.server) and resolver_address(answer.server) is None


def servers(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Who gave these answers, sorted."""
    return tuple(sorted({answer.server for answer in answers if answer.server}))
