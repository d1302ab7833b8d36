"""Nothing is sent to addresses that the sending service suppresses.

A service keeps a list of addresses that bounced, complained or unsubscribed, and does not try them again. Mail for them is lost
without a word from any receiver, is often paid for all the same, and says that one's own lists are behind the service's.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, by_stream, if_told, not_told, spoken, told_of, worst
from checks.delivery.rates import figures, surely
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.suppressed-left-alone"
PAGE = "docs/checks/delivery/suppressed-left-alone.md"
LEAST = 10

MANY = Message(
    f"{ID}.many",
    Severity.WARNING,
    "{count} of {of} messages of {about} were for addresses that the sending service suppresses, {percent} %: they were not tried",
    "Fetch the service's suppression list and take its addresses off your own lists, and let its bounce, complaint and "
    "unsubscription events do so from now on. Take an address off the service's list only if its owner asks for the mail again.",
    (PAGE,),
)
FEW = Message(
    f"{ID}.few",
    Severity.INFO,
    "{count} of {of} messages of {about} were for addresses that a sending service suppresses",
)
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Messages that were not tried, of all that were given to the service."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit = limits(told.traffic.own)["suppressed.warn"]
    bad: list[Finding] = []
    count, of = 0, 0
    for stream, flows in by_stream(told.flows).items():
        held = sum(flow.suppressed for flow in flows)
        total = held + sum(flow.settled for flow in flows)
        count, of = count + held, of + total
        if held >= LEAST and surely(held, total, limit):
            bad.append(MANY(spoken(stream), **figures(held, total)))
    yield from worst(bad)
    if not bad:
        yield if_told(told, FEW(told.name, count=count, of=of), NOT_TOLD)


CHECK = Check(
    ID, "Nothing is sent to addresses that the sending service suppresses", told_of, judge, (MANY, FEW, NOT_TOLD)
)
