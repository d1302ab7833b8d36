"""The JSON report, schema healthcheck.report/1: a stable contract. Fields are added, never renamed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from checks.inquiry import Answer, DnsQuestion
from checks.model import Basis, Origin, Severity, Status, Stream, Target, Verdict
from checks.providers.requirements import Judged
from checks.text import inert
from healthcheck import __version__
from healthcheck.render import indented
from healthcheck.render.what_if_json import JsonWhatIf, json_what_if
from healthcheck.render.why_json import JsonCause, JsonView, json_causes, json_explanations, json_views
from healthcheck.report import CheckResult, Report, Shown, Waiver, WaiverState

if TYPE_CHECKING:
    from checks.delivery.observed import Observed  # start-up time: most runs are given no log

SeverityWord = Literal["info", "notice", "warning", "error", "critical"]


class JsonTool(msgspec.Struct):
    name: str
    version: str


class JsonSignature(msgspec.Struct):
    domain: str
    selector: str


class JsonStream(msgspec.Struct):
    """`mail_from` is "" for the null sender; it and `signatures` are null where nobody told. `messages` and `passed` (those
    that passed DMARC) are from reports."""

    origin: Origin
    mail_from: str | None
    signatures: list[JsonSignature] | None
    helo: str | None
    ips: list[str]
    source: str
    messages: int
    passed: int


class JsonWindow(msgspec.Struct):
    """From when to when, RFC 3339 in UTC; null where no time is known."""

    from_: str | None = msgspec.field(name="from")
    to: str | None


class JsonObserved(msgspec.Struct):
    """What was seen of the mail. `replies` counts the failed replies: those put off, given up and refused at the other side,
    and `unlisted` those that are too rare to be told apart; `delivered` is null where nothing tells of deliveries."""

    replies: int
    deferred: int
    bounced: int
    rejected: int
    unlisted: int
    delivered: int | None
    window: JsonWindow
    sources: list[str]


class JsonTarget(msgspec.Struct):
    """`unicode` is the domain with its U-labels, for people; everything else is asked of `domain`.

    `streams` are the ways of sending that were given or learned; `observed` is null where nobody told of the mail.
    """

    domain: str
    ips: list[str]
    selectors: list[str]
    mail_from: str | None
    unicode: str
    streams: list[JsonStream]
    observed: JsonObserved | None


class JsonIgnored(msgspec.Struct):
    """Why a finding counts for nothing: by which waiver, until when (null: for ever)."""

    by: str
    reason: str
    expires: str | None


class JsonWaiver(msgspec.Struct):
    """A waiver that concerns the report. `findings`: how many it matched, or would have matched."""

    id: str
    domain: str
    reason: str
    expires: str | None
    state: WaiverState
    findings: int


class JsonFinding(msgspec.Struct):
    code: str
    severity: SeverityWord
    basis: Basis
    about: str
    text: str
    remedy: str
    references: list[str]
    explains: list[str]
    args: dict[str, Any]
    evidence: list[int]
    ignored: JsonIgnored | None = None
    """What is ignored stands behind the findings that count."""


class JsonCheck(msgspec.Struct):
    id: str
    title: str
    status: Status
    findings: list[JsonFinding]


class JsonRequirement(msgspec.Struct):
    """What a mailbox provider asks for. `by` are the codes that decide; `to_know` is how to know it where it is unknown."""

    id: str
    provider: str
    scope: Literal["all", "bulk", "marketing"]
    requirement: str
    threshold: str
    state: Literal["met", "not-met", "unknown"]
    by: list[str]
    to_know: str
    source: str
    source_date: str


class JsonEvidence(msgspec.Struct):
    """One answer. `elapsed_ms` in milliseconds, `ttl` in seconds."""

    id: int
    question: dict[str, Any]
    outcome: str
    records: list[str]
    aliases: list[str]
    ttl: int | None
    authenticated: bool
    server: str
    asked_at: str
    elapsed_ms: float
    detail: str


class JsonReport(msgspec.Struct):
    """One examined domain."""

    schema: Literal["healthcheck.report/1"]
    tool: JsonTool
    generated_at: str
    world: Literal["live", "zone", "overlay", "lab", "replay"]
    target: JsonTarget
    verdict: Verdict
    summary: dict[str, int]
    """How many checks have each status; `ignored` counts findings."""
    causes: list[JsonCause]
    checks: list[JsonCheck]
    requirements: list[JsonRequirement]
    providers: list[JsonView]
    what_if: JsonWhatIf | None
    explanations: dict[str, dict[str, Any]]
    evidence: list[JsonEvidence]
    waivers: list[JsonWaiver] = []


class JsonReports(msgspec.Struct):
    """Several examined domains, in the order in which they were given."""

    schema: Literal["healthcheck.reports/1"]
    reports: list[JsonReport]


def render(reports: Sequence[Report]) -> str:
    """One report as itself, several under the key `reports`; two spaces of indent, a final newline."""
    told = [as_json(report) for report in reports]
    return _indented(told[0] if len(told) == 1 else JsonReports("healthcheck.reports/1", told))


def render_line(report: Report) -> str:
    """One report on one line (NDJSON), with its newline."""
    return msgspec.json.encode(as_json(report)).decode() + "\n"


def schema() -> str:
    """The JSON Schema (2020-12) of what `render` gives: one report, or several."""
    either, components = msgspec.json.schema_components([JsonReport, JsonReports], ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "healthcheck report",
        "anyOf": list(either),
        "$defs": components,
    }
    return indented(document, in_order=True)


def as_json(report: Report) -> JsonReport:
    """A report in the shape of the contract."""
    return JsonReport(
        schema="healthcheck.report/1",
        tool=JsonTool("healthcheck", __version__),
        generated_at=_safe(report.generated_at),
        world=report.world,  # type: ignore[arg-type]  # a World's name is one of the words
        target=_target(report.target, report.unicode_domain),
        verdict=report.verdict,
        summary={**{status.value: number for status, number in report.summary.items()}, "ignored": len(report.ignored)},
        causes=json_causes(report.causes),
        checks=[_check(result) for result in report.checks],
        requirements=[_requirement(judged) for judged in report.requirements],
        providers=json_views(report),
        what_if=json_what_if(report.what_if),
        explanations=json_explanations(report),
        evidence=[_evidence(number, answer) for number, answer in enumerate(report.evidence, 1)],
        waivers=[_waiver(one) for one in report.waivers],
    )


def question_args(question: DnsQuestion) -> dict[str, Any]:
    """A question as JSON; `server`, `tcp` and `account` only where they say something."""
    return {"kind": "dns", "name": _safe(question.name), "type": _safe(question.rdtype)} | (
        ({"server": _safe(question.server)} if question.server else {})
        | ({"tcp": True} if question.tcp else {})
        | ({"account": _safe(question.account)} if question.account else {})
    )


def _safe(text: str) -> str:
    """Names and records come from strangers too; findings are inert already."""
    return str(inert(text))


def severity_word(severity: Severity) -> SeverityWord:
    """The severity in the words of the contract."""
    words: Mapping[Severity, SeverityWord] = {
        Severity.INFO: "info",
        Severity.NOTICE: "notice",
        Severity.WARNING: "warning",
        Severity.ERROR: "error",
        Severity.CRITICAL: "critical",
    }
    return words[severity]


def _indented(value: JsonReport | JsonReports) -> str:
    return indented(value)


def _target(target: Target, unicode_domain: str) -> JsonTarget:
    ips = [str(address) for address in target.ips]
    streams = [_stream(stream) for stream in target.streams]
    return JsonTarget(
        target.domain,
        ips,
        list(target.selectors),
        target.mail_from,
        _safe(unicode_domain),
        streams,
        _observed(target.observed) if target.observed is not None else None,
    )


def _observed(seen: "Observed") -> JsonObserved:
    traffic = seen.traffic
    return JsonObserved(
        replies=seen.replies,
        deferred=sum(one.deferred for one in seen.failures),
        bounced=sum(one.bounced for one in seen.failures),
        rejected=sum(one.rejected for one in seen.failures),
        unlisted=seen.unlisted,
        delivered=sum(flow.delivered for flow in traffic.flows) if traffic and traffic.has_sender_side else None,
        window=JsonWindow(from_=seen.first, to=seen.last),
        sources=[_safe(source) for source in seen.sources],
    )


def _stream(stream: Stream) -> JsonStream:
    told = stream.signatures
    return JsonStream(
        origin=stream.origin,
        mail_from=None if stream.mail_from is None else _safe(stream.mail_from),
        signatures=None if told is None else [JsonSignature(_safe(one.domain), _safe(one.selector)) for one in told],
        helo=None if stream.helo is None else _safe(stream.helo),
        ips=[str(address) for address in stream.ips],
        source=_safe(stream.source),
        messages=stream.messages,
        passed=stream.passed,
    )


def _requirement(judged: Judged) -> JsonRequirement:
    asked = judged.requirement
    return JsonRequirement(
        id=asked.id,
        provider=asked.provider,
        scope=asked.scope,  # type: ignore[arg-type]  # a test reads the data for it
        requirement=asked.text,
        threshold=asked.threshold,
        state=judged.state.value,
        by=list(judged.by),
        to_know=judged.to_know,
        source=asked.source,
        source_date=asked.date,
    )


def _check(result: CheckResult) -> JsonCheck:
    findings = [json_finding(shown) for shown in result.shown]
    for one in result.ignored:
        told = json_finding(one.shown)
        told.ignored = JsonIgnored(_safe(one.by), _safe(one.reason), one.until or None)
        findings.append(told)
    return JsonCheck(result.id, result.title, result.status, findings)


def _waiver(one: Waiver) -> JsonWaiver:
    return JsonWaiver(_safe(one.id), _safe(one.domain), _safe(one.reason), one.until or None, one.state, one.findings)


def json_finding(shown: Shown) -> JsonFinding:
    """A finding in the shape of the contract."""
    finding = shown.finding
    message = finding.message
    return JsonFinding(
        code=message.code,
        severity=severity_word(message.severity),
        basis=message.basis,
        about=finding.about,
        text=finding.text,
        remedy=finding.remedy,
        references=list(message.references),
        explains=list(finding.explains),
        args=finding.args,
        evidence=list(shown.evidence),
    )


def _evidence(number: int, answer: Answer) -> JsonEvidence:
    return JsonEvidence(
        id=number,
        question=question_args(answer.question),
        outcome=answer.outcome.value,
        records=[_safe(record) for record in answer.records],
        aliases=[_safe(alias) for alias in answer.aliases],
        ttl=answer.ttl,
        authenticated=answer.authenticated,
        server=_safe(answer.server),
        asked_at=_safe(answer.asked_at),
        elapsed_ms=round(answer.elapsed * 1000, 1),
        detail=_safe(answer.detail),
    )
