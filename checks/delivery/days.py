"""Days: the hours of a stream summed by day, UTC, over the whole time that was observed, days without mail included."""

from collections.abc import Iterable
from datetime import date

import msgspec

from checks.delivery.flow import Hour, Traffic

MOST_DAYS = 1000


class Day(msgspec.Struct, frozen=True):
    """As in Hour, for `2026-11-21`."""

    day: str
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    hard: int = 0
    complained: int = 0
    no_user: int = 0
    limited: int = 0

    @property
    def settled(self) -> int:
        return self.delivered + self.bounced


def span_of(traffic: Traffic) -> int:
    """How many days were observed, the first and the last included; 0 where no time is known."""
    first, last = _date(traffic.first), _date(traffic.last)
    return (last - first).days + 1 if first is not None and last is not None else 0


def days_of(traffic: Traffic, hours: Iterable[Hour]) -> tuple[Day, ...]:
    """Every day that was observed, in order, with what these hours hold; the last MOST_DAYS of them."""
    first, last = _date(traffic.first), _date(traffic.last)
    if first is None or last is None:
        return ()
    start = max(first.toordinal(), last.toordinal() - MOST_DAYS + 1)
    sums = {date.fromordinal(number).isoformat(): [0] * 7 for number in range(start, last.toordinal() + 1)}
    for hour in hours:
        row = sums.get(hour.hour[:10])
        if row is not None:
            numbers = msgspec.structs.astuple(hour)[1:]
            for index, number in enumerate(numbers):
                row[index] += number
    return tuple(Day(day, *row) for day, row in sums.items())


def _date(minute: str) -> date | None:
    try:
        return date.fromisoformat(minute[:10])
    except ValueError:
        return None
