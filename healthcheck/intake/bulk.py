"""The shortest way through a Postfix log: what is delivered in a block of lines is counted at once, by the interpreter's own loops.

Nearly all lines that say something are deliveries to another machine and the `from=<...>` before them. `BlockCount` takes
those of a block as columns: the senders into a dictionary in one step, the deliveries into counts of pairs. That is the
same as one line after the other as long as no line of the block depends on its place among the others. Where one might (a
queue id with two senders, one message delivered and put off, a time that goes back, a line that ends a message), the
block goes the way of healthcheck.intake.fast, which it does in doubt.
"""

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from checks.delivery import tally as tallies
from checks.delivery.tally import LINE_SHIFT
from healthcheck.intake import shapes
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.failing import MOST_REMEMBERED, decoded
from healthcheck.intake.fast import LineCount, Spot, Sums
from healthcheck.intake.log import LogReader
from healthcheck.intake.servers.postfix import LOCAL_SERVICES, REMEMBERED

Others = list[tuple[int, shapes.Row]]
_takes_much, _is_local, _bits = operator.attrgetter("much"), operator.attrgetter("local"), operator.attrgetter("bits")
_MOST_SPOTS = 4 * MOST_REMEMBERED


class _Sent(NamedTuple):
    """What was delivered in a block, a column each, in order."""

    stamps: tuple[str, ...]
    keys: tuple[str, ...]
    queue_ids: tuple[str, ...]
    spots: tuple[Spot, ...]


class _Spots(dict[tuple[bool, str, str, str], Spot]):
    """By whether the service is one of this machine, recipient's domain, host and what else stands in relay= where a delivery is
    counted; bounded."""

    def __init__(self, find: Callable[[bool, str, str, str], Spot]) -> None:
        self._find = find

    def __missing__(self, whom: tuple[bool, str, str, str]) -> Spot:
        if len(self) >= _MOST_SPOTS:
            self.clear()
        spot = self[whom] = self._find(*whom)
        return spot


