"""What `healthcheck monitor` does: the plan, one round or a loop of them, what is printed and what is delivered."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping

import msgspec

from checks.bad_input import BadInput
from checks.model import Target, Verdict
from healthcheck.cli import configured, examine, lists, observe, options
from healthcheck.cli.monitor_alerts import Courier
from healthcheck.cli.output import must_be_writable, write
from healthcheck.cli.say import say
from healthcheck.config.model import Config, Loaded
from healthcheck.config.rules import applied
from healthcheck.config.times import seconds
from healthcheck.monitor import rounds, schedule
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import BadStore, Keep, Store, StoreLost, open_store
from healthcheck.monitor.times import after, seconds_between
from healthcheck.render import monitor as rendering
from healthcheck.run import utc_now
from healthcheck.world.choose import Choice, open_world

OUTPUT = "output"
"""The channel that is standard output: what a crash kept from being printed is printed by the next pass."""
FORGET_AFTER = 7 * 86_400
"""Seconds after which a domain that is no longer configured is given up: another configuration may share the store."""
CLAIMED = 60
"""Seconds in which what is claimed is printed."""
AUTO = "auto"
TICKS = 60
"""A loop looks so often in an interval whose turn it is."""
FAILS, UNUSABLE, NOT_KNOWN, UNDELIVERED, INTERRUPTED = 1, 2, 3, 4, 130


class NothingToWatch(BadInput):
    """A configuration without a domain; the message is one sentence."""


class Wish(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    domains: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    timeout: float
    every: str | None
    quiet: bool
    given: frozenset[str] = frozenset()
    """The names of the options that were typed."""


class Asked(msgspec.Struct, frozen=True):
    """Which world, which configuration, which store were asked for."""

    lab: bool
    zones: tuple[str, ...]
    overlays: tuple[str, ...]
    resolvers: tuple[str, ...]
    config: str | None
    store: str | None

    @property
    def offline(self) -> bool:
        return bool(self.lab or self.zones)


def store_url(loaded: Loaded, given: str | None) -> str | None:
    """The URL of the store: that of --store, else the configuration's, else None for the usual file."""
    if given:
        return given
    secret = loaded.config.monitor.store
    return None if secret is None else secret.value(os.environ, loaded.folder)


def opened(url: str | None, *, to_read: bool = False) -> Store:
    """The store, ready. BadStore where there is none to be had; who only reads sets no broken one aside."""
    return open_store(url, None if to_read else say, rounds.is_alive)


def watch(wish: Wish, asked: Asked) -> int:
    """Watch, once or for ever; the exit code."""
    found = configured.loaded_or_none(asked.config)
    loaded = found or Loaded(Config())
    configured.hold_accounts(found, offline=asked.offline)
    watched = Watched(wish, found, asked)
    courier = Courier(loaded)
    every = _interval(wish.every, loaded.config)
    must_be_writable(None)
    checks = examine.chosen(wish.only, wish.skip, watched.has_logs)
    timeout = configured.timeout_of(found, wish.timeout, wish.given)
    world = open_world(watched.choice(timeout))
    kept = watched.store()
    rules = configured.rules_of(found)
    plan = rounds.Plan(
        watched.targets(),
        checks,
        _patience(loaded.config),
        timeout,
        courier.route(OUTPUT),
        lambda report: applied(report, rules),
    )
    at_work = rounds.Watch(plan, kept, world, utc_now)
    try:
        if every is None:
            return asyncio.run(_once(at_work, wish, loaded.config, courier, watched.own))
        return asyncio.run(_for_ever(at_work, wish, loaded.config, courier, watched, every))
    except StoreLost as fault:
        say(f"{fault}; what was not remembered is examined again in the next pass")
        return UNUSABLE
    finally:
        at_work.store.close()


class Watched:
    """The domains that are watched: all that are configured, or what --domain names."""

    def __init__(self, wish: Wish, loaded: Loaded | None, asked: Asked) -> None:
        self._loaded = loaded
        self._asked = asked
        self._given = wish.given
        tables = {} if loaded is None else {table.name: table for table in loaded.config.domain}
        names = tuple(dict.fromkeys(map(options.author_domain, wish.domains))) or tuple(tables)
        if not names:
            raise NothingToWatch(
                "there is no domain to watch: write a [[domain]] table in healthcheck.toml, or give --domain NAME"
            )
        self._zones = lists.chosen_zones(None, None, "default", False, offline=asked.offline)
        self._plain = configured.with_tables(
            tuple(Target(name, lists=self._zones) for name in names),
            loaded,
            wish.given,
            offline=asked.offline,
            quiet=True,
        )
        self.has_logs = configured.has_logs(loaded, names)
        own = {name: tables[name].interval_seconds for name in names if name in tables}
        self.own = {name: seconds for name, seconds in own.items() if seconds is not None}
        """Seconds between two looks, of domains that say so themselves."""

    def targets(self) -> tuple[Target, ...]:
        """Their targets, with what their logs tell by now."""
        if not self.has_logs:
            return self._plain
        none: tuple[str, ...] = ()
        sources = observe.sources_of(
            none, none, none, none, (None, None, None, None), none, lab=self._asked.lab, quiet=True, configured=True
        )
        return configured.with_observed(self._plain, sources, self._loaded, self._given)

    def store(self) -> Store:
        """The store, ready: a broken file is set aside. BadStore where there is none to be had."""
        return opened(store_url(self._loaded or Loaded(Config()), self._asked.store))

    def every(self, usual: int) -> dict[str, int]:
        """Seconds between two looks, by domain."""
        return {target.domain: self.own.get(target.domain, usual) for target in self._plain}

    def choice(self, timeout: float) -> Choice:
        """The world that answers."""
        asked = self._asked
        resolvers = configured.resolvers_of(self._loaded, asked.resolvers, offline=asked.offline)
        accounts = configured.accounts_of(self._plain)
        return options.world_choice(asked.lab, asked.zones, asked.overlays, resolvers, timeout, accounts)


