"""Which events of some files count: a window of time, a domain, a stream."""

from collections.abc import Iterable, Iterator

import msgspec

from checks.delivery.events import Event


class Chosen(msgspec.Struct, frozen=True):
    """Which events count. All that is None chooses everything.

    `since` (included) and `until` (excluded) are RFC 3339 in UTC, as in Event.time; an event without a time is in no
    window. `domain`: mail whose RFC5321.MailFrom domain is this one or below it. `stream`: mail whose RFC5321.MailFrom
    domain is exactly this one, "" for the null sender. Both in lower case.
    """

    since: str | None = None
    until: str | None = None
    domain: str | None = None
    stream: str | None = None

    @property
    def everything(self) -> bool:
        """True where no event is left out."""
        return self.since is None and self.until is None and self.domain is None and self.stream is None

    def takes(self, event: Event) -> bool:
        """True for an event that counts."""
        return self.takes_time(event.time) and self.takes_sender(event.sender)

    def takes_time(self, time: str | None) -> bool:
        """True for a time that is in the window."""
        if self.since is None and self.until is None:
            return True
        if time is None or (self.since is not None and time < self.since):
            return False
        return self.until is None or time < self.until

    def takes_sender(self, sender: str | None) -> bool:
        """True for mail of the domain and of the stream."""
        if self.domain is None and self.stream is None:
            return True
        if sender is None:
            return False
        sent_by = sender.rpartition("@")[2]
        if self.stream is not None and sent_by != self.stream:
            return False
        return self.domain is None or sent_by == self.domain or sent_by.endswith(f".{self.domain}")

    def of(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events that count, in order."""
        return events if self.everything else self._taken(events)

    def _taken(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if self.takes(event):
                yield event
