"""Reading, counting and judging for `healthcheck errors`, and writing what came of it."""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from checks.delivery.observed import Observed
from checks.delivery.thresholds import limits, parse_thresholds
from checks.inquiry import Answer, Outcome, Question
from checks.model import AnyCheck, Status, Target, Verdict, could_have_failed
from healthcheck.cli import suppress
from healthcheck.cli.observe import judged_by
from healthcheck.cli.options import BadOption, FailOn
from healthcheck.cli.output import colour, must_be_writable, print_styled, terminal_width, write, write_file
from healthcheck.cli.say import say
from healthcheck.cli.waiting import Waiting
from healthcheck.engine import examine
from healthcheck.intake.count import Chosen, Counted, count
from healthcheck.intake.read import Reading, Sample, said_nothing
from healthcheck.render import WIDTH
from healthcheck.render import errors as told
from healthcheck.report import Report
from healthcheck.run import Run

if TYPE_CHECKING:
    from checks.delivery.events import Event

FAILED, INCONCLUSIVE = 1, 3
_BLOCK = 64 * 1024
ROOM = "delivery"
"""The first word of the checks that are run: the others are not about what was observed."""


class Asked(NamedTuple):
    """What is to be read, and which of it counts."""

    paths: tuple[str, ...]
    zone: tzinfo
    chosen: Chosen
    jobs: int | None


class Wish(NamedTuple):
    """How it is to be judged and shown."""

    only: tuple[str, ...]
    skip: tuple[str, ...]
    thresholds: tuple[str, ...]
    by: str | None
    suppress_list: Path | None
    fail_on: FailOn = FailOn.FAIL


class _Nobody:
    """A world that is not asked: what the mail met with was read from files."""

    name = "files"

    async def answer(self, question: Question) -> Answer:
        """Nothing is known of it."""
        return Answer(question, Outcome.REFUSED, detail="healthcheck errors asks nobody")

    async def close(self) -> None:
        """Nothing is held."""


def print_each(asked: Asked, output: Path | None, quiet: bool) -> int:
    """One line an event, as they are read; at once where somebody may be following a log. A file is written whole."""
    must_be_writable(output)
    reading = Reading(asked.paths, asked.zone)
    events: Iterable[Event] = asked.chosen.of(reading.events())
    encoder = msgspec.json.Encoder()
    if output is not None:
        write_file(output, b"".join(encoder.encode(event) + b"\n" for event in events))
    else:
        live = "-" in asked.paths
        block: list[str] = []
        size = 0
        for event in events:
            line = encoder.encode(event).decode() + "\n"
            block.append(line)
            size += len(line)
            if live or size >= _BLOCK:
                write("".join(block), None, for_people=False)
                block, size = [], 0
        write("".join(block), None, for_people=False)
    if not quiet:
        _hint_unread(reading.unread_lines, reading.samples)
    return INCONCLUSIVE if said_nothing(reading) else 0


def print_counts(asked: Asked, wish: Wish, form: str, output: Path | None, quiet: bool) -> int:
    """Count, judge, write, and name the exit code."""
    must_be_writable(output, wish.suppress_list)
    checks, own = _checks(wish.only, wish.skip), parse_thresholds(wish.thresholds)
    with Waiting(asked.paths, shown=not quiet):
        counted = count(asked.paths, asked.zone, asked.chosen, asked.jobs)
    seen = _seen(asked, wish, counted, checks, own)
    if wish.suppress_list is not None:
        suppress.write_list(wish.suppress_list, seen.sums["suppress"], "suppress" in counted.tally.overflowed, quiet)
    _write(seen, form, output)
    if not quiet:
        _hint(asked, counted, seen)
    return _exit_code(seen, wish.fail_on)


def _exit_code(seen: told.Seen, fail_on: FailOn) -> int:
    """0, 1 where a check fails, 3 where nothing could be read or a check could not look that might have failed."""
    if fail_on is FailOn.NEVER:
        return 0
    if seen.verdict is Verdict.FAIL or (fail_on is FailOn.WARN and seen.report.summary[Status.WARN]):
        return FAILED
    blind = any(
        result.status is Status.UNKNOWN and any(map(could_have_failed, result.findings))
        for result in seen.report.checks
    )
    return INCONCLUSIVE if seen.nothing_read or (seen.events and blind) else 0


