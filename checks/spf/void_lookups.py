"""SPF comes to at most two void lookups.

A *void lookup* is a term whose name does not exist or has no record of the type asked for. RFC 7208 section 4.6.4 tells
receivers that they SHOULD stop at the third one with a permerror, so that nobody is made to ask for names that are
not there. A receiver asks for addresses of the sender's family only, A or AAAA: a host with an IPv4 address alone is void
for senders that use IPv6. The limit counts terms: an mx with two dead hosts is one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from checks.inquiry import Answer
from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import MOST_LOOKUPS, Node, SpfPolicy, Step, is_void, policy_of
from checks.spf.reach import permits
from checks.spf.record import has_macros
from checks.spf.refusals import UNUSABLE
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unresolved

ID = "spf.void-lookups"
SECTION = "RFC 7208 section 4.6.4"

MOST_VOID = 2
"""Void lookups that a receiver puts up with. A SHOULD: some go on regardless, most do not."""

EXCEEDED = Message(
    f"{ID}.exceeded",
    Severity.ERROR,
    "the SPF of {about} comes to {voids} void lookups for senders with {family} addresses, and receivers SHOULD stop with "
    "permerror at the third: {terms}",
    "Take out the terms that lead nowhere, or publish the addresses they should have. Without those in the record of {about}:\n{record}",
    (SECTION,),
)
POSSIBLE = Message(
    f"{ID}.possible",
    Severity.WARNING,
    "the SPF of {about} comes to {voids} void lookups for every message ({terms}) and to more for messages from which "
    "{macros} makes a name that does not exist: at the third, receivers SHOULD stop with permerror",
    "Take out the terms that lead nowhere. Without those in the record of {about}:\n{record}",
    (SECTION,),
)
SOME = Message(
    f"{ID}.some",
    Severity.NOTICE,
    "the SPF of {about} comes to {voids} of the 2 void lookups that receivers put up with: {terms}",
    "Take out the terms that lead nowhere: they cost a lookup each and authorise nobody. Without those in the record of "
    "{about}:\n{record}",
    (SECTION,),
)
OTHER_FAMILY = Message(
    f"{ID}.other-family",
    Severity.NOTICE,
    "for senders with IPv6 addresses the SPF of {about} comes to {voids} void lookups, since {terms} has no IPv6 address: "
    "they get permerror instead of fail, and it authorises none of them anyway",
    "Nothing needs to be done while your mail leaves over IPv4. Before it leaves over IPv6 too, publish AAAA records for "
    "these hosts.",
    (SECTION, "RFC 7208 section 5"),
)
UNKNOWN = unknown(ID, "how many void lookups the SPF of {about} comes to")
TOO_LARGE = too_large(ID, "how many void lookups the SPF of {about} comes to")
NO_RECORD = no_record(ID)
NONE = Message(
    f"{ID}.none", Severity.INFO, "every name that the SPF of {about} looks up is there", references=(SECTION,)
)


class _Void(msgspec.Struct, frozen=True):
    """A term that is void for a family of senders, and the answer that shows it."""

    owner: str
    term: str
    answer: Answer


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """Count for senders of each family; what is void for both is said once."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    four, six = _voids(policy, "A"), _voids(policy, "AAAA")
    macros = tuple(step.term.text for _, step in _reached(policy) if has_macros(step.term.spec))
    if len(four) > MOST_VOID:
        family = "IPv4 and IPv6" if len(six) > MOST_VOID else "IPv4"
        yield _said(EXCEEDED, policy, four, explains=UNUSABLE, family=family)
    elif len(six) > MOST_VOID and _authorises_six(policy):
        yield _said(EXCEEDED, policy, six, explains=UNUSABLE, family="IPv6")
    elif four and len(four) + len(macros) > MOST_VOID:
        yield _said(POSSIBLE, policy, four, explains=UNUSABLE, macros=macros)
    elif four:
        yield _said(SOME, policy, four)
    elif len(six) > MOST_VOID:
        yield OTHER_FAMILY(
            policy.root.name,
            voids=len(six),
            terms=_named(six, policy.root.name),
            evidence=[void.answer for void in six],
        )
    unseen = tuple(unresolved(policy, UNKNOWN, TOO_LARGE))
    yield from unseen
    if not four and len(six) <= MOST_VOID and not unseen:
        yield NONE(policy.root.name)


def _reached(policy: SpfPolicy) -> Iterable[tuple[Node, Step]]:
    # Behind the tenth lookup no receiver comes, whatever is void there.
    return ((node, step) for node, step in policy.steps() if 0 < step.nth <= MOST_LOOKUPS)


def _voids(policy: SpfPolicy, family: str) -> list[_Void]:
    found = []
    for node, step in _reached(policy):
        if step.node is not None:
            continue  # an include or redirect that is missing is a permerror of its own: spf.includes-exist
        wanted = [a for a in step.answers if step.term.name == "exists" or a.question.rdtype in (family, "MX")]
        void = next((answer for answer in wanted if is_void(answer)), None)
        if void is not None:
            found.append(_Void(node.name, step.term.text, void))
    return found


def _authorises_six(policy: SpfPolicy) -> bool:
    return any(permit.network is None or permit.network.version == 6 for permit in permits(policy))


def _said(message: Message, policy: SpfPolicy, voids: Sequence[_Void], **args: Any) -> Finding:
    root = policy.root
    own = [void.term for void in voids if void.owner == root.name]
    text = root.record.text if root.record else ""
    return message(
        root.name,
        voids=len(voids),
        terms=_named(voids, root.name),
        record=as_published(root.name, without_term(text, *own)),
        evidence=[void.answer for void in voids],
        **args,
    )


def _named(voids: Iterable[_Void], domain: str) -> tuple[str, ...]:
    """Each void term, the record it stands in where that is not the domain's own, and what came back."""
    return tuple(
        f"{void.term}{'' if void.owner == domain else f' in the record of {void.owner}'} "
        f"({void.answer.question.name} {void.answer.question.rdtype}: {void.answer.outcome.value})"
        for void in voids
    )


CHECK = Check(
    ID,
    "SPF comes to at most two void lookups",
    policy_of,
    judge,
    (EXCEEDED, POSSIBLE, SOME, OTHER_FAMILY, UNKNOWN, TOO_LARGE, NONE, NO_RECORD),
)
