"""One round: lease the domains whose turn it is, examine them side by side, remember each, tell what changed.

Memory stays flat however many domains there are: reports are remembered a few at a time and not kept, and answers are shared
by the domains of a stretch only. A round that is stopped gives its leases back, and what was examined is remembered.
"""

import asyncio
import os
import socket
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic

import msgspec

from checks.model import AnyCheck, Status, Target, Verdict
from healthcheck.engine import examine
from healthcheck.monitor.alert import Alert
from healthcheck.monitor.outbox import Route
from healthcheck.monitor.reading import Observation, read
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import Claim, Looked, Store
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world import World

AT_ONCE = 48
"""Domains examined side by side: enough that at 20 ms a question the processor is never idle (measured: 16 leave a third of the
time unused). How many questions are in flight at a server is kept by net/."""
LEASED = 32
"""Domains leased at a time: more would wait for us while another monitor has nothing to do."""
TOGETHER = 16
"""Reports remembered in one transaction."""
STRETCH = 200
"""Domains that share answers. A thousand clients of one provider ask for its records five times, and not a thousand."""


class Plan(msgspec.Struct, frozen=True):
    """What is watched. `timeout`: seconds that one domain may take, at least; `route`: which channels an alert is for;
    `settle` applies the owner's rules to a report."""

    targets: tuple[Target, ...]
    checks: tuple[AnyCheck, ...]
    patience: Patience
    timeout: float
    route: Route
    settle: Callable[[Report], Report] = lambda report: report


class Round(msgspec.Struct, frozen=True):
    """What came of a round. `failing` are the domains that fail with the checks that do, the first MOST_LISTED of them;
    `open` those that are inconclusive, with the checks that leave them so."""

    examined: int
    verdicts: dict[Verdict, int]
    baselines: int
    blind: int
    failing: tuple[tuple[str, tuple[str, ...]], ...]
    alerts: tuple[Alert, ...]
    seconds: float
    stopped: bool = False
    open: tuple[tuple[str, tuple[str, ...]], ...] = ()


MOST_LISTED = 20


def holder_name() -> str:
    """Who we are, in a lease: another process on this machine can see whether we are still there."""
    return f"{socket.gethostname()}:{os.getpid()}:{_born(os.getpid())}:{uuid.uuid4().hex[:8]}"


def is_alive(holder: str) -> bool:
    """False where the holder was a process of this machine that is gone; True where one cannot know."""
    host, _, rest = holder.partition(":")
    pid, _, rest = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _born(int(pid)) == rest.partition(":")[0]


def _born(pid: int) -> str:
    """When a process began, in ticks since the machine did: the same number may be another process's by now."""
    with suppress(OSError, IndexError, UnicodeDecodeError), open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[19]
    return ""


class Watch:
    """A monitor at work: its plan, its store, its world and its clock (`now` gives RFC 3339 in UTC)."""

    def __init__(self, plan: Plan, store: Store, world: World, now: Callable[[], str]) -> None:
        self.plan = plan
        self.store = store
        self.world = world
        self.now = now
        self.holder = holder_name()
        self._targets = {target.domain: target for target in plan.targets}
        self._known: dict[str, int] = {}

    async def round(self, due: Callable[[str, str | None], bool], stop: asyncio.Event | None = None) -> Round:
        """Examine every domain that is due (by name and last run) and that nobody else has; tell what changed."""
        started = monotonic()
        tally = _Tally()
        self._known = await asyncio.to_thread(self.store.last_reports)
        run = await asyncio.to_thread(self.store.begin, self.world.name, self.holder, self.now())
        at_work = asyncio.create_task(self._examine(run, due, tally))
        stopping = asyncio.create_task(stop.wait()) if stop is not None else None
        try:
            await asyncio.wait([at_work] + ([stopping] if stopping else []), return_when=asyncio.FIRST_COMPLETED)
            stopped = not at_work.done()
        finally:
            for task in (at_work, stopping):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*filter(None, (at_work, stopping)), return_exceptions=True)
        if not stopped:
            _raised(at_work.exception())
        looked = Looked(run, tally.examined, tally.blind, tally.dim)
        alerts = await asyncio.to_thread(self.store.tell, looked, self.plan.patience, self.plan.route, self.now())
        return tally.round(alerts, monotonic() - started, stopped)

    async def _examine(self, run: int, due: Callable[[str, str | None], bool], tally: "_Tally") -> None:
        """The workers: each takes the next domain when it is done with one, so that a slow one holds back nobody."""
        supply = _Supply(self, due)
        shared = _Shared(self.world, self.plan.timeout)
        waiting: list[Observation] = []

        async def work() -> None:
            while (target := await supply.next()) is not None:
                report = await examine(target, self.plan.checks, shared.run())
                waiting.append(read(self.plan.settle(report)))
                if len(waiting) >= TOGETHER:
                    await keep()

        async def keep() -> None:
            some = waiting[:]
            waiting.clear()
            if some:
                await asyncio.shield(asyncio.create_task(self._keep(run, some, tally)))
                supply.leased.difference_update(seen.domain for seen in some)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(self.plan.targets))):
                    group.create_task(work())
            await keep()
        finally:
            if waiting:  # stopped: what was examined is remembered
                self._tallied(
                    self.store.commit(run, self.holder, waiting, self.plan.patience, self.now()), waiting, tally
                )
            self.store.release(self.holder, sorted(supply.leased))

    async def _keep(self, run: int, some: Sequence[Observation], tally: "_Tally") -> None:
        now = self.now()
        kept = await asyncio.to_thread(self.store.commit, run, self.holder, some, self.plan.patience, now)
        self._tallied(kept, some, tally)

    def _tallied(self, kept: Sequence[object], some: Sequence[Observation], tally: "_Tally") -> None:
        ours = {getattr(one, "domain", ""): getattr(one, "first", False) for one in kept}
        for seen in some:
            if seen.domain in ours:
                tally.add(seen, ours[seen.domain])

    def retarget(self, targets: Sequence[Target]) -> None:
        """The same domains with what is known of them by now: their logs go on."""
        self._targets = {target.domain: target for target in targets}

    def claim(self, due: Callable[[str, str | None], bool]) -> Claim:
        """What we say when we lease domains: long enough for the slowest of them."""
        return Claim(self.holder, self.now(), int(2 * self.plan.timeout) + 120, due, self._known)

    def target(self, domain: str) -> Target:
        """The target of a domain of the plan."""
        return self._targets[domain]


