"""What the templates show: a report as plain values, in the order in which a person wants them.

The words are those that all renderings for people share (`words`, `why`); here they are only laid out.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checks.diagnosis.cause import Cause
from checks.diagnosis.cause import State as CauseState
from checks.inquiry import Answer
from checks.model import Basis, Finding, Severity, Status, Verdict
from checks.providers.requirements import Judged, State
from checks.text import Part
from healthcheck.render import why, words
from healthcheck.render.html.charts import Charts, Piece, charts, part_of
from healthcheck.render.references import rfc_link
from healthcheck.report import CheckResult, Report

LONGEST_VALUE = 600
"""Characters of a value inside a sentence; a record to publish stands whole."""
LONGEST_PROOF = 1_000
"""Characters of an answer's records."""
MOST_PROOFS = 20
"""Answers that are shown with the finding that rests on them; all stand in the evidence."""
MOST_TOLD = 4
"""Findings that the checklist shows of one check."""

_STATES: dict[CauseState, str] = {"confirmed": "confirmed", "open": "unknown", "ruled-out": "pass"}
_OURS = frozenset({"sender", "provider"})
"""Who acts for a cause that is a fault of this side; what others have to do is no alarm."""
_JUDGED = {State.MET: "pass", State.NOT_MET: "fail", State.UNKNOWN: "unknown"}
_VERDICTS = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "unknown"}
_CHIPS = {
    Status.PASS: "pass",
    Status.WARN: "warning",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "not known",
    Status.SKIPPED: "not applicable",
}
_COUNTS = {**_CHIPS, Status.PASS: "passed", Status.FAIL: "failed"}


class Chip(NamedTuple):
    """A state: its look (`pass`, `warn`, `fail`, `unknown`, `skipped`, `confirmed`, `noted`) and its word, since colour alone
    says nothing."""

    look: str
    word: str


class Title(NamedTuple):
    """The head of a report. `anchor` begins every id inside it."""

    anchor: str
    name: str
    verdict: Chip
    counted: str
    seen: str
    observed: str


class Reference(NamedTuple):
    """Where it is written; `link` is "" where that is no RFC."""

    text: str
    link: str


class Blocks(NamedTuple):
    """Paragraphs of prose and records that stand as they are, behind a label."""

    label: str
    blocks: Sequence[words.Block]
    after: str = ""


class Told(NamedTuple):
    """Findings with one remedy: what is so, what to do, where it is written, what proves it."""

    texts: Sequence[Sequence[words.Block]]
    same: Sequence[str]
    remedy: Blocks | None
    codes: Sequence[str]
    references: list[Reference]
    proofs: list[str]
    more: int


class Section(NamedTuple):
    """Findings of one kind. `name` ends its ids, `look` is that of its cards."""

    name: str
    look: str
    heading: str
    groups: list[Told]


class Group(NamedTuple):
    """The causes of one kind of failure."""

    heading: str
    state: Chip
    replies: str
    bar: list[Piece]
    who: str
    sample: str
    said: list[tuple[str, list[why.Said]]]
    remedies: list[Blocks]


class Asked(NamedTuple):
    """A requirement of a provider and what became of it."""

    state: Chip
    scope: str
    text: str
    because: str


class Checked(NamedTuple):
    """A line of the checklist."""

    state: Chip
    id: str
    title: str
    told: Sequence[Sequence[words.Block]]


class Protocol(NamedTuple):
    """The checks of one protocol, the worst first."""

    name: str
    worst: Chip
    counted: str
    open: bool
    checks: list[Checked]


class Changed(NamedTuple):
    """What would change with what was laid over the world: the sentence, its look, and what it rests on by label, our words and
    a value."""

    headline: str
    look: str
    said: list[tuple[str, list[tuple[str, str]]]]


class Body(NamedTuple):
    """All of a report but the checklist and the evidence."""

    blind: str
    changed: Changed | None
    groups: list[Group]
    more_groups: int
    views: list[tuple[str, str, str]]
    charts: Charts | None
    expected: list[Cause]
    sections: list[Section]
    requirements: list[tuple[str, str, list[Asked]]]
    ignored: list[tuple[Sequence[words.Block], str, str]]
    waivers: list[str]


