"""The catalogue of checks as JSON: fields are added, never renamed."""

from collections.abc import Sequence
from typing import Any

from checks.model import AnyCheck
from checks.text import spelled_out
from healthcheck.render import indented


def listed(checks: Sequence[AnyCheck], wanted: str | None = None) -> str:
    """The checks with this id or these first words, all without; "" where there is none. Schema healthcheck.checks/1."""
    chosen = [check for check in checks if wanted is None or f"{check.id}.".startswith(f"{wanted}.")]
    if not chosen:
        return ""
    return indented({"schema": "healthcheck.checks/1", "checks": [_of_check(check) for check in chosen]})


def _of_check(check: AnyCheck) -> dict[str, Any]:
    messages = [
        {
            "code": message.code,
            "severity": message.severity.name.lower(),
            "basis": message.basis,
            "text": spelled_out(message.text),
            "remedy": spelled_out(message.remedy),
            "references": message.references,
        }
        for message in check.messages
    ]
    return {"id": check.id, "title": check.title, "messages": messages}
