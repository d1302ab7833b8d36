"""SPF for people: the answer first, then what decided and what to do, then the trace as a tree.

`lines` gives styled spans as `render.text` does; `render` joins them plainly. `spf_json.py` has the same as JSON.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from checks.inquiry import Answer
from checks.spf.passage import MOST_VOIDS
from checks.spf.policy import MOST_LOOKUPS, Node, Step
from checks.spf.trace import Evaluation, RecordTrace, Result, TermTrace
from checks.text import inert
from healthcheck.authorise import Authorisation
from healthcheck.render import WIDTH
from healthcheck.render.text import Line, Span, wrapped
from healthcheck.render.words import proof

__all__ = ["lines", "render"]

LONGEST_PROOF = 160
"""Characters of an answer's records that are printed; the JSON has them whole."""
WIDEST_TERM = 44
"""Columns of a term with what stands before it in the tree, so that results stand under each other."""

_STYLES = {
    Result.PASS: "pass",
    Result.FAIL: "fail",
    Result.PERMERROR: "fail",
    Result.TEMPERROR: "unknown",
}
_MEANING = {
    Result.PASS: "the address may send for the domain",
    Result.FAIL: "the domain says that the address may not send for it",
    Result.SOFTFAIL: "the domain says that the address probably may not send for it",
    Result.NEUTRAL: "the domain says nothing of this address: to DMARC that is no pass",
    Result.NONE: "there is no policy: to DMARC that is no pass",
    Result.PERMERROR: "receivers cannot use the policy, and no sender passes",
    Result.TEMPERROR: "not known: an answer is missing",
}


