"""The DMARC record says what its owner meant, in every tag.

A receiver forgives almost everything in a DMARC record by ignoring it: a misspelt tag, a value that does not exist, a
semicolon that is missing. What it ignores it does not say. Worst are the policies: one that cannot be read turns the
record into `p=none`, or into nothing at all where no reports are asked for; a tag that stands twice undoes the record.
"""

from collections.abc import Iterable

from checks.dmarc.policy import AGAIN, DmarcPolicy, policy_of
from checks.dmarc.record import HISTORIC_TAGS, KNOWN_TAGS, DmarcRecord, Fault, parse_record
from checks.dmarc.suffixes import is_registry
from checks.dmarc.walk import Rung, question_name, to_publish
from checks.model import Basis, Check, Finding, Message, Severity
from checks.tags import Kind, Tag, TagList, with_tag, write_tags

MOST_FAULTS = 8
"""Faults of one kind that are told one by one: a person mends the record whole, and it may hold thousands."""

TAGS = "RFC 9989 section 4.7"
GRAMMAR = "RFC 9989 section 4.8"
DISCOVERY = "RFC 9989 section 4.10.1"
TAG_LISTS = "RFC 6376 section 3.2"

VALID = Message(
    "dmarc.valid-record.valid",
    Severity.INFO,
    "every tag of the record at {record_name} is in order",
    references=(GRAMMAR,),
)
DUPLICATE = Message(
    "dmarc.valid-record.duplicate-tag",
    Severity.ERROR,
    "in the record at {record_name} the tag {tag} stands more than once, the second time at character {position}: the whole "
    "record is invalid, as if there were none",
    "Keep one of the two. With the first:\n{record}",
    (TAG_LISTS, TAGS),
)
VOID = Message(
    "dmarc.valid-record.no-policy",
    Severity.ERROR,
    "receivers apply no DMARC to mail from {about}: in the record at {record_name}, character {position}, {reason}, and it "
    "asks for no reports",
    "Publish a policy, and an address for reports:\n{record}",
    (DISCOVERY,),
)
UNDONE = Message(
    "dmarc.valid-record.policy-undone",
    Severity.WARNING,
    "receivers read the record at {record_name} as p=none: at character {position}, {reason}",
    "Say each policy as none, quarantine or reject:\n{record}",
    (DISCOVERY,),
)
SYNTAX = Message(
    "dmarc.valid-record.syntax",
    Severity.WARNING,
    "the record at {record_name} has a fault at character {position}, which receivers pass over: {reason}",
    "Publish it without the fault:\n{record}",
    (GRAMMAR, TAG_LISTS),
)
BAD_VALUE = Message(
    "dmarc.valid-record.bad-value",
    Severity.WARNING,
    "the record at {record_name} has a value that receivers ignore, in the tag {tag} at character {position}: {reason}",
    "Correct it or take it out:\n{record}",
    (TAGS, GRAMMAR),
)
UNKNOWN_TAG = Message(
    "dmarc.valid-record.unknown-tag",
    Severity.NOTICE,
    "receivers ignore what DMARC does not know in the record at {record_name}: {tags}",
    "Take it out:\n{record}",
    (TAGS,),
)
MISSPELT = Message(
    "dmarc.valid-record.misspelt-tag",
    Severity.WARNING,
    "receivers ignore the tag {tag} in the record at {record_name}, which DMARC does not know; {meant} was meant, it seems",
    "Correct it:\n{record}",
    (TAGS,),
)
PERCENTAGE = Message(
    "dmarc.valid-record.percentage",
    Severity.WARNING,
    "the record at {record_name} says pct={percentage}: since RFC 9989 receivers ignore it and apply the policy to all mail, "
    "older ones still apply it to {percentage} in 100 only",
    "Take pct out; if the policy is only being tried, say t=y instead, which newer receivers heed:\n{record}",
    ("RFC 9989 appendix A.6", TAGS),
)
HISTORIC = Message(
    "dmarc.valid-record.historic-tag",
    Severity.INFO,
    "the tags {tags} in the record at {record_name} have had no effect since RFC 9989",
    "They can go.",
    ("RFC 9989 appendix C.5.2",),
)
CAPITALS = Message(
    "dmarc.valid-record.capital-names",
    Severity.NOTICE,
    "the record at {record_name} writes the tags {tags} in capitals: many receivers read them all the same, but DKIM, whose "
    "list syntax DMARC borrows, tells them apart",
    "Write tag names in small letters:\n{record}",
    (TAG_LISTS, GRAMMAR),
)
BELOW_IGNORED = Message(
    "dmarc.valid-record.subdomain-tags-ignored",
    Severity.INFO,
    "{tags} in the record at {record_name} have no effect: those of the organizational domain {organizational} count",
    "They can go.",
    (TAGS,),
)
NOT_A_SUFFIX = Message(
    "dmarc.valid-record.not-a-suffix",
    Severity.WARNING,
    "the record at {record_name} says psd=y: {source} would be a registry, and every name below it an organizational domain of "
    "its own that is not aligned with {source}; the public suffix list does not know it as one",
    "Unless names below it belong to other people, take psd=y out:\n{record}",
    (TAGS, "RFC 9989 section 4.10.2"),
)
NO_REPORTS_WANTED = Message(
    "dmarc.valid-record.options-without-ruf",
    Severity.INFO,
    "fo in the record at {record_name} has no effect without ruf",
    "It can go.",
    (TAGS,),
)
NO_RECORD = Message(
    "dmarc.valid-record.no-record",
    Severity.INFO,
    "no DMARC record of {about} that could be read",
    references=(DISCOVERY,),
    basis=Basis.NOT_APPLICABLE,
)
UNKNOWN = Message(
    "dmarc.valid-record.unknown",
    Severity.WARNING,
    "whether the DMARC record of {about} is valid is not known: {names} could not be asked ({why})",
    AGAIN,
    (DISCOVERY,),
    Basis.UNDETERMINED,
)


