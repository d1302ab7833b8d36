"""Every table and key of healthcheck.toml. docs/configuration.md has a line for each, and a test that compares.

Times are text (`6h`): `times.seconds` reads them, and the properties here give seconds. Paths are relative to the folder
of the file. `read.py` has checked whatever stands in these values; nobody else makes them from what a person wrote.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from healthcheck.config.secrets import Secret
from healthcheck.config.times import LENGTH_PATTERN, seconds

Length = Annotated[str, Meta(pattern=LENGTH_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=253)]
Times = Annotated[int, Meta(ge=1, le=100)]
Percent = Annotated[float, Meta(ge=0, le=100)]
SeverityWord = Literal["info", "notice", "warning", "error", "critical"]
AlertSeverity = Literal["info", "warning", "error", "critical"]

OFF = "off"
"""In [severity]: the finding is told, and counts for nothing."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: what it does not know is an error."""


class StreamTable(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[domain.stream]]: one way in which the domain sends. The Author Domain is that of the domain."""

    name: Name
    mail_from: str = ""
    """An address or a domain; <> for the null return path."""
    helo: str = ""
    ips: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    """Selectors of the domain itself, or whole names of keys: s1._domainkey.example.net."""


class Defaults(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[defaults]: what holds for every domain that does not say otherwise."""

    ips: tuple[str, ...] = ()
    """Addresses that send its mail."""
    selectors: tuple[str, ...] = ()
    """DKIM selectors, or whole names of keys."""
    mail_from: str = ""
    """The return path: its domain, or an address in it."""
    helo: str = ""
    """The name that the sending servers give in EHLO."""
    audience: tuple[str, ...] = ()
    """Mailbox providers whose requirements are judged: gmail, yahoo ... or all."""
    lists: tuple[str, ...] = ()
    """Blocklists: "default", "all", a zone, or "-zone" for one that is left out."""
    accounts: tuple[str, ...] | None = None
    """Of [accounts], those that are used for this domain; all where nothing is said."""
    logs: tuple[str, ...] = ()
    """Mail logs that tell what became of its mail."""
    events: tuple[str, ...] = ()
    """Events of sending services."""
    bounces: tuple[str, ...] = ()
    """Bounce mails, or folders of them."""
    reports: tuple[str, ...] = ()
    """DMARC aggregate reports."""
    last: Length = "7d"
    """How far back logs, events and bounces are counted."""
    interval: Length | None = None
    """How often it is examined; that of [monitor] where nothing is said."""
    tags: tuple[str, ...] = ()
    """Words of your own, by which alerts are chosen."""
    deep: bool = False
    """Try every known DKIM selector."""


class Domain(Defaults, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[domain]]: a domain to examine, with all that its options would say. Defaults are merged in already."""

    name: Name
    stream: tuple[StreamTable, ...] = ()

    @property
    def interval_seconds(self) -> int | None:
        """How often it is examined, in seconds; None where it says nothing."""
        return None if self.interval is None else seconds(self.interval)


class RunTable(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[run]: what holds for a run, whatever it examines."""

    resolvers: tuple[str, ...] = ()
    """Resolvers to ask, HOST[:PORT], in order; those of the system where nothing is said."""
    timeout: Annotated[float, Meta(gt=0, le=86400)] | None = None
    """Seconds that the whole run may take."""


class Ignore(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[ignore]]: a waiver. What it matches is told and counted as ignored, until it expires."""

    id: Name
    """A code, the id of a check, or the words that one begins with."""
    domain: Name
    """The domain, or a pattern: *.parked.example, *."""
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    expires: date | None = None
    """The last day on which it holds."""
    permanent: bool = False


class Confirmations(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[monitor.confirmations]: how often in a row a status is seen before it counts."""

    network: Times = 2
    """A change for the worse of what hangs on a network."""
    content: Times = 1
    """A change for the worse of what a record says."""
    recovery: Times = 2
    unknown: Times = 3
    """Not being known."""


class Flapping(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[monitor.flapping]: percents of changes among the last 21 observations."""

    start: Percent = 50.0
    stop: Percent = 25.0


class Retention(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[monitor.retention]: how long is remembered."""

    reports: Length = "30d"
    """Whole reports."""
    days: Length = "400d"
    """One line a domain and day."""

    @property
    def reports_seconds(self) -> int:
        return seconds(self.reports)

    @property
    def days_seconds(self) -> int:
        return seconds(self.days)


class Monitor(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[monitor]: the watching of all domains."""

    every: Length = "1h"
    """How often each domain is examined."""
    repeat_after: Length | None = None
    """What is told and not over is told again after so long; never where nothing is said."""
    store: Secret | None = None
    """The URL of the store; SQLite in the state folder where nothing is said. Text is accepted where it holds no password."""
    confirmations: Confirmations = Confirmations()
    flapping: Flapping = Flapping()
    retention: Retention = Retention()


class AlertTable(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[alert]]: a channel that tells of changes. The whole URL is a secret, since it mostly holds one."""

    name: Name
    kind: Literal["webhook", "slack", "alertmanager", "pagerduty", "email", "apprise"]
    url: Secret | None = None
    """Where it is sent (webhook, slack, alertmanager, apprise); optional for pagerduty."""
    key: Secret | None = None
    """webhook: the key that signs; pagerduty: the integration key."""
    to: tuple[str, ...] = ()
    """email: who gets it."""
    sender: str = ""
    """email: From."""
    server: str = ""
    """email: HOST[:PORT] of the submission server."""
    user: str = ""
    """email: the account there."""
    password: Secret | None = None
    """email: its password."""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """email: how the connection is encrypted; none is for a server on this machine."""
    severities: tuple[AlertSeverity, ...] = ()
    """Only these; all where nothing is said."""
    domains: tuple[str, ...] = ()
    """Only these domains, by name or pattern."""
    tags: tuple[str, ...] = ()
    """Only domains with one of these tags."""


class Config(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    domain: tuple[Domain, ...] = ()
    defaults: Defaults = Defaults()
    run: RunTable = RunTable()
    accounts: dict[str, Secret] = {}
    """Keys of accounts, by the account: spamhaus, abusix ..."""
    thresholds: dict[str, float] = {}
    """Limits of rates by name, as --threshold sets them; shares are numbers of one here, whatever was written."""
    severity: dict[str, SeverityWord | Literal["off"]] = {}
    """A code, check or prefix -> how much it matters."""
    ignore: tuple[Ignore, ...] = ()
    monitor: Monitor = Monitor()
    alert: tuple[AlertTable, ...] = ()


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and where it is from: `path` is None where there is no file. Relative paths in it start at `folder`."""

    config: Config
    path: Path | None = None

    @property
    def folder(self) -> Path | None:
        return None if self.path is None else self.path.parent
