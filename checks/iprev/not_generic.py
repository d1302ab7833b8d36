"""The name of every sending address is its own, not one of a numbered series.

Networks name all their addresses by a pattern (`192-0-2-25.dsl.isp.example`). Filters take such a name for the line of a
home or a rented machine that nobody set up to send mail: GMX and T-Online refuse it, others count it against the mail.
"""

from collections.abc import Iterable

from checks.iprev.reverse import Reverse, ReverseNames, is_generic, reverse_of
from checks.model import Basis, Check, Finding, Message, Severity
from checks.unseen import AGAIN, unanswered

SECTION = "RFC 8601 section 3"
GMX = "GMX and WEB.DE postmaster pages (2026-06)"

GENERIC = Message(
    "iprev.not-generic.generic",
    Severity.WARNING,
    "the name of {about}, {names}, looks like one of a series that its network gives to every address: some receivers refuse "
    "mail from such names, and filters mistrust it",
    "Have whoever owns the address, most often the hosting provider, set the PTR record to the mail server's own name:\n"
    "{reverse}. PTR mail.{domain}.\nmail.{domain}. {type} {about}",
    (SECTION, GMX),
)
UNKNOWN = Message(
    "iprev.not-generic.unknown",
    Severity.NOTICE,
    "whether the name of {about} looks generic is not known: {name} {rdtype} could not be asked ({why})",
    AGAIN,
    (SECTION,),
    Basis.UNDETERMINED,
)
NO_NAME = Message(
    "iprev.not-generic.no-name",
    Severity.INFO,
    "{about} has no name that could be looked at",
    basis=Basis.NOT_APPLICABLE,
)
NO_ADDRESS = Message(
    "iprev.not-generic.no-address",
    Severity.INFO,
    "no address of {about} was given whose name could be looked at",
    basis=Basis.NOT_APPLICABLE,
)
OWN_NAME = Message(
    "iprev.not-generic.own-name",
    Severity.INFO,
    "the name of {about} is its own: {names}",
    references=(SECTION,),
)


def judge(reverse: ReverseNames) -> Iterable[Finding]:
    """One good name among several is enough; names that lead back to the address count before those that do not."""
    if not reverse.addresses:
        yield NO_ADDRESS(reverse.domain)
    for one in reverse.addresses:
        yield _judge_one(one, reverse.domain)


def _judge_one(one: Reverse, domain: str) -> Finding:
    if one.pointer.unknown:
        return unanswered(UNKNOWN, one.address, one.pointer)
    names = one.confirmed or tuple(name.name for name in one.names)
    if not names:
        return NO_NAME(one.address, evidence=(one.pointer,))
    own = [name for name in names if not is_generic(name, one.address)]
    if own:
        return OWN_NAME(one.address, names=own, evidence=(one.pointer,))
    return GENERIC(
        one.address,
        names=names,
        reverse=one.pointer.question.name,
        domain=domain or "example.com",
        type="A" if one.address.version == 4 else "AAAA",
        evidence=(one.pointer,),
    )


CHECK = Check(
    "iprev.not-generic",
    "The name of every sending address is its own, not one of a series",
    reverse_of,
    judge,
    (GENERIC, UNKNOWN, NO_NAME, NO_ADDRESS, OWN_NAME),
)
