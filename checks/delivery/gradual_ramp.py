"""A new stream, or a new address, begins with little mail and grows slowly.

Nobody knows a new address or a new return path, so receivers take a little of its mail, look what their users do with it, and then
take more. Who begins with everything is put off, or filed as spam, and starts with a bad name.
"""

from collections.abc import Iterable, Sequence

import msgspec

from checks.delivery.days import Day, days_of, span_of
from checks.delivery.fact import Told, not_told, told_of, too_short, worst
from checks.delivery.flow import NULL_SENDER, OTHER, UNKNOWN, Hour, Traffic
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.gradual-ramp"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
QUIET = 7
"""Days without mail of a stream, while others sent, after which it is new."""
YOUNG = 28
"""Days for which a stream is new."""
SLOWED = 10
"""Replies that ask for less, and one in twenty of the attempts."""

TOO_FAST = Message(
    f"{ID}.too-fast",
    Severity.WARNING,
    "{about} is new since {since} and sent {messages} messages on {day}, after at most {usual} a day before; receivers slowed it down "
    "with {limited} replies",
    "Go back to the volume that was still taken and raise it slowly, at most to double within a few days, beginning with people who "
    "read the mail. Let the rest go out by the stream that is known until then.",
    (GMAIL,),
)
FAST = Message(
    f"{ID}.fast",
    Severity.NOTICE,
    "{about} is new since {since} and sent {messages} messages on {day}, after at most {usual} a day before; receivers took it without "
    "slowing it down",
    "Watch the deferrals of the next days, and lower the volume as soon as receivers ask for it.",
    (GMAIL,),
)
GRADUAL = Message(f"{ID}.gradual", Severity.INFO, "{about} is new since {since} and grew slowly")
NONE_NEW = Message(
    f"{ID}.none-new", Severity.INFO, "no stream of {about} is new; the addresses that the mail left from were not told"
)
NO_ADDRESS_NEW = Message(
    f"{ID}.no-address-new",
    Severity.INFO,
    "no stream of {about} is new, and none of the addresses that its mail left from",
)
NOT_TOLD = not_told(ID)
TOO_SHORT = too_short(ID)


def judge(told: Told) -> Iterable[Finding]:
    """The steepest day of each stream that is new, and of each address, where the log names the addresses."""
    if told.traffic is None or not told.tells_of_mail:
        yield NOT_TOLD(told.name)
        return
    span = span_of(told.traffic)
    if span <= QUIET:
        yield TOO_SHORT(told.name, days=span, least=QUIET + 1)
        return
    limit = limits(told.traffic.own)
    streams = [named for named in told.traffic.hours if named[0] not in (NULL_SENDER, OTHER, UNKNOWN)]
    addresses = [named for named in told.traffic.routes.addresses if named[0] != OTHER]
    found = [_of_new(name, days, limit) for name, days in _new(told.traffic, streams, told.traffic.first)]
    found += [_of_new(name, days, limit) for name, days in _new(told.traffic, addresses, _first(addresses))]
    yield from worst(found, "messages")
    if not found:
        yield (NO_ADDRESS_NEW if addresses else NONE_NEW)(told.name)


def _new(
    traffic: Traffic, named: Iterable[tuple[str, tuple[Hour, ...]]], first: str
) -> Iterable[tuple[str, tuple[Day, ...]]]:
    """The first days of each of these of whom nothing was seen for QUIET days since `first`, the hour from which on they are told."""
    known = msgspec.structs.replace(traffic, first=first)
    for name, hours in named:
        days = days_of(known, hours)
        start = next((at for at, day in enumerate(days) if day.settled + day.deferred), len(days))
        if QUIET <= start < len(days):
            yield name, days[start : start + YOUNG]


def _first(named: Iterable[tuple[str, tuple[Hour, ...]]]) -> str:
    """The first hour of all: addresses may be told in a part of what was given."""
    return min((hours[0].hour for _, hours in named if hours), default="")


def _of_new(stream: str, days: Sequence[Day], limit: dict[str, float]) -> Finding:
    steep = []
    for at, day in enumerate(days):
        usual = max((before.settled for before in days[:at]), default=0)
        sent = day.settled
        if sent >= limit["ramp.first"] and sent >= limit["ramp.times"] * usual:
            steep.append((day.limited >= max(SLOWED, (sent + day.deferred) / 20), sent, -at, usual))
    if not steep:
        return GRADUAL(stream, since=days[0].day)
    slowed, sent, place, usual = max(steep)
    day = days[-place]
    message = TOO_FAST if slowed else FAST
    return message(stream, since=days[0].day, day=day.day, messages=sent, usual=usual, limited=day.limited)


CHECK = Check(
    ID,
    "A new stream begins with little mail and grows slowly",
    told_of,
    judge,
    (TOO_FAST, FAST, GRADUAL, NONE_NEW, NO_ADDRESS_NEW, TOO_SHORT, NOT_TOLD),
)
