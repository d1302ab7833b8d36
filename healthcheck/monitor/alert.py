"""What is told when something changes: one value, whichever channel carries it.

A problem, its changes and its end share `dedup_key`, so that a receiver which deduplicates (PagerDuty, Alertmanager) opens
one incident and closes it again. `event_key` is another for each thing that is told: the same one twice is the same message.
"""

import hashlib
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an alert says."""

    PROBLEM = "problem"
    RECOVERY = "recovery"
    CHANGED = "changed"
    """As bad as it was, for a reason that was not told."""
    LOST = "lost"
    """It cannot be looked at any more."""
    FLAPPING = "flapping"
    SETTLED = "settled"
    INCIDENT = "incident"
    """The monitor itself is blind: nothing is told of domains until its end, which is a recovery."""
    TEST = "test"


class Alert(msgspec.Struct, frozen=True):
    """One thing to be told. Texts are inert (checks.text); times are RFC 3339 in UTC.

    `over`: it ends what `dedup_key` began (PagerDuty: resolve; Alertmanager: endsAt). `severity` is critical, error, warning
    or info. `domains` are at most MOST_NAMED of the `count` domains concerned, none for an incident. `checks` are check ids,
    the gravest first; `culprit` the name or address that several domains have in common, "" where there is none. `title` is
    one line; `text` a sentence or several lines; `remedy` what to do. `since`: when it began; `at`: when it was told.
    """

    kind: Kind
    dedup_key: str
    severity: str
    title: str
    text: str = ""
    remedy: str = ""
    over: bool = False
    domains: tuple[str, ...] = ()
    count: int = 0
    checks: tuple[str, ...] = ()
    culprit: str = ""
    since: str = ""
    at: str = ""

    @property
    def event_key(self) -> str:
        """The same for the same message told twice, another for every other one: an idempotency key."""
        return key_of(self.dedup_key, self.kind.value, self.severity, str(self.over), self.since, self.at, self.title)


MOST_NAMED = 20
"""Domains named in an alert; the rest is counted."""


def key_of(*parts: str) -> str:
    """A dedup key: 64 hexadecimal digits, the same for the same parts (domain, check, instance)."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
