"""No CNAME stands beside the SPF record.

A name with a CNAME must have no other record: whoever has the CNAME in a cache follows it and never sees the TXT record
beside it. Some DNS providers let it be published all the same, most often at the top of a domain, and the SPF record is
then there for some receivers and not for others, or for the same receiver on some days.
"""

from collections.abc import Iterable

import msgspec

from checks.inquiry import Answer, Outcome, ask_dns, together
from checks.model import Basis, Check, Finding, Message, Severity, Target
from checks.unseen import AGAIN, unanswered

ID = "spf.no-cname-beside"
SECTION = "RFC 1034 section 3.6.2"

BESIDE = Message(
    f"{ID}.beside",
    Severity.WARNING,
    "{about} is an alias (CNAME) of {canonical} and has records of its own beside it ({beside}): whether receivers find the SPF "
    "record hangs on what they have in their caches",
    "Delete the CNAME, and publish the address records of {canonical} at {about} instead (many providers call that ALIAS, ANAME "
    "or flattening).",
    (SECTION, "RFC 2181 section 10.1"),
)
UNKNOWN = Message(
    f"{ID}.unknown",
    Severity.NOTICE,
    "whether a CNAME stands beside the SPF record of {about} is not known: {name} {rdtype} could not be asked for ({why})",
    AGAIN,
    (SECTION,),
    Basis.UNDETERMINED,
)
ALIAS = Message(
    f"{ID}.alias",
    Severity.INFO,
    "{about} is an alias of {canonical} and nothing else, so its SPF record is the one there",
    references=(SECTION,),
)
NONE = Message(f"{ID}.none", Severity.INFO, "{about} is no alias", references=(SECTION,))


class Aliased(msgspec.Struct, frozen=True):
    """What a name says when it is asked for its CNAME, and for records that cannot stand beside one."""

    name: str
    cname: Answer
    others: tuple[Answer, ...]


async def aliased(target: Target) -> Aliased:
    """Ask for the alias and for what would contradict it."""
    name = target.envelope_domain
    cname, *others = await together(*(ask_dns(name, rdtype) for rdtype in ("CNAME", "TXT", "SOA", "MX")))
    return Aliased(name, cname, tuple(others))


def judge(found: Aliased) -> Iterable[Finding]:
    """An answer to CNAME, and to another type an answer that did not go through it."""
    cname = found.cname
    if cname.unknown:
        yield unanswered(UNKNOWN, found.name, cname)
        return
    if cname.outcome is not Outcome.ANSWERED:
        yield NONE(found.name, evidence=(cname,))
        return
    canonical = cname.records[0].removesuffix(".")
    beside = [answer for answer in found.others if answer.outcome is Outcome.ANSWERED and not answer.aliases]
    if beside:
        types = tuple(answer.question.rdtype for answer in beside)
        yield BESIDE(found.name, canonical=canonical, beside=types, evidence=(cname, *beside))
        return
    unseen = next((answer for answer in found.others if answer.unknown), None)
    if unseen is not None:
        yield unanswered(UNKNOWN, found.name, unseen)
        return
    yield ALIAS(found.name, canonical=canonical, evidence=(cname,))


CHECK = Check(ID, "No CNAME stands beside the SPF record", aliased, judge, (BESIDE, UNKNOWN, ALIAS, NONE))
