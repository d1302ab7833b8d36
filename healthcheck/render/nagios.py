"""The report as monitoring plugins print it (Nagios, Icinga, Naemon): state, one line, figures, then the rest.

    HEALTHCHECK CRITICAL: shop.example 1 failed, 2 warnings - spf.lookup-limit | 'spf_dns_lookups'=12;;10;0 ...

Text of strangers reaches these lines, and a `|` or a line end in it would start figures or commands of its own: both
are taken out. Old transports cut at 1 KiB, today's at 4 KiB; what matters stands first.
"""

from collections.abc import Iterable, Sequence

from checks.model import Status, Verdict
from checks.text import inert
from healthcheck.render.measures import Measure, listings, measures
from healthcheck.render.words import counted
from healthcheck.report import Report

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
_WORDS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
_GRAVEST_FIRST = (CRITICAL, UNKNOWN, WARNING, OK)
LARGEST = 4096
"""Bytes of the whole output."""
LONGEST_FIRST = 300
"""Characters of the first line before its figures; 80 are wanted, and a pager shows more."""
LONGEST_LINE = 300


def state(reports: Sequence[Report]) -> int:
    """The plugin's exit code: 2 a report fails, 3 one is inconclusive, 1 one warns, 0 all is well; in this order."""
    states = {_state(report) for report in reports}
    return next((one for one in _GRAVEST_FIRST if one in states), UNKNOWN)


def render(reports: Sequence[Report]) -> str:
    """The plugin's output: at most 4 KiB, whole lines, a final newline."""
    first = f"HEALTHCHECK {_WORDS[state(reports)]}: {_summary(reports)}"
    figures = " ".join(_figures(reports))
    lines = [f"{_safe(first, LONGEST_FIRST)} | {figures}"]
    lines += [_safe(line, LONGEST_LINE) for report in reports for line in _details(report, len(reports) > 1)]
    return _cut(lines)


def trouble(sentence: str) -> str:
    """What a plugin says that could not do its work: always UNKNOWN."""
    return f"HEALTHCHECK UNKNOWN: {_safe(sentence, LONGEST_FIRST)}\n"


def _state(report: Report) -> int:
    if report.verdict is Verdict.FAIL:
        return CRITICAL
    if report.verdict is Verdict.INCONCLUSIVE:
        return UNKNOWN
    return WARNING if report.summary[Status.WARN] else OK


def _summary(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        (report,) = reports
        ids = [result.id for result in report.checks if result.status is _decisive(report)]
        return f"{report.target.called or report.target.domain} {counted(report)}" + (
            f" - {', '.join(ids)}" if ids else ""
        )
    worst = [report for report in reports if _state(report) == state(reports)]
    names = ", ".join(report.target.called or report.target.domain for report in worst)
    return f"{len(worst)} of {len(reports)}: {names}"


def _decisive(report: Report) -> Status:
    """The status of the checks that gave the report its state."""
    return {CRITICAL: Status.FAIL, UNKNOWN: Status.UNKNOWN}.get(_state(report), Status.WARN)


def _details(report: Report, named: bool) -> Iterable[str]:
    name = f"{report.target.called or report.target.domain}: " if named else ""
    for status in (Status.FAIL, Status.UNKNOWN, Status.WARN):
        for result in report.checks:
            finding = result.worst
            if result.status is status and finding is not None:
                yield f"{name}{status.value.upper()} {result.id}: {finding.text}"


def _figures(reports: Sequence[Report]) -> Iterable[str]:
    for report in reports:
        before = f"{report.target.called or report.target.domain} " if len(reports) > 1 else ""
        summary = report.summary
        for status, label in ((Status.FAIL, "failed"), (Status.WARN, "warnings"), (Status.UNKNOWN, "not_known")):
            yield _figure(before, Measure(label, summary[status]))
        yield _figure(before, Measure("listings", sum(listings(report).values())))
        for measure in measures(report):
            yield _figure(before, measure)


def _figure(before: str, measure: Measure) -> str:
    """`'label'=value[unit];[warn];[crit];[min];[max]`, a quote in the label doubled."""
    label = _safe(f"{before}{measure.name}", 100).replace("=", "_").replace("'", "''")
    critical = f"{measure.limit:g}" if measure.limit is not None else ""
    return f"'{label}'={measure.value:g}{measure.unit};;{critical};0"


def _safe(text: str, longest: int) -> str:
    """Text on one line with nothing in it that the protocol takes for its own; cut where it is too long."""
    plain = " ".join(str(inert(text)).replace("|", "/").split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _cut(lines: Sequence[str]) -> str:
    """As many lines as fit; the last one says how many did not."""
    kept, size = [], 0
    room = LARGEST - 40
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > room and number:
            kept.append(f"and {len(lines) - number} lines more")
            break
        kept.append(line if size <= room else line.encode()[: room - 1].decode("utf-8", "ignore"))
    return "\n".join(kept) + "\n"
