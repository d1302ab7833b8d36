"""Watching: a store, reports that are made up, and a clock that is given."""

from checks.model import Status, Verdict
from healthcheck.monitor.reading import Bad, Observation, Seen
from healthcheck.monitor.store import Claim, Store
from healthcheck.monitor.times import after

NOON = "2026-11-22T12:00:00Z"
PASS, WARN, FAIL, UNKNOWN, SKIPPED = Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN, Status.SKIPPED


def at(hours: float) -> str:
    """The time so many hours after noon."""
    return after(NOON, hours * 3600)


def seen(check: str, status: Status, blamed: tuple[str, ...] = ()) -> Seen:
    """One check as a report told it."""
    if status in (PASS, SKIPPED):
        return Seen(check, status)
    severity = {FAIL: "error", WARN: "warning", UNKNOWN: "warning"}[status]
    text = f"{check} is {status.value}" + (f" because of {', '.join(blamed)}" if blamed else "")
    return Seen(check, status, f"{check}.{status.value}", severity, text, "Mend it.", blamed)


def observation(
    domain: str,
    *checks: Seen,
    now: str = NOON,
    published: dict[str, list[str]] | None = None,
    blind: bool = False,
    dim: bool = False,
) -> Observation:
    """A report of a domain, as far as it is remembered."""
    statuses = {one.status for one in checks}
    verdict = Verdict.FAIL if FAIL in statuses else Verdict.INCONCLUSIVE if UNKNOWN in statuses else Verdict.PASS
    if blind:
        verdict = Verdict.INCONCLUSIVE
    bad = tuple(
        Bad(one.check, one.code, domain, one.severity, one.text) for one in checks if one.status in (WARN, FAIL)
    )
    digest = repr((checks, published))
    raw = f'{{"domain": "{domain}", "digest": {len(digest)}}}'.encode()
    return Observation(domain, now, "lab", verdict, 0.1, checks, bad, published or {}, blind, dim, digest, raw)


def claim(holder: str = "me", now: str = NOON, seconds: int = 600, due: bool = True) -> Claim:
    """A wish for domains."""
    return Claim(holder, now, seconds, lambda _domain, _last: due)


def to_output(_alert: object) -> tuple[str, ...]:
    """Every alert to one channel."""
    return ("output",)


def told(store: Store) -> list[tuple[str, str]]:
    """What is in the outbox: the kind and the title of each, oldest first."""
    return [(one.alert.kind.value, one.alert.title) for one in store.outbox.undelivered()]
