"""What receivers say they saw, in sums: DMARC aggregate reports and reports on TLS, as `healthcheck errors` shows them.

They are no events and count in no rate: a receiver tells of all mail in a domain's name, forged mail too, and of sessions,
not of messages.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC

import msgspec

from checks.delivery.events import plain
from healthcheck.intake import stamps
from healthcheck.intake.latest import Latest
from healthcheck.intake.reports.aggregate import parse_report
from healthcheck.intake.reports.aggregate_rows import RawRow
from healthcheck.intake.reports.report_files import BadReport, Document, documents
from healthcheck.intake.reports.tls_report import TlsReport, parse_tls_report

MOST_REPORTS = 10_000
"""Reports of which the sums are kept; of more only their number."""
MOST_SEEN = 100_000
MOST_DISPOSITIONS = 20
_HEAD = 64 * 1024
_MAY_BRING = re.compile(rb"(?i)zip|tlsrpt|\.gz|text/xml|application/xml|application/octet-stream|<feedback|H4sI|UEsDB")
"""Mails without any of these bring no report, and are not taken apart for one."""
_IS_REPORT = re.compile(rb"(?im)^subject:.{0,200}?report.{0,20}domain|tlsrpt")
"""RFC 9990 section 4.3.2 and RFC 8460 section 5.3: how the subject of such a mail begins, or its type."""


class Reported(msgspec.Struct, frozen=True):
    """One report on one domain, summed up. Fields that the other form has are None.

    `form` is dmarc or tls. `begin` and `end` are RFC 3339 in UTC, None where the report does not say. `policy` is what it says
    was published (none, quarantine, reject; sts, tlsa, no-policy-found).
    DMARC: `messages`, those that `passed` and `failed`, those aligned by either method, and `disposition`: what was done, with
    its count. TLS: `successful` and `failed_sessions`, and `failures` by result type. `whole` is False where the report was
    damaged and read as far as it goes.
    """

    form: str
    file: str
    organization: str
    report_id: str
    domain: str | None
    begin: str | None
    end: str | None
    policy: str | None
    messages: int | None = None
    passed: int | None = None
    failed: int | None = None
    dkim_aligned: int | None = None
    spf_aligned: int | None = None
    disposition: dict[str, int] | None = None
    successful: int | None = None
    failed_sessions: int | None = None
    failures: dict[str, int] | None = None
    whole: bool = True


class Reports:
    """All reports of a run, each once: a report that was given twice (mailed and attached) counts once."""

    def __init__(self) -> None:
        self.found: list[Reported] = []
        self.more = 0
        self.repeated = 0
        self._seen: Latest[int, None] = Latest(MOST_SEEN)

    def read(self, pieces: Iterable[bytes], file: str) -> int:
        """Read the reports inside a file, and tell how many. BadReport where there is none, or it is refused.

        What was read before a fault is kept.
        """
        number = 0
        for document in documents(pieces):
            number += 1
            for one in summed(document, file):
                self._add(one)
        return number

    def in_mail(self, raw: bytes, file: str) -> str | None:
        """Read the reports that a mail brings. None where all is well, a sentence where one is refused, "" without any."""
        if not _MAY_BRING.search(raw):
            return ""
        try:
            return None if self.read((raw,), file) else ""
        except BadReport as fault:
            return str(fault) if _IS_REPORT.search(raw[:_HEAD]) else ""

    def _add(self, one: Reported) -> None:
        key = hash((one.form, one.organization, one.report_id, one.domain, one.policy, one.begin))
        if one.report_id and key in self._seen:
            self.repeated += 1
            return
        self._seen[key] = None
        if len(self.found) < MOST_REPORTS:
            self.found.append(one)
        else:
            self.more += 1


def summed(document: Document, file: str) -> Iterator[Reported]:
    """One report in sums: one for a DMARC report, one for each policy of a report on TLS."""
    if document.form == "tls":
        yield from _tls(parse_tls_report(document.pieces), file)
        return
    sums = _Sums()
    report = parse_report(document.pieces, sums)
    yield Reported(
        "dmarc",
        plain(file),
        plain(report.organization, 200),
        plain(report.report_id, 300),
        report.domain or None,
        stamps.from_seconds(report.begin) if report.begin else None,
        stamps.from_seconds(report.end) if report.end else None,
        plain(report.policy) or None,
        messages=sums.messages,
        passed=sums.passed,
        failed=sums.messages - sums.passed,
        dkim_aligned=sums.dkim_aligned,
        spf_aligned=sums.spf_aligned,
        disposition=dict(sorted(sums.disposition.items())),
        whole=report.well_formed,
    )


class _Sums:
    """Takes rows and keeps their sums."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.messages = self.passed = self.dkim_aligned = self.spf_aligned = 0
        self.disposition: dict[str, int] = {}

    def append(self, row: RawRow) -> None:
        count, dkim, spf = row.count, row.dkim_aligned, row.spf_aligned
        self.messages += count
        self.passed += count if dkim or spf else 0
        self.dkim_aligned += count if dkim else 0
        self.spf_aligned += count if spf else 0
        word = row.disposition
        if word in self.disposition:
            self.disposition[word] += count
            return
        word = plain(row.disposition, 40) or "unknown"
        if word not in self.disposition and len(self.disposition) >= MOST_DISPOSITIONS:
            word = "other"
        self.disposition[word] = self.disposition.get(word, 0) + count


def _tls(report: TlsReport, file: str) -> Iterator[Reported]:

    for policy in report.policies:
        yield Reported(
            "tls",
            plain(file),
            report.organization,
            report.report_id,
            policy.domain or None,
            stamps.from_iso(report.begin, UTC),
            stamps.from_iso(report.end, UTC),
            policy.form or None,
            successful=policy.successful,
            failed_sessions=policy.failed,
            failures=dict(policy.failures),
        )
