"""Addresses that bounced for good are not written to again.

A receiver that said "no such user" and gets the next mailing for the same address learns one thing of the sender: that bounces are
not read. It is among the surest signs of a spammer's list, and some of the dead addresses are spam traps by then.
"""

from collections.abc import Iterable

from checks.delivery.days import span_of
from checks.delivery.fact import Told, not_told, spoken, told_of, too_short, worst
from checks.delivery.rates import percent, surely
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.bounced-addresses-dropped"
YAHOO = "Yahoo, sender best practices (https://senders.yahooinc.com/best-practices/, 2026-02)"
LEAST = 5
"""Addresses below which nothing is told: people write to a friend's old address twice."""
DAYS = 2

AGAIN = Message(
    f"{ID}.again",
    Severity.WARNING,
    "of {gone} addresses at which mail of {about} bounced for good, {again} ({percent} %) were written to again a day or more "
    "later, up to {days} days after the first bounce, and bounced again",
    "Drop an address at its first hard bounce, in every list and not only in the one that bounced: healthcheck errors FILE "
    "--suppress-list OUT writes those of today; then see to it that bounces reach the system that keeps the lists.",
    (YAHOO,),
)
FEW = Message(
    f"{ID}.few",
    Severity.INFO,
    "of {gone} addresses at which mail of {about} bounced for good, {again} were written to again a day or more later",
)
NONE = Message(f"{ID}.none", Severity.INFO, "no mail of {about} bounced for good")
NOT_TOLD = not_told(ID)
TOO_SHORT = too_short(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Addresses with two hard bounces a day or more apart, of all with one."""
    if told.traffic is None or not told.tells_of_mail:
        yield NOT_TOLD(told.name)
        return
    span = span_of(told.traffic)
    if span < DAYS:
        yield TOO_SHORT(told.name, days=span, least=DAYS)
        return
    limit = limits(told.traffic.own)["retried.warn"]
    seen = [one for one in told.traffic.addresses if one.stream]
    bad = [
        AGAIN(spoken(one.stream), gone=one.gone, again=one.again, percent=percent(one.again / one.gone), days=one.days)
        for one in seen
        if one.again >= LEAST and surely(one.again, one.gone, limit)
    ]
    yield from worst(bad, "again")
    if not bad:
        gone = sum(one.gone for one in seen)
        yield FEW(told.name, gone=gone, again=sum(one.again for one in seen)) if gone else NONE(told.name)


CHECK = Check(
    ID,
    "Addresses that bounced for good are not written to again",
    told_of,
    judge,
    (AGAIN, FEW, NONE, TOO_SHORT, NOT_TOLD),
)
