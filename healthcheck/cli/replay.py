"""`healthcheck replay`: judge a recorded run again, offline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli import options
from healthcheck.cli.options import BadOption, FailOn, Format
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from healthcheck.world.transcript import Transcript  # start-up time: msgspec


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", short_help="Judge a recorded run again, offline.")(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    form: options.Formats = Format.TEXT,
    output: options.Output = None,
    fail_on: options.FailOns = FailOn.FAIL,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Judge a run again that `--record FILE` wrote: no network, the same report."""
    from healthcheck.world.transcript import SPF_COMMAND, read_transcript  # start-up time: not for --help

    transcript = read_transcript(file)
    if not quiet:
        when = transcript.targets[0].generated_at if transcript.targets else "an unknown time"
        say(f"replayed from {file}, recorded at {when} by healthcheck {transcript.version}")
    if transcript.command == SPF_COMMAND:
        return _spf_again(transcript, form, output, quiet, verbose)
    from healthcheck.cli import examine  # start-up time: as above

    return examine.examine_again(transcript, examine.Writing(form, output, fail_on, quiet, verbose))


def _spf_again(transcript: "Transcript", form: Format, output: Path | None, quiet: bool, verbose: bool) -> int:
    """The evaluation that `healthcheck spf --record` kept, in the formats of that command."""
    from healthcheck.cli import spf, spf_run  # start-up time: as above

    if form.value not in tuple(spf.SpfFormat):
        raise BadOption(f"--format {form.value} is not for a run of healthcheck spf: use {', '.join(spf.SpfFormat)}")
    writing = spf_run.Writing(spf.SpfFormat(form.value), output, quiet, verbose)
    return spf_run.look_again(transcript, writing)
