"""Error rates for people and as JSON, schema healthcheck.errors/1: fields are added, never renamed."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from checks.delivery.tally import Rate, Tally
from checks.text import inert
from healthcheck import __version__

WIDTH = 100
MOST_ROWS = 1000
"""Domains, providers and codes in JSON; the rest is summed up as `other`."""
SHOWN = 8
"""Rows of a table for people."""
_BAR = 20


class Seen(NamedTuple):
    """All that is said. `begin` and `end`: the window that was asked for. `sources`: file, format, lines, events."""

    tally: Tally
    begin: str | None
    end: str | None
    sources: tuple[tuple[str, str, int, int], ...]
    more_sources: int
    unread_lines: int
    unread_bytes: int
    samples: tuple[tuple[str, int | None, str, str], ...]
    repeated: int


def json(seen: Seen) -> str:
    """The answer as JSON: two spaces of indent, a final newline."""
    tally = seen.tally
    sums = tally.sums()
    cut = [key for key in ("by_enhanced", "by_provider", "by_recipient_domain") if len(sums[key]) > MOST_ROWS]
    for key in cut:
        sums[key] = _cut(sums[key])
    answer: dict[str, Any] = {
        "schema": "healthcheck.errors/1",
        "world": "files",
        "window": {"from": seen.begin or tally.first, "to": seen.end or tally.last},
        "sources": [dict(zip(("file", "format", "lines", "events"), one, strict=True)) for one in seen.sources],
        **sums,
        "findings": [],
        "verdict": _verdict(seen),
        "unread": {
            "lines": seen.unread_lines,
            "bytes": seen.unread_bytes,
            "samples": [dict(zip(("file", "line", "why", "text"), one, strict=True)) for one in seen.samples],
        },
        "tool": {"name": "healthcheck", "version": __version__},
        "repeated": seen.repeated,
        "more_sources": seen.more_sources,
        "summed_as_other": sorted({*tally.overflowed, *cut}),
    }
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


def _verdict(seen: Seen) -> str:
    """Nothing read is inconclusive; no check judges the rates yet, so nothing else is said to be bad."""
    read = any(events or form not in ("unknown", "duplicate") for _, form, _, events in seen.sources)
    return "pass" if read else "inconclusive"


def _cut(rows: dict[str, Any]) -> dict[str, Any]:
    kept = dict(list(rows.items())[:MOST_ROWS])
    rest = list(rows.items())[MOST_ROWS:]
    other: Any = kept.pop("other", None)
    for _, row in rest:
        other = _added(other, row)
    return {**kept, "other": other}


def _added(other: Any, row: Any) -> Any:
    if isinstance(row, dict):
        return {key: (other or {}).get(key, 0) + number for key, number in row.items()}
    return (other or 0) + row


def text(seen: Seen, width: int = WIDTH) -> str:
    """The answer for a person: what came of the mail, why it failed, where and when."""
    return "\n".join(line.rstrip() for line in _lines(seen, width)) + "\n"


def _lines(seen: Seen, width: int) -> Iterator[str]:
    tally = seen.tally
    messages, rates = tally.messages(), tally.rates()
    events = sum(tally.counts.values())
    if not events:
        yield "No event of delivery was found."
        yield from _unread(seen, width)
        return
    yield (
        f"{messages['total']:,} messages: {messages['delivered']:,} delivered, {messages['bounced']:,} bounced, "
        f"{messages['pending']:,} pending"
    )
    if tally.first and tally.last:
        yield f"{tally.attempts:,} attempts, {_minute(tally.first)} to {_minute(tally.last)} UTC"
    yield ""
    yield "Rates (mail to other machines)"
    for name, words in (
        ("bounce", "bounced"),
        ("hard_bounce", "address dead"),
        ("deferral", "put off"),
        ("complaint", "complaints"),
    ):
        yield _rate_line(words, rates[name], "attempts" if name == "deferral" else "messages")
    others = [
        (kind, number)
        for kind, number in tally.counts.items()
        if number and kind not in ("delivered", "deferred", "bounced")
    ]
    if others:
        yield ""
        yield "Besides    " + ", ".join(f"{number:,} {kind}" for kind, number in others)
    yield from _reasons(tally)
    yield from _table("By provider", tally.sums()["by_provider"])
    yield from _table("By recipient domain", tally.sums()["by_recipient_domain"])
    yield from _table("By day", tally.sums()["by_day"], last=True)
    yield from _suppress(tally)
    yield from _unread(seen, width)


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _rate_line(words: str, rate: Rate, of: str) -> str:
    if rate.value is None:
        return f"  {words:<14}    not known: {rate.count:,} seen, and nothing to divide by"
    bar = "#" * min(_BAR, round(rate.value * _BAR)) or ("." if rate.count else "")
    return f"  {words:<14}{rate.value * 100:7.2f} %  {rate.count:,} of {rate.of:,} {of}  {bar}"


def _reasons(tally: Tally) -> Iterator[str]:
    from checks.replies.catalogue import catalogue  # start-up time: JSON does without the titles

    rows = tally.sums()["by_category"]
    total = sum(rows.values())
    if not total:
        return
    yield ""
    yield f"Why mail failed ({total:,} replies: put off, given up, refused)"
    for category, number in list(rows.items())[:SHOWN]:
        known = catalogue().categories.get(category)
        title = f"  {known.title}" if known is not None else ""
        yield f"  {number:>9,}  {number / total * 100:5.1f} %  {category:<20}{title}"
    if len(rows) > SHOWN:
        yield f"  and {len(rows) - SHOWN} more: --format json"


def _table(heading: str, rows: dict[str, dict[str, int]], last: bool = False) -> Iterator[str]:
    if not rows:
        return
    shown = list(rows.items())[-SHOWN:] if last else list(rows.items())[:SHOWN]
    widest = max(len(str(inert(key))[:40]) for key, _ in shown)
    yield ""
    yield f"{heading:<{max(widest, len(heading)) + 2}}  delivered   deferred    bounced"
    for key, row in shown:
        name = str(inert(key))[:40]
        yield f"  {name:<{max(widest, len(heading))}}  {row['delivered']:>9,}  {row['deferred']:>9,}  {row['bounced']:>9,}"
    if len(rows) > SHOWN:
        yield f"  and {len(rows) - SHOWN} {'earlier' if last else 'more'}: --format json"


def _suppress(tally: Tally) -> Iterator[str]:
    found = tally.to_suppress()
    if not found:
        return
    yield ""
    yield f"Stop sending to ({len(found):,} addresses)"
    for one in sorted(found, key=lambda one: (-one.times, one.recipient))[:SHOWN]:
        times = f", {one.times} times" if one.times > 1 else ""
        yield f"  {inert(one.recipient)}  {one.reason}{times}"
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN:,} more: --format json, under suppress"


def _unread(seen: Seen, width: int) -> Iterator[str]:
    if seen.repeated:
        yield ""
        yield f"{seen.repeated:,} events were posted again and are counted once."
    twins = [one[0] for one in seen.sources if one[1] == "duplicate"]
    if twins:
        yield ""
        yield f"Left out, since their content was read already: {', '.join(str(inert(one)) for one in twins[:SHOWN])}"
    if seen.tally.overflowed:
        yield ""
        yield f"Too many to keep apart, the rest is counted as other or as final: {', '.join(sorted(seen.tally.overflowed))}"
    if not seen.unread_lines:
        return
    yield ""
    yield f"Not read: {seen.unread_lines:,} {'line' if seen.unread_lines == 1 else 'lines'}"
    for file, line, why, sample in seen.samples:
        place = file if line is None else f"{file}:{line}"
        yield f"  {place}: {why}: {sample}"[: max(width, 40)]
