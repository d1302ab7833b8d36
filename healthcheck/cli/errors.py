"""`healthcheck errors`: what really happened to the mail, from logs, bounce mails and the events of sending services."""

import re
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.names import domain_from_input
from healthcheck.cli import options
from healthcheck.cli.options import BadOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from checks.delivery.events import Event
    from healthcheck.intake.read import Reading

INCONCLUSIVE = 3
_BLOCK = 64 * 1024


class ErrorsFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("errors", short_help="Recent error rates, from mail logs, bounce mails and provider events.")(errors)


def errors(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", show_default=False)],
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only events from then on (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only events before then (UTC).")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="DOMAIN", help="Only mail sent in the name of this domain.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="The zone of stamps that have none (UTC).")
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="Print every event as it is read, one JSON object a line.")
    ] = False,
    form: Annotated[ErrorsFormat | None, typer.Option("--format", help="How the answer is written.")] = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> int:
    """Count what was delivered, deferred, bounced and refused. Files, folders or - for standard input; kind by content."""
    from healthcheck.intake.read import Reading, said_nothing  # start-up time: the readers are imported to read
    from healthcheck.intake.stamps import zone_named

    if each and form not in (None, ErrorsFormat.NDJSON):
        raise BadOption("--each prints one JSON object a line: give --format ndjson, or leave --format out")
    if not each and form is ErrorsFormat.NDJSON:
        raise BadOption("--format ndjson is for --each: give --each, or --format json for the counts")
    zone = zone_named(timezone)
    begin, end = _moment(since, "--since", zone), _moment(until, "--until", zone)
    if begin and end and begin >= end:
        raise BadOption(f"--since {since} is not before --until {until}: nothing lies between them")
    wanted = domain_from_input(domain)[0] if domain else None
    reading = Reading(paths, zone)
    events = _chosen(reading.events(), begin, end, wanted)
    if each:
        _print_each(events, output, live="-" in paths)
    else:
        _print_counts(events, reading, (begin, end), form or ErrorsFormat.TEXT, output)
    if not quiet:
        _hint(reading)
    return INCONCLUSIVE if said_nothing(reading) else 0


def _chosen(events: "Iterable[Event]", begin: str | None, end: str | None, domain: str | None) -> "Iterator[Event]":
    """The events inside the window and of the domain; an event without a time is in no window."""
    below = f".{domain}" if domain else ""
    for event in events:
        if (begin or end) and (event.time is None or (begin and event.time < begin) or (end and event.time >= end)):
            continue
        if domain:
            sent_by = (event.sender or "").rpartition("@")[2]
            if sent_by != domain and not sent_by.endswith(below):
                continue
        yield event


def _moment(text: str | None, option: str, zone: tzinfo) -> str | None:
    """A point in time: ISO with or without a time of day, or so long ago: 90m, 24h, 7d. BadOption for anything else."""
    if text is None:
        return None
    from healthcheck.intake.stamps import from_iso, utc_text  # start-up time: as above

    if (ago := re.fullmatch(r"(\d{1,6})([mhdw])", text)) is not None:
        length = timedelta(**{{"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[ago[2]]: int(ago[1])})
        from datetime import UTC  # beside its only use

        try:
            return utc_text(datetime.now(UTC) - length)
        except OverflowError:
            raise BadOption(f"{option} {text} is before all calendars: give a shorter time") from None
    whole = text if len(text) > 10 else f"{text}T00:00:00"
    whole = f"{whole}:00" if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", whole) else whole
    if (moment := from_iso(whole, zone)) is None:
        raise BadOption(f"{option} {text!a} is not a time: give 2026-11-21, 2026-11-21T09:30:00Z, or 24h, 7d ago")
    return moment


def _print_each(events: "Iterable[Event]", output: Path | None, live: bool) -> None:
    """One line an event, as they are read; at once where somebody may be following a log. A file is written whole."""
    import msgspec  # start-up time: as above

    from healthcheck.cli.output import must_be_writable, write, write_file

    must_be_writable(output)
    encoder = msgspec.json.Encoder()
    if output is not None:
        write_file(output, b"".join(encoder.encode(event) + b"\n" for event in events))
        return
    block, size = [], 0
    for event in events:
        line = encoder.encode(event).decode() + "\n"
        block.append(line)
        size += len(line)
        if live or size >= _BLOCK:
            write("".join(block), None, for_people=False)
            block, size = [], 0
    write("".join(block), None, for_people=False)


def _print_counts(
    events: "Iterable[Event]",
    reading: "Reading",
    window: tuple[str | None, str | None],
    form: ErrorsFormat,
    output: Path | None,
) -> None:
    from checks.delivery.tally import Tally  # start-up time: as above
    from healthcheck.cli.output import must_be_writable, terminal_width, write
    from healthcheck.render import errors as render

    must_be_writable(output)
    tally = Tally()
    for event in events:
        tally.add(event)
    seen = render.Seen(
        tally=tally,
        begin=window[0],
        end=window[1],
        sources=tuple((one.file, one.format, one.lines, one.events) for one in reading.sources),
        more_sources=reading.more_sources,
        unread_lines=reading.unread_lines,
        unread_bytes=reading.unread_bytes,
        samples=tuple((one.file, one.line, one.why, one.text) for one in reading.samples),
        repeated=reading.repeated,
    )
    if form is ErrorsFormat.JSON:
        write(render.json(seen), output, for_people=False)
    else:
        write(render.text(seen, terminal_width() if output is None else render.WIDTH), output)


def _hint(reading: "Reading") -> None:
    from healthcheck.cli.say import say  # start-up time: as above

    for sample in reading.samples[:1]:
        where = sample.file if sample.line is None else f"{sample.file}:{sample.line}"
        many = (
            f"{reading.unread_lines} lines were not read, the first"
            if reading.unread_lines > 1
            else "one line was not read:"
        )
        say(f"{many} {where}: {sample.why}")
