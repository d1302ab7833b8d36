"""What happens in the tables when domains are examined. Each function is a part of somebody's transaction.

Needs SQLAlchemy (extra `monitor`).
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Engine, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from checks.model import Status, Verdict
from healthcheck.monitor.reading import Bad, Observation, Seen, hangs_on_network
from healthcheck.monitor.state import Look, Patience, State, Transition, baseline, observe
from healthcheck.monitor.store import Claim, Examined, StoreLost
from healthcheck.monitor.tables import (
    days,
    domains,
    findings,
    leases,
    outbox,
    records,
    reports,
    runs,
    state,
    topics,
    transitions,
)
from healthcheck.monitor.times import after

_LEVEL = 6
_WORST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.SKIPPED)
_OF_VERDICT = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "inconclusive"}


_DECODER = msgspec.json.Decoder(State)
# Written once: SQLAlchemy takes longer to put a statement together than a database to carry it out.
_OF: BindParameter[Any] = bindparam("of")
_DAY: BindParameter[str] = bindparam("of_day")
_CHECK: BindParameter[str] = bindparam("of_check")
_DOMAIN = select(domains).where(domains.c.domain == _OF)
_SEEN = update(domains).where(domains.c.domain == _OF)
_WORLD = (
    select(runs.c.world)
    .join(reports, reports.c.run_id == runs.c.id)
    .join(domains, domains.c.report_id == reports.c.id)
    .where(domains.c.domain == _OF)
)
_REPORT = select(reports.c.id, reports.c.digest, reports.c.same_as).where(reports.c.id == _OF)
_FINDINGS = select(findings).where(findings.c.domain == _OF, findings.c.until.is_(None))
_STATES = select(state).where(state.c.domain == _OF)
_STATE = update(state).where(state.c.domain == _OF, state.c.check_id == _CHECK)
_TODAY = select(days).where(days.c.domain == _OF, days.c.day == _DAY)
_COUNTED = {
    word: update(days)
    .where(days.c.domain == _OF, days.c.day == _DAY)
    .values({"worst": bindparam("now_worst"), "runs": days.c.runs + 1, word: days.c[word] + 1})
    for word in _OF_VERDICT.values()
}


class Remembered(msgspec.Struct, frozen=True):
    """The state of one check with the topics that it is in."""

    state: State
    topic: str | None
    lost_topic: str | None


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All of it or nothing. StoreLost where the database fails."""
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as fault:
        words = " ".join(str(fault.orig).split())[:200]
        raise StoreLost(f"the store failed: {words}") from fault
    except (msgspec.DecodeError, zlib.error) as fault:
        # The pages fit together (engines looks at them) and what is in them is not ours: no bug, and not mended by itself.
        words = " ".join(str(fault).split())[:200]
        raise StoreLost(f"the store is damaged, move it away to begin a new one: {words}") from fault


def begun(connection: Connection, world: str, holder: str, now: str) -> int:
    """A new run; its id."""
    made = connection.execute(insert(runs).values(started=now, world=world, holder=holder, examined=0, blind=0))
    key: int = made.inserted_primary_key[0]  # type: ignore[index]
    return key


def leased(connection: Connection, names: Sequence[str], claim: Claim, alive: Callable[[str], bool]) -> tuple[str, ...]:
    """Those that are ours now."""
    holder, now, seconds, due = claim.holder, claim.now, claim.seconds, claim.due
    until = after(now, seconds)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE")  # SQLite locks all there is
    taken = {row.domain: row for row in connection.execute(select(leases).where(leases.c.domain.in_(names)))}
    wanted = (
        select(domains.c.domain, domains.c.last_run, domains.c.report_id, runs.c.holder, runs.c.finished)
        .outerjoin(reports, reports.c.id == domains.c.report_id)
        .outerjoin(runs, runs.c.id == reports.c.run_id)
        .where(domains.c.domain.in_(names))
    )
    last = {row.domain: row for row in connection.execute(wanted)}
    ours = []
    for name in names:
        held_by, seen = taken.get(name), last.get(name)
        if held_by is not None and held_by.holder != holder:
            # One that ends later than any that could be given now is of a clock that has since been put back.
            running = now < held_by.until <= after(now, 2 * seconds) and alive(held_by.holder)
            if running:
                continue
        if claim.known is not None and seen is not None:
            if seen.report_id != claim.known.get(name):
                continue  # somebody examined it since our pass began
            recent = after(now, -2 * seconds) < seen.last_run <= now
            if recent and seen.finished is None and seen.holder not in (None, holder) and alive(seen.holder):
                continue  # a pass that is still under way has just done it
        if due(name, seen.last_run if seen is not None else None):
            ours.append(name)
    connection.execute(delete(leases).where(leases.c.domain.in_(ours)))
    if ours:
        connection.execute(insert(leases), [{"domain": name, "holder": holder, "until": until} for name in ours])
    return tuple(ours)


