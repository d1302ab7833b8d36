"""`healthcheck errors`: what really happened to the mail, from logs, bounce mails and the events of sending services."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.names import BadName, domain_from_input
from healthcheck.cli import configured, options, window
from healthcheck.cli.options import BadOption, FailOn

if TYPE_CHECKING:
    from healthcheck.intake.count import Chosen  # start-up time: the readers are imported to read

MOST_JOBS = 64


class ErrorsFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    NDJSON = "ndjson"


class By(StrEnum):
    """Which table is shown."""

    PROVIDER = "provider"
    DAY = "day"
    HOUR = "hour"
    CODE = "code"
    CATEGORY = "category"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("errors", short_help="Recent error rates, from mail logs, bounce mails and provider events.")(errors)


def errors(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", show_default=False)],
    since: window.Since = None,
    until: window.Until = None,
    last: window.Last = None,
    domain: Annotated[
        str | None,
        typer.Option("--domain", metavar="DOMAIN", help="Only mail whose return path is of this domain or below it."),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="DOMAIN", help="Only mail with this return path: its domain, or <>."),
    ] = None,
    timezone: window.Timezone = None,
    by: Annotated[By | None, typer.Option("--by", help="Show this table, and more of it.")] = None,
    each: Annotated[
        bool, typer.Option("--each", help="Print every event as it is read, one JSON object a line.")
    ] = False,
    suppress_list: Annotated[
        Path | None,
        typer.Option("--suppress-list", metavar="FILE", help="Write the addresses to stop sending to; .csv tells why."),
    ] = None,
    threshold: window.Thresholds = None,
    config: configured.ConfigFile = None,
    only: options.Only = None,
    skip: options.Skip = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", help="Read with so many processes (one a processor).")
    ] = None,
    form: Annotated[ErrorsFormat | None, typer.Option("--format", help="How the answer is written.")] = None,
    output: options.Output = None,
    fail_on: Annotated[FailOn | None, typer.Option("--fail-on", help="What makes the exit code 1 (fail).")] = None,
    quiet: options.Quiet = False,
) -> int:
    """Judge what was delivered, put off, given up and refused. Files, folders or - for standard input; kind by content."""
    from healthcheck.intake.stamps import zone_named  # start-up time: the readers are imported to read

    counting: dict[str, object] = {"--by": by, "--suppress-list": suppress_list, "--threshold": threshold}
    counting |= {"--only": only, "--skip": skip, "--jobs": jobs, "--fail-on": fail_on}
    _must_agree(each, form, counting)
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise BadOption(f"--jobs {jobs} is not a number of processes: give 1 to {MOST_JOBS}")
    zone = zone_named(timezone)
    chosen = _chosen(window.window_of(since, until, last, zone), domain, stream)
    from healthcheck.cli import errors_run  # start-up time: as above

    source = errors_run.Asked(tuple(paths), zone, chosen, jobs)
    if each:
        return errors_run.print_each(source, output, quiet)
    limits = configured.thresholds_of(configured.loaded_or_none(config), threshold)
    wish = errors_run.Wish(
        tuple(only or ()), tuple(skip or ()), limits, by.value if by else None, suppress_list, fail_on or FailOn.FAIL
    )
    return errors_run.print_counts(source, wish, (form or ErrorsFormat.TEXT).value, output, quiet)


def _must_agree(each: bool, form: ErrorsFormat | None, counting: dict[str, object]) -> None:
    """BadOption for what asks for events and for counts at once."""
    if each and form not in (None, ErrorsFormat.NDJSON):
        raise BadOption("--each prints one JSON object a line: give --format ndjson, or leave --format out")
    if not each and form is ErrorsFormat.NDJSON:
        raise BadOption("--format ndjson is for --each: give --each, or --format json for the counts")
    if each and (given := [name for name, value in counting.items() if value is not None]):
        raise BadOption(f"{given[0]} is for the counts, and --each prints the events: leave one of them out")


def _chosen(given: "window.Window", domain: str | None, stream: str | None) -> "Chosen":
    """Which events count. BadOption for what is no domain."""
    from healthcheck.intake.count import Chosen  # start-up time: as above

    if stream is not None:
        stream = "" if stream.strip() in ("", "<>") else _name(stream, "--stream")
    return Chosen(given[0], given[1], _name(domain, "--domain") if domain is not None else None, stream)


def _name(text: str, option: str) -> str:
    try:
        return domain_from_input(text)[0]
    except BadName as fault:
        raise BadOption(f"{option}: {fault}") from None
