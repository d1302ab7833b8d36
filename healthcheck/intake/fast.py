"""The short way through a Postfix log: blocks of lines, and sums instead of events.

`LineCount` counts the two shapes of lines that healthcheck.intake.shapes takes apart, and gives all others to whoever reads them the
plain way, in their place. What is counted is what walking over the events of the plain way comes to.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from checks.delivery import tally as tallies
from checks.delivery.events import Event, address
from checks.delivery.failures import Failures, Group, Key, domain_of_sender, key_of
from checks.delivery.meaning import Meaning, Said, corrected, meaning_of, reply_line, said_reply, template_of
from checks.delivery.tally import HARD, LINE_SHIFT, LOCAL, Attempts, Tally
from checks.delivery.traffic import GONE, UNKNOWN, Failed, TrafficTally, mailbox_provider, takes_much
from checks.replies.match import provider_of_host
from checks.replies.stated import OF_SENDERS, stated
from healthcheck.intake import stamps
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.log import LogReader
from healthcheck.intake.postfix import LOCAL_SERVICES, NOTING, REMEMBERED, next_hop, spoken, take_out_reply
from healthcheck.intake.shapes import Row, expression_for

MOST_REMEMBERED = 6000
"""Relays, outcomes of replies, senders that are looked up once."""
MOST_STATED = 500
MOST_TEXTS = 12_000
LONGEST_REMEMBERED = 700
"""Texts of failures that are looked up once, and their characters."""


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


class _Spot:
    """Where a delivery is counted: the rows of the recipient's domain and of the provider, and the mailbox provider, of whom
    minutes are counted if `much`."""

    __slots__ = ("much", "of_domain", "of_provider", "place")

    def __init__(self, of_domain: Attempts, of_provider: Attempts, place: str) -> None:
        self.of_domain, self.of_provider, self.place = of_domain, of_provider, place
        self.much = takes_much(place)


class _Hop(NamedTuple):
    """What is known of a `relay=`: its host, whether it is on this machine, who runs it.

    `spots`, the same for all hosts of a provider: by the recipient's domain where deliveries are counted, and for whom.
    """

    host: str | None
    local: bool
    provider: str
    spots: dict[str, _Spot]


class _Outcome:
    """What a template means, how many replies came to it (as tally.Attempts), and the groups that they belong to, by the words
    in them that may be names."""

    __slots__ = ("about_senders", "category", "code", "counts", "gone", "keys", "meaning", "suppress")

    def __init__(self, meaning: Meaning) -> None:
        self.meaning = meaning
        self.category = meaning.category or tallies.UNKNOWN
        self.code = meaning.enhanced or meaning.basic or ""
        self.suppress = meaning.suppress or ""
        self.gone = meaning.suppress in GONE
        self.about_senders = meaning.category in OF_SENDERS
        self.counts = [0, 0, 0]
        self.keys: dict[tuple[str, ...], Key] = {}


class _TextSaid(NamedTuple):
    """What a text from a host was found to say: what it means, its group, its words, who spoke and who runs that."""

    outcome: _Outcome
    key: Key
    text: str
    reply: str | None
    host: str | None
    provider: str | None


class _Words(NamedTuple):
    """The latest reply of a group, not made fit to be shown yet."""

    time: str
    reply: str | None
    text: str
    wrapped: bool
    host: str
    recipient: str

    def shown(self) -> tuple[str, str, str, str]:
        """As checks.delivery.failures.Group has it."""
        reply = reply_line(said_reply(self.reply, self.text, self.wrapped)) or ""
        return (self.time, reply, self.host.lower(), self.recipient.rpartition("@")[0])


class _Stream(NamedTuple):
    """What is known of a sender: its domain, the stream it is counted in, and whether that is chosen; how much it sent to
    each mailbox provider within the hour."""

    sender: str | None
    name: str
    taken: bool
    sent: dict[_Spot, int]


_IDENTITY = re.compile(r"@|\d\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:|\.[A-Za-z]")


class _Identities(dict[str, bool]):
    """By word whether it may be an address or a name; bounded."""

    def __missing__(self, text: str) -> bool:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        answer = self[text] = _IDENTITY.search(text) is not None
        return answer


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
        self._outcomes: dict[tuple[tuple[str, ...], str, str | None], _Outcome] = {}
        self._identities = _Identities()
        self._texts: dict[tuple[str, str, str, str | None], _TextSaid] = {}
        self._streams: dict[str | None, _Stream] = {}
        self._words: dict[Key, _Words] = {}
        self._spots: dict[str, dict[str, _Spot]] = {}
        self._sent: dict[str, dict[_Spot, int]] = {}
        self._busy: Counter[_Spot] = Counter()
        self._minute_before = ("", "", 0)
        self._minutes: dict[tuple[str, str], int] = {}
        self._span = ("", "")
        self._time: str | None = None
        self._minute = ""
        self._hour = [0, 0, 0]
        self._inside = True
        self._bounded = chosen.since is not None or chosen.until is not None

    def block(self, text: str, before: int) -> Iterator[tuple[int, str]]:  # noqa: C901, PLR0912, PLR0915 - a call a line would cost as much
        """Count whole lines, of which each begins with the character before it, an end of line; decoded as Latin-1.

        `before` is the number of the line before. Yields the lines that are to be read the plain way, each with a number that is
        not the line's, and in the same order; what stands before it is counted by then, and what stands behind it is not.
        """
        tally, senders, pending, streams = self._sums.tally, self._postfix.senders, self._postfix.pending, self._streams
        last_words, busy, alone = tally.last_words, self._busy, self._alone
        hops, local_hops = self._hops[False], self._hops[True]
        new, old, last_stamp, last_zone = senders.new, senders.old, "", ""
        at, touched, went, attempts, rows = 0, True, False, 0, expression_for(text).findall(text)
        for number, row in enumerate(rows, start=before + 1):
            stamp, zone, service, key, queue_id, domain, host, relay, _, status, _, noted, sender, line = row
            if noted:
                if service in NOTING:
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
            if raw is None and (raw := old.get(queue_id)) is None and not alone:
                self._put_aside(number, row)
                continue
            attempts += 1
            stream = streams.get(raw) or self._stream(raw)
            if not (self._inside and stream.taken):
                continue
            if not touched:
                touched = True
                self._touch()
            hop = (local_hops if service in LOCAL_SERVICES else hops).get(host or relay) or self._hop(
                service, host, relay
            )
            if status:
                self._failed(at | number << LINE_SHIFT, row, hop, stream)
                continue
            spot = hop.spots.get(domain) or self._spot(hop, domain)
            last = at | number << LINE_SHIFT
            if hop.local:
                last |= LOCAL
                self._sent_local(spot)
            else:
                went = True
                sent = stream.sent
                sent[spot] = sent.get(spot, 0) + 1
                if spot.much:
                    busy[spot] = busy.get(spot, 0) + 1
            known = last_words.get(key)
            if known is None and len(key) > tallies.LONGEST_KEY:
                key = tallies.message_key(queue_id, key.partition("<")[2])
                known = last_words.get(key)
            if known is None or last > known:
                last_words[key] = last
        if went:
            self._went()
        self.events += attempts
        while len(last_words) > tallies.MOST_MESSAGES:
            tally.close_earliest()

    def end(self) -> None:
        """Put into the sums what was held back: to be called behind the last block, and before the sums are read."""
        self._end_minute()
        self._end_hour()
        self._end_outcomes()
        self._end_words()

    def _end_words(self) -> None:
        """Put the latest words of each group into it; a group that was given up needs none."""
        groups = self._sums.failures.groups
        for key, words in self._words.items():
            if (group := groups.get(key)) is not None:
                group.words = max(group.words, words.shown())
        self._words.clear()

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

    def _touch(self) -> None:
        """An attempt of this time is counted."""
        tally, time = self._sums.tally, self._time
        tally.has_sender_side = True
        if time is not None:
            tally.first = time if tally.first is None or time < tally.first else tally.first
            tally.last = time if tally.last is None or time > tally.last else tally.last

    def _went(self) -> None:
        """Something was delivered within this minute."""
        first, last = self._span
        self._span = (min(first or self._minute, self._minute), max(last, self._minute))

    def _end_minute(self) -> None:
        if minute := self._minute:
            for spot, number in self._busy.items():
                which = (spot.place, minute)
                self._minutes[which] = self._minutes.get(which, 0) + number
        self._busy.clear()
        if len(self._minutes) >= 4 * MOST_REMEMBERED:
            self._end_hour()

    def _end_hour(self) -> None:
        """Count what was delivered within the hour."""
        tally, traffic, hour = self._sums.tally, self._sums.traffic, self._minute[:13]
        flows: dict[tuple[str, str], int] = {}
        total = 0
        for name, sent in self._sent.items():
            for spot, number in sent.items():
                spot.of_domain[0] += number
                spot.of_provider[0] += number
                total += number
                which = (name, spot.place)
                flows[which] = flows.get(which, 0) + number
            sent.clear()
        self._hour[0] += total
        if any(self._hour):
            tally.counts["delivered"] += self._hour[0]
            if hour:
                row = tally.row(tally.by_hour, hour, tallies.MOST_HOURS, "by_hour")
                for state, number in enumerate(self._hour):
                    row[state] += number
            self._hour[:] = (0, 0, 0)
        if flows:
            tally.remote[0] += total
            if traffic is not None:
                traffic.has_sender_side = True
                traffic.delivered_within(hour, flows, self._minutes, self._span)
        self._minutes.clear()
        self._span = ("", "")

    def _sent_local(self, spot: _Spot) -> None:
        self._hour[0] += 1
        spot.of_domain[0] += 1
        spot.of_provider[0] += 1

    def _spot(self, hop: _Hop, domain: str) -> _Spot:
        """Where a domain is counted, and whose it is."""
        tally = self._sums.tally
        if len(hop.spots) >= MOST_REMEMBERED:
            self._end_minute()
            self._end_hour()
            hop.spots.clear()
        row = tally.row(tally.by_recipient_domain, domain, tallies.MOST_KEYS, "by_recipient_domain")
        of_provider = tally.row(tally.by_provider, hop.provider or tallies.UNKNOWN, tallies.MOST_KEYS, "by_provider")
        spot = hop.spots[domain] = _Spot(row, of_provider, mailbox_provider(hop.provider, domain))
        return spot

    def _hop(self, service: str, name: str, relay: str) -> _Hop:
        host, local = (name, service in LOCAL_SERVICES) if name else next_hop(service, relay)
        provider = provider_of_host(host) or ""
        hops = self._hops[service in LOCAL_SERVICES]
        if len(hops) >= MOST_REMEMBERED:
            hops.clear()
        hop = hops[name or relay] = _Hop(host, local, provider, self._spots.setdefault(provider, {}))
        return hop

    def _stream(self, raw: str | None) -> _Stream:
        sender = address(raw) if raw else raw
        if len(self._streams) >= MOST_REMEMBERED:
            self._end_hour()
            self._streams.clear()
            self._sent.clear()
        name = UNKNOWN if sender is None else domain_of_sender(sender)
        stream = self._streams[raw] = _Stream(
            None if sender is None else name, name, self._chosen.takes_sender(sender), self._sent.setdefault(name, {})
        )
        return stream

    def _put_aside(self, number: int, row: Row) -> None:
        _, _, service, key, queue_id, _, host, relay, dsn, status, text, _, _, _ = row
        said = Said(
            status or "delivered", "postfix", key.partition("<")[2], None, _decoded(text), status=dsn, queue_id=queue_id
        )
        said.host, said.local = (host, service in LOCAL_SERVICES) if host else next_hop(service, relay)
        said.time = self._time
        if status:
            take_out_reply(said, said.text)
        self.later.append((number, said))

    def _failed(self, last: int, row: Row, hop: _Hop, stream: _Stream) -> None:
        """Count a deferral or a bounce. `last` is the word on the message but for its state."""
        _, _, _, key, queue_id, domain, _, _, dsn, status, text, _, _, _ = row
        tally, traffic, time = self._sums.tally, self._sums.traffic, self._time
        said = self._texts.get((text, dsn, status, hop.host)) or self._text_said(text, dsn, status, hop.host)
        outcome, meaning, host, known = said.outcome, said.outcome.meaning, said.host, said.provider
        recipient = key.partition("<")[2]
        state = tallies.ATTEMPT_INDEX[status]
        self._hour[state] += 1
        outcome.counts[state] += 1
        of_domain = tally.by_recipient_domain.get(domain) or tally.row(
            tally.by_recipient_domain, domain, tallies.MOST_KEYS, "by_recipient_domain"
        )
        of_domain[state] += 1
        if outcome.gone:
            tally.note_suppressed(recipient, (time or "", meaning.category or tallies.UNKNOWN, 1))
            if state != 1:
                last |= HARD
        tally.note_word(
            key if len(key) <= tallies.LONGEST_KEY else tallies.message_key(queue_id, recipient),
            last | state | LOCAL if hop.local else last | state,
        )
        group = self._group_of(said, recipient)
        group.put(state - 1, time, stream.sender, domain)
        if hop.local:
            return
        tally.remote[state] += 1
        if traffic is not None:
            traffic.has_sender_side = True
            provider = (known if host else None) or ""
            of_what = (outcome.category, outcome.code, outcome.suppress, recipient, f"queue {queue_id} {recipient}")
            traffic.failed(Failed(status, self._minute, stream.name, provider, domain, *of_what))

    def _text_said(self, text: str, dsn: str, status: str, hop: str | None) -> "_TextSaid":
        """What a text says that came from this host: a queue tries again, and hears the same."""
        raw = text
        if not text.isascii():
            text = _decoded(text)
        spoke, reply, tried = spoken(text)
        host = spoke or hop
        known = provider_of_host(host or tried)
        outcome = self._outcome(text, dsn, known, status)
        said = _TextSaid(outcome, self._key_of(outcome, reply, text), text, reply, host, known)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            self._texts[raw, dsn, status, hop] = said
        return said

    def _outcome(self, text: str, dsn: str, provider: str | None, status: str) -> _Outcome:
        known = (template_of(text), dsn, provider)
        outcome = self._outcomes.get(known)
        if outcome is None:
            if len(self._outcomes) >= MOST_REMEMBERED:
                self._end_outcomes()
                self._outcomes.clear()
                self._texts.clear()
            meaning = corrected(meaning_of(*known, False), Said(status, "postfix"))
            outcome = self._outcomes[known] = _Outcome(meaning)
        return outcome

    def _end_outcomes(self) -> None:
        """Count what the replies of each template came to."""
        tally = self._sums.tally
        for outcome in self._outcomes.values():
            if not any(outcome.counts):
                continue
            provider = outcome.meaning.provider or tallies.UNKNOWN
            row = tally.row(tally.by_provider, provider, tallies.MOST_KEYS, "by_provider")
            for state, number in enumerate(outcome.counts):
                row[state] += number
            _, deferred, bounced = outcome.counts
            tally.counts["deferred"] += deferred
            tally.counts["bounced"] += bounced
            tally.count(tally.by_category, outcome.category, "by_category", deferred + bounced)
            if outcome.meaning.enhanced:
                tally.count(tally.by_enhanced, outcome.meaning.enhanced, "by_enhanced", deferred + bounced)
            outcome.counts = [0, 0, 0]

    def _key_of(self, outcome: _Outcome, reply: str | None, text: str) -> Key:
        """The key of a reply's group. What it states is told by the words that may be names."""
        names: tuple[str, ...] = ()
        if outcome.about_senders:
            names = tuple(filter(self._identities.__getitem__, (text if reply is None else reply).split()))
        key = outcome.keys.get(names)
        if key is None:
            shown = reply_line(said_reply(reply, text, outcome.meaning.wrapped)) or ""
            if len(outcome.keys) >= MOST_STATED:
                outcome.keys.clear()
            key = outcome.keys[names] = key_of(outcome.meaning, stated(shown, outcome.category))
        return key

    def _group_of(self, said: "_TextSaid", recipient: str) -> Group:
        """The group of a reply, which is noted where it is the latest."""
        key = said.key
        group = self._sums.failures.group(key)
        time, known = self._time or "", self._words.get(key)
        if known is None or time >= known.time:
            words = _Words(time, said.reply, said.text, said.outcome.meaning.wrapped, said.host or "", recipient)
            if known is not None and time == known.time:
                group.words = max(group.words, known.shown())
            if len(self._words) >= MOST_REMEMBERED:
                self._end_words()
            self._words[key] = words
        return group


def _decoded(text: str) -> str:
    """What stood in a block that was decoded byte by byte, decoded as lines are."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")
