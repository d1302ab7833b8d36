"""The page of a ticket that is read first, as GitHub-flavoured Markdown; what does not fit stands in the bundle.

All that is a stranger's word stands in code spans and fences (healthcheck.render.markdown), so nothing in it can be a link, a
mention or a heading of its own.
"""

from collections.abc import Iterator, Sequence

from checks.text import inert
from healthcheck.render.markdown import LARGEST, Page, add_findings, code, escaped, filled, table_of_checks
from healthcheck.render.what_if_markdown import add_what_if
from healthcheck.render.why_markdown import add_why
from healthcheck.render.words import EXPECTED, counted, nobody_answered, spoken_name, spoken_time, why_nobody_answered
from healthcheck.ticket.case import Case
from healthcheck.ticket.checklist import Point, checklist
from healthcheck.ticket.commands import Commands, commands
from healthcheck.ticket.wanted import Fact, facts_for

MOST_SAMPLES = 20
LONGEST_SAMPLE = 500
MOST_RESOLVERS = 4

_TICKS = {"done": "[x]", "partly": "[ ]", "not done": "[ ]"}
_STATES = {"done": "", "partly": " (in part)", "not done": " (not done)"}
_ROOM_FOR_CUT = 200


def summary(case: Case, largest: int = LARGEST, beside: Sequence[str] = ()) -> str:
    """The page, of at most `largest` bytes. `beside`: the other files of the bundle, () where there is none."""
    page = _Page(
        largest, "The rest is in the other files of this bundle" if beside else "A ticket as .zip has the rest"
    )
    for paragraph in _head(case):
        page.add(paragraph)
    if case.report.what_if is not None:
        add_what_if(page, case.report.what_if, spoken_name(case.report), "## What would change:")
    if case.recipient is not None:
        _add_wanted(page, case)
    _add_why(page, case)
    page.add("## The six questions\n")
    for point in checklist(case.report):
        page.add("\n".join(_point(point)), "answers to the six questions")
    _add_samples(page, case)
    add_findings(page, case.report, "##", causes_told=case.report.target.observed is not None)
    _add_run(page, case)
    page.add("## All checks\n")
    page.add_lines(table_of_checks(case.report), "checks")
    if beside:
        page.add("## In this bundle\n")
        page.add_lines([f"- {code(name)}: {_FILES.get(name, '')}" for name in beside], "files")
    return page.text()


def beside_report(case: Case, largest: int = LARGEST) -> str:
    """What a ticket says and the report does not: for whom, the six questions, the answers of servers, how it was seen."""
    page = _Page(largest, "A ticket as .zip has the rest")
    if case.recipient is not None:
        _add_wanted(page, case)
    page.add("## The six questions\n")
    for point in checklist(case.report):
        page.add("\n".join(_point(point)), "answers to the six questions")
    _add_samples(page, case)
    _add_run(page, case)
    return page.text()


_FILES = {
    "report.json": "the whole report, for programs",
    "report.md": "the whole report, for people, evidence included",
    "report.html": "the same as one page for a browser",
    "run.json": "the recorded run: `healthcheck replay` judges it again",
    "commands.txt": "all commands, to copy",
    "MANIFEST.json": "sizes, checksums and what was redacted",
}


class _Page(Page):
    """A page that says where the rest is."""

    def __init__(self, largest: int, rest: str) -> None:
        super().__init__(largest)
        self._rest = rest

    def text(self) -> str:
        if not self._missing:
            return "\n".join(self._paragraphs)
        what = ", ".join(name if name[0].isdigit() else f"{count} {name}" for name, count in self._missing.items())
        return "\n".join([*self._paragraphs, f"*Left out here for length: {what}. {self._rest}.*\n"])


def _head(case: Case) -> Iterator[str]:
    report = case.report
    if case.mark:
        yield f"**{case.mark}.**\n"
    yield f"# Mail of {code(spoken_name(report))}: {report.verdict.value.upper()}\n"
    yield f"{counted(report)}. Seen {escaped(spoken_time(report))} by healthcheck {escaped(case.recorded_by)}.\n"
    if nobody_answered(report):
        yield f"Nobody answered: {code(why_nobody_answered(report))}. This says nothing about the domain.\n"
    yield f"Redacted ({case.redaction}): {case.taken_in_words}. Addresses of recipients in replies are masked before anything is kept.\n"


def _add_wanted(page: Page, case: Case) -> None:
    """What the recipient asks for, first."""
    recipient = case.recipient
    assert recipient is not None  # the caller looked
    page.add(f"## For {escaped(recipient.name)}\n")
    where = recipient.link if recipient.link.startswith(("https://", "mailto:")) else ""
    page.add(f"Write to {f'<{where}>' if where else escaped(recipient.link)} (as of {recipient.date}).\n")
    if recipient.first:
        page.add(f"**Before that:** {escaped(recipient.first)}\n")
    page.add_lines([_wanted(fact) for fact in facts_for(case.report, recipient)], "facts that they ask for")


