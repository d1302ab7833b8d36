"""Failed replies, grouped: those that say the same of the same sender are one `Failure`, with its counts and its latest words.

Two replies say the same where the catalogue reads them alike: category, codes, provider and the rule that decided. What a
reply states as the sender's (checks.replies.stated) keeps them apart: two listed addresses are two failures.

Accumulators of parts of the input merge in any order and grouping to the same groups, as long as there are no more of them than
MOST_GROUPS; of more, those with the fewest replies are given up, and their replies counted (`unlisted`).
"""

import re
from collections.abc import Iterable

from checks.delivery.events import DOORS, Event
from checks.delivery.meaning import Meaning
from checks.delivery.observed import Failure
from checks.replies.stated import stated

MOST_GROUPS = 1000
MOST_NAMES = 60_000
"""Domains of senders and recipients that are counted in all groups together; of more, FEW_NAMES of each group are kept."""
FEW_NAMES = 50
LISTED = 200
LISTED_NAMES = 20
KINDS = {"deferred": 0, "bounced": 1, "rejected": 2}
"""The kinds that are failed replies, and where a group counts them."""
REJECTED = KINDS["rejected"]
UNKNOWN = "unknown"

Key = tuple[str, str | None, str | None, str | None, str | None, str | None, str | None, tuple[str, ...], bool]
"""Category, basic, enhanced, permanence, suppress, provider, rule; what is stated as the sender's; refused at our own door."""

_LOCAL_PART = re.compile(r"(?<![^\s@<>\"'(),;:\[\]])[^\s@<>\"'(),;:\[\]]{1,256}(?=@[\w\[])")
_QUOTED_LOCAL_PART = re.compile(r"\"[^\"@]{1,256}\"(?=@[\w\[])")
_CODES = re.compile(r"[\d.#\s-]*")
MASK = "***"


