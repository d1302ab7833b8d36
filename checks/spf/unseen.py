"""What every check of an SPF record says where there is nothing to judge, or where not all of it could be seen."""

from collections.abc import Iterable

from checks.model import Basis, Finding, Message, Severity
from checks.spf.policy import Node, SpfPolicy
from checks.unseen import again


def no_record(check_id: str) -> Message:
    """The message of a check for a domain without one SPF record; spf.published-once says what is wrong."""
    return Message(
        f"{check_id}.no-record",
        Severity.INFO,
        "{about} has no single SPF record to judge",
        references=("RFC 7208 section 4.5",),
        basis=Basis.NOT_APPLICABLE,
    )


def unknown(check_id: str, what: str, severity: Severity = Severity.WARNING) -> Message:
    """The message of a check for which an answer is missing; `what` is not known then.

    `severity` is NOTICE in a check that cannot fail: what it did not see leaves the verdict alone.
    """
    return Message(
        f"{check_id}.unknown",
        severity,
        what + " is not known: {name} {rdtype} could not be asked for ({why})",
        again("{name}", "receivers meet the same failure and answer temperror."),
        ("RFC 7208 section 2.6.6",),
        Basis.UNDETERMINED,
    )


def too_large(check_id: str, what: str, severity: Severity = Severity.WARNING) -> Message:
    """The message of a check for a policy that goes on beyond our bounds; `what` and `severity` as for `unknown`."""
    return Message(
        f"{check_id}.too-large",
        severity,
        what
        + " is not known: the record with all that it includes is larger than what is read here, and far larger than any "
        "sender needs",
        "Make it smaller: take out the services that no longer send for you, and what two records repeat; healthcheck spf {about} "
        "shows the tree with what each term costs. Then run again.",
        ("RFC 7208 section 4.6.4", "RFC 7208 section 11.1"),
        Basis.UNDETERMINED,
    )


def unjudged(policy: SpfPolicy, without: Message, unseen: Message) -> Iterable[Finding]:
    """What there is to say where the domain's own record cannot be judged: nothing, as long as it can."""
    root = policy.root
    if root.answer.unknown:
        yield _unread(policy, root, unseen)
    elif root.record is None:
        yield without(root.name, evidence=(root.answer,))


def unread(policy: SpfPolicy, unseen: Message, beyond: Message) -> Iterable[Finding]:
    """The first record of the policy that could not be asked for, if there is one, or that there are more than we read."""
    node = policy.unread()
    if node is not None:
        yield _unread(policy, node, unseen)
    elif policy.records_cut:
        yield beyond(policy.root.name)


def _unread(policy: SpfPolicy, node: Node, unseen: Message) -> Finding:
    answer = node.answer
    return unseen(policy.root.name, name=node.name, rdtype="TXT", why=answer.why_unknown, evidence=(answer,))


def unresolved(policy: SpfPolicy, unseen: Message, beyond: Message) -> Iterable[Finding]:
    """The first answer of the policy, record or address, that could not be had, if there is one, or that there are more than
    we ask for."""
    found = list(unread(policy, unseen, beyond))
    if found:
        yield from found
        return
    answers = (answer for _, step in policy.steps() for answer in step.answers)
    answer = next((answer for answer in answers if answer.unknown), None)
    if answer is not None:
        question = answer.question
        yield unseen(
            policy.root.name,
            name=question.name,
            rdtype=question.rdtype,
            why=answer.why_unknown,
            evidence=(answer,),
        )
    elif policy.cut:
        yield beyond(policy.root.name)
