"""What the examining commands share: run the checks, record, write the reports, name the exit code."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from checks.model import AnyCheck, Target
from checks.registry import CHECKS
from healthcheck import __version__
from healthcheck.cli.hint import hint
from healthcheck.cli.options import BadOption, FailOn, Format
from healthcheck.cli.output import exit_code, must_be_writable, write_file, write_reports
from healthcheck.cli.progress import Progress
from healthcheck.engine import Run, examine_all, named, selected
from healthcheck.report import Report
from healthcheck.world import World
from healthcheck.world.choose import Choice, open_world
from healthcheck.world.streams import as_recorded, as_stream
from healthcheck.world.transcript import RecordedTarget, Replay, Transcript, as_bytes

if TYPE_CHECKING:
    from healthcheck.render.places import Places  # start-up time: for few formats

PLACED = frozenset({Format.GITHUB, Format.GITLAB, Format.SARIF})
"""Formats that point to lines of zone files."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be examined; `timeout` in seconds for the whole run."""

    targets: tuple[Target, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    timeout: float
    record: Path | None


class Writing(msgspec.Struct, frozen=True):
    """How the reports are written, and what makes the exit code 1."""

    form: Format
    output: Path | None
    fail_on: FailOn
    quiet: bool
    verbose: bool


def examine(wish: Wish, choice: Choice, writing: Writing) -> int:
    """Examine all targets in the world of choice and write the reports; return the exit code."""
    reports, run = look(wish, choice, writing)
    if not _streams(writing):
        places = places_of(run.world) if writing.form in PLACED else None
        write_reports(reports, writing.form, writing.output, writing.verbose, places)
    if not writing.quiet:
        hint((answer for report in reports for answer in report.evidence), run)
    return exit_code(reports, writing.fail_on, writing.form)


def places_of(world: World) -> "Places":
    """Where the records stand in the zone files that somebody gave; {} for every other world."""
    from healthcheck.world.zone import Overlay, ZoneWorld  # start-up time: dnspython, for few formats

    if isinstance(world, Overlay):
        return world.places
    return world.places if isinstance(world, ZoneWorld) and world.name == "zone" else {}


def look(wish: Wish, choice: Choice, writing: Writing) -> tuple[tuple[Report, ...], Run]:
    """Examine all targets in the world of choice, and record the run where that was asked for."""
    checks = chosen(wish.only, wish.skip)
    must_be_writable(writing.output, wish.record)
    world = open_world(choice)
    reports, run = asyncio.run(_examine(wish, checks, world, writing))
    if wish.record is not None:
        write_file(wish.record, as_bytes(_transcript(reports, run, checks)))
    return reports, run


def examine_again(transcript: Transcript, writing: Writing) -> int:
    """Judge a recorded run again; return the exit code. BadOption where none of its checks is known here."""
    must_be_writable(writing.output)
    checks = tuple(check for check in CHECKS if check.id in transcript.checks)
    if not checks:
        raise BadOption("the recorded run holds no check that this version knows")
    reports = asyncio.run(_judge_again(transcript, checks))
    write_reports(reports, writing.form, writing.output, writing.verbose)
    return exit_code(reports, writing.fail_on, writing.form)


async def _judge_again(transcript: Transcript, checks: Sequence[AnyCheck]) -> tuple[Report, ...]:
    run = Run(Replay(transcript.world, transcript.answers), inf, targets=len(transcript.targets))
    targets = [
        Target(
            one.domain,
            tuple(ip_address(text) for text in one.ips),
            one.selectors,
            one.mail_from,
            one.deep,
            one.lists,
            one.helo,
            signatures=one.signatures,
            learned=tuple(as_stream(stream) for stream in one.learned),
            audience=one.audience,
            called=one.called,
        )
        for one in transcript.targets
    ]
    reports = [report async for report in examine_all(targets, checks, run)]
    # The report speaks of the time when somebody looked.
    return tuple(
        msgspec.structs.replace(report, generated_at=one.generated_at)
        for report, one in zip(reports, transcript.targets, strict=True)
    )


def chosen(only: Sequence[str], skip: Sequence[str]) -> tuple[AnyCheck, ...]:
    """The checks for --only and --skip. BadOption for a word that names no check, and where none is left."""
    for option, words in (("--only", only), ("--skip", skip)):
        for word in words:
            if not any(named(check.id, word) for check in CHECKS):
                raise BadOption(f"{option} {word!a} names no check: healthcheck checks lists them")
    checks = selected(CHECKS, only, skip)
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
                        write_reports([report], writing.form, None, writing.verbose)
        finally:
            await world.close()
    return tuple(reports), run


def _streams(writing: Writing) -> bool:
    return writing.form is Format.NDJSON and writing.output is None


def _transcript(reports: Sequence[Report], run: Run, checks: Sequence[AnyCheck]) -> Transcript:
    recorded = tuple(
        RecordedTarget(
            report.target.domain,
            report.generated_at,
            tuple(str(address) for address in report.target.ips),
            report.target.selectors,
            report.target.mail_from,
            report.target.deep,
            report.target.lists,
            report.target.helo,
            called=report.target.called,
            signatures=report.target.signatures,
            learned=tuple(as_recorded(stream) for stream in report.target.learned),
            audience=report.target.audience,
        )
        for report in reports
    )
    answers = tuple(sorted(run.answers.values(), key=lambda answer: answer.question))
    return Transcript(__version__, run.world.name, recorded, tuple(check.id for check in checks), answers)
