"""The short way through a Postfix log: blocks of lines, and sums instead of events.

`LineCount` counts the two shapes of lines that healthcheck.intake.shapes takes apart, and gives all others to whoever reads them the
plain way, in their place. What is counted is what walking over the events of the plain way comes to.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from checks.delivery import tally as tallies
from checks.delivery.events import Event, address
from checks.delivery.failures import Failures, domain_of_sender
from checks.delivery.flow import UNKNOWN
from checks.delivery.meaning import Said
from checks.delivery.tally import LINE_SHIFT, LOCAL, Attempts, Tally
from checks.delivery.traffic import TrafficTally, mailbox_provider, takes_much
from checks.replies.match import provider_of_host
from healthcheck.intake import failing, stamps
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.failing import FailureCount, decoded
from healthcheck.intake.log import LogReader
from healthcheck.intake.servers.postfix import LOCAL_SERVICES, REMEMBERED, next_hop, take_out_reply
from healthcheck.intake.shapes import Row, expression_for

_MOST_MINUTES = 4 * failing.MOST_REMEMBERED
_MOST_SENT = 50_000


class Sums:
    """The accumulators of a run, or of a part of it."""

    __slots__ = ("failures", "tally", "traffic")

    def __init__(self, traffic: bool) -> None:
        self.tally = Tally()
        self.failures = Failures()
        self.traffic = TrafficTally() if traffic else None

    def add(self, event: Event) -> None:
        """Count one event."""
        self.tally.add(event)
        self.failures.add(event)
        if self.traffic is not None:
            self.traffic.add(event)

    def merge(self, other: "Sums", lines: int) -> None:
        """Add those of a later part; `lines` as in Tally.merge."""
        self.tally.merge(other.tally, lines)
        self.failures.merge(other.failures)
        if self.traffic is not None and other.traffic is not None:
            self.traffic.merge(other.traffic)


class Spot:
    """Where a delivery is counted: the rows of the recipient's domain and of the provider, and the mailbox provider, of whom
    minutes are counted if `much`; of what is `local` only the rows. `bits`: what that comes to in a word on a message."""

    __slots__ = ("bits", "local", "much", "of_domain", "of_provider", "place")

    def __init__(self, of_domain: Attempts, of_provider: Attempts, place: str, local: bool) -> None:
        self.of_domain, self.of_provider, self.place, self.local = of_domain, of_provider, place, local
        self.much = not local and takes_much(place)
        self.bits = LOCAL if local else 0


class _Hop(NamedTuple):
    """What is known of a `relay=`: its host, whether it is on this machine, who runs it.

    `spots`, the same for all hosts of a provider, but those of this machine: by the recipient's domain where deliveries are
    counted, and for whom.
    """

    host: str | None
    local: bool
    provider: str
    spots: dict[str, Spot]


class _Stream(NamedTuple):
    """What is known of a sender: its domain, the stream it is counted in, and whether that is chosen."""

    sender: str | None
    name: str
    taken: bool


class LineCount:
    """Counts the lines of one file into some sums. What a line teaches the next is in `log`, as for the plain way.

    `alone`: there is nothing before these lines that is not known. Else an attempt whose sender is not known is put aside,
    in `later`, with its number. `events` counts the attempts, whether or not they are `chosen`.
    """

    def __init__(self, log: LogReader, sums: Sums, chosen: Chosen, file: str, alone: bool = True) -> None:
        self.later: list[tuple[int, Said]] = []
        self.events = 0
        self._postfix, self._log = log.postfix, log
        self._sums, self._chosen, self._alone = sums, chosen, alone
        self._file = tallies.file_bits(file) << tallies.STATE_BITS
        self._hops: dict[bool, dict[str, _Hop]] = {False: {}, True: {}}
        self._failures = FailureCount(sums.tally, sums.failures, sums.traffic)
        self._streams: dict[str | None, _Stream] = {}
        self._spots: dict[tuple[str, bool], dict[str, Spot]] = {}
        self._sent: Counter[tuple[str | None, Spot]] = Counter()
        self._busy: Counter[Spot] = Counter()
        self._minute_before = ("", "", 0)
        self._minutes: dict[tuple[str, str], int] = {}
        self._span = ("", "")
        self._time: str | None = None
        self._minute = ""
        self._inside = True
        # Who sent what was delivered on this machine is in no sum, but may be what is chosen by.
        self._part = not chosen.everything
        self._bounded = chosen.since is not None or chosen.until is not None

    def block(self, text: str, before: int) -> Iterator[tuple[int, str]]:  # noqa: C901, PLR0912, PLR0915 - a call a line would cost as much
        """Count whole lines, of which each begins with the character before it, an end of line; decoded as Latin-1.

        `before` is the number of the line before. Yields the lines that are to be read the plain way, each with a number that is
        not the line's, and in the same order; what stands before it is counted by then, and what stands behind it is not.
        """
        tally, senders, pending, streams = self._sums.tally, self._postfix.senders, self._postfix.pending, self._streams
        last_words, busy, alone, failed = tally.last_words, self._busy, self._alone, self._failures.count
        hops, local_hops, sent = self._hops[False], self._hops[True], self._sent
        new, old, last_stamp, last_zone = senders.new, senders.old, "", ""
        at, touched, went, attempts, rows = 0, True, False, 0, expression_for(text).findall(text)
        for number, row in enumerate(rows, start=before + 1):
            stamp, zone, service, key, queue_id, domain, host, relay, _, status, _, noted, sender, line = row
            if noted:
                new[noted] = sender
                if len(new) >= REMEMBERED // 2:
                    senders.turn()
                    new, old = senders.new, senders.old
                continue
            if line:
                yield number, line
                new, old, last_stamp, last_zone = senders.new, senders.old, "", ""
                self._minute_before = ("", "", 0)
                continue
            if stamp != last_stamp or zone != last_zone:
                if went:
                    self._went()
                last_stamp, last_zone, touched, went = stamp, zone, False, False
                at = self._moment(stamp, zone)
            if queue_id in pending or status == "deferred":
                self._postfix.keep_pending(queue_id, key.partition("<")[2], status)
            raw = new.get(queue_id)
            hop = (local_hops if service in LOCAL_SERVICES else hops).get(host or relay) or self._hop(
                service, host, relay
            )
            if (
                raw is None
                and (raw := old.get(queue_id)) is None
                and not alone
                and (status or not hop.local or self._part)
            ):
                self._put_aside(number, row)
                continue
            attempts += 1
            stream = streams.get(raw) or self._stream(raw)
            if not (self._inside and stream.taken):
                continue
            if not touched:
                touched = tally.has_sender_side = True
                self._saw(self._time)
            if status:
                failed(at | number << LINE_SHIFT, row, hop.host, hop.local, stream.sender, self._time or "")
                continue
            spot = hop.spots.get(domain) or self._spot(hop, domain)
            last = at | number << LINE_SHIFT | spot.bits
            sent[raw, spot] += 1
            went = went or not spot.local
            if spot.much:
                busy[spot] += 1
            known = last_words.get(key)
            if known is None and len(key) > tallies.LONGEST_KEY:
                key = tallies.message_key(queue_id, key.partition("<")[2])
                known = last_words.get(key)
            if known is None or last > known:
                last_words[key] = last
        if went:
            self._went()
        self._end_block(attempts)

    def _end_block(self, attempts: int) -> None:
        """Keep the bounds, which are looked at once a block."""
        self.events += attempts
        if self._failures.full or len(self._minutes) >= _MOST_MINUTES or len(self._sent) >= _MOST_SENT:
            self._end_minute()
            self._end_hour()
        while len(self._sums.tally.last_words) > tallies.MOST_MESSAGES:
            self._sums.tally.close_earliest()

    def end(self) -> None:
        """Put into the sums what was held back: to be called behind the last block, where lines come that are counted elsewhere,
        and before the sums are read."""
        self._minute_before = ("", "", 0)  # behind those it may be another year
        self._end_minute()
        self._end_hour()
        self._failures.end()

    def _moment(self, stamp: str, zone: str) -> int:
        """Take note of the time of the lines that follow; the bits of their words for it."""
        known, second = self._minute_before, stamp[-2:]
        if stamp[:-2] == known[0] and zone == known[1] and second < "60" and self._minute:
            time: str | None = f"{self._minute}:{second}Z"
            moment = known[2] + int(second)
        else:
            time = stamps.from_iso(stamp + zone, self._log.zone) if zone else self._log.clock.read(stamp)
            minute = time[:16] if time else ""
            if minute != self._minute:
                self._end_minute()
                if minute[:13] != self._minute[:13]:
                    self._end_hour()
                self._minute = minute
            moment = tallies.moment_number(time)
            self._minute_before = (stamp[:-2], zone, moment - moment % 100)
        self._time = time
        if self._bounded:
            self._inside = self._chosen.takes_time(time)
        return moment << tallies.TIME_SHIFT | self._file

    def _saw(self, time: str | None) -> None:
        """Something of this time is counted."""
        tally = self._sums.tally
        if time is not None:
            tally.first = time if tally.first is None or time < tally.first else tally.first
            tally.last = time if tally.last is None or time > tally.last else tally.last

    def _went(self) -> None:
        """Something was delivered within this minute."""
        first, last = self._span
        self._span = (min(first or self._minute, self._minute), max(last, self._minute))

    def _end_minute(self) -> None:
        if minute := self._minute:
            for place, number in (
                *((spot.place, sent) for spot, sent in self._busy.items()),
                *self._failures.busy.items(),
            ):
                which = (place, minute)
                self._minutes[which] = self._minutes.get(which, 0) + number
        self._busy.clear()
        self._failures.busy.clear()
        if len(self._minutes) >= _MOST_MINUTES:
            self._end_hour()

    def _end_hour(self) -> None:
        """Count what was delivered, put off and given up within the hour."""
        tally, traffic, hour = self._sums.tally, self._sums.traffic, self._minute[:13]
        flows: dict[tuple[str, str], int] = {}
        sent = list(self._sent.items())
        self._sent.clear()
        for (raw, spot), number in sent:
            spot.of_domain[0] += number
            spot.of_provider[0] += number
            if not spot.local:
                stream = self._streams.get(raw) or self._stream(raw)
                which = (stream.name, spot.place)
                flows[which] = flows.get(which, 0) + number
        remote = sum(flows.values())
        numbers = self._failures.end_hour(hour)
        numbers[0] = sum(number for _, number in sent)
        if any(numbers):
            tally.counts["delivered"] += numbers[0]
            if hour:
                row = tally.row(tally.by_hour, hour, tallies.MOST_HOURS, "by_hour")
                for state, number in enumerate(numbers):
                    row[state] += number
        tally.remote[0] += remote
        span = (*self._span, *self._failures.span)
        if traffic is not None and (flows or any(span)):
            traffic.has_sender_side = True
            traffic.delivered_within(hour, flows, self._minutes, span)
        self._minutes.clear()
        self._span = self._failures.span = ("", "")

    def _spot(self, hop: _Hop, domain: str) -> Spot:
        """Where a domain is counted, and whose it is."""
        tally = self._sums.tally
        if len(hop.spots) >= failing.MOST_REMEMBERED:
            hop.spots.clear()
        row = tally.row(tally.by_recipient_domain, domain, tallies.MOST_KEYS, "by_recipient_domain")
        of_provider = tally.row(tally.by_provider, hop.provider or tallies.UNKNOWN, tallies.MOST_KEYS, "by_provider")
        spot = hop.spots[domain] = Spot(row, of_provider, mailbox_provider(hop.provider, domain), hop.local)
        return spot

    def _hop(self, service: str, name: str, relay: str) -> _Hop:
        host, local = (name, service in LOCAL_SERVICES) if name else next_hop(service, relay)
        provider = provider_of_host(host) or ""
        hops = self._hops[service in LOCAL_SERVICES]
        if len(hops) >= failing.MOST_REMEMBERED:
            hops.clear()
        hop = hops[name or relay] = _Hop(host, local, provider, self._spots.setdefault((provider, local), {}))
        return hop

    def _stream(self, raw: str | None) -> _Stream:
        sender = address(raw) if raw else raw
        if len(self._streams) >= failing.MOST_REMEMBERED:
            self._streams.clear()
        name = UNKNOWN if sender is None else domain_of_sender(sender)
        stream = self._streams[raw] = _Stream(None if sender is None else name, name, self._chosen.takes_sender(sender))
        return stream

    def _put_aside(self, number: int, row: Row) -> None:
        _, _, service, key, queue_id, _, host, relay, dsn, status, text, _, _, _ = row
        said = Said(
            status or "delivered", "postfix", key.partition("<")[2], None, decoded(text), status=dsn, queue_id=queue_id
        )
        said.host, said.local = (host, service in LOCAL_SERVICES) if host else next_hop(service, relay)
        said.time = self._time
        if status:
            take_out_reply(said, said.text)
        self.later.append((number, said))
