"""What the renderings for people share: the words for statuses and protocols, the count, a finding's prose and records.

A remedy is prose; each line after a line end inside it stands as it is, since it is a record to publish or to compare:
it is neither wrapped nor joined. An empty line leads back to prose. Values never hold a line end (checks.text), so
only our own templates decide which is which.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from checks.diagnosis.cause import Cause
from checks.inquiry import Answer, Outcome
from checks.model import Basis, Finding, Severity, Status, Verdict
from checks.providers.requirements import Judged, State
from checks.text import Part, inert
from healthcheck.render import many
from healthcheck.report import CheckResult, Ignored, Report, Shown, Waiver, WaiverState

STATUS_WORDS = {
    Status.PASS: "pass",
    Status.WARN: "warn",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "?",
    Status.SKIPPED: "-",
}
_ELSEWHERE = {
    "lab": "The lab holds its own domains only: healthcheck lab lists them.",
    "zone": "Give the zone files that hold it (--zone FILE), or leave --zone out to ask the network.",
}
_ELSEWHERE_THAN_THE_NETWORK = (
    "Ask another resolver (--resolver HOST), or look at the built-in examples (--lab) or a zone file (--zone FILE)."
)

WRONG = "What is wrong"
EXPECTED = "What will fail (expected, not seen)"
WRONG_ELSE = "What else is wrong"
"""Where the causes of failed mail stand above."""
ASKED_FOR = "What the providers ask for"
STATE_WORDS = {State.MET: "met", State.NOT_MET: "NOT MET", State.UNKNOWN: "?"}
STATE_COUNTS = {State.NOT_MET: "not met", State.MET: "met", State.UNKNOWN: "not known from here"}
WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.SKIPPED)

PROTOCOLS = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "mx": "MX",
    "dnsbl": "lists",
    "tls": "TLS",
    "mta-sts": "MTA-STS",
    "tls-rpt": "TLS-RPT",
    "dane": "DANE",
    "bimi": "BIMI",
    "dnssec": "DNSSEC",
}
"""How a protocol is called where it is not called by the first word of its checks' ids."""


MOST_SOURCES = 3
"""Files that are named as the source of what was seen."""
MOST_TOLD = 2
"""Findings with one remedy that are all spelled out."""


class Block(NamedTuple):
    """A paragraph of prose, or one record that stands as it is."""

    parts: tuple[Part, ...]
    verbatim: bool

    @property
    def text(self) -> str:
        return "".join(self.parts)


def blocks(parts: Iterable[Part]) -> tuple[Block, ...]:
    """A filled template as paragraphs and records, in order, empty ones left out."""
    lines: list[list[Part]] = [[]]
    for part in parts:
        if part.is_value:
            lines[-1].append(part)
            continue
        first, *more = part.split("\n")
        lines[-1].append(Part(first, is_value=False))
        lines.extend([Part(text, is_value=False)] for text in more)
    found, verbatim = [], False
    for number, line in enumerate(lines):
        empty = not "".join(line).strip()
        verbatim = number > 0 and not empty and (verbatim or bool("".join(lines[number - 1]).strip()))
        if not empty:
            found.append(Block(tuple(part for part in line if part), verbatim))
    return tuple(found)


def counted(report: Report) -> str:
    """The summary in words: `1 failed, 2 warnings, 21 passed, 1 not known`; what is zero is left out, but not passed.

    Where no check fails, a warning may still be why mail fails, as the replies and it prove together: that comes first.
    """
    summary = report.summary
    proved = 0 if report.verdict is Verdict.FAIL else sum(_is_proved(cause) for cause in report.causes)
    words = (
        (proved, "cause of failing mail proved" if proved == 1 else "causes of failing mail proved", True),
        (summary[Status.FAIL], "failed", True),
        (summary[Status.WARN], "warning" if summary[Status.WARN] == 1 else "warnings", True),
        (summary[Status.PASS], "passed", False),
        (summary[Status.UNKNOWN], "not known", True),
        (summary[Status.SKIPPED], "not applicable", True),
        (len(report.ignored), "ignored", True),
    )
    return ", ".join(f"{number} {word}" for number, word, hide in words if number or not hide)


