"""Receivers find one DMARC record for the domain.

Gmail, Yahoo and Microsoft want a DMARC record from everybody who sends in bulk, `p=none` being enough. It is found at
`_dmarc.<domain>`, or above, by the tree walk; a record on another name, two records on one name, or a text that is not
quite `v=DMARC1;` are as good as none, and no receiver says so.
"""

from collections.abc import Iterable, Sequence

from checks import records
from checks.dmarc.discarded import discarded
from checks.dmarc.policy import ABSENT, AGAIN, DmarcPolicy
from checks.dmarc.publication import Publication, publication_of
from checks.dmarc.record import is_dmarc, parse_record
from checks.dmarc.suffixes import registrable_domain
from checks.dmarc.walk import Rung, question_name, to_publish
from checks.inquiry import Answer, Outcome
from checks.model import Basis, Check, Finding, Message, Severity
from checks.spf.record import is_spf

WALK = "RFC 9989 section 4.10"
DISCOVERY = "RFC 9989 section 4.10.1"
GMAIL = "support.google.com/mail/answer/81126 (2026-06-18)"
REFUSALS = ("4.7.31", "5.7.26", "5.7.515")
"""What Gmail and Microsoft answer to bulk mail of a domain without DMARC."""

MOST_TEXTS = 16
"""Texts at one name that are looked at for what they were meant to be."""

FOUND = Message(
    "dmarc.published.found",
    Severity.INFO,
    "the DMARC record at {record_name} applies to mail from {about}",
    references=(DISCOVERY,),
)
INVALID = Message(
    "dmarc.published.invalid",
    Severity.INFO,
    "a DMARC record stands at {record_name}, and receivers discard it: dmarc.valid-record says why",
    references=(WALK,),
)
MISSING = Message(
    "dmarc.published.missing",
    Severity.ERROR,
    "{about} has no DMARC record: there is none at {asked}. Anybody can use the name in a From line, and mailbox providers "
    "refuse bulk mail from it",
    "Publish one; it changes nothing about delivery and brings reports of who sends in your name:\n{record}",
    (DISCOVERY, GMAIL, "senders.yahooinc.com (2026-02)"),
)
UNPROTECTED = Message(
    "dmarc.published.parked-unprotected",
    Severity.WARNING,
    "{about} takes part in no mail (v=spf1 -all, nowhere to receive) and has no DMARC record that tells receivers to refuse "
    "forgeries of it",
    "It has nothing to lose; publish:\n{record}",
    (DISCOVERY, "RFC 9989 section 4.7"),
)
SEVERAL = Message(
    "dmarc.published.several",
    Severity.ERROR,
    "{count} DMARC records stand at {record_name}: receivers discard them all, as if there were none",
    "Keep one and delete the others. The strictest that works is:\n{record}",
    (WALK,),
)
LOOK_ALIKE = Message(
    "dmarc.published.look-alike",
    Severity.ERROR,
    "the record at {record_name} looks like DMARC, but receivers discard it, since {reason}: {published}",
    "Replace it by:\n{record}",
    ("RFC 9989 section 4.7", "RFC 9989 section 4.8"),
)
SPF_THERE = Message(
    "dmarc.published.spf-there",
    Severity.ERROR,
    "an SPF record stands at {record_name}, where a DMARC record belongs, and so {about} has no DMARC: {published}",
    "Move the SPF record to {about} itself, if it has none yet, and publish a DMARC record instead:\n{record}",
    ("RFC 9989 section 4.5", "RFC 7208 section 3"),
)
WRONG_NAME = Message(
    "dmarc.published.wrong-name",
    Severity.ERROR,
    "a DMARC record stands at {found_at}, where no receiver looks: for mail from {about} they ask {record_name}",
    "Move it. In a control panel that adds the domain itself, the name to enter is _dmarc alone:\n{record}",
    ("RFC 9989 section 4.5", DISCOVERY),
)
DANGLING = Message(
    "dmarc.published.dangling-alias",
    Severity.ERROR,
    "{record_name} is an alias that leads to no TXT record ({path}), and so {about} has no DMARC record of its own",
    "Ask the service behind {last} why the record is gone, or replace the CNAME by a record of your own:\n{record}",
    ("RFC 1034 section 3.6.2", DISCOVERY),
)
LOOP = Message(
    "dmarc.published.alias-loop",
    Severity.ERROR,
    "{record_name} is an alias that leads back to itself ({path}): receivers get no answer, and can apply no policy",
    "Replace the CNAME by a record of your own:\n{record}",
    ("RFC 1034 section 3.6.2", DISCOVERY),
)
SUFFIX_ONLY = Message(
    "dmarc.published.suffix-only",
    Severity.WARNING,
    "{about} has no DMARC record of its own; only that of the public suffix {suffix} applies, which its registry can "
    "change and whose reports go to the registry",
    "Publish one of your own:\n{record}",
    (DISCOVERY, "RFC 9989 section 5.2"),
)
WILDCARD = Message(
    "dmarc.published.wildcard",
    Severity.WARNING,
    "the DMARC record that applies to {about} stands on a wildcard: {control} carries it too, so it is the record of every "
    "name below {source}, its p counts where sp should, and it agrees to the reports of strangers",
    "Publish it at its own name, and remove the wildcard:\n{record}",
    ("RFC 4592 section 2.2", "RFC 9989 section 4.5"),
)
UNKNOWN = Message(
    "dmarc.published.unknown",
    Severity.WARNING,
    "whether a DMARC record applies to {about} is not known: {names} could not be asked ({why})",
    AGAIN,
    (DISCOVERY, "RFC 9989 section 5.3.6"),
    Basis.UNDETERMINED,
)
UNKNOWN_OWN = Message(
    "dmarc.published.own-unknown",
    Severity.WARNING,
    "whether {about} has a DMARC record of its own is not known: {names} could not be asked ({why}). "
    "If it has none, that of {source} applies: {otherwise}",
    AGAIN,
    (DISCOVERY, "RFC 9989 section 5.3.6"),
    Basis.UNDETERMINED,
)