def title(number: int, report: Report) -> Title:
    """The head of a report, the `number`th of the page from 1."""
    seen = f"{report.world} world, {words.spoken_time(report)}"
    verdict = Chip(_VERDICTS[report.verdict], report.verdict.value.upper())
    return Title(
        f"r{number}", words.spoken_name(report), verdict, words.counted(report), seen, words.spoken_observed(report)
    )


def sums(reports: Iterable[Report]) -> list[tuple[int, Chip]]:
    """How many reports have each verdict, the worst first; what none has is left out."""
    verdicts = [report.verdict for report in reports]
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    return [(verdicts.count(one), Chip(_VERDICTS[one], one.value.upper())) for one in order if one in verdicts]


def body(report: Report) -> Body:
    """What a person reads first: why mail is failing, what is wrong and what to do, what is not known."""
    observed, causes = report.target.observed, report.causes
    groups = why.groups(causes) if observed is not None else []
    views = why.noteworthy(report.providers) if groups else []
    requirements: dict[str, list[Judged]] = {}
    for judged in report.requirements:
        requirements.setdefault(judged.provider, []).append(judged)
    return Body(
        _blind(report),
        _changed(report),
        [_group(group, report) for group in groups[: why.MOST_GROUPS]],
        len(groups) - why.MOST_GROUPS,
        [(one.name, *why.seen_by(one)) for one in views],
        charts(observed) if observed is not None else None,
        [one for one in causes if not one.seen],
        _sections(report, bool(groups)),
        [(provider, _counted(found), list(map(_asked, found))) for provider, found in requirements.items()],
        [
            (words.blocks(one.shown.finding.text_parts), one.shown.finding.message.code, words.spoken_ignored(one))
            for one in report.ignored
        ],
        words.spoken_waivers(report),
    )


def checklist(report: Report) -> list[Protocol]:
    """All checks, protocol by protocol; those with something to do stand open."""
    return [_protocol(name, members) for name, members in words.by_protocol(report.checks)]


def evidence(report: Report) -> list[tuple[str, str]]:
    """All answers: what was asked and answered, and when."""
    return [(words.proof(answer, LONGEST_PROOF), _when(answer)) for answer in report.evidence]


def reference(text: str) -> Reference:
    """A reference of a message, with a link where it is an RFC."""
    return Reference(text, rfc_link(text))


def _when(answer: Answer) -> str:
    ttl = f", ttl {answer.ttl} s" if answer.ttl is not None else ""
    return f"{answer.asked_at}{ttl}"


def _blind(report: Report) -> str:
    if not words.nobody_answered(report):
        return ""
    why_not = words.why_nobody_answered(report)
    return f"Nobody answered: {why_not}. This says nothing about the domain. {words.what_else(report)}"


def _changed(report: Report) -> Changed | None:
    if report.what_if is None:
        return None
    from healthcheck.render import what_if  # start-up time: where something was laid over the world

    said: list[tuple[str, list[tuple[str, str]]]] = []
    for one in what_if.lines(report.what_if):
        # Lines that go on with what stands above have no label.
        if not one.label and said:
            said[-1][1].append((one.text, one.value))
        else:
            said.append((one.label, [(one.text, one.value)]))
    look = "fail" if report.what_if.is_worse else _VERDICTS[report.what_if.difference.new_verdict]
    return Changed(what_if.headline(report.what_if), look, said)


def _group(group: why.Group, report: Report) -> Group:
    first, observed = group.first, report.target.observed
    by_label: list[tuple[str, list[why.Said]]] = []
    for said in why.lines(group, report):
        # Lines that go on with what stands above have no label.
        if by_label and said.label in ("", by_label[-1][0]):
            by_label[-1][1].append(said)
        else:
            by_label.append((said.label, [said]))
    remedies = []
    for cause in why.remedies(group):
        label = "Do this" if cause.state == "confirmed" or not cause.suspect else "To know it"
        finding = why.remedy_finding(report, cause)
        parts = finding.remedy_parts if finding is not None else (Part(cause.remedy, is_value=False),)
        remedies.append(Blocks(label, words.blocks(parts), cause.check_after if cause.suspect else ""))
    look = _STATES[first.state]
    if look == "confirmed" and not any(cause.who_acts in _OURS for cause in group.of("confirmed")):
        look = "noted"
    return Group(
        why.heading(group),
        Chip(look, why.STATES[first.state]),
        why.replies(group, observed.replies if observed is not None else 0),
        part_of(first.share or 0.0),
        why.WHO[first.who_acts],
        why.sample(group),
        by_label,
        remedies,
    )


