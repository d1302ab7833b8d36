"""The report as a person reads it: the answer first, then why and what to do, then the proof.

`lines` gives spans with the name of a style each; `render` joins them plainly, a terminal colours them.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from checks.inquiry import Answer, Outcome
from checks.model import Basis, Finding, Severity, Status, Verdict
from checks.text import inert
from healthcheck.report import CheckResult, Report, Shown

WIDTH = 110
"""Columns where no terminal says otherwise."""
PROOFS = 3
"""Answers printed under a failure; `-v` prints all."""
LONGEST_RECORD = 300
"""Characters of a record printed under a failure."""


class Span(NamedTuple):
    """A piece of a line; `style` is "" or one of STYLES."""

    text: str
    style: str = ""


Line = tuple[Span, ...]

STYLES = {
    "pass": "green",
    "warn": "yellow",
    "fail": "bold red",
    "unknown": "magenta",
    "skipped": "dim",
    "heading": "bold",
    "quiet": "dim",
    "do": "bold",
}
STATUS_WORDS = {
    Status.PASS: "pass",
    Status.WARN: "warn",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "?",
    Status.SKIPPED: "-",
}
VERDICT_STYLES = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "unknown"}


def render(reports: Sequence[Report], width: int = WIDTH, verbose: bool = False) -> str:
    """All reports as plain text, a blank line between two."""
    return "".join("".join(span.text for span in line) + "\n" for line in lines(reports, width, verbose))


def lines(reports: Sequence[Report], width: int = WIDTH, verbose: bool = False) -> Iterator[Line]:
    """All reports as styled lines, none longer than `width` where words allow it."""
    for number, report in enumerate(reports):
        if number:
            yield ()
        yield from _report(report, width, verbose)


def _report(report: Report, width: int, verbose: bool) -> Iterator[Line]:
    yield _headline(report)
    failures = _chosen(report, Basis.OBSERVED, Severity.ERROR, Severity.CRITICAL)
    warnings = _chosen(report, Basis.OBSERVED, Severity.WARNING)
    unknown = _chosen(report, Basis.UNDETERMINED, *Severity)
    for title, found in (("Why mail is failing", failures), ("Warnings", warnings), ("Not known", unknown)):
        if found:
            yield ()
            yield (Span(title, "heading"),)
            for number, (_, shown) in enumerate(found, 1):
                yield from _finding(number, shown, report, width, proved=found is failures)
    yield ()
    yield (Span("Checklist", "heading"),)
    longest = max((len(result.id) for result in report.checks), default=0)
    for result in report.checks:
        yield _checklist_line(result, longest, width)
    if verbose:
        yield from _all_evidence(report, width)


def _headline(report: Report) -> Line:
    name = report.target.domain
    if report.unicode_domain != name:
        name = f"{inert(report.unicode_domain)} ({name})"
    verdict = report.verdict
    return (
        Span(f"{name}: ", "heading"),
        Span(verdict.value.upper(), VERDICT_STYLES[verdict]),
        Span(f"   {counted(report)}"),
        Span(f"   {report.world} world, {report.generated_at[:16].replace('T', ' ')} UTC", "quiet"),
    )


def counted(report: Report) -> str:
    """The summary in words: `1 failed, 2 warnings, 21 passed, 1 not known`; what is zero is left out, but not passed."""
    summary = report.summary
    words = (
        (summary[Status.FAIL], "failed", True),
        (summary[Status.WARN], "warning" if summary[Status.WARN] == 1 else "warnings", True),
        (summary[Status.PASS], "passed", False),
        (summary[Status.UNKNOWN], "not known", True),
        (summary[Status.SKIPPED], "not applicable", True),
    )
    return ", ".join(f"{number} {word}" for number, word, hide in words if number or not hide)


def _chosen(report: Report, basis: Basis, *severities: Severity) -> list[tuple[CheckResult, Shown]]:
    found = [
        (result, shown)
        for result in report.checks
        for shown in result.shown
        if shown.finding.message.basis is basis and shown.finding.message.severity in severities
    ]
    return sorted(found, key=lambda pair: -pair[1].finding.message.severity)


def _finding(number: int, shown: Shown, report: Report, width: int, proved: bool) -> Iterator[Line]:
    finding = shown.finding
    yield from _wrapped(f"{number:3}  ", finding.text, width)
    if proved:
        answers = [report.evidence[at - 1] for at in shown.evidence]
        for at, answer in enumerate(answers[:PROOFS]):
            yield from _wrapped("     proved by  " if not at else " " * 16, _proof(answer), width, "quiet")
        if len(answers) > PROOFS:
            yield from _wrapped(" " * 16, f"and {len(answers) - PROOFS} more answers (-v shows them)", width, "quiet")
    if finding.remedy:
        label = "     to know it " if finding.message.basis is Basis.UNDETERMINED else "     do this    "
        yield from _wrapped(label, finding.remedy, width)
    why = ", ".join([finding.message.code, *finding.message.references])
    yield from _wrapped("     see        ", why, width, "quiet")


def _checklist_line(result: CheckResult, longest: int, width: int) -> Line:
    """One line a check; what does not fit was told whole above."""
    status = result.status
    prefix = f"  {result.id:<{longest}}  "
    told = _telling(result).replace("\n", " ")
    room = max(width - len(prefix) - 6, 30)
    if len(told) > room:
        told = told[: room - 1].rstrip() + "…"
    return (Span("  "), Span(f"{STATUS_WORDS[status]:<4}", status.value), Span(prefix), Span(told))


def _telling(result: CheckResult) -> str:
    """What the checklist says of a check: short where it passed, the worst of it where it did not."""
    findings: Iterable[Finding] = result.findings
    if result.status is Status.PASS:
        told = [finding for finding in findings if finding.message.severity <= Severity.NOTICE]
        return told[0].text if len(told) == 1 else result.title
    basis = {Status.UNKNOWN: Basis.UNDETERMINED, Status.SKIPPED: Basis.NOT_APPLICABLE}.get(
        result.status, Basis.OBSERVED
    )
    worst = max((f for f in findings if f.message.basis is basis), key=lambda finding: finding.message.severity)
    return worst.text


def _proof(answer: Answer) -> str:
    question = answer.question
    asked = f"{question.name or '.'} {question.rdtype}"
    if answer.outcome is Outcome.ANSWERED:
        said = "  ".join(answer.records)
        said = said if len(said) <= LONGEST_RECORD else f"{said[:LONGEST_RECORD]}… ({len(said)} characters)"
    else:
        said = answer.outcome.value + (f" ({answer.detail})" if answer.detail else "")
    by = f"   [{answer.server}]" if answer.server else ""
    via = f" -> {' -> '.join(answer.aliases)}" if answer.aliases else ""
    return str(inert(f"{asked}{via}  {said}{by}"))


def _all_evidence(report: Report, width: int) -> Iterator[Line]:
    yield ()
    yield (Span("Evidence", "heading"),)
    for number, answer in enumerate(report.evidence, 1):
        ttl = f", ttl {answer.ttl} s" if answer.ttl is not None else ""
        yield from _wrapped(f"{number:5}  ", f"{_proof(answer)} at {answer.asked_at}{ttl}", width, "quiet")


def _wrapped(prefix: str, text: str, width: int, style: str = "") -> Iterator[Line]:
    """Text behind a prefix, further lines under the first; line ends inside the text are kept (records to publish)."""
    room = max(width - len(prefix), 30)
    first = True
    for paragraph in text.split("\n"):
        # A record to publish must survive copying: it is not broken inside a word.
        for piece in textwrap.wrap(paragraph, room, break_long_words=False, break_on_hyphens=False) or [""]:
            yield (Span(prefix if first else " " * len(prefix)), Span(piece, style))
            first = False
