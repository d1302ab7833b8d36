"""Evaluating SPF needs at most ten DNS lookups.

A receiver counts every `include`, `a`, `mx`, `ptr`, `exists` and `redirect` that it comes to, those inside included
records too. At the eleventh it gives up with a permerror, and mail is treated as if nothing were authorised, for every
sender of the domain at once. It is the most common way a working record breaks: a supplier adds an include of its own.
"""

from collections.abc import Iterable
from typing import Any

from checks.model import Basis, Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.fix import proposed
from checks.spf.policy import MOST_LOOKUPS, Node, SpfPolicy, Step, policy_of
from checks.spf.record import has_macros
from checks.spf.refusals import UNUSABLE
from checks.spf.unseen import unknown

SECTION = "RFC 7208 section 4.6.4"

EXCEEDED = Message(
    "spf.lookup-limit.exceeded",
    Severity.ERROR,
    "evaluating the SPF record of {about} needs {at_least}{lookups} DNS lookups and the limit is 10: "
    "receivers answer permerror and treat no sender as authorised. What they cost: {terms}",
    "Best, take out the services that no longer send for you, beginning with {costliest}. All that is published today fits into "
    "the record below, which needs {after} lookups.{removed: Taken out, as they authorise nobody, or nobody else: {}.}"
    "{replaced: Written as addresses, which freezes them (when the service changes its addresses, your record must follow by "
    "hand): {}.}{given_up: Given up, as they cannot be written as addresses: {}; what of these still sends for you needs a return "
    "path on a subdomain of its own.}\n{proposal}",
    (SECTION,),
)
LOOP = Message(
    "spf.lookup-limit.loop",
    Severity.ERROR,
    "the SPF records include each other in a circle ({path}): receivers reach the limit of 10 lookups and answer permerror",
    "Remove the term that leads back, {term}, from the record of {about}.",
    (SECTION,),
)
INCOMPLETE = unknown(
    "spf.lookup-limit", "how many lookups the SPF record of {about} needs (without that name {lookups})"
)
AT_LEAST = Message(
    "spf.lookup-limit.at-least",
    Severity.NOTICE,
    "evaluating the SPF record of {about} needs at least {lookups} of the 10 DNS lookups allowed; where {open_terms} leads hangs "
    "on the message, and what it costs there is not known",
    "Look at a real message: healthcheck spf {about} --ip ADDRESS --mail-from ADDRESS counts for one sender.",
    (SECTION, "RFC 7208 section 7"),
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
            yield _incomplete(policy, root)
        else:
            yield NO_RECORD(root.name)
        return
    loop = _loop(root, ())
    if loop:
        last = loop[-1]
        yield LOOP(last[0].name, explains=UNUSABLE, path=_circle(loop), term=last[1].term.text)
    shown = tuple(node.answer for node in policy.nodes())
    terms = tuple(f"{step.term.text} ({step.lookups})" for step in root.steps if step.nth)
    costliest = max((step for step in root.steps if step.nth), key=lambda step: step.lookups, default=None)
    particulars: dict[str, Any] = {
        "lookups": policy.lookups,
        "terms": terms,
        "costliest": costliest.term.text if costliest else "",
    }
    if policy.lookups > MOST_LOOKUPS:
        at_least = "at least " if policy.cut or loop or _open_terms(policy) else ""
        yield EXCEEDED(
            root.name, explains=UNUSABLE, at_least=at_least, evidence=shown, **particulars, **_proposal(policy)
        )
        return
    unread = policy.unread()
    if unread is not None:
        yield _incomplete(policy, unread)
    elif open_terms := _open_terms(policy):
        yield AT_LEAST(root.name, lookups=policy.lookups, open_terms=open_terms)
    elif not loop:
        message = NEAR if policy.lookups >= MOST_LOOKUPS - 1 else WITHIN
        yield message(root.name, **particulars)


def _proposal(policy: SpfPolicy) -> dict[str, Any]:
    made = proposed(policy)
    if made is None:
        return {}
    return {
        "proposal": as_published(policy.root.name, made.record),
        "after": made.lookups,
        "removed": made.removed or None,
        "replaced": made.replaced or None,
        "given_up": made.given_up or None,
    }


def _incomplete(policy: SpfPolicy, node: Node) -> Finding:
    why, lookups = node.answer.why_unknown, policy.lookups
    return INCOMPLETE(policy.root.name, name=node.name, rdtype="TXT", why=why, lookups=lookups, evidence=(node.answer,))


def _open_terms(policy: SpfPolicy) -> tuple[str, ...]:
    """The includes and redirects with macros: they cost one lookup, and nobody can say yet what lies below."""
    opened = (step.term for _, step in policy.steps() if step.term.name in ("include", "redirect"))
    return tuple(dict.fromkeys(term.text for term in opened if has_macros(term.spec)))


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
    (EXCEEDED, LOOP, INCOMPLETE, AT_LEAST, NEAR, WITHIN, NO_RECORD),
)
