"""Reports as metrics in Prometheus' text form, for the textfile collector: names, statuses and numbers, no words of strangers.

Written by prometheus-client. A file is put in place in one step (`--output`), as the collector asks; samples bear no
time of their own, the file's age tells it. A number that is not known is no sample.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from checks.model import Status, Verdict
from healthcheck import __version__
from healthcheck.extras import MissingExtra
from healthcheck.render.measures import listings, measures, replies
from healthcheck.render.words import plain_name
from healthcheck.report import Report

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily, Metric

MANY_DOMAINS = 1000
"""Beyond so many, only checks that are not well have a series of their own."""
MOST_SERIES = 200_000


def render(reports: Sequence[Report], most: int = MOST_SERIES) -> str:
    """All metrics of all reports, sorted, ending with a line end. `most`: series of single checks; what is left out is counted."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest  # an extra, for this format alone
    except ImportError:
        raise MissingExtra("--format prometheus", "metrics") from None
    registry = CollectorRegistry()
    registry.register(_Collector(reports, most))
    return str(generate_latest(registry).decode())


class _Collector:
    def __init__(self, reports: Sequence[Report], most: int) -> None:
        self._reports = reports
        self._most = most

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily  # as above

        yield InfoMetricFamily("healthcheck_build", "The version that wrote this.", value={"version": __version__})
        yield from self._statuses(GaugeMetricFamily)
        yield from self._numbers(GaugeMetricFamily)
        counter = CounterMetricFamily(
            "healthcheck_smtp_replies",
            "Failed SMTP replies in what was read.",
            labels=["domain", "class", "category", "provider"],
        )
        for report in self._reports:
            for one in replies(report.target.observed):
                counter.add_metric([plain_name(report), one.reply_class, one.category, one.provider], one.times)
        if counter.samples:
            yield counter

    def _statuses(self, gauge: "Callable[..., GaugeMetricFamily]") -> "Iterable[Metric]":
        verdicts = gauge("healthcheck_domain_status", "1 for the verdict of the domain.", labels=["domain", "status"])
        checks = gauge("healthcheck_check_status", "1 for the status of a check.", labels=["domain", "check", "status"])
        few = len(self._reports) <= MANY_DOMAINS
        series = 0
        for report in self._reports:
            for verdict in Verdict:
                verdicts.add_metric([plain_name(report), verdict.value], int(report.verdict is verdict))
            for result in report.checks:
                if few or result.status in (Status.FAIL, Status.WARN):
                    series += 1
                    if series <= self._most:
                        checks.add_metric([plain_name(report), result.id, result.status.value], 1)
        left = gauge(
            "healthcheck_series_left_out", "Statuses of checks that were too many to be written: --max-series."
        )
        left.add_metric([], max(series - self._most, 0))
        yield from (verdicts, checks, left)

    def _numbers(self, gauge: "Callable[..., GaugeMetricFamily]") -> "Iterable[Metric]":
        families: dict[str, GaugeMetricFamily] = {}
        for report in self._reports:
            for one in measures(report):
                name, *kind = _KINDS.get(one.name, (one.name,))
                labels = ["domain", *(["kind"] if kind else [])]
                family = families.setdefault(name, gauge(f"healthcheck_{name}", _HELP[name], labels=labels))
                family.add_metric([plain_name(report), *kind], one.value)
        yield from (families[name] for name in sorted(families))
        listed = gauge("healthcheck_dnsbl_listed", "Addresses and names on the blocklist.", labels=["domain", "list"])
        success = gauge(
            "healthcheck_last_success_timestamp_seconds", "When the domain was last examined.", labels=["domain"]
        )
        for report in self._reports:
            for name, count in listings(report).items():
                listed.add_metric([plain_name(report), name], count)
            success.add_metric([plain_name(report)], datetime.fromisoformat(report.generated_at).timestamp())
        yield listed
        yield success


_KINDS = {"bounce_ratio": ("bounce_ratio", "all"), "hard_bounce_ratio": ("bounce_ratio", "hard")}
"""Measures that are one metric, with the label that tells them apart."""
_HELP = {
    "spf_dns_lookups": "DNS lookups that evaluating SPF needs; 10 are allowed.",
    "spf_void_lookups": "Void DNS lookups that evaluating SPF comes to; 2 are allowed.",
    "bounce_ratio": "Messages that bounced; hard: because the address is gone. The highest of its streams.",
    "deferral_ratio": "Messages that were put off; the highest of its streams.",
    "complaint_ratio": "Complaints by messages delivered; the highest of its streams.",
    "run_duration_seconds": "How long the examination took.",
}
