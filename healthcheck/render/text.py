"""The report as a person reads it: the answer first, then why and what to do, then the proof.

What passed is short, what failed is whole, and what could not be known says how to make it known. `lines` gives spans
with the name of a style each; `render` joins them plainly, a terminal colours them.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from checks.model import Basis, Finding, Severity, Status, Verdict
from checks.providers.requirements import State
from checks.text import Part, inert
from healthcheck.render import WIDTH
from healthcheck.render.words import (
    ASKED_FOR,
    EXPECTED,
    IGNORED,
    STATE_COUNTS,
    STATE_WORDS,
    STATUS_WORDS,
    WORST_FIRST,
    WRONG,
    WRONG_ELSE,
    Alike,
    alike,
    apart,
    because,
    blocks,
    by_protocol,
    chosen,
    condition_of,
    counted,
    nobody_answered,
    notable,
    proof,
    spoken_ignored,
    spoken_kind,
    spoken_name,
    spoken_observed,
    spoken_time,
    spoken_waivers,
    told_before,
    what_else,
    why_nobody_answered,
)
from healthcheck.report import CheckResult, Report, Shown

PROOFS = 3
"""Answers printed under a failure; `-v` prints all."""
FEW = 6
"""Checks that have a line each in the checklist even without `-v`."""
LONGEST_PROOF = 300
"""Characters of an answer's records that are printed; the JSON has them whole."""


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
STATE_STYLES = {State.MET: "pass", State.NOT_MET: "fail", State.UNKNOWN: "unknown"}
VERDICT_STYLES = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "unknown"}

_MARGIN = 5
"""Columns before the text of a finding: its number and two spaces."""


