"""What happens in the tables when changes are told: one transaction with the outbox. Needs SQLAlchemy (extra `monitor`)."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from checks.model import Status
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.monitor.items import Item, Place, Telling, Topic
from healthcheck.monitor.keeping import transaction
from healthcheck.monitor.news import VANTAGE_KEY, tell
from healthcheck.monitor.reading import Seen
from healthcheck.monitor.state import Look, News, Patience, State, Transition, baseline, observe
from healthcheck.monitor.store import Looked
from healthcheck.monitor.tables import domains, meta, outbox, reports, runs, state, topics, transitions
from healthcheck.monitor.times import seconds_between

__all__ = ["forgotten", "told", "transaction"]

NO_DOMAIN = ""
"""Where the state of the vantage stands in the table of states."""
DIM_FROM = 5
"""Domains of a run that it takes to say that not they, but the vantage is at fault when most is not known of most of them."""
_BY_ID = 500
_STILL = "still: "
_WELL_SINCE = "well-since-run"


def told(connection: Connection, looked: Looked, patience: Patience, now: str) -> tuple[Alert, ...]:
    """Alerts of all that nobody was told of, with everything noted. See `Store.tell`."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "LOCK TABLE topics IN SHARE ROW EXCLUSIVE MODE"
        )  # one teller at a time; SQLite has but one
    this = runs.c.id == looked.run
    connection.execute(update(runs).where(this).values(examined=looked.examined, blind=looked.blind, finished=now))
    started: str = connection.execute(select(runs.c.started).where(this)).scalar() or now
    sick = is_sick(looked)
    vantage, incident = _vantage(connection, sick if looked.examined else None, patience, started, now)
    alerts = [incident] if incident is not None else []
    held = sick or vantage.hard is Status.FAIL
    if incident is not None and incident.over:
        _well_since(connection, looked.run)
    items = [] if held else _items(connection)
    found = tell(items, _topics(connection) if items else {}, False, now)
    _noted(connection, found)
    alerts += [*found.alerts, *_abandoned(connection, None, now)]
    return (*alerts, *_repeated(connection, alerts, patience.repeat_after, held, now))


def _repeated(
    connection: Connection, just_told: Iterable[Alert], wait: int | None, held: bool, now: str
) -> list[Alert]:
    """What stands and was told so long ago that it is told again. While the vantage is sick, that alone."""
    if wait is None:
        return []
    silent = {alert.dedup_key for alert in just_told}
    latest = select(func.max(outbox.c.id)).where(outbox.c.dedup_key.in_(select(topics.c.key)))
    wanted = select(outbox.c.payload).where(outbox.c.id.in_(latest.group_by(outbox.c.dedup_key)))
    standing = [msgspec.json.decode(packed, type=Alert) for packed in connection.execute(wanted).scalars()]
    found = []
    for last in sorted(standing, key=lambda alert: alert.dedup_key):
        if last.dedup_key in silent or (held and last.dedup_key != VANTAGE_KEY):
            continue
        # What goes back and forth was said once, and is silent until it settles.
        if last.over or last.kind is Kind.FLAPPING or seconds_between(last.at, now) < wait:
            continue
        title = last.title if last.title.startswith(_STILL) else f"{_STILL}{last.title}"
        found.append(msgspec.structs.replace(last, title=title, at=now))
    return found


def is_sick(looked: Looked) -> bool:
    """True where the place one looks from is at fault: blind for most domains, or most is not known of most of several."""
    if 2 * looked.blind > looked.examined:
        return True
    return looked.examined >= DIM_FROM and 2 * (looked.blind + looked.dim) > looked.examined


def _vantage(
    connection: Connection, sick: bool | None, patience: Patience, started: str, now: str
) -> tuple[State, Alert | None]:
    """The state of the vantage after a run (`sick` None: it saw nothing), and what is to be told of it."""
    mine = (state.c.domain == NO_DOMAIN) & (state.c.check_id == "vantage")
    packed = connection.execute(select(state.c.packed).where(mine)).scalar()
    old = baseline(Status.PASS, started) if packed is None else msgspec.json.decode(packed, type=State)
    if sick is None:
        return old, None
    quick = msgspec.structs.replace(patience, recovery=1)
    new, change = observe(old, Look(Status.FAIL if sick else Status.PASS, network=True), started, quick)
    row = {"packed": msgspec.json.encode(new).decode(), "hard": new.hard.value}
    if packed is None:
        connection.execute(insert(state).values(domain=NO_DOMAIN, check_id="vantage", **row))
    elif new != old:
        connection.execute(update(state).where(mine).values(**row))
    if change is None or change.news is None:
        return new, None
    return new, _incident(connection, change, now)


def _incident(connection: Connection, change: Transition, now: str) -> Alert | None:
    """One message for a sick vantage, and one for its end."""
    opened = connection.execute(select(topics.c.opened).where(topics.c.key == VANTAGE_KEY)).scalar()
    if change.new is Status.FAIL or change.news is News.FLAPPING:
        title = "this monitor is blind: its resolver or its network is sick, and nothing is told of any domain until it is well"
        remedy = (
            "Check the network of the monitor's machine and its resolver, or name another one with --resolver ADDRESS."
        )
        if opened is None:
            row = Topic(VANTAGE_KEY, now, Kind.INCIDENT.value, title, "critical")
            connection.execute(insert(topics).values(**_row(row)))
            return Alert(Kind.INCIDENT, VANTAGE_KEY, "critical", title, "", remedy, since=change.since, at=now)
        return None
    if opened is None:
        return None
    connection.execute(delete(topics).where(topics.c.key == VANTAGE_KEY))
    title = "this monitor sees again: its resolver and its network are well"
    return Alert(
        Kind.RECOVERY, VANTAGE_KEY, "info", title, f"it was blind since {opened}", "", True, since=opened, at=now
    )


