"""The words of alerts: one line that says what happened to whom, and what was found."""

from collections.abc import Sequence

from healthcheck.monitor.alert import Kind
from healthcheck.monitor.items import Item

SHOWN_CHECKS = 12
LONGEST_TITLE = 500


def title(kind: Kind, domains: Sequence[str], group: Sequence[Item], culprit: str, worst: Item) -> str:
    """What happened, to whom."""
    checks = tuple(dict.fromkeys(item.check for item in group))
    who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
    if kind is Kind.CHANGED:
        return f"{who}: a new reason for {listed(checks)}: {worst.seen.text}"[:LONGEST_TITLE]
    if kind is Kind.FLAPPING:
        return f"{who}: {worst.check} goes back and forth; it is told again when it settles"
    if culprit:
        what = "cannot be looked at" if kind is Kind.LOST else "fail" if len(domains) > 1 else "fails"
        return f"{culprit}: {who} {what} because of it ({listed(checks)})"
    if kind is Kind.LOST:
        return f"{who}: {listed(checks)} cannot be looked at: {worst.seen.text}"[:LONGEST_TITLE]
    settled = "settled, " if kind is Kind.SETTLED else ""
    if len(group) == 1:
        return f"{who}: {settled}{worst.seen.text}"
    return f"{who}: {listed(checks)}: {worst.seen.text}"[:LONGEST_TITLE]


def listed(checks: Sequence[str]) -> str:
    """Up to three checks by name, more by their number."""
    return ", ".join(checks) if len(checks) <= 3 else f"{len(checks)} checks"


def text(ranked: Sequence[Item], domains: Sequence[str]) -> str:
    """What was found, a line a check; the gravest first."""
    lines = [f"{item.domain} {item.check}: {item.seen.text}" for item in ranked[:SHOWN_CHECKS]]
    if len(ranked) > SHOWN_CHECKS:
        lines.append(f"and {len(ranked) - SHOWN_CHECKS} more, in {len(domains)} domains")
    return "\n".join(lines)