def render(reports: Sequence[Report], width: int = WIDTH, verbose: bool = False) -> str:
    """All reports as plain text, a blank line between two."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines(reports, width, verbose))


def lines(reports: Sequence[Report], width: int = WIDTH, verbose: bool = False) -> Iterator[Line]:
    """All reports as styled lines, none longer than `width` where words allow it; of several, an overview first."""
    if len(reports) > 1:
        yield from _overview(reports)
    for number, report in enumerate(reports):
        if number or len(reports) > 1:
            yield ()
        yield from _report(report, width, verbose)


def _overview(reports: Sequence[Report]) -> Iterator[Line]:
    yield (Span(f"{len(reports)} {spoken_kind(reports)}", "heading"),)
    longest = max(len(spoken_name(report)) for report in reports)
    for report in reports:
        name, verdict = spoken_name(report), report.verdict
        answer = Span(f"{verdict.value.upper():<12}", VERDICT_STYLES[verdict])
        yield (Span(f"  {name:<{longest}}  "), answer, Span(f"  {counted(report)}"))


def _report(report: Report, width: int, verbose: bool) -> Iterator[Line]:
    if report.what_if is not None:
        from healthcheck.render.what_if_text import what_if_lines  # start-up time: where records were laid over

        yield from what_if_lines(report.what_if, spoken_name(report), width)
    yield from _headline(report, width)
    if observed := spoken_observed(report):
        yield from wrapped("observed: ", observed, width, "quiet")
    blind = nobody_answered(report)
    if blind:
        why = f"nobody answered: {why_nobody_answered(report)}. This says nothing about the domain."
        yield from wrapped("", f"{why} {what_else(report)}", width)
    why_told: Iterable[Line] = ()
    if report.target.observed is not None:
        from healthcheck.render.why_text import why_lines  # start-up time: where something was observed

        why_told = tuple(why_lines(report, width))
    yield from why_told
    yield from _expected(report, width)
    yield from told_whole(report, width, verbose or not blind, bool(why_told))
    if report.requirements:
        yield ()
        yield (Span(ASKED_FOR, "heading"),)
        yield from _requirements(report, width)
    yield ()
    yield (Span("Checklist", "heading"),)
    yield from checklist(report, width, verbose or len(report.checks) <= FEW)
    if verbose:
        from healthcheck.render.try_it import try_lines  # start-up time: where all is told

        yield from try_lines(report)
        yield from _all_evidence(report, width)


def _expected(report: Report, width: int) -> Iterator[Line]:
    """What the faults lead to, where no reply was seen."""
    expected = [cause for cause in report.causes if not cause.seen]
    if expected:
        yield ()
        yield (Span(EXPECTED, "heading"),)
    for cause in expected:
        yield from wrapped(f"     {cause.suspect:<16} ", f"{cause.title} ({', '.join(cause.confirmed_by)})", width)


def told_whole(report: Report, width: int, unknown_too: bool, causes_told: bool = False) -> Iterator[Line]:
    """What is wrong, what is warned of and what is not known, each with what to do. Where the causes of failed mail were
    told, what proves them is told there."""
    told = told_before(report) if causes_told else frozenset[str]()
    failures = [x for x in chosen(report, Basis.OBSERVED, Severity.ERROR, Severity.CRITICAL) if not _is_told(x, told)]
    warnings = [x for x in chosen(report, Basis.OBSERVED, Severity.WARNING) if not _is_told(x, told)]
    # Where nobody answered, each check would say the same.
    wrong = WRONG_ELSE if causes_told else WRONG
    for title, found in ((wrong, failures), ("Warnings", warnings)):
        if found:
            yield ()
            yield (Span(title, "heading"),)
        for number, group in enumerate(apart(found), 1):
            yield from _findings(number, group, width)
            if found is failures:
                yield from _proofs(group, report, width)
            yield from _what_to_do(group, width)
    if unknown_too:
        yield from told_unknown(report, width)
    yield from _told_ignored(report, width)


def told_unknown(report: Report, width: int) -> Iterator[Line]:
    """What is not known, each with how to know it."""
    unknown = chosen(report, Basis.UNDETERMINED, *Severity)
    if unknown:
        yield ()
        yield (Span("Not known", "heading"),)
    for number, group in enumerate(alike(unknown), 1):
        yield from _findings(number, group, width)
        yield from _what_to_do(group, width)


def _told_ignored(report: Report, width: int) -> Iterator[Line]:
    """What somebody chose to ignore, with his reason, and the waivers that are of no use."""
    waivers = spoken_waivers(report)
    if report.ignored or waivers:
        yield ()
        yield (Span(IGNORED, "heading"),)
    for number, one in enumerate(report.ignored, 1):
        yield from filled(f"{number:3}  ", one.shown.finding.text_parts, width)
        yield from wrapped("     ", spoken_ignored(one), width, "quiet")
    for sentence in waivers:
        yield from wrapped("  !  ", sentence, width)


def _is_told(shown: Shown, codes: frozenset[str]) -> bool:
    return shown.finding.message.code in codes


def _headline(report: Report, width: int) -> Iterator[Line]:
    name, verdict = spoken_name(report), report.verdict
    answer, count = verdict.value.upper(), f"   {counted(report)}"
    seen = f"{report.world} world, {spoken_time(report)}"
    told = (Span(f"{name}: ", "heading"), Span(answer, VERDICT_STYLES[verdict]), Span(count))
    gap = width - len(f"{name}: {answer}{count}{seen}")
    if gap >= 3:
        yield (*told, Span(" " * gap + seen, "quiet"))
    else:
        yield told
        yield (Span(seen, "quiet"),)


def _findings(number: int, group: Alike, width: int) -> Iterator[Line]:
    for at, shown in enumerate(group.told):
        yield from filled("" if at else f"{number:3}  ", shown.finding.text_parts, width)
    if group.rest:
        yield from wrapped("     ", f"not known for the same reason: {', '.join(group.named)}", width)


def _proofs(group: Alike, report: Report, width: int) -> Iterator[Line]:
    answers = [report.evidence[at - 1] for shown in group.told for at in shown.evidence]
    for at, answer in enumerate(answers[:PROOFS]):
        told = proof(answer, LONGEST_PROOF)
        yield from wrapped("     proved by  " if not at else " " * 16, told, width, "quiet")
    if len(answers) > PROOFS:
        left = len(answers) - PROOFS
        told = f"and {left} more {'answer' if left == 1 else 'answers'} (-v shows them)"
        yield from wrapped(" " * 16, told, width, "quiet")


def _what_to_do(group: Alike, width: int) -> Iterator[Line]:
    finding = group.told[0].finding
    if finding.remedy:
        label = "     to know it " if finding.message.basis is Basis.UNDETERMINED else "     do this    "
        yield from filled(label, finding.remedy_parts, width)
    yield from wrapped("     see        ", ", ".join([*group.codes, *group.sources]), width, "quiet")


def checklist(report: Report, width: int, each: bool) -> Iterator[Line]:
    """The checks protocol by protocol, the worst first; what is told elsewhere, or well, by name only unless `each`."""
    groups = tuple(by_protocol(report.checks))
    longest = max((len(label) for label, _ in groups), default=0)
    for label, members in groups:
        shown = f"  {label:<{longest}}  "
        for status in WORST_FIRST:
            for told in _tellings([member for member in members if member.status is status], each):
                first, *rest = wrapped(" " * (longest + 10), told, width)
                yield (Span(shown), Span(f"{STATUS_WORDS[status]:<4}", status.value), Span("  "), *first[1:])
                yield from rest
                shown = " " * len(shown)


def _tellings(members: Sequence[CheckResult], each: bool) -> Iterator[str]:
    """What is said of a protocol's checks of one status: a line a check, or their names in one."""
    by_name = [] if each else [member for member in members if not _stands_apart(member)]
    for member in members:
        if member not in by_name:
            yield f"{condition_of(member.id)}: {_telling(member)}"
    if by_name:
        yield ", ".join(condition_of(member.id) for member in by_name)