def _seen(
    asked: Asked, wish: Wish, counted: Counted, checks: Sequence[AnyCheck], own: Mapping[str, float]
) -> told.Seen:
    observed = judged_by(counted.observed(), own)
    name = _name_of(asked, counted)
    return told.Seen(
        name=name,
        tally=counted.tally,
        sums=counted.tally.sums(),
        begin=asked.chosen.since,
        end=asked.chosen.until,
        sources=tuple(told.Source(one.file, one.format, one.lines, one.events) for one in counted.sources),
        more_sources=counted.more_sources,
        unread=told.Unread(
            counted.unread_lines,
            counted.unread_bytes,
            tuple((one.file, one.line, one.why, one.text) for one in counted.samples),
        ),
        repeated=counted.repeated,
        report=_judged(observed, asked.chosen.domain or "", _senders_of(asked, name), checks),
        thresholds=limits(own.items()),
        failures=observed.failures,
        unlisted=observed.unlisted,
        nothing_read=counted.nothing_read,
        by=wish.by,
        reports=tuple(counted.reports.found),
        more_reports=counted.reports.more,
    )


def _name_of(asked: Asked, counted: Counted) -> str:
    """What the answer is headed with: whose mail it is, or else what was read."""
    if asked.chosen.stream is not None:
        return asked.chosen.stream or "<>"
    if asked.chosen.domain:
        return asked.chosen.domain
    if len(asked.paths) == 1:
        path = asked.paths[0]
        return "standard input" if path == "-" else os.path.basename(path.rstrip("/")) or path
    return f"{len(counted.sources) + counted.more_sources} files"


def _senders_of(asked: Asked, name: str) -> str:
    """Of whom the findings tell, where not of a domain that was asked for."""
    return name if asked.chosen.stream is not None or asked.chosen.domain else f"the senders in {name}"


def _judged(observed: Observed, domain: str, name: str, checks: Sequence[AnyCheck]) -> Report:
    """What the checks of delivery find in what was observed; a check that breaks is a finding, as everywhere."""
    return asyncio.run(examine(Target(domain, called=name, observed=observed), checks, Run(_Nobody(), inf)))


def _checks(only: Sequence[str], skip: Sequence[str]) -> tuple[AnyCheck, ...]:
    """The checks of delivery that --only and --skip leave. BadOption for a word that names none of them."""
    from checks.registry import CHECKS  # start-up time: --each judges nothing
    from healthcheck.engine import named, selected

    ours = tuple(check for check in CHECKS if named(check.id, ROOM))
    for option, words in (("--only", only), ("--skip", skip)):
        for word in words:
            if not any(named(check.id, word) for check in ours):
                raise BadOption(f"{option} {word!a} names no check of {ROOM}: healthcheck checks lists them")
    return selected(ours, only, skip)


def _write(seen: told.Seen, form: str, output: Path | None) -> None:
    match form:  # each form is imported where it is wanted: start-up time
        case "json":
            from healthcheck.render import errors_json

            write(errors_json.render(seen), output, for_people=False)
        case "markdown":
            from healthcheck.render import errors_markdown

            write(errors_markdown.render(seen), output, for_people=False)
        case _:
            from healthcheck.render import errors_text

            if output is None and colour():
                width = terminal_width()
                print_styled(errors_text.lines(seen, width, _plain()), width)
                return
            width = terminal_width() if output is None else WIDTH
            write(errors_text.render(seen, width, output is None and _plain()), output)


def _plain() -> bool:
    """True where standard output cannot show bars and columns."""
    try:
        "█▁·…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def _hint(asked: Asked, counted: Counted, seen: told.Seen) -> None:
    _hint_unread(counted.unread_lines, counted.samples)
    if seen.events or seen.reports or counted.nothing_read:
        return
    if asked.chosen.everything:
        say("what was read tells of no delivery: are these the logs of the mail server, or its events?")
        return
    say(
        "something was read, and none of it is inside --since, --until, --last, --domain or --stream; "
        "an event without a time is in no window, and one without a return path is of no domain"
    )


def _hint_unread(lines: int, samples: Sequence[Sample]) -> None:
    for sample in samples[:1]:
        where = sample.file if sample.line is None else f"{sample.file}:{sample.line}"
        many = f"{lines} lines were not read, the first" if lines > 1 else "one line was not read:"
        say(f"{many} {where}: {sample.why}")
