"""What is told of, as values: hard changes that nobody was told of, and the topics under which they are told.

A *topic* is what was told and is not over. Each check of each domain is in one at most, and in another one for not being known.
"""

import msgspec

from checks.model import Status
from healthcheck.monitor.alert import Alert
from healthcheck.monitor.reading import Seen
from healthcheck.monitor.state import News


class Item(msgspec.Struct, frozen=True):
    """A hard change that nobody was told of. `hard` is the status that counts by now; `topic` and `lost_topic` the keys under
    which its problem, or that it cannot be looked at, was told before."""

    id: int
    domain: str
    old: Status
    new: Status
    since: str
    news: News | None
    found: bool
    seen: Seen
    hard: Status
    topic: str | None = None
    lost_topic: str | None = None

    @property
    def check(self) -> str:
        return self.seen.check


class Topic(msgspec.Struct, frozen=True):
    """What was told and is not over. `count`: domains that it was for; `members`: checks that still are in it, `failing` of
    them with a failure that counts."""

    key: str
    opened: str
    kind: str
    title: str
    severity: str
    culprit: str = ""
    count: int = 1
    members: int = 0
    failing: int = 0


class Place(msgspec.Struct, frozen=True):
    """The topics of one check of one domain from now on."""

    domain: str
    check: str
    topic: str | None
    lost_topic: str | None


class Telling(msgspec.Struct, frozen=True):
    """What is to be sent and to be written down: all in one transaction."""

    alerts: tuple[Alert, ...] = ()
    opened: tuple[Topic, ...] = ()
    grown: tuple[Topic, ...] = ()
    closed: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    done: tuple[int, ...] = ()
