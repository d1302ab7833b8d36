"""Delivering what is in the outbox: try, try again later, give up, and say so.

A channel is tried in order and left alone after the first failure that may pass, so that one which is down costs one wait and
not a hundred. The next try is after 4 s, 16 s, 64 s ... up to an hour, each made up to half longer by chance, or when the
receiver says (Retry-After); what has waited for three days is given up. 4xx is given up at once: the same request would
meet the same answer.

Between sending and the note that it was sent, a kill sends once more: at least once, with the same event key (Idempotency-Key,
webhook-id, Message-ID) and the same dedup key, so that a receiver which looks at them has it once.

What is not delivered is kept, is told to whoever runs the monitor, and through another channel where there is one.
"""

import math
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from healthcheck.monitor.alert import Alert, Kind, key_of
from healthcheck.monitor.channels import Channel, Told, Untold, line
from healthcheck.monitor.outbox import Outbox, Waiting
from healthcheck.monitor.times import after, as_text, seconds_between

UNDELIVERED = 4
"""Exit code of a pass after which an alert is not delivered: whatever else it found, nobody was told."""
GRACE = 20.0
"""Seconds that a delivery may take before it begins nothing more, where the monitor is to end: systemd kills after 90."""
BUDGET = 60.0
"""Seconds that one delivery may wait for second tries; what is left is for the next pass."""
CLAIMED_FOR = 180
"""Seconds in which one sending is over: nobody else takes the alert up in that time."""
FIRST_WAIT, WAIT_GROWS, LONGEST_WAIT = 4.0, 4.0, 3600.0
KEPT_TRYING = 3 * 86_400
TOLD_ELSEWHERE_FROM = 3
"""Tries in vain after which other channels are told."""
MOST_ROUNDS = 8
_GLANCE = 0.2
"""Seconds after which one who waits looks whether it is over."""
_SHOWN = 12


class Clock(Protocol):
    """Time and chance, so that tests have their own."""

    def now(self) -> str:
        """RFC 3339 in UTC, to the second."""
        ...

    def wait(self, seconds: float) -> None: ...

    def chance(self) -> float:
        """A number from 0 to below 1."""
        ...

    def over(self) -> bool:
        """True where the monitor is to end: what is due is sent, for GRACE seconds, and no second try is waited for."""
        ...


class SystemClock:
    """The time of this machine, until somebody ends the monitor."""

    def __init__(self, over: Callable[[], bool] = lambda: False) -> None:
        self.over = over

    def now(self) -> str:
        return as_text(datetime.now(UTC))

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.over():
            time.sleep(min(left, _GLANCE))

    def chance(self) -> float:
        return random.random()  # noqa: S311 - jitter, nothing secret


class Delivery(msgspec.Struct, frozen=True):
    """What became of the outbox. `sent` alerts were delivered; `sentences` tell of those that were not, and what to do."""

    sent: int = 0
    sentences: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """False where an alert was given up just now, or still waits: the exit code is then UNDELIVERED."""
        return not self.sentences


def deliver(
    outbox: Outbox, channels: Sequence[Channel], clock: Clock, budget: float = BUDGET, others: Collection[str] = ()
) -> Delivery:
    """Send what is due. It blocks, and waits up to `budget` seconds for second tries; 0 for one try each.

    `others`: channels that somebody else empties.
    """
    work = _Work(outbox, channels, clock, others)
    began = clock.now()
    for _ in range(MOST_ROUNDS):
        for channel in channels:
            work.empty(channel)
        work.tell_of_channels()
        soonest = work.soonest()
        if soonest is None or clock.over():
            break
        wait = seconds_between(clock.now(), soonest)
        if max(wait, seconds_between(began, soonest)) > budget:  # a day, where the clock was put back by one
            break
        clock.wait(wait)
    if not clock.over():
        work.refresh()
    return Delivery(work.sent, work.sentences())


def wait_after(attempts: int, chance: float, asked: float | None = None) -> float:
    """Seconds until the next try, after so many in vain. `asked`: the least that the receiver wants."""
    grown = min(FIRST_WAIT * WAIT_GROWS ** min(attempts - 1, 12), LONGEST_WAIT)
    return max(grown * (1 + chance / 2), asked or 0.0)