def held(connection: Connection, names: Sequence[str], holder: str) -> set[str]:
    """Those whose lease is still ours."""
    wanted = select(leases.c.domain).where(leases.c.domain.in_(names), leases.c.holder == holder)
    if connection.dialect.name == "postgresql":
        wanted = wanted.with_for_update()
    return set(connection.execute(wanted).scalars())


def given_back(connection: Connection, holder: str, names: Sequence[str]) -> None:
    """Leases that are not needed any more."""
    connection.execute(delete(leases).where(leases.c.domain.in_(names), leases.c.holder == holder))


def remembered(connection: Connection, domain: str) -> dict[str, Remembered]:
    """What is remembered of each check of a domain."""
    return {
        row.check_id: Remembered(_DECODER.decode(row.packed), row.topic, row.lost_topic)
        for row in connection.execute(_STATES, {"of": domain})
    }


def kept(connection: Connection, run: int, seen: Observation, patience: Patience, now: str) -> Examined:
    """Remember one report and all that follows from it."""
    _of_this_world(connection, seen)
    known = connection.execute(_DOMAIN, {"of": seen.domain}).first()
    report = _report_kept(connection, run, seen, known.report_id if known is not None else None)
    published = _records_kept(connection, seen, known.published if known is not None else None, now)
    row = {"last_run": now, "report_id": report, "published": published}
    if known is None:
        connection.execute(insert(domains), {"domain": seen.domain, **row})
    else:
        connection.execute(_SEEN, {"of": seen.domain, **row})
    _day_counted(connection, seen, now)
    if seen.blind:  # it says nothing of the domain: what was known stands
        return Examined(seen.domain)
    _findings_kept(connection, seen, now)
    return _states_kept(connection, run, seen, patience, now)


def _of_this_world(connection: Connection, seen: Observation) -> None:
    """What was known from another world (the lab, a zone file, the network) is forgotten: it is another domain of that name."""
    if connection.execute(_WORLD, {"of": seen.domain}).scalar() in (None, seen.world):
        return
    from healthcheck.monitor.telling import dropped  # it needs this module

    dropped(connection, [seen.domain])
    connection.execute(
        update(findings).where(findings.c.domain == seen.domain, findings.c.until.is_(None)).values(until=seen.at)
    )


def _report_kept(connection: Connection, run: int, seen: Observation, last: int | None) -> int:
    before = None
    if last is not None:
        before = connection.execute(_REPORT, {"of": last}).first()
    same = before is not None and before.digest == seen.digest
    made = connection.execute(
        insert(reports),
        {
            "run_id": run,
            "domain": seen.domain,
            "at": seen.at,
            "verdict": seen.verdict.value,
            "seconds": seen.seconds,
            "digest": seen.digest,
            "same_as": (before.same_as or before.id) if same and before is not None else None,
            "packed": None if same else zlib.compress(seen.raw, _LEVEL),
        },
    )
    key: int = made.inserted_primary_key[0]  # type: ignore[index]
    return key


def _records_kept(connection: Connection, seen: Observation, packed: bytes | None, now: str) -> bytes:
    """Note the records that are others now; what could not be looked at is as it was."""
    before: dict[str, list[str]] = msgspec.json.decode(zlib.decompress(packed)) if packed else {}
    changed = [
        {
            "domain": seen.domain,
            "name": key.rpartition(" ")[0],
            "type": key.rpartition(" ")[2],
            "old": msgspec.json.encode(before[key]).decode(),
            "new": msgspec.json.encode(told).decode(),
            "at": now,
        }
        for key, told in seen.published.items()
        if key in before and before[key] != told
    ]
    if changed:
        connection.execute(insert(records), changed)
    after_all = {**before, **seen.published}
    if packed is not None and after_all == before:
        return packed
    return zlib.compress(msgspec.json.encode(after_all, order="sorted"), _LEVEL)


def _day_counted(connection: Connection, seen: Observation, now: str) -> None:
    """The daily roll-up: the worst verdict counts, one that was blind only where there is no other."""
    day = now[:10]
    word = _OF_VERDICT[seen.verdict]
    mine = {"of": seen.domain, "of_day": day}
    old = connection.execute(_TODAY, mine).first()
    status = _worst(seen)
    if old is None:
        counts = dict.fromkeys(_OF_VERDICT.values(), 0) | {word: 1}
        connection.execute(
            insert(days), {"domain": seen.domain, "day": day, "worst": status.value, "runs": 1, **counts}
        )
        return
    worst = min(Status(old.worst), status, key=_WORST.index)
    connection.execute(_COUNTED[word], {**mine, "now_worst": worst.value})


def _worst(seen: Observation) -> Status:
    """The status of the whole report, as one letter of the strip tells it."""
    if seen.verdict is Verdict.FAIL:
        return Status.FAIL
    if seen.verdict is Verdict.INCONCLUSIVE:
        return Status.UNKNOWN
    return Status.WARN if any(one.status is Status.WARN for one in seen.checks) else Status.PASS


