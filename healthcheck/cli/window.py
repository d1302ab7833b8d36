"""The options shared by the commands that read what happened to mail: which stretch of time, which limits."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

import typer

from healthcheck.cli.options import BadOption

Window = tuple[str | None, str | None]
"""From (included) and until (excluded), RFC 3339 in UTC; None where it is open."""

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only what happened from then on: a date, a time, 24h, 7d."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only what happened before then.")]
Last = Annotated[
    str | None, typer.Option("--last", metavar="LENGTH", help="Only the time before now: 90m, 24h, 7d, 2w.")
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="The zone of stamps that have none (UTC).")
]

Thresholds = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="NAME=VALUE", help="Judge rates by another limit: bounce.fail=8%; repeatable."),
]

_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def window_of(since: str | None, until: str | None, last: str | None, zone: tzinfo) -> Window:
    """The stretch of time that the options ask for. BadOption, in one sentence, for one that is none."""
    if last is not None:
        if since is not None:
            raise BadOption("--last and --since both say where to begin: give one of them")
        if _AGO.fullmatch(last.strip()) is None:
            raise BadOption(f"--last {last!a} is not a length of time: give 90m, 24h, 7d or 2w")
    begin = moment(last, "--last", zone) if last is not None else moment(since, "--since", zone)
    end = moment(until, "--until", zone)
    if begin and end and begin >= end:
        given = f"--last {last}" if last is not None else f"--since {since}"
        raise BadOption(f"{given} is not before --until {until}: nothing lies between them")
    return begin, end


def moment(text: str | None, option: str, zone: tzinfo) -> str | None:
    """A point in time: ISO with or without a time of day, or so long ago: 90m, 24h, 7d. BadOption for anything else."""
    if text is None:
        return None
    from healthcheck.intake.stamps import from_iso, utc_text  # start-up time: where a time was given

    text = text.strip()
    if (ago := _AGO.fullmatch(text)) is not None:
        try:
            return utc_text(datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        except OverflowError:
            raise BadOption(f"{option} {text} is before all calendars: give a shorter time") from None
    given = _TIME.fullmatch(text)
    whole = "" if given is None else f"{given[1]}T{given[2] or '00:00'}{given[3] or ':00'}{given[4] or ''}"
    if (found := from_iso(whole, zone)) is None:
        raise BadOption(f"{option} {text!a} is not a time: give 2026-11-21, 2026-11-21T09:30:00Z, or 24h, 7d ago")
    return found
