"""The shortest way through a Postfix log: what is delivered in a block of lines is counted at once, by the interpreter's own loops.

Nearly all lines that say something are deliveries to another machine and the `from=<...>` before them. `BlockCount` takes
those of a block as columns: the senders into a dictionary in one step, the deliveries into counts of pairs. That is the
same as one line after the other as long as no line of the block depends on its place among the others. Where one might (a
queue id with two senders, one message delivered and put off, a time that goes back, a line that ends a message), the
block goes the way of healthcheck.intake.fast, which it does in doubt.
"""

import operator
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress, groupby, repeat
from typing import NamedTuple

from checks.delivery import tally as tallies
from checks.delivery.tally import LINE_SHIFT, LOCAL
from healthcheck.intake import shapes
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.failing import MOST_REMEMBERED, decoded
from healthcheck.intake.fast import LineCount, Spot, Sums
from healthcheck.intake.log import LogReader
from healthcheck.intake.postfix import LOCAL_SERVICES, REMEMBERED

Others = list[tuple[int, shapes.Row]]
_takes_much = operator.attrgetter("much")
_MOST_SPOTS = 4 * MOST_REMEMBERED


class _Sent(NamedTuple):
    """The deliveries of a block, a column each, in order; `places`: their rows among all."""

    stamps: tuple[str, ...]
    zones: tuple[str, ...]
    keys: tuple[str, ...]
    queue_ids: tuple[str, ...]
    domains: tuple[str, ...]
    hosts: tuple[str, ...]
    places: tuple[int, ...]


class _Spots(dict[tuple[str, str], Spot]):
    """By recipient's domain and host where a delivery is counted; bounded."""

    def __init__(self, find: Callable[[tuple[str, str]], Spot]) -> None:
        self._find = find

    def __missing__(self, whom: tuple[str, str]) -> Spot:
        if len(self) >= _MOST_SPOTS:
            self.clear()
        spot = self[whom] = self._find(whom)
        return spot


