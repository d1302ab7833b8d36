"""The bounded tables that traffic is counted in. What outgrows its bound is summed under `other`, the smallest first."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from checks.delivery.flow import OTHER, Hour, Hours, Minute

MOST_FLOWS = 10_000
MOST_STREAMS = 200
MOST_HOURS = 12_000
MOST_MINUTES = 6000
MOST_REASONS = 40

DELIVERED, DEFERRED, BOUNCED, HARD, COMPLAINED, NO_USER, LIMITED = range(7)
"""Places in the row of an hour. HARD and NO_USER are among BOUNCED; LIMITED are replies that say: too much at once."""
WIDTH = 7
Row = list[int]

K = TypeVar("K", bound=Hashable)


def plus(row: list[int], more: Iterable[int]) -> None:
    """Add the numbers of one row to those of another."""
    for index, number in enumerate(more):
        row[index] += number


def smaller_half(sizes: Mapping[K, int]) -> list[K]:
    """The keys of the smaller half, the smallest first; of two alike, the one that sorts later goes first."""
    ranked = sorted(sizes, key=lambda key: (sizes[key], str(key)))
    return ranked[: max(1, len(ranked) // 2)]


class Counts:
    """What one stream sent to one provider. `reasons`: by category and code, how many deferred, bounced, refused."""

    __slots__ = ("bounced", "complained", "deferred", "delivered", "hard", "reasons", "refused", "suppressed")

    def __init__(self) -> None:
        self.delivered = self.deferred = self.bounced = self.hard = self.complained = self.suppressed = self.refused = 0
        self.reasons: dict[tuple[str, str], list[int]] = {}

    @property
    def size(self) -> int:
        """How much this is, for who has to be named and who not."""
        return self.delivered + self.deferred + self.bounced + self.refused + self.suppressed + self.complained

    def reason(self, category: str, code: str) -> list[int]:
        """The row of a reason; codes beyond the bound count under no code."""
        if (category, code) not in self.reasons and len(self.reasons) >= MOST_REASONS:
            code = OTHER
        return self.reasons.setdefault((category, code), [0, 0, 0])

    def plus(self, more: "Counts") -> None:
        """Add the same of another part."""
        self.delivered += more.delivered
        self.deferred += more.deferred
        self.bounced += more.bounced
        self.hard += more.hard
        self.complained += more.complained
        self.suppressed += more.suppressed
        self.refused += more.refused
        for (category, code), row in more.reasons.items():
            plus(self.reason(category, code), row)


class Flows:
    """Counts by stream and provider."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Counts]] = {}
        self.overflowed = False
        self._pairs = 0

    def counts(self, stream: str, place: str) -> Counts:
        """The counts of a stream and a provider, new where they are met for the first time."""
        flows = self.table.get(stream)
        if flows is not None and (known := flows.get(place)) is not None:
            return known
        if self._pairs >= MOST_FLOWS or (flows is None and len(self.table) >= MOST_STREAMS):
            self._fold()
        self._pairs += 1
        return self.table.setdefault(stream, {}).setdefault(place, Counts())

    def _fold(self) -> None:
        self.overflowed = True
        if len(self.table) >= MOST_STREAMS:
            for stream in smaller_half(
                {name: sum(x.size for x in flows.values()) for name, flows in self.table.items()}
            ):
                for counts in self.table.pop(stream).values():
                    self.table.setdefault(OTHER, {}).setdefault(OTHER, Counts()).plus(counts)
        else:
            sizes = {(stream, place): x.size for stream, flows in self.table.items() for place, x in flows.items()}
            for stream, place in smaller_half(sizes):
                if place != OTHER:
                    self.table[stream].setdefault(OTHER, Counts()).plus(self.table[stream].pop(place))
        self._pairs = sum(map(len, self.table.values()))

    def named(self, stream: str, place: str) -> tuple[str, str]:
        """Under which names this stream and provider stand in the end."""
        if stream not in self.table:
            return (OTHER, OTHER)
        return (stream, place if place in self.table[stream] else OTHER)

    def merge(self, other: "Flows") -> None:
        """Add the table of another part."""
        for stream, flows in other.table.items():
            for place, counts in flows.items():
                self.counts(stream, place).plus(counts)
        self.overflowed = self.overflowed or other.overflowed


class Series:
    """Rows by name (a stream, a provider) and hour, `2026-11-21T09`. Beyond the bound the smallest names become `other`;
    where few names are left, the earliest hours go."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Row]] = {}
        self.overflowed = False
        self._rows = 0

    def row(self, name: str, hour: str) -> Row:
        """The row of a name and an hour."""
        hours = self.table.get(name)
        if hours is not None and (known := hours.get(hour)) is not None:
            return known
        if self._rows >= MOST_HOURS:
            self._fold()
        self._rows += 1
        return self.table.setdefault(name, {}).setdefault(hour, [0] * WIDTH)

    def _fold(self) -> None:
        self.overflowed = True
        sizes = {name: sum(map(sum, hours.values())) for name, hours in self.table.items() if name != OTHER}
        if len(sizes) > 1:
            for name in smaller_half(sizes):
                hours = self.table.pop(name)
                rest = self.table.setdefault(OTHER, {})
                for hour, row in hours.items():
                    plus(rest.setdefault(hour, [0] * WIDTH), row)
        self._rows = sum(map(len, self.table.values()))
        if self._rows > MOST_HOURS // 2:
            known = sorted({hour for hours in self.table.values() for hour in hours})
            early = set(known[: len(known) // 2])
            self.table = {n: {h: row for h, row in hours.items() if h not in early} for n, hours in self.table.items()}
            self._rows = sum(map(len, self.table.values()))

    def merge(self, other: "Series") -> None:
        """Add the table of another part."""
        for name, hours in other.table.items():
            for hour, row in hours.items():
                plus(self.row(name, hour), row)
        self.overflowed = self.overflowed or other.overflowed

    def frozen(self) -> Hours:
        """The rows as values, sorted."""
        return tuple(
            (name, tuple(Hour(hour, *row) for hour, row in sorted(hours.items())))
            for name, hours in sorted(self.table.items())
        )


class Peaks:
    """Attempts by name and minute, `2026-11-21T09:31`; beyond the bound the quieter half is forgotten."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, int]] = {}
        self._size = 0

    def add(self, name: str, minute: str, attempts: int) -> None:
        """Count attempts."""
        minutes = self.table.setdefault(name, {})
        if minute not in minutes:
            self._size += 1
        minutes[minute] = minutes.get(minute, 0) + attempts
        if self._size > MOST_MINUTES:
            self._forget()

    def _forget(self) -> None:
        sizes = {(name, minute): n for name, minutes in self.table.items() for minute, n in minutes.items()}
        for name, minute in smaller_half(sizes):
            del self.table[name][minute]
        self.table = {name: minutes for name, minutes in self.table.items() if minutes}
        self._size = sum(map(len, self.table.values()))

    def merge(self, other: "Peaks") -> None:
        """Add the table of another part."""
        for name, minutes in other.table.items():
            for minute, attempts in minutes.items():
                self.add(name, minute, attempts)

    def frozen(self, busiest: int) -> tuple[tuple[str, tuple[Minute, ...]], ...]:
        """The busiest minutes of each name, the busiest first."""
        found = []
        for name, minutes in sorted(self.table.items()):
            first = sorted(minutes, key=lambda minute: (-minutes[minute], minute))[:busiest]
            found.append((name, tuple(Minute(minute, minutes[minute]) for minute in first)))
        return tuple(found)