def judge(policy: DmarcPolicy) -> Iterable[Finding]:
    """Every fault of the record that applies, and of one that does not because of its faults."""
    read = [(rung, parse_record(rung.published[0])) for rung in _subjects(policy)]
    for rung, record in read:
        found = tuple(_faults(policy, rung, record))
        yield from found
        if not any(finding.message.severity >= Severity.WARNING for finding in found):
            yield VALID(policy.name, record_name=question_name(rung.name), record=record.text, evidence=(rung.answer,))
    if policy.domain.effective is None:
        missing = policy.unanswered
        names = tuple(dict.fromkeys(answer.question.name for answer in missing))
        yield UNKNOWN(policy.name, names=names, why=missing[0].why_unknown, evidence=missing)
    elif not read:
        yield NO_RECORD(policy.name)


def _subjects(policy: DmarcPolicy) -> Iterable[Rung]:
    """The rung whose record applies, and those before it whose only record is invalid as a whole."""
    for rung in policy.walk.rungs:
        if rung.published and rung.name == policy.domain.source:
            yield rung
            return
        if len(rung.published) == 1 and rung.record is None:
            yield rung


def _faults(policy: DmarcPolicy, rung: Rung, record: DmarcRecord) -> Iterable[Finding]:
    name = question_name(rung.name)
    shown = (rung.answer,)
    tidy = to_publish(rung.name, _tidied(record, rung.name))
    duplicates = [fault for fault in record.tags.faults if fault.kind is Kind.DUPLICATE][:MOST_FAULTS]
    for duplicate in duplicates:
        tag = duplicate.text.partition("=")[0]
        yield DUPLICATE(rung.name, record_name=name, tag=tag, position=duplicate.position, record=tidy, evidence=shown)
    if duplicates:
        return
    for fault in record.policy_faults:
        message = UNDONE if record.works else VOID
        reason = _bare(fault)
        yield message(
            policy.name, record_name=name, position=fault.position, reason=reason, record=tidy, evidence=shown
        )
    for stray in record.tags.faults[:MOST_FAULTS]:
        yield SYNTAX(
            rung.name, record_name=name, position=stray.position, reason=stray.reason, record=tidy, evidence=shown
        )
    for fault in record.faults:
        if fault.tag not in ("rua", "ruf"):  # dmarc.reports-arrive speaks of those; of the others there is one a tag
            yield BAD_VALUE(
                rung.name,
                record_name=name,
                tag=fault.tag,
                position=fault.position,
                reason=fault.reason,
                record=tidy,
                evidence=shown,
            )
    yield from _ineffective(rung, record, name, tidy)
    yield from _scope(policy, rung, record, name)


def _bare(fault: Fault) -> str:
    return fault.reason if not fault.text else f"in {fault.tag}, {fault.reason}"


