"""Reading that counts what it can count as it goes, and gives events of the rest."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from checks.delivery.events import ATTEMPTS, Event, Place, address
from checks.delivery.meaning import Said, judged
from checks.delivery.tally import message_key
from healthcheck.intake import shares, stamps
from healthcheck.intake.bulk import BlockCount
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.fast import LineCount, Sums
from healthcheck.intake.lines import blocks_of, has_long_line, lines_of
from healthcheck.intake.read import BOM, MOST_SAMPLES, Reading, Source
from healthcheck.intake.shapes import OF_POSTFIX
from healthcheck.intake.shares import Expired, Running, Share, Shares, Task
from healthcheck.intake.sources import Found

MOST_ASIDE = 20_000
"""Attempts that a share puts aside; of more it is read in order."""
MOST_EXPIRED = 500
_FIRST = 1024 * 1024
"""Bytes that are read before others start."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would look through every row and word over and over: there are no cycles in them."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


class Counting(Reading):
    """A Reading whose `events` are those that `sums` does not hold yet: who adds them to it has the sums of all."""

    def __init__(self, paths: Sequence[str], timezone: tzinfo, chosen: Chosen, sums: Sums, parts: Shares) -> None:
        super().__init__(paths, timezone)
        self._chosen, self._sums, self._parts = chosen, sums, parts

    def _log_lines(self, stream: BinaryIO, source: Source, found: Found) -> Iterator[Event]:
        lines = BlockCount(self._log, self._sums, self._chosen, source.file)
        plain = found.path is not None and isinstance(getattr(stream, "raw", None), FileIO)
        cuts = self._parts.cuts(found.path) if plain and found.path is not None else []
        try:
            with _uncollected():
                if cuts:
                    yield from self._shared(stream, source, lines, cuts)
                else:
                    yield from self._blocks(stream, source, lines, None)
        finally:
            lines.end()
            self._counted += lines.events

    def _blocks(self, stream: BinaryIO, source: Source, lines: LineCount, size: int | None) -> Iterator[Event]:
        for block in blocks_of(stream, size):
            yield from self._block(block if source.lines else block.removeprefix(BOM), lines, source)

    def _block(self, block: bytes, lines: LineCount, source: Source) -> Iterator[Event]:
        before = source.lines
        if b"\r" in block or has_long_line(block):
            for whole, cut in lines_of(BytesIO(block)):
                source.lines += 1
                yield from self._log_line(whole, source.file, source.lines, cut)
            return
        end = block.rfind(b"\n") + 1
        source.lines += block.count(b"\n")
        text = "\n" + block[:end].decode("latin-1")
        if "postfix" not in self._forms and OF_POSTFIX.search(text) is not None:
            self._forms.add("postfix")
        for number, line in lines.block(text, before):
            samples = len(self.samples)
            yield from self._log_line(line.encode("latin-1"), source.file, number, False)
            if len(self.samples) > samples:
                self._place(text, line, before)
        if end < len(block):
            source.lines += 1
            yield from self._log_line(block[end:], source.file, source.lines, True)

    def _place(self, text: str, line: str, before: int) -> None:
        """Correct the number of the last sample: the lines that are given are not counted by their ends."""
        *others, last = self.samples
        taken = {one.line for one in others if one.file == last.file}
        at = text.find(f"\n{line}\n")
        while (number := before + text.count("\n", 0, at) + 1) in taken and at >= 0:
            at = text.find(f"\n{line}\n", at + 1)
        self.samples[-1] = msgspec.structs.replace(last, line=number)

    def _shared(self, stream: BinaryIO, source: Source, lines: LineCount, cuts: list[int]) -> Iterator[Event]:
        """The file in shares: the first is read here meanwhile."""
        clock = self._log.clock
        path, with_traffic = stream.name, self._sums.traffic is not None
        first = Task(path, source.file, 0, cuts[0], self._zone, self._chosen, with_traffic, clock.state, clock.now)
        tasks, running = shares.tasks_of(first, cuts), list[Running]()
        try:
            # What the other processes would all have to learn, they are born with: what the first replies mean.
            yield from self._blocks(stream, source, lines, min(_FIRST, cuts[0]))
            running += [self._parts.start(task, count_share) for task in tasks]
            yield from self._blocks(stream, source, lines, cuts[0] - stream.tell())
            for one in running:
                share, task = one.result(), one.task
                if share is not None and shares.follows(share, task.clock, self._log.clock):
                    lines.end()
                    yield from self._take(share, source)
                    continue
                stream.seek(task.begin)
                yield from self._blocks(stream, source, lines, None if task.end is None else task.end - task.begin)
        finally:
            for one in running:
                one.stop()

    def _take(self, share: Share, source: Source) -> Iterator[Event]:
        """Add a share to what was read before it, and give the events that waited for that."""
        postfix, before = self._log.postfix, source.lines
        for expired in share.expired:
            queue_id = expired.said.queue_id or ""
            earlier = [one for one in postfix.pending.pop(queue_id, ()) if one not in expired.mentioned]
            recipients: list[str | None] = [*earlier, *(one for one in expired.waiting if one not in earlier)]
            for number, recipient in enumerate(recipients or [None], start=1):
                said = msgspec.structs.replace(expired.said, recipient=recipient)
                yield judged(said, Place(source.file, before + expired.line, number if len(recipients) > 1 else None))
        self._settle(share)
        for number, said in share.later:
            said.sender = postfix.senders.get(said.queue_id or "")
            yield judged(said, Place(source.file, before + number, said.part))
        self._sums.merge(share.sums, before)
        postfix.senders.take(share.senders)
        for queue_id, waiting in share.pending.items():
            postfix.pending.setdefault(queue_id, {}).update(waiting)
        self._log.clock.go_on(share.clock if share.first_month else self._log.clock.state)
        source.lines += share.lines
        self._counted += share.events
        self._forms |= share.forms
        self.unread_lines += share.unread_lines
        self.unread_bytes += share.unread_bytes
        for sample in share.samples[: MOST_SAMPLES - len(self.samples)]:
            self.samples.append(msgspec.structs.replace(sample, line=before + (sample.line or 0)))

    def _settle(self, share: Share) -> None:
        """Who waited before a share, and was mentioned in it, waits only if the share says so."""
        pending, words = self._log.postfix.pending, share.sums.tally.last_words
        aside = {(said.queue_id, address(said.recipient)) for _, said in share.later if said.kind in ATTEMPTS}
        for queue_id in list(pending):
            waiting = pending[queue_id]
            for recipient in list(waiting):
                if message_key(queue_id, recipient) in words or (queue_id, recipient) in aside:
                    del waiting[recipient]
            if not waiting:
                del pending[queue_id]


