"""Writing results: to standard output or a file, in colour where a terminal shows it."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.bad_input import BadInput
from healthcheck.cli.options import FailOn, Format, FormatLimits
from healthcheck.render import WIDTH

if TYPE_CHECKING:
    from healthcheck.render.places import Places  # start-up time: as below
    from healthcheck.render.text import Line
    from healthcheck.report import Report  # start-up time: `explain` writes and has no report

WIDEST, NARROWEST = 120, 60
LARGEST_SUMMARY = 1 << 20
"""Bytes that GitHub takes as the summary of a step."""


class BadOutput(BadInput):
    """A place where nothing can be written; the message is one sentence."""


NO_LIMITS = FormatLimits()


def exit_code(
    reports: "Sequence[Report]", fail_on: FailOn, form: Format = Format.TEXT, limits: FormatLimits = NO_LIMITS
) -> int:
    """0 pass, 1 fail, 3 inconclusive; of several reports a fail counts before an inconclusive one.

    A monitoring plugin's own four codes are its protocol: with `form` nagios they count, and --fail-on does not.
    """
    if form is Format.NAGIOS:
        from healthcheck.render.nagios import state  # start-up time: for this format alone

        return state(reports, limits.ranges())
    from checks.model import Verdict  # start-up time: where there are reports

    verdicts = {report.verdict for report in reports}
    warned = any(status == "warn" and count for report in reports for status, count in report.summary.items())
    if fail_on is FailOn.NEVER:
        return 0
    if Verdict.FAIL in verdicts or (fail_on is FailOn.WARN and warned):
        return 1
    return 3 if Verdict.INCONCLUSIVE in verdicts else 0


def must_be_writable(output: Path | None, *others: Path | None) -> None:
    """Find out before the work, not after it, that a result has nowhere to go. None stands for standard output.

    BadOutput says why in one sentence.
    """
    if output is None and sys.stdout is None:
        raise BadOutput("standard output is closed, and the result would be lost: give --output FILE")
    paths = [path for path in (output, *others) if path is not None]
    for path in paths:
        try:
            _must_be_a_place(path)
        except (OSError, RuntimeError) as fault:  # a name too long; a folder that is gone; a loop of links
            raise BadOutput(f"cannot write {path}: {getattr(fault, 'strerror', None) or fault}") from None
    if len({path.resolve() for path in paths}) < len(paths):
        raise BadOutput(f"two results cannot both be written to {paths[0]}: give two files")


def _must_be_a_place(path: Path) -> None:
    form, colon, name = str(path).partition(":")
    if colon and form in (*Format, "md") and not path.exists():
        raise BadOutput(f"--output takes a file, not a format before it: give --format {form} --output {name}")
    if path.is_dir():
        raise BadOutput(f"cannot write {path}: it is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise BadOutput(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadOutput(f"cannot write {path}: permission denied")
    path.resolve()


def write_reports(
    reports: "Sequence[Report]",
    form: Format,
    output: Path | None,
    verbose: bool,
    places: "Places | None" = None,
    limits: FormatLimits = NO_LIMITS,
) -> None:
    """Write all reports. BadOutput where that is not possible; a file is written whole or not at all.

    `places`: where the records stand in the given zone files, for the formats that point to lines.
    """
    if output is None and form is Format.TEXT and colour():
        from healthcheck.render.text import lines  # start-up time: where it is wanted

        columns = terminal_width()
        print_styled(lines(reports, columns, verbose), columns)
        return
    width = terminal_width() if output is None else None
    write(rendered(reports, form, verbose, width, places, limits), output, for_people=form is Format.TEXT)
    if form is Format.PROMETHEUS and output is not None and output.is_file():
        output.chmod(0o644)  # the collector is another user
    if form is Format.GITHUB and (page := os.environ.get("GITHUB_STEP_SUMMARY")):
        _summarise(reports, Path(page))


def _summarise(reports: "Sequence[Report]", page: Path) -> None:
    """Add the report in Markdown to the page of a GitHub job. What GitHub would refuse for its size is left out."""
    from healthcheck.cli.say import say  # start-up time: for one format, in one place
    from healthcheck.render import markdown

    content = markdown.render(reports).encode() + b"\n"
    try:
        if (page.stat().st_size if page.exists() else 0) + len(content) > LARGEST_SUMMARY:
            say("the summary of the job is full: the report is not in it")
            return
        with page.open("ab") as file:
            file.write(content)
    except OSError as fault:
        say(f"cannot write the summary of the job: {fault.strerror}")


def write(content: str, output: Path | None = None, for_people: bool = True) -> None:
    """Write a result. A file and what machines read is UTF-8, whatever the locale; BadOutput where it cannot be had."""
    if output is not None:
        write_file(output, content.encode())
        return
    with _said():
        if for_people or not hasattr(sys.stdout, "buffer"):
            sys.stdout.write(content)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(content.encode())
        sys.stdout.flush()


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. BadOutput where that is not possible."""
    from healthcheck.world.transcript import write_whole  # start-up time: for files only

    try:
        write_whole(path, content)
    except OSError as fault:
        raise BadOutput(f"cannot write {path}: {fault.strerror}") from None


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """A full disk behind standard output is said in one sentence; a reader that has left is run()'s business."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as fault:
        abandon_output()
        raise BadOutput(f"cannot write to standard output: {fault.strerror}") from None


def abandon_output() -> None:
    """Nobody takes our output any more: what is left of it goes nowhere, lest Python complain again at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def rendered(
    reports: "Sequence[Report]",
    form: Format,
    verbose: bool,
    width: int | None = None,
    places: "Places | None" = None,
    limits: FormatLimits = NO_LIMITS,
) -> str:
    """The reports in one of the formats; text in so many columns, or in always the same."""
    match form:  # each format is imported where it is wanted: start-up time
        case Format.TEXT:
            from healthcheck.render import text

            return text.render(reports, width or WIDTH, verbose)
        case Format.MARKDOWN:
            from healthcheck.render import markdown

            return markdown.render(reports)
        case Format.HTML:
            from healthcheck.render import html

            return html.render(reports)
        case Format.JSON:
            from healthcheck.render import json

            return json.render(reports)
        case Format.NDJSON:
            from healthcheck.render import json

            return "".join(json.render_line(report) for report in reports)
        case Format.NAGIOS:
            from healthcheck.render import nagios

            return nagios.render(reports, limits.ranges())
        case Format.PROMETHEUS:
            from healthcheck.render import prometheus

            return prometheus.render(reports, *([limits.most_series] if limits.most_series is not None else []))
        case Format.JUNIT:
            from healthcheck.render import junit

            return junit.render(reports)
        case Format.GITHUB:
            from healthcheck.render import annotations

            return annotations.render(reports, places or {})
        case Format.GITLAB:
            from healthcheck.render import code_quality

            return code_quality.render(reports, places or {})
        case Format.SARIF:
            from healthcheck.render import sarif

            return sarif.render(reports, places or {})


def colour() -> bool:
    """True where standard output is a terminal that wants colour. NO_COLOR and FORCE_COLOR count, as everywhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The columns to fill: the terminal's within reason, and always the same where there is none."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROWEST), WIDEST)


def print_styled(styled: Iterable["Line"], width: int) -> None:
    """Print lines of styled spans on a terminal, in colour. BadOutput where that is not possible."""
    from rich.console import Console  # start-up time: 50 ms, on terminals only
    from rich.text import Text

    from healthcheck.render.text import STYLES

    console = Console(force_terminal=True, width=width, soft_wrap=True, highlight=False)
    with _said():
        for line in styled:
            console.print(Text.assemble(*((span.text, STYLES.get(span.style, "")) for span in line)))