def _stands_apart(result: CheckResult) -> bool:
    return result.status in (Status.FAIL, Status.WARN) or (
        result.status is Status.PASS and bool(notable(result.findings))
    )


def _telling(result: CheckResult) -> str:
    """What the checklist says of a check: its condition where it is told whole elsewhere."""
    findings: Iterable[Finding] = result.findings
    if result.status is Status.PASS:
        told = notable(findings) or [f for f in findings if f.message.severity is Severity.INFO]
        return told[0].text if len(told) == 1 else result.title
    finding = result.worst
    return finding.text if finding is not None and result.status is Status.SKIPPED else result.title


def _requirements(report: Report, width: int) -> Iterator[Line]:
    """A line a requirement: what became of it, for which mail, what is asked, and which finding says so."""
    asker = ""
    for judged in report.requirements:
        if judged.provider != asker:
            asker = judged.provider
            states = [one.state for one in report.requirements if one.provider == asker]
            count = ", ".join(
                f"{states.count(state)} {word}" for state, word in STATE_COUNTS.items() if state in states
            )
            yield (Span(f"  {asker}: {count}"),)
        asked = judged.requirement
        head = (Span("    "), Span(f"{STATE_WORDS[judged.state]:<9}", STATE_STYLES[judged.state]))
        label = f"{asked.scope:<11}"
        first, *rest = wrapped(" " * 24, asked.text, width)
        yield (*head, Span(label, "quiet"), *first[1:])
        yield from rest
        if told := because(judged):
            yield from wrapped(" " * 24, told, width, "quiet")


def _all_evidence(report: Report, width: int) -> Iterator[Line]:
    yield ()
    yield (Span("Evidence", "heading"),)
    for number, answer in enumerate(report.evidence, 1):
        ttl = f", ttl {answer.ttl} s" if answer.ttl is not None else ""
        told = f"{proof(answer, LONGEST_PROOF)} at {inert(answer.asked_at)}{ttl}"
        yield from wrapped(f"{number:5}  ", told, width, "quiet")


def filled(label: str, parts: tuple[Part, ...], width: int) -> Iterator[Line]:
    """A finding's text or remedy behind a label: prose is wrapped, a record stands on one line of its own, however long."""
    indent = " " * (len(label) or _MARGIN)
    prefix = label or indent
    for block in blocks(parts):
        if block.verbatim:
            yield (Span(prefix + "  "), Span(block.text, "do"))
        else:
            yield from wrapped(prefix, block.text, width)
        prefix = indent


def wrapped(prefix: str, text: str, width: int, style: str = "", further: str | None = None) -> Iterator[Line]:
    """Text behind a prefix, further lines under the first, or behind `further`. Words stay whole: names and terms get copied."""
    room = max(width - len(prefix), 30)
    pieces = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    under = " " * len(prefix) if further is None else further
    for at, piece in enumerate(pieces):
        yield (Span(under if at else prefix), Span(piece, style))
