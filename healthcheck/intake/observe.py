"""What was observed of the mail of some domains: logs, events, bounce mails and typed replies, each read once.

Mail counts for a domain where it was sent in its name: the return path is of the domain or below it, or is the one that is
known to be its own (`--mail-from`). Where nothing tells who sent it (a bounce mail without its message, a service's event, a
reply that somebody typed) it counts for whoever gave it. A bounce mail that returns the header of the message counts for the
domain in that From, and tells the stream that the message was sent in. Where nothing that was sent in a domain's name failed, failures
count whose replies name it: so it is with the mail of a sending service, whose return path is its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import tzinfo
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from checks.delivery.events import FAILURES, Event, Place
from checks.delivery.meaning import Said, judged
from checks.delivery.observed import Observed
from checks.model import Stream
from checks.names import Address
from checks.replies.stated import stated_domains
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.counting import Counting
from healthcheck.intake.fast import Sums
from healthcheck.intake.read import Reading, Sample, Source
from healthcheck.intake.shares import Shares
from healthcheck.intake.sources import gives_once

if TYPE_CHECKING:
    from healthcheck.intake.mails.bounce import ReturnedMessage  # start-up time: as below

STDIN = "-"
MOST_STREAMS = 24
"""Streams that bounce mails may tell of, a domain."""
MOST_OTHERS = 1000
"""Other senders that are told apart."""
LONGEST_TYPED = 16_000
"""Characters of a reply that somebody typed."""
TYPED = "--reply"
"""What stands among the sources for replies that were typed."""


class Given(NamedTuple):
    """What is to be read. `chosen`: the window; a typed reply is in every window, and its domains are not looked at."""

    paths: tuple[str, ...]
    replies: tuple[str, ...]
    chosen: Chosen
    zone: tzinfo


class Gathered(msgspec.Struct):
    """What came of it, by domain, and what did not.

    `others`: events of mail sent in other names, by name ("" for the null sender), as far as they are told apart. `outside`:
    events that are not in the window. `left_out`: events that are one or the other. `sources`: the files. `claimed`: an
    address that a returned message seems to have come from, and that only one line of it names.
    """

    observed: dict[str, Observed]
    learned: dict[str, tuple[Stream, ...]]
    others: dict[str, int]
    outside: int
    left_out: int
    sources: list[Source]
    samples: list[Sample]
    claimed: Address | None


class _Mailbox(Reading):
    """A reading that looks at the message a bounce mail returns, too."""

    returned: "ReturnedMessage | None" = None
    """The message that the events at hand are about, as far as it came back."""

    def _mail(self, raw: bytes, source: Source, line: int | None) -> Iterator[Event]:
        from healthcheck.intake.mails.bounce import (  # start-up time: where there is a mail
            read_bounce,
            returned_message,
        )

        self.returned = returned_message(read_bounce(raw))
        yield from super()._mail(raw, source, line)
        self.returned = None


class _CountingMailbox(_Mailbox, Counting):
    """The same, which counts what it can as it goes: four times as fast, for one domain."""


class _SentBy(Chosen, frozen=True):
    """Chooses the mail of one domain, and mail of which nothing tells who sent it. `others`: the names it did not choose."""

    names: tuple[str, ...] = ()
    others: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def everything(self) -> bool:
        return False

    def takes_sender(self, sender: str | None) -> bool:
        if sender is None:
            return True
        name = sender.rpartition("@")[2].lower()
        if _is_own(name, self.names):
            return True
        if len(self.others) < MOST_OTHERS:
            self.others.setdefault(name, 0)
        return False


def _is_own(name: str, names: Sequence[str]) -> bool:
    """True for a name in which the domain sends: the first of `names`, one below it, or another of them."""
    return name in names or name.endswith(f".{names[0]}")


class _Whose:
    """All that is seen of one domain's mail. `names`: the domain, and return paths of its own."""

    def __init__(self, domain: str, own: Iterable[str]) -> None:
        self.domain, self.names = domain, (domain, *own)
        self.sums = Sums(traffic=True)
        self.streams: dict[Stream, None] = {}

    def add(self, event: Event) -> None:
        """Count one event."""
        self.sums.tally.add(event)
        self.sums.failures.add(event)
        if self.sums.traffic is not None:
            self.sums.traffic.add(event)

    @property
    def events(self) -> int:
        """How many events were counted."""
        return sum(self.sums.tally.counts.values())

    def observed(self, sources: tuple[str, ...], replies: Iterable[str]) -> Observed:
        """The sum of it, and of replies that were typed."""
        tally, traffic = self.sums.tally, self.sums.traffic
        frozen = traffic.traffic() if traffic is not None and self.events else None
        for reply in replies:
            self.sums.failures.add(typed(reply))
        listed, unlisted = self.sums.failures.listed()
        return Observed(listed, unlisted, frozen, tally.first, tally.last, sources)


