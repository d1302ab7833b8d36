"""What was sent and what became of it, as one frozen value: what the rates and the patterns are judged by.

A *stream* is here the domain of the RFC5321.MailFrom: it is what a log tells of how mail was sent. `place` and `provider` are to
whom: a mailbox provider by the name that checks.replies has for it, or else the recipient's domain.
"""

import msgspec

OTHER = "other"
"""What is summed of all that has no name of its own any more, for want of room."""
UNKNOWN = "unknown"
"""A stream or a provider that nobody told."""
NULL_SENDER = ""
"""The stream of bounces and other mail with the return path `<>`."""
TOO_MUCH = frozenset({"sender_rate", "recipient_rate", "quota"})
"""Categories of replies that say: too much at once."""


class Reason(msgspec.Struct, frozen=True, order=True):
    """Why mail failed: a category of checks.replies, and the enhanced or else the basic code ("" where there was none)."""

    category: str
    code: str
    deferred: int = 0
    bounced: int = 0
    refused: int = 0

    @property
    def replies(self) -> int:
        return self.deferred + self.bounced + self.refused


class Flow(msgspec.Struct, frozen=True, order=True):
    """All that one stream sent to one mailbox provider, local mail left out.

    `delivered`, `complained`, `suppressed`, `refused` (by the sending service, before it tried) and `deferred` count events,
    the last one attempts. `bounced` and `hard` count messages. `put_off`: messages put off at least once for other reasons
    than greylisting; `waited`: those of them that were for at least an hour, four hours, a day, from the first deferral to the
    last word that tells of a failure; `longest` of these, in minutes.
    """

    stream: str
    provider: str
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    hard: int = 0
    complained: int = 0
    suppressed: int = 0
    refused: int = 0
    put_off: int = 0
    waited: tuple[int, int, int] = (0, 0, 0)
    longest: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def settled(self) -> int:
        """Messages with a last word: delivered and bounced."""
        return self.delivered + self.bounced


class Hour(msgspec.Struct, frozen=True, order=True):
    """What one stream, or all streams to one provider, sent within an hour, `2026-11-21T09` UTC. As in Flow; `no_user`:
    bounces for users who do not exist; `limited`: replies that say too much at once."""

    hour: str
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    hard: int = 0
    complained: int = 0
    no_user: int = 0
    limited: int = 0

    @property
    def settled(self) -> int:
        return self.delivered + self.bounced


class Minute(msgspec.Struct, frozen=True, order=True):
    """Attempts at one provider within a minute, `2026-11-21T09:31` UTC."""

    minute: str
    attempts: int


class Addresses(msgspec.Struct, frozen=True, order=True):
    """The addresses at which mail of one stream bounced hard, how many of them did so again a day or more after the first
    time, and the most days between the first time and the last."""

    stream: str
    gone: int
    again: int
    days: int


Hours = tuple[tuple[str, tuple[Hour, ...]], ...]


class Connection(msgspec.Struct, frozen=True, order=True):
    """Attempts that one connection was used for, and how many of them were answered with: too much at once."""

    attempts: int
    limited: int


class Routes(msgspec.Struct, frozen=True):
    """What was told. `addresses`: hours by the address that mail left from; `connections`: the fullest, by provider."""

    addresses: Hours = ()
    connections: tuple[tuple[str, tuple[Connection, ...]], ...] = ()


class Traffic(msgspec.Struct, frozen=True):
    """What was sent, and what became of it. Everything is sorted; nothing tells who received it, but for the domains.

    `hours` are by stream, `provider_hours` by provider, `minutes` (the busiest) by provider that is known by name. `first` and
    `last` are minutes, "" where no time is known. `has_sender_side`: False where only bounce mails or complaints were read,
    which tell of no delivery.
    `sampled`: one in how many `messages`, `addresses` was remembered, where not all were; their numbers are scaled up.
    `overflowed`: tables whose smallest entries stand under `other`, or are left out. `own`: thresholds that somebody gave.
    `routes`: by which addresses and connections, where that was told.
    """

    flows: tuple[Flow, ...] = ()
    hours: Hours = ()
    provider_hours: Hours = ()
    minutes: tuple[tuple[str, tuple[Minute, ...]], ...] = ()
    addresses: tuple[Addresses, ...] = ()
    first: str = ""
    last: str = ""
    has_sender_side: bool = False
    sampled: tuple[tuple[str, int], ...] = ()
    overflowed: tuple[str, ...] = ()
    own: tuple[tuple[str, float], ...] = ()
    routes: Routes = Routes()
