"""The outbox: alerts that were made and are to be delivered, one row for each channel.

Rows are put in the same transaction as the state that they tell of, so that a crash loses none. Whoever delivers *claims* what is
due (nobody else gets it until the claim is over), sends it, and says `sent`, `failed` or `given_up`. A crash between sending and
`sent` sends once more with the same `event_key`: at least once, and once where the receiver looks at the key.

Alerts of one `dedup_key` go out in order: an end never overtakes its beginning.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import msgspec

from healthcheck.monitor.alert import Alert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine  # an extra

Route = Callable[[Alert], Sequence[str]]
"""Which channels (by name) an alert is for."""

LONGEST_BACK_OFF = 7_200
"""Seconds, more than any wait between two tries (alerts.LONGEST_WAIT and half of it). A next try that is further ahead was set by
a clock that has since been put back: it is due."""


class Waiting(msgspec.Struct, frozen=True):
    """An alert that is not delivered yet. `attempts` were made before; `error` is what the last one met."""

    id: int
    channel: str
    alert: Alert
    attempts: int
    created: str
    next_try: str
    given_up: bool = False
    error: str = ""


def put(connection: "Connection", alerts: Iterable[Alert], route: Route, now: str) -> None:
    """Put alerts in, inside somebody's transaction. What is in already (same channel and event) is not put twice."""
    from sqlalchemy import select  # an extra

    from healthcheck.monitor.tables import outbox

    for alert in alerts:
        for channel in _channels(connection, alert, route):
            there = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.event_key == alert.event_key)
            if connection.execute(there).first() is not None:
                continue
            connection.execute(
                outbox.insert().values(
                    channel=channel,
                    event_key=alert.event_key,
                    dedup_key=alert.dedup_key,
                    kind=alert.kind.value,
                    payload=msgspec.json.encode(alert).decode(),
                    created=now,
                    attempts=0,
                    next_try=now,
                )
            )


def _channels(connection: "Connection", alert: Alert, route: Route) -> tuple[str, ...]:
    """Where an alert goes. An end goes exactly where its beginning went: nowhere else is anything open."""
    from sqlalchemy import select  # an extra

    from healthcheck.monitor.tables import outbox

    if alert.over:
        told = select(outbox.c.channel).where(outbox.c.dedup_key == alert.dedup_key).order_by(outbox.c.id)
        if began := tuple(dict.fromkeys(connection.execute(told).scalars())):
            return began
    return tuple(dict.fromkeys(route(alert)))


