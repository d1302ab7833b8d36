"""The volume of a day is not many times that of the days before.

Receivers know a sender by what it usually sends. A day of many times as much looks like a break-in, or like a list that was
bought, and is slowed down or filtered. One that receivers took without a word is told, and warned of only where they slowed it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from checks.delivery.days import Day, days_of, span_of
from checks.delivery.fact import Told, not_told, spoken, told_of, too_short, worst
from checks.delivery.flow import NULL_SENDER
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.volume-steady"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
BEFORE = 7
"""Days before that are needed: what comes once a week is usual."""
LOOK_BACK = 28
SLOWED = 10
"""Replies that ask for less, from which on receivers did slow it down; and one in twenty of the attempts."""

SLOWED_DOWN = Message(
    f"{ID}.slowed-down",
    Severity.WARNING,
    "on {day} {messages} messages of {about} were sent, {times} times the busiest of the {before} days before ({usual}), and receivers "
    "slowed it down with {limited} replies",
    "Spread a large mailing over days, the most active readers first, and raise the volume slowly. If nobody planned it, look for a "
    "compromised account, form or script that sends.",
    (GMAIL,),
)
SPIKE = Message(
    f"{ID}.spike",
    Severity.NOTICE,
    "on {day} {messages} messages of {about} were sent, {times} times the busiest of the {before} days before ({usual}); receivers took "
    "it without slowing it down",
    "If it was planned, nothing is to be done; spread the next one over more days. If not, look who sent it.",
    (GMAIL,),
)
STEADY = Message(
    f"{ID}.steady", Severity.INFO, "no day's volume of {about} stands out from up to {look_back} days before it"
)
NOT_TOLD = not_told(ID)
TOO_SHORT = too_short(ID)


def judge(told: Told) -> Iterable[Finding]:
    """The day of each stream that stands out most."""
    if told.traffic is None or not told.tells_of_mail:
        yield NOT_TOLD(told.name)
        return
    span = span_of(told.traffic)
    if span <= BEFORE:
        yield TOO_SHORT(told.name, days=span, least=BEFORE + 1)
        return
    limit = limits(told.traffic.own)
    found: list[Finding] = []
    for stream, hours in told.traffic.hours:
        days = days_of(told.traffic, hours)
        at = _outstanding(days, limit["spike.times"], limit["spike.least"]) if stream != NULL_SENDER else None
        if at is not None:
            day, usual = days[at], _usual(days, at)
            message = SLOWED_DOWN if _is_slowed(day) else SPIKE
            said: dict[str, Any] = {"day": day.day, "messages": day.settled, "usual": usual, "limited": day.limited}
            times = round(day.settled / usual, 1)
            found.append(message(spoken(stream), times=times, before=min(at, LOOK_BACK), **said))
    yield from worst(found, "messages")
    if not found:
        yield STEADY(told.name, look_back=LOOK_BACK)


def _usual(days: Sequence[Day], at: int) -> int:
    return max(day.settled for day in days[max(0, at - LOOK_BACK) : at])


def _is_slowed(day: Day) -> bool:
    return day.limited >= max(SLOWED, (day.settled + day.deferred) / 20)


def _outstanding(days: Sequence[Day], times: float, least: float) -> int | None:
    """The day that stands out most, of those slowed down the first; a stream that is new is gradual-ramp's business."""
    found = [
        (_is_slowed(day), day.settled / usual, -at)
        for at, day in enumerate(days)
        if at >= BEFORE and day.settled >= least and (usual := _usual(days, at)) and day.settled >= times * usual
    ]
    return -max(found)[2] if found else None


CHECK = Check(
    ID,
    "The volume of a day is not many times that of the days before",
    told_of,
    judge,
    (SLOWED_DOWN, SPIKE, STEADY, TOO_SHORT, NOT_TOLD),
)
