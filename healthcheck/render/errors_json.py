"""Error rates as JSON, schema healthcheck.errors/1: fields are added, never renamed."""

from typing import Any

import msgspec

from checks.delivery.observed import Failure
from healthcheck import __version__
from healthcheck.render import indented
from healthcheck.render.errors import Seen
from healthcheck.render.json import json_finding

MOST_ROWS = 1000
"""Domains, providers and codes; the rest is summed up as `other`."""
MOST_FAILURES = 200
"""Groups of failed replies; `unlisted` counts the replies of the rest."""


def render(seen: Seen) -> str:
    """The answer as JSON: two spaces of indent, a final newline."""
    tally = seen.tally
    sums = dict(seen.sums)
    cut = [key for key in ("by_enhanced", "by_provider", "by_recipient_domain") if len(sums[key]) > MOST_ROWS]
    for key in cut:
        sums[key] = _cut(sums[key])
    listed, rest = seen.failures[:MOST_FAILURES], seen.failures[MOST_FAILURES:]
    answer: dict[str, Any] = {
        "schema": "healthcheck.errors/1",
        "world": "files",
        "window": {"from": seen.begin or tally.first, "to": seen.end or tally.last},
        "sources": [one._asdict() for one in seen.sources],
        **sums,
        "findings": [json_finding(shown) for result in seen.report.checks for shown in result.shown],
        "verdict": seen.verdict,
        "unread": {
            "lines": seen.unread.lines,
            "bytes": seen.unread.bytes,
            "samples": [dict(zip(("file", "line", "why", "text"), one, strict=True)) for one in seen.unread.samples],
        },
        "tool": {"name": "healthcheck", "version": __version__},
        "repeated": seen.repeated,
        "more_sources": seen.more_sources,
        "summed_as_other": sorted({*tally.overflowed, *cut}),
        "summary": seen.report.summary,
        "checks": [{"id": one.id, "title": one.title, "status": one.status} for one in seen.report.checks],
        "failures": [failure_as_json(one) for one in listed],
        "unlisted": seen.unlisted + sum(one.replies for one in rest),
        "thresholds": dict(seen.thresholds),
        "reports": seen.reports,
        "more_reports": seen.more_reports,
    }
    return indented(answer)


def failure_as_json(failure: Failure) -> dict[str, Any]:
    """Failed replies that say the same, how many they are, whose they were and whom they were sent to."""
    told = msgspec.structs.asdict(failure)
    for key in ("senders", "recipient_domains"):
        told[key] = dict(told[key])
    return {"replies": failure.replies, **told}


def _cut(rows: dict[str, Any]) -> dict[str, Any]:
    kept = dict(list(rows.items())[:MOST_ROWS])
    rest = list(rows.items())[MOST_ROWS:]
    other: Any = kept.pop("other", None)
    for _, row in rest:
        other = _added(other, row)
    return {**kept, "other": other}


def _added(other: Any, row: Any) -> Any:
    if isinstance(row, dict):
        return {key: (other or {}).get(key, 0) + number for key, number in row.items()}
    return (other or 0) + row