def _wanted(fact: Fact) -> str:
    if fact.how:
        return f"- [ ] **{escaped(fact.label)}**: {escaped(fact.how)}"
    return f"- [x] **{escaped(fact.label)}**: {', '.join(map(_said, fact.values))}"


def _add_why(page: Page, case: Case) -> None:
    report = case.report
    if not add_why(page, report, "##") and (told := [cause for cause in report.causes if cause.seen]):
        # A report in JSON keeps the causes, and not all that was observed.
        page.add("## Why mail is failing\n")
        lines = [
            f"- {escaped(one.title)}: {one.state}, {one.replies:,} {'reply' if one.replies == 1 else 'replies'}; {_said(one.sample)} "
            f"({', '.join(map(code, (*one.confirmed_by, *one.ruled_out_by)))})"
            for one in told
        ]
        page.add_lines(lines, "causes")
    if expected := [cause for cause in report.causes if not cause.seen]:
        page.add(f"## {EXPECTED}\n")
        lines = [f"- {escaped(one.title)} ({', '.join(map(code, one.confirmed_by))})" for one in expected]
        page.add_lines(lines, "expectations")


def _point(point: Point) -> Iterator[str]:
    yield f"- {_TICKS[point.state]} **{escaped(point.question)}**{_STATES[point.state]}"
    for told in point.found:
        yield "  - " + "".join(filled("", told)).strip()
    if point.how:
        yield f"  - **To do:** {escaped(point.how)}"
    yield ""


def _add_samples(page: Page, case: Case) -> None:
    """What servers said, and how often: one line for replies that say the same."""
    seen = case.report.target.observed
    if seen is None or not seen.failures:
        return
    page.add("## What servers answered\n")
    lines = []
    for one in seen.failures[:MOST_SAMPLES]:
        who = f" from {_said(one.host or one.provider or '')}" if one.host or one.provider else ""
        said = " ".join(str(inert(one.reply)).split())
        lines.append(f"- {one.replies:,} x{who}: {code(said, LONGEST_SAMPLE)}")
    left = sum(one.replies for one in seen.failures[MOST_SAMPLES:]) + seen.unlisted
    if left:
        lines.append(f"- {left:,} more, each of them rarer")
    page.add_lines(lines, "answers of servers")


def _add_run(page: Page, case: Case) -> None:
    page.add("## How this was seen\n")
    page.add_lines(list(_environment(case)), "facts of the run")
    page.add("## To see it yourself\n")
    for group in commands(case):
        page.add(_commands(group), "groups of commands")


def _environment(case: Case) -> Iterator[str]:
    report, here = case.report, case.environment
    asked = escaped(str(inert(report.generated_at)))
    yield f"- Asked {asked} by healthcheck {escaped(case.recorded_by)}, in the {code(report.world)} world"
    yield (
        f"- This ticket: healthcheck {escaped(here.healthcheck)}, Python {escaped(here.python)}, dnspython {escaped(here.dnspython)}, "
        f"{escaped(here.system)}"
    )
    servers = sorted({answer.server for answer in report.evidence if answer.server and not answer.question.server})
    if servers:
        more = f" and {len(servers) - MOST_RESOLVERS} more" if len(servers) > MOST_RESOLVERS else ""
        yield f"- Resolvers that answered: {', '.join(map(_said, servers[:MOST_RESOLVERS]))}{more}"
    times = sorted(answer.asked_at for answer in report.evidence if answer.asked_at)
    if times:
        yield f"- Questions: {len(report.evidence)}, from {_said(times[0])} to {_said(times[-1])}"
    vantage = [result for result in report.checks if result.id.startswith("vantage.")]
    if vantage:
        told = ", ".join(f"{code(result.id)} {result.status.value}" for result in vantage)
        yield f"- Can this place be trusted to see the DNS: {told}"
    seen = report.target.observed
    if seen is not None:
        window = f", {_said(seen.first)} to {_said(seen.last)}" if seen.first and seen.last else ""
        read = ", ".join(_said(source) for source in seen.sources[:5]) or "replies typed by hand"
        yield f"- Read of the mail: {read}{window}"


def _said(text: str) -> str:
    """A stranger's words, on one line."""
    return code(str(inert(text)))


def _commands(group: Commands) -> str:
    ticks = "`" * max(3, *(_longest_run(line) + 1 for line in group.lines))
    purpose = group.purpose if "`" in group.purpose else escaped(group.purpose)
    return "\n".join([f"{purpose}:\n", f"{ticks}sh", *group.lines, ticks, ""])


def _longest_run(line: str) -> int:
    longest = run = 0
    for char in line:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
