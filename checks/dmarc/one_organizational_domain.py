"""All receivers find the same organizational domain.

It decides alignment: SPF for `bounce.example.com` and DKIM for `example.com` both speak for `news.example.com`, since the
organizational domain of all three is one. RFC 9989 finds it by the tree walk; receivers that still follow RFC 7489 take
the name below the longest public suffix of a list. Where the two differ, mail passes DMARC here and fails there.
"""

from collections.abc import Iterable

from checks.dmarc.policy import AGAIN, DmarcPolicy, policy_of
from checks.dmarc.suffixes import is_registry, registrable_domain
from checks.dmarc.walk import question_name
from checks.model import Basis, Check, Finding, Message, Severity

SELECTION = "RFC 9989 section 4.10.2"
OLD = "RFC 7489 section 3.2"

SAME = Message(
    "dmarc.one-organizational-domain.same",
    Severity.INFO,
    "the organizational domain of {about} is {by_walk}, by the tree walk and by the public suffix list",
    references=(SELECTION, OLD),
)
DIFFERS = Message(
    "dmarc.one-organizational-domain.differs",
    Severity.INFO,
    "the organizational domain of {about} is {by_walk}; receivers that still use the public suffix list take {by_list}, and "
    "apply its policy and alignment",
    "Until they are gone, sign and bounce with {about} itself, which is aligned for both.",
    (SELECTION, OLD),
)
PARTLY = Message(
    "dmarc.one-organizational-domain.partly",
    Severity.INFO,
    "the organizational domain of {about} is {by_walk}, as far as known: {unasked} could not be asked, where a record would "
    "change it only if it lacked psd=y",
    references=(SELECTION, "RFC 9989 section 5.2"),
)
NO_RECORD = Message(
    "dmarc.one-organizational-domain.no-record",
    Severity.INFO,
    "no DMARC record applies to {about}, so its organizational domain decides nothing",
    references=(SELECTION,),
    basis=Basis.NOT_APPLICABLE,
)
UNKNOWN = Message(
    "dmarc.one-organizational-domain.unknown",
    Severity.NOTICE,
    "the organizational domain of {about} is not known: {unasked} could not be asked ({why})",
    AGAIN,
    (SELECTION,),
    Basis.UNDETERMINED,
)


def judge(policy: DmarcPolicy) -> Iterable[Finding]:
    """Compare the walk with the list. Neither is at fault where they differ: it is worth knowing, no more."""
    walk = policy.walk
    unasked = tuple(question_name(rung.name) for rung in walk.unknown)
    if walk.unknown and (policy.domain.effective is None or not all(is_registry(rung.name) for rung in walk.unknown)):
        yield UNKNOWN(policy.name, unasked=unasked, why=walk.unknown[0].answer.why_unknown)
        return
    if policy.record is None:
        yield NO_RECORD(policy.name)
        return
    by_walk = walk.organizational_domain
    # A name of two labels is its own organizational domain by any list: no need to read one.
    by_list = policy.name if policy.name.count(".") < 2 else registrable_domain(policy.name) or policy.name
    if by_list != by_walk:
        yield DIFFERS(policy.name, by_walk=by_walk, by_list=by_list)
    elif unasked:
        yield PARTLY(policy.name, by_walk=by_walk, unasked=unasked)
    else:
        yield SAME(policy.name, by_walk=by_walk)


CHECK = Check(
    "dmarc.one-organizational-domain",
    "All receivers find the same organizational domain",
    policy_of,
    judge,
    (SAME, DIFFERS, PARTLY, NO_RECORD, UNKNOWN),
)
