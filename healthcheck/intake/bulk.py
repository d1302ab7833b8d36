"""The shortest way through a Postfix log: what is delivered in a block of lines is counted at once, by the interpreter's own loops.

Nearly all lines that say something are deliveries to another machine and the `from=<...>` before them. `BlockCount` takes
those of a block as columns: the senders into a dictionary in one step, the deliveries into counts of pairs. That is the
same as one line after the other as long as no line of the block depends on its place among the others. Where one might (a
queue id with two senders, one message delivered and put off, a time that goes back, a line that ends a message), the
block goes the way of healthcheck.intake.fast, which it does in doubt.
"""

import operator
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import compress, groupby, repeat
from typing import NamedTuple

from checks.delivery import tally as tallies
from checks.delivery.events import address
from checks.delivery.failures import domain_of_sender
from checks.delivery.tally import LINE_SHIFT, LOCAL
from checks.delivery.traffic import UNKNOWN
from healthcheck.intake import shapes
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.fast import MOST_REMEMBERED, LineCount, Sums, _Spot
from healthcheck.intake.log import LogReader
from healthcheck.intake.postfix import LOCAL_SERVICES, REMEMBERED

Lines = list[tuple[int, str]]
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
    places: list[int]


class BlockCount(LineCount):
    """A LineCount that counts most blocks as a whole."""

    def __init__(self, log: LogReader, sums: Sums, chosen: Chosen, file: str, alone: bool = True) -> None:
        super().__init__(log, sums, chosen, file, alone)
        self._spot_of: dict[tuple[str, str], _Spot] = {}
        self._pairs: Counter[tuple[str | None, _Spot]] = Counter()
        self._whole = chosen.everything

    def block(self, text: str, before: int) -> Iterator[tuple[int, str]]:
        """As LineCount.block."""
        odd = self._at_once(text, before) if self._whole else None
        if odd is None:
            yield from super().block(text, before)
            return
        yield from odd
        if odd:
            self._minute_before = ("", "", 0)

    def _at_once(self, text: str, before: int) -> Lines | None:
        """Count a block, all but the lines that are returned; None, and nothing counted, where it has to be read in order."""
        deliveries, expression = shapes.expressions_for(text)
        rows = deliveries.findall(text)
        noted = {row[6]: at for at, row in enumerate(rows) if row[6]}
        lines = [(at, row[8]) for at, row in enumerate(rows) if row[8]]
        went = [bool(row[0]) for row in rows]
        stamps, zones, keys, queue_ids, domains, hosts = tuple(zip(*compress(rows, went), strict=True))[:6] or ((),) * 6
        sent = _Sent(stamps, zones, keys, queue_ids, domains, hosts, list(compress(range(len(rows)), went)))
        new, old = self._postfix.senders.new, self._postfix.senders.old
        if (
            len(noted) + len(sent.keys) + len(lines) != len(rows)
            or len(new) + len(noted) >= REMEMBERED // 2
            or max(map(len, sent.keys), default=0) > tallies.LONGEST_KEY
            or not all(map(operator.lt, map(noted.get, sent.queue_ids, repeat(-1)), sent.places))
        ):
            return None
        apart = _apart(lines, expression, noted, set(sent.keys))
        if apart is None:
            return None
        others, odd = apart
        if not self._alone:
            asked = {*sent.queue_ids, *(row[4] for _, row in others)}
            if any(one not in noted and one not in new and one not in old for one in asked):
                return None
        ordered = _in_order(sent, others, odd)
        if ordered is None:
            return None
        self._postfix.senders.new.update([(row[6], row[7]) for row in rows if row[6]])
        self._count(sent, others, ordered, before)
        return [(before + 1 + at, line) for at, line in odd]

    def _count(self, sent: _Sent, others: Others, ordered: list[tuple[str, str]], before: int) -> None:
        """Count what was found to depend on no order."""
        postfix, tally, base = self._postfix, self._sums.tally, (before + 1) << LINE_SHIFT
        raws, spots = self._senders(sent.queue_ids), self._spots_of(sent)
        waiting, begin = iter(others), 0
        upcoming = next(waiting, None)
        word_at: dict[str, int] = {}
        for _, moments in groupby(ordered, key=_minute_of):
            for stamp, zone in moments:
                at = self._moment(stamp, zone)
                word_at[stamp] = at | base
                self._touch()
                while upcoming is not None and upcoming[1][0] == stamp:
                    self._one(at | (before + 1 + upcoming[0]) << LINE_SHIFT, upcoming[1])
                    upcoming = next(waiting, None)
            end = bisect_right(sent.stamps, stamp, begin)
            if end > begin:
                self._went()
                within = spots[begin:end]
                self._pairs.update(zip(raws[begin:end], within, strict=True))
                self._busy.update(filter(_takes_much, within))
                begin = end
        self._say_last(sent.keys, list(map(word_at.__getitem__, sent.stamps)))
        if not postfix.pending.keys().isdisjoint(sent.queue_ids):
            for queue_id, key in zip(sent.queue_ids, sent.keys, strict=True):
                if queue_id in postfix.pending:
                    postfix.keep_pending(queue_id, key.partition("<")[2], "")
        self.events += len(sent.keys) + len(others)
        while len(tally.last_words) > tallies.MOST_MESSAGES:
            tally.close_earliest()

    def _one(self, last: int, row: shapes.Row) -> None:
        """Count an attempt that is no delivery to another machine, or one whose line is written otherwise."""
        _, _, service, key, queue_id, domain, host, relay, _, status, _, _, _, _ = row
        postfix = self._postfix
        if queue_id in postfix.pending or status == "deferred":
            postfix.keep_pending(queue_id, key.partition("<")[2], status)
        raw = postfix.senders.get(queue_id)
        stream = self._streams.get(raw) or self._stream(raw)
        hop = self._hops[service in LOCAL_SERVICES].get(host or relay) or self._hop(service, host, relay)
        if status:
            self._failed(last, row, hop, stream)
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
        self._say_last((key,), [last])

    def _senders(self, queue_ids: tuple[str, ...]) -> list[str | None]:
        new, old = self._postfix.senders.new, self._postfix.senders.old
        raws: list[str | None] = list(map(new.get, queue_ids))
        if None in raws:
            return [old.get(one) if raw is None else raw for raw, one in zip(raws, queue_ids, strict=True)]
        return raws

    def _spots_of(self, sent: _Sent) -> list[_Spot]:
        """Where each delivery is counted."""
        known = self._spot_of
        if len(known) > _MOST_SPOTS:
            known.clear()
        whom = list(zip(sent.domains, sent.hosts, strict=True))
        for one in set(whom).difference(known):
            domain, host = one
            hop = self._hops[False].get(host) or self._hop("smtp", host, "")
            known[one] = hop.spots.get(domain) or self._spot(hop, domain)
        return list(map(known.__getitem__, whom))

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
        for (raw, spot), number in self._pairs.items():
            sender = address(raw) if raw else raw
            sent = self._sent.setdefault(UNKNOWN if sender is None else domain_of_sender(sender), {})
            sent[spot] = sent.get(spot, 0) + number
        self._pairs.clear()
        super()._end_hour()


