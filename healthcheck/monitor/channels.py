"""Channels: whoever is told. Each is a table [[alert]] of the configuration, and sends one alert at a time.

channels_http.py     webhook (signed), slack, alertmanager, pagerduty
channels_mail.py     e-mail
channels_apprise.py  everything else, by the library of that name (extra `notify`)

A secret is fetched when something is to be sent, and never stands in a `repr`, an error or a log. Sending raises nothing:
what became of it is a value, Told or Untold.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from checks.bad_input import BadInput
from checks.text import inert
from healthcheck.config.model import AlertTable
from healthcheck.config.patterns import matches
from healthcheck.config.secrets import BadSecret, Secret
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.secret_values import SecretValues

LONGEST_TITLE = 500
LONGEST_WORDS = 200
"""Characters that are shown of what a receiver said."""
_SHORTEST_SECRET = 8
"""Characters of a part of an address that may be a token: shorter ones are words."""


class Told(msgspec.Struct, frozen=True):
    """It was delivered. `note`: what the receiver said, to go on after "it". `partly`: not to everybody, and another try would
    tell the others twice."""

    note: str = ""
    partly: bool = False


class Untold(msgspec.Struct, frozen=True):
    """It was not delivered. `why` goes on after "it", and holds no secret. `again`: another try may help; `wait`: the seconds
    that the receiver asks for before. `ours`: something must be mended on our side first, and until then the alert is kept."""

    why: str
    again: bool = True
    wait: float | None = None
    ours: bool = False


Fate = Told | Untold


class Channel:
    """One table [[alert]]. `repr` names it and tells nothing else."""

    __slots__ = ("__environment", "__folder", "table")

    def __init__(self, table: AlertTable, environment: Mapping[str, str], folder: Path | None = None) -> None:
        self.table = table
        self.__environment = environment
        self.__folder = folder

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def opens(self) -> bool:
        """True where what is told stays open at the receiver until its end is told."""
        return self.table.kind in ("alertmanager", "pagerduty")

    def send(self, alert: Alert, before: Alert | None = None) -> Fate:
        """Send it. `before`: what was last sent here under the same dedup key, None where nothing was. It blocks."""
        try:
            return self._speak(alert, before)
        except BadSecret as fault:
            return Untold(f"has a secret that cannot be had: {fault}", ours=True)
        except BadInput as fault:
            return Untold(f"cannot be used: {fault}", ours=True)
        except (
            Exception
        ) as fault:  # one channel that breaks holds back none of the others; its words may hold the address
            return Untold(f"met a bug in healthcheck ({type(fault).__name__})")

    def refresh(self, standing: Sequence[Alert]) -> Fate:
        """Say again what still stands, where the receiver forgets what is not said again (Alertmanager)."""
        if self.table.kind != "alertmanager" or not standing:
            return Told()
        from healthcheck.monitor import channels_http  # start-up time: where something is sent, as below

        try:
            return channels_http.refresh(self.table, self.secret, standing)
        except BadInput as fault:
            return Untold(f"cannot be used: {fault}")

    def secret(self, reference: Secret | None) -> str:
        """What a reference leads to; "" for none. BadSecret where it cannot be had."""
        return "" if reference is None else reference.value(self.__environment, self.__folder)

    def _speak(self, alert: Alert, before: Alert | None) -> Fate:
        # start-up time: each when something is sent that way
        match self.table.kind:
            case "email":
                from healthcheck.monitor import channels_mail

                return channels_mail.send(self.table, self.secret, alert)
            case "apprise":
                from healthcheck.monitor import channels_apprise

                return channels_apprise.send(self.table, self.secret, alert)
            case _:
                from healthcheck.monitor import channels_http

                return channels_http.send(self.table, self.secret, alert, before)

    def __repr__(self) -> str:
        return f"Channel({self.name!a}, {self.table.kind})"


Reveal = Callable[[Secret | None], str]


def channels_of(
    tables: Iterable[AlertTable], environment: Mapping[str, str], folder: Path | None = None
) -> tuple[Channel, ...]:
    """The channels of a configuration. No secret is looked for yet."""
    return tuple(Channel(table, environment, folder) for table in tables)


def route(channels: Iterable[Channel], tags: Mapping[str, Collection[str]]) -> Callable[[Alert], tuple[str, ...]]:
    """Which channels an alert is for, by name. `tags`: those of each domain.

    An end goes where its beginning went, whatever is said here (the outbox knows). What is about the monitor itself names no
    domain, and goes to every channel that is not for some domains only.
    """
    tables = tuple(channel.table for channel in channels)

    def chosen(alert: Alert) -> tuple[str, ...]:
        return tuple(table.name for table in tables if _wants(table, alert, tags))

    return chosen


def _wants(table: AlertTable, alert: Alert, tags: Mapping[str, Collection[str]]) -> bool:
    if alert.kind is Kind.TEST:
        return True
    if table.severities and alert.severity not in table.severities:
        return False
    if not table.domains and not table.tags:
        return True
    # Others' names stand in an alert of many domains: it is told where all that it names may be known.
    return (
        bool(alert.domains)
        and len(alert.domains) == alert.count
        and all(_is_for(table, x, tags) for x in alert.domains)
    )


def _is_for(table: AlertTable, domain: str, tags: Mapping[str, Collection[str]]) -> bool:
    named = not table.domains or any(matches(domain, pattern) for pattern in table.domains)
    tagged = not table.tags or bool(set(table.tags) & set(tags.get(domain, ())))
    return named and tagged


def warnings_of(tables: Iterable[AlertTable], domains: Iterable[str]) -> tuple[str, ...]:
    """What is unwise about channels, in sentences: an alert by mail to the domain whose mail it says is failing."""
    watched = sorted({domain.lower().rstrip(".") for domain in domains})
    found = []
    for table in tables:
        for address in table.to if table.kind == "email" else ():
            at = address.rpartition("@")[2].lower().rstrip(".")
            same = next((one for one in watched if at == one or at.endswith(f".{one}") or one.endswith(f".{at}")), None)
            if same is not None:
                found.append(
                    f"alerts by {table.name} go by mail to {at}, and {same} is being watched: when its mail fails, so may the "
                    "alert; give an address elsewhere, or a second channel"
                )
    return tuple(str(inert(one)) for one in found)


def line(text: str, longest: int = LONGEST_TITLE) -> str:
    """A text on one line, inert, and cut."""
    whole = str(inert(" ".join(text[: longest * 4].split())))
    return whole if len(whole) <= longest else whole[: longest - 1] + "…"


def block(text: str, longest: int) -> str:
    """A text of several lines, inert, and cut."""
    lines = [str(inert(one)) for one in text[: longest * 2].split("\n")]
    whole = "\n".join(lines).strip()
    return whole if len(whole) <= longest else whole[: longest - 1] + "…"


def words_of(said: str, *secrets: str) -> str:
    """The beginning of what a receiver said, for a sentence: on one line, without the secrets that it may repeat."""
    pieces = [
        piece
        for secret in secrets
        for piece in (secret, *re.split(r"[/?&=@:]+", secret))
        if len(piece) >= _SHORTEST_SECRET
    ]
    hidden, _ = SecretValues(pieces).hidden(" ".join(said[:2000].split()))
    return line(hidden, LONGEST_WORDS)
