"""Traffic: how much each stream sent to each mailbox provider, when, and what became of it; what rates and patterns rest on.

A *stream* is here the domain of the RFC5321.MailFrom: it is what a log tells of how mail was sent. `TrafficTally` is counted
into, by events (`add`) or by plain values (`delivered`, `failed`); `TrafficTally.traffic()` is the frozen fact.

What is delivered is only summed. Of what failed, single messages and addresses are remembered, by hashes: a message that is put
off ten times counts once, and an address that is gone can be met again. Of too many a fair sample is kept (checks.delivery.sample)
and its rate is said. So tallies of parts of the input merge, in any order and grouping, to the tally of the whole, as long as
no table outgrows its bound; which ones did is said too.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from checks.delivery.events import DOORS, FROM_MAILS, Event
from checks.delivery.flow import TOO_MUCH, UNKNOWN, Traffic
from checks.delivery.minutes import minute_number
from checks.delivery.remembered import Bounce, Gone, Wait, frozen_addresses, frozen_flows
from checks.delivery.routes import RoutesTally
from checks.delivery.sample import Sample, hash_of
from checks.delivery.tables import (
    BOUNCED,
    COMPLAINED,
    DEFERRED,
    DELIVERED,
    HARD,
    LIMITED,
    NO_USER,
    Flows,
    Peaks,
    Series,
)
from checks.replies.match import provider_of_host

EXPECTED = frozenset({"greylisted"})
"""Categories of a deferral that is no fault: whoever is new to the receiver is put off once."""
GONE = frozenset({"yes", "domain"})
"""`suppress` of an address, or a domain, that is not to be written to any more: the bounce is hard."""

MOST_SAMPLED = 10_000
BUSIEST = 20
"""Minutes of each provider that a Traffic holds."""

_KINDS = frozenset({"delivered", "deferred", "bounced", "rejected", "suppressed", "complained"})


class Failed(msgspec.Struct):
    """One failure as plain values, for TrafficTally.failed.

    `kind`: deferred, bounced, rejected, suppressed or complained. `minute`, `stream`, `provider`, `recipient_domain` as in
    TrafficTally.delivered. `category` and `suppress` as checks.replies says; `code`: the enhanced or else the basic code, or
    "". `recipient`: the address. `message`: what makes the message one with its recipient, the same at every attempt: queue
    id, space, address. Of these two a hash is kept, and only of some.
    """

    kind: str
    minute: str
    stream: str
    provider: str
    recipient_domain: str
    category: str
    code: str
    suppress: str
    recipient: str
    message: str


class TrafficTally:
    """A mutable count that becomes a Traffic. `add` events, or give values to `delivered` and `failed`; `merge` others."""

    def __init__(self) -> None:
        self.has_sender_side = False
        """Whoever counts a log by `delivered` and `failed` sets it."""
        self._flows = Flows()
        self._hours = Series()
        self._provider_hours = Series()
        self._minutes = Peaks()
        self._routes = RoutesTally()
        self._waits: Sample[Wait] = Sample(MOST_SAMPLED)
        self._bounces: Sample[Bounce] = Sample(MOST_SAMPLED)
        self._gone: Sample[Gone] = Sample(MOST_SAMPLED)
        self._first = ""
        self._last = ""

    def add(self, event: Event) -> None:
        """Count one event. Local mail, and kinds that say nothing of delivery (opened, queued, ...), count for nothing."""
        kind = event.kind
        if kind not in _KINDS or event.local or (kind == "rejected" and event.format in DOORS):
            return
        stream = UNKNOWN if event.sender is None else event.sender.rpartition("@")[2].lower()
        minute = event.time[:16] if event.time else ""
        provider = provider_of_host(event.host) or ""
        if event.format not in FROM_MAILS:
            self.has_sender_side = True
        if event.source_address or event.connection:
            self._routes.add(event, mailbox_provider(provider, event.recipient_domain or ""))
        if kind == "delivered":
            self.delivered(minute, stream, provider, event.recipient_domain or "", False, 1)
            return
        self.failed(
            Failed(
                kind,
                minute,
                stream,
                provider,
                event.recipient_domain or "",
                event.category or UNKNOWN,
                event.enhanced or event.basic or "",
                event.suppress or "",
                event.recipient or "",
                _message_of(event),
            )
        )

    def delivered(  # noqa: PLR0913, PLR0917 - called for every group of lines: a struct each would cost as much as counting
        self, minute: str, stream: str, provider: str, recipient_domain: str, local: bool, count: int
    ) -> None:
        """Count `count` deliveries that have all this in common.

        `minute`: `2026-11-21T09:31`, UTC (what stands behind is cut); "" where it is not known. `stream`: the domain of the
        RFC5321.MailFrom in lower case, "" for the null sender, UNKNOWN where nobody told. `provider`: who runs the next hop
        (checks.replies.match.provider_of_host of its name), "" where that is not known. `recipient_domain` in lower case, or
        "". Local mail counts for nothing.
        """
        if local or count <= 0:
            return
        place = mailbox_provider(provider, recipient_domain)
        self._flows.counts(stream, place).delivered += count
        self._tried(minute[:16], stream, place, DELIVERED, count)

    def delivered_within(
        self,
        hour: str,
        flows: Mapping[tuple[str, str], int],
        minutes: Mapping[tuple[str, str], int],
        span: Iterable[str],
    ) -> None:
        """Count all deliveries of an hour at once, `2026-11-21T09` or "": by stream and mailbox provider, as `mailbox_provider`
        names it; by provider and minute, those that `takes_much` is true of, what was put off among them; the first and
        the last minute. It comes to the same as `delivered` for each; local mail is not to be given."""
        streams, places = dict[str, int](), dict[str, int]()
        for (stream, place), count in flows.items():
            self._flows.counts(stream, place).delivered += count
            streams[stream] = streams.get(stream, 0) + count
            places[place] = places.get(place, 0) + count
        if hour:
            for series, sums in ((self._hours, streams), (self._provider_hours, places)):
                for name, count in sums.items():
                    series.row(name, hour)[DELIVERED] += count
        for (place, minute), count in minutes.items():
            self._minutes.add(place, minute, count)
        for minute in span:
            self._saw(minute)

    def deferred_within(self, hour: str, numbers: Mapping[tuple[str, str, str, str], int]) -> None:
        """Count deferrals of an hour at once, by stream, mailbox provider, category and code; `hour` as in `delivered_within`,
        which is given their minutes. With `waits` for each it comes to the same as `failed`."""
        for (stream, place, category, code), count in numbers.items():
            flow = self._flows.counts(stream, place)
            flow.deferred += count
            flow.reason(category, code)[0] += count
            if hour:
                for row in (self._hours.row(stream, hour), self._provider_hours.row(place, hour)):
                    row[DEFERRED] += count
                    if category in TOO_MUCH:
                        row[LIMITED] += count

    def waits(self, message: str, at: int, stream: str, place: str) -> None:
        """Note that a message (as in Failed) was put off in a minute (minute_number), for another reason than one of EXPECTED."""
        self._waiting(hash_of(message), (at, at, stream, place))

    def bounced(self, message: str, at: int, recipient: str, bounce: Bounce) -> None:
        """Count a message that was given up in a minute (minute_number), and note its recipient where the bounce is hard."""
        self._bounced(hash_of(message), bounce)
        if bounce.hard and recipient:
            self._is_gone(hash_of(recipient), (at, at, bounce.stream))

    def failed(self, event: Failed) -> None:
        """Count one failure that is not of local mail. A refusal at this side's own door (DOORS) is not to be given."""
        kind, stream, category = event.kind, event.stream, event.category
        minute = event.minute[:16]
        place = mailbox_provider(event.provider, event.recipient_domain)
        if kind == "bounced":  # of one message the last word counts, so where it counts is not known yet
            bounce = Bounce(event.suppress in GONE, minute, stream, place, category, event.code)
            self.bounced(event.message, minute_number(minute), event.recipient, bounce)
            return
        flow = self._flows.counts(stream, place)
        if kind == "deferred":
            flow.deferred += 1
            flow.reason(category, event.code)[0] += 1
            self._tried(minute, stream, place, DEFERRED, 1)
            self._note_limit(minute, stream, place, category)
            if category not in EXPECTED:
                self.waits(event.message, minute_number(minute), stream, place)
        elif kind == "rejected":
            flow.refused += 1
            flow.reason(category, event.code)[2] += 1
            self._note_limit(minute, stream, place, category)
        elif kind == "suppressed":
            flow.suppressed += 1
        elif kind == "complained":
            flow.complained += 1
            if minute:
                self._saw(minute)
                self._hours.row(stream, minute[:13])[COMPLAINED] += 1

    def merge(self, other: "TrafficTally") -> None:
        """Add the tally of another part of the input. Merging an empty one changes nothing; `other` stays as it is."""
        self._flows.merge(other._flows)
        self._hours.merge(other._hours)
        self._provider_hours.merge(other._provider_hours)
        self._minutes.merge(other._minutes)
        self._routes.merge(other._routes)
        for dropped in self._bounces.narrow(other._bounces.rate):
            self._close(dropped)
        for key, bounce in other._bounces.items.items():
            self._bounced(key, bounce)
        self._waits.narrow(other._waits.rate)
        for key, wait in other._waits.items.items():
            self._waiting(key, wait)
        self._gone.narrow(other._gone.rate)
        for key, gone in other._gone.items.items():
            self._is_gone(key, gone)
        self._saw(other._first)
        self._saw(other._last)
        self.has_sender_side = self.has_sender_side or other.has_sender_side

    def traffic(self, own: tuple[tuple[str, float], ...] = ()) -> Traffic:
        """The fact that all this comes to; counting may go on. `own`: thresholds given, by name (checks.delivery.thresholds)."""
        whole = TrafficTally()
        whole.merge(self)
        for bounce in whole._bounces.items.values():
            whole._close(bounce)
        return Traffic(
            flows=frozen_flows(whole._flows, whole._waits, whole._bounces),
            hours=whole._hours.frozen(),
            provider_hours=whole._provider_hours.frozen(),
            minutes=whole._minutes.frozen(BUSIEST),
            addresses=frozen_addresses(whole._flows, whole._gone),
            first=whole._first,
            last=whole._last,
            has_sender_side=whole.has_sender_side,
            sampled=tuple(
                (name, sample.rate)
                for name, sample in (("addresses", whole._gone), ("messages", whole._waits))
                if sample.rate > 1
            ),
            overflowed=tuple(
                name
                for name, table in (
                    ("hours", whole._hours),
                    ("hours of providers", whole._provider_hours),
                    ("providers", whole._flows),
                )
                if table.overflowed
            ),
            own=own,
            routes=whole._routes.routes(),
        )

    def _tried(self, minute: str, stream: str, place: str, what: int, count: int) -> None:
        if not minute:
            return
        self._saw(minute)
        hour = minute[:13]
        self._hours.row(stream, hour)[what] += count
        self._provider_hours.row(place, hour)[what] += count
        if takes_much(place):
            self._minutes.add(place, minute, count)

    def _note_limit(self, minute: str, stream: str, place: str, category: str) -> None:
        if minute and category in TOO_MUCH:
            self._hours.row(stream, minute[:13])[LIMITED] += 1
            self._provider_hours.row(place, minute[:13])[LIMITED] += 1

    def _saw(self, minute: str) -> None:
        if minute:
            self._first = min(self._first, minute) if self._first else minute
            self._last = max(self._last, minute)

    def _bounced(self, key: int, bounce: Bounce) -> None:
        if not self._bounces.keeps(key):
            self._close(bounce)
            return
        known = self._bounces.items.get(key)
        for dropped in self._bounces.put(key, bounce if known is None else max(known, bounce)):
            self._close(dropped)

    def _close(self, bounce: Bounce) -> None:
        """Count a bounce for good: a second event of the same message would be counted again."""
        flow = self._flows.counts(bounce.stream, bounce.place)
        flow.bounced += 1
        flow.hard += bounce.hard
        flow.reason(bounce.category, bounce.code)[1] += 1
        self._tried(bounce.minute, bounce.stream, bounce.place, BOUNCED, 1)
        if bounce.minute:
            hour = bounce.minute[:13]
            for row in (self._hours.row(bounce.stream, hour), self._provider_hours.row(bounce.place, hour)):
                row[HARD] += bounce.hard
                row[NO_USER] += bounce.category == "recipient_unknown"
            self._note_limit(bounce.minute, bounce.stream, bounce.place, bounce.category)

    def _waiting(self, key: int, wait: Wait) -> None:
        if self._waits.keeps(key):
            known = self._waits.items.get(key)
            if known == wait:
                return
            if known is not None:
                first = min(known[0] or wait[0], wait[0] or known[0])
                wait = (first, max(known[1], wait[1]), *min(known[2:], wait[2:]))
            self._waits.put(key, wait)

    def _is_gone(self, key: int, gone: Gone) -> None:
        if self._gone.keeps(key):
            known = self._gone.items.get(key)
            if known is not None:
                first = min(known[0] or gone[0], gone[0] or known[0])
                gone = (first, *max(known[1:], gone[1:]))
            self._gone.put(key, gone)


@lru_cache(maxsize=20_000)
def mailbox_provider(provider: str, recipient_domain: str) -> str:
    """To whom mail goes: the provider of the recipient's domain or of the next hop, else the domain itself, or `unknown`."""
    return provider_of_host(recipient_domain) or provider or recipient_domain or UNKNOWN


@lru_cache(maxsize=20_000)
def takes_much(place: str) -> bool:
    """True for a provider of whom minutes are counted. Every minute of every company's domain would be too much; what has a
    name of its own takes much at a time."""
    return "." not in place or provider_of_host(place) is not None


def _message_of(event: Event) -> str:
    """What makes a message: its queue id in a log, its own or the service's id in events, the place of a bounce mail."""
    place = event.source
    if event.format not in FROM_MAILS:
        if event.queue_id:
            return f"queue {event.queue_id} {event.recipient}"
        if event.message_id:
            return f"message {event.format} {event.message_id} {event.recipient}"
    return f"place {place.file} {place.line} {place.part} {event.recipient}"
