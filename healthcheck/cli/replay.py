"""`healthcheck replay`: judge a recorded run again, offline."""

from pathlib import Path
from typing import Annotated

import typer

from healthcheck.cli import options
from healthcheck.cli.options import FailOn, Format


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    form: options.Formats = Format.TEXT,
    output: options.Output = None,
    fail_on: options.FailOns = FailOn.FAIL,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Judge a run again that `--record FILE` wrote: no network, the same report."""
    from healthcheck.cli import examine  # start-up time: the checks are imported to run, not for --help
    from healthcheck.world.transcript import read_transcript

    transcript = read_transcript(file)
    if not quiet:
        when = transcript.targets[0].generated_at if transcript.targets else "an unknown time"
        typer.echo(f"replayed from {file}, recorded at {when} by healthcheck {transcript.version}", err=True)
    return examine.examine_again(transcript, examine.Writing(form, output, fail_on, quiet, verbose))
