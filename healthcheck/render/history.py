"""What became of a domain, for people and as JSON (schema healthcheck.history/1)."""

from collections.abc import Iterator

import msgspec

from checks.model import Status
from checks.text import inert
from healthcheck.monitor.history import Change, History, RecordChanged
from healthcheck.monitor.times import seconds_between
from healthcheck.render import WIDTH, indented
from healthcheck.render.paragraph import paragraph

LETTERS = {Status.PASS: ".", Status.SKIPPED: ".", Status.WARN: "w", Status.FAIL: "F", Status.UNKNOWN: "?", None: " "}
MOST_SHOWN = 200


def json(history: History) -> str:
    """All of it."""
    told = {"schema": "healthcheck.history/1", **msgspec.structs.asdict(history), "strip": strip(history)}
    return indented(told)


def strip(history: History) -> str:
    """One character a day, today last: the worst that was seen."""
    return "".join(LETTERS[day.worst] for day in history.days)


def text(history: History) -> str:
    """How it is now, the last days at a glance, then what changed."""
    return "\n".join(_lines(history)).rstrip("\n") + "\n"


def _lines(history: History) -> Iterator[str]:
    verdict = history.verdict.value.upper() if history.verdict is not None else "not known"
    seen = f" in the {history.world} world" if history.world is not None else ""
    yield f"{history.domain}: {verdict}   last examined {history.last_run}{seen}"
    if len(history.worlds) > 1:
        others = ", ".join(f"{one.world} ({one.first[:10]} to {one.last[:10]})" for one in history.worlds[1:])
        yield from _wrapped(
            f"Seen before in another world: {others}. Each world begins with a baseline of its own, so no change below leads from "
            "one to the other; the days are those of all.",
            "",
        )
    yield ""
    yield f"Last {len(history.days)} days   {history.days[0].day}  |{strip(history)}|  {history.days[-1].day}"
    yield "               . well   w warning   F failing   ? not known   (blank) not looked at"
    if history.standing:
        yield ""
        yield "Bad now"
        for one in history.standing:
            yield f"  since {one.since}  {one.check}"
            yield from _wrapped(one.text, "    ")
    yield ""
    yield f"Changes since {history.since}"
    if not history.transitions:
        yield "  none"
    for change in history.transitions[-MOST_SHOWN:]:
        yield from _change(change)
    if history.records:
        yield ""
        yield f"Records since {history.since}"
        for record in history.records[-MOST_SHOWN:]:
            yield from _record(record)


def _change(change: Change) -> Iterator[str]:
    yield f"  {change.at}  {change.check:<32} {change.old.value} -> {change.new.value}{_note(change)}"
    if change.text:
        yield from _wrapped(change.text, "    ")


def _note(change: Change) -> str:
    if change.news in ("flapping", "settled", "changed"):
        return f"   {change.news}"
    waited = seconds_between(change.since, change.at)
    return f"   first seen {change.since}" if waited else ""


def _record(record: RecordChanged) -> Iterator[str]:
    yield f"  {record.at}  {inert(record.name)} {inert(record.type)}"
    for sign, some, others in (("-", record.old, record.new), ("+", record.new, record.old)):
        values = [value for value in some if value not in others]
        yield from (f"    {sign} {inert(value)}" for value in values)
        if not some:
            yield f"    {sign} (no record)"


def _wrapped(line: str, indent: str) -> list[str]:
    return paragraph(str(inert(line)), WIDTH, indent)
