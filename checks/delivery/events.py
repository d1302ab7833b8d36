"""One event: what one source says about one recipient of one message. The same for logs, bounce mails and webhooks."""

import msgspec

KINDS = (
    *("delivered", "deferred", "bounced", "rejected", "suppressed", "complained", "failed", "queued", "opened"),
    *("clicked", "unsubscribed", "subscribed", "autoreplied", "other"),
)
"""All kinds, in the order of reports."""
ATTEMPTS = frozenset({"delivered", "deferred", "bounced"})
"""Kinds that are an attempt to hand a message over."""
FAILURES = frozenset({"deferred", "bounced", "rejected", "suppressed", "failed"})
"""Kinds that carry a failure, and so a category."""

DOORS = frozenset({"postfix", "exim", "sendmail", "opensmtpd", "kumomta", "haraka", "halon", "hmailserver", "maddy"})
"""Formats whose `rejected` is this side's own refusal: the mail was somebody else's, or never got into the queue."""
FROM_MAILS = frozenset({"dsn", "bounce", "arf", "autoreply"})
"""Formats of mails that report: they tell of what failed, and of nothing that was delivered."""

LONGEST_ADDRESS = 1000
LONGEST_REPLY = 4000
"""Characters kept of a reply: the longest real ones have some 1,200."""


class Place(msgspec.Struct, frozen=True):
    """Where an event was read: the file as it was given, the line from 1, and what inside the line or file.

    `part` counts from 1 where one line or file gives several events, else None. `line` is None for whole files (a mail).
    """

    file: str
    line: int | None = None
    part: int | None = None


class Event(msgspec.Struct, frozen=True):
    """One event, one recipient. What is not known is None; `sender` "" is the null sender.

    `time` is RFC 3339 in UTC, to the second. `reply` is the remote text on one line, without control characters and
    credentials. `category`, `permanence`, `suppress` are those of checks.replies, None for kinds without a failure.
    `provider` wrote the reply or runs `host`, the remote that spoke. `local`: the next hop is on the same machine.
    `event_id` is the sending service's own, by which a webhook that was posted twice is known. `rule`: the entry of the
    catalogue of replies that decided what a failure means. `source_address` is the one that the mail left from, and
    `connection` names the connection, where the source tells them.
    """

    time: str | None
    kind: str
    recipient: str | None
    recipient_domain: str | None
    sender: str | None
    reply: str | None
    basic: str | None
    enhanced: str | None
    category: str | None
    permanence: str | None
    suppress: str | None
    provider: str | None
    host: str | None
    queue_id: str | None
    message_id: str | None
    local: bool
    format: str
    source: Place
    event_id: str | None = None
    rule: str | None = None
    source_address: str | None = None
    connection: str | None = None


def plain(text: str, longest: int = LONGEST_ADDRESS) -> str:
    """A word of a stranger without characters that do not print, and bounded."""
    text = text[:longest]
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def address(text: str | None) -> str | None:
    """An address as it is reported: no brackets, domain in lower case, local part untouched. None for nothing.

    `rfc822;kim@example.net` (RFC 3464 section 2.3.2) loses its type.
    """
    if text is None:
        return None
    text = text.strip()
    kind, semicolon, rest = text.partition(";")
    if semicolon and "@" not in kind and kind.strip().replace("-", "").isalnum():
        text = rest.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rfind("<") + 1 : -1]
    text = plain(text.strip().removeprefix("mailto:"))
    local, at, domain = text.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}" if at and domain else text or None


def domain_of(recipient: str | None) -> str | None:
    """The domain of an address in reported form; None where it has none."""
    return (recipient.rpartition("@")[2] or None) if recipient and "@" in recipient else None