def judge(publication: Publication) -> Iterable[Finding]:
    """What applies, what was meant to apply and does not, and what could not be seen."""
    policy = publication.policy
    broken = [finding for rung in _looked_at(policy) for finding in _broken(publication, rung)]
    yield from broken
    if policy.domain.effective is None:
        # A loop was seen for what it is: asking again would not help.
        if any(not answer.loops for answer in policy.unanswered):
            yield _unknown(policy)
    elif policy.record is not None:
        yield from _applies(publication, policy)
    elif invalid := [rung for rung in _looked_at(policy) if len(rung.published) == 1]:
        yield INVALID(policy.name, record_name=question_name(invalid[0].name), evidence=(invalid[0].answer,))
    elif not broken:
        yield from _nothing(publication)


def _looked_at(policy: DmarcPolicy) -> tuple[Rung, ...]:
    """The names that decide: the domain's own, and those above where it has none. What a registry does is not ours."""
    if policy.own.record is not None:
        return ()
    source = policy.domain.source
    decided = [rung.name for rung in policy.walk.rungs].index(source) if source else len(policy.walk.rungs)
    return tuple(rung for rung in policy.walk.rungs[:decided] if "." in rung.name)


def _broken(publication: Publication, rung: Rung) -> Iterable[Finding]:
    """What stands at a name and is no record, though it was meant as one."""
    shown = (rung.answer,)
    name = question_name(rung.name)
    if len(rung.published) > 1:
        keep = _strictest(rung.published)
        record = to_publish(rung.name, keep)
        yield SEVERAL(
            rung.name, explains=REFUSALS, count=len(rung.published), record_name=name, record=record, evidence=shown
        )
    elif not rung.published:
        for text in records.texts(rung.answer)[:MOST_TEXTS]:
            read = discarded(text)
            if read is not None and not publication.is_wildcard_text(text):
                record = to_publish(rung.name, read.meant) if read.meant else starting_record(rung.name)
                yield LOOK_ALIKE(
                    rung.name,
                    explains=REFUSALS,
                    record_name=name,
                    reason=read.reason,
                    published=text,
                    record=record,
                    evidence=shown,
                )
        path = " -> ".join((name, *rung.answer.aliases))
        if rung.answer.loops:
            record = starting_record(rung.name)
            yield LOOP(rung.name, explains=REFUSALS, record_name=name, path=path, record=record, evidence=shown)
        elif rung.answer.aliases and rung.answer.outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA):
            yield DANGLING(
                rung.name,
                explains=REFUSALS,
                record_name=name,
                path=path,
                last=rung.answer.aliases[-1],
                record=starting_record(rung.name),
                evidence=shown,
            )


