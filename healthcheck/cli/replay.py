"""`healthcheck replay`: judge a recorded run again, offline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli import options
from healthcheck.cli.options import BadOption, FailOn, Format
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from healthcheck.cli.examine import Writing
    from healthcheck.world.transcript import Transcript  # start-up time: msgspec

SINCE = "Since the bundle was made"


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
    """Judge a run again that `--record FILE` wrote, or the one in a ticket's bundle: no network, the same report.

    Of a bundle it also shows what this version says otherwise than the one that made it.
    """
    from healthcheck.ticket.opened import begins_as_bundle, run_in  # start-up time: not for --help
    from healthcheck.world.transcript import SPF_COMMAND

    transcript = run_in(file)
    if not quiet:
        when = transcript.targets[0].generated_at if transcript.targets else "an unknown time"
        say(f"replayed from {file}, recorded at {when} by healthcheck {transcript.version}")
    if transcript.command == SPF_COMMAND:
        return _spf_again(transcript, form, output, quiet, verbose)
    from healthcheck.cli import examine  # start-up time: as above

    writing = examine.Writing(form, output, fail_on, quiet, verbose)
    if begins_as_bundle(file):
        return _bundle_again(file, transcript, writing)
    return examine.examine_again(transcript, writing)


def _bundle_again(file: Path, transcript: "Transcript", writing: "Writing") -> int:
    """The report of today, and what the report in the bundle said otherwise: behind it for people, else on standard error."""
    from healthcheck.again import judge_again  # start-up time: as above
    from healthcheck.cli import examine
    from healthcheck.cli.output import (
        colour,
        must_be_writable,
        rendered,
        terminal_width,
        write,
        write_reports,
    )
    from healthcheck.compare import compare
    from healthcheck.render import diff as differences
    from healthcheck.reports_in import as_read, reports_in

    must_be_writable(writing.output)
    then = {report.target.domain: report for report in reports_in(file)}
    reports = judge_again(transcript)
    found = [compare(then[one.target.domain], one) for one in as_read(reports) if one.target.domain in then]
    changed = [one for one in found if not one.is_empty]
    code = examine.code_of(reports, writing)
    told = "this version says the same of it" if not changed else "this version says something else of it"
    if writing.form is Format.TEXT and writing.output is None and colour():
        write_reports(reports, writing.form, None, writing.verbose)
        write(f"\n{SINCE}: {told}\n{differences.text(changed) if changed else ''}")
    elif writing.form in (Format.TEXT, Format.MARKDOWN):
        width = terminal_width() if writing.output is None else None
        report = rendered(reports, writing.form, writing.verbose, width)
        if writing.form is Format.TEXT:
            report += f"\n{SINCE}: {told}\n{differences.text(changed) if changed else ''}"
        else:
            report += f"\n## {SINCE}\n\n{told}\n{differences.markdown(changed) if changed else ''}"
        write(report, writing.output, for_people=writing.form is Format.TEXT)
    else:
        write_reports(reports, writing.form, writing.output, writing.verbose)
        if not writing.quiet:
            say(told + ("; --format text shows what" if changed else ""))
    return code


def _spf_again(transcript: "Transcript", form: Format, output: Path | None, quiet: bool, verbose: bool) -> int:
    """The evaluation that `healthcheck spf --record` kept, in the formats of that command."""
    from healthcheck.cli import spf, spf_run  # start-up time: as above

    if form.value not in tuple(spf.SpfFormat):
        raise BadOption(f"--format {form.value} is not for a run of healthcheck spf: use {', '.join(spf.SpfFormat)}")
    writing = spf_run.Writing(spf.SpfFormat(form.value), output, quiet, verbose)
    return spf_run.look_again(transcript, writing)
