"""From observed replies to causes: what explains them, what does not, and what nobody could look at.

Replies are grouped by category. Each suspect of a category becomes one cause, judged for every reply that names it; where no
check can be a suspect, the reply itself states its fact (no such mailbox, wrong password) or leaves the cause open.
"""

from collections.abc import Iterable, Sequence

from checks.delivery.observed import Observed
from checks.diagnosis.cause import ORDER, Cause, State
from checks.diagnosis.expected import expected
from checks.diagnosis.looked import Looked, Results
from checks.diagnosis.relevance import PROVIDER_ACTS
from checks.diagnosis.stated_facts import base_cause
from checks.diagnosis.told import Told, told_by
from checks.diagnosis.verdict import GUESSED, Verdict, judged, nothing_left
from checks.diagnosis.words import check_after, codes_of, heading, providers_of
from checks.model import Target


def causes(observed: Observed | None, results: Results, target: Target) -> tuple[Cause, ...]:
    """The causes of the failed replies that were observed: confirmed ones first, then open ones, then those ruled out; inside
    by the replies they explain. Where nothing was observed, what the findings lead to, marked as not seen.

    `results` are the findings of a run on `target`, by check id.
    """
    if observed is None or not observed.failures:
        return expected(results, target)
    run, groups = Looked(results, target), _by_category(map(told_by, observed.failures))
    found = [cause for group in groups.values() for cause in _of_category(group, run, observed.replies)]
    return tuple(sorted(found, key=_rank))


def _rank(cause: Cause) -> tuple[bool, int, int, bool, bool]:
    """By how much mail a cause explains; nothing is explained by what was ruled out, or by words that nobody understood.

    Of the same mail: what is confirmed first; roots before what follows from them (where SPF or DKIM is broken, mending it
    mends alignment), and what a check proves before a reply's own word. Of what is open, the category before its suspects.
    """
    explains_nothing = cause.state == "ruled-out" or (cause.state == "open" and cause.category == "unknown")
    stated = any(code.startswith("replies.") for code in cause.confirmed_by)
    follows = cause.suspect == "dmarc.alignment" and cause.state == "confirmed"
    aside = stated if cause.state == "confirmed" else bool(cause.suspect)
    return (explains_nothing, -cause.replies, ORDER[cause.state], follows, aside)


def _by_category(all_told: Iterable[Told]) -> dict[str, list[Told]]:
    groups: dict[str, list[Told]] = {}
    for told in all_told:
        groups.setdefault(told.category, []).append(told)
    return groups


def _of_category(group: Sequence[Told], run: Looked, total: int) -> list[Cause]:
    suspects = dict.fromkeys(word for told in group for word in told.suspects)
    looked = [word for word in suspects if run.of(word) and not nothing_left(word, tuple(suspects), run)]
    verdicts = {word: [(told, judged(told, word, run)) for told in group if word in told.suspects] for word in looked}
    _keep_open(verdicts, run)
    found = [_cause(word, verdicts[word], total) for word in looked]
    found += base_cause(group, found, run, total)
    return found


def _keep_open(verdicts: dict[str, list[tuple[Told, Verdict]]], run: Looked) -> None:
    """A key that was only found by its usual name lets DKIM go where another culprit is proved, and nowhere else."""
    if not run.keys_are_guessed or "dkim" not in verdicts:
        return
    proved = {id(told) for found in verdicts.values() for told, verdict in found if verdict.state == "confirmed"}
    verdicts["dkim"] = [
        (told, Verdict("open", because=(GUESSED,)))
        if told.category == "auth_failed"
        and verdict.state == "ruled-out"
        and verdict.by != ("dmarc.alignment",)
        and id(told) not in proved
        else (told, verdict)
        for told, verdict in verdicts["dkim"]
    ]


def _cause(suspect: str, found: Sequence[tuple[Told, Verdict]], total: int) -> Cause:
    """One cause out of the verdicts of all replies that name the suspect: it explains those for which it has its state."""
    state: State = min((verdict.state for _, verdict in found), key=lambda one: ORDER[one])
    mine = [(told, verdict) for told, verdict in found if verdict.state == state]
    replies = sum(told.failure.replies for told, _ in mine)
    speaking = [told for told, _ in mine]
    first = max(speaking, key=lambda told: told.failure.replies)
    findings = list(dict.fromkeys(id(x) for _, verdict in mine for x in verdict.findings))
    by_id = {id(x): x for _, verdict in mine for x in verdict.findings}
    proofs = [by_id[one] for one in findings]
    codes = tuple(dict.fromkeys(proof.message.code for proof in proofs))
    return Cause(
        id=f"{first.category}:{suspect}",
        title=heading(first, suspect, proofs),
        state=state,
        category=first.category,
        suspect=suspect,
        suspects=(suspect,),
        who_acts="provider" if codes and PROVIDER_ACTS.issuperset(codes) else first.who_acts,
        share=round(replies / total, 4) if total else None,
        replies=replies,
        confirmed_by=codes,
        ruled_out_by=tuple(dict.fromkeys(check for _, verdict in mine for check in verdict.by)),
        open_because=tuple(dict.fromkeys(why for _, verdict in mine for why in verdict.because)),
        remedy=proofs[0].remedy if proofs else "",
        explains=codes_of(speaking),
        sample=first.failure.reply,
        providers=providers_of(speaking),
        check_after=check_after(suspect, proofs) if state == "confirmed" else "",
    )