class BlockCount(LineCount):
    """A LineCount that counts most blocks as a whole."""

    def __init__(self, log: LogReader, sums: Sums, chosen: Chosen, file: str, alone: bool = True) -> None:
        super().__init__(log, sums, chosen, file, alone)
        self._raws: dict[str, str] = {}
        self._spots_of = _Spots(self._spot_of)
        self._pairs: Counter[tuple[str | None, Spot]] = Counter()

    def block(self, text: str, before: int) -> Iterator[tuple[int, str]]:
        """As LineCount.block."""
        if self._part or not self._at_once(text, before):
            yield from super().block(text, before)

    def _at_once(self, text: str, before: int) -> bool:
        """Count a block; False, and nothing counted, where it has to be read in order."""
        rows = shapes.expression_for(text).findall(text)
        if not rows:
            return True
        noted_at = {row[11]: at for at, row in enumerate(rows) if row[11]}
        went = [bool(row[6]) and not row[9] and row[2] not in LOCAL_SERVICES for row in rows]
        columns = tuple(zip(*compress(rows, went), strict=True)) or ((),) * 7
        stamps, zones, _, keys, queue_ids, domains, hosts = columns[:7]
        sent = _Sent(stamps, zones, keys, queue_ids, domains, hosts, tuple(compress(range(len(rows)), went)))
        lines = [(at, row) for at, row in enumerate(rows) if row[13] or (row[3] and not went[at])]
        new, old = self._postfix.senders.new, self._postfix.senders.old
        if (
            len(noted_at) + len(sent.keys) + len(lines) != len(rows)
            or len(new) + len(noted_at) >= REMEMBERED // 2
            or max(map(len, sent.keys), default=0) > tallies.LONGEST_KEY
            or not all(map(operator.lt, map(noted_at.get, sent.queue_ids, repeat(-1)), sent.places))
        ):
            return False
        others = _apart(lines, noted_at, set(sent.keys))
        if others is None:
            return False
        if not self._alone and any(one not in noted_at and one not in new and one not in old for one in sent.queue_ids):
            return False
        ordered = _in_order(sent, others)
        if ordered is None:
            return False
        if len(self._raws) >= _MOST_SPOTS:
            self._raws.clear()
        same = self._raws.setdefault
        new.update([(row[11], same(row[12], row[12])) for row in rows if row[11]])
        self._count(sent, others, ordered, before)
        return True

    def _count(self, sent: _Sent, others: Others, ordered: list[tuple[str, str]], before: int) -> None:
        """Count what was found to depend on no order."""
        postfix, base = self._postfix, (before + 1) << LINE_SHIFT
        raws = self._senders(sent.queue_ids)
        spots = list(map(self._spots_of.__getitem__, zip(sent.domains, sent.hosts, strict=True)))
        waiting, begin = iter(others), 0
        upcoming = next(waiting, None)
        word_at: dict[str, int] = {}
        for _, moments in groupby(ordered, key=_minute_of):
            last = self._within_minute(list(moments), word_at)
            while upcoming is not None and upcoming[1][0] <= last:
                at, row = upcoming
                self._time = f"{self._minute}:{row[0][-2:]}Z" if self._minute else None
                self._one(word_at[row[0]], before + 1 + at, row)
                upcoming = next(waiting, None)
            end = bisect_right(sent.stamps, last, begin)
            if end > begin:
                self._went()
                within = spots[begin:end]
                self._pairs.update(zip(raws[begin:end], within, strict=True))
                self._busy.update(filter(_takes_much, within))
                begin = end
        words = {stamp: word | base for stamp, word in word_at.items()}
        self._say_last(sent.keys, list(map(words.__getitem__, sent.stamps)))
        if sent.keys:
            self._sums.tally.has_sender_side = True
        if not postfix.pending.keys().isdisjoint(sent.queue_ids):
            for queue_id, key in zip(sent.queue_ids, sent.keys, strict=True):
                if queue_id in postfix.pending:
                    postfix.keep_pending(queue_id, key.partition("<")[2], "")
        self._end_block(len(sent.keys))

    def _within_minute(self, moments: list[tuple[str, str]], word_at: dict[str, int]) -> str:
        """Take note of the stamps of a minute, and of the words for their times. The last of them."""
        (first, zone), (last, _) = moments[0], moments[-1]
        word = self._moment(first, zone)
        if self._minute:
            word -= int(first[-2:]) << tallies.TIME_SHIFT
            word_at.update((stamp, word + (int(stamp[-2:]) << tallies.TIME_SHIFT)) for stamp, _ in moments)
            for stamp in (first, last):
                self._saw(f"{self._minute}:{stamp[-2:]}Z")
        else:
            word_at.update((stamp, word) for stamp, _ in moments)
        return last

    def _one(self, word: int, number: int, row: shapes.Row) -> None:
        """Count a line that is no delivery to another machine, or one that is written otherwise. `word`: what its time comes to,
        which is that of the count."""
        _, _, service, key, queue_id, domain, host, relay, _, status, _, _, _, message = row
        postfix = self._postfix
        if message:
            for said in postfix.refusal(decoded(message)):
                self._failures.refuse(said, self._time or "")
                self.events += 1
            return
        if queue_id in postfix.pending or status == "deferred":
            postfix.keep_pending(queue_id, key.partition("<")[2], status)
        raw = postfix.senders.get(queue_id)
        hop = self._hops[service in LOCAL_SERVICES].get(host or relay) or self._hop(service, host, relay)
        if raw is None and not self._alone and (status or not hop.local):
            self._put_aside(number, row)
            return
        self.events += 1
        self._sums.tally.has_sender_side = True
        stream = self._streams.get(raw) or self._stream(raw)
        last = word | number << LINE_SHIFT
        if status:
            self._failures.count(last, row, hop.host, hop.local, stream.sender, self._time or "")
            return
        spot = hop.spots.get(domain) or self._spot(hop, domain)
        if hop.local:
            last |= LOCAL
            self._sent_local(spot)
        else:
            self._went()
            stream.sent[spot] = stream.sent.get(spot, 0) + 1
            if spot.much:
                self._busy[spot] += 1
        if len(key) > tallies.LONGEST_KEY:
            key = tallies.message_key(queue_id, key.partition("<")[2])
        self._sums.tally.note_word(key, last)

    def _senders(self, queue_ids: tuple[str, ...]) -> list[str | None]:
        new, old = self._postfix.senders.new, self._postfix.senders.old
        raws: list[str | None] = list(map(new.get, queue_ids))
        if None in raws:
            return [old.get(one) if raw is None else raw for raw, one in zip(raws, queue_ids, strict=True)]
        return raws

    def _spot_of(self, whom: tuple[str, str]) -> Spot:
        domain, host = whom
        hop = self._hops[False].get(host) or self._hop("smtp", host, "")
        return hop.spots.get(domain) or self._spot(hop, domain)

    def _say_last(self, keys: tuple[str, ...], words: list[int]) -> None:
        """Words on messages, of which the last counts; those of one message in order."""
        last_words = self._sums.tally.last_words
        latest = max(filter(None, map(last_words.get, keys)), default=0)
        if latest < min(words, default=0):
            last_words.update(zip(keys, words, strict=True))
            return
        for key, word in zip(keys, words, strict=True):
            if word > last_words.get(key, -1):
                last_words[key] = word

    def _end_hour(self) -> None:
        pairs, self._pairs = self._pairs, Counter()
        for (raw, spot), number in pairs.items():
            sent = (self._streams.get(raw) or self._stream(raw)).sent
            sent[spot] = sent.get(spot, 0) + number
        super()._end_hour()


def _apart(rows: Others, noted_at: dict[str, int], keys: set[str]) -> Others | None:
    """What is no plain delivery: attempts, and refusals, whose message is the last of their Row. None where the place of a
    line counts."""
    others: Others = []
    for at, row in rows:
        line = row[13]
        if not line:
            if row[3] in keys or noted_at.get(row[4], -1) > at:
                return None
            others.append((at, row))
        elif (refused := shapes.REFUSAL.fullmatch(line)) is not None and "status=" not in line:
            stamp, zone = refused[1] or refused[2], refused[3] or ""
            others.append((at, (stamp, zone, "", "", "", "", "", "", "", "", "", "", "", refused[4])))
        else:
            return None
    return others


def _in_order(sent: _Sent, others: Others) -> list[tuple[str, str]] | None:
    """The stamps and zones of a block, each once, where they are of one day and none goes back; else None."""
    stamps = [row[0] for _, row in others]
    ordered = sorted({*sent.stamps, *stamps})
    zones = {*sent.zones, *(row[1] for _, row in others)}
    days = {stamp[:-8] for stamp in ordered}
    if len(days) > 1 or len(zones) > 1 or any(stamp[-2:] > "59" for stamp in ordered):
        return None
    if not all(map(operator.le, sent.stamps, sent.stamps[1:])) or not all(map(operator.le, stamps, stamps[1:])):
        return None
    zone = "".join(zones)
    return [(stamp, zone) for stamp in ordered]


def _minute_of(moment: tuple[str, str]) -> str:
    return moment[0][:-3]
