"""Writing results: to standard output or a file, in colour where a terminal shows it."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from checks.model import Verdict
from healthcheck.cli.options import FailOn, Format
from healthcheck.report import Report
from healthcheck.world.transcript import write_whole

WIDEST, NARROWEST = 120, 60


def exit_code(reports: Sequence[Report], fail_on: FailOn) -> int:
    """0 pass, 1 fail, 3 inconclusive; of several reports a fail counts before an inconclusive one."""
    verdicts = {report.verdict for report in reports}
    warned = any(status == "warn" and count for report in reports for status, count in report.summary.items())
    if fail_on is FailOn.NEVER:
        return 0
    if Verdict.FAIL in verdicts or (fail_on is FailOn.WARN and warned):
        return 1
    return 3 if Verdict.INCONCLUSIVE in verdicts else 0


def write_reports(reports: Sequence[Report], form: Format, output: Path | None, verbose: bool) -> None:
    """Write all reports. OSError where that is not possible; a file is written whole or not at all."""
    if output is None and form is Format.TEXT and colour():
        _print_coloured(reports, verbose)
        return
    content = rendered(reports, form, verbose)
    if output is None:
        sys.stdout.write(content)
    else:
        write_whole(output, content.encode())


def rendered(reports: Sequence[Report], form: Format, verbose: bool) -> str:
    """The reports in one of the formats."""
    match form:  # each format is imported where it is wanted: start-up time
        case Format.TEXT:
            from healthcheck.render import text

            return text.render(reports, terminal_width(), verbose)
        case Format.MARKDOWN:
            from healthcheck.render import markdown

            return markdown.render(reports)
        case Format.JSON:
            from healthcheck.render import json

            return json.render(reports)
        case Format.NDJSON:
            from healthcheck.render import json

            return "".join(json.render_line(report) for report in reports)


def colour() -> bool:
    """True where standard output is a terminal that wants colour. NO_COLOR and FORCE_COLOR count, as everywhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The columns to fill: the terminal's within reason, and always the same where there is none."""
    from healthcheck.render.text import WIDTH

    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROWEST), WIDEST)


def _print_coloured(reports: Sequence[Report], verbose: bool) -> None:
    from rich.console import Console  # start-up time: 50 ms, on terminals only
    from rich.text import Text

    from healthcheck.render.text import STYLES, lines

    width = terminal_width()
    console = Console(force_terminal=True, width=width, soft_wrap=True, highlight=False)
    for line in lines(reports, width, verbose):
        console.print(Text.assemble(*((span.text, STYLES.get(span.style, "")) for span in line)))
