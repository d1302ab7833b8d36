"""Deferrals, bounces and refusals of a Postfix log, counted: what a reply means is found out once, its words are shown once.

A queue hears the same few replies over and over, so a line is no more than a look-up of its text and one more in some sums.
Those of the traffic are put in at the end of each hour of the log, since rates are by the hour; those of the groups of
replies at the end of all.
"""

import re
from typing import Protocol

from checks.delivery import tally as tallies
from checks.delivery.events import address, domain_of, plain
from checks.delivery.failures import REJECTED, Failures, Group, Key, domain_of_sender, key_of
from checks.delivery.flow import UNKNOWN
from checks.delivery.meaning import (
    Meaning,
    Said,
    corrected,
    meaning_of,
    meaning_of_said,
    reply_line,
    said_reply,
    template_of,
)
from checks.delivery.minutes import minute_number
from checks.delivery.remembered import Bounce
from checks.delivery.tally import HARD, LOCAL, Tally
from checks.delivery.traffic import EXPECTED, GONE, TrafficTally, mailbox_provider, takes_much
from checks.replies.match import provider_of_host
from checks.replies.stated import OF_SENDERS, stated
from healthcheck.intake.servers.postfix import spoken
from healthcheck.intake.shapes import Row

MOST_REMEMBERED = 6000
"""Relays, domains, senders, outcomes of replies, their groups, words that may be names: of each so many are looked up once."""
MOST_STATED = 500
MOST_TEXTS = 12_000
LONGEST_REMEMBERED = 700
"""Texts of failures that are looked up once, and their characters."""
MOST_NAMES = 20_000
"""Domains of senders and recipients that are counted before they are put into the sums."""
MOST_AT_ONCE = 50
"""Replies of one group within the latest second, of which the one that is shown is not chosen yet."""


class _Words(Protocol):
    """What can be shown of a reply."""

    def shown(self, time: str, recipient: str) -> tuple[str, str, str, str]:
        """As checks.delivery.failures.Group has its words."""


class _Heard:
    """A group of failed replies, and its latest words while it is not known yet which of them are shown."""

    __slots__ = ("group", "key", "time", "words")

    def __init__(self, key: Key) -> None:
        self.key, self.group = key, Group()
        self.time = ""
        self.words: list[tuple[_Words, str]] = []

    def hear(self, time: str, said: _Words, recipient: str) -> None:
        """Take note of a reply's time ("" for unknown) and words; what is put into the group besides is up to the caller."""
        if time == self.time and self.words:
            self.words.append((said, recipient))
            if len(self.words) >= MOST_AT_ONCE:
                self.words = [max(self.words, key=lambda one: one[0].shown(time, one[1]))]
            return
        group = self.group
        if time and (group.first is None or time < group.first):
            group.first = time
        if time >= self.time:
            self.time, self.words = time, [(said, recipient)]
            group.last = time or None

    def tell(self, failures: Failures) -> None:
        """Put into the failures what was heard, and begin again."""
        group, self.group = self.group, Group()
        if group.replies:
            group.words = max((said.shown(self.time, to) for said, to in self.words), default=group.words)
            failures.group(self.key).merge(group)
        self.time, self.words = "", []


class _Sense:
    """What some texts have in common: what they mean, their group, and who runs the host that spoke ("" for nobody known)."""

    __slots__ = ("heard", "outcome", "provider")

    def __init__(self, outcome: "_Outcome", heard: _Heard, provider: str) -> None:
        self.outcome, self.heard, self.provider = outcome, heard, provider


class _Outcome:
    """What a template means, how many replies came to it (as tally.Attempts), and the senses of its texts, by the words
    in them that may be names and the provider."""

    __slots__ = ("about_senders", "category", "code", "counts", "gone", "meaning", "senses", "suppress")

    def __init__(self, meaning: Meaning) -> None:
        self.meaning = meaning
        self.category = meaning.category or tallies.UNKNOWN
        self.code = meaning.enhanced or meaning.basic or ""
        self.suppress = meaning.suppress or ""
        self.gone = meaning.suppress in GONE
        self.about_senders = meaning.category in OF_SENDERS
        self.counts = [0, 0, 0]
        self.senses: dict[tuple[tuple[str, ...], str], _Sense] = {}


