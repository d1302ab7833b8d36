"""What a monitor prints: the changes, and what came of a round. Texts are inert already; lines are wrapped for people."""

from collections.abc import Iterable, Iterator

from checks.model import Verdict
from checks.text import inert
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.monitor.rounds import Round
from healthcheck.render import WIDTH, many
from healthcheck.render.paragraph import paragraph

INDENT = " " * 11
_WORDS = {
    Kind.PROBLEM: "problem",
    Kind.RECOVERY: "recovered",
    Kind.CHANGED: "changed",
    Kind.LOST: "lost",
    Kind.FLAPPING: "flapping",
    Kind.SETTLED: "settled",
    Kind.INCIDENT: "blind",
    Kind.TEST: "test",
}


def alerts(told: Iterable[Alert]) -> str:
    """Each alert: what happened, to whom, since when, and what to do."""
    return "".join("\n".join((*_alert(alert), "", "")) for alert in told)


def _alert(alert: Alert) -> Iterator[str]:
    word = _WORDS[alert.kind] if alert.over or alert.kind is not Kind.RECOVERY else "better"
    yield from _wrapped(f"{word:<9}  {alert.title}", "", INDENT)
    lines = [line for line in alert.text.split("\n") if line and line not in alert.title]
    if alert.count > 1 or len(lines) > 1 or alert.over:
        for line in lines:
            yield from _wrapped(line, INDENT)
    if alert.count > len(alert.domains) > 0:
        yield from _wrapped(f"{', '.join(alert.domains)} and {alert.count - len(alert.domains)} more", INDENT)
    if not alert.over:
        # What stands on a line of its own in a remedy is a record, to be copied: it is not wrapped.
        first, *records = alert.remedy.split("\n")
        yield from _wrapped(first, INDENT)
        yield from (f"{INDENT}    {inert(record.strip())}" for record in records if record.strip())
    if alert.since and not alert.over:
        yield f"{INDENT}since {alert.since}"


def _wrapped(text: str, indent: str, further: str | None = None) -> list[str]:
    return paragraph(str(inert(text)), WIDTH, indent, further)


def summary(done: Round) -> str:
    """One line on a round, and who fails."""
    if not done.examined:
        return "nothing examined: no domain is due, or another monitor has them\n"
    counts = [
        (done.verdicts.get(Verdict.FAIL, 0), "failing"),
        (done.verdicts.get(Verdict.INCONCLUSIVE, 0), "inconclusive"),
        (done.verdicts.get(Verdict.PASS, 0), "passing"),
    ]
    told = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    news = (
        "nothing changed" if not done.alerts else f"{len(done.alerts)} changed" if len(done.alerts) > 1 else "1 change"
    )
    lines = [f"{many(done.examined, 'domain')}: {told}; {news} ({done.seconds:.1f} s)"]
    if done.baselines:
        lines.append(
            f"{many(done.baselines, 'domain')} seen for the first time: that is the baseline, and tells nobody"
        )
    if done.stopped:
        lines.append("stopped before its end: the next pass goes on")
    for domain, checks in done.failing:
        lines.append(f"  fail  {domain}  {', '.join(checks[:4])}{' ...' if len(checks) > 4 else ''}")
    left = done.verdicts.get(Verdict.FAIL, 0) - len(done.failing)
    if left > 0:
        lines.append(f"  and {left:,} more")
    for domain, checks in done.open:
        lines.append(f"  ?     {domain}  {', '.join(checks[:4])}{' ...' if len(checks) > 4 else ''}".rstrip())
    left = done.verdicts.get(Verdict.INCONCLUSIVE, 0) - len(done.open)
    if left > 0:
        lines.append(f"  and {left:,} more that are inconclusive")
    return "\n".join(lines) + "\n"