class _Work:
    """One delivery."""

    def __init__(self, outbox: Outbox, channels: Sequence[Channel], clock: Clock, others: Collection[str]) -> None:
        self._outbox = outbox
        self._others = others
        self._channels = {channel.name: channel for channel in channels}
        self._clock = clock
        self._began = clock.now()
        self.sent = 0
        self._well: set[str] = set()
        self._why: dict[str, str] = {}
        self._partly: dict[str, str] = {}
        """What was delivered to some, a sentence a channel."""
        self._next: dict[str, str] = {}
        self._lost: dict[str, list[Waiting]] = {}
        """Given up in this delivery, by channel."""
        self._fresh: dict[str, list[Waiting]] = {}
        """What other channels are to be told of, by the channel that failed."""

    def empty(self, channel: Channel) -> None:
        """Send what is due on one channel, until it fails."""
        if self._next.get(channel.name, "") > self._clock.now():
            return
        self._next.pop(channel.name, None)
        while not (self._clock.over() and seconds_between(self._began, self._clock.now()) > GRACE):
            now = self._clock.now()
            claimed = self._outbox.claim([channel.name], now, after(now, CLAIMED_FOR), most=1)
            if not claimed or not self._one(channel, claimed[0]):
                return

    def _one(self, channel: Channel, row: Waiting) -> bool:
        """Send one; False where the channel is to be left alone."""
        fate = channel.send(row.alert, self._outbox.sent_before(row))
        now = self._clock.now()
        if isinstance(fate, Told):
            self._outbox.sent(row.id, now)
            self.sent += 1
            self._well.add(channel.name)
            self._why.pop(channel.name, None)
            if fate.partly:
                self._partly[channel.name] = (
                    f"{_alerts([row])} did not reach everybody by {channel.name}: it {line(fate.note, 300)}"
                )
            return True
        self._well.discard(channel.name)
        why = line(fate.why, 300)
        self._why[channel.name] = why
        old = seconds_between(row.created, now) > KEPT_TRYING
        if not fate.again or old:
            self._outbox.given_up(row.id, now, why)
            self._lost.setdefault(channel.name, []).append(row)
            self._fresh.setdefault(channel.name, []).append(row)
            return not fate.again
        self._outbox.failed(row.id, self._next_try(row, fate, channel.name), why)
        if row.attempts == 0 if fate.ours else row.attempts + 1 == TOLD_ELSEWHERE_FROM:
            self._fresh.setdefault(channel.name, []).append(row)
        return False

    def _next_try(self, row: Waiting, fate: Untold, name: str) -> str:
        asked = LONGEST_WAIT if fate.ours else fate.wait  # nothing mends itself within a minute
        seconds = wait_after(row.attempts + 1, self._clock.chance(), asked)
        self._next[name] = found = after(self._clock.now(), math.ceil(seconds))
        return found

    def soonest(self) -> str | None:
        """When the next try is; None where nothing waits for one."""
        return min(self._next.values(), default=None)

    def tell_of_channels(self) -> None:
        """Tell the other channels of one that does not deliver, and of one that does again."""
        fresh, self._fresh = self._fresh, {}
        keys = {_key(name) for name in self._channels}  # that one channel cannot tell of another is no news for a third
        for name, failed in sorted(fresh.items()):
            rows = [row for row in failed if row.alert.dedup_key not in keys and row.alert.kind is not Kind.TEST]
            if rows:
                self._elsewhere(self._broken(name, rows), name)
        for name in sorted(self._well):
            began = self._outbox.latest(_key(name))
            if began is not None and not began.over and not self._waiting(name):
                self._elsewhere(_mended(name, began, self._clock.now()), name)

    def _broken(self, name: str, rows: Sequence[Waiting]) -> Alert:
        began = self._outbox.latest(_key(name))
        now = self._clock.now()
        since = began.since if began is not None and not began.over else now
        titles = [line(row.alert.title, 300) for row in rows]
        more = [f"and {len(titles) - _SHOWN} more"] if len(titles) > _SHOWN else []
        return Alert(
            Kind.INCIDENT, _key(name), "error", f"alerts by {name} are not delivered: it {self._why[name]}",
            "\n".join(["not told there:", *titles[:_SHOWN], *more]),
            f"mend the channel, then run: healthcheck monitor test-alert --channel {name}", since=since, at=now,
        )  # fmt: skip

    def _elsewhere(self, alert: Alert, broken: str) -> None:
        """Put an alert about a channel on the others. Those for some domains only do not get it: it names others' domains."""
        names = [
            name
            for name, channel in self._channels.items()
            if name != broken
            and name not in self._why
            and not (channel.table.domains or channel.table.tags)
            and (not channel.table.severities or "error" in channel.table.severities)
        ]
        self._outbox.put([alert], lambda _: names, self._clock.now())
        for name in names:  # it goes out in this delivery
            self._next.setdefault(name, self._clock.now())

    def _waiting(self, name: str) -> tuple[Waiting, ...]:
        return tuple(row for row in self._outbox.undelivered([name]) if not row.given_up)

    def refresh(self) -> None:
        """Say again what stands, where the receiver would forget it."""
        for name, channel in self._channels.items():
            if channel.table.kind == "alertmanager" and name not in self._why:
                fate = channel.refresh([alert for alert in self._outbox.standing(name) if alert.kind is not Kind.TEST])
                if isinstance(fate, Untold):
                    self._why[name] = line(fate.why, 300)

    def sentences(self) -> tuple[str, ...]:
        """What is not delivered, a line a channel, and what to do."""
        found = list(self._partly.values())
        for name in self._channels:
            waiting, lost = self._waiting(name), self._lost.get(name, [])
            if lost:
                found.append(
                    f"{_alerts(lost)} cannot be delivered by {name}: it {self._why[name]}; mend the channel, then "
                    f"healthcheck monitor test-alert --channel {name} --resend sends what was given up"
                )
            if waiting:
                error = self._why.get(name) or next((row.error for row in waiting if row.error), "was not tried yet")
                soonest = self._next.get(name) or min(row.next_try for row in waiting)
                when = f" after {soonest}" if soonest > self._clock.now() else ""
                found.append(
                    f"{_alerts(waiting)} {_are(waiting)} not delivered by {name} yet: it {error}; it is tried again{when}"
                )
        return tuple(found + self._orphans())

    def _orphans(self) -> list[str]:
        """Give up what is for channels that are configured no longer."""
        known = {*self._channels, *self._others}
        rows = [row for row in self._outbox.undelivered() if row.channel not in known and not row.given_up]
        for row in rows:
            self._outbox.given_up(row.id, self._clock.now(), "is not configured any more")
        names = sorted({row.channel for row in rows if not row.alert.over})
        return [
            f"{_alerts(mine)} {_are(mine)} dropped: there is no channel {name} in the configuration"
            for name in names
            if (mine := [row for row in rows if row.channel == name])
        ]


