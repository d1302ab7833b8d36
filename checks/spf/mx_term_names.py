"""No mx term of the SPF record comes to more than ten mail exchangers.

A receiver may look up the addresses of ten exchangers under one `mx` term; with an eleventh the term is a permerror. What
verifiers do there differs: some take the first ten and go on, so that mail fails at a part of the receivers only.
"""

from collections.abc import Iterable

from checks import records
from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import MOST_MX_NAMES, SpfPolicy, is_mechanism, policy_of
from checks.spf.refusals import UNUSABLE
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unread

ID = "spf.mx-term-names"
SECTION = "RFC 7208 section 4.6.4"

EXCEEDED = Message(
    f"{ID}.exceeded",
    Severity.ERROR,
    "{term} in the record of {owner} comes to the {count} mail exchangers of {about}, and the limit is 10: that is a permerror, "
    "though verifiers differ and some look at ten and go on",
    "Name the servers that send with ip4: and ip6: instead: servers that receive mail need no authorisation. Without what leads "
    "there, the record of {domain} is:\n{record}",
    (SECTION,),
)
UNKNOWN = unknown(ID, "how many mail exchangers the mx terms in the SPF of {about} come to")
TOO_LARGE = too_large(ID, "how many mail exchangers the mx terms in the SPF of {about} come to")
NO_RECORD = no_record(ID)
WITHIN = Message(
    f"{ID}.within",
    Severity.INFO,
    "no mx term in the SPF of {about} comes to more than 10 mail exchangers",
    references=(SECTION,),
)


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """Every mx term of every record, each once."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    found = {(finding.about, str(finding.args["term"])): finding for finding in _exceeded(policy)}
    yield from found.values()
    unseen = tuple(unread(policy, UNKNOWN, TOO_LARGE)) or tuple(_unasked(policy))
    yield from unseen
    if not found and not unseen:
        yield WITHIN(policy.root.name)


def _exceeded(policy: SpfPolicy) -> Iterable[Finding]:
    root = policy.root
    for via, node in policy.ways():
        for step in node.steps:
            if not is_mechanism(step.term, "mx") or not step.answers or root.record is None:
                continue
            count = len(records.mail_exchanges(step.answers[0]))
            if count > MOST_MX_NAMES:
                without = without_term(root.record.text, via or step.term.text)
                yield EXCEEDED(
                    step.target,
                    explains=UNUSABLE,
                    term=step.term.text,
                    owner=node.name,
                    count=count,
                    domain=root.name,
                    record=as_published(root.name, without),
                    evidence=(node.answer, step.answers[0]),
                )


def _unasked(policy: SpfPolicy) -> Iterable[Finding]:
    answers = (step.answers[0] for _, step in policy.steps() if is_mechanism(step.term, "mx") and step.answers)
    answer = next((answer for answer in answers if answer.unknown), None)
    unasked = (is_mechanism(step.term, "mx") and step.target and not step.answers for _, step in policy.steps())
    if answer is None and any(unasked):
        yield TOO_LARGE(policy.root.name)
    elif answer is not None:
        name = answer.question.name
        yield UNKNOWN(policy.root.name, name=name, rdtype="MX", why=answer.why_unknown, evidence=(answer,))


CHECK = Check(
    ID,
    "No mx term of the SPF record comes to more than ten mail exchangers",
    policy_of,
    judge,
    (EXCEEDED, UNKNOWN, TOO_LARGE, WITHIN, NO_RECORD),
)
