"""Every SPF record of the domain parses.

One fault anywhere, even behind the term that would have matched, makes a receiver answer permerror for every message
(RFC 7208 section 4.6). The faults of included records count just as much: they are the domain's permerror too.
"""

from collections.abc import Iterable
from typing import Any

from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import corrected, ignored, split_at_joint
from checks.spf.policy import Node, SpfPolicy, policy_of
from checks.spf.record import VERSION, Fault, SpfRecord
from checks.spf.refusals import UNUSABLE
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unread

ID = "spf.valid-syntax"
SECTION = "RFC 7208 section 4.6"

MOST_TOLD = 256
"""Faults of one record that are told; `count` says how many there are."""

INVALID = Message(
    f"{ID}.invalid",
    Severity.ERROR,
    "the SPF record of {about} does not parse, so receivers answer permerror for all its mail: {faults}",
    "Publish it corrected. Left out, since what was meant cannot be told: {left_out}.\n{corrected}",
    (SECTION, "RFC 7208 section 12"),
)
INVALID_BELOW = Message(
    f"{ID}.invalid-below",
    Severity.ERROR,
    "the record of {about}, which the SPF of {domain} comes to by {via}, does not parse, so receivers answer permerror: {faults}",
    "If {about} is a supplier's, tell them, and take {via} out of the record of {domain} until it is mended. If it is yours, publish "
    "its record corrected. Left out, since what was meant cannot be told: {left_out}.\n{corrected}",
    (SECTION, "RFC 7208 section 5.2"),
)
RUN_TOGETHER = Message(
    f"{ID}.run-together",
    Severity.WARNING,
    "two strings of the SPF record of {about} meet without a space and are read as one term, {term}: "
    "most likely two were meant, {first} and {second}",
    "Strings are joined with nothing between them: put a space before the second one. The record corrected:\n{corrected}",
    ("RFC 7208 section 3.3",),
)
IGNORED = Message(
    f"{ID}.ignored",
    Severity.WARNING,
    "{terms} in the SPF record of {about} is read as an unknown modifier and has no effect: a mechanism takes a colon",
    "Publish what was meant:\n{corrected}",
    ("RFC 7208 section 6",),
)
VERSION_CASE = Message(
    f"{ID}.version-case",
    Severity.NOTICE,
    "the SPF record of {about} begins with {version} instead of v=spf1: case does not matter to receivers, though it does "
    "to some checkers",
    "Write it in lower case when you next change the record.",
    ("RFC 7208 section 12",),
)
UNKNOWN = unknown(ID, "whether every SPF record of {about} parses")
TOO_LARGE = too_large(ID, "whether every SPF record of {about} parses")
NO_RECORD = no_record(ID)
VALID = Message(
    f"{ID}.valid",
    Severity.INFO,
    "the SPF record of {about} parses, and so do the {below} it includes",
    references=(SECTION,),
)


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """Every fault of every record, each record once."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    seen: set[str] = set()
    invalid = False
    for via, node in policy.ways():
        record = node.record
        if record is None or node.name in seen:
            continue
        seen.add(node.name)
        if record.faults:
            invalid = True
            yield _invalid(policy, node, record, via)
        elif not via:
            yield from _suspicious(node, record)
    unseen = tuple(unread(policy, UNKNOWN, TOO_LARGE))
    yield from unseen
    if not invalid and not unseen:
        yield VALID(policy.root.name, below=len(seen) - 1)


def _invalid(policy: SpfPolicy, node: Node, record: SpfRecord, via: str) -> Finding:
    joints = node.joints
    meant = corrected(record.text, joints)
    particulars: dict[str, Any] = {
        "explains": UNUSABLE,
        "faults": tuple(_told(fault, joints) for fault in record.faults[:MOST_TOLD]),
        "count": len(record.faults),
        "record": record.text,
        "corrected": as_published(node.name, meant.text) if meant.text else None,
        "left_out": meant.dropped or None,
        "evidence": (node.answer,),
    }
    if via:
        return INVALID_BELOW(node.name, via=via, domain=policy.root.name, **particulars)
    return INVALID(node.name, **particulars)


def _told(fault: Fault, joints: tuple[int, ...]) -> str:
    parts = split_at_joint(fault.text, fault.position - 1, joints)
    reason = fault.reason if parts is None else f"the strings {parts[0]} and {parts[1]} meet without a space"
    return f"{fault.text} at character {fault.position}: {reason}"


def _suspicious(node: Node, record: SpfRecord) -> Iterable[Finding]:
    """What parses and does not say what was meant."""
    joints = node.joints  # reads the record's strings anew each time
    meant = corrected(record.text, joints).text
    meant = as_published(node.name, meant) if meant else ""
    for term in record.terms:
        parts = split_at_joint(term.text, term.position - 1, joints)
        if parts is not None:
            yield RUN_TOGETHER(
                node.name, term=term.text, first=parts[0], second=parts[1], corrected=meant, evidence=(node.answer,)
            )
    without_effect = tuple(term.text for term in record.terms if ignored(term))
    if without_effect:
        yield IGNORED(node.name, terms=without_effect, corrected=meant, evidence=(node.answer,))
    version = record.text[: len(VERSION)]
    if version != VERSION:
        yield VERSION_CASE(node.name, version=version, evidence=(node.answer,))


CHECK = Check(
    ID,
    "Every SPF record of the domain parses",
    policy_of,
    judge,
    (INVALID, INVALID_BELOW, RUN_TOGETHER, IGNORED, VERSION_CASE, UNKNOWN, TOO_LARGE, VALID, NO_RECORD),
)