class BlockCount(LineCount):
    """A LineCount that counts most blocks as a whole."""

    def __init__(self, log: LogReader, sums: Sums, chosen: Chosen, file: str, alone: bool = True) -> None:
        super().__init__(log, sums, chosen, file, alone)
        self._raws: dict[str, str] = {}
        self._spots_of = _Spots(self._spot_of)

    def block(self, text: str, before: int) -> Iterator[tuple[int, str]]:
        """As LineCount.block."""
        return iter(()) if not self._part and self._at_once(text, before) else super().block(text, before)

    def _at_once(self, text: str, before: int) -> bool:
        """Count a block; False, and nothing counted, where it has to be read in order."""
        rows = shapes.expression_for(text).findall(text)
        noted = [(row[11], row[12]) for row in rows if row[11]]
        columns = tuple(zip(*[row for row in rows if row[3] and not row[9]], strict=True)) or ((),) * 8
        stamps, zones, services, keys, queue_ids, domains, hosts, relays = columns[:8]
        others = _apart(rows, set(keys))
        ordered = None if others is None else _in_order(stamps, zones, others)
        # By queue id what is said first of it: who sent it, or "" for anything else.
        first = {row[11] or row[4]: row[11] for row in reversed(rows)}
        new, old = self._postfix.senders.new, self._postfix.senders.old
        if (
            others is None
            or ordered is None
            or len(dict(noted)) < len(noted)
            or not all(map(first.get, dict(noted)))
            or len(new) + len(noted) >= REMEMBERED // 2
            or max(map(len, keys), default=0) > tallies.LONGEST_KEY
        ):
            return False
        here = map(LOCAL_SERVICES.__contains__, services)
        spots = tuple(map(self._spots_of.__getitem__, zip(here, domains, hosts, relays, strict=True)))
        if not self._alone and any(
            not (first[one] or one in new or one in old or spot.local)
            for one, spot in zip(queue_ids, spots, strict=True)
        ):
            return False
        if len(self._raws) >= _MOST_SPOTS:
            self._raws.clear()
        same = self._raws.setdefault
        new.update([(queue_id, same(raw, raw)) for queue_id, raw in noted])
        self._count(_Sent(stamps, keys, queue_ids, spots), others, ordered, before)
        return True

    def _count(self, sent: _Sent, others: Others, ordered: list[tuple[str, str]], before: int) -> None:
        """Count what was found to depend on no order."""
        postfix, base = self._postfix, (before + 1) << LINE_SHIFT
        raws = self._senders(sent.queue_ids)
        waiting, begin = iter(others), 0
        upcoming = next(waiting, None)
        words: dict[str, int] = {}
        for _, moments in groupby(ordered, key=_minute_of):
            last = self._within_minute(list(moments), words)
            while upcoming is not None and upcoming[1][0] <= last:
                at, row = upcoming
                self._time = f"{self._minute}:{row[0][-2:]}Z" if self._minute else None
                self._one(words[row[0]], before + 1 + at, row)
                upcoming = next(waiting, None)
            end = bisect_right(sent.stamps, last, begin)
            if end > begin:
                within = sent.spots[begin:end]
                self._sent.update(zip(raws[begin:end], within, strict=True))
                self._busy.update(filter(_takes_much, within))
                if not all(map(_is_local, within)):
                    self._went()
                begin = end
        words = {stamp: word | base for stamp, word in words.items()}
        said = list(map(words.__getitem__, sent.stamps))
        if any(map(_is_local, sent.spots)):
            said = list(map(operator.or_, said, map(_bits, sent.spots)))
        self._say_last(sent.keys, said)
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
        """Count a failure or a refusal. `word`: what its time comes to, which is that of the count."""
        _, _, service, key, queue_id, _, host, relay, _, status, _, _, _, message = row
        postfix = self._postfix
        if message:
            for said in postfix.refusal(decoded(message)):
                self._failures.refuse(said, self._time or "")
                self.events += 1
            return
        if status == "deferred" or queue_id in postfix.pending:
            postfix.keep_pending(queue_id, key.partition("<")[2], status)
        raw = postfix.senders.get(queue_id)
        if raw is None and not self._alone:
            self._put_aside(number, row)
            return
        self.events += 1
        self._sums.tally.has_sender_side = True
        hop = self._hops[service in LOCAL_SERVICES].get(host or relay) or self._hop(service, host, relay)
        stream = self._streams.get(raw) or self._stream(raw)
        self._failures.count(word | number << LINE_SHIFT, row, hop.host, hop.local, stream.sender, self._time or "")

    def _senders(self, queue_ids: tuple[str, ...]) -> list[str | None]:
        new, old = self._postfix.senders.new, self._postfix.senders.old
        raws: list[str | None] = list(map(new.get, queue_ids))
        if None in raws:
            return [old.get(one) if raw is None else raw for raw, one in zip(raws, queue_ids, strict=True)]
        return raws

    def _spot_of(self, here: bool, domain: str, host: str, relay: str) -> Spot:
        hop = self._hops[here].get(host or relay) or self._hop("local" if here else "smtp", host, relay)
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


def _apart(rows: list[shapes.Row], sent: set[str]) -> Others | None:
    """What is no delivery: failures, and refusals, whose message is the last of their Row. None where the place of a line counts;
    `sent`: of which messages something was delivered."""
    others: Others = []
    for at, row in [(at, row) for at, row in enumerate(rows) if row[9] or row[13]]:
        line = row[13]
        if not line:
            if row[3] in sent:
                return None
            others.append((at, row))
        elif (refused := shapes.REFUSAL.fullmatch(line)) is not None and "status=" not in line:
            stamp, zone = refused[1] or refused[2], refused[3] or ""
            others.append((at, (stamp, zone, "", "", "", "", "", "", "", "", "", "", "", refused[4])))
        else:
            return None
    return others


def _in_order(stamps: tuple[str, ...], zones: tuple[str, ...], others: Others) -> list[tuple[str, str]] | None:
    """The stamps and zones of a block, each once, where they are of one day and none goes back; else None."""
    apart = [row[0] for _, row in others]
    ordered = sorted({*stamps, *apart})
    met = {*zones, *(row[1] for _, row in others)}
    days = {stamp[:-8] for stamp in ordered}
    if len(days) > 1 or len(met) > 1 or any(stamp[-2:] > "59" for stamp in ordered):
        return None
    if not all(map(operator.le, stamps, stamps[1:])) or not all(map(operator.le, apart, apart[1:])):
        return None
    zone = "".join(met)
    return [(stamp, zone) for stamp in ordered]


def _minute_of(moment: tuple[str, str]) -> str:
    return moment[0][:-3]
