"""The SPF record says what happens to everybody it does not name.

Its last mechanism does: `-all` (they are not authorised) or `~all` (probably not). Without it, or with `?all`, the result is
`neutral`, which receivers treat like no SPF at all. What stands behind `all` is never tested, and beside an `all` a
`redirect=` is ignored. `~all` is as good as `-all` where DMARC quarantines or rejects what fails; where there is no
DMARC, it asks nobody to do anything.
"""

from collections.abc import Iterable

import msgspec

from checks.dmarc.policy import ABSENT, DmarcPolicy
from checks.dmarc.policy import policy_of as dmarc_policy_of
from checks.inquiry import together
from checks.model import Basis, Check, Finding, Message, Severity, Target
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import Node, SpfPolicy, policy_of
from checks.spf.record import VERSION, Mechanism, SpfRecord
from checks.spf.unseen import no_record, unjudged, unknown
from checks.unseen import AGAIN

ID = "spf.ends-in-all"
ALL = "RFC 7208 section 5.1"
REDIRECT = "RFC 7208 section 6.1"

NO_END = Message(
    f"{ID}.no-end",
    Severity.WARNING,
    "the SPF record of {about} has neither all nor redirect: for every address it does not name the result is neutral, as if "
    "it were not there",
    "Say what happens to all others; once you are sure that every sender is named, end in -all.\n{record}",
    ("RFC 7208 section 4.7", ALL),
)
NEUTRAL = Message(
    f"{ID}.neutral",
    Severity.WARNING,
    "the SPF record of {about} ends in ?all: for every address it does not name the result is neutral, as if it were not there",
    "Say what happens to all others; once you are sure that every sender is named, end in -all.\n{record}",
    ("RFC 7208 section 8.2", ALL),
)
SOFT_ALONE = Message(
    f"{ID}.softfail-alone",
    Severity.WARNING,
    "the SPF record of {about} ends in ~all and {domain} has no DMARC policy: receivers are told that other senders are "
    "probably not yours, and nothing says what to do with them",
    "Publish a DMARC record, to begin with one that only watches (the first line); or, if every sender is named, end in -all (the "
    'second).\n_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"\n{record}',
    ("RFC 7208 section 8.5", "RFC 9989 section 4.7"),
)
REDIRECT_IGNORED = Message(
    f"{ID}.redirect-ignored",
    Severity.WARNING,
    "{redirect} in the SPF record of {about} is ignored, since the record has an all",
    "Take out the redirect (the first line), or, if it leads to senders of yours, make it an include (the second).\n{record}\n{included}",
    (REDIRECT,),
)
BEHIND_ALL = Message(
    f"{ID}.behind-all",
    Severity.WARNING,
    "{terms} in the SPF record of {about} stands behind {all_term} and is never tested",
    "Put all last, if these are senders of yours:\n{record}",
    (ALL,),
)
ELSEWHERE = Message(
    f"{ID}.elsewhere",
    Severity.INFO,
    "how the SPF record of {about} ends cannot be told: {redirect} hangs on the message, or leads to no single record",
    references=(REDIRECT,),
    basis=Basis.NOT_APPLICABLE,
)
UNPARSED = Message(
    f"{ID}.unparsed",
    Severity.INFO,
    "how the SPF record of {about} ends cannot be told before it parses",
    references=(ALL,),
    basis=Basis.NOT_APPLICABLE,
)
EVERYONE = Message(
    f"{ID}.everyone",
    Severity.INFO,
    "the SPF record of {about} ends in {all_term}, which authorises everyone",
    references=(ALL,),
    basis=Basis.NOT_APPLICABLE,
)
DMARC_UNKNOWN = Message(
    f"{ID}.softfail-unknown",
    Severity.NOTICE,
    "the SPF record of {about} ends in ~all, and whether DMARC makes something of it is not known: the policy of {domain} could "
    "not be asked for",
    AGAIN,
    ("RFC 9989 section 4.10",),
    Basis.UNDETERMINED,
)
UNKNOWN = unknown(ID, "how the SPF record of {about} ends", Severity.NOTICE)
NO_RECORD = no_record(ID)
SOFT_WATCHED = Message(
    f"{ID}.softfail-watched",
    Severity.NOTICE,
    "the SPF record of {about} ends in ~all, and the DMARC policy of {domain} is none: what fails is reported and delivered",
    "When the reports show that all your mail passes, raise the DMARC policy to quarantine; the record may stay as it is.",
    ("RFC 7208 section 8.5", "RFC 9989 section 4.7"),
)
SOFT_ENFORCED = Message(
    f"{ID}.softfail-enforced",
    Severity.INFO,
    "the SPF record of {about} ends in ~all, and DMARC ({effective}) says what to do with what fails",
    references=("RFC 7208 section 8.5",),
)
HARD = Message(
    f"{ID}.hard", Severity.INFO, "the SPF record of {about} ends in -all: no one else may send", references=(ALL,)
)


