"""Times as texts: RFC 3339 in UTC, to the second, so that they sort as they pass."""

from datetime import UTC, datetime, timedelta

FORM = "%Y-%m-%dT%H:%M:%SZ"


def as_text(when: datetime) -> str:
    """A time with a zone, as text."""
    return when.astimezone(UTC).strftime(FORM)


def as_time(text: str) -> datetime:
    """The time of a text; ValueError for what `as_text` never wrote."""
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)


def after(text: str, seconds: float) -> str:
    """The time so many seconds later, or earlier where `seconds` is below 0."""
    return as_text(as_time(text) + timedelta(seconds=seconds))


def seconds_between(earlier: str, later: str) -> float:
    """How long it was: 0 where the clock was put back in between."""
    return max(0.0, (as_time(later) - as_time(earlier)).total_seconds())