def _findings_kept(connection: Connection, seen: Observation, now: str) -> None:
    """Findings of warning or worse, each with the time it was there. Where the check could not look, they stay."""
    open_now = connection.execute(_FINDINGS, {"of": seen.domain})
    there = {(row.check_id, row.code, row.about): row for row in open_now}
    dark = {one.check for one in seen.checks if one.status is Status.UNKNOWN}
    looked = {one.check for one in seen.checks}
    now_bad: dict[tuple[str, str, str], Bad] = {(one.check, one.code, one.about): one for one in seen.bad}
    over = [
        row.id
        for key, row in there.items()
        if key not in now_bad and row.check_id in looked and row.check_id not in dark
    ]
    if over:
        connection.execute(update(findings).where(findings.c.id.in_(over)).values(until=now))
    fresh = [
        {
            "domain": seen.domain, "check_id": one.check, "code": one.code, "about": one.about, "severity": one.severity,
            "text": one.text, "since": now,
        }
        for key, one in now_bad.items() if key not in there
    ]  # fmt: skip
    if fresh:
        connection.execute(insert(findings), fresh)


def _states_kept(connection: Connection, run: int, seen: Observation, patience: Patience, now: str) -> Examined:
    before = remembered(connection, seen.domain)
    changes: list[tuple[Seen, Transition]] = []
    new, changed = [], []
    for one in seen.checks:
        old = before.get(one.check)
        if old is None:
            new.append((one.check, baseline(one.status, now, one.why)))
            continue
        after_it, change = observe(old.state, Look(one.status, hangs_on_network(one.check), one.why), now, patience)
        if after_it != old.state:
            changed.append((one.check, after_it))
        if change is not None:
            changes.append((one, change))
    if new:
        connection.execute(
            insert(state),
            [{"domain": seen.domain, "check_id": check, **_packed(each)} for check, each in new],
        )
    if changed:
        connection.execute(_STATE, [{"of": seen.domain, "of_check": check, **_packed(each)} for check, each in changed])
    if changes:
        connection.execute(
            insert(transitions), [_transition(run, seen.domain, one, change, now) for one, change in changes]
        )
    return Examined(seen.domain, tuple((one.check, change) for one, change in changes), not before)


def _packed(each: State) -> dict[str, str]:
    return {"packed": msgspec.json.encode(each).decode(), "hard": each.hard.value}


def _transition(run: int, domain: str, seen: Seen, change: Transition, now: str) -> dict[str, object]:
    return {
        "run_id": run,
        "domain": domain,
        "check_id": seen.check,
        "old": change.old.value,
        "new": change.new.value,
        "since": change.since,
        "at": now,
        "news": None if change.news is None else change.news.value,
        "found": change.found,
        "untold": change.news is not None or change.found,
        "details": msgspec.json.encode(seen.told(change.reasons)).decode(),
    }


def last_reports(connection: Connection) -> dict[str, int]:
    """The id of each domain's last report."""
    wanted = select(domains.c.domain, domains.c.report_id).where(domains.c.report_id.is_not(None))
    return {row.domain: row.report_id for row in connection.execute(wanted)}


def last_runs(connection: Connection) -> dict[str, str]:
    """When each domain was last examined."""
    wanted = select(domains.c.domain, domains.c.last_run).where(domains.c.last_run.is_not(None))
    return {row.domain: row.last_run for row in connection.execute(wanted)}


def pruned(connection: Connection, reports_for: int, days_for: int, now: str) -> None:
    """Forget what is old. A whole report stays as long as a younger one refers to it."""
    raw, rolled = after(now, -reports_for), after(now, -days_for)
    current = select(domains.c.report_id).where(domains.c.report_id.is_not(None))
    younger = reports.alias()
    referred = exists().where(younger.c.same_as == reports.c.id, (younger.c.at >= raw) | younger.c.id.in_(current))
    connection.execute(delete(reports).where(reports.c.at < raw, reports.c.id.not_in(current), ~referred))
    used = exists().where(reports.c.run_id == runs.c.id)
    connection.execute(delete(runs).where(runs.c.started < raw, ~used))
    connection.execute(delete(findings).where(findings.c.until < rolled))
    connection.execute(delete(transitions).where(transitions.c.at < rolled, transitions.c.untold.is_(False)))
    connection.execute(delete(records).where(records.c.at < rolled))
    connection.execute(delete(days).where(days.c.day < rolled[:10]))
    # What was told and is not over stays: its end goes where it went, and an Alertmanager is told again that it stands.
    over = outbox.c.dedup_key.not_in(select(topics.c.key))
    connection.execute(delete(outbox).where(func.coalesce(outbox.c.sent, outbox.c.given_up) < raw, over))
