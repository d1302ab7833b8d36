"""The report as GitHub-flavoured Markdown, fit for a ticket.

Every word that comes from the world stands in a code span or in a fenced block whose fence is longer than any run of
backticks inside, so a mention, a link, an image or a heading in somebody's TXT record stays a piece of text; our own
words are escaped. There is no HTML in it. Trackers refuse long texts (GitHub 65,536 bytes): what is beyond LARGEST is
left out whole, paragraph by paragraph, with a line that says so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from checks.inquiry import Answer
from checks.model import Basis, Severity, Status
from checks.text import Part, inert
from healthcheck import __version__
from healthcheck.render.words import (
    ASKED_FOR,
    EXPECTED,
    IGNORED,
    STATE_WORDS,
    STATUS_WORDS,
    WRONG,
    WRONG_ELSE,
    Alike,
    Block,
    alike,
    apart,
    blocks,
    chosen,
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
from healthcheck.report import Report

LARGEST = 60_000
"""Bytes of the whole text."""
LONGEST_VALUE = 600
"""Characters of a value inside a sentence; a record in a fence stands whole."""
LONGEST_PROOF = 1_000
"""Characters of one answer's records."""
LEAST = 400
"""Bytes that a report must have left to be begun."""

_CUT = "*Left out here for length: {what}. `--format json` has everything.*\n"
_ROOM_FOR_CUT = 200
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&@!])")
_LIST = re.compile(r"^(\d*)([-+=.)])")


def render(reports: Sequence[Report], largest: int = LARGEST) -> str:
    """All reports as one document of at most `largest` bytes; each of several has its fair share of them."""
    page = Page(largest)
    if len(reports) > 1:
        page.add(f"# Mail health of {len(reports)} {spoken_kind(reports)}\n")
        page.add_lines([_overview_line(report) for report in reports], "lines of the overview")
    for number, report in enumerate(reports):
        share = page.left // (len(reports) - number)
        if share < LEAST:
            page.left_out(f"{len(reports) - number} reports")
            break
        page.append(_report(report, share, "#" if len(reports) == 1 else "##"))
    return page.text()


def code(text: str, longest: int = LONGEST_VALUE) -> str:
    """Somebody else's words as a code span; "" for no words."""
    words = text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
    inside = words.strip(" ")
    if not inside:
        return words
    ticks = "`" * (_longest_run(inside) + 1)
    # One space at either end belongs to the markup where a backtick would touch it. CommonMark section 6.1
    pad = " " if inside.startswith("`") or inside.endswith("`") else ""
    before, after = words[: len(words) - len(words.lstrip(" "))], words[len(words.rstrip(" ")) :]
    return f"{before}{ticks}{pad}{inside}{pad}{ticks}{after}"


def fenced(lines: Sequence[str]) -> str:
    """Lines that stand as they are."""
    fence = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
    return "\n".join([f"{fence}text", *lines, fence]) + "\n"


def escaped(text: str) -> str:
    """Our own words, with nothing in them taken for markup."""
    return _MARKUP.sub(r"\\\1", text)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


class Page:
    """Paragraphs, as long as they fit; what does not is counted and named at the end."""

    def __init__(self, largest: int) -> None:
        self._room = largest - _ROOM_FOR_CUT
        self._paragraphs: list[str] = []
        self._missing: dict[str, int] = {}

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return self._room

    def add(self, paragraph: str, what: str = "paragraphs") -> bool:
        """Add a paragraph that ends with a line end; False where it does not fit and counts as one of `what` left out."""
        size = len(paragraph.encode()) + 1
        if size > self._room:
            self._missing[what] = self._missing.get(what, 0) + 1
            return False
        self._room -= size
        self._paragraphs.append(paragraph)
        return True

    def add_lines(self, lines: Sequence[str], what: str, fence: bool = False) -> None:
        """Add as many lines as fit as one paragraph, inside a fence if wanted."""
        size, fitting = 50, 0
        for line in lines:
            size += len(line.encode()) + 1 + (2 * _longest_run(line) if fence else 0)
            if size > self._room:
                break
            fitting += 1
        if fitting:
            chosen_lines = lines[:fitting]
            self.add(fenced(chosen_lines) if fence else "\n".join(chosen_lines) + "\n")
        if fitting < len(lines):
            self._missing[what] = self._missing.get(what, 0) + len(lines) - fitting

    def append(self, text: str) -> None:
        """Take over a text that was kept to its share."""
        self._room -= len(text.encode()) + 1
        self._paragraphs.append(text)

    def left_out(self, what: str) -> None:
        """Something was not even begun."""
        self._missing[what] = self._missing.get(what, 0) + 1

    def text(self) -> str:
        """The whole, an empty line between two paragraphs."""
        if self._missing:
            what = ", ".join(name if name[0].isdigit() else f"{count} {name}" for name, count in self._missing.items())
            return "\n".join([*self._paragraphs, _CUT.format(what=what)])
        return "\n".join(self._paragraphs)