def _key(name: str) -> str:
    return key_of("channel", name)


def _mended(name: str, began: Alert, now: str) -> Alert:
    return Alert(
        Kind.RECOVERY, _key(name), "info", f"alerts by {name} are delivered again", over=True, since=began.since, at=now
    )


def _alerts(rows: Sequence[Waiting]) -> str:
    """`the alert "..."`, or how many there are."""
    return f'the alert "{line(rows[0].alert.title, 120)}"' if len(rows) == 1 else f"{len(rows)} alerts"


def _are(rows: Sequence[Waiting]) -> str:
    return "is" if len(rows) == 1 else "are"


def trial(now: str) -> Alert:
    """A message that says that it is a test. Each is another one: a receiver that deduplicates shows it again."""
    return Alert(
        Kind.TEST, key_of("test", now), "info", "this is a test of healthcheck: nothing is wrong",
        "It was sent by `healthcheck monitor test-alert`. Whoever reads this will be told when mail stops working.",
        since=now, at=now,
    )  # fmt: skip


def tried(channels: Iterable[Channel], now: str) -> list[tuple[Channel, Told | Untold]]:
    """Send a test to each channel, and what came back. One that opens something is told at once that it is over."""
    alert = trial(now)
    over = msgspec.structs.replace(alert, over=True)
    found: list[tuple[Channel, Told | Untold]] = []
    for channel in channels:
        fate = channel.send(alert)
        if channel.opens and isinstance(fate, Told):
            ended = channel.send(over, alert)
            fate = Untold(f"took the test, and not its end: {ended.why}") if isinstance(ended, Untold) else fate
        found.append((channel, fate))
    return found
