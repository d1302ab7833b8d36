"""By which addresses mail left, and over which connections: what a log tells of it, if it does.

PowerMTA, KumoMTA, Halon and OpenSMTPD name the address of each attempt, Exim where it is asked to (`outgoing_interface`), and
some sending services in their events; KumoMTA, OpenSMTPD and Exim the connection. Postfix, Sendmail and qmail tell neither.

Tallies of parts merge in any order to that of the whole, as long as no table outgrows its bound. Attempts are counted, not messages.
"""

from checks.delivery.events import ATTEMPTS, Event
from checks.delivery.flow import TOO_MUCH, Connection, Routes
from checks.delivery.tables import BOUNCED, COMPLAINED, DEFERRED, DELIVERED, LIMITED, Series, smaller_half

MOST_CONNECTIONS = 10_000
MOST_CROWDED = 20
"""Connections of a provider that a Routes holds."""

_PLACES = {"delivered": DELIVERED, "deferred": DEFERRED, "bounced": BOUNCED, "complained": COMPLAINED}


class RoutesTally:
    """A mutable count that becomes a Routes."""

    def __init__(self) -> None:
        self._addresses = Series()
        self._connections: dict[tuple[str, str], list[int]] = {}

    def add(self, event: Event, place: str) -> None:
        """Count an attempt or a complaint. `place`: to which mailbox provider, as TrafficTally has it."""
        kind, limited = event.kind, event.category in TOO_MUCH
        if event.source_address and event.time and kind in _PLACES:
            row = self._addresses.row(event.source_address, event.time[:13])
            row[_PLACES[kind]] += 1
            row[LIMITED] += limited
        if event.connection and kind in ATTEMPTS:
            self._used(place, event.connection, 1, limited)

    def _used(self, place: str, connection: str, attempts: int, limited: int) -> None:
        row = self._connections.setdefault((place, connection), [0, 0])
        row[0] += attempts
        row[1] += limited
        if len(self._connections) > MOST_CONNECTIONS:
            for key in smaller_half({key: row[0] for key, row in self._connections.items()}):
                del self._connections[key]

    def merge(self, other: "RoutesTally") -> None:
        """Add the tally of another part."""
        self._addresses.merge(other._addresses)
        for (place, connection), (attempts, limited) in other._connections.items():
            self._used(place, connection, attempts, limited)

    def routes(self) -> Routes:
        """What it comes to."""
        by_place: dict[str, list[Connection]] = {}
        for (place, _), (attempts, limited) in self._connections.items():
            by_place.setdefault(place, []).append(Connection(attempts, limited))
        return Routes(
            self._addresses.frozen(),
            tuple(
                (place, tuple(sorted(found, reverse=True)[:MOST_CROWDED])) for place, found in sorted(by_place.items())
            ),
        )
