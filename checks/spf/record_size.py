"""The SPF record fits into one small DNS answer.

A TXT answer of more than 512 octets does not fit into a plain UDP datagram, one of more than 1,232 not into what resolvers
agreed to send with EDNS: it is asked for again over TCP, which some networks drop. All TXT records of a name travel in
the same answer, so a dozen forgotten "site verification" records make the SPF record arrive late or not at all.
"""

from collections.abc import Iterable

from checks import records
from checks.inquiry import Answer
from checks.model import Check, Finding, Message, Severity
from checks.names import is_below
from checks.spf.policy import Node, SpfPolicy, policy_of
from checks.spf.unseen import no_record, unjudged, unknown

ID = "spf.record-size"
SECTION = "RFC 7208 section 3.4"

MOST_TEXT = 450
"""Octets of a record with which its answer still fits into 512. RFC 7208 section 3.4"""
PLAIN_UDP, EDNS_UDP = 512, 1232
"""Octets of a DNS message over UDP: RFC 1035 section 4.2.1, and the size that avoids fragments (DNS flag day 2020)."""

LONG = Message(
    f"{ID}.long",
    Severity.WARNING,
    "the SPF record of {about} has {octets} octets; from 450 on its answer does not fit into one plain UDP datagram",
    "Bring it below 450: take out what no longer sends, join neighbouring networks, or move a part into a record of its own "
    "and include it (which costs one lookup).",
    (SECTION,),
)
OVER_EDNS = Message(
    f"{ID}.over-edns",
    Severity.WARNING,
    "the answer with the TXT records of {about} ({count} of them) has {octets} octets, more than the 1,232 that resolvers "
    "send over UDP: it always "
    "takes TCP, and where that is blocked there is no SPF record",
    "Shorten the SPF record, or delete TXT records that nothing needs any more (site verifications can be, once done). Beside "
    "the SPF record stand: {others}.",
    (SECTION, "RFC 7766 section 5"),
)
OVER_UDP = Message(
    f"{ID}.over-udp",
    Severity.WARNING,
    "the answer with the TXT records of {about} ({count} of them) has {octets} octets, more than the 512 of a plain UDP "
    "datagram: resolvers "
    "without EDNS ask again over TCP",
    "Shorten the SPF record, or delete TXT records that nothing needs any more. Beside the SPF record stand: {others}.",
    (SECTION,),
)
UNKNOWN = unknown(ID, "how large the SPF record of {about} is", Severity.NOTICE)
NO_RECORD = no_record(ID)
FITS = Message(
    f"{ID}.fits",
    Severity.INFO,
    "the SPF record of {about} has {octets} octets, and its answer fits into one UDP datagram",
    references=(SECTION,),
)


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """The domain's own records: what a supplier publishes is not the domain's to shorten."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    root = policy.root
    own = {node.name: node for node in policy.nodes() if node.record and is_below(node.name, root.name)}
    findings = [finding for node in own.values() for finding in _of(node)]
    yield from findings
    if not findings:
        yield FITS(root.name, octets=len(root.record.text) if root.record else 0)


def _of(node: Node) -> Iterable[Finding]:
    assert node.record is not None
    octets = len(node.record.text)
    if octets > MOST_TEXT:
        yield LONG(node.name, octets=octets, evidence=(node.answer,))
    size = wire_size(node.answer)
    others = tuple(text[:60] for text in records.texts(node.answer) if text != node.record.text)
    # A long record alone at its name is too long in one way only, and that was said.
    if size > EDNS_UDP or (size > PLAIN_UDP and (others or octets <= MOST_TEXT)):
        yield (OVER_EDNS if size > EDNS_UDP else OVER_UDP)(
            node.name, octets=size, count=len(node.answer.records), others=others or None, evidence=(node.answer,)
        )


def wire_size(answer: Answer) -> int:
    """Octets of the DNS message that carries a TXT answer, with name compression and EDNS. RFC 1035 section 4.1, RFC 6891"""
    size = 12 + len(answer.question.name) + 2 + 4 + 11
    size += sum(12 + len(alias) + 2 for alias in answer.aliases)
    return size + sum(12 + sum(len(s) + 1 for s in records.character_strings(record)) for record in answer.records)


CHECK = Check(
    ID,
    "The SPF record fits into one small DNS answer",
    policy_of,
    judge,
    (LONG, OVER_EDNS, OVER_UDP, UNKNOWN, FITS, NO_RECORD),
)