def _is_proved(cause: Cause) -> bool:
    return cause.seen and cause.state == "confirmed" and bool(cause.suspect)


IGNORED = "Ignored"


def spoken_ignored(one: Ignored) -> str:
    """Why a finding counts for nothing, and until when."""
    until = f"until {one.until}" if one.until else "for good"
    return str(inert(f"ignored {until}: {one.reason} ({one.by})"))


def spoken_waivers(report: Report) -> list[str]:
    """What is to be said of waivers that do nothing, or nothing any more. One for many domains may be of use to another."""
    return [
        str(inert(_spoken_waiver(one)))
        for one in report.waivers
        if one.state is not WaiverState.USED and (one.findings or "*" not in one.domain)
    ]


def _spoken_waiver(one: Waiver) -> str:
    name = f"the waiver for {one.id} ({one.reason})"
    match one.state:
        case WaiverState.UNKNOWN:
            return f"{name} does not count where nobody could look: it stays not known"
        case WaiverState.EXPIRED if one.findings:
            return f"{name} expired on {one.until}: what it matches counts again"
        case WaiverState.EXPIRED:
            return f"{name} expired on {one.until} and matches nothing: take it out"
        case _:
            return f"{name} matches nothing that is wrong: take it out"


def spoken_name(report: Report) -> str:
    """The domain as people write it, with the A-labels that were asked beside it where they differ; or what else the
    report is about."""
    if report.target.called:
        return str(inert(report.target.called))
    name = report.target.domain
    return name if report.unicode_domain == name else f"{inert(report.unicode_domain)} ({name})"


def plain_name(report: Report) -> str:
    """What a report is about, as programs take it: the domain in A-labels, or what else it is called."""
    return report.target.called or report.target.domain


def spoken_kind(reports: Sequence[Report]) -> str:
    """What several reports are about."""
    return "addresses" if any(report.target.called for report in reports) else "domains"


def spoken_time(report: Report) -> str:
    """When the report was made, to the minute."""
    return f"{str(inert(report.generated_at))[:16].replace('T', ' ')} UTC"


def chosen(report: Report, basis: Basis, *severities: Severity) -> list[Shown]:
    """The findings of some kind, the gravest first, otherwise in report order."""
    found = [
        shown
        for result in report.checks
        for shown in result.shown
        if shown.finding.message.basis is basis and shown.finding.message.severity in severities
    ]
    return sorted(found, key=lambda shown: -shown.finding.message.severity)


class Alike(NamedTuple):
    """Findings with one remedy: those that are told, and the rest, whose checks lack the same answer and are named."""

    told: tuple[Shown, ...]
    rest: tuple[Shown, ...]

    @property
    def all(self) -> tuple[Shown, ...]:
        return (*self.told, *self.rest)

    @property
    def sources(self) -> tuple[str, ...]:
        """The references of all, each once."""
        return tuple(dict.fromkeys(words for shown in self.all for words in shown.finding.message.references))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of those that are told, each once."""
        return tuple(dict.fromkeys(shown.finding.message.code for shown in self.told))

    @property
    def named(self) -> tuple[str, ...]:
        """The checks of the rest, by id."""
        return tuple(dict.fromkeys(check_of(shown.finding.message.code) for shown in self.rest))


def alike(found: Sequence[Shown]) -> list[Alike]:
    """Findings in groups of one remedy, in the order of the first of each."""
    groups: dict[str, list[Shown]] = {}
    for shown in found:
        message = shown.finding.message
        groups.setdefault(shown.finding.remedy or f"{message.code} {shown.finding.text}", []).append(shown)
    return [_condensed(tuple(group)) for group in groups.values()]


def _condensed(group: tuple[Shown, ...]) -> Alike:
    codes = {shown.finding.message.code for shown in group}
    is_crowd = len(group) > MOST_TOLD and len(codes) == len(group)
    return Alike(group[:1], group[1:]) if is_crowd else Alike(group, ())


def apart(found: Iterable[Shown]) -> list[Alike]:
    """Findings each by itself."""
    return [Alike((shown,), ()) for shown in found]


def by_protocol(results: Iterable[CheckResult]) -> Iterator[tuple[str, tuple[CheckResult, ...]]]:
    """The checks protocol by protocol, in report order: what it is called, its checks."""
    for protocol, group in groupby(results, key=lambda result: protocol_of(result.id)):
        yield PROTOCOLS.get(protocol, protocol), tuple(group)


def protocol_of(code: str) -> str:
    """The first word of a check's id or a code."""
    return code.partition(".")[0]