class _TextSaid:
    """A text from a host, and what it was found to say."""

    __slots__ = ("host", "sense", "text")

    def __init__(self, sense: _Sense, text: str, host: str | None) -> None:
        self.sense, self.text, self.host = sense, text, host

    def shown(self, time: str, recipient: str) -> tuple[str, str, str, str]:
        """As checks.delivery.failures.Group has its words."""
        reply = reply_line(said_reply(spoken(self.text)[1], self.text, self.sense.outcome.meaning.wrapped)) or ""
        return (time, reply, plain((self.host or "").lower()), recipient.rpartition("@")[0])


_IDENTITY = re.compile(r"@|\d\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:|\.[A-Za-z]")


class _Identities(dict[str, bool]):
    """By word whether it may be an address or a name; bounded."""

    def __missing__(self, text: str) -> bool:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        answer = self[text] = _IDENTITY.search(text) is not None
        return answer


class _Refusal:
    """The words with which this side refused a stranger's mail."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def shown(self, time: str, recipient: str) -> tuple[str, str, str, str]:
        """As checks.delivery.failures.Group has its words: nobody but this side spoke."""
        return (time, reply_line(self.text) or "", "", recipient.rpartition("@")[0])


class FailureCount:
    """Counts deferrals, bounces and refusals into some sums. `end_hour` and `end` put there what is held back.

    `busy`: deferrals of the minute by mailbox provider, of those that much is sent to. `span`: the first and the last minute of
    any, to be forgotten by whoever reads it.
    """

    def __init__(self, tally: Tally, failures: Failures, traffic: TrafficTally | None) -> None:
        self.busy: dict[str, int] = {}
        self.span = ("", "")
        self._minute, self._at = "", 0
        self._tally, self._failures, self._traffic = tally, failures, traffic
        self._numbers = [0, 0, 0]
        self._put_off: dict[tuple[str, str, str, str], int] = {}
        self._outcomes: dict[tuple[tuple[str, ...], str, str | None], _Outcome] = {}
        self._groups: dict[Key, _Heard] = {}
        self._texts: dict[tuple[str, str, str, str | None], _TextSaid] = {}
        self._identities = _Identities()

    @property
    def full(self) -> bool:
        """True where the hour has to be ended to make room."""
        return len(self._put_off) >= 4 * MOST_REMEMBERED or self._names() >= MOST_NAMES

    def _names(self) -> int:
        groups = [heard.group for heard in self._groups.values()]
        return sum(len(group.senders) + len(group.recipient_domains) for group in groups)

    def count(  # noqa: PLR0913, PLR0917 - called for every line that tells of a failure
        self, last: int, row: Row, host: str | None, local: bool, sender: str | None, time: str
    ) -> None:
        """Count a line. `last` is the word on the message but for its state; `host`: of `relay=`; `sender`: the domain of the
        return path; `time` is "" where it is not known."""
        _, _, _, key, queue_id, domain, _, _, dsn, status, text, _, _, _ = row
        tally, traffic = self._tally, self._traffic
        said = self._texts.get((text, dsn, status, host)) or self._text_said(text, dsn, status, host)
        sense = said.sense
        outcome, heard, recipient = sense.outcome, sense.heard, key.partition("<")[2]
        state = 1 if status == "deferred" else 2
        outcome.counts[state] += 1
        self._numbers[state] += 1
        of_domain = tally.by_recipient_domain.get(domain) or tally.row(
            tally.by_recipient_domain, domain, tallies.MOST_KEYS, "by_recipient_domain"
        )
        of_domain[state] += 1
        heard.group.put(state - 1, sender, domain)
        heard.hear(time, said, recipient)
        if outcome.gone:
            tally.note_suppressed(recipient, (time, outcome.category, 1))
            if state != 1:
                last |= HARD
        if len(key) > tallies.LONGEST_KEY:
            key = tallies.message_key(queue_id, recipient)
        tally.note_word(key, last | state | LOCAL if local else last | state)
        if local:
            return
        tally.remote[state] += 1
        if traffic is None:
            return
        traffic.has_sender_side = True
        place, stream = mailbox_provider(sense.provider, domain), UNKNOWN if sender is None else sender
        message, minute = f"queue {queue_id} {recipient}", time[:16]
        if minute != self._minute:
            self._minute, self._at = minute, minute_number(minute)
        if state != 1:
            bounce = Bounce(outcome.gone, minute, stream, place, outcome.category, outcome.code)
            traffic.bounced(message, self._at, recipient, bounce)
            return
        which = (stream, place, outcome.category, outcome.code)
        self._put_off[which] = self._put_off.get(which, 0) + 1
        if minute:
            if minute != self.span[1]:
                first, latest = self.span
                self.span = (min(first or minute, minute), max(latest, minute))
            if takes_much(place):
                self.busy[place] = self.busy.get(place, 0) + 1
        if outcome.category not in EXPECTED:
            traffic.waits(message, self._at, stream, place)

    def refuse(self, said: Said, time: str) -> None:
        """Count a refusal at this side's own door; `time` as above. The senders are strangers: it is in no rate."""
        tally, meaning = self._tally, meaning_of_said(said)
        tally.counts["rejected"] += 1
        tally.count(tally.by_category, meaning.category or tallies.UNKNOWN, "by_category")
        if meaning.enhanced:
            tally.count(tally.by_enhanced, meaning.enhanced, "by_enhanced")
        heard = self._heard(key_of(meaning, (), door=True))
        sender = address(said.sender) if said.sender else said.sender
        recipient = address(said.recipient)
        heard.group.put(REJECTED, None if sender is None else domain_of_sender(sender), domain_of(recipient))
        heard.hear(time, _Refusal(said.text), recipient or "")

    def end_hour(self, hour: str) -> list[int]:
        """Put into the sums what failed within an hour, but for its minutes; deferred and bounced, as in tally.Attempts."""
        if self._traffic is not None:
            self._traffic.deferred_within(hour, self._put_off)
        self._put_off.clear()
        if self._names() >= MOST_NAMES:
            for heard in self._groups.values():
                heard.tell(self._failures)
        numbers, self._numbers = self._numbers, [0, 0, 0]
        return numbers

    def end(self) -> None:
        """Put the rest into the sums, behind the last hour."""
        self._end_outcomes()
        self._end_groups()

    def _text_said(self, text: str, dsn: str, status: str, hop: str | None) -> _TextSaid:
        """What a text says that came from this host: a queue tries again, and hears the same."""
        raw = text
        if not text.isascii():
            text = decoded(text)
        spoke, reply, tried = spoken(text)
        host = spoke or hop
        known = provider_of_host(host or tried)
        outcome = self._outcome(text, dsn, known, status)
        said = _TextSaid(self._sense(outcome, reply, text, (known if host else None) or ""), text, host)
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

    def _sense(self, outcome: _Outcome, reply: str | None, text: str, provider: str) -> _Sense:
        """The sense of a text. What it states is told by the words that may be names."""
        names: tuple[str, ...] = ()
        if outcome.about_senders:
            names = tuple(filter(self._identities.__getitem__, (text if reply is None else reply).split()))
        sense = outcome.senses.get((names, provider))
        if sense is None:
            shown = reply_line(said_reply(reply, text, outcome.meaning.wrapped)) or ""
            if len(outcome.senses) >= MOST_STATED:
                outcome.senses.clear()
            key = key_of(outcome.meaning, stated(shown, outcome.category))
            sense = outcome.senses[names, provider] = _Sense(outcome, self._heard(key), provider)
        return sense

    def _end_outcomes(self) -> None:
        """Count what the replies of each template came to."""
        tally = self._tally
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

    def _heard(self, key: Key) -> _Heard:
        """The group of a key; of too many all are told and forgotten."""
        heard = self._groups.get(key)
        if heard is None:
            if len(self._groups) >= MOST_REMEMBERED:
                self._end_groups()
            heard = self._groups[key] = _Heard(key)
        return heard

    def _end_groups(self) -> None:
        """Put the groups into the sums, and forget them wherever they are remembered: what is heard by a forgotten one is lost."""
        for heard in self._groups.values():
            heard.tell(self._failures)
        self._groups.clear()
        self._texts.clear()
        for outcome in self._outcomes.values():
            outcome.senses.clear()


def decoded(text: str) -> str:
    """What stood in a block that was decoded byte by byte, decoded as lines are."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")
