"""The monitor's memory: SQLite in a file of its own, or PostgreSQL by URL. Both pass the same tests.

What one look at a domain changes (its report, state, transitions, records, roll-up, and the end of its lease) is one
transaction, and so is what a telling changes (outbox, topics, what is told): a crash leaves either all of it or nothing, and
then the lease runs out and the domain is examined again.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from checks.bad_input import BadInput
from checks.model import Status
from healthcheck.extras import MissingExtra
from healthcheck.monitor.alert import Alert
from healthcheck.monitor.outbox import Outbox, Route, put
from healthcheck.monitor.reading import Observation
from healthcheck.monitor.state import Patience, Transition

if TYPE_CHECKING:
    from sqlalchemy import Engine  # an extra

    from healthcheck.monitor.history import History


class BadStore(BadInput):
    """A store that cannot be used; the message is one sentence, and holds no password."""


class StoreLost(Exception):
    """The store went away in the middle, or is full: what was not committed is done again in the next pass."""


class Examined(msgspec.Struct, frozen=True):
    """What one look at a domain changed. `changes` are by check; `first`: it was the baseline."""

    domain: str
    changes: tuple[tuple[str, Transition], ...] = ()
    first: bool = False


class Looked(msgspec.Struct, frozen=True):
    """How much a run has seen so far: it looked at `examined` domains, was `blind` for some of them, and of `dim` ones most
    was not known."""

    run: int
    examined: int
    blind: int = 0
    dim: int = 0


class Claim(msgspec.Struct, frozen=True):
    """Who wants domains, from `now` on for so many `seconds`, and which: those that are `due` by their last run (None: never).

    `known`: the last report of each domain when the pass began; what was examined since, by whomever, is not wanted.
    """

    holder: str
    now: str
    seconds: int
    due: Callable[[str, str | None], bool]
    known: Mapping[str, int] | None = None


class Keep(msgspec.Struct, frozen=True):
    """How long is remembered, in seconds."""

    reports: int = 30 * 86_400
    days: int = 400 * 86_400


def default_path(environ: "dict[str, str] | os._Environ[str]") -> Path:
    """Where the SQLite file is: systemd's state folder, else that of the user."""
    if folder := environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(folder) / "monitor.db"
    base = environ.get("XDG_STATE_HOME", "")
    # XDG Base Directory Specification: a path that is not absolute is to be ignored.
    home = Path(base) if base.startswith("/") else Path(environ.get("HOME") or "/").expanduser() / ".local" / "state"
    return home / "healthcheck" / "monitor.db"


def open_store(
    url: str | None, say: Callable[[str], None] | None, alive: Callable[[str], bool] | None = None
) -> "Store":
    """The store at a URL (sqlite:///FILE, postgresql://...), or in a file of the state folder.

    A broken SQLite file is renamed, said once, and begun anew; with `say` None, for who only reads, it is BadStore.
    BadStore where there is none to be had, MissingExtra where its library is missing. `alive` tells whether the holder of a lease
    may still be running; None where one cannot know.
    """
    try:
        import sqlalchemy  # noqa: F401 - an extra
    except ModuleNotFoundError:
        raise MissingExtra("the store of healthcheck monitor", "monitor") from None
    from healthcheck.monitor import engines  # an extra, as above

    return Store(engines.opened(url or f"sqlite:///{default_path(os.environ)}", say), alive or (lambda _: True))


class Store:
    """What is remembered. Every method is one transaction; times are RFC 3339 in UTC; StoreLost where the database fails."""

    def __init__(self, engine: "Engine", alive: Callable[[str], bool]) -> None:
        self._engine = engine
        self._alive = alive
        self.outbox = Outbox(engine)

    def begin(self, world: str, holder: str, now: str) -> int:
        """Begin a run; its id."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return keeping.begun(connection, world, holder, now)

    def lease(self, domains: Sequence[str], claim: Claim) -> tuple[str, ...]:
        """Of these domains, those that are ours for a while: nobody else has them, and they are due. A lease that ran out, or whose
        holder is gone, is taken over."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return keeping.leased(connection, domains, claim, self._alive)

    def commit(
        self, run: int, holder: str, seen: Sequence[Observation], patience: Patience, now: str
    ) -> tuple[Examined, ...]:
        """Remember reports of domains that are leased to us, and give the leases back. What is no longer ours is left out:
        somebody else has taken it over."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            ours = keeping.held(connection, [one.domain for one in seen], holder)
            found = tuple(keeping.kept(connection, run, one, patience, now) for one in seen if one.domain in ours)
            keeping.given_back(connection, holder, [one.domain for one in seen])
            return found

    def release(self, holder: str, domains: Sequence[str]) -> None:
        """Give leases back without a report."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            keeping.given_back(connection, holder, domains)

    def tell(self, looked: Looked, patience: Patience, route: Route, now: str) -> tuple[Alert, ...]:
        """End a run: make alerts of all that nobody was told of, and put them in the outbox."""
        from healthcheck.monitor import telling  # an extra

        with telling.transaction(self._engine) as connection:
            alerts = telling.told(connection, looked, patience, now)
            put(connection, alerts, route, now)
            return alerts

    def last_runs(self) -> dict[str, str]:
        """When each domain was last examined."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return keeping.last_runs(connection)

    def last_reports(self) -> dict[str, int]:
        """The number of each domain's last report: another one where it was examined since."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return keeping.last_reports(connection)

    def history(self, domain: str, since: str, now: str) -> "History | None":
        """What became of a domain since then; None for one that was never examined."""
        from healthcheck.monitor import history, keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return history.of(connection, domain, since, now)

    def last_report(self, domain: str) -> bytes | None:
        """The latest report in JSON (healthcheck.report/1); its times are those of the first that said the same."""
        from healthcheck.monitor import history, keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return history.last_report(connection, domain)

    def statuses(self, domain: str) -> dict[str, Status]:
        """The hard status of each check."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            return {
                check: remembered.state.hard for check, remembered in keeping.remembered(connection, domain).items()
            }

    def forget(self, domains: Iterable[str], route: Route, now: str) -> tuple[Alert, ...]:
        """Stop watching domains: what was told of them and is not over is ended, their history stays until it is old."""
        from healthcheck.monitor import telling  # an extra

        with telling.transaction(self._engine) as connection:
            alerts = telling.forgotten(connection, domains, now)
            put(connection, alerts, route, now)
            return alerts

    def prune(self, keep: Keep, now: str) -> None:
        """Forget what is older than it is to be kept."""
        from healthcheck.monitor import keeping  # an extra

        with keeping.transaction(self._engine) as connection:
            keeping.pruned(connection, keep.reports, keep.days, now)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