def _interval(given: str | None, config: Config) -> int | None:
    """Seconds of --every; `auto` is what the configuration says. None for one pass."""
    if given is None:
        return None
    return schedule.interval(config.monitor.every if given == AUTO else given)


def _patience(config: Config) -> Patience:
    often, flapping = config.monitor.confirmations, config.monitor.flapping
    again = config.monitor.repeat_after
    return Patience(
        often.network,
        often.content,
        often.recovery,
        often.unknown,
        float(flapping.start),
        float(flapping.stop),
        None if again is None else seconds(again),
    )


def _keep(config: Config) -> Keep:
    retention = config.monitor.retention
    return Keep(retention.reports_seconds, retention.days_seconds)


async def _once(at_work: rounds.Watch, wish: Wish, config: Config, courier: Courier, own: Mapping[str, int]) -> int:
    """One pass: every domain that nobody has examined since it began; what has an interval of its own, when its turn is."""
    async with _stopping() as stop:
        try:
            done = await at_work.round(
                lambda name, last: name not in own or schedule.is_due(name, own[name], last, utc_now()), stop
            )
        finally:
            await at_work.world.close()
        told = await _tell(at_work, courier, stop, once=True)
    if not wish.quiet:
        say(*courier.warnings)
        write(rendering.summary(done))
    await asyncio.to_thread(_tidied, at_work, config)
    if done.stopped:
        return INTERRUPTED
    if not told:
        return UNDELIVERED
    if done.verdicts.get(Verdict.FAIL):
        return FAILS
    return NOT_KNOWN if done.verdicts.get(Verdict.INCONCLUSIVE) else 0


async def _for_ever(
    at_work: rounds.Watch, wish: Wish, config: Config, courier: Courier, watched: Watched, usual: int
) -> int:
    """Rounds of those whose turn it is, until somebody ends it."""
    every = watched.every(usual)
    tick = min(max(1, min(every.values()) // TICKS), 60)
    tidied = ""
    async with _stopping() as stop:
        try:
            while not stop.is_set():
                try:
                    await _turn(at_work, wish, watched, every, stop)
                    await _tell(at_work, courier, stop, once=False)
                    if (today := utc_now()[:10]) != tidied:
                        await asyncio.to_thread(_tidied, at_work, config)
                        tidied = today
                except StoreLost as fault:
                    say(f"{fault}; trying again in {tick} s")
                    await asyncio.to_thread(_opened_anew, at_work, watched)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), tick)
        finally:
            await at_work.world.close()
    return 0


def _opened_anew(at_work: rounds.Watch, watched: Watched) -> None:
    """A file that broke under us would stay broken; a database that does not answer now is the same one when it does."""
    with contextlib.suppress(BadStore):
        fresh = watched.store()
        at_work.store.close()
        at_work.store = fresh


async def _turn(
    at_work: rounds.Watch, wish: Wish, watched: Watched, every: Mapping[str, int], stop: asyncio.Event
) -> None:
    """Examine those whose turn it is, if there are any."""
    now = utc_now()
    last = await asyncio.to_thread(at_work.store.last_runs)
    if not any(schedule.is_due(name, seconds, last.get(name), now) for name, seconds in every.items()):
        return
    if watched.has_logs:
        at_work.retarget(await asyncio.to_thread(watched.targets))
    done = await at_work.round(lambda name, latest: schedule.is_due(name, every[name], latest, utc_now()), stop)
    if not wish.quiet and done.examined:
        write(f"{now}  {rendering.summary(done)}")


@contextlib.asynccontextmanager
async def _stopping() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
            loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)


async def _tell(at_work: rounds.Watch, courier: Courier, stop: asyncio.Event, *, once: bool) -> bool:
    """Print what changed, and deliver it; True where everybody was told."""
    await asyncio.to_thread(_printed, at_work.store)
    return await asyncio.to_thread(courier.deliver, at_work.store.outbox, (OUTPUT,), stop.is_set, once=once)


def _printed(store: Store) -> None:
    """Print the alerts that nobody printed yet. What is printed and then not noted, for a crash, is printed once more."""
    while waiting := store.outbox.claim((OUTPUT,), utc_now(), after(utc_now(), CLAIMED)):
        write(rendering.alerts(one.alert for one in waiting))
        for one in waiting:
            store.outbox.sent(one.id, utc_now())


def _tidied(at_work: rounds.Watch, config: Config) -> None:
    """Forget what is old, and domains that nobody watches any more."""
    now = utc_now()
    at_work.store.prune(_keep(config), now)
    watched = {target.domain for target in at_work.plan.targets}
    last = at_work.store.last_runs()
    gone = [name for name, when in last.items() if name not in watched and seconds_between(when, now) > FORGET_AFTER]
    at_work.store.forget(gone, at_work.plan.route, now)
