"""Reports on TLS: how many SMTP sessions to a domain were encrypted, and why the others were not. RFC 8460 section 4.4

A report is one JSON object; it has a summary for each policy that the sender of the report found (MTA-STS, DANE, none).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from checks.delivery.events import plain
from checks.names import is_hostname, normalised
from healthcheck.intake.reports.report_files import BadReport

LARGEST_JSON = 8 * 1024 * 1024
MOST_POLICIES = 200
MOST_FAILURES = 100_000
MOST_TYPES = 50
_LARGEST_COUNT = 10**15


class TlsPolicy(msgspec.Struct, frozen=True):
    """What happened under one policy. `form` is sts, tlsa or no-policy-found; `failures` counts sessions by result type.

    `failed` is the summary's own number; the details may add up to another one.
    """

    domain: str
    form: str
    successful: int
    failed: int
    failures: tuple[tuple[str, int], ...]


class TlsReport(msgspec.Struct, frozen=True):
    """One report. `begin` and `end` are RFC 3339 as the report has them, "" where they are missing."""

    organization: str
    report_id: str
    begin: str
    end: str
    policies: tuple[TlsPolicy, ...]


def parse_tls_report(document: bytes | Iterable[bytes]) -> TlsReport:
    """Read one JSON document, whole or in pieces. BadReport for one that is none, or larger than LARGEST_JSON."""
    kept, size = [], 0
    for piece in [document] if isinstance(document, bytes) else document:
        size += len(piece)
        if size > LARGEST_JSON:
            raise BadReport(f"it is larger than {LARGEST_JSON // 2**20} MiB: that is no report on TLS")
        kept.append(piece)
    raw = b"".join(kept).removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n")
    try:
        value: Any = msgspec.json.decode(raw.decode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError, ValueError) as fault:
        raise BadReport(f"it is no JSON: {plain(str(fault), 120)}") from None
    if not isinstance(value, dict) or not isinstance(value.get("policies"), list):
        raise BadReport("it is no report on TLS: there is no list of policies in it")
    days = _object(value.get("date-range"))
    return TlsReport(
        _text(value.get("organization-name")),
        _text(value.get("report-id")),
        _text(days.get("start-datetime")),
        _text(days.get("end-datetime")),
        tuple(_policy(_object(one)) for one in value["policies"][:MOST_POLICIES]),
    )


def _policy(value: dict[str, Any]) -> TlsPolicy:
    policy, summary = _object(value.get("policy")), _object(value.get("summary"))
    details = value.get("failure-details")
    failures: dict[str, int] = {}
    for detail in details[:MOST_FAILURES] if isinstance(details, list) else ():
        one = _object(detail)
        word = _text(one.get("result-type"), 60) or "unknown"
        if word not in failures and len(failures) >= MOST_TYPES:
            word = "other"
        failures[word] = failures.get(word, 0) + _count(one.get("failed-session-count"))
    domain = normalised(_text(policy.get("policy-domain")))
    return TlsPolicy(
        domain if is_hostname(domain) else "",
        _text(policy.get("policy-type"), 40).lower(),
        _count(summary.get("total-successful-session-count")),
        _count(summary.get("total-failure-session-count")),
        tuple(sorted(failures.items())),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object, longest: int = 300) -> str:
    return plain(value.strip(), longest) if isinstance(value, str) else ""


def _count(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT else 0