def gather(given: Given, own: Mapping[str, Iterable[str]]) -> Gathered:
    """Read everything once and share it out to the domains, the keys of `own`; its values are return paths of theirs.

    NotReadable for a path that does not exist; what cannot be read inside one is told in `samples`.
    """
    each = [_Whose(domain, names) for domain, names in own.items()]
    reading, others = _reading(given, each)
    gathered = Gathered({}, {}, others, 0, 0, reading.sources, [], None)
    for event in reading.events():
        if not given.chosen.takes_time(event.time):
            gathered.outside += 1
            continue
        returned = reading.returned
        taken = _takers(each, event, returned)
        for one in taken:
            one.add(event)
            if returned is not None and returned.author == one.domain and len(one.streams) < MOST_STREAMS:
                one.streams[returned.stream] = None
                gathered.claimed = gathered.claimed or returned.claimed
        if not taken:
            _count(others, _sent_by(event, returned) or "")
    if isinstance(reading, Counting):
        seen = each[0].events + gathered.outside + sum(others.values())
        gathered.left_out = max(0, sum(source.events for source in reading.sources) - seen)
    named = _add_named(given, [one for one in each if not one.sums.failures.groups], others)
    gathered.left_out = max(0, gathered.left_out - named)
    read = tuple(source.file for source in reading.sources)
    for one in each:
        sources = (*read, *((TYPED,) if given.replies else ()))
        gathered.observed[one.domain] = one.observed(sources, given.replies)
        gathered.learned[one.domain] = tuple(one.streams)
    gathered.samples = reading.samples
    return gathered


def _add_named(given: Given, without: Sequence[_Whose], others: dict[str, int]) -> int:
    """For domains none of whose own mail failed: the failures whose replies name them as the sender. How many there were.

    Mail of a sending service has the service's own return path, and the receiver says whose it was: the domain in its From.
    Beside mail of the domain's own they are failures, and in no rate: how much such mail arrived, nobody told.
    """
    if not without or any(map(gives_once, given.paths)):  # what was piped in cannot be read again
        return 0
    alone, added = [one for one in without if not one.events], 0
    reading = _Mailbox(given.paths, given.zone)
    for event in reading.events():
        reply = (event.reply or "").lower() if event.kind in FAILURES else ""
        told = reading.returned is not None and reading.returned.author is not None  # the From itself came back
        named = [one for one in without if one.domain in reply and not told]
        if not named or not given.chosen.takes_time(event.time):
            continue
        stated, sender = stated_domains(reply, event.category or ""), _sent_by(event, None)
        for one in named:
            if one.domain not in stated or sender is None or _is_own(sender.lower(), one.names):
                continue
            if one in alone:
                one.add(event)
            else:
                one.sums.failures.add(event)
            if others.get(sender):
                others[sender] -= 1
            else:  # counted without its sender's name
                added += 1
    return added


def _reading(given: Given, each: Sequence[_Whose]) -> tuple[_Mailbox, dict[str, int]]:
    """How it is read, and where the names of other senders are counted."""
    if len(each) != 1:
        return _Mailbox(given.paths, given.zone), {}
    chosen = _SentBy(given.chosen.since, given.chosen.until, names=each[0].names)
    return _CountingMailbox(given.paths, given.zone, chosen, each[0].sums, Shares(1)), chosen.others


def _takers(each: Sequence[_Whose], event: Event, returned: "ReturnedMessage | None") -> list[_Whose]:
    """The domains whose mail the event is about: all of them where nothing tells."""
    name = _sent_by(event, returned)
    return list(each) if name is None else [one for one in each if _is_own(name.lower(), one.names)]


def _sent_by(event: Event, returned: "ReturnedMessage | None") -> str | None:
    """The name in which the mail was sent, "" for the null sender; None where nothing tells."""
    if returned is not None and returned.author is not None:
        return returned.author
    if event.sender is None:
        return None
    return event.sender.rpartition("@")[2]


def _count(others: dict[str, int], name: str) -> None:
    if name in others or len(others) < MOST_OTHERS:
        others[name] = others.get(name, 0) + 1
    else:
        others["other"] = others.get("other", 0) + 1


def typed(reply: str) -> Event:
    """A reply that somebody typed or pasted, as an event without a time and a recipient."""
    said = Said("bounced", "typed", text=reply[:LONGEST_TYPED])
    event = judged(said, Place(TYPED))
    code = event.basic or event.enhanced or ""
    if code[:1] in ("2", "3"):
        return msgspec.structs.replace(event, kind="delivered" if code[0] == "2" else "other")  # nothing failed
    return msgspec.structs.replace(event, kind="deferred") if event.permanence == "temporary" else event


def observed_in(log: Traversable, name: str, zone: tzinfo, own: Mapping[str, Iterable[str]]) -> dict[str, Observed]:
    """What a log that came with this program tells of some domains; `name` stands for it among the sources."""
    with ExitStack() as stack:
        path = stack.enter_context(as_file(log))
        found = gather(Given((str(path),), (), Chosen(), zone), own)
    return {domain: msgspec.structs.replace(one, sources=(name,)) for domain, one in found.observed.items()}
