"""`healthcheck diff A B`: what has become of a domain between two reports."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.bad_input import BadInput
from healthcheck.cli import options

if TYPE_CHECKING:
    from healthcheck.compare import Difference, ReadReport  # start-up time: msgspec

WORSE, NOT_KNOWN = 1, 3


class DiffFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class NotComparable(BadInput):
    """Two reports of different things; the message is one sentence."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff", short_help="What changed between two reports.")(diff)


def diff(
    earlier: Annotated[Path, typer.Argument(metavar="A", show_default=False)],
    later: Annotated[Path, typer.Argument(metavar="B", show_default=False)],
    form: Annotated[DiffFormat, typer.Option("--format", help="How the answer is written.")] = DiffFormat.TEXT,
    output: options.Output = None,
) -> int:
    """What appeared, cleared, got worse or better from report A to report B, and which records changed.

    A report is what `--format json` or `ndjson` wrote, a run of `--record`, or a ticket's bundle. Exit code 1 if something got
    worse, 3 if the domain could be judged in A and cannot in B.
    """
    from healthcheck.cli.output import must_be_writable, write  # start-up time: not for --help
    from healthcheck.compare import compare
    from healthcheck.render import diff as rendering

    must_be_writable(output)
    old, new = _by_domain(earlier), _by_domain(later)
    both = [name for name in new if name in old]
    if not both:
        raise NotComparable(
            f"{earlier} and {later} have no domain in common: {', '.join(old)} and {', '.join(new)}"[:500]
        )
    found = [compare(old[name], new[name]) for name in both]
    missing, added = [name for name in old if name not in new], [name for name in new if name not in old]
    match form:
        case DiffFormat.JSON:
            write(rendering.json(found, missing, added), output, for_people=False)
        case DiffFormat.MARKDOWN:
            write(rendering.markdown(found, missing, added), output, for_people=False)
        case DiffFormat.TEXT:
            write(rendering.text(found, missing, added), output)
    return _code(found)


def _code(found: "list[Difference]") -> int:
    if any(one.is_worse for one in found):
        return WORSE
    return NOT_KNOWN if any(one.is_lost for one in found) else 0


def _by_domain(path: Path) -> "dict[str, ReadReport]":
    from healthcheck.reports_in import reports_in  # start-up time: as above

    return {report.target.domain: report for report in reports_in(path)}