def _sections(report: Report, causes_told: bool) -> list[Section]:
    """What is wrong, what is warned of and what is not known: the word for ids, the heading, the findings."""
    told = words.told_before(report) if causes_told else frozenset[str]()
    observed = [x for x in words.chosen(report, Basis.OBSERVED, *Severity) if x.finding.message.code not in told]
    failures = [x for x in observed if x.finding.message.severity >= Severity.ERROR]
    warnings = [x for x in observed if x.finding.message.severity is Severity.WARNING]
    # Where nobody answered, each check would say the same.
    unknown = [] if words.nobody_answered(report) else words.chosen(report, Basis.UNDETERMINED, *Severity)
    found = (
        ("wrong", "fail", words.WRONG_ELSE if causes_told else words.WRONG, words.apart(failures)),
        ("warnings", "warn", "Warnings", words.apart(warnings)),
        ("unknown", "unknown", "Not known", words.alike(unknown)),
    )
    return [
        Section(name, look, heading, [_told(one, report) for one in groups])
        for name, look, heading, groups in found
        if groups
    ]


def _told(group: words.Alike, report: Report) -> Told:
    finding = group.told[0].finding
    unknown = finding.message.basis is Basis.UNDETERMINED
    remedy = (
        Blocks("To know it" if unknown else "Do this", words.blocks(finding.remedy_parts)) if finding.remedy else None
    )
    numbers = sorted({number for shown in group.told for number in shown.evidence})
    return Told(
        [words.blocks(shown.finding.text_parts) for shown in group.told],
        group.named,
        remedy,
        group.codes,
        [reference(text) for text in group.sources],
        [words.proof(report.evidence[number - 1], LONGEST_PROOF) for number in numbers[:MOST_PROOFS]],
        max(0, len(numbers) - MOST_PROOFS),
    )


def _counted(found: Sequence[Judged]) -> str:
    states = [judged.state for judged in found]
    return ", ".join(f"{states.count(state)} {word}" for state, word in words.STATE_COUNTS.items() if state in states)


def _asked(judged: Judged) -> Asked:
    word = "not known" if judged.state is State.UNKNOWN else words.STATE_WORDS[judged.state]
    return Asked(
        Chip(_JUDGED[judged.state], word), judged.requirement.scope, judged.requirement.text, words.because(judged)
    )


def _protocol(name: str, members: Sequence[CheckResult]) -> Protocol:
    found = {status: [member for member in members if member.status is status] for status in words.WORST_FIRST}
    counts = [(status, len(group)) for status, group in found.items() if group]
    worst = counts[0][0]
    return Protocol(
        name,
        _chip(worst),
        ", ".join(f"{number} {_COUNTS[status]}" for status, number in counts),
        worst in (Status.FAIL, Status.WARN),
        [_checked(member) for group in found.values() for member in group],
    )


def _checked(result: CheckResult) -> Checked:
    """What is told whole above is told by its condition here."""
    findings: list[Finding] = []
    match result.status:
        case Status.PASS:
            findings = words.notable(result.findings) or [
                one for one in result.findings if one.message.severity is Severity.INFO
            ]
        case Status.SKIPPED:
            findings = [one for one in result.findings if one.message.basis is Basis.NOT_APPLICABLE]
    told = [words.blocks(one.text_parts) for one in findings[:MOST_TOLD]]
    return Checked(_chip(result.status), result.id, result.title, told)


def _chip(status: Status) -> Chip:
    return Chip(status.value, _CHIPS[status])
