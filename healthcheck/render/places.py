"""Where in the given zone files the records stand that a finding is about: for annotations on the very line.

Only a file that somebody keeps has lines to point to: master files given with --zone or --overlay. A finding about a
record that is missing points to the SOA of the zone that it would be added to, or the first line of the file where that has
none: never to another record, which is in order. Without any, it points to the table of the domain in healthcheck.toml.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from checks.model import Basis, Finding, Severity, Status
from checks.names import parents
from healthcheck.report import CheckResult, Report

Places = Mapping[tuple[str, str], tuple[str, int]]
"""By name and type of a record: the file as it was given, and the line, from 1. Under TABLE the configuration's own table."""
TABLE = "[[domain]]"


class Placed(NamedTuple):
    """A finding that is not fine, with its check, whose report it is in, and the line it is about; None for no line."""

    report: Report
    result: CheckResult
    finding: Finding
    place: tuple[str, int] | None

    @property
    def level(self) -> str:
        """`error` for what fails, `warning`, or `note` for what is not known."""
        message = self.finding.message
        if message.basis is Basis.UNDETERMINED:
            return "note"
        return "error" if message.severity >= Severity.ERROR else "warning"


def placed(reports: Sequence[Report], places: Places) -> list[Placed]:
    """Every finding that is a failure, a warning or not known, the gravest first, otherwise in report order."""
    found = [
        Placed(report, result, finding, _place(report, finding, evidence, places))
        for report in reports
        for result in report.checks
        if result.status in (Status.FAIL, Status.WARN, Status.UNKNOWN)
        for finding, evidence in ((shown.finding, shown.evidence) for shown in result.shown)
        if finding.message.severity >= Severity.WARNING and finding.message.basis is not Basis.NOT_APPLICABLE
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda one: order[one.level])


def told_of(finding: Finding) -> str:
    """What was found and what to do, as sentences."""
    text = finding.text if finding.text.endswith((".", "!", "?")) or not finding.remedy else f"{finding.text}."
    return f"{text} {finding.remedy}".strip()


def _place(report: Report, finding: Finding, evidence: Sequence[int], places: Places) -> tuple[str, int] | None:
    """The line of a record that the finding rests on; else that of the zone that would hold it."""
    questions = [report.evidence[number - 1].question for number in evidence]
    own = [question for question in questions if not question.server] or questions
    about = [question for question in own if question.name == finding.about]
    for question in (*about, *own):
        if found := places.get((question.name, question.rdtype)) or places.get((question.name, "CNAME")):
            return found
    zone = next((found for question in own if (found := _zone_of(question.name, places))), None)
    return zone or places.get((report.target.domain, TABLE))


def _zone_of(name: str, places: Places) -> tuple[str, int] | None:
    """The line of the nearest SOA at or above a name; else the beginning of the file with the nearest name."""
    above = (name, *parents(name))
    if soa := next((found for one in above if (found := places.get((one, "SOA")))), None):
        return soa
    files = {one: file for (one, rdtype), (file, _) in reversed(list(places.items())) if rdtype != TABLE}
    file = next((files[one] for one in above if one in files), None)
    return (file, 1) if file is not None else None
