"""SPF names the mailbox provider that the domain uses.

The MX records tell where people read their mail, and where they read it they mostly write it. If SPF does not know that
provider, all that they write is softfail or fail. It is a guess: mail may come in there and go out elsewhere. So this never
fails; it says what to expect, and what to publish if it is so.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from checks.model import Basis, Check, Finding, Message, Severity
from checks.parked import authorises_nobody
from checks.records import as_published
from checks.spf.correct import corrected
from checks.spf.expected import Expectations, Expected, expectations_of
from checks.spf.fix import proposed
from checks.spf.policy import MOST_LOOKUPS, SpfPolicy, Step, is_mechanism
from checks.spf.reach import collapsed, permits
from checks.spf.record import Network, has_macros, parse_record
from checks.spf.refusals import NOT_PASSED
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unread
from checks.unseen import AGAIN

ID = "spf.expected-senders"
SECTION = "RFC 7208 section 5.2"

ABSENT = Message(
    f"{ID}.absent",
    Severity.WARNING,
    "{about} receives its mail at {provider}, and its SPF record does not name it: mail sent through {provider} would not pass",
    "If you send through {provider}, add include:{include}; the record then needs {after} of the 10 DNS lookups allowed. If you "
    "only receive there, nothing needs to be done.\n{record}",
    (SECTION,),
)
PARTLY = Message(
    f"{ID}.partly",
    Severity.WARNING,
    "{about} receives its mail at {provider}, and its SPF record names {covered} of the {ranges} address ranges that {provider} "
    "sends from: mail from the others would not pass",
    "Copied ranges grow old. If you send through {provider}, add include:{include}; the record then needs {after} of the 10 "
    "DNS lookups allowed.\n{record}",
    (SECTION,),
)
NO_ROOM = Message(
    f"{ID}.no-room",
    Severity.WARNING,
    "{about} receives its mail at {provider}, and its SPF record does not name it: mail sent through {provider} would not pass. "
    "With include:{include} the record would need {needed} DNS lookups, and the limit is 10",
    "If you send through {provider}, make room: take out services that no longer send for you. All of it fits into the record "
    "below, which needs {after} lookups.{removed: Taken out, as they authorise nobody else: {}.}"
    "{replaced: Written as addresses, which freezes them: {}.}{given_up: Given up: {}.}\n{record}",
    (SECTION, "RFC 7208 section 4.6.4"),
)
MACROS = Message(
    f"{ID}.hidden",
    Severity.INFO,
    "{about} receives its mail at {provider}; whether its SPF names it hangs on the message ({terms})",
    references=("RFC 7208 section 7",),
    basis=Basis.NOT_APPLICABLE,
)
NOT_READ = Message(
    f"{ID}.provider-unknown",
    Severity.NOTICE,
    "{about} receives its mail at {provider}, and whether its SPF record covers the addresses of {provider} is not known: the SPF "
    "record of {include} does not tell them",
    "If you send through {provider}, see whether its setup page still asks for include:{include}.",
    (SECTION,),
    Basis.UNDETERMINED,
)
UNKNOWN = unknown(ID, "whether the SPF of {about} names the provider that it receives mail at", Severity.NOTICE)
TOO_LARGE = too_large(ID, "whether the SPF of {about} names the provider that it receives mail at", Severity.NOTICE)
EXCHANGES_UNKNOWN = Message(
    f"{ID}.exchanges-unknown",
    Severity.NOTICE,
    "whose mailboxes {about} uses is not known: its MX records could not be asked for ({why})",
    AGAIN,
    ("RFC 5321 section 5.1",),
    Basis.UNDETERMINED,
)
NO_RECORD = no_record(ID)
NOTHING = Message(
    f"{ID}.nothing-expected",
    Severity.INFO,
    "the MX records of {about} show no mailbox provider that would have to stand in its SPF record",
    basis=Basis.NOT_APPLICABLE,
)
SENDS_NOTHING = Message(
    f"{ID}.sends-nothing",
    Severity.INFO,
    "{about} receives its mail at {provider} and says with its SPF record that it sends none",
    references=("RFC 7208 section 10.1.2",),
)
NAMED = Message(
    f"{ID}.named",
    Severity.INFO,
    "{about} receives its mail at {provider}, and its SPF record authorises it",
    references=(SECTION,),
)


def judge(expectations: Expectations) -> Iterable[Finding]:
    """Each provider that the MX records give away: is it named, are its addresses covered, or might they be?"""
    policy, exchanges = expectations.policy, expectations.exchanges
    name = policy.root.name
    if exchanges.unknown:
        yield EXCHANGES_UNKNOWN(name, why=exchanges.why_unknown, evidence=(exchanges,))
    elif not expectations.providers:
        yield NOTHING(name, evidence=(exchanges,))
    elif nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
    else:
        for expected in expectations.providers:
            yield from _judge_one(policy, expected)


def _judge_one(policy: SpfPolicy, expected: Expected) -> Iterable[Finding]:
    name, provider, theirs = policy.root.name, expected.provider, expected.policy
    shown = (policy.root.answer,)
    if _names(policy, expected):
        yield NAMED(name, provider=provider, evidence=shown)
    elif authorises_nobody(policy.root.answer):
        yield SENDS_NOTHING(name, provider=provider, evidence=shown)
    elif macros := _open_terms(policy):
        yield MACROS(name, provider=provider, terms=macros, evidence=shown)
    elif unseen := tuple(unread(policy, UNKNOWN, TOO_LARGE)):
        yield from unseen
    elif theirs.root.record is None or theirs.unread() is not None or not _ranges(theirs):
        yield NOT_READ(name, provider=provider, include=expected.include, evidence=(*shown, theirs.root.answer))
    else:
        ranges = _ranges(theirs)
        covered = len(ranges) if _everyone(policy) else _covered(ranges, _ranges(policy))
        if covered == len(ranges):
            yield NAMED(name, provider=provider, evidence=shown)
        else:
            yield _missing(policy, expected, covered, len(ranges))


def _names(policy: SpfPolicy, expected: Expected) -> bool:
    """True where a record that counts leads to the provider's, by its usual name or another one that is known to be its."""
    from checks.providers.fingerprint import Place, recognised  # start-up time: where a provider is expected

    targets = [node.name for node in policy.nodes()][1:]
    return expected.include in targets or expected.provider in recognised(Place.SPF, targets)


