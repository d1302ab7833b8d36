"""What DMARC says of a domain: the policies in words and the walk that found them, before the findings.

JSON, schema healthcheck.dmarc/1: the particulars of the finding that states the policy, and all findings. A stable
contract: fields are added, never renamed.
"""

from collections.abc import Iterator
from typing import Any

from checks.inquiry import Answer, Outcome
from checks.text import Value, inert
from healthcheck import __version__
from healthcheck.render import WIDTH, indented
from healthcheck.render import json as report_json
from healthcheck.render import text as report_text
from healthcheck.report import Report

__all__ = ["json", "text"]

KEYS = ("domain", "organizational_domain", "record_at", "policy", "effective_policy", "testing", "valid", "questions")
MORE_KEYS = ("record", "exists")
LONGEST = 300
"""Characters of a record that are printed."""

_NOTHING = {Outcome.NXDOMAIN: "no such name", Outcome.NO_DATA: "no TXT record"}


def stated(report: Report) -> dict[str, Value]:
    """The particulars of the one finding that states the policy; {} where its check broke."""
    found = (finding.args for result in report.checks for finding in result.findings)
    return next((args for args in found if "effective_policy" in args), {})


def json(report: Report) -> str:
    """The answer as JSON: two spaces of indent, a final newline. What is not known is null."""
    whole = report_json.as_json(report)
    said = stated(report)
    answer: dict[str, Any] = {"schema": "healthcheck.dmarc/1"}
    answer |= {key: said.get(key) for key in KEYS} | {"domain": report.target.domain}
    answer["findings"] = [finding for check in whole.checks for finding in check.findings]
    answer |= {key: said.get(key) for key in MORE_KEYS}
    answer |= {
        "verdict": whole.verdict,
        "tool": {"name": "healthcheck", "version": __version__},
        "generated_at": whole.generated_at,
        "world": whole.world,
        "evidence": whole.evidence,
    }
    return indented(answer)


def text(report: Report, width: int = WIDTH, verbose: bool = False) -> str:
    """The answer for a person: the verdict, the policies in words, the walk, and then what the checks found."""
    first, *rest = report_text.render([report], width, verbose).splitlines()
    return "\n".join([first, *_summary(report), *rest]) + "\n"


def _summary(report: Report) -> Iterator[str]:
    said = stated(report)
    policy = said.get("policy")
    if not isinstance(policy, dict):
        return
    name = report.target.domain
    yield ""
    yield "Where it fails DMARC"
    yield f"  mail from {name} is treated as: {_word(policy.get('domain'))}"
    yield f"  mail from a subdomain of it is treated as: {_word(policy.get('subdomain'))}"
    yield f"  mail from a subdomain that does not exist is treated as: {_word(policy.get('nonexistent'))}"
    yield ""
    nothing = "none that applies" if said.get("effective_policy") else "not known"
    yield f"Record                 {said.get('record_at') or nothing}"
    yield f"Organizational domain  {said.get('organizational_domain')}"
    yield ""
    yield "Walk"
    answers = {answer.question.name: answer for answer in report.evidence if answer.question.rdtype == "TXT"}
    names = [str(question) for question in _array(said.get("questions"))]
    widest = max((len(question) for question in names), default=0)
    for number, question in enumerate(names, 1):
        yield f"  {number}  {question:<{widest}}  {_found(answers.get(question))}"


def _word(effective: Value) -> str:
    meaning = {
        "none": "delivered as usual",
        "quarantine": "to the spam folder",
        "reject": "refused",
        "absent": "no policy, the receiver decides",
    }
    return f"{effective} ({meaning.get(str(effective), '')})" if effective else "not known"


def _array(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()


def _found(answer: Answer | None) -> str:
    if answer is None:
        return "not asked"
    via = "".join(f"-> {alias} " for alias in answer.aliases)
    if answer.outcome is Outcome.ANSWERED:
        told = "  ".join(answer.records)
        return str(inert(via + (told if len(told) <= LONGEST else f"{told[:LONGEST]}… ({len(told)} characters)")))
    return str(inert(via + _NOTHING.get(answer.outcome, f"not known: {answer.why_unknown}")))