class Group:
    """One group while it is counted. `words`: time, reply and host of the latest, and its recipient's local part."""

    __slots__ = ("counts", "first", "last", "recipient_domains", "senders", "words")

    def __init__(self) -> None:
        self.counts = [0, 0, 0]
        self.first: str | None = None
        self.last: str | None = None
        self.words: tuple[str, str, str, str] = ("", "", "", "")
        self.senders: dict[str, int] = {}
        self.recipient_domains: dict[str, int] = {}

    def put(self, kind: int, sender_domain: str | None, recipient_domain: str | None, number: int = 1) -> None:
        """Count replies but for their times and words. `kind` as in KINDS."""
        self.counts[kind] += number
        if sender_domain is not None:
            self.senders[sender_domain] = self.senders.get(sender_domain, 0) + number
        if recipient_domain is not None:
            self.recipient_domains[recipient_domain] = self.recipient_domains.get(recipient_domain, 0) + number

    def saw(self, first: str | None, last: str | None) -> None:
        """Take note of the times of the first and the last of some replies."""
        if first is not None and (self.first is None or first < self.first):
            self.first = first
        if last is not None and (self.last is None or last > self.last):
            self.last = last

    def merge(self, other: "Group") -> None:
        """Add another group of the same key."""
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.saw(other.first, other.last)
        self.words = max(self.words, other.words)
        for mine, theirs in ((self.senders, other.senders), (self.recipient_domains, other.recipient_domains)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number

    @property
    def replies(self) -> int:
        """All replies of the group."""
        return sum(self.counts)


class Failures:
    """Accumulates failed replies: `add` events, `merge` others, take `listed`."""

    def __init__(self) -> None:
        self.groups: dict[Key, Group] = {}
        self.unlisted = 0
        self._asked = 0

    def add(self, event: Event) -> None:
        """Count one event. Kinds that are no failed reply count for nothing."""
        kind = KINDS.get(event.kind)
        if kind is None:
            return
        category, reply = event.category or UNKNOWN, event.reply or ""
        local, at, _ = (event.recipient or "").rpartition("@")
        door = kind == REJECTED and event.format in DOORS
        # At this side's own door the senders are strangers, and each has an address of his own.
        group = self.group(key_of(event, () if door else stated(reply, category), door))
        sender = None if event.sender is None else domain_of_sender(event.sender)
        group.put(kind, sender, event.recipient_domain)
        group.saw(event.time, event.time)
        words = (event.time or "", reply, event.host or "", local if at else "")
        group.words = max(group.words, words)

    def group(self, key: Key) -> Group:
        """The group of a key, made where there is none yet."""
        self._asked += 1
        if not self._asked % 1024:
            self._forget_names()
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= 2 * MOST_GROUPS:
                self._prune()
            group = self.groups[key] = Group()
        return group

    def _forget_names(self) -> None:
        """Where there are too many names, forget the rarer ones of each group."""
        tables = [names for group in self.groups.values() for names in (group.senders, group.recipient_domains)]
        if sum(map(len, tables)) > MOST_NAMES:
            for names in tables:
                for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[FEW_NAMES:]:
                    del names[name]

    def _prune(self) -> None:
        ordered = _by_size(self.groups.items())
        self.unlisted += sum(group.replies for _, group in ordered[MOST_GROUPS:])
        self.groups = dict(ordered[:MOST_GROUPS])

    def merge(self, other: "Failures") -> None:
        """Add the groups of another part of the input; `other` stays as it is."""
        self.unlisted += other.unlisted
        for key, group in other.groups.items():
            self.group(key).merge(group)

    def listed(self, most: int = LISTED) -> tuple[tuple[Failure, ...], int]:
        """The groups with the most replies, at most so many, and how many replies the others hold."""
        ordered = _by_size(self.groups.items())
        rest = self.unlisted + sum(group.replies for _, group in ordered[most:])
        return tuple(_failure(key, group) for key, group in ordered[:most]), rest


def key_of(event: Event | Meaning, identities: tuple[str, ...], door: bool = False) -> Key:
    """What makes two replies one group."""
    return (
        event.category or UNKNOWN,
        event.basic,
        event.enhanced,
        event.permanence,
        event.suppress,
        event.provider,
        event.rule,
        identities,
        door,
    )


def domain_of_sender(sender: str) -> str:
    """The domain of a RFC5321.MailFrom in lower case; "" for the null sender."""
    return sender.rpartition("@")[2].lower()


def _by_size(groups: Iterable[tuple[Key, Group]]) -> list[tuple[Key, Group]]:
    return sorted(groups, key=lambda item: (-item[1].replies, [word or "" for word in item[0][:7]], item[0][7:]))


def _failure(key: Key, group: Group) -> Failure:
    category, basic, enhanced, permanence, suppress, provider, _, identities, _ = key
    _, reply, host, local = group.words
    return Failure(
        reply=without_recipient(reply, local),
        basic=basic,
        enhanced=enhanced,
        category=category,
        permanence=permanence,
        suppress=suppress,
        provider=provider,
        host=host or None,
        deferred=group.counts[0],
        bounced=group.counts[1],
        rejected=group.counts[2],
        senders=_most(group.senders),
        recipient_domains=_most(group.recipient_domains),
        stated=identities,
        first=group.first,
        last=group.last,
    )


def _most(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:LISTED_NAMES])


def without_recipient(reply: str, local: str) -> str:
    """A reply with the local parts of all addresses masked, and that of the recipient wherever it stands as a word."""
    reply = _QUOTED_LOCAL_PART.sub(MASK, _LOCAL_PART.sub(MASK, reply))
    if len(local) < 2:
        return reply
    begin = codes.end() if (codes := _CODES.match(reply)) is not None else 0  # 550 may be a mailbox, too
    word = rf"(?<![\w@.]){re.escape(local)}(?![\w@])"
    return reply[:begin] + re.sub(word, MASK, reply[begin:], flags=re.IGNORECASE)