def _overview_line(report: Report) -> str:
    return f"- {code(spoken_name(report))}: **{report.verdict.value.upper()}**, {counted(report)}"


def _report(report: Report, largest: int, level: str) -> str:
    page = Page(largest)
    if report.what_if is not None:
        from healthcheck.render.what_if_markdown import add_what_if  # start-up time: where records were laid over

        add_what_if(page, report.what_if, spoken_name(report), level)
    page.add(f"{level} {code(spoken_name(report))}: {report.verdict.value.upper()}\n")
    seen = f"{code(report.world)} world, {escaped(spoken_time(report))}, healthcheck {__version__}"
    page.add(f"{counted(report)}. Seen in the {seen}.\n")
    if observed := spoken_observed(report):
        page.add(f"Observed: {code(observed)}\n")
    if nobody_answered(report):
        why = f"Nobody answered: {code(why_nobody_answered(report))}. This says nothing about the domain."
        page.add(f"{why} {escaped(what_else(report))}\n")
    causes_told = False
    if report.target.observed is not None:
        from healthcheck.render.why_markdown import add_why  # start-up time: where something was observed

        causes_told = add_why(page, report, level + "#")
    if expected := [cause for cause in report.causes if not cause.seen]:
        page.add(f"{level}# {EXPECTED}\n")
        told = [f"- {escaped(one.title)} ({', '.join(map(code, one.confirmed_by))})" for one in expected]
        page.add_lines(told, "expectations")
    add_findings(page, report, level + "#", causes_told)
    if report.requirements:
        page.add(f"{level}# {ASKED_FOR}\n")
        page.add_lines(_requirements(report), "requirements")
    page.add(f"{level}# Checks\n")
    page.add_lines(table_of_checks(report), "checks")
    if noted := _noted(report):
        page.add(f"{level}# Also noted\n")
        page.add_lines(noted, "notes")
    if report.evidence:
        page.add(f"{level}# Evidence\n")
        page.add_lines([_answer(number, answer) for number, answer in enumerate(report.evidence, 1)], "answers", True)
    return page.text()


def add_findings(page: Page, report: Report, level: str, causes_told: bool = False) -> None:
    """What is wrong, what is warned of and what is not known, each with what to do; what proves a cause was told there."""
    told = told_before(report) if causes_told else frozenset[str]()
    observed = [x for x in chosen(report, Basis.OBSERVED, *Severity) if x.finding.message.code not in told]
    failures = [x for x in observed if x.finding.message.severity >= Severity.ERROR]
    warnings = [x for x in observed if x.finding.message.severity is Severity.WARNING]
    # Where nobody answered, each check would say the same.
    unknown = [] if nobody_answered(report) else chosen(report, Basis.UNDETERMINED, *Severity)
    wrong = WRONG_ELSE if causes_told else WRONG
    for title, found in ((wrong, failures), ("Warnings", warnings), ("Not known", unknown)):
        if found:
            page.add(f"{level} {title}\n")
        for number, group in enumerate(alike(found) if found is unknown else apart(found), 1):
            page.add("\n".join(_findings(number, group)), "findings")
    _add_ignored(page, report, level)


