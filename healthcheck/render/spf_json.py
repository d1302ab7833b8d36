"""SPF as JSON, schema healthcheck.spf/1: a stable contract. Fields are added, never renamed.

One answer stands by itself; several under `answers`, in the order of the addresses. docs/spf.md explains the fields.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from checks.model import Target
from checks.spf.policy import Node, Step
from checks.spf.trace import RecordTrace, TermTrace
from checks.text import inert
from healthcheck.authorise import Authorisation
from healthcheck.render import indented
from healthcheck.render import json as report_json
from healthcheck.report import Evidence, Report

SCHEMA = "healthcheck.spf/1"
SEVERAL = "healthcheck.spf-answers/1"


def render(found: Sequence[Authorisation]) -> str:
    """One answer as itself, several under `answers`; two spaces of indent, a final newline."""
    told = [as_json(one) for one in found]
    whole = told[0] if len(told) == 1 else {"schema": SEVERAL, "answers": told}
    return indented(whole)


def render_line(one: Authorisation) -> str:
    """One answer on one line (NDJSON), with its newline."""
    return msgspec.json.encode(as_json(one)).decode() + "\n"


def as_json(one: Authorisation) -> dict[str, Any]:
    """An answer in the shape of the contract; `result` is null where no address was given."""
    ids = Evidence({answer.question: answer for answer in one.evidence})
    ids.ids(answer.question for answer in one.evidence)
    evaluation, policy, mail = one.evaluation, one.policy, one.mail
    if evaluation is not None:
        found: dict[str, Any] = {
            "result": evaluation.result.value,
            "reason": inert(evaluation.reason),
            "matched": inert(evaluation.matched) if evaluation.matched else None,
            "explanation": inert(evaluation.explanation),
            "lookups": evaluation.lookups,
            "void_lookups": evaluation.void_lookups,
            "trace": _terms(evaluation.trace, ids),
            "decided_by": [{"domain": inert(x.domain), "term": inert(x.term.text)} for x in evaluation.decisions],
            "record": inert(evaluation.trace.text) or None,
        }
    else:
        assert policy is not None
        record = policy.root.record
        found = {
            "result": None,
            "reason": inert(one.policy_reason),
            "matched": None,
            "explanation": None,
            "lookups": policy.lookups,
            "void_lookups": None,
            "trace": _steps(policy.root, ids),
            "decided_by": [],
            "record": inert(record.text) if record is not None else None,
        }
    asked = {
        "domain": mail.domain,
        "evaluated_domain": inert(mail.evaluated_domain),
        "identity": mail.identity,
        "ip": str(mail.ip) if mail.ip is not None else None,
        "sender": inert(mail.sender),
        "helo": inert(mail.helo) or None,
    }
    prose, *publish = one.remedy.split("\n")
    remedy = {"remedy": inert(prose), "publish": inert(publish)}
    return {"schema": SCHEMA, **found, **asked, **remedy, **_about(one)}


def _about(one: Authorisation) -> dict[str, Any]:
    """Where and when somebody looked, with the answers, as in a report."""
    target = Target(one.mail.evaluated_domain)
    whole = report_json.as_json(Report(target, one.unicode_domain, one.world, one.generated_at, (), one.evidence))
    return {
        "tool": whole.tool,
        "generated_at": whole.generated_at,
        "world": whole.world,
        "evidence": whole.evidence,
    }


def _terms(record: RecordTrace, ids: Evidence) -> list[dict[str, Any]]:
    return [_term(record.domain, term, ids) for term in record.terms]


def _term(domain: str, term: TermTrace, ids: Evidence) -> dict[str, Any]:
    inner = term.record
    return {
        "term": inert(term.term.text),
        "domain": inert(domain),
        "position": term.term.position,
        "result": term.result.value if term.result is not None else None,
        "reason": inert(term.why),
        "target": inert(term.target) or None,
        "lookup": term.nth or None,
        "void_lookup": term.void or None,
        "evidence": list(ids.ids(answer.question for answer in term.answers)),
        "record": inert(inner.text) or None if inner is not None else None,
        "included": inner.result.value if inner is not None else None,
        "trace": _terms(inner, ids) if inner is not None else [],
    }


def _steps(node: Node, ids: Evidence) -> list[dict[str, Any]]:
    return [_step(node.name, step, ids) for step in node.steps]


def _step(domain: str, step: Step, ids: Evidence) -> dict[str, Any]:
    inner = step.node
    return {
        "term": inert(step.term.text),
        "domain": inert(domain),
        "position": step.term.position,
        "result": None,
        "reason": "",
        "target": inert(step.target) or None,
        "lookup": step.nth or None,
        "void_lookup": None,
        "evidence": list(ids.ids(answer.question for answer in step.answers)),
        "record": inert(inner.record.text) if inner is not None and inner.record is not None else None,
        "included": None,
        "trace": _steps(inner, ids) if inner is not None else [],
    }