def _open_terms(policy: SpfPolicy) -> tuple[str, ...]:
    """Terms that may authorise anybody, for all that can be seen without a message."""
    hidden = (step.term for _, step in policy.steps() if is_mechanism(step.term, "include", "exists", "redirect"))
    redirects = (step.term for _, step in policy.steps() if step.term.name == "redirect")
    return tuple(dict.fromkeys(term.text for term in (*hidden, *redirects) if has_macros(term.spec)))


def _everyone(policy: SpfPolicy) -> bool:
    return any(permit.network is None for permit in permits(policy))


def _ranges(policy: SpfPolicy) -> Sequence[Network]:
    four, six = collapsed(permit.network for permit in permits(policy) if permit.network is not None)
    return [*four, *six]


def _covered(wanted: Sequence[Network], given: Sequence[Network]) -> int:
    """How many of the wanted networks lie wholly within those given; both are collapsed, so one of these holds it whole."""
    held = {(net.version, net.prefixlen, int(net.network_address)) for net in given}
    return sum(any(_above(network, length) in held for length in range(network.prefixlen + 1)) for network in wanted)


def _above(network: Network, length: int) -> tuple[int, int, int]:
    shift = network.max_prefixlen - length
    return network.version, length, int(network.network_address) >> shift << shift


def _missing(policy: SpfPolicy, expected: Expected, covered: int, ranges: int) -> Finding:
    name, include = policy.root.name, expected.include
    wider = with_include(policy, include, expected.policy)
    said: dict[str, Any] = {
        "provider": expected.provider,
        "include": include,
        "evidence": (policy.root.answer, expected.policy.root.answer),
    }
    assert wider.root.record is not None  # a record with one term more
    if wider.lookups <= MOST_LOOKUPS:
        record = as_published(name, wider.root.record.text)
        if covered:
            return PARTLY(name, covered=covered, ranges=ranges, after=wider.lookups, record=record, **said)
        return ABSENT(name, after=wider.lookups, record=record, explains=NOT_PASSED, **said)
    proposal = proposed(wider, keep=f"include:{include}")
    assert proposal is not None  # as above
    return NO_ROOM(
        name,
        needed=wider.lookups,
        after=proposal.lookups,
        removed=proposal.removed or None,
        replaced=proposal.replaced or None,
        given_up=proposal.given_up or None,
        record=as_published(name, proposal.record),
        explains=NOT_PASSED,
        **said,
    )


def with_include(policy: SpfPolicy, include: str, theirs: SpfPolicy) -> SpfPolicy:
    """The policy of a domain as it would be with one include more, in front of what decides about all others.

    A record with faults is corrected first, so that what is printed can be published.
    """
    root = policy.root
    assert root.record is not None  # it was judged
    old = root.record
    if old.faults:
        old = parse_record(corrected(old.text, root.joints).text or old.text)
    last = old.all_term or old.redirect
    at = last.position - 1 if last is not None else len(old.text)
    head = old.text[:at].rstrip(" ")
    record = parse_record(f"{head} include:{include} {old.text[at:]}".rstrip(" "))
    term = next(one for one in record.terms if is_mechanism(one, "include") and one.position > len(head))
    step = Step(term, include, lookups=1 + theirs.lookups, node=theirs.root)
    decides = bool(root.steps) and root.steps[-1].term.name in ("all", "redirect")
    before = len(root.steps) - decides
    steps = (*root.steps[:before], step, *root.steps[before:])
    node = msgspec.structs.replace(root, record=record, steps=steps)
    return SpfPolicy(node, policy.lookups + step.lookups, policy.cut)


CHECK = Check(
    ID,
    "SPF names the mailbox provider that the domain uses",
    expectations_of,
    judge,
    (
        ABSENT,
        PARTLY,
        NO_ROOM,
        NOT_READ,
        UNKNOWN,
        TOO_LARGE,
        EXCHANGES_UNKNOWN,
        SENDS_NOTHING,
        NAMED,
        MACROS,
        NOTHING,
        NO_RECORD,
    ),
)