class _InOrder(Exception):
    """This share has to be read in order."""


class _Apart(Counting):
    """Reads a share without knowing what stands before it."""

    def __init__(self, task: Task, sums: Sums) -> None:
        super().__init__([task.path], task.zone, task.chosen, sums, Shares(1))
        self._task = task
        self._expired: list[tuple[Said, int, tuple[str, ...], int]] = []
        self._counts = BlockCount(self._log, sums, task.chosen, task.name, alone=False)
        self._log.begin(stamps.YearlessClock(task.clock[0], task.now, task.zone, task.clock[1]))

    def share(self) -> Share:
        """All of it. _InOrder where it cannot be counted so."""
        task, sums, events = self._task, self._sums, 0
        source = Source(task.name)
        with Path(task.path).open("rb") as stream:
            stream.seek(task.begin)
            for block in blocks_of(stream, None if task.end is None else task.end - task.begin):
                for event in self._block(block, self._counts, source):
                    events += 1
                    if task.chosen.takes(event):
                        sums.add(event)
                if len(self._counts.later) > MOST_ASIDE or len(self._expired) > MOST_EXPIRED:
                    raise _InOrder
        self._counts.end()
        postfix, clock = self._log.postfix, self._log.clock
        return Share(
            sums=sums,
            lines=source.lines,
            events=self._counts.events + events,
            forms=self._forms,
            unread_lines=self.unread_lines,
            unread_bytes=self.unread_bytes,
            samples=self.samples,
            later=self._counts.later,
            expired=self._with_mentioned(),
            senders=postfix.senders,
            pending=postfix.pending,
            first_month=clock.first_month,
            clock=clock.state,
        )

    def _log_line(self, line: bytes, name: str, number: int, cut: bool) -> Iterator[Event]:
        text = line.decode("utf-8", "replace")
        log = self._log
        log.form = None
        said = log.read(text)
        if log.form not in (None, "postfix"):
            raise _InOrder
        if log.form is not None:
            self._forms.add(log.form)
        if said is None and text.strip():
            self._unread(name, number, "cut off" if cut else "no known format", line)
        for position, one in enumerate(said or (), start=1):
            if one.event_id is not None:
                raise _InOrder
            if one.category == "expired":
                waiting = tuple(x.recipient for x in said or () if x.recipient is not None)
                self._expired.append((one, number, waiting, len(self._sums.tally.last_words)))
                return
            part = one.part or (position if said and len(said) > 1 else None)
            if one.queue_id is not None and one.sender is None and one.kind != "rejected":  # a refusal names its own
                one.part = part
                self._counts.later.append((number, one))
            else:
                yield judged(one, Place(name, number, part))

    def _with_mentioned(self) -> list[Expired]:
        """The messages that ran out of time, with all recipients of whom the share had told by then."""
        if not self._expired:
            return []
        tally = self._sums.tally
        if not self._chosen.everything or tally.overflowed:
            raise _InOrder
        asked = {said.queue_id for said, _, _, _ in self._expired}
        told: dict[str | None, list[tuple[int, str]]] = {}
        for index, key in enumerate(tally.last_words):
            queue_id, separator, recipient = key.partition(": to=<")
            if not separator:
                raise _InOrder
            if queue_id in asked:
                told.setdefault(queue_id, []).append((index, recipient))
        aside = [
            (number, said.queue_id, address(said.recipient) or "")
            for number, said in self._counts.later
            if said.kind in ATTEMPTS  # a probe of an address says nothing of who waits
        ]
        found = []
        for said, line, waiting, known in self._expired:
            mentioned = {recipient for index, recipient in told.get(said.queue_id, ()) if index < known}
            mentioned |= {
                recipient for number, queue_id, recipient in aside if number < line and queue_id == said.queue_id
            }
            found.append(Expired(said, line, waiting, frozenset(mentioned)))
        return found


def count_share(task: Task) -> Share | None:
    """Count a share of a log; None where it has to be read in order."""
    try:
        return _Apart(task, Sums(task.traffic)).share()
    except (_InOrder, OSError):
        return None
