"""The JSON report, schema healthcheck.report/1: a stable contract. Fields are added, never renamed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from checks.inquiry import Answer, DnsQuestion
from checks.model import Basis, Severity, Status, Target, Verdict
from checks.text import inert
from healthcheck import __version__
from healthcheck.report import CheckResult, Report, Shown

SeverityWord = Literal["info", "notice", "warning", "error", "critical"]


class JsonTool(msgspec.Struct):
    name: str = "healthcheck"
    version: str = __version__


class JsonTarget(msgspec.Struct):
    """`unicode` is the domain with its U-labels, for people; everything else is asked of `domain`."""

    domain: str
    ips: list[str]
    selectors: list[str]
    mail_from: str | None
    unicode: str


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


class JsonCheck(msgspec.Struct):
    id: str
    title: str
    status: Status
    findings: list[JsonFinding]


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
    tool: JsonTool
    generated_at: str
    world: Literal["live", "zone", "overlay", "lab", "replay"]
    target: JsonTarget
    verdict: Verdict
    summary: dict[Status, int]
    causes: list[dict[str, Any]]
    checks: list[JsonCheck]
    explanations: dict[str, dict[str, Any]]
    evidence: list[JsonEvidence]
    schema: Literal["healthcheck.report/1"] = "healthcheck.report/1"


class JsonReports(msgspec.Struct):
    reports: list[JsonReport]
    schema: Literal["healthcheck.reports/1"] = "healthcheck.reports/1"


def render(reports: Sequence[Report]) -> str:
    """One report as itself, several under the key `reports`; two spaces of indent, a final newline."""
    return _indented(as_json(reports[0]) if len(reports) == 1 else JsonReports([as_json(report) for report in reports]))


def render_line(report: Report) -> str:
    """One report on one line (NDJSON), with its newline."""
    return msgspec.json.encode(_schema_first(as_json(report))).decode() + "\n"


def schema() -> str:
    """The JSON Schema (2020-12) of one report."""
    return (
        msgspec.json.format(msgspec.json.encode(msgspec.json.schema(JsonReport), order="deterministic")).decode() + "\n"
    )


def as_json(report: Report) -> JsonReport:
    """A report in the shape of the contract."""
    return JsonReport(
        tool=JsonTool(),
        generated_at=report.generated_at,
        world=report.world,  # type: ignore[arg-type]  # a World's name is one of the words
        target=_target(report.target, report.unicode_domain),
        verdict=report.verdict,
        summary=report.summary,
        causes=[],
        checks=[_check(result) for result in report.checks],
        explanations={},
        evidence=[_evidence(number, answer) for number, answer in enumerate(report.evidence, 1)],
    )


def question_args(question: DnsQuestion) -> dict[str, Any]:
    """A question as JSON; `server` and `tcp` only where they say something."""
    return {"kind": "dns", "name": question.name, "type": question.rdtype} | (
        ({"server": question.server} if question.server else {}) | ({"tcp": True} if question.tcp else {})
    )


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
    return msgspec.json.format(msgspec.json.encode(_schema_first(value)), indent=2).decode() + "\n"


def _schema_first(value: JsonReport | JsonReports) -> dict[str, Any]:
    fields = msgspec.structs.asdict(value)
    return {"schema": fields.pop("schema")} | fields


def _target(target: Target, unicode_domain: str) -> JsonTarget:
    ips = [str(address) for address in target.ips]
    return JsonTarget(target.domain, ips, list(target.selectors), target.mail_from, unicode_domain)


def _check(result: CheckResult) -> JsonCheck:
    return JsonCheck(result.id, result.title, result.status, [_finding(shown) for shown in result.shown])


def _finding(shown: Shown) -> JsonFinding:
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
        records=[str(inert(record)) for record in answer.records],
        aliases=list(answer.aliases),
        ttl=answer.ttl,
        authenticated=answer.authenticated,
        server=answer.server,
        asked_at=answer.asked_at,
        elapsed_ms=round(answer.elapsed * 1000, 1),
        detail=str(inert(answer.detail)),
    )
