"""Error rates as GitHub-flavoured Markdown, fit for a ticket: every word of a stranger stands in a code span or a fence."""

from collections.abc import Iterator

from checks.text import inert
from healthcheck import __version__
from healthcheck.render.errors import (
    RATES,
    SPOKEN,
    Seen,
    answer,
    latest,
    percent,
    rate_words,
    reasons,
    spoken_window,
    table,
    to_stop,
    told_by_receivers,
)
from healthcheck.render.markdown import LARGEST, Page, add_findings, code, escaped, table_of_checks
from healthcheck.render.words import counted

ROWS = 30
REASONS = 10


def render(seen: Seen, largest: int = LARGEST) -> str:
    """The whole as one document of at most `largest` bytes."""
    page = Page(largest)
    page.add(f"# {_code(seen.name)}: {seen.verdict.value.upper()}\n")
    window = f" Mail from {spoken_window(seen)}." if spoken_window(seen) else ""
    checked = f" Checks: {counted(seen.report)}." if seen.report.checks and seen.events else ""
    said = answer(seen)
    page.add(f"{escaped(said[:1].upper() + said[1:])}.{window}{checked} healthcheck {__version__}.\n")
    if seen.events:
        add_findings(page, seen.report, "##")
        page.add("## What came of the mail\n")
        page.add_lines(list(_rates(seen)), "rates")
        _add_reasons(page, seen)
        for by in (seen.by,) if seen.by is not None else ("provider", "day"):
            _add_table(page, seen, by)
        _add_addresses(page, seen)
        if found := latest(seen):
            page.add("## The latest of each kind\n")
            rows = [f"{SPOKEN[one.kind]:<9}{one.time:<18}{one.domain}  {one.reply}" for one in found]
            page.add_lines(rows, "samples", fence=True)
        if seen.report.checks:
            page.add("## Checks\n")
            page.add_lines(table_of_checks(seen.report), "checks")
    if receivers := told_by_receivers(seen):
        page.add("## What receivers report\n")
        page.add_lines([f"- {code(told)}" for told in receivers], "lines")
    if seen.unread.lines:
        page.add(f"## Not read: {seen.unread.lines:,} lines\n")
        rows = [
            str(inert(f"{file}{'' if line is None else f':{line}'}: {why}: {text}"))
            for file, line, why, text in seen.unread.samples
        ]
        page.add_lines(rows, "samples", fence=True)
    return page.text()


def _code(text: str) -> str:
    return code(str(inert(text)))


def _cell(text: str) -> str:
    """A stranger's word inside a table, where a pipe ends the cell even in a code span."""
    return _code(text.replace("|", "¦"))


def _rates(seen: Seen) -> Iterator[str]:
    yield "| Rate | | Counted |"
    yield "|---|--:|---|"
    for name, words, of in RATES:
        rate = seen.sums["rates"][name]
        if rate.value is not None or rate.count:
            share = "not known" if rate.value is None else percent(rate.value)
            yield f"| {words} | {share} | {rate_words(rate, of)} |"


def _add_reasons(page: Page, seen: Seen) -> None:
    found = reasons(seen, REASONS)
    if not found:
        return
    page.add("## Why mail failed\n")
    for reason in found:
        told = f"- **{escaped(reason.title)}** ({_code(reason.category)}): {reason.replies:,} replies, {percent(reason.share)}."
        told += f" {escaped(reason.action)}" if reason.action else ""
        page.add(f"{told}\n" + (f"  {_code(reason.sample)}\n" if reason.sample else ""), "reasons")


def _add_table(page: Page, seen: Seen, by: str) -> None:
    heading, rows = table(seen, by)
    if not rows:
        return
    page.add(f"## {heading}\n")
    shown = list(rows.items())
    shown = shown[-ROWS:] if by in ("day", "hour") else shown[:ROWS]
    columns = list(shown[0][1])
    told = [f"| | {' | '.join(SPOKEN.get(name, name) for name in columns)} |", "|---" + "|--:" * len(columns) + "|"]
    told += [f"| {_cell(key)} | {' | '.join(f'{row[name]:,}' for name in columns)} |" for key, row in shown]
    page.add_lines(told, "rows")
    if len(rows) > ROWS:
        page.add(f"And {len(rows) - ROWS:,} more: `--format json`.\n")


def _add_addresses(page: Page, seen: Seen) -> None:
    found = to_stop(seen)
    if not found:
        return
    page.add(f"## Stop sending to {len(found):,} {'address' if len(found) == 1 else 'addresses'}\n")
    page.add_lines([f"{inert(one.recipient)}  {one.reason}" for one in found[:ROWS]], "addresses", fence=True)
    if len(found) > ROWS:
        page.add(f"And {len(found) - ROWS:,} more: `--suppress-list FILE` writes them.\n")
