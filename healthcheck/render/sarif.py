"""Findings as SARIF 2.1.0, for code scanning of zone files: one run, a rule a code, a result a finding that has a line."""

from collections.abc import Sequence

from checks.model import Severity
from healthcheck import __version__
from healthcheck.render import indented
from healthcheck.render.code_quality import fingerprint, once
from healthcheck.render.places import Placed, Places, placed, told_of
from healthcheck.render.references import rfc_link
from healthcheck.report import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: Sequence[Report], places: Places) -> str:
    """The document. What has no line in a given file is counted in a notification: a result without a place is refused."""
    found = placed(reports, places)
    shown = once(found)
    left = sum(one.place is None for one in found)
    rules = {one.finding.message.code: one for one in shown}
    run = {
        "tool": {
            "driver": {
                "name": "healthcheck",
                "version": __version__,
                "rules": [_rule(rules[code]) for code in sorted(rules)],
            }
        },
        "automationDetails": {"id": "healthcheck/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _left_out(left)}],
        "results": [_result(one, one.place) for one in shown if one.place is not None],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return indented(document)


def _left_out(count: int) -> list[dict[str, object]]:
    if not count:
        return []
    found = "finding is" if count == 1 else "findings are"
    text = f"{count} {found} about no record of the given zone files and not shown here"
    return [{"level": "note", "message": {"text": text}}]


def _rule(one: Placed) -> dict[str, object]:
    """A rule is a code; its title is the healthy condition that it breaks."""
    message = one.finding.message
    link = next(filter(None, map(rfc_link, message.references)), None)
    return {
        "id": message.code,
        "shortDescription": {"text": one.result.title},
        **({"helpUri": link} if link else {}),
        "help": {"text": "; ".join((f"docs/checks/{one.result.id.replace('.', '/')}.md", *message.references))},
        "defaultConfiguration": {"level": "error" if message.severity >= Severity.ERROR else "warning"},
    }


def _result(one: Placed, place: tuple[str, int]) -> dict[str, object]:
    file, line = place
    return {
        "ruleId": one.finding.message.code,
        "level": one.level,
        "message": {"text": told_of(one.finding)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": {"startLine": line}}}],
        "partialFingerprints": {"healthcheck/v1": fingerprint(one)},
    }


def _uri(file: str) -> str:
    from urllib.parse import quote  # start-up time: a slow import, for this format alone

    return quote(file, safe="/._-~")
