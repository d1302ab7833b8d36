"""Every record that the SPF record includes or redirects to exists, once.

An include or redirect to a name without exactly one SPF record is a permerror for the whole evaluation, not a term that
fails to match. It happens when a supplier retires a name, or when the account that the name belonged to is closed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from checks.inquiry import Outcome
from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import MOST_LOOKUPS, Node, SpfPolicy, Step, policy_of
from checks.spf.refusals import UNUSABLE
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unread

ID = "spf.includes-exist"
SECTIONS = ("RFC 7208 section 5.2", "RFC 7208 section 6.1")

NO_SUCH_NAME = Message(
    f"{ID}.no-such-name",
    Severity.ERROR,
    "{term} in the record of {owner} leads to {about}, a name that does not exist: receivers answer permerror for all mail "
    "of {domain} that comes to this term",
    "Correct the name if it is misspelt. If the service is no longer yours, take the term out; whoever can create that name "
    "may otherwise send as you:\n{without}",
    SECTIONS,
)
NO_RECORD_THERE = Message(
    f"{ID}.missing",
    Severity.ERROR,
    "{term} in the record of {owner} leads to {about}, which publishes no SPF record: receivers answer permerror for all "
    "mail of {domain} that comes to this term",
    "Ask the service for the name it wants included. If it is no longer yours, take the term out:\n{without}",
    SECTIONS,
)
SEVERAL = Message(
    f"{ID}.several",
    Severity.ERROR,
    "{term} in the record of {owner} leads to {about}, which publishes {count} SPF records: receivers answer permerror for "
    "all mail of {domain} that comes to this term",
    "If {about} is yours, publish one SPF record there in place of all of them. If it is not, tell its owner, and take the term out "
    "until then:\n{without}",
    ("RFC 7208 section 4.5", *SECTIONS),
)
REPEATED = Message(
    f"{ID}.repeated",
    Severity.WARNING,
    "the SPF of {domain} includes {about} {times} times, which costs {lookups} of the 10 DNS lookups each time and "
    "authorises nothing more",
    "Keep one of these and take out the others: {terms}.",
    ("RFC 7208 section 4.6.4",),
)
UNKNOWN = unknown(ID, "whether every record that the SPF of {about} includes exists")
TOO_LARGE = too_large(ID, "whether every record that the SPF of {about} includes exists")
NO_RECORD = no_record(ID)
NOTHING = Message(
    f"{ID}.nothing-included",
    Severity.INFO,
    "the SPF record of {about} includes no other record",
    references=SECTIONS,
)
EXIST = Message(
    f"{ID}.exist",
    Severity.INFO,
    "every record that the SPF of {about} includes exists ({names})",
    references=SECTIONS,
)


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """The targets within the first ten lookups: behind those no receiver comes, and spf.lookup-limit says so."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    led = list(_led(policy))
    wrong = {(one.owner, one.step.term.text): finding for one in led for finding in _missing(policy, one)}
    yield from wrong.values()
    yield from _repeated(policy.root.name, led)
    unseen = tuple(unread(policy, UNKNOWN, TOO_LARGE))
    yield from unseen
    if not led:
        yield NOTHING(policy.root.name)
    elif not wrong and not unseen:
        yield EXIST(policy.root.name, names=tuple(dict.fromkeys(one.target.name for one in led)))


class _Led(msgspec.Struct, frozen=True):
    """An include or redirect and what it leads to. `via` is the term of the domain's own record that leads here."""

    owner: str
    step: Step
    target: Node
    via: str


def _led(policy: SpfPolicy) -> Iterable[_Led]:
    for via, node in policy.ways():
        for step in node.steps:
            if step.node is not None and step.nth <= MOST_LOOKUPS and not step.node.loops:
                yield _Led(node.name, step, step.node, via or step.term.text)


def _missing(policy: SpfPolicy, one: _Led) -> Iterable[Finding]:
    target, root = one.target, policy.root
    if target.answer.unknown or len(target.published) == 1 or root.record is None:
        return
    particulars: dict[str, Any] = {
        "explains": UNUSABLE,
        "term": one.step.term.text,
        "owner": one.owner,
        "domain": root.name,
        "without": as_published(root.name, without_term(root.record.text, one.via)),
        "evidence": (target.answer,),
    }
    if target.published:
        yield SEVERAL(target.name, count=len(target.published), **particulars)
    elif target.answer.outcome is Outcome.NXDOMAIN:
        yield NO_SUCH_NAME(target.name, **particulars)
    else:
        yield NO_RECORD_THERE(target.name, **particulars)


def _repeated(domain: str, led: Sequence[_Led]) -> Iterable[Finding]:
    times = Counter(one.target.name for one in led)
    for name in sorted(name for name, count in times.items() if count > 1):
        here = [one for one in led if one.target.name == name]
        # What a repeated record includes is repeated with it, and goes when the record goes.
        if all(times[one.owner] < 2 for one in here):
            terms = dict.fromkeys(f"{one.step.term.text} in the record of {one.owner}" for one in here)
            yield REPEATED(name, domain=domain, times=len(here), lookups=here[0].step.lookups, terms=tuple(terms))


CHECK = Check(
    ID,
    "Every record that the SPF record includes exists, once",
    policy_of,
    judge,
    (NO_SUCH_NAME, NO_RECORD_THERE, SEVERAL, REPEATED, UNKNOWN, TOO_LARGE, NOTHING, EXIST, NO_RECORD),
)