def render(found: Sequence[Authorisation], width: int = WIDTH, verbose: bool = False) -> str:
    """All answers as plain text, a blank line between two."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines(found, width, verbose))


def lines(found: Sequence[Authorisation], width: int = WIDTH, verbose: bool = False) -> Iterator[Line]:
    """All answers as styled lines. `verbose`: with every answer of the DNS, its server and its time."""
    for number, one in enumerate(found):
        if number:
            yield ()
        yield from _evaluated(one, one.evaluation, width) if one.evaluation else _unevaluated(one, width)
        if verbose:
            yield from _evidence(one, width)


# --- the evaluation of one mail ---------------------------------------------------------------------------------------


def _evaluated(one: Authorisation, evaluation: Evaluation, width: int) -> Iterator[Line]:
    style = _STYLES.get(evaluation.result, "warn")
    who = f"mail from {_sender(one)} sent by {evaluation.ip}: "
    yield from _headline(who, evaluation.result.value, style, one, width)
    yield from _labelled("means", _MEANING[evaluation.result], width)
    yield from _labelled("because", evaluation.reason, width)
    if evaluation.decisions:
        yield from _labelled(
            "decided by", " -> ".join(f"{x.term.text} ({x.domain})" for x in evaluation.decisions), width
        )
    if evaluation.explanation is not None:
        yield from _labelled("it explains", evaluation.explanation, width)
    cost = (
        f"{evaluation.lookups} {'lookup' if evaluation.lookups == 1 else 'lookups'} ({MOST_LOOKUPS} are allowed), "
        f"{evaluation.void_lookups} void ({MOST_VOIDS} are allowed)"
    )
    yield from _labelled("cost", cost, width)
    if not one.mail.helo and _asks_for_helo(evaluation.trace):
        yield from _labelled(
            "note", f"the record asks for the HELO name: {evaluation.helo} was supposed; give --helo", width
        )
    prose, *records = one.remedy.split("\n")
    if prose:
        yield from _labelled("do this", prose, width)
    for record in records:
        yield (Span(" " * (_LABEL + 2)), Span(str(inert(record)), "do"))
    if evaluation.trace.answer is not None:
        yield ()
        yield (Span("How it came to that", "heading"),)
        yield from _tree(_root_row(evaluation.trace, evaluation.deciding), width)


def _sender(one: Authorisation) -> str:
    if one.mail.identity == "helo":
        return f"<> (HELO {one.mail.helo})"
    return str(inert(one.mail.mail_from or one.mail.domain))


def _headline(told: str, word: str, style: str, one: Authorisation, width: int) -> Iterator[Line]:
    seen = f"{one.world} world, {str(inert(one.generated_at))[:16].replace('T', ' ')} UTC"
    head = (Span(told, "heading"), Span(word.upper() if style == "fail" else word, style))
    gap = width - len(told) - len(word) - len(seen)
    if gap >= 3:
        yield (*head, Span(" " * gap + seen, "quiet"))
    else:
        yield head
        yield (Span(seen, "quiet"),)


_LABEL = 14


def _labelled(label: str, text: str, width: int) -> Iterator[Line]:
    yield from wrapped(f"  {label:<{_LABEL - 2}}", str(inert(text)), width)


def _asks_for_helo(record: RecordTrace) -> bool:
    return "%{h" in record.text.lower() or any(x.record is not None and _asks_for_helo(x.record) for x in record.terms)


# --- the tree ---------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """One term in the tree: what it is, what became of it, what it cost, the answers below it, and what lies deeper."""

    term: str
    word: str
    style: str
    notes: tuple[str, ...]
    answers: tuple[str, ...]
    below: "tuple[_Row, ...]" = ()


class _Drawn(NamedTuple):
    """A row with the bars of the tree in front of it, and in front of the lines that belong to it."""

    before: str
    under: str
    row: _Row


def _tree(root: _Row, width: int) -> Iterator[Line]:
    drawn = list(_drawn(root, "  ", "  "))
    column = max((min(len(one.before) + len(one.row.term), WIDEST_TERM) for one in drawn), default=0) + 2
    words = max(len(one.row.word) for one in drawn)
    words += 2 if words else 0
    for one in drawn:
        row = one.row
        room = " " * max(column - len(one.before) - len(row.term), 2)
        told = (Span(one.before, "quiet"), Span(row.term))
        marks = (Span(room), Span(f"{row.word:<{words}}", row.style), Span(", ".join(row.notes), "quiet"))
        yield (*told, *marks) if row.word or row.notes else told
        for answer in row.answers:
            yield from wrapped(f"{one.under}    ", answer, width, "quiet", f"{one.under}      ")


def _drawn(row: _Row, before: str, under: str) -> Iterator[_Drawn]:
    yield _Drawn(before, under + ("│" if row.below else ""), row)
    for at, child in enumerate(row.below, 1):
        last = at == len(row.below)
        yield from _drawn(child, under + ("└─ " if last else "├─ "), under + ("   " if last else "│  "))


def _root_row(trace: RecordTrace, deciding: Sequence[TermTrace]) -> _Row:
    said = _record_lines(trace)
    return _Row(f"{inert(trace.domain)}", "", "", (), said, tuple(_term_row(term, deciding) for term in trace.terms))


def _term_row(term: TermTrace, deciding: Sequence[TermTrace]) -> _Row:
    word = "no match" if term.result is None else term.result.value
    notes = [f"lookup {term.nth}"] if term.nth else []
    notes += [f"void lookup {term.void}"] if term.void else []
    inner = term.record
    if term.result is None:
        told = "" if inner is not None else term.why.removeprefix("does not match").removeprefix(": ")
        notes += [f"its record gives {inner.result}"] if inner is not None else [str(inert(told))] if told else []
    notes += ["decides"] if any(term is one for one in deciding) else []
    style = "quiet" if term.result is None else _STYLES.get(term.result, "warn")
    if inner is None:
        return _Row(str(inert(term.term.text)), word, style, tuple(notes), tuple(_said(one) for one in term.answers))
    below = tuple(_term_row(one, deciding) for one in inner.terms)
    return _Row(str(inert(term.term.text)), word, style, tuple(notes), _record_lines(inner), below)


def _record_lines(trace: RecordTrace) -> tuple[str, ...]:
    """The record, or the answer that holds none, and what is wrong with it as a whole."""
    if trace.text:
        wrong = (
            (str(inert(trace.why)),) if trace.result in (Result.PERMERROR, Result.TEMPERROR) and not trace.terms else ()
        )
        return (str(inert(trace.text)), *wrong)
    return (_said(trace.answer),) if trace.answer is not None else ()


def _said(answer: Answer) -> str:
    return proof(msgspec.structs.replace(answer, server=""), LONGEST_PROOF)


# --- the policy -------------------------------------------------------------------------------------------------------


def _unevaluated(one: Authorisation, width: int) -> Iterator[Line]:
    policy = one.policy
    assert policy is not None
    word, style = {0: ("valid", "pass"), 1: ("broken", "fail")}.get(one.exit_code, ("not known", "unknown"))
    yield from _headline(f"{inert(one.unicode_domain)}: SPF policy ", word, style, one, width)
    yield from _labelled("because", one.policy_reason, width)
    yield from _labelled("not asked", "whether an address may send: give it with --ip ADDRESS", width)
    yield ()
    yield (Span("What it comes to, if no term matches", "heading"),)
    yield from _tree(_Row(str(inert(policy.root.name)), "", "", (), *_below(policy.root)), width)


def _below(node: Node) -> tuple[tuple[str, ...], tuple[_Row, ...]]:
    """What stands below a name in the tree: its record, with what is wrong with it, and the terms."""
    if node.loops:
        return ("it is being read already: the includes go round in a circle",), ()
    said = tuple(str(inert(text)) for text in node.published) or (_said(node.answer),)
    for fault in node.record.faults if node.record is not None else ():
        said += (str(inert(f"syntax error at character {fault.position}, {fault.text}: {fault.reason}")),)
    return said, tuple(_step_row(step) for step in node.steps)


def _step_row(step: Step) -> _Row:
    notes = [f"lookup {step.nth}"] if step.nth else []
    notes += [f"{step.lookups} with all below"] if step.lookups > 1 else []
    notes += ["depends on the mail"] if step.nth and not step.target else []
    over = "too many" if step.nth > MOST_LOOKUPS else ""
    said, below = _below(step.node) if step.node is not None else (tuple(_said(one) for one in step.answers), ())
    return _Row(str(inert(step.term.text)), over, "fail", tuple(notes), said, below)


def _evidence(one: Authorisation, width: int) -> Iterator[Line]:
    yield ()
    yield (Span("Evidence", "heading"),)
    for number, answer in enumerate(one.evidence, 1):
        ttl = f", ttl {answer.ttl} s" if answer.ttl is not None else ""
        told = f"{_said(answer)} at {inert(answer.asked_at)}{ttl}"
        yield from wrapped(f"{number:5}  ", told, width, "quiet")
