"""What became of a domain: transitions, one character a day, records as they changed. Needs SQLAlchemy (extra `monitor`)."""

import zlib
from datetime import timedelta

import msgspec
from sqlalchemy import Connection, desc, func, select

from checks.model import Status, Verdict
from healthcheck.monitor.reading import Seen
from healthcheck.monitor.tables import days, domains, findings, records, reports, runs, transitions
from healthcheck.monitor.times import FORM, as_time

STRIP_DAYS = 30


class Change(msgspec.Struct, frozen=True):
    """A hard change of one check. `since` is when the new status was first seen, `at` when it counted."""

    check: str
    old: Status
    new: Status
    since: str
    at: str
    news: str | None
    code: str
    text: str


class Day(msgspec.Struct, frozen=True):
    """One day: the worst that was seen, None where nobody looked, and how often it was looked at with which verdict."""

    day: str
    worst: Status | None
    runs: int = 0
    passed: int = 0
    failed: int = 0
    inconclusive: int = 0


class RecordChanged(msgspec.Struct, frozen=True):
    """Records of one name and type that became others; [] where there were or are none."""

    name: str
    type: str
    old: list[str]
    new: list[str]
    at: str


class Standing(msgspec.Struct, frozen=True):
    """A finding of warning or worse that is there now."""

    check: str
    code: str
    about: str
    severity: str
    text: str
    since: str


class Sight(msgspec.Struct, frozen=True):
    """A world that the domain was seen in, and when first and last, as far as reports are kept."""

    world: str
    first: str
    last: str


class History(msgspec.Struct, frozen=True):
    """All that `healthcheck history` tells. `days` are the last STRIP_DAYS, the latest last.

    `world` is that of the last report. `worlds` are all that the kept reports were seen in, the last one first: each has a
    baseline of its own, and no transition leads from one to another.
    """

    domain: str
    since: str
    until: str
    last_run: str
    world: str | None
    worlds: tuple[Sight, ...]
    verdict: Verdict | None
    days: tuple[Day, ...]
    transitions: tuple[Change, ...]
    records: tuple[RecordChanged, ...]
    standing: tuple[Standing, ...]


def of(connection: Connection, domain: str, since: str, now: str) -> History | None:
    """What became of a domain; None where nobody ever looked."""
    known = connection.execute(select(domains).where(domains.c.domain == domain)).first()
    if known is None:
        return None
    verdict = connection.execute(select(reports.c.verdict).where(reports.c.id == known.report_id)).scalar()
    worlds = _worlds(connection, domain)
    return History(
        domain=domain,
        since=since,
        until=now,
        last_run=known.last_run,
        world=worlds[0].world if worlds else None,
        worlds=worlds,
        verdict=None if verdict is None else Verdict(verdict),
        days=_strip(connection, domain, now),
        transitions=_changes(connection, domain, since),
        records=_records(connection, domain, since),
        standing=_standing(connection, domain),
    )


def _worlds(connection: Connection, domain: str) -> tuple[Sight, ...]:
    seen = (
        select(runs.c.world, func.min(reports.c.at), func.max(reports.c.at), func.max(reports.c.id).label("latest"))
        .join(runs, runs.c.id == reports.c.run_id)
        .where(reports.c.domain == domain)
        .group_by(runs.c.world)
        .order_by(desc("latest"))
    )
    return tuple(Sight(world, first, last) for world, first, last, _ in connection.execute(seen))


def _strip(connection: Connection, domain: str, now: str) -> tuple[Day, ...]:
    today = as_time(now)
    wanted = [(today - timedelta(days=ago)).strftime(FORM)[:10] for ago in range(STRIP_DAYS - 1, -1, -1)]
    rows = connection.execute(select(days).where(days.c.domain == domain, days.c.day >= wanted[0]))
    there = {row.day: row for row in rows}
    return tuple(
        Day(day, Status(row.worst), row.runs, row.passed, row.failed, row.inconclusive)
        if (row := there.get(day)) is not None
        else Day(day, None)
        for day in wanted
    )


def _changes(connection: Connection, domain: str, since: str) -> tuple[Change, ...]:
    mine = transitions.c.domain == domain
    rows = connection.execute(select(transitions).where(mine, transitions.c.at >= since).order_by(transitions.c.id))
    decode = msgspec.json.Decoder(Seen).decode
    return tuple(
        Change(row.check_id, Status(row.old), Status(row.new), row.since, row.at, row.news, seen.code, seen.text)
        for row in rows
        for seen in (decode(row.details),)
    )


def _records(connection: Connection, domain: str, since: str) -> tuple[RecordChanged, ...]:
    mine = records.c.domain == domain
    rows = connection.execute(select(records).where(mine, records.c.at >= since).order_by(records.c.id))
    decode = msgspec.json.Decoder(list[str]).decode
    return tuple(RecordChanged(row.name, row.type, decode(row.old), decode(row.new), row.at) for row in rows)


def _standing(connection: Connection, domain: str) -> tuple[Standing, ...]:
    rows = connection.execute(
        select(findings).where(findings.c.domain == domain, findings.c.until.is_(None)).order_by(findings.c.id)
    )
    return tuple(Standing(row.check_id, row.code, row.about, row.severity, row.text, row.since) for row in rows)


def last_report(connection: Connection, domain: str) -> bytes | None:
    """The latest report in JSON."""
    last = select(domains.c.report_id).where(domains.c.domain == domain).scalar_subquery()
    row = connection.execute(select(reports.c.packed, reports.c.same_as).where(reports.c.id == last)).first()
    if row is None:
        return None
    packed = row.packed
    if packed is None:
        packed = connection.execute(select(reports.c.packed).where(reports.c.id == row.same_as)).scalar()
    return None if packed is None else zlib.decompress(packed)
