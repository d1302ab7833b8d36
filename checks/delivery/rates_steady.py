"""The rates of bounces and complaints do not rise.

A rate that doubles within a day tells of a change long before it passes a limit: a new list, a receiver that began to block, a record
that was broken. It is compared with the worst of the days before, a week at least, so that the weekly mailing alarms nobody.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from checks.delivery.days import Day, days_of, span_of
from checks.delivery.fact import Told, codes_of, not_told, spoken, told_of, too_short, worst
from checks.delivery.flow import NULL_SENDER
from checks.delivery.rates import figures, percent, wilson
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.rates-steady"
PAGE = "docs/checks/delivery/rates-steady.md"
BEFORE = 7
LOOK_BACK = 28
LEAST = 10

BOUNCES = Message(
    f"{ID}.bounces-rose",
    Severity.WARNING,
    "on {day} {percent} % of the mail of {about} bounced ({count} of {of}), and on the worst of the {before} days before {usual} %",
    "Look what changed on that day: a list that was imported, a new server or service, a DNS record. The reasons of that day alone: "
    "healthcheck errors FILE --since {day}.",
    (PAGE,),
)
COMPLAINTS = Message(
    f"{ID}.complaints-rose",
    Severity.WARNING,
    "on {day} {percent} % of the mail of {about} was complained about ({count} of {of}), and on the worst of the {before} days before "
    "{usual} %",
    "Look at what was sent on that day, and to whom: who had not asked for it, and who had not been written to for long, is not to be "
    "sent the next one.",
    (PAGE,),
)
STEADY = Message(
    f"{ID}.steady", Severity.INFO, "the rates of the last day of {about} stand out from none of the days before"
)
NOT_TOLD = not_told(ID)
TOO_SHORT = too_short(ID)


def judge(told: Told) -> Iterable[Finding]:
    """The last day's rates of each stream beside the worst of the days before."""
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
        if stream == NULL_SENDER:
            continue
        days = days_of(told.traffic, hours)[-LOOK_BACK - 1 :]
        codes = codes_of(tuple(flow for flow in told.flows if flow.stream == stream), of_class="5")
        for message, count, of, least in (
            (BOUNCES, _bounced, _settled, limit["rise.bounce"]),
            (COMPLAINTS, _complained, _delivered, limit["rise.complaint"]),
        ):
            usual = _risen(days, count, of, limit["rise.times"], least)
            if usual is not None:
                rate = figures(count(days[-1]), of(days[-1]))
                said: dict[str, Any] = {"day": days[-1].day, "before": len(days) - 1, "usual": percent(usual)}
                found.append(message(spoken(stream), explains=codes if message is BOUNCES else (), **rate, **said))
    yield from worst(found)
    if not found:
        yield STEADY(told.name)


def _risen(
    days: Sequence[Day], count: Callable[[Day], int], of: Callable[[Day], int], times: float, least: float
) -> float | None:
    """The highest rate of the days before, where the last day's is surely and much above it and above `least`."""
    *before, last = days
    sent = [day for day in before if of(day)]
    total = sum(map(of, sent))
    if count(last) < LEAST or not sent or total < of(last) / 2:
        return None
    usual = max(count(day) / of(day) for day in sent)
    # What is usual is as uncertain as the days are few: all of them together bound it.
    known = max(usual, wilson(sum(map(count, sent)), total)[1])
    low, _ = wilson(count(last), of(last))
    return usual if low > known and low >= least and low >= times * usual else None


def _bounced(day: Day) -> int:
    return day.bounced


def _complained(day: Day) -> int:
    return day.complained


def _settled(day: Day) -> int:
    return day.settled


def _delivered(day: Day) -> int:
    return day.delivered


CHECK = Check(
    ID,
    "The rates of bounces and complaints do not rise",
    told_of,
    judge,
    (BOUNCES, COMPLAINTS, STEADY, TOO_SHORT, NOT_TOLD),
)
