"""What the examining commands share: run the checks, record, write the reports, name the exit code."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from checks.model import AnyCheck, Target
from checks.registry import CHECKS, usual
from healthcheck.again import before_of, judge_again, said_otherwise, transcript_of
from healthcheck.cli.hint import hint
from healthcheck.cli.options import BadOption, FailOn, Format, FormatLimits
from healthcheck.cli.output import NO_LIMITS, exit_code, must_be_writable, write_file, write_reports
from healthcheck.cli.progress import Progress
from healthcheck.cli.say import say
from healthcheck.engine import examine_all, named, selected
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world import World
from healthcheck.world.choose import Choice, Laid, laid_over, open_world
from healthcheck.world.transcript import Before, Transcript, as_bytes

if TYPE_CHECKING:
    from healthcheck.config.rules import Rules  # start-up time: as below
    from healthcheck.render.places import Places  # start-up time: for few formats

MOST_TOLD = 12
"""Checks that are named because a replay says something else of them."""
PLACED = frozenset({Format.GITHUB, Format.GITLAB, Format.SARIF})
"""Formats that point to lines of zone files."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be examined; `timeout` in seconds for the whole run."""

    targets: tuple[Target, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    timeout: float
    record: Path | None
    rules: "Rules | None" = None

    def ruled(self, report: Report) -> Report:
        """The report by the owner's rules: severities and waivers. A recorded run holds them."""
        if self.rules is None:
            return report
        from healthcheck.config.rules import applied  # start-up time: where a configuration has rules

        return applied(report, self.rules)


class Writing(msgspec.Struct, frozen=True):
    """How the reports are written, and what makes the exit code 1."""

    form: Format
    output: Path | None
    fail_on: FailOn
    quiet: bool
    verbose: bool
    limits: FormatLimits = NO_LIMITS
    tables: "Places" = {}
    """Where the tables of domains stand in the configuration, for formats that point to lines."""


def examine(wish: Wish, choice: Choice, writing: Writing) -> int:
    """Examine all targets in the world of choice and write the reports; return the exit code."""
    reports, run = look(wish, choice, writing)
    if not _streams(writing):
        places = {**writing.tables, **places_of(run.world)} if writing.form in PLACED else None
        write_reports(reports, writing.form, writing.output, writing.verbose, places, writing.limits)
    if not writing.quiet:
        hint((answer for report in reports for answer in report.evidence), run)
    return code_of(reports, writing)


def _without_secrets(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The targets without a configured secret in what servers answered: a service may quote the key that it refuses, and what is
    read here goes into every report and recording."""
    if not any(target.observed is not None for target in targets):
        return targets
    import os  # start-up time: where something was observed

    from healthcheck.secret_values import SecretValues, secrets_of, unseen_in

    secrets = secrets_of(os.environ)
    return unseen_in(targets, SecretValues(secrets)) if secrets else targets


def code_of(reports: Sequence[Report], writing: Writing) -> int:
    """That of the reports; 1, too, where what was laid over the world makes it worse: nobody should publish that."""
    code = exit_code(reports, writing.fail_on, writing.form, writing.limits)
    if writing.fail_on is FailOn.NEVER or writing.form is Format.NAGIOS:
        return code
    return 1 if any(one.what_if is not None and one.what_if.is_worse for one in reports) else code


def places_of(world: World) -> "Places":
    """Where the records stand in the zone files that somebody gave; {} for every other world."""
    from healthcheck.world.zone import Overlay, ZoneWorld  # start-up time: dnspython, for few formats

    if isinstance(world, Overlay):
        return world.places
    return world.places if isinstance(world, ZoneWorld) and world.name == "zone" else {}


class Looked(NamedTuple):
    """What came of it; `before` is the world without what was laid over it, left out where nothing was."""

    reports: tuple[Report, ...]
    run: Run
    checks: tuple[AnyCheck, ...]
    before: Before | msgspec.UnsetType = msgspec.UNSET
    rules: "Rules | None" = None


def look(wish: Wish, choice: Choice, writing: Writing) -> tuple[tuple[Report, ...], Run]:
    """As `looked`: the reports and the run."""
    found = looked(wish, choice, writing)
    return found.reports, found.run


def looked(wish: Wish, choice: Choice, writing: Writing) -> Looked:
    """Examine all targets in the world of choice, and record the run where that was asked for. Of a world over which something
    is laid, the reports say what differs from the world as it is."""
    wish = msgspec.structs.replace(wish, targets=_without_secrets(wish.targets))
    checks = chosen(wish.only, wish.skip, any(target.observed is not None for target in wish.targets))
    must_be_writable(writing.output, wish.record)
    laid = laid_over(choice)
    if laid.anything:
        return asyncio.run(_what_if(wish, checks, open_world(choice, bare=True), laid, writing))
    plain, run = asyncio.run(_examine(wish, checks, open_world(choice), writing))
    found = Looked(tuple(map(wish.ruled, plain)), run, checks, rules=wish.rules)
    if wish.record is not None:
        write_file(wish.record, as_bytes(transcript_of(*found)))
    return found


def examine_again(transcript: Transcript, writing: Writing) -> int:
    """Judge a recorded run again, write its reports, and return the exit code."""
    must_be_writable(writing.output)
    reports = judge_again(transcript)
    if not writing.quiet:
        _say_otherwise(said_otherwise(transcript, reports))
    write_reports(reports, writing.form, writing.output, writing.verbose)
    return code_of(reports, writing)


def _say_otherwise(told: Sequence[str]) -> None:
    """What this version says otherwise than the one that made the run, on standard error."""
    if told:
        what = "1 check says" if len(told) == 1 else f"{len(told)} checks say"
        say(f"{what} something else today than when the run was made:")
    for line in told[:MOST_TOLD]:
        say(f"  {line}")
    if len(told) > MOST_TOLD:
        say(f"  and {len(told) - MOST_TOLD} more")


def chosen(only: Sequence[str], skip: Sequence[str], observed: bool = True) -> tuple[AnyCheck, ...]:
    """The checks for --only and --skip; of those that nobody names, what judges a log only where one was `observed`.
    BadOption for a word that names no check, and where none is left."""
    for option, words in (("--only", only), ("--skip", skip)):
        for word in words:
            if not any(named(check.id, word) for check in CHECKS):
                raise BadOption(f"{option} {word!a} names no check: healthcheck checks lists them")
    checks = selected(CHECKS if only else usual(observed), only, skip)
    if not checks:
        raise BadOption("--only and --skip leave no check to run")
    return checks


async def _examine(
    wish: Wish, checks: Sequence[AnyCheck], world: World, writing: Writing
) -> tuple[tuple[Report, ...], Run]:
    reports: list[Report] = []
    with Progress(len(wish.targets), shown=not writing.quiet) as progress:
        run = Run(world, wish.timeout, progress.answered, len(wish.targets))
        try:
            async with aclosing(examine_all(wish.targets, checks, run)) as stream:
                async for report in stream:
                    reports.append(report)
                    progress.reported()
                    if _streams(writing):
                        write_reports([wish.ruled(report)], writing.form, None, writing.verbose)
        finally:
            await world.close()
    return tuple(reports), run


async def _what_if(wish: Wish, checks: tuple[AnyCheck, ...], base: World, laid: Laid, writing: Writing) -> Looked:
    """Examine all targets in the world as it is and as it would be, and record both where that was asked for."""
    from healthcheck.beside import examine_both, run_over  # start-up time: few runs compare two worlds
    from healthcheck.what_if import tried_in, with_difference

    reports: list[Report] = []
    number = len(wish.targets)
    given = [(one.name, one.type, one.records) for one in laid.sets]
    files = tuple(zones.source for zones in laid.files)
    domains = [target.domain for target in wish.targets]
    with Progress(number, shown=not writing.quiet) as progress:
        places = places_of(base) if writing.form in PLACED else None
        # It answers for the other one, too.
        now = Run(base, wish.timeout, progress.answered, 2 * number)
        then = run_over(now, laid, number, places)
        try:
            async with aclosing(examine_both(wish.targets, checks, now, then)) as stream:
                async for was, will in stream:
                    tried = tried_in(given, then.answers.values())
                    reports.append(with_difference(wish.ruled(was), wish.ruled(will), tried, files, domains))
                    progress.reported()
                    if _streams(writing):
                        write_reports(reports[-1:], writing.form, None, writing.verbose)
        finally:
            await base.close()
    before = before_of(now, then, tried_in(given, then.answers.values()), files)
    found = Looked(tuple(reports), then, checks, before, wish.rules)
    if wish.record is not None:
        write_file(wish.record, as_bytes(transcript_of(*found)))
    return found


def _streams(writing: Writing) -> bool:
    return writing.form is Format.NDJSON and writing.output is None