def condition_of(check_id: str) -> str:
    """A check's id without its protocol."""
    return check_id.partition(".")[2] or check_id


def spoken_observed(report: Report) -> str:
    """What was seen of the mail, in one line; "" where nobody told."""
    seen = report.target.observed
    if seen is None:
        return ""
    first, last = (str(inert((time or "")[:16])).replace("T", " ") for time in (seen.first, seen.last))
    window = f", {first} to {last} UTC" if first and last else ""
    names = [str(inert(source)) for source in seen.sources[:MOST_SOURCES]]
    more = f" and {len(seen.sources) - MOST_SOURCES} more" if len(seen.sources) > MOST_SOURCES else ""
    failed = many(seen.replies, "failed reply", "failed replies")
    return f"{failed}{window}, from {', '.join(names) or 'nothing'}{more}"


def nobody_answered(report: Report) -> bool:
    """True where every question stayed without an answer: one cause, and not the domain's."""
    return bool(report.evidence) and all(answer.unknown for answer in report.evidence)


def why_nobody_answered(report: Report) -> str:
    """The reasons, most frequent first, of a report in which nobody answered."""
    reasons: dict[str, int] = {}
    for answer in report.evidence:
        reasons[answer.why_unknown] = reasons.get(answer.why_unknown, 0) + 1
    return ", ".join(
        str(inert(reason)) for reason in sorted(reasons, key=lambda reason: (-reasons[reason], reason))[:3]
    )


def what_else(report: Report) -> str:
    """What to do about a report in which nobody answered."""
    if any("deadline" in answer.detail for answer in report.evidence):
        return "Give the run more time (--timeout SECONDS)."
    return _ELSEWHERE.get(report.world, _ELSEWHERE_THAN_THE_NETWORK)


def told_before(report: Report) -> frozenset[str]:
    """The codes of the findings that were told with the causes of failed mail."""
    seen = [cause for cause in report.causes if cause.seen]
    counted_too = {_COUNTS[cause.category] for cause in seen if cause.category in _COUNTS}
    return frozenset(code for cause in seen for code in cause.confirmed_by) | counted_too


_COUNTS = {"auth_failed": "delivery.mail-authenticated.refused"}
"""Findings that count the very replies of a category."""


def check_of(code: str) -> str:
    """The id of the check that a code belongs to."""
    return ".".join(code.split(".")[:2])


def notable(findings: Iterable[Finding]) -> list[Finding]:
    """What a check that is well says beside being well, worth a person's eye."""
    return [f for f in findings if f.message.severity is Severity.NOTICE and f.message.basis is Basis.OBSERVED]


def proof(answer: Answer, longest: int) -> str:
    """One answer on a line: what was asked, what came back, from whom; no part longer than `longest` characters."""
    question = answer.question
    asked = f"{_cut(question.name, longest) or '.'} {question.rdtype}{' over TCP' if question.tcp else ''}"
    said = "  ".join(answer.records) if answer.outcome is Outcome.ANSWERED else answer.outcome.value
    detail = f" ({_cut(answer.detail, longest)})" if answer.detail else ""
    via = _cut("".join(f" -> {alias}" for alias in answer.aliases), longest)
    # A zone world answers for every server: the one that was asked tells two answers to one question apart.
    server = answer.question.server or answer.server
    by = f"   [{_cut(server, longest)}]" if server else ""
    return str(inert(f"{asked}{via}  {_cut(said, longest)}{detail}{by}"))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def because(judged: Judged) -> str:
    """Why a requirement was judged like this: the codes that say so, or how to know it; no codes for what is well."""
    if judged.state is State.NOT_MET:
        asked = judged.requirement
        return f"by {', '.join(judged.by)}; see {asked.source} ({asked.date})"
    return f"to know it: {judged.to_know}" if judged.to_know else ""