def _add_ignored(page: Page, report: Report, level: str) -> None:
    """What somebody chose to ignore, with his reason, and the waivers that are of no use."""
    told = []
    for one in report.ignored:
        finding = one.shown.finding
        text = " ".join(_prose(block) for block in blocks(finding.text_parts))
        told.append(f"- {code(finding.message.code)}: {text}; {code(spoken_ignored(one))}")
    told += [f"- {code(sentence)}" for sentence in spoken_waivers(report)]
    if told:
        page.add(f"{level} {IGNORED}\n")
        page.add_lines(told, "ignored findings")


def _findings(number: int, group: Alike) -> Iterator[str]:
    """Findings with the same remedy: what is so, what to do, where it is shown."""
    for at, shown in enumerate(group.told):
        yield from filled(f"**{number}.** " if not at else "", shown.finding.text_parts)
    if group.rest:
        yield f"Not known for the same reason: {', '.join(map(code, group.named))}.\n"
    finding = group.told[0].finding
    if finding.remedy:
        label = "**To know it:** " if finding.message.basis is Basis.UNDETERMINED else "**Do this:** "
        yield from filled(label, finding.remedy_parts)
    numbers = sorted({at for shown in group.all for at in shown.evidence})
    answers = f" Evidence: {_ranges(numbers)}." if numbers else ""
    yield f"See {', '.join([*map(code, group.codes), *map(escaped, group.sources)])}.{answers}\n"


def filled(label: str, parts: tuple[Part, ...]) -> Iterator[str]:
    """A filled template as paragraphs; records that follow each other share a fence."""
    records: list[str] = []
    for block in blocks(parts):
        if block.verbatim:
            records.append(block.text)
            continue
        if records:
            yield fenced(records)
            records = []
        yield label + _prose(block) + "\n"
        label = ""
    if records:
        yield fenced(records)


def _prose(block: Block) -> str:
    """Our words escaped, the strangers' in code spans; two values side by side are one, lest their backticks meet."""
    told, value = [], ""
    for part in block.parts:
        if part.is_value:
            value += part
            continue
        told += [code(value), escaped(part)]
        value = ""
    # At its beginning a line of ours could be taken for a list, and behind four spaces for code.
    return _LIST.sub(r"\1\\\2", "".join([*told, code(value)]).lstrip())


def _requirements(report: Report) -> list[str]:
    """All requirements of the providers that were named. Only words of ours stand here, as in the table of checks."""
    rows = [
        f"| {escaped(judged.provider)} | {judged.requirement.scope} | {escaped(judged.requirement.text)} "
        f"| {STATE_WORDS[judged.state]} | {escaped(judged.to_know) or ', '.join(map(code, judged.by))} |"
        for judged in report.requirements
    ]
    return ["| Provider | Mail | Requirement | | By |", "|---|---|---|---|---|", *rows]


def table_of_checks(report: Report) -> list[str]:
    """All checks. Only words of ours stand here: a table has rules of its own for what a code span may hold."""
    rows = [
        f"| {STATUS_WORDS[result.status]} | {code(result.id)} | {escaped(result.title)} |" for result in report.checks
    ]
    return ["| | Check | The healthy condition |", "|---|---|---|", *rows]


def _noted(report: Report) -> list[str]:
    """What was observed beside faults, and why something did not apply."""
    found = []
    for result in report.checks:
        told = notable(result.findings)
        if result.status is Status.SKIPPED:
            told = [f for f in result.findings if f.message.basis is Basis.NOT_APPLICABLE]
        found += [f"- {code(f.message.code)}: {' '.join(_prose(b) for b in blocks(f.text_parts))}" for f in told]
    return found


def _answer(number: int, answer: Answer) -> str:
    ttl = f", ttl {answer.ttl} s" if answer.ttl is not None else ""
    return f"{number:4}  {proof(answer, LONGEST_PROOF)} at {inert(answer.asked_at)}{ttl}"


def _ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers, neighbours drawn together: `1-4, 7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
