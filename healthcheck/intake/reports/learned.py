"""DMARC aggregate reports of a file, and the ways of sending that they tell of. RFC 9990, before it RFC 7489."""

from collections.abc import Iterable
from pathlib import Path

from checks.model import Origin, Signature, Stream
from checks.names import Address
from checks.text import inert
from healthcheck.intake.reports import report_files
from healthcheck.intake.reports.aggregate import AggregateReport, parse_report
from healthcheck.intake.reports.aggregate_rows import Row
from healthcheck.intake.reports.report_files import BadReport, documents

MOST_STREAMS = 24
MOST_ADDRESSES = 16


def read_reports(path: Path) -> tuple[AggregateReport, ...]:
    """The reports of a file: XML, gzip, zip, or the mail they came with. BadReport where there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(report_files.LARGEST_FILE + 1)
    except OSError as fault:
        raise BadReport(f"cannot read {inert(str(path))}: {fault.strerror}") from None
    if len(raw) > report_files.LARGEST_FILE:
        most = report_files.LARGEST_FILE // 2**20
        raise BadReport(f"{inert(str(path))} is larger than {most} MiB: that is no report of one day")
    try:
        found = tuple(parse_report(one.pieces) for one in documents((raw,)) if one.form == "dmarc")
    except BadReport as fault:
        raise BadReport(f"{inert(str(path))}: {fault}") from None
    if not found:
        raise BadReport(f"{inert(str(path))}: it is no DMARC aggregate report: there is no <feedback> in it")
    return found


def streams_of(reports: Iterable[AggregateReport], domain: str) -> tuple[Stream, ...]:
    """The ways in which mail in the name of a domain (in normal form) was seen to be sent, the most frequent first.

    Rows of one return path and the same signatures are one stream; only signatures that verified count, since anybody can
    write a header. At most MOST_STREAMS, each with its MOST_ADDRESSES busiest addresses.
    """
    groups: dict[tuple[str | None, tuple[Signature, ...] | None, bool], dict[Address | None, int]] = {}
    sources: dict[tuple[str | None, tuple[Signature, ...] | None, bool], set[str]] = {}
    for report in reports:
        told = ", ".join(word for word in (report.organization[:60], report.day) if word) or "a report"
        for row in report.rows:
            if row.header_from != domain or not row.count:
                continue
            key = (row.envelope_from or row.spf_domain or None, _verified(row), row.passed)
            counts = groups.setdefault(key, {})
            counts[row.source] = counts.get(row.source, 0) + row.count
            sources.setdefault(key, set()).add(told)
    totals = {key: sum(counts.values()) for key, counts in groups.items()}
    busiest = sorted(groups, key=lambda key: (-totals[key], str(key)))[:MOST_STREAMS]
    return tuple(_stream(key, groups[key], sorted(sources[key])) for key in busiest)


def _stream(
    key: tuple[str | None, tuple[Signature, ...] | None, bool], counts: dict[Address | None, int], sources: list[str]
) -> Stream:
    mail_from, signatures, passed = key
    total = sum(counts.values())
    ordered = sorted((one for one in counts if one is not None), key=lambda one: (-counts[one], one.version, int(one)))
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return Stream(
        Origin.REPORT,
        mail_from,
        signatures,
        ips=tuple(ordered[:MOST_ADDRESSES]),
        source="; ".join(sources[:2]) + more,
        messages=total,
        passed=total if passed else 0,
    )


def _verified(row: Row) -> tuple[Signature, ...] | None:
    """The signatures that verified; None where one of them does not say its selector (RFC 7489 left it to the receiver)."""
    passed = [result for result in row.dkim if result.result == "pass" and result.domain]
    if any(not result.selector for result in passed):
        return None
    return tuple(sorted({Signature(result.domain, result.selector) for result in passed}))
