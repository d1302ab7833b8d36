"""Counting events: what was tried, what became of each message, which rates follow.

Two things are counted side by side. *Attempts* are events: a message deferred five times and then delivered is six attempts.
*Messages* are pairs of message and recipient, each with the last word said of it: the same message is one, and delivered.
A rate of attempts says how hard the sending was, a rate of messages what came of it.

Partial tallies of disjoint parts of the input merge in any order and grouping to the same sum, as long as nothing
outgrows its bound; what does is counted under `other`, and said (`Tally.overflowed`). Nothing in them depends on the process
that counted: messages are known by their own bytes, never by `hash()`, which differs from one process to the next.
"""

from binascii import crc32
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from checks.delivery.events import ATTEMPTS, DOORS, FROM_MAILS, KINDS, Event

OTHER = "other"
UNKNOWN = "unknown"
MOST_MESSAGES = 100_000
"""Messages whose last word is open to change; of more, the earliest that were delivered or given up are closed."""
MOST_KEYS = 20_000
"""Domains, providers, codes that are counted by name."""
MOST_HOURS = 24 * 400
MOST_SUPPRESSED = 50_000

COUNTED = frozenset({"deferred", "bounced", "rejected"})
ATTEMPT_INDEX = {"delivered": 0, "deferred": 1, "bounced": 2}