def _ineffective(rung: Rung, record: DmarcRecord, name: str, tidy: str) -> Iterable[Finding]:
    """Tags that nobody heeds, or not everybody."""
    shown = (rung.answer,)
    meant = _meanings(record.tags)
    for name_of_tag, known in meant.items():
        yield MISSPELT(rung.name, record_name=name, tag=name_of_tag, meant=known, record=tidy, evidence=shown)
    unknown = tuple(dict.fromkeys(tag.name for tag in _unknown_tags(record.tags) if tag.name not in meant))
    if unknown:
        yield UNKNOWN_TAG(rung.name, record_name=name, tags=unknown, record=tidy, evidence=shown)
    faulty = {fault.tag for fault in record.faults}
    percentage = record.tags.get("pct")
    partly = percentage is not None and "pct" not in faulty and int(percentage) < 100
    if partly:
        yield PERCENTAGE(rung.name, record_name=name, percentage=int(percentage or 0), record=tidy, evidence=shown)
    historic = [tag for tag in HISTORIC_TAGS if record.tags.tag(tag) and not (tag == "pct" and partly)]
    if historic := [tag for tag in historic if tag not in faulty]:
        yield HISTORIC(rung.name, record_name=name, tags=tuple(historic), evidence=shown)
    capitals = tuple(tag.name for tag in record.tags.tags if tag.name.lower() != tag.name)
    if capitals:
        yield CAPITALS(rung.name, record_name=name, tags=capitals, record=tidy, evidence=shown)
    if record.tags.tag("fo") and not record.tags.tag("ruf"):
        yield NO_REPORTS_WANTED(rung.name, record_name=name, evidence=shown)


def _scope(policy: DmarcPolicy, rung: Rung, record: DmarcRecord, name: str) -> Iterable[Finding]:
    """What the record says about names below it, where that is not heard or not meant."""
    if rung.name == policy.name and policy.organizational_domain != policy.name:
        below = tuple(tag for tag in ("sp", "np") if record.tags.tag(tag))
        if below:
            yield BELOW_IGNORED(rung.name, record_name=name, tags=below, organizational=policy.organizational_domain)
    if record.psd == "y" and not is_registry(rung.name):
        published = to_publish(rung.name, with_tag(record.tags, "psd", None))
        yield NOT_A_SUFFIX(rung.name, record_name=name, source=rung.name, record=published, evidence=(rung.answer,))


def _unknown_tags(tags: TagList) -> Iterable[Tag]:
    known = (*KNOWN_TAGS, *HISTORIC_TAGS)
    return (tag for tag in tags.tags if tag.name.lower() not in known)


def _meanings(tags: TagList) -> dict[str, str]:
    """Misspelt names with the tags they stand for, ones that are not there already. Of the first unknown tags only."""
    unknown = list(dict.fromkeys(tag.name for tag in _unknown_tags(tags)))[:MOST_FAULTS]
    absent = [known for known in KNOWN_TAGS if tags.tag(known) is None and len(known) > 1]
    if not unknown:
        return {}
    import difflib  # 8 ms, and needed for an unknown tag only

    meant: dict[str, str] = {}
    for name in unknown:
        close = difflib.get_close_matches(name.lower()[:16], absent, n=1, cutoff=0.65)
        if name.lower() in ("policy", "polciy", "pol") and tags.tag("p") is None:
            meant[name] = "p"
        elif close:
            meant[name] = close[0]
    return meant


def _tidied(record: DmarcRecord, domain: str) -> str:
    """The record without what is at fault: first of duplicates, no unknown or historic tags, faulty values gone.

    A policy that cannot be read becomes the nearest one that can, or none.
    """
    faulty = {fault.tag for fault in record.faults if fault.tag not in ("rua", "ruf")}
    kept: dict[str, str] = {}
    meant = _meanings(record.tags)
    for tag in record.tags.tags:
        name = tag.name.lower()
        name = name if name in KNOWN_TAGS else meant.get(tag.name, "")
        if name and name not in kept and name not in faulty:
            kept[name] = tag.value
    for fault in record.policy_faults:
        kept[fault.tag] = _nearest_policy(kept.get(fault.tag, ""))
    if any(not uri.fault for uri in record.rua):
        kept["rua"] = ",".join(f"{uri.text}" for uri in record.rua if not uri.fault)
    else:
        kept.pop("rua", None)
    if not record.works:
        kept["rua"] = f"mailto:dmarc-reports@{domain}"  # without one, the next slip of the pen undoes the record again
    order = sorted(kept, key=lambda name: (name != "v", name != "p"))
    return write_tags((name, kept[name]) for name in order)


def _nearest_policy(value: str) -> str:
    import difflib  # as above

    found = difflib.get_close_matches(value.lower()[:16], ("none", "quarantine", "reject"), n=1, cutoff=0.6)
    return found[0] if found else "none"


CHECK = Check(
    "dmarc.valid-record",
    "The DMARC record is valid in every tag",
    policy_of,
    judge,
    (
        VALID,
        DUPLICATE,
        VOID,
        UNDONE,
        SYNTAX,
        BAD_VALUE,
        UNKNOWN_TAG,
        MISSPELT,
        PERCENTAGE,
        HISTORIC,
        CAPITALS,
        BELOW_IGNORED,
        NOT_A_SUFFIX,
        NO_REPORTS_WANTED,
        NO_RECORD,
        UNKNOWN,
    ),
)
