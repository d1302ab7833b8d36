"""Evaluating SPF needs at most ten DNS lookups.

A receiver counts every `include`, `a`, `mx`, `ptr`, `exists` and `redirect` that it comes to, those inside included
records too. At the eleventh it gives up with a permerror, and mail is treated as if nothing were authorised, for every
sender of the domain at once. It is the most common way a working record breaks: a supplier adds an include of its own.
"""

from collections.abc import Iterable
from typing import Any

from checks.model import Basis, Check, Finding, Message, Severity
from checks.spf.policy import MOST_LOOKUPS, Node, SpfPolicy, Step, policy_of

SECTION = "RFC 7208 section 4.6.4"

EXCEEDED = Message(
    "spf.lookup-limit.exceeded",
    Severity.ERROR,
    "evaluating the SPF record of {about} needs {at_least}{lookups} DNS lookups and the limit is 10: "
    "receivers answer permerror and treat no sender as authorised. What they cost: {terms}",
    "Bring it to 10 or fewer. Begin with the costliest term, {costliest}: remove it if that service no longer sends "
    "for you, or write the addresses it stands for as ip4: and ip6: terms, which cost nothing. The record now:\n{record}",
    (SECTION,),
)
LOOP = Message(
    "spf.lookup-limit.loop",
    Severity.ERROR,
    "the SPF records include each other in a circle ({path}): receivers reach the limit of 10 lookups and answer permerror",
    "Remove the term that leads back, {term}, from the record of {about}.",
    (SECTION,),
)
INCOMPLETE = Message(
    "spf.lookup-limit.unknown",
    Severity.WARNING,
    "how many lookups the SPF record of {about} needs is not known: {name} could not be asked ({why}). "
    "Without it they are {lookups}",
    "Run again, or ask another resolver with --resolver. If it stays so, the servers of {name} need mending: "
    "receivers meet the same failure and answer temperror.",
    (SECTION, "RFC 7208 section 2.6.6"),
    Basis.UNDETERMINED,
)
NEAR = Message(
    "spf.lookup-limit.near",
    Severity.WARNING,
    "evaluating the SPF record of {about} needs {lookups} of the 10 DNS lookups allowed: "
    "one more include, yours or a supplier's, and receivers answer permerror. What they cost: {terms}",
    "Make room before adding a sender: remove services that no longer send for you, beginning with {costliest}.",
    (SECTION,),
)
WITHIN = Message(
    "spf.lookup-limit.within",
    Severity.INFO,
    "evaluating the SPF record of {about} needs {lookups} of the 10 DNS lookups allowed",
    references=(SECTION,),
)
NO_RECORD = Message(
    "spf.lookup-limit.no-record",
    Severity.INFO,
    "{about} has no single SPF record whose lookups could be counted",
    references=(SECTION,),
    basis=Basis.NOT_APPLICABLE,
)


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """Count what a receiver counts; a loop and a name that could not be asked have their own message."""
    root = policy.root
    if root.record is None:
        if root.answer.unknown:
            yield INCOMPLETE(root.name, name=root.name, why=root.answer.why_unknown, lookups=0)
        else:
            yield NO_RECORD(root.name)
        return
    loop = _loop(root, ())
    if loop:
        last = loop[-1]
        yield LOOP(last[0].name, path=_circle(loop), term=last[1].term.text)
    shown = tuple(node.answer for node in policy.nodes())
    terms = tuple(f"{step.term.text} ({step.lookups})" for step in root.steps if step.nth)
    costliest = max((step for step in root.steps if step.nth), key=lambda step: step.lookups, default=None)
    particulars: dict[str, Any] = {
        "lookups": policy.lookups,
        "terms": terms,
        "costliest": costliest.term.text if costliest else "",
    }
    if policy.lookups > MOST_LOOKUPS:
        at_least = "at least " if policy.cut or loop else ""
        yield EXCEEDED(root.name, at_least=at_least, record=root.record.text, evidence=shown, **particulars)
        return
    unknown = next((node for node in policy.nodes() if node.answer.unknown), None)
    if unknown is not None:
        yield INCOMPLETE(root.name, name=unknown.name, why=unknown.answer.why_unknown, lookups=policy.lookups)
    elif not loop:
        message = NEAR if policy.lookups >= MOST_LOOKUPS - 1 else WITHIN
        yield message(root.name, **particulars)


def _loop(node: Node, above: tuple[tuple[Node, Step], ...]) -> tuple[tuple[Node, Step], ...]:
    """The first circle: the nodes from the root down with the step taken at each, the last one leading back."""
    for step in node.steps:
        if step.node is not None:
            path = (*above, (node, step))
            if step.node.loops:
                return path
            if found := _loop(step.node, path):
                return found
    return ()


def _circle(loop: tuple[tuple[Node, Step], ...]) -> str:
    return " -> ".join([*(node.name for node, _ in loop), loop[-1][1].target])


CHECK = Check(
    "spf.lookup-limit",
    "Evaluating SPF needs at most ten DNS lookups",
    policy_of,
    judge,
    (EXCEEDED, LOOP, INCOMPLETE, NEAR, WITHIN, NO_RECORD),
)