Attempts = list[int]
"""Delivered, deferred, bounced."""
Word = int
"""The last word on a message, ordered by time, line, part of the line, file: fields of one number, as `word` packs them."""
STATE_BITS = 4
"""The lowest bits of a word: the state (as in Attempts), then LOCAL and HARD."""
LOCAL, HARD = 4, 8
STATE = 3
_FILE_BITS, _PART_BITS, _LINE_BITS = 16, 14, 36
PART_SHIFT = STATE_BITS + _FILE_BITS
LINE_SHIFT = PART_SHIFT + _PART_BITS
TIME_SHIFT = LINE_SHIFT + _LINE_BITS
_WORD_BYTES = 16
LONGEST_KEY = 120
_DIGITS_ONLY = str.maketrans("", "", "-:TZ")


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
        self.last_words: dict[str, Word] = {}
        self._closed = [0, 0, 0]
        self._closed_remote = [0, 0, 0]
        self._closed_hard = 0
        self.has_sender_side = False

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
            self.count(self.by_category, event.category or UNKNOWN, "by_category")
            if event.enhanced:
                self.count(self.by_enhanced, event.enhanced, "by_enhanced")
        # Whom this side refused at its door somebody else wrote to: no address of ours to drop.
        own_refusal = kind == "rejected" and event.format in DOORS
        if event.recipient and not own_refusal and (event.suppress in ("yes", "domain") or kind == "complained"):
            reason = event.category if kind != "complained" else "complained"
            self.note_suppressed(event.recipient, (event.time or "", reason or UNKNOWN, 1))

    def _attempt(self, event: Event) -> None:
        state = ATTEMPT_INDEX[event.kind]
        self.tried(self.by_provider, event.provider or UNKNOWN, state, MOST_KEYS, "by_provider")
        self.tried(self.by_recipient_domain, event.recipient_domain or UNKNOWN, state, MOST_KEYS, "by_recipient_domain")
        if event.time is not None:
            self.tried(self.by_hour, event.time[:13], state, MOST_HOURS, "by_hour")
        if not event.local:
            self.remote[state] += 1
        if event.format not in FROM_MAILS:
            self.has_sender_side = True
        place = event.source
        bits = state | LOCAL * event.local | HARD * (event.kind == "bounced" and event.suppress in ("yes", "domain"))
        last = word(moment_number(event.time), place.line or 0, place.part or 0, file_bits(place.file), bits)
        self.note_word(_message_key(event), last)

    def note_word(self, key: str, word: Word) -> None:
        """A word on a message; the last one counts."""
        known = self.last_words.get(key)
        if known is not None:
            if word > known:
                self.last_words[key] = word
            return
        self.last_words[key] = word
        if len(self.last_words) > MOST_MESSAGES:
            self.close_earliest()

    def close_earliest(self) -> None:
        """Make room: the earlier half of what was delivered or given up is final."""
        final = sorted((word, key) for key, word in self.last_words.items() if word & STATE != 1)
        if not final:
            final = sorted((word, key) for key, word in self.last_words.items())
        self.overflowed.add("messages")
        for word, key in final[: max(1, len(final) // 2)]:
            state = word & STATE
            self._closed[state] += 1
            if not word & LOCAL:
                self._closed_remote[state] += 1
                self._closed_hard += bool(word & HARD)
            del self.last_words[key]

    def count(self, counts: dict[str, int], key: str, name: str, number: int = 1) -> None:
        """Count a key in one of the tables, whose name is `name`."""
        if key not in counts and len(counts) >= MOST_KEYS:
            key = OTHER
            self.overflowed.add(name)
        counts[key] = counts.get(key, 0) + number

    def tried(self, counts: dict[str, Attempts], key: str, state: int, most: int, name: str) -> None:
        """Count an attempt in one of the tables, whose name is `name`."""
        row = counts.get(key)
        if row is None:
            row = self.row(counts, key, most, name)
        row[state] += 1

    def row(self, counts: dict[str, Attempts], key: str, most: int, name: str) -> Attempts:
        """The row of a key in one of the tables; that of OTHER where there are too many."""
        if key not in counts and len(counts) >= most:
            key = OTHER
            self.overflowed.add(name)
        return counts.setdefault(key, [0, 0, 0])

    def note_suppressed(self, recipient: str, said: tuple[str, str, int]) -> None:
        """An address that is not to be sent to: when that was said, why, how often."""
        known = self.suppress.get(recipient)
        if known is not None:
            latest = max(known[:2], said[:2])
            self.suppress[recipient] = (*latest, known[2] + said[2])
        elif len(self.suppress) < MOST_SUPPRESSED:
            self.suppress[recipient] = said
        else:
            self.overflowed.add("suppress")

    def merge(self, other: "Tally", lines: int = 0) -> None:
        """Add another tally, of other events; `other` stays as it is. Merging an empty one changes nothing.

        `lines`: how many lines of the same file stand before those of `other`, where it counted its lines from 1.
        """
        for kind, number in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + number
        for mine, theirs, name in (
            (self.by_category, other.by_category, "by_category"),
            (self.by_enhanced, other.by_enhanced, "by_enhanced"),
        ):
            for key, number in theirs.items():
                self.count(mine, key, name, number)
        for rows, more, most, name in (
            (self.by_provider, other.by_provider, MOST_KEYS, "by_provider"),
            (self.by_recipient_domain, other.by_recipient_domain, MOST_KEYS, "by_recipient_domain"),
            (self.by_hour, other.by_hour, MOST_HOURS, "by_hour"),
        ):
            for key, numbers in more.items():
                _plus(self.row(rows, key, most, name), numbers)
        for recipient, said in other.suppress.items():
            self.note_suppressed(recipient, said)
        _plus(self.remote, other.remote)
        _plus(self._closed, other._closed)
        _plus(self._closed_remote, other._closed_remote)
        self._closed_hard += other._closed_hard
        self.has_sender_side = self.has_sender_side or other.has_sender_side
        self.overflowed |= other.overflowed
        self.first = min((x for x in (self.first, other.first) if x is not None), default=None)
        self.last = max((x for x in (self.last, other.last) if x is not None), default=None)
        later = lines << LINE_SHIFT
        for message, last in other.last_words.items():
            self.note_word(message, last + later)

    def __getstate__(self) -> dict[str, Any]:
        """All of it, for another process. Keys and words are each written as one: one by one they would take three times the room."""
        state = dict(self.__dict__)
        keys = "\0".join(self.last_words)
        if keys.count("\0") == len(self.last_words) - 1:
            words = state.pop("last_words").values()
            state["packed"] = (keys, b"".join([word.to_bytes(_WORD_BYTES) for word in words]))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        packed = state.pop("packed", None)
        self.__dict__.update(state)
        if packed is not None:
            keys, words = packed
            places = range(0, len(words), _WORD_BYTES)
            numbers = [int.from_bytes(words[at : at + _WORD_BYTES]) for at in places]
            self.last_words = dict(zip(keys.split("\0"), numbers, strict=True))

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
        for word in self.last_words.values():
            if not (remote and word & LOCAL):
                states[word & STATE] += 1
        return states

    def rates(self) -> dict[str, Rate]:
        """The rates, over messages that went to another machine. Bounce mails alone tell of no delivery: no denominator."""
        delivered, _, bounced = self._states(remote=True)
        hard = self._closed_hard + sum(word & (HARD | LOCAL) == HARD for word in self.last_words.values())
        settled = delivered + bounced if self.has_sender_side else 0
        tried = sum(self.remote) if self.has_sender_side else 0
        return {
            "bounce": rate(bounced, settled),
            "hard_bounce": rate(hard, settled),
            "deferral": rate(self.remote[1], tried),
            "complaint": rate(self.counts["complained"], delivered if self.has_sender_side else 0),
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


def word(moment: int, line: int, part: int, file: int, bits: int) -> Word:
    """A last word as one number. `bits`: the state, and LOCAL and HARD where they hold."""
    return moment << TIME_SHIFT | line << LINE_SHIFT | part << PART_SHIFT | file << STATE_BITS | bits


@lru_cache(maxsize=4096)
def moment_number(time: str | None) -> int:
    """`2026-11-21T09:31:07Z` as 20261121093107; 0 for what is no time. In the order of times."""
    digits = (time or "").translate(_DIGITS_ONLY)[:14]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


@lru_cache(maxsize=64)
def file_bits(file: str) -> int:
    """What tells the files of a run apart, where words were said in the same second on the same line of each."""
    return crc32(file.encode("utf-8", "surrogatepass")) & ((1 << _FILE_BITS) - 1)


def _message_key(event: Event) -> str:
    """What makes a message: its queue id in a log, its own or the service's id in events, the file in bounce mails."""
    place = event.source
    if event.format in FROM_MAILS:
        return message_key(f"{event.format} {place.file} {place.line}", event.recipient)
    if event.queue_id:
        return message_key(event.queue_id, event.recipient)
    if event.message_id:
        return message_key(f"message {event.format} {event.message_id}", event.recipient)
    return message_key(f"event {place.file} {place.line} {place.part}", None)


def message_key(name: str, recipient: str | None) -> str:
    """The key of a message by what names it and its recipient; long ones as a hash, which is the same everywhere."""
    key = f"{name}: to=<{recipient or ''}"  # as in a line of Postfix, out of which it can be cut in one piece
    return key if len(key) <= LONGEST_KEY else blake2b(key.encode("utf-8", "surrogatepass"), digest_size=24).hexdigest()


def _sorted_counts(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0])))


def _sorted_rows(rows: dict[str, Attempts]) -> dict[str, dict[str, int]]:
    return _named_rows(dict(sorted(rows.items(), key=lambda item: (item[0] == OTHER, -sum(item[1]), item[0]))))


def _named_rows(rows: dict[str, Attempts]) -> dict[str, dict[str, int]]:
    return {key: dict(zip(ATTEMPT_INDEX, numbers, strict=True)) for key, numbers in rows.items()}
