"""What `healthcheck spf` and its replay share: look, record, write, and name the exit code."""

import asyncio
from collections.abc import Sequence
from math import inf
from pathlib import Path

import msgspec

from healthcheck import __version__
from healthcheck.authorise import FAILED, Authorisation, Mail, authorise, from_recorded, recorded
from healthcheck.cli.hint import hint
from healthcheck.cli.output import colour, must_be_writable, print_styled, terminal_width, write, write_file
from healthcheck.cli.progress import Progress
from healthcheck.cli.spf import SpfFormat
from healthcheck.render import WIDTH
from healthcheck.run import Run
from healthcheck.world import World
from healthcheck.world.choose import Choice, open_world
from healthcheck.world.transcript import SPF_COMMAND, Replay, Transcript, as_bytes


class Writing(msgspec.Struct, frozen=True):
    """How the answers are written."""

    form: SpfFormat
    output: Path | None
    quiet: bool
    verbose: bool


def look_and_write(mails: Sequence[Mail], choice: Choice, timeout: float, record: Path | None, writing: Writing) -> int:
    """Evaluate all mails in the world of choice, write the answers, record the run; return the exit code."""
    must_be_writable(writing.output, record)
    found, run = asyncio.run(_look(mails, open_world(choice), timeout, writing.quiet))
    if record is not None:
        answers = tuple(sorted(run.answers.values(), key=lambda answer: answer.question))
        targets = tuple(recorded(one) for one in found)
        transcript = Transcript(__version__, run.world.name, targets, (), answers, command=SPF_COMMAND)
        write_file(record, as_bytes(transcript))
    _write(found, writing)
    if not writing.quiet:
        hint(run.answers.values(), run)
    return exit_code(found)


def look_again(transcript: Transcript, writing: Writing) -> int:
    """Evaluate a recorded run again; return the exit code."""
    must_be_writable(writing.output)
    found = asyncio.run(_look_again(transcript))
    _write(found, writing)
    return exit_code(found)


def exit_code(found: Sequence[Authorisation]) -> int:
    """The code of the worst answer: one that is not pass counts before one that is not known."""
    codes = {one.exit_code for one in found}
    return FAILED if FAILED in codes else max(codes)


async def _look(
    mails: Sequence[Mail], world: World, timeout: float, quiet: bool
) -> tuple[tuple[Authorisation, ...], Run]:
    with Progress(len(mails), shown=not quiet) as progress:
        run = Run(world, timeout, progress.answered, len(mails))
        try:
            found = await asyncio.gather(*(authorise(mail, run) for mail in mails))
        finally:
            await world.close()
    return tuple(found), run


async def _look_again(transcript: Transcript) -> tuple[Authorisation, ...]:
    run = Run(Replay(transcript.world, transcript.answers), inf, targets=len(transcript.targets))
    found = [await authorise(from_recorded(target), run) for target in transcript.targets]
    # The answer speaks of the time when somebody looked.
    return tuple(
        msgspec.structs.replace(one, generated_at=target.generated_at)
        for one, target in zip(found, transcript.targets, strict=True)
    )


def _write(found: Sequence[Authorisation], writing: Writing) -> None:
    # Each format is imported where it is wanted: start-up time.
    if writing.form is SpfFormat.TEXT:
        from healthcheck.render import spf

        if writing.output is None and colour():
            width = terminal_width()
            print_styled(spf.lines(found, width, writing.verbose), width)
            return
        width = WIDTH if writing.output is not None else terminal_width()
        write(spf.render(found, width, writing.verbose), writing.output)
        return
    from healthcheck.render import spf_json

    several = writing.form is SpfFormat.NDJSON
    content = "".join(spf_json.render_line(one) for one in found) if several else spf_json.render(found)
    write(content, writing.output, for_people=False)
