"""The SPF record does without ptr.

`ptr` makes every receiver look up the name of every sender and then the addresses of that name, at the cost of the sender's
own name servers. It is slow, it fails when they do, and some receivers skip it or refuse the record: RFC 7208 says that it
SHOULD NOT be published.
"""

from collections.abc import Iterable

from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import SpfPolicy, is_mechanism, policy_of
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unread

ID = "spf.no-ptr"
SECTION = "RFC 7208 section 5.5"

USED = Message(
    f"{ID}.used",
    Severity.WARNING,
    "the SPF record of {about} uses {terms}, which is slow, unreliable and SHOULD NOT be published: some receivers pass over it",
    "Name the addresses of those hosts with ip4: and ip6:, or their names with a:. The record without it:\n{record}",
    (SECTION,),
)
USED_BELOW = Message(
    f"{ID}.used-below",
    Severity.NOTICE,
    "the record of {about}, which {domain} includes by {via}, uses {terms}, which SHOULD NOT be published",
    "If the record is yours, name the addresses instead; if it is a supplier's, tell them.",
    (SECTION,),
)
UNKNOWN = unknown(ID, "whether the SPF of {about} does without ptr", Severity.NOTICE)
TOO_LARGE = too_large(ID, "whether the SPF of {about} does without ptr", Severity.NOTICE)
NO_RECORD = no_record(ID)
UNUSED = Message(f"{ID}.unused", Severity.INFO, "the SPF of {about} does without ptr", references=(SECTION,))


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """The domain's own record, then each included one once."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    seen: set[str] = set()
    used = False
    for via, node in policy.ways():
        if node.record is None or node.name in seen:
            continue
        seen.add(node.name)
        terms = tuple(dict.fromkeys(step.term.text for step in node.steps if is_mechanism(step.term, "ptr")))
        if not terms:
            continue
        used = True
        if via:
            yield USED_BELOW(node.name, domain=policy.root.name, via=via, terms=terms, evidence=(node.answer,))
        else:
            record = as_published(node.name, without_term(node.record.text, *terms))
            yield USED(node.name, terms=terms, record=record, evidence=(node.answer,))
    unseen = tuple(unread(policy, UNKNOWN, TOO_LARGE))
    yield from unseen
    if not used and not unseen:
        yield UNUSED(policy.root.name)


CHECK = Check(
    ID, "The SPF record does without ptr", policy_of, judge, (USED, USED_BELOW, UNKNOWN, TOO_LARGE, UNUSED, NO_RECORD)
)
