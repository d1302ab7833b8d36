"""Counting events: what was tried, what became of each message, which rates follow.

Two things are counted side by side. *Attempts* are events: a message deferred five times and then delivered is six attempts.
*Messages* are pairs of message and recipient, each with the last word said of it: the same message is one, and delivered.
A rate of attempts says how hard the sending was, a rate of messages what came of it.

Partial tallies of disjoint parts of the input merge in any order and grouping to the same sum, as long as nothing
outgrows its bound; what does is counted under `other`, and said (`Tally.overflowed`).
"""

from typing import Any

import msgspec

from checks.delivery.events import ATTEMPTS, KINDS, Event

OTHER = "other"
UNKNOWN = "unknown"
MOST_MESSAGES = 250_000
"""Messages whose last word is open to change; of more, the earliest that were delivered or given up are closed."""
MOST_KEYS = 20_000
"""Domains, providers, codes that are counted by name."""
MOST_HOURS = 24 * 400
MOST_SUPPRESSED = 50_000

COUNTED = frozenset({"deferred", "bounced", "rejected"})
_ATTEMPT_INDEX = {"delivered": 0, "deferred": 1, "bounced": 2}
_FROM_MAILS = frozenset({"dsn", "bounce", "arf", "autoreply"})

_DOOR = frozenset({"postfix", "exim", "sendmail", "opensmtpd", "kumomta"})
"""Whose `rejected` is this side's own refusal: the address was written to by somebody else, and is none of ours to drop."""

Attempts = list[int]
"""Delivered, deferred, bounced."""
Word = tuple[str, str, int, int, int, bool, bool]
"""The last word on a message: time, file, line, part; then the state (as in Attempts), local, and whether it is hard."""


class Rate(msgspec.Struct, frozen=True):
    """`count` of `of`; `value` is None where there is nothing to divide by."""

    value: float | None
    count: int
    of: int


class Suppressed(msgspec.Struct, frozen=True):
    """An address that is not to be sent to any more: why, when that was last said, how many times."""

    recipient: str
    reason: str
    last: str | None
    times: int


