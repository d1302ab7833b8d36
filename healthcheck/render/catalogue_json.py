"""The catalogue of checks and the patients of the lab as JSON: fields are added, never renamed."""

from collections.abc import Sequence
from typing import Any

import msgspec

from checks.model import AnyCheck
from healthcheck.world.lab import Patient


def listed(checks: Sequence[AnyCheck], wanted: str | None = None) -> str:
    """The checks with this id or these first words, all without; "" where there is none. Schema healthcheck.checks/1."""
    chosen = [check for check in checks if wanted is None or f"{check.id}.".startswith(f"{wanted}.")]
    if not chosen:
        return ""
    return _written({"schema": "healthcheck.checks/1", "checks": [_of_check(check) for check in chosen]})


def patients(found: Sequence[Patient]) -> str:
    """The patients, each with its options and the codes that are found. Schema healthcheck.lab/1."""
    told = [
        {
            "domain": patient.domain,
            "illness": patient.illness,
            "options": patient.options,
            "codes": patient.codes,
        }
        for patient in found
    ]
    return _written({"schema": "healthcheck.lab/1", "world": "lab", "patients": told})


def _of_check(check: AnyCheck) -> dict[str, Any]:
    messages = [
        {
            "code": message.code,
            "severity": message.severity.name.lower(),
            "basis": message.basis,
            "text": message.text,
            "remedy": message.remedy,
            "references": message.references,
        }
        for message in check.messages
    ]
    return {"id": check.id, "title": check.title, "messages": messages}


def _written(value: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
