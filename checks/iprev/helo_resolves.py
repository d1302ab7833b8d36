"""The name that is given in EHLO resolves.

A sending server names itself in EHLO; the name has to be its own full name, with an address (RFC 5321 section 4.1.1.1).
`localhost`, a bare label or a name that does not exist is what infected machines say, and filters count it. The name need not
be the one in the PTR record.
"""

from collections.abc import Iterable

import msgspec

from checks.inquiry import Answer, Outcome, ask_dns, together
from checks.model import Basis, Check, Finding, Message, Severity, Target
from checks.unseen import AGAIN, unanswered
from checks.vantage.control import nxdomain_control

SECTION = "RFC 5321 section 4.1.1.1"

NOT_FULL = Message(
    "iprev.helo-resolves.not-full",
    Severity.WARNING,
    "the sending server calls itself {about} in EHLO, which is no full domain name: filters take it for a machine that nobody "
    "set up",
    "Have the server say its full name, one with an address (Postfix: myhostname; Exim: primary_hostname), best the one that "
    "its PTR record has.",
    (SECTION,),
)
MISSING = Message(
    "iprev.helo-resolves.no-address",
    Severity.WARNING,
    "the sending server calls itself {about} in EHLO, and that name has no address",
    "Publish an address for the name, or have the server say another one (Postfix: myhostname; Exim: primary_hostname):\n"
    "{about}. A {address}",
    (SECTION,),
)
UNKNOWN = Message(
    "iprev.helo-resolves.unknown",
    Severity.NOTICE,
    "whether the EHLO name {about} has an address is not known: {name} {rdtype} could not be asked ({why})",
    AGAIN,
    (SECTION,),
    Basis.UNDETERMINED,
)
NOT_GIVEN = Message(
    "iprev.helo-resolves.not-given",
    Severity.INFO,
    "which name the sending servers give in EHLO was not told (--helo NAME)",
    basis=Basis.NOT_APPLICABLE,
)
RESOLVES = Message(
    "iprev.helo-resolves.resolves",
    Severity.INFO,
    "the EHLO name {about} has an address",
    references=(SECTION,),
)


class Helo(msgspec.Struct, frozen=True):
    """The EHLO name of the target `domain`, None where it was not told, and the answers for its addresses."""

    domain: str
    name: str | None
    sends_from: str = ""
    answers: tuple[Answer, ...] = ()


async def helo_of(target: Target) -> Helo:
    """Ask for the addresses of the EHLO name, of both families."""
    name = target.helo
    if name is None or "." not in name:
        return Helo(target.domain, name)
    answers, control = await together(
        together(ask_dns(name, "A"), ask_dns(name, "AAAA")), nxdomain_control(target.domain)
    )
    first = next((str(address) for address in target.ips if address.version == 4), "192.0.2.25")
    return Helo(target.domain, name, first, tuple(map(control.believed, answers)))


def judge(helo: Helo) -> Iterable[Finding]:
    """An address of either family is enough."""
    if helo.name is None:
        yield NOT_GIVEN(helo.domain)
    elif not helo.answers:
        yield NOT_FULL(helo.name)
    elif any(answer.outcome is Outcome.ANSWERED for answer in helo.answers):
        yield RESOLVES(helo.name)
    elif unknown := next((answer for answer in helo.answers if answer.unknown), None):
        yield unanswered(UNKNOWN, helo.name, unknown)
    else:
        yield MISSING(helo.name, address=helo.sends_from)


CHECK = Check(
    "iprev.helo-resolves",
    "The name that is given in EHLO resolves",
    helo_of,
    judge,
    (NOT_FULL, MISSING, UNKNOWN, NOT_GIVEN, RESOLVES),
)
