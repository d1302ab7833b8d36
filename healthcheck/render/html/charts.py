"""Small charts of what became of the mail: rates, bars by kind of failure and by provider, columns over time.

Each is numbers first: a row of a table or a sentence says what the drawing shows. The template draws them as inline SVG whose
lengths are the numbers here, in units of the drawing's own; nothing but numbers goes into a drawing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from checks.delivery.days import Day, days_of, span_of
from checks.delivery.flow import NULL_SENDER, Flow, Hour, Traffic
from checks.delivery.observed import Observed
from checks.diagnosis.words import provider_called
from healthcheck.render.errors import percent

if TYPE_CHECKING:
    from checks.replies.catalogue import Category  # start-up time: as below

MOST_BARS = 10
MOST_DAYS = 92
FEW_DAYS = 3
"""Up to so many days are drawn by the hour."""
HEIGHT = 40.0
STEP = 4
"""Units from one column to the next; the last of them stays empty."""
LEAST = 1.0
"""What is not nothing is seen: the least length of a bar in units."""
FULL = 100.0
"""Units of the longest bar."""

_RATES: tuple[tuple[str, str, Callable[[Flow], int], Callable[[Flow], int]], ...] = (
    ("Bounced", "messages", lambda flow: flow.bounced, lambda flow: flow.settled),
    ("Bounced: address is gone", "messages", lambda flow: flow.hard, lambda flow: flow.settled),
    ("Put off", "messages", lambda flow: flow.put_off, lambda flow: flow.settled + flow.put_off),
    ("Reported as spam", "delivered messages", lambda flow: flow.complained, lambda flow: flow.delivered),
)
"""As the checks of delivery count them (docs/delivery.md)."""


class Rate(NamedTuple):
    """A rate in words."""

    name: str
    share: str
    counted: str


class Piece(NamedTuple):
    """A part of a bar or a column, from where and how long; `look` is delivered, deferred, bounced or share."""

    look: str
    start: float
    length: float


class Bar(NamedTuple):
    """A row: what, how many, and the bar. `told` says in words what it shows."""

    name: str
    numbers: tuple[int, ...]
    told: str
    pieces: list[Piece]


class Column(NamedTuple):
    """What was tried in an hour or on a day."""

    at: int
    time: str
    numbers: tuple[int, int, int]
    pieces: list[Piece]


class Timeline(NamedTuple):
    """Columns over time. `told` says in a sentence what is seen; `by` is day or hour; `earlier` counts what is not drawn."""

    by: str
    told: str
    width: int
    columns: list[Column]
    earlier: int


class Charts(NamedTuple):
    """All that is drawn of one report."""

    rates: list[Rate]
    categories: list[Bar]
    refused: list[Bar]
    providers: list[Bar]
    timeline: Timeline | None


def charts(observed: Observed) -> Charts | None:
    """What was observed, in numbers to be drawn; None where there is none. Mail with the null return path is left out of the
    rates and the providers, as the checks leave it out."""
    traffic = observed.traffic
    flows = [flow for flow in traffic.flows if flow.stream != NULL_SENDER] if traffic is not None else []
    sent = traffic is not None and traffic.has_sender_side
    drawn = Charts(
        _rates(flows) if sent else [],
        _categories(observed),
        [] if sent else _refused(observed),
        _providers(flows) if sent else [],
        _timeline(traffic) if traffic is not None and sent else None,
    )
    return drawn if any(drawn) else None


def _rates(flows: Iterable[Flow]) -> list[Rate]:
    flows = list(flows)
    found = []
    for name, what, count_of, of_of in _RATES:
        count, of = sum(map(count_of, flows)), sum(map(of_of, flows))
        if of:
            found.append(Rate(name, percent(min(count / of, 1.0)), f"{count:,} of {of:,} {what}"))
    return found


def _categories(observed: Observed) -> list[Bar]:
    """The failed replies by what they come to, the most first."""
    sums: dict[str, int] = {}
    for failure in observed.failures:
        sums[failure.category] = sums.get(failure.category, 0) + failure.replies
    if not sums:
        return []
    from checks.replies.catalogue import catalogue  # start-up time: where a reply was seen

    known = catalogue().categories
    return _replies({_called(known.get(name), name): count for name, count in sums.items()}, observed.unlisted)


def _refused(observed: Observed) -> list[Bar]:
    """The failed replies by who said so, where nothing tells of deliveries."""
    sums: dict[str, int] = {}
    for failure in observed.failures:
        name = provider_called(failure.provider) if failure.provider else failure.host or "unknown"
        sums[name] = sums.get(name, 0) + failure.replies
    return _replies(sums, observed.unlisted)


def _replies(sums: Mapping[str, int], others: int) -> list[Bar]:
    """Failed replies in kinds, the most first, the rest together."""
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ranked[MOST_BARS:]) + others
    rows = [*ranked[:MOST_BARS], *([("All others", rest)] if rest else [])]
    total = sum(count for _, count in rows)
    return [
        Bar(name, (count,), f"{percent(count / total)} of the failed replies", part_of(count / total))
        for name, count in rows
        if count
    ]


def _called(category: "Category | None", name: str) -> str:
    return category.title if category is not None else name


def _providers(flows: Iterable[Flow]) -> list[Bar]:
    """What became of the mail at each provider, those that take most first."""
    sums: dict[str, tuple[int, int, int]] = {}
    for flow in flows:
        before = sums.get(flow.provider, (0, 0, 0))
        sums[flow.provider] = (before[0] + flow.delivered, before[1] + flow.put_off, before[2] + flow.bounced)
    ranked = sorted(
        ((name, numbers) for name, numbers in sums.items() if any(numbers)), key=lambda x: (-sum(x[1]), x[0])
    )
    rows = [(provider_called(name), numbers) for name, numbers in ranked[:MOST_BARS]]
    if rest := [numbers for _, numbers in ranked[MOST_BARS:]]:
        delivered, deferred, bounced = (sum(column) for column in zip(*rest, strict=True))
        rows.append((f"{len(rest):,} others", (delivered, deferred, bounced)))
    return [Bar(name, numbers, _shares(numbers), _row(numbers)) for name, numbers in rows]


def _shares(numbers: tuple[int, int, int]) -> str:
    total = sum(numbers)
    named = zip(numbers, ("delivered", "put off", "bounced"), strict=True)
    return ", ".join(f"{percent(number / total)} {word}" for number, word in named if number)


def _row(numbers: tuple[int, int, int]) -> list[Piece]:
    return list(_stacked(numbers, FULL / sum(numbers), FULL))


def _stacked(numbers: Sequence[int], scale: float, most: float) -> Iterable[Piece]:
    """Pieces end to end. What is too small to be seen is lengthened, at the cost of the longest."""
    lengths = [max(LEAST, number * scale) if number else 0.0 for number in numbers]
    if sum(lengths) > most:
        longest = lengths.index(max(lengths))
        lengths[longest] -= sum(lengths) - most
    start = 0.0
    for look, length in zip(("delivered", "deferred", "bounced"), lengths, strict=True):
        if length > 0:
            yield Piece(look, round(start, 2), round(length, 2))
        start += length


def part_of(share: float) -> list[Piece]:
    """A bar for one share of a whole; nothing for none."""
    return [Piece("share", 0.0, round(min(max(LEAST, share * FULL), FULL), 2))] if share > 0 else []


def _timeline(traffic: Traffic) -> Timeline | None:
    """Attempts by the day, or by the hour where few days were observed; None where there is no course to see."""
    hours = [hour for _, found in traffic.hours for hour in found]
    rows = (
        _by_hour(hours) if span_of(traffic) <= FEW_DAYS else [_numbers(day.day, day) for day in days_of(traffic, hours)]
    )
    by = "hour" if span_of(traffic) <= FEW_DAYS else "day"
    shown = rows[-MOST_DAYS:]
    most = max((sum(numbers) for _, numbers in shown), default=0)
    if len(shown) < 2 or not most:
        return None
    columns = [
        Column(number * STEP, time, numbers, list(_stacked(numbers, HEIGHT / most, HEIGHT)))
        for number, (time, numbers) in enumerate(shown)
    ]
    return Timeline(by, _course(by, shown), len(shown) * STEP, columns, len(rows) - len(shown))


def _numbers(time: str, one: Hour | Day) -> tuple[str, tuple[int, int, int]]:
    return time, (one.delivered, one.deferred, one.bounced)


def _by_hour(hours: Iterable[Hour]) -> list[tuple[str, tuple[int, int, int]]]:
    """Every hour from the first to the last, those without mail too."""
    sums: dict[str, list[int]] = {}
    for hour in hours:
        row = sums.setdefault(hour.hour, [0, 0, 0])
        for at, number in enumerate((hour.delivered, hour.deferred, hour.bounced)):
            row[at] += number
    try:
        times = sorted(datetime.fromisoformat(hour) for hour in sums)
    except ValueError:
        return []
    if not times or times[-1] - times[0] > timedelta(days=FEW_DAYS):
        return []
    number = (times[-1] - times[0]) // timedelta(hours=1) + 1
    names = [(times[0] + timedelta(hours=at)).isoformat()[:13] for at in range(number)]
    found = [(name, sums.get(name, [0, 0, 0])) for name in names]
    return [(f"{name.replace('T', ' ')}:00", (row[0], row[1], row[2])) for name, row in found]


def _course(by: str, rows: Sequence[tuple[str, tuple[int, int, int]]]) -> str:
    """What the columns show, for whoever does not see them."""
    delivered, deferred, bounced = (sum(numbers[at] for _, numbers in rows) for at in range(3))
    time, most = max(rows, key=lambda row: (sum(row[1]), row[0]))
    return (
        f"Attempts by {by}, {rows[0][0]} to {rows[-1][0]} UTC: {delivered:,} delivered, {deferred:,} put off, "
        f"{bounced:,} bounced; the most on {time}, {sum(most):,} attempts."
    )