def _strictest(published: Sequence[str]) -> str:
    def worth(text: str) -> tuple[bool, bool, int, bool, str]:
        read = parse_record(text)
        strength = read.p.strength if read.p else -1
        return read.is_valid, read.works, strength, read.asks_for_reports, text

    return max(published, key=worth)


def _applies(publication: Publication, policy: DmarcPolicy) -> Iterable[Finding]:
    source = policy.domain.source
    assert policy.record is not None
    rung = next(rung for rung in policy.walk.rungs if rung.name == source)
    suffix = policy.walk.suffix
    if suffix is not None and suffix.name == source:
        yield SUFFIX_ONLY(policy.name, suffix=source, record=starting_record(policy.walk.organizational_domain))
        return
    if publication.is_wildcard_text(policy.record.text):
        yield WILDCARD(
            policy.name,
            control=publication.control.question.name,
            source=source,
            record=to_publish(source, policy.record.text),
            evidence=(rung.answer, publication.control),
        )
        return
    yield FOUND(policy.name, record_name=question_name(source), source=source, record=policy.record.text)


def _nothing(publication: Publication) -> Iterable[Finding]:
    policy = publication.policy
    own = policy.own
    misplaced = [answer for answer in publication.elsewhere if any(map(is_dmarc, records.texts(answer)))]
    for answer in misplaced:
        text = next(filter(is_dmarc, records.texts(answer)))
        if publication.by_wildcard and answer is not policy.texts:
            continue
        yield WRONG_NAME(
            policy.name,
            explains=REFUSALS,
            found_at=answer.question.name,
            record_name=question_name(policy.name),
            record=to_publish(policy.name, text),
            evidence=(own.answer, answer),
        )
        return
    senders = [x for x in records.texts(own.answer) if is_spf(x) and not publication.is_wildcard_text(x)]
    if senders:
        yield SPF_THERE(
            policy.name,
            explains=REFUSALS,
            record_name=question_name(policy.name),
            published=senders[0],
            record=starting_record(policy.name),
            evidence=(own.answer,),
        )
        return
    yield _missing(policy)


def _missing(policy: DmarcPolicy) -> Finding:
    shown: tuple[Answer, ...] = tuple(rung.answer for rung in policy.walk.rungs)
    if policy.parked:
        record = to_publish(policy.name, "v=DMARC1; p=reject")
        return UNPROTECTED(policy.name, record=record, evidence=(*shown, policy.texts, policy.exchanges))
    asked = tuple(question_name(rung.name) for rung in policy.walk.rungs if not rung.answer.unknown)
    unasked = tuple(question_name(rung.name) for rung in policy.walk.unknown)
    record = starting_record(_home(policy.name))
    return MISSING(policy.name, asked=asked, unasked=unasked, record=record, explains=REFUSALS, evidence=shown)


def _home(name: str) -> str:
    """Where a first record does most good: at the domain that was registered, which covers all below it."""
    return name if name.count(".") < 2 else registrable_domain(name) or name


def starting_record(domain: str) -> str:
    """The record to begin with: it asks for reports and changes nothing about delivery. RFC 9989 section 5.1.4"""
    return to_publish(domain, f"v=DMARC1; p=none; rua=mailto:dmarc-reports@{domain}")


def _unknown(policy: DmarcPolicy) -> Finding:
    unknown = policy.walk.unknown
    missing = policy.unanswered
    names = tuple(dict.fromkeys(answer.question.name for answer in missing))
    why = missing[0].why_unknown
    otherwise = policy.otherwise
    if unknown and unknown[0] is policy.own and otherwise.effective not in (None, ABSENT):
        return UNKNOWN_OWN(
            policy.name, names=names, why=why, source=otherwise.source, otherwise=otherwise.effective, evidence=missing
        )
    return UNKNOWN(policy.name, names=names, why=why, evidence=missing)


CHECK = Check(
    "dmarc.published",
    "Receivers find one DMARC record for the domain",
    publication_of,
    judge,
    (
        FOUND,
        INVALID,
        MISSING,
        UNPROTECTED,
        SEVERAL,
        LOOK_ALIKE,
        SPF_THERE,
        WRONG_NAME,
        DANGLING,
        LOOP,
        SUFFIX_ONLY,
        WILDCARD,
        UNKNOWN,
        UNKNOWN_OWN,
    ),
)