def _apart(
    lines: Lines, expression: re.Pattern[str], noted: dict[str, int], keys: set[str]
) -> tuple[Others, Lines] | None:
    """Of what is no plain delivery, the attempts, and refusals for the plain way. None where the place of a line counts."""
    others: Others = []
    odd: Lines = []
    found = expression.findall("\n" + "\n".join([line for _, line in lines]) + "\n") if lines else []
    if len(found) != len(lines):
        return None
    for (at, line), row in zip(lines, found, strict=True):
        if row[3]:
            if row[3] in keys or noted.get(row[4], -1) > at:
                return None
            others.append((at, row))
        elif "reject: " in line and "status=" not in line and shapes.OF_POSTFIX.match("\n" + line) is not None:
            odd.append((at, line))
        else:
            return None
    return others, odd


def _in_order(sent: _Sent, others: Others, odd: Lines) -> list[tuple[str, str]] | None:
    """The stamps and zones of a block, each once, where they are of one day and none goes back; else None."""
    stamps = [row[0] for _, row in others]
    ordered = sorted({*sent.stamps, *stamps})
    zones = {*sent.zones, *(row[1] for _, row in others)}
    days = {*(stamp[:-8] for stamp in ordered), *(line[: len(ordered[0]) - 8 if ordered else 6] for _, line in odd)}
    if len(days) > 1 or len(zones) > 1 or any(stamp[-2:] > "59" for stamp in ordered):
        return None
    if not all(map(operator.le, sent.stamps, sent.stamps[1:])) or not all(map(operator.le, stamps, stamps[1:])):
        return None
    zone = "".join(zones)
    return [(stamp, zone) for stamp in ordered]


def _minute_of(moment: tuple[str, str]) -> str:
    return moment[0][:-3]
