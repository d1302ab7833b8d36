"""check_host(): may this address send mail as this sender? RFC 7208 section 4.

The evaluation is sequential by nature: a term counts only if no term before it matched. Asked one after the other, its
questions would take a round trip each. So it is done over and over, on the answers so far:

1. Go through the record as RFC 7208 says. Where an answer is missing, note its question, suppose that the term does
   not match, and go on.
2. If questions were noted, ask them all side by side, and begin again at 1.
3. If none was, this last passage *is* the sequential evaluation, with its result, its trace and its counts.

A passage that goes on past a missing answer comes to every term that the evaluation could still come to, and no other:
it stops where a term is known to match or to fail, since whatever the missing answers say, nothing behind that term is
ever evaluated; and it counts too few lookups rather than too many, so it stops at a limit only where that is certain.
An include chain of depth d takes d + 1 round trips, siblings go out together, and no count depends on either.

The bounds: ten terms that query, and ten names under each, are the RFC's. What is asked ahead is bounded to
`MOST_AHEAD` questions; from then on only the first missing answer is asked for, which is the sequential evaluation
itself and ends by its own limits. `MOST_CHARACTERS` bounds the text of all records.
"""

import msgspec

from checks import records
from checks.inquiry import Answer, DnsQuestion
from checks.names import Address
from checks.spf.macros import EXPLANATION_LETTERS, expand, macro_string_fault
from checks.spf.passage import Known, Mail, Passage
from checks.spf.record import Modifier, parse_record
from checks.spf.trace import Evaluation, RecordTrace, Result
from checks.vantage.control import Believing

MOST_AHEAD = 100
"""Our bound on what is asked side by side, before it is known to be needed."""


async def check_host(ip: Address, domain: str, sender: str, helo: str) -> Evaluation:
    """Evaluate SPF for mail that `ip` sends. RFC 7208 section 4.1

    `domain` is the domain of the RFC5321.MailFrom or the HELO name, `sender` the RFC5321.MailFrom or HELO identity
    (an address; without a local part it is postmaster's, section 4.3), `helo` the name given with HELO or EHLO. Total:
    whatever the arguments and the answers are, there is a result, and its reason.
    """
    mail = Mail(ip, domain, sender, helo)
    known, world = Known(), Believing(domain)
    while True:
        passage = Passage(mail, known)
        trace = passage.record(mail.domain)
        if not passage.missing:
            break
        await _fetch(passage.missing, known, world)
    evaluation = Evaluation(
        mail.ip, mail.domain, mail.sender, helo, trace.result, trace.why, passage.lookups, passage.voids, trace
    )
    explain = _exp_of(trace) if trace.result is Result.FAIL else None
    if explain is None:
        return evaluation
    # Looked up once, after the result is known, and counted nowhere. RFC 7208 sections 4.6.4, 6.2
    while True:
        text, answer = _explanation(passage, *explain)
        if not passage.missing:
            return msgspec.structs.replace(evaluation, explanation=text, explained_by=answer)
        await _fetch(passage.missing, known, world)


async def _fetch(missing: dict[DnsQuestion, None], known: Known, world: Believing) -> None:
    """Ask what is missing: all of it side by side, or the first only where enough was asked ahead. An address that the
    resolver invents counts as not known: a term can neither match by it nor fail to."""
    wanted = list(missing)[: max(1, MOST_AHEAD - len(known.answers))]
    answers = await world.answers(wanted)
    known.answers.update(zip(wanted, answers, strict=True))
    missing.clear()


def _exp_of(trace: RecordTrace) -> tuple[Modifier, str] | None:
    """The exp= that speaks for a fail, with its domain: that of the record whose own term failed the sender. Neither
    an included record's, nor that of a record which redirected. RFC 7208 section 6.2"""
    while (last := trace.decided_by) is not None and last.term.name == "redirect" and last.record is not None:
        trace = last.record
    modifiers = (term for term in parse_record(trace.text).terms if isinstance(term, Modifier) and term.name == "exp")
    exp = next(modifiers, None)
    return (exp, trace.domain) if exp is not None else None


def _explanation(passage: Passage, exp: Modifier, domain: str) -> tuple[str | None, Answer | None]:
    """The domain's own words. Whatever is wrong with them, there are none then. RFC 7208 section 6.2"""
    target = passage.expanded(exp.spec, domain)
    answer = passage.look(target, "TXT") if target else None
    texts = records.texts(answer) if answer is not None else ()
    if len(texts) != 1:
        return None, answer
    text = texts[0]
    if not text.isascii() or not text.isprintable() or macro_string_fault(text, EXPLANATION_LETTERS):
        return None, answer
    values = passage.values(text, domain)
    if values is None or answer is None:
        return None, answer
    return expand(text, {**values, "t": _seconds(answer.asked_at)}), answer


def _seconds(asked_at: str) -> str:
    """The %{t} macro, seconds since 1970, as of the answer that holds it: no clock is read here."""
    from datetime import datetime  # start-up time: for explanations only

    try:
        return str(int(datetime.fromisoformat(asked_at).timestamp()))
    except ValueError:
        return "0"