def _well_since(connection: Connection, run: int) -> None:
    """The vantage is well since this run. A number and no time: a clock may be put back."""
    connection.execute(delete(meta).where(meta.c.key == _WELL_SINCE))
    connection.execute(insert(meta).values(key=_WELL_SINCE, value=str(run)))


def _items(connection: Connection) -> list[Item]:
    """All that nobody was told of, in order; but not of domains that were not looked at since the vantage is well again."""
    well_since = connection.execute(select(meta.c.value).where(meta.c.key == _WELL_SINCE)).scalar()
    wanted = (
        select(transitions, state.c.hard, state.c.topic, state.c.lost_topic)
        .join(state, (state.c.domain == transitions.c.domain) & (state.c.check_id == transitions.c.check_id))
        .join(domains, domains.c.domain == transitions.c.domain)
        .join(reports, reports.c.id == domains.c.report_id)
        .where(transitions.c.untold, reports.c.run_id >= int(well_since or 0))
        .order_by(transitions.c.id)
    )
    decode = msgspec.json.Decoder(Seen).decode
    return [
        Item(
            id=row.id,
            domain=row.domain,
            old=Status(row.old),
            new=Status(row.new),
            since=row.since,
            news=None if row.news is None else News(row.news),
            found=row.found,
            seen=decode(row.details),
            hard=Status(row.hard),
            topic=row.topic,
            lost_topic=row.lost_topic,
        )
        for row in connection.execute(wanted)
    ]


def _topics(connection: Connection) -> dict[str, Topic]:
    """All that is open, with how many checks are in each."""
    members: dict[str, int] = {}
    for column in (state.c.topic, state.c.lost_topic):
        wanted = select(column.label("key"), func.count().label("checks")).where(column.is_not(None)).group_by(column)
        members |= {row.key: row.checks for row in connection.execute(wanted)}
    failed = select(state.c.topic, func.count().label("checks")).where(state.c.hard == Status.FAIL.value)
    failing = {row.topic: row.checks for row in connection.execute(failed.group_by(state.c.topic))}
    return {
        row.key: Topic(
            row.key, row.opened, row.kind, row.title, row.severity, row.culprit, row.concerned, members.get(row.key, 0),
            failing.get(row.key, 0),
        )
        for row in connection.execute(select(topics))
    }  # fmt: skip


def _row(topic: Topic) -> dict[str, object]:
    row = msgspec.structs.asdict(topic)
    row["concerned"] = row.pop("count")  # `count` is a method of every row
    del row["members"], row["failing"]
    return row


def _noted(connection: Connection, found: Telling) -> None:
    """Write down what is told."""
    closed = set(found.closed) | {topic.key for topic in found.opened}
    if closed:
        connection.execute(delete(topics).where(topics.c.key.in_(closed)))
    if found.opened:
        connection.execute(insert(topics), [_row(topic) for topic in found.opened])
    for topic in found.grown:
        connection.execute(
            update(topics).where(topics.c.key == topic.key).values(concerned=topic.count, severity=topic.severity)
        )
    for spot in found.places:
        _placed(connection, spot)
    for first in range(0, len(found.done), _BY_ID):
        part = found.done[first : first + _BY_ID]
        connection.execute(update(transitions).where(transitions.c.id.in_(part)).values(untold=False))


def _placed(connection: Connection, spot: Place) -> None:
    mine = (state.c.domain == spot.domain) & (state.c.check_id == spot.check)
    connection.execute(update(state).where(mine).values(topic=spot.topic, lost_topic=spot.lost_topic))


def forgotten(connection: Connection, names: Iterable[str], now: str) -> tuple[Alert, ...]:
    """Stop watching domains; the end of what was told of them alone."""
    gone = list(names)
    return _abandoned(connection, dropped(connection, gone), now) if gone else ()


def dropped(connection: Connection, gone: Sequence[str]) -> list[str]:
    """Drop what is remembered of the state of domains; the topics that they were in."""
    mine = select(state.c.topic, state.c.lost_topic).where(state.c.domain.in_(gone))
    left = {key for row in connection.execute(mine) for key in row if key is not None}
    connection.execute(delete(state).where(state.c.domain.in_(gone)))
    connection.execute(delete(domains).where(domains.c.domain.in_(gone)))
    connection.execute(update(transitions).where(transitions.c.domain.in_(gone)).values(untold=False))
    return sorted(left)


def _abandoned(connection: Connection, keys: Sequence[str] | None, now: str) -> tuple[Alert, ...]:
    """The ends of those topics (None: of any) that nobody is left in, since their domains are not watched any more."""
    open_now = _topics(connection)
    wanted = open_now if keys is None else [key for key in keys if key in open_now]
    over = [open_now[key] for key in wanted if open_now[key].members == 0 and key != VANTAGE_KEY]
    if over:
        connection.execute(delete(topics).where(topics.c.key.in_([topic.key for topic in over])))
    return tuple(
        Alert(
            Kind.RECOVERY, topic.key, "info", f"no longer watched: {topic.title}", "", "", True, (), topic.count, (), topic.culprit,
            topic.opened, now,
        )
        for topic in over
    )  # fmt: skip