def _raised(fault: BaseException | None) -> None:
    """Raise what ended the work: of several workers that broke, what the first one met."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    if fault is not None:
        raise fault


class _Supply:
    """Hands out leased targets, one after the other."""

    def __init__(self, watch: Watch, due: Callable[[str, str | None], bool]) -> None:
        self._watch = watch
        self._due = due
        self._chunks = _chunks(list(watch._targets))
        self._ready: list[str] = []
        self._lock = asyncio.Lock()
        self.leased: set[str] = set()

    async def next(self) -> Target | None:
        """The next target, None where there is none left."""
        async with self._lock:
            while not self._ready:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return None
                mine = await asyncio.to_thread(self._watch.store.lease, chunk, self._watch.claim(self._due))
                self.leased.update(mine)
                self._ready = list(reversed(mine))
            return self._watch.target(self._ready.pop())


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), LEASED):
        yield names[first : first + LEASED]


class _Shared:
    """The run that the next domain is a part of: after a while another one, lest all answers of the world be kept."""

    def __init__(self, world: World, timeout: float) -> None:
        self._world = world
        self._timeout = timeout
        self._left = 0
        self._until = 0.0
        self._run: Run | None = None

    def run(self) -> Run:
        """A run that has at least the timeout left."""
        if self._run is None or self._left <= 0 or monotonic() > self._until:
            self._run = Run(self._world, 2 * self._timeout, targets=STRETCH)
            self._left, self._until = STRETCH, monotonic() + self._timeout
        self._left -= 1
        return self._run


def _left_open(seen: Observation) -> tuple[str, ...]:
    """The checks that leave a report inconclusive: what merely was not told is a notice."""
    return tuple(
        one.check for one in seen.checks if one.status is Status.UNKNOWN and one.severity not in ("info", "notice")
    )


class _Tally:
    """Counts what was seen."""

    def __init__(self) -> None:
        self.examined = self.blind = self.dim = self.baselines = 0
        self._verdicts: Counter[Verdict] = Counter()
        self._failing: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[tuple[str, tuple[str, ...]]] = []

    def add(self, seen: Observation, first: bool) -> None:
        """One more report."""
        self.examined += 1
        self.blind += seen.blind
        self.dim += seen.dim and not seen.blind
        self.baselines += first
        self._verdicts[seen.verdict] += 1
        if seen.verdict is Verdict.FAIL and len(self._failing) < MOST_LISTED:
            self._failing.append((seen.domain, tuple(one.check for one in seen.checks if one.status is Status.FAIL)))

        if seen.verdict is Verdict.INCONCLUSIVE and len(self._open) < MOST_LISTED:
            self._open.append((seen.domain, _left_open(seen)))

    def round(self, alerts: tuple[Alert, ...], seconds: float, stopped: bool) -> Round:
        """All of it."""
        failing, left = tuple(sorted(self._failing)), tuple(sorted(self._open))
        counts = (self.examined, dict(self._verdicts), self.baselines, self.blind)
        return Round(*counts, failing, alerts, seconds, stopped, left)
