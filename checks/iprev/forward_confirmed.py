"""Every sending address has a name that leads back to it.

Gmail refuses mail from an address without one (4.7.23, 5.7.25), over IPv6 without exception, and most other large receivers
reject or mistrust it. One name that leads back is enough, and it need not be the domain in the From header.
"""

from collections.abc import Iterable

from checks.iprev.reverse import Reverse, ReverseNames, reverse_of
from checks.model import Basis, Check, Finding, Message, Severity
from checks.names import reverse_name
from checks.unseen import again, unanswered

SECTION = "RFC 8601 section 3"
GMAIL = "support.google.com/mail/answer/81126 (Gmail, 2026-06)"

REFUSALS = ("4.7.23", "5.7.25")
"""What Gmail answers, and what RFC 7372 section 3.3 registered, where the name of an address does not lead back to it."""

NO_PTR = Message(
    "iprev.forward-confirmed.no-ptr",
    Severity.ERROR,
    "the address {about} has no name (PTR record): Gmail refuses its mail, others reject or mistrust it",
    'Whoever owns the address, most often the hosting provider, publishes the name; look for "reverse DNS" in its panel or '
    "ask its support. The name must lead back to the address. Both records:\n"
    "{reverse}. PTR mail.{domain}.\nmail.{domain}. {type} {about}",
    (SECTION, GMAIL),
)
UNCONFIRMED = Message(
    "iprev.forward-confirmed.unconfirmed",
    Severity.ERROR,
    "no name of the address {about} leads back to it ({names}): receivers count it as an address without a name",
    "Publish an address record for one of the names, if it is yours:\n{name}. {type} {about}\n\nOr have whoever owns the address "
    "(most often the hosting provider) change the PTR record of {reverse} to a name of yours that leads to {about}.",
    (SECTION, GMAIL),
)
UNKNOWN = Message(
    "iprev.forward-confirmed.unknown",
    Severity.WARNING,
    "whether the address {about} has a name that leads back to it is not known: {name} {rdtype} could not be asked ({why})",
    again("{name}", "receivers meet the same failure and put the mail off."),
    (SECTION,),
    Basis.UNDETERMINED,
)
NO_ADDRESS = Message(
    "iprev.forward-confirmed.no-address",
    Severity.NOTICE,
    "which addresses send the mail of {about} was not told, so their names are not known",
    "Give each sending address with --ip: the one that receivers see, in the topmost Received line of a delivered message.",
    (SECTION,),
    Basis.UNDETERMINED,
)
CONFIRMED = Message(
    "iprev.forward-confirmed.confirmed",
    Severity.INFO,
    "{about} has a name that leads back to it: {names}",
    references=(SECTION,),
)


def judge(reverse: ReverseNames) -> Iterable[Finding]:
    """One name that leads back is enough; only where none does is it asked whether all could be followed."""
    if not reverse.addresses:
        yield NO_ADDRESS(reverse.domain)
    for one in reverse.addresses:
        yield _judge_one(one, reverse.domain)


def _judge_one(one: Reverse, domain: str) -> Finding:
    if one.confirmed:
        return CONFIRMED(one.address, names=one.confirmed, evidence=one.answers)
    unknown = next((answer for answer in one.answers if answer.unknown), None)
    if unknown is not None:
        return unanswered(UNKNOWN, one.address, unknown, one.answers)
    rdtype = "A" if one.address.version == 4 else "AAAA"
    where = reverse_name(one.address)
    if not one.names and not one.odd:
        name = domain or "example.com"
        return NO_PTR(one.address, explains=REFUSALS, reverse=where, domain=name, type=rdtype, evidence=one.answers)
    shown = [*(f"{name.name} leads to {_where(name.forward.records)}" for name in one.names), *one.odd]
    name = one.names[0].name if one.names else f"mail.{domain or 'example.com'}"
    return UNCONFIRMED(
        one.address, explains=REFUSALS, names=shown, name=name, type=rdtype, reverse=where, evidence=one.answers
    )


def _where(addresses: Iterable[str]) -> str:
    return ", ".join(addresses) or "nothing"


CHECK = Check(
    "iprev.forward-confirmed",
    "Every sending address has a name that leads back to it",
    reverse_of,
    judge,
    (NO_PTR, UNCONFIRMED, UNKNOWN, NO_ADDRESS, CONFIRMED),
)