class Ending(msgspec.Struct, frozen=True):
    """An SPF policy, and the DMARC policy of the Author Domain beside it."""

    spf: SpfPolicy
    dmarc: DmarcPolicy


async def ending_of(target: Target) -> Ending:
    """Get both, side by side."""
    spf, dmarc = await together(policy_of(target), dmarc_policy_of(target))
    return Ending(spf, dmarc)


def judge(ending: Ending) -> Iterable[Finding]:
    """What hides in the domain's own record first, then the end itself, wherever a redirect leads."""
    root = ending.spf.root
    if nothing := tuple(unjudged(ending.spf, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    assert root.record is not None  # else it was not judged
    yield from _ignored(root, root.record)
    last = root
    while last.record is not None and last.record.redirect is not None:
        redirect = last.record.redirect
        target = next((step.node for step in last.steps if step.term == redirect), None)
        if target is not None and target.answer.unknown:
            why = target.answer.why_unknown
            yield UNKNOWN(root.name, name=target.name, rdtype="TXT", why=why, evidence=(target.answer,))
            return
        if target is None or target.record is None or target.loops:
            yield ELSEWHERE(root.name, redirect=redirect.text)
            return
        last = target
    assert last.record is not None  # the loop ends at a record
    yield _end(ending, last, last.record)


def _ignored(node: Node, record: SpfRecord) -> Iterable[Finding]:
    """What an `all` makes useless: a redirect beside it, mechanisms behind it."""
    all_term = record.all_term
    if all_term is None:
        return
    redirect = next((term for term in record.terms if term.name == "redirect"), None)
    if redirect is not None:
        without = without_term(record.text, redirect.text)
        included = without_term(without, all_term.text).split(" ")[1:]
        included = [word for word in included if word != "~all"]
        text = " ".join([VERSION, *included, f"include:{redirect.spec}", all_term.text])
        yield REDIRECT_IGNORED(
            node.name,
            redirect=redirect.text,
            record=as_published(node.name, without),
            included=as_published(node.name, text),
            evidence=(node.answer,),
        )
    behind = [t for t in record.terms if isinstance(t, Mechanism) and t.position > all_term.position]
    if behind:
        words = [t.text for t in record.terms if not (isinstance(t, Mechanism) and t.name == "all")]
        yield BEHIND_ALL(
            node.name,
            terms=tuple(term.text for term in behind),
            all_term=all_term.text,
            record=as_published(node.name, " ".join([VERSION, *words, all_term.text])),
            evidence=(node.answer,),
        )


def _end(ending: Ending, last: Node, record: SpfRecord) -> Finding:
    about, domain, shown = last.name, ending.dmarc.name, (last.answer,)
    end = record.all_term
    if end is None and record.faults:
        return UNPARSED(about, evidence=shown)
    if end is None:
        return NO_END(about, record=as_published(about, f"{record.text.rstrip(' ')} ~all"), evidence=shown)
    match end.qualifier:
        case "?":
            return NEUTRAL(about, record=as_published(about, _ending_in(record, "~all")), evidence=shown)
        case "+":
            return EVERYONE(about, all_term=end.text, evidence=shown)
        case "-":
            return HARD(about, evidence=shown)
    effective = ending.dmarc.domain.effective
    if effective is None:
        return DMARC_UNKNOWN(about, domain=domain)
    if effective == ABSENT:
        return SOFT_ALONE(about, domain=domain, record=as_published(about, _ending_in(record, "-all")))
    if ending.dmarc.enforced:
        return SOFT_ENFORCED(about, effective=str(effective))
    return SOFT_WATCHED(about, domain=domain)


def _ending_in(record: SpfRecord, end: str) -> str:
    """The record with another `all`."""
    words = (end if isinstance(term, Mechanism) and term.name == "all" else term.text for term in record.terms)
    return " ".join([VERSION, *dict.fromkeys(words)])


CHECK = Check(
    ID,
    "The SPF record says what happens to everybody it does not name",
    ending_of,
    judge,
    (
        NO_END,
        NEUTRAL,
        SOFT_ALONE,
        REDIRECT_IGNORED,
        BEHIND_ALL,
        UNKNOWN,
        DMARC_UNKNOWN,
        SOFT_WATCHED,
        SOFT_ENFORCED,
        HARD,
        ELSEWHERE,
        UNPARSED,
        EVERYONE,
        NO_RECORD,
    ),
)