class Tally:
    """The counts of a number of events. `add` them, `merge` tallies of other parts, read the sums."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        self.by_category: dict[str, int] = {}
        self.by_enhanced: dict[str, int] = {}
        self.by_provider: dict[str, Attempts] = {}
        self.by_recipient_domain: dict[str, Attempts] = {}
        self.by_hour: dict[str, Attempts] = {}
        self.remote = [0, 0, 0]
        """Attempts whose next hop is elsewhere."""
        self.suppress: dict[str, tuple[str, str, int]] = {}
        """By address: when it was last said ("" for unknown), the reason, how often."""
        self.first: str | None = None
        self.last: str | None = None
        self.overflowed: set[str] = set()
        self._messages: dict[int, Word] = {}
        self._closed = [0, 0, 0]
        self._closed_remote = [0, 0, 0]
        self._closed_hard = 0
        self._has_sender_side = False

    def add(self, event: Event) -> None:
        """Count one event."""
        kind = event.kind
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if event.time is not None:
            self.first = event.time if self.first is None or event.time < self.first else self.first
            self.last = event.time if self.last is None or event.time > self.last else self.last
        if kind in ATTEMPTS:
            self._attempt(event)
        if kind in COUNTED:
            self._count(self.by_category, event.category or UNKNOWN, "by_category")
            if event.enhanced:
                self._count(self.by_enhanced, event.enhanced, "by_enhanced")
        own_refusal = kind == "rejected" and event.format in _DOOR
        if event.recipient and not own_refusal and (event.suppress in ("yes", "domain") or kind == "complained"):
            reason = event.category if kind != "complained" else "complained"
            self._suppress(event.recipient, (event.time or "", reason or UNKNOWN, 1))

    def _attempt(self, event: Event) -> None:
        state = _ATTEMPT_INDEX[event.kind]
        self._tried(self.by_provider, event.provider or UNKNOWN, state, MOST_KEYS, "by_provider")
        self._tried(
            self.by_recipient_domain, event.recipient_domain or UNKNOWN, state, MOST_KEYS, "by_recipient_domain"
        )
        if event.time is not None:
            self._tried(self.by_hour, event.time[:13], state, MOST_HOURS, "by_hour")
        if not event.local:
            self.remote[state] += 1
        if event.format not in _FROM_MAILS:
            self._has_sender_side = True
        place = event.source
        hard = event.kind == "bounced" and event.suppress in ("yes", "domain")
        word = (event.time or "", place.file, place.line or 0, place.part or 0, state, event.local, hard)
        self._last_word(_message_key(event), word)

    def _last_word(self, key: int, word: Word) -> None:
        known = self._messages.get(key)
        if known is not None:
            if word >= known:
                self._messages[key] = word
            return
        self._messages[key] = word
        if len(self._messages) > MOST_MESSAGES:
            self._close()

    def _close(self) -> None:
        """Make room: the earlier half of what was delivered or given up is final."""
        final = sorted((word, key) for key, word in self._messages.items() if word[4] != 1)
        if not final:
            final = sorted((word, key) for key, word in self._messages.items())
        self.overflowed.add("messages")
        for word, key in final[: max(1, len(final) // 2)]:
            state = word[4]
            self._closed[state] += 1
            if not word[5]:
                self._closed_remote[state] += 1
                self._closed_hard += word[6]
            del self._messages[key]

    def _count(self, counts: dict[str, int], key: str, name: str) -> None:
        if key not in counts and len(counts) >= MOST_KEYS:
            key = OTHER
            self.overflowed.add(name)
        counts[key] = counts.get(key, 0) + 1

    def _tried(self, counts: dict[str, Attempts], key: str, state: int, most: int, name: str) -> None:
        row = counts.get(key)
        if row is None:
            row = self._row(counts, key, most, name)
        row[state] += 1

    def _row(self, counts: dict[str, Attempts], key: str, most: int, name: str) -> Attempts:
        if key not in counts and len(counts) >= most:
            key = OTHER
            self.overflowed.add(name)
        return counts.setdefault(key, [0, 0, 0])

    def _suppress(self, recipient: str, said: tuple[str, str, int]) -> None:
        known = self.suppress.get(recipient)
        if known is not None:
            latest = max(known[:2], said[:2])
            self.suppress[recipient] = (*latest, known[2] + said[2])
        elif len(self.suppress) < MOST_SUPPRESSED:
            self.suppress[recipient] = said
        else:
            self.overflowed.add("suppress")

    def merge(self, other: "Tally") -> None:
        """Add another tally, of other events. Merging an empty one changes nothing."""
        for kind, number in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + number
        for mine, theirs, name in (
            (self.by_category, other.by_category, "by_category"),
            (self.by_enhanced, other.by_enhanced, "by_enhanced"),
        ):
            for key, number in theirs.items():
                self._count(mine, key, name)
                mine[key if key in mine else OTHER] += number - 1
        for rows, more, most, name in (
            (self.by_provider, other.by_provider, MOST_KEYS, "by_provider"),
            (self.by_recipient_domain, other.by_recipient_domain, MOST_KEYS, "by_recipient_domain"),
            (self.by_hour, other.by_hour, MOST_HOURS, "by_hour"),
        ):
            for key, numbers in more.items():
                _plus(self._row(rows, key, most, name), numbers)
        for recipient, said in other.suppress.items():
            self._suppress(recipient, said)
        _plus(self.remote, other.remote)
        _plus(self._closed, other._closed)
        _plus(self._closed_remote, other._closed_remote)
        self._closed_hard += other._closed_hard
        self._has_sender_side = self._has_sender_side or other._has_sender_side
        self.overflowed |= other.overflowed
        self.first = min((x for x in (self.first, other.first) if x is not None), default=None)
        self.last = max((x for x in (self.last, other.last) if x is not None), default=None)
        for message, word in other._messages.items():
            self._last_word(message, word)

    @property
    def attempts(self) -> int:
        """Delivered, deferred and bounced events."""
        return sum(self.counts[kind] for kind in ATTEMPTS)

    @property
    def by_day(self) -> dict[str, Attempts]:
        """Attempts by day, UTC."""
        days: dict[str, Attempts] = {}
        for hour, numbers in self.by_hour.items():
            _plus(days.setdefault(hour[:10] if hour != OTHER else OTHER, [0, 0, 0]), numbers)
        return days

    def messages(self) -> dict[str, int]:
        """Messages by the last word said of each: total, delivered, bounced, pending."""
        delivered, pending, bounced = self._states(remote=False)
        return {"total": delivered + pending + bounced, "delivered": delivered, "bounced": bounced, "pending": pending}

    def _states(self, remote: bool) -> list[int]:
        states = list(self._closed_remote if remote else self._closed)
        for word in self._messages.values():
            if not (remote and word[5]):
                states[word[4]] += 1
        return states

    def rates(self) -> dict[str, Rate]:
        """The rates, over messages that went to another machine. Bounce mails alone tell of no delivery: no denominator."""
        delivered, _, bounced = self._states(remote=True)
        hard = self._closed_hard + sum(word[6] for word in self._messages.values() if not word[5])
        settled = delivered + bounced if self._has_sender_side else 0
        tried = sum(self.remote) if self._has_sender_side else 0
        return {
            "bounce": rate(bounced, settled),
            "hard_bounce": rate(hard, settled),
            "deferral": rate(self.remote[1], tried),
            "complaint": rate(self.counts["complained"], delivered if self._has_sender_side else 0),
        }

    def to_suppress(self) -> list[Suppressed]:
        """The addresses not to send to any more, in alphabetical order."""
        return [Suppressed(one, why, last or None, times) for one, (last, why, times) in sorted(self.suppress.items())]

    def sums(self) -> dict[str, Any]:
        """All sums, in one order whatever the order of counting; for comparison and for the report."""
        return {
            "attempts": self.attempts,
            "messages": self.messages(),
            "counts": dict(self.counts),
            "rates": self.rates(),
            "by_category": _sorted_counts(self.by_category),
            "by_enhanced": _sorted_counts(self.by_enhanced),
            "by_provider": _sorted_rows(self.by_provider),
            "by_recipient_domain": _sorted_rows(self.by_recipient_domain),
            "by_day": _named_rows(dict(sorted(self.by_day.items()))),
            "by_hour": _named_rows(dict(sorted(self.by_hour.items()))),
            "suppress": self.to_suppress(),
        }


def rate(count: int, of: int) -> Rate:
    """A rate to four decimals, rounded as printed."""
    return Rate(round(count / of, 4) if of else None, count, of)


def _plus(numbers: list[int], more: list[int]) -> None:
    for index, number in enumerate(more):
        numbers[index] += number


def _message_key(event: Event) -> int:
    """What makes a message: its queue id in a log, its own or the service's id in events, the file in bounce mails."""
    place = event.source
    if event.format in _FROM_MAILS:
        return hash((event.format, place.file, place.line, event.recipient))
    if event.queue_id:
        return hash(("queue", event.queue_id, event.recipient))
    if event.message_id:
        return hash(("message", event.format, event.message_id, event.recipient))
    return hash(("event", place.file, place.line, place.part))


def _sorted_counts(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0])))


def _sorted_rows(rows: dict[str, Attempts]) -> dict[str, dict[str, int]]:
    return _named_rows(dict(sorted(rows.items(), key=lambda item: (item[0] == OTHER, -sum(item[1]), item[0]))))


def _named_rows(rows: dict[str, Attempts]) -> dict[str, dict[str, int]]:
    return {key: dict(zip(_ATTEMPT_INDEX, numbers, strict=True)) for key, numbers in rows.items()}
