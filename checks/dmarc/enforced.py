"""Mail that fails DMARC is not delivered as if nothing were wrong.

What a receiver does is the *effective* policy: the domain's own or an inherited one, `sp` or `np` for what lies below, one
level lower where `t=y` says that it is only being tried. `p=none` asks for nothing: it meets the mailbox providers'
minimum and is the right beginning, and forgeries are delivered while it lasts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from checks.dmarc.policy import ABSENT, AGAIN, DmarcPolicy, Ruling, policy_of
from checks.dmarc.record import DmarcRecord, Policy
from checks.dmarc.walk import question_name, to_publish
from checks.model import Basis, Check, Finding, Message, Severity
from checks.tags import with_tag

DISCOVERY = "RFC 9989 section 4.10.1"
TAGS = "RFC 9989 section 4.7"

POLICY = Message(
    "dmarc.enforced.policy",
    Severity.INFO,
    "mail from {about} is treated as: {effective_policy}, where it fails DMARC; from subdomains of it: {subdomain}; from "
    "subdomains that do not exist: {nonexistent} (organizational domain {organizational_domain})",
    references=(DISCOVERY,),
)
POLICY_PARTLY = Message(
    "dmarc.enforced.policy-partly",
    Severity.INFO,
    "mail from {about} is treated as: {effective_policy}, where it fails DMARC; from subdomains of it: {subdomain}; from "
    "subdomains that do not exist: {nonexistent} (organizational domain {organizational_domain}, as far as known: {unasked} "
    "could not be asked)",
    references=(DISCOVERY, "RFC 9989 section 4.10.2"),
)
ABSENT_POLICY = Message(
    "dmarc.enforced.absent",
    Severity.INFO,
    "no DMARC policy applies to mail from {about}: receivers treat it by their own judgement",
    references=(DISCOVERY,),
    basis=Basis.NOT_APPLICABLE,
)
UNKNOWN = Message(
    "dmarc.enforced.unknown",
    Severity.NOTICE,
    "how mail from {about} is treated where it fails DMARC is not known: {unasked} could not be asked",
    AGAIN,
    (DISCOVERY,),
    Basis.UNDETERMINED,
)
MONITORING = Message(
    "dmarc.enforced.monitoring",
    Severity.WARNING,
    "mail from {about} that fails DMARC is delivered as usual ({tag}=none at {record_name}): forgeries of the name get "
    "through. It meets the mailbox providers' minimum",
    "When the aggregate reports show that all your own mail passes, publish:\n{record}",
    (TAGS, "RFC 9989 section 5.1.7"),
)
UNUSABLE_POLICY = Message(
    "dmarc.enforced.policy-undone",
    Severity.WARNING,
    "mail from {about} that fails DMARC is delivered as usual: for a missing or faulty policy, receivers read the record at "
    "{record_name} as p=none",
    "Publish the policy you mean; dmarc.valid-record shows the fault. To begin with enforcement:\n{record}",
    (DISCOVERY,),
)
PARKED = Message(
    "dmarc.enforced.parked-open",
    Severity.WARNING,
    "{about} takes part in no mail (v=spf1 -all, nowhere to receive), and yet forgeries of it are delivered as usual",
    "It has nothing to lose; publish:\n{record}",
    (TAGS,),
)
TESTING = Message(
    "dmarc.enforced.testing",
    Severity.WARNING,
    "the record at {record_name} says t=y: mail from {about} that fails DMARC is treated as {effective}, not {asked}, and by "
    "older receivers, which do not know t, as {asked}",
    "When the aggregate reports show that all your own mail passes, take t=y out:\n{record}",
    (TAGS,),
)
SUBDOMAINS_WEAKER = Message(
    "dmarc.enforced.subdomains-weaker",
    Severity.WARNING,
    "subdomains of {about} are less protected than {about} itself: failing mail from them is treated as {below}, from it as "
    "{effective}, since the record says {tag}={below_asked}",
    "If subdomains send no failing mail of your own, take {tag} out:\n{record}",
    (TAGS,),
)
NONEXISTENT_WEAKER = Message(
    "dmarc.enforced.nonexistent-weaker",
    Severity.WARNING,
    "invented subdomains of {about} are less protected than existing ones: failing mail from them is treated as {below}, since "
    "the record says {tag}={below_asked}",
    "Nobody sends from a name that does not exist; ask for the strictest policy:\n{record}",
    (TAGS,),
)


def judge(policy: DmarcPolicy) -> Iterable[Finding]:
    """State the policy in words, once, then what is weak about it in view of what the domain does."""
    ruling = policy.domain
    yield _stated(policy)
    record = ruling.record
    if record is None or ruling.asked is None or ruling.effective is None:
        return
    source = question_name(ruling.source)
    if ruling.effective == Policy.NONE and policy.parked:
        yield PARKED(policy.name, record=to_publish(policy.name, _closed(policy, record)))
        return
    if record.testing and ruling.asked is not Policy.NONE:
        published = to_publish(ruling.source, with_tag(record.tags, "t", None))
        yield TESTING(
            policy.name, record_name=source, effective=ruling.effective, asked=ruling.asked.value, record=published
        )
    elif ruling.effective == Policy.NONE:
        tag = ruling.tag or "p"
        published = to_publish(ruling.source, with_tag(record.tags, tag, "quarantine", after="v"))
        message = MONITORING if ruling.tag else UNUSABLE_POLICY
        yield message(policy.name, record_name=source, tag=tag, record=published)
    yield from _weaker_below(policy, record)


def _closed(policy: DmarcPolicy, record: DmarcRecord) -> str:
    """The strictest record for a parked domain: its own with p=reject, or a short one beside an inherited record."""
    return "v=DMARC1; p=reject" if policy.inherited else with_tag(record.tags, "p", "reject", after="v")


def _weaker_below(policy: DmarcPolicy, record: DmarcRecord) -> Iterable[Finding]:
    """Where the domain's own record says less for what lies below. An inherited record is its owner's to judge."""
    if policy.inherited:
        return
    at, below, missing = policy.domain, policy.subdomain, policy.nonexistent
    weaker = below.source == at.source and _strength(below) < _strength(at)
    if weaker:
        yield SUBDOMAINS_WEAKER(
            policy.name,
            effective=at.effective,
            record=to_publish(at.source, with_tag(record.tags, below.tag, None)),
            **_said(below),
        )
    if missing.source == at.source and missing.tag == "np" and _strength(missing) < _strength(below):
        yield NONEXISTENT_WEAKER(
            policy.name,
            record=to_publish(at.source, with_tag(record.tags, "np", "reject")),
            **_said(missing),
        )


def _strength(ruling: Ruling) -> int:
    return Policy(ruling.effective).strength if ruling.effective in set(Policy) else -1


def _said(ruling: Ruling) -> dict[str, Any]:
    return {"below": ruling.effective, "tag": ruling.tag, "below_asked": ruling.asked.value if ruling.asked else ""}


def _stated(policy: DmarcPolicy) -> Finding:
    args = statement(policy)
    unasked = tuple(question_name(rung.name) for rung in policy.walk.unknown)
    if policy.domain.effective is None:
        names = tuple(dict.fromkeys(answer.question.name for answer in policy.unanswered))
        return UNKNOWN(policy.name, unasked=names, evidence=policy.unanswered, **args)
    if policy.domain.effective == ABSENT:
        return ABSENT_POLICY(policy.name, unasked=unasked, **args)
    told: dict[str, Any] = {"subdomain": _word(policy.subdomain), "nonexistent": _word(policy.nonexistent)}
    if unasked:
        return POLICY_PARTLY(policy.name, unasked=unasked, **told, **args)
    return POLICY(policy.name, **told, **args)


def _word(ruling: Ruling) -> str:
    return ruling.effective or "not known"


def statement(policy: DmarcPolicy) -> Mapping[str, Any]:
    """The keys of `healthcheck dmarc --format json` (schema healthcheck.dmarc/1), null where a value is not known."""
    record = policy.record
    return {
        "domain": policy.name,
        "organizational_domain": policy.organizational_domain,
        "record_at": question_name(policy.domain.source) if record else None,
        "record": record.text if record else None,
        "policy": {
            "domain": policy.domain.effective,
            "subdomain": policy.subdomain.effective,
            "nonexistent": policy.nonexistent.effective,
        },
        "effective_policy": policy.domain.effective,
        "testing": record.testing if record else False,
        "valid": bool(record and record.follows_grammar),
        "exists": policy.there,
        "questions": policy.questions,
    }


CHECK = Check(
    "dmarc.enforced",
    "Mail that fails DMARC is quarantined or rejected",
    policy_of,
    judge,
    (
        POLICY,
        POLICY_PARTLY,
        ABSENT_POLICY,
        UNKNOWN,
        MONITORING,
        UNUSABLE_POLICY,
        PARKED,
        TESTING,
        SUBDOMAINS_WEAKER,
        NONEXISTENT_WEAKER,
    ),
)
