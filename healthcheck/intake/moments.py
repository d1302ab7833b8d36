"""A time as JSON and tables have it, in whatever form, to one that is reported."""

from datetime import tzinfo

from healthcheck.intake import stamps


def moment_of(text: str | None, zone: tzinfo) -> str | None:
    """A time as JSON has it: ISO, or a number of seconds, milliseconds or microseconds since 1970."""
    if not text:
        return None
    if (moment := stamps.from_iso(text, zone) or stamps.from_slashed(text, zone)) is not None:
        return moment
    try:
        return stamps.from_seconds(float(text))
    except ValueError:
        return _written(text, zone)


def _written(text: str, zone: tzinfo) -> str | None:
    """`Fri, 21 Nov 2026 09:31:07 +0000`, as mails write it."""
    from email.utils import parsedate_to_datetime  # start-up time: few services write times so

    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return stamps.utc_text(moment if moment.tzinfo else moment.replace(tzinfo=zone))
