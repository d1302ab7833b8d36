"""Findings as GitLab's code quality report: one JSON array, each with a line of a zone file and a fingerprint that stays."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from checks.model import Severity
from healthcheck.identity import instance, listed
from healthcheck.render import indented
from healthcheck.render.places import Placed, Places, placed
from healthcheck.report import Report

_SEVERITIES = {
    Severity.INFO: "info",
    Severity.NOTICE: "info",
    Severity.WARNING: "minor",
    Severity.ERROR: "major",
    Severity.CRITICAL: "critical",
}


def render(reports: Sequence[Report], places: Places) -> str:
    """The array; only what has a line is in it, for GitLab takes nothing else."""
    issues = [_issue(one, one.place) for one in once(placed(reports, places)) if one.place is not None]
    return indented(issues)


def once(found: Iterable[Placed]) -> list[Placed]:
    """Each finding that has a place once: who reads them takes two of one fingerprint for one, whichever comes last."""
    return list({fingerprint(one): one for one in reversed(list(found)) if one.place is not None}.values())[::-1]


def fingerprint(one: Placed) -> str:
    """What makes the same finding the same in the next run: code, domain and what it is about, not its words."""
    parts = (one.report.target.domain, *instance(one.finding), *listed(one.finding))
    return sha256("\x00".join(parts).encode()).hexdigest()


def _issue(one: Placed, place: tuple[str, int]) -> dict[str, object]:
    return {
        "description": one.finding.text,
        "check_name": one.finding.message.code,
        "fingerprint": fingerprint(one),
        "severity": "info" if one.level == "note" else _SEVERITIES[one.finding.message.severity],
        "location": {"path": place[0], "lines": {"begin": place[1]}},
    }
