"""The report as monitoring plugins print it (Nagios, Icinga, Naemon): state, one line, figures, then the rest.

    HEALTHCHECK CRITICAL: shop.example 1 failed, 2 warnings - spf.lookup-limit | 'spf_dns_lookups'=12;;10;0 ...

Text of strangers reaches these lines, and a `|` or a line end in it would start figures or commands of its own: both
are taken out. Old transports cut at 1 KiB, today's at 4 KiB; what matters stands first. Figures are never cut: half a number is
another number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from checks.model import Status, Verdict, could_have_failed
from checks.text import inert
from healthcheck.render.measures import Measure, every_measure
from healthcheck.render.ranges import Range
from healthcheck.render.words import plain_name
from healthcheck.report import Report

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
_WORDS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
_GRAVEST_FIRST = (CRITICAL, UNKNOWN, WARNING, OK)
LARGEST = 4096
"""Bytes of the whole output."""
WANTED_FIRST = 80
"""Characters that the first line should have before its figures: a pager shows no more."""
LONGEST_FIRST = 300
"""What it may have, where one name is longer than that."""
LONGEST_LINE = 300
SUMMED = ("failed", "warnings", "not_known", "listings", "run_duration_seconds")
"""Figures that are sums over several domains; of the others the highest is told."""


class Limits(NamedTuple):
    """What a person holds a figure to, by its name: --warning and --critical."""

    warning: Mapping[str, Range] = {}
    critical: Mapping[str, Range] = {}

    def states(self, reports: Sequence[Report]) -> Iterator[tuple[str, int]]:
        """Each figure that is to be looked at and is out of its range, or cannot be had."""
        figures = {measure.name: measure.value for measure in _measures(reports)}
        for name in sorted({*self.warning, *self.critical}):
            value = figures.get(name)
            if value is None:
                yield name, UNKNOWN
            elif name in self.critical and self.critical[name].is_bad(value):
                yield name, CRITICAL
            elif name in self.warning and self.warning[name].is_bad(value):
                yield name, WARNING


NO_LIMITS = Limits()


def state(reports: Sequence[Report], limits: Limits = NO_LIMITS) -> int:
    """The plugin's exit code: 2 a report fails, 3 one is inconclusive, 1 one warns, 0 all is well; in this order. So do figures
    that are out of the limits that were given, and what was limited and is not known is 3."""
    states = {*(_state(report) for report in reports), *(found for _, found in limits.states(reports))}
    return next((one for one in _GRAVEST_FIRST if one in states), UNKNOWN)


def render(reports: Sequence[Report], limits: Limits = NO_LIMITS) -> str:
    """The plugin's output: at most 4 KiB, whole lines, a final newline."""
    first = f"HEALTHCHECK {_WORDS[state(reports, limits)]}: {_summary(reports, limits)}"
    figures = " ".join(_figure(measure, limits) for measure in _measures(reports))
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


def _summary(reports: Sequence[Report], limits: Limits) -> str:
    room = WANTED_FIRST - len("HEALTHCHECK CRITICAL: ")
    beyond = [
        f"{name} out of range" if found != UNKNOWN else f"{name} not known" for name, found in limits.states(reports)
    ]
    if len(reports) != 1:
        worst = [
            report for report in reports if _state(report) == max(map(_state, reports), key=_rank, default=UNKNOWN)
        ]
        return _listed(f"{len(worst)} of {len(reports)}: ", [*beyond, *map(plain_name, worst)], room)
    (report,) = reports
    summary = report.summary
    counts = [
        f"{summary[status]} {word}"
        for status, word in ((Status.FAIL, "failed"), (Status.UNKNOWN, "not known"), (Status.WARN, "warned"))
        if summary[status] and status in _told_by(report)
    ]
    decisive = _decisive(report)
    ids = [
        result.id
        for result in report.checks
        # What merely was not told did not make it unknown.
        if result.status is decisive
        and (decisive is not Status.UNKNOWN or any(map(could_have_failed, result.findings)))
    ]
    if not ids and not beyond:
        return f"{plain_name(report)} {summary[Status.PASS]} passed"
    return _listed(f"{plain_name(report)} {', '.join(counts)}{' - ' if counts else ''}", [*beyond, *ids], room)


def _decisive(report: Report) -> Status:
    """The status of the checks that gave the report its state."""
    return {CRITICAL: Status.FAIL, UNKNOWN: Status.UNKNOWN}.get(_state(report), Status.WARN)


def _rank(state: int) -> int:
    return -_GRAVEST_FIRST.index(state)


def _told_by(report: Report) -> tuple[Status, ...]:
    """What the first line counts: a plugin that is OK or CRITICAL says nothing of what merely was not told."""
    if report.verdict is Verdict.INCONCLUSIVE:
        return Status.UNKNOWN, Status.WARN
    return Status.FAIL, Status.WARN


def _listed(before: str, words: Sequence[str], room: int) -> str:
    """As many words as there is room for, one at least, and how many more there are."""
    kept = [before + word if not number else word for number, word in enumerate(words[:1])]
    size = len(kept[0]) if kept else 0
    for word in words[1:]:
        if size + len(word) + len(", +000") > room:
            break
        kept.append(word)
        size += len(word) + 2
    left = len(words) - len(kept)
    return ", ".join(kept) + (f" +{left}" if left else "") if kept else before.rstrip(" -:")


def _details(report: Report, named: bool) -> Iterable[str]:
    name = f"{plain_name(report)}: " if named else ""
    for status in (Status.FAIL, Status.UNKNOWN, Status.WARN):
        for result in report.checks:
            finding = result.worst
            if result.status is status and finding is not None:
                yield f"{name}{status.value.upper()} {result.id}: {finding.text}"


def _measures(reports: Sequence[Report]) -> list[Measure]:
    """The figures of one report; of several ones their sums, or the highest: labels that hold names would be too long for
    round-robin databases, which know the first 19 characters."""
    each: dict[str, list[Measure]] = {}
    for report in reports:
        for measure in every_measure(report):
            each.setdefault(measure.name, []).append(measure)
    domains = [Measure("domains", len(reports))] if len(reports) > 1 else []
    return domains + [
        found[0]._replace(value=_merged(name)(one.value for one in found)) for name, found in each.items()
    ]


def _merged(name: str) -> Callable[[Iterable[float]], float]:
    return sum if name in SUMMED else max


def _figure(measure: Measure, limits: Limits) -> str:
    """`'label'=value[unit];[warn];[crit];[min];[max]`. A figure's own limit is the critical one where nobody gave another."""
    own = _number(measure.limit) if measure.limit is not None else ""
    warning = limits.warning[measure.name].text if measure.name in limits.warning else ""
    critical = limits.critical[measure.name].text if measure.name in limits.critical else own
    return f"'{measure.name}'={_number(measure.value)}{measure.unit};{warning};{critical};0"


def _number(value: float) -> str:
    """Digits, a point and a sign: an exponent is no number there."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


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
