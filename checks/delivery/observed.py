"""What was observed of a domain's mail: the failed replies, grouped, and the traffic they stand in.

Logs, events, bounce mails and replies typed by hand all come to this one value. The checks of delivery judge it, and the
diagnosis joins it with what the other checks found. Nothing in it tells who received the mail, but for the domains.
"""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from checks.delivery.flow import Traffic  # start-up time: most runs are given no log


class Failure(msgspec.Struct, frozen=True):
    """Failed replies that say the same of the same sender.

    `reply` is the latest of them, on one line, credentials and recipients' addresses masked. `deferred`, `bounced` and
    `rejected` count events. `senders` are the domains of the RFC5321.MailFrom ("" for the null sender) and
    `recipient_domains` those of the recipients, each with its count, most first and bounded. `stated` are the addresses
    and domains that the reply itself says are the sender's. `host` is a server that said it; `first` and `last` are
    RFC 3339 in UTC, None where no time is known.
    """

    reply: str
    basic: str | None
    enhanced: str | None
    category: str
    permanence: str | None
    suppress: str | None
    provider: str | None
    host: str | None = None
    deferred: int = 0
    bounced: int = 0
    rejected: int = 0
    senders: tuple[tuple[str, int], ...] = ()
    recipient_domains: tuple[tuple[str, int], ...] = ()
    stated: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None

    @property
    def replies(self) -> int:
        """How many failed replies these are."""
        return self.deferred + self.bounced + self.rejected


class Observed(msgspec.Struct, frozen=True):
    """All that was seen. `failures`: most replies first, bounded; `unlisted` counts the replies beyond the bound.

    `traffic` is what the rates and patterns are judged by; None where only replies were given. `sources` names what was
    read, as it was given.
    """

    failures: tuple[Failure, ...] = ()
    unlisted: int = 0
    traffic: "Traffic | None" = None
    first: str | None = None
    last: str | None = None
    sources: tuple[str, ...] = ()

    @property
    def replies(self) -> int:
        """All failed replies that were seen."""
        return sum(failure.replies for failure in self.failures) + self.unlisted