class Outbox:
    """What whoever delivers needs. Every method is one transaction; `now` and the like are RFC 3339 in UTC."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def claim(self, channels: Sequence[str], now: str, until: str, most: int = 100) -> tuple[Waiting, ...]:
        """What is due for these channels, oldest first, taken until `until`: nobody else is given it before.

        Of the alerts with one `dedup_key` only the oldest that is not delivered: ask again after it was sent.
        """
        from sqlalchemy import func, or_, select, update  # an extra

        from healthcheck.monitor.tables import outbox
        from healthcheck.monitor.times import after

        waiting = outbox.c.sent.is_(None) & outbox.c.given_up.is_(None)
        oldest = (
            select(func.min(outbox.c.id))
            .where(waiting, outbox.c.channel.in_(channels))
            .group_by(outbox.c.channel, outbox.c.dedup_key)
        )
        due = or_(outbox.c.next_try <= now, outbox.c.next_try > after(now, LONGEST_BACK_OFF))
        wanted = select(outbox).where(outbox.c.id.in_(oldest), due).order_by(outbox.c.id).limit(most)
        with self._transaction() as connection:
            rows = connection.execute(wanted.with_for_update(skip_locked=True)).mappings().all()
            ids = [row["id"] for row in rows]
            # A second claimer that waited for our lock must not get them too: it sees the new time.
            taken = update(outbox).where(outbox.c.id.in_(ids), waiting, due).values(next_try=until)
            connection.execute(taken)
        return tuple(_waiting(row) for row in rows)

    def sent(self, row: int, now: str) -> None:
        """It was delivered."""
        self._set(row, sent=now, error=None)

    def failed(self, row: int, next_try: str, error: str) -> None:
        """It was not delivered, and is to be tried again then. `error` is one sentence without any secret."""
        self._set(row, one_more=True, next_try=next_try, error=error)

    def given_up(self, row: int, now: str, error: str) -> None:
        """It will never be delivered this way; it stays among the undelivered, to be told."""
        self._set(row, one_more=True, given_up=now, error=error)

    def undelivered(self, channels: Sequence[str] | None = None) -> tuple[Waiting, ...]:
        """All that was not delivered, given up or not, oldest first; of some channels, or of all."""
        from sqlalchemy import select  # an extra

        from healthcheck.monitor.tables import outbox

        wanted = select(outbox).where(outbox.c.sent.is_(None)).order_by(outbox.c.id)
        if channels is not None:
            wanted = wanted.where(outbox.c.channel.in_(channels))
        with self._transaction() as connection:
            return tuple(_waiting(row) for row in connection.execute(wanted).mappings())

    def put(self, alerts: Iterable[Alert], route: Route, now: str) -> None:
        """Put alerts in, in a transaction of their own (a test alert, an alert about a channel)."""
        with self._transaction() as connection:
            put(connection, alerts, route, now)

    def sent_before(self, row: Waiting) -> Alert | None:
        """What was delivered last on the same channel under the same `dedup_key`, before this one."""
        from sqlalchemy import select  # an extra

        from healthcheck.monitor.tables import outbox

        same = (outbox.c.channel == row.channel, outbox.c.dedup_key == row.alert.dedup_key, outbox.c.id < row.id)
        wanted = select(outbox.c.payload).where(*same, outbox.c.sent.is_not(None)).order_by(outbox.c.id.desc()).limit(1)
        with self._transaction() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else msgspec.json.decode(found, type=Alert)

    def latest(self, dedup_key: str) -> Alert | None:
        """What was put in last under a key, whatever became of it."""
        from sqlalchemy import select  # an extra

        from healthcheck.monitor.tables import outbox

        wanted = select(outbox.c.payload).where(outbox.c.dedup_key == dedup_key).order_by(outbox.c.id.desc()).limit(1)
        with self._transaction() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else msgspec.json.decode(found, type=Alert)

    def standing(self, channel: str) -> tuple[Alert, ...]:
        """What was delivered on a channel and is not over: the last of each `dedup_key`, oldest first."""
        from sqlalchemy import func, select  # an extra

        from healthcheck.monitor.tables import outbox

        last = select(func.max(outbox.c.id)).where(outbox.c.channel == channel, outbox.c.sent.is_not(None))
        wanted = (
            select(outbox.c.payload).where(outbox.c.id.in_(last.group_by(outbox.c.dedup_key))).order_by(outbox.c.id)
        )
        with self._transaction() as connection:
            found = [msgspec.json.decode(text, type=Alert) for text in connection.execute(wanted).scalars()]
        return tuple(alert for alert in found if not alert.over)

    def again(self, channel: str, now: str) -> int:
        """Put back what was given up on a channel, to be tried now; how many there were."""
        from sqlalchemy import update  # an extra

        from healthcheck.monitor.tables import outbox

        lost = (outbox.c.channel == channel, outbox.c.sent.is_(None), outbox.c.given_up.is_not(None))
        change = update(outbox).where(*lost).values(given_up=None, next_try=now, created=now, attempts=0)
        with self._transaction() as connection:
            return connection.execute(change).rowcount

    def _transaction(self) -> AbstractContextManager["Connection"]:
        """All of it or nothing; StoreLost where the database fails."""
        from healthcheck.monitor.keeping import transaction  # an extra

        return transaction(self._engine)

    def _set(self, row: int, one_more: bool = False, **values: str | None) -> None:
        from sqlalchemy import update  # an extra

        from healthcheck.monitor.tables import outbox

        change: dict[str, object] = dict(values)
        if one_more:
            change["attempts"] = outbox.c.attempts + 1
        with self._transaction() as connection:
            connection.execute(update(outbox).where(outbox.c.id == row).values(change))


def _waiting(row: "object") -> Waiting:
    told = dict(row)  # type: ignore[call-overload]
    return Waiting(
        id=told["id"],
        channel=told["channel"],
        alert=msgspec.json.decode(told["payload"], type=Alert),
        attempts=told["attempts"],
        created=told["created"],
        next_try=told["next_try"],
        given_up=told["given_up"] is not None,
        error=told["error"] or "",
    )
