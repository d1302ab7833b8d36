"""The numbers in a report, for whoever draws curves: monitoring plugins and Prometheus share them."""

from collections.abc import Iterable
from typing import NamedTuple

from checks.delivery.observed import Observed
from checks.model import Basis, Finding, Status
from healthcheck.report import Report


class Measure(NamedTuple):
    """One number. `unit` is "" for a plain number and a share of 1, "s" for seconds. `limit` is the value that must not be exceeded."""

    name: str
    value: float
    unit: str = ""
    limit: float | None = None


class Replies(NamedTuple):
    """Failed replies that were seen: class ("4", "5", "" where no code was), category, provider ("" for unknown), how many."""

    reply_class: str
    category: str
    provider: str
    times: int


_COUNTED = (
    ("spf_dns_lookups", "spf.lookup-limit.", "lookups", 10.0),
    ("spf_void_lookups", "spf.void-lookups.", "voids", 2.0),
)
_RATIOS = (
    ("bounce_ratio", "delivery.few-bounces."),
    ("hard_bounce_ratio", "delivery.few-hard-bounces."),
    ("deferral_ratio", "delivery.few-deferrals."),
    ("complaint_ratio", "delivery.few-complaints."),
)
NAMES = (
    *("failed", "warnings", "not_known", "listings"),
    *(name for name, *_ in _COUNTED),
    *(name for name, _ in _RATIOS),
    "run_duration_seconds",
)
"""All figures that there may be of one domain."""
_LISTINGS = ("dnsbl.not-listed.", "dnsbl.domain-not-listed.")
_LISTED = frozenset({"listed", "listed-minor", "policy", "noted", "shared"})


def measures(report: Report) -> tuple[Measure, ...]:
    """What was counted in a report; a number that is not known is left out, never zero."""
    findings = tuple(shown.finding for result in report.checks for shown in result.shown)
    found = [
        Measure(name, value, "", limit)
        for name, prefix, field, limit in _COUNTED
        if (value := _number(findings, prefix, field)) is not None
    ]
    found += [Measure(name, value) for name, prefix in _RATIOS if (value := _ratio(findings, prefix)) is not None]
    return (*found, Measure("run_duration_seconds", round(report.elapsed, 3), "s"))


def every_measure(report: Report) -> tuple[Measure, ...]:
    """The counts of a report and its measures, under NAMES."""
    summary = report.summary
    counts = ((Status.FAIL, "failed"), (Status.WARN, "warnings"), (Status.UNKNOWN, "not_known"))
    return (
        *(Measure(label, summary[status]) for status, label in counts),
        Measure("listings", sum(listings(report).values())),
        *measures(report),
    )


def listings(report: Report) -> dict[str, int]:
    """How many of the addresses and names in question each blocklist lists; a list that lists none of them is left out."""
    counts: dict[str, int] = {}
    for result in report.checks:
        for finding in result.findings:
            code = finding.message.code
            if code.startswith(_LISTINGS) and code.rpartition(".")[2] in _LISTED:
                name = str(finding.args.get("list", ""))
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def replies(observed: Observed | None) -> tuple[Replies, ...]:
    """The failed replies that were seen, summed; () where nothing was."""
    sums: dict[tuple[str, str, str], int] = {}
    for failure in observed.failures if observed is not None else ():
        code = failure.enhanced or failure.basic or ""
        key = (code[:1], failure.category, failure.provider or "")
        sums[key] = sums.get(key, 0) + failure.replies
    return tuple(Replies(*key, count) for key, count in sorted(sums.items()))


def _number(findings: Iterable[Finding], prefix: str, field: str) -> float | None:
    """The number that the findings of one check state; None where they state none or do not know it."""
    for finding in findings:
        if finding.message.code.startswith(prefix) and finding.message.basis is Basis.OBSERVED:
            value = finding.args.get(field)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
            if finding.message.code.endswith(".none"):
                return 0.0
    return None


def _ratio(findings: Iterable[Finding], prefix: str) -> float | None:
    """The highest share that the findings of one check state, of 1; None where too few messages were seen to state one."""
    shares = []
    for finding in findings:
        count, of = finding.args.get("count"), finding.args.get("of")
        stated = finding.message.code.startswith(prefix) and finding.message.basis is Basis.OBSERVED
        if stated and isinstance(count, int) and isinstance(of, int) and of > 0:
            shares.append(min(count / of, 1.0))
    return max(shares, default=None)
