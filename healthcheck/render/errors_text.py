"""Error rates for a person: the answer first, then what is wrong and what to do, then the figures, then the proof.

`plain` leaves out what only Unicode has: bars and columns are then made of ASCII.
"""

from collections.abc import Iterator, Mapping, Sequence

from checks.text import inert
from healthcheck.render import WIDTH, many
from healthcheck.render.errors import (
    RATES,
    SPOKEN,
    Seen,
    answer,
    bar,
    days_of,
    latest,
    percent,
    rate_words,
    reasons,
    sparkline,
    spoken_window,
    table,
    to_stop,
    told_by_receivers,
)
from healthcheck.render.text import FEW, VERDICT_STYLES, Line, Span, checklist, told_unknown, told_whole, wrapped
from healthcheck.render.words import counted

REASONS = 5
SHOWN = 8
"""Rows of a table that nobody asked for."""
SHOWN_BY = 60
"""Rows of the table that --by asked for."""
MOST_DAYS = 60
LONGEST_NAME = 40
LONGEST_ACTION = 200
_BAR = 20


def render(seen: Seen, width: int = WIDTH, plain: bool = False) -> str:
    """The answer as plain text."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines(seen, width, plain))


def lines(seen: Seen, width: int = WIDTH, plain: bool = False) -> Iterator[Line]:
    """The answer as styled lines, none longer than `width` where words allow it."""
    yield from _headline(seen, width)
    if seen.events:
        yield from told_whole(seen.report, width, unknown_too=False)
        yield from _what_came(seen, width, plain)
        yield from _why(seen, width)
        if seen.by is not None:
            yield from _table(seen, seen.by, width, plain, SHOWN_BY)
        else:
            yield from _table(seen, "provider", width, plain, SHOWN)
            yield from _in_time(seen, width, plain)
        yield from _to_stop(seen)
        yield from _latest(seen, width)
        yield from told_unknown(seen.report, width)
        if seen.report.checks:
            yield from _heading("Checklist")
            yield from checklist(seen.report, width, len(seen.report.checks) <= FEW)
    yield from _receivers(seen, width)
    yield from _unread(seen, width)


def _receivers(seen: Seen, width: int) -> Iterator[Line]:
    found = told_by_receivers(seen)
    if not found:
        return
    yield from _heading("What receivers report (in no rate: they see forged mail, too)")
    for told in found[:SHOWN]:
        yield from wrapped("  ", told, width)
    if len(found) > SHOWN:
        yield (Span(f"  and {len(found) - SHOWN:,} more: --format json", "quiet"),)


def _headline(seen: Seen, width: int) -> Iterator[Line]:
    name, verdict = str(inert(seen.name)), seen.verdict
    told = f"   {answer(seen)}"
    yield (
        Span(f"{name}: ", "heading"),
        Span(verdict.value.upper(), VERDICT_STYLES[verdict]),
        Span(told),
    )
    rest = [spoken_window(seen), counted(seen.report) if seen.report.checks and seen.events else ""]
    if any(rest):
        yield from wrapped("", ", ".join(filter(None, rest)), width, "quiet")


def _heading(text: str) -> Iterator[Line]:
    yield ()
    yield (Span(text, "heading"),)


def _what_came(seen: Seen, width: int, plain: bool) -> Iterator[Line]:
    messages, tally = seen.sums["messages"], seen.tally
    yield from _heading("What came of the mail")
    if messages["total"]:
        yield (
            Span(
                f"  {many(messages['total'], 'message')}: {messages['delivered']:,} delivered, {messages['bounced']:,} bounced, "
                f"{messages['pending']:,} pending; {many(tally.attempts, 'attempt')}"
            ),
        )
    rates = [(words, seen.sums["rates"][name], of) for name, words, of in RATES]
    told = [(words, rate, rate_words(rate, of)) for words, rate, of in rates if rate.value is not None or rate.count]
    longest = max((len(counts) for _, _, counts in told), default=0)
    for words, rate, counts in told:
        share = "not known" if rate.value is None else percent(rate.value)
        line = f"  {words:<14}{share:>9}  {counts:<{longest}}  "
        yield (Span(line), Span(bar(rate.value or 0.0, _cells(width, line), plain), "warn"))
    others = [
        f"{number:,} {SPOKEN.get(kind, kind)}"
        for kind, number in tally.counts.items()
        if number and kind not in ("delivered", "deferred", "bounced")
    ]
    if others:
        yield (Span(f"  besides: {', '.join(others)}"),)


def _why(seen: Seen, width: int) -> Iterator[Line]:
    rows = seen.sums["by_category"]
    total = sum(rows.values())
    if not total:
        return
    yield from _heading(
        f"Why mail failed ({total:,} {'reply' if total == 1 else 'replies'}: put off, given up, refused)"
    )
    for reason in reasons(seen, REASONS):
        yield (
            Span(f"  {reason.replies:>7,} {percent(reason.share):>7}  "),
            Span(reason.title, "heading"),
            Span(f"  {reason.category}", "quiet"),
        )
        if reason.action:
            yield from wrapped(f"{'':11}do this  ", _beginning(reason.action), width)
        if reason.sample:
            yield (Span(_fitted(f"{'':11}such as  {reason.sample}", width), "quiet"),)
    more = f"and {len(rows) - REASONS} more reasons (--by category); " if len(rows) > REASONS else ""
    yield (Span(f"  {more}healthcheck explain 'REPLY' tells all about one", "quiet"),)


def _beginning(action: str) -> str:
    """The first sentences of what to do, as many as make some two lines."""
    told = ""
    for sentence in action.split(". "):
        if told and len(told) + len(sentence) > LONGEST_ACTION:
            return told
        told = f"{told} {sentence.rstrip('.')}.".strip()
    return told


def _table(seen: Seen, by: str, width: int, plain: bool, most: int) -> Iterator[Line]:
    heading, rows = table(seen, by)
    if not rows:
        if seen.by is not None:
            yield from _heading(heading)
            yield (Span("  nothing to tell"),)
        return
    in_time = by in ("day", "hour")
    shown = list(rows.items())[-most:] if in_time else list(rows.items())[:most]
    longest = max(len(heading), *(len(_named(key, by)) for key, _ in shown)) + 2
    yield ()
    if by in ("code", "category"):
        yield (Span(heading, "heading"),)
        total = sum(row["replies"] for row in rows.values())
        for key, row in shown:
            yield _share(f"  {_named(key, by):<{longest - 2}}", row["replies"], total, width, plain)
    else:
        columns = f"{'delivered':>11}{'put off':>11}{'bounced':>11}{'rate':>9}"
        yield (Span(f"{heading:<{longest}}", "heading"), Span(columns, "quiet"))
        for key, row in shown:
            yield _attempts(f"  {_named(key, by):<{longest - 2}}", row, width, plain)
    if len(rows) > most:
        rest = f"  and {len(rows) - most:,} {'earlier' if in_time else 'more'}: "
        yield (Span(rest + ("--format json" if seen.by == by else f"--by {by}"), "quiet"),)


def _named(key: str, by: str) -> str:
    name = str(inert(key))[:LONGEST_NAME]
    return f"{name.replace('T', ' ')}:00" if by == "hour" and len(name) == len("2026-11-21T09") else name


def _attempts(label: str, row: Mapping[str, int], width: int, plain: bool) -> Line:
    settled = row["delivered"] + row["bounced"]
    share = row["bounced"] / settled if settled else None
    told = "-" if share is None else percent(share)
    line = f"{label}{row['delivered']:>11,}{row['deferred']:>11,}{row['bounced']:>11,}{told:>9}  "
    return (Span(line), Span(bar(share or 0.0, _cells(width, line), plain), "warn"))


def _share(label: str, replies: int, total: int, width: int, plain: bool) -> Line:
    share = replies / total if total else 0.0
    line = f"{label}{replies:>9,} {percent(share):>8}  "
    return (Span(line), Span(bar(share, _cells(width, line), plain), "warn"))


def _cells(width: int, line: str) -> int:
    """How long a bar behind a line may be."""
    return min(_BAR, max(width - len(line), 0))


def _in_time(seen: Seen, width: int, plain: bool) -> Iterator[Line]:
    """The days as little columns and as a table; the hours, where there is only one day."""
    days = days_of(seen.sums["by_day"], MOST_DAYS)
    if len(days) > 1:
        yield from _heading(f"Day by day, {days[0][0]} to {days[-1][0]} (UTC)")
        yield from _columns(days, "a day", plain)
        yield from _table(seen, "day", width, plain, SHOWN)
    elif len(hours := sorted(seen.sums["by_hour"].items())) > 1:
        yield from _heading(f"Hour by hour, {_named(hours[0][0], 'hour')} to {_named(hours[-1][0], 'hour')} (UTC)")
        yield from _columns(hours, "an hour", plain)


def _columns(rows: Sequence[tuple[str, Mapping[str, int]]], each: str, plain: bool) -> Iterator[Line]:
    for key, words in (("delivered", "delivered"), ("deferred", "put off"), ("bounced", "bounced")):
        numbers = [row[key] for _, row in rows]
        if any(numbers):
            yield (
                Span(f"  {words:<10}"),
                Span(sparkline(numbers, plain), "do"),
                Span(f"  at most {max(numbers):,} {each}", "quiet"),
            )


def _to_stop(seen: Seen) -> Iterator[Line]:
    found = to_stop(seen)
    if not found:
        return
    whole = "--suppress-list FILE writes all" if len(found) > SHOWN else "--suppress-list FILE writes them"
    yield ()
    yield (
        Span(f"Stop sending to {len(found):,} {'address' if len(found) == 1 else 'addresses'}", "heading"),
        Span(f"  ({whole})", "quiet"),
    )
    longest = max(len(str(inert(one.recipient))[:60]) for one in found[:SHOWN])
    for one in found[:SHOWN]:
        times = f", {one.times:,} times" if one.times > 1 else ""
        yield (Span(f"  {str(inert(one.recipient))[:60]:<{longest}}  {one.reason}{times}"),)
    if len(found) > SHOWN:
        yield (Span(f"  and {len(found) - SHOWN:,} more", "quiet"),)


def _latest(seen: Seen, width: int) -> Iterator[Line]:
    found = latest(seen)
    if not found:
        return
    yield from _heading("The latest of each kind")
    for one in found:
        yield (Span(_fitted(f"  {SPOKEN[one.kind]:<9}{one.time:<18}{one.domain}  {one.reply}", width)),)


def _unread(seen: Seen, width: int) -> Iterator[Line]:
    if seen.repeated:
        yield ()
        again = (
            "1 event was posted again and is"
            if seen.repeated == 1
            else f"{seen.repeated:,} events were posted again and are"
        )
        yield (Span(f"{again} counted once."),)
    twins = [str(inert(one.file)) for one in seen.sources if one.format == "duplicate"]
    if twins:
        yield ()
        more = f" and {len(twins) - SHOWN} more" if len(twins) > SHOWN else ""
        yield from wrapped(
            "", f"Left out, since their content was read already: {', '.join(twins[:SHOWN])}{more}", width
        )
    if seen.tally.overflowed:
        yield ()
        told = ", ".join(sorted(seen.tally.overflowed))
        yield from wrapped("", f"Too many to keep apart, the rest is counted as other or as final: {told}", width)
    if not seen.unread.lines:
        return
    yield from _heading(f"Not read: {seen.unread.lines:,} {'line' if seen.unread.lines == 1 else 'lines'}")
    for file, line, why, sample in seen.unread.samples:
        place = file if line is None else f"{file}:{line}"
        yield (Span(_fitted(f"  {inert(place)}: {inert(why)}: {inert(sample)}", width), "quiet"),)


def _fitted(text: str, width: int) -> str:
    width = max(width, 40)
    return text if len(text) <= width else f"{text[: width - 3]}..."
