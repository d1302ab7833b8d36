"""No hour's mail goes to many users who do not exist.

A list in good order loses an address here and there. Many unknown users in one hour are a list that was bought, guessed or left
lying for years, or a compromised account that tries names; receivers count them for just that.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, codes_of, if_told, not_told, spoken, told_of, worst
from checks.delivery.flow import Hour
from checks.delivery.rates import figures, surely
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.no-unknown-user-bursts"
YAHOO = "Yahoo, sender best practices (https://senders.yahooinc.com/best-practices/, 2026-02)"
LEAST = 20
NO_USER = frozenset({"recipient_unknown"})

BURST = Message(
    f"{ID}.burst",
    Severity.WARNING,
    "within the hour from {hour} UTC, {count} of {of} messages of {about} bounced for users who do not exist, {percent} %"
    "; hours like it: {hours}",
    "Stop the mailing that ran then, and look which list it used and where that list came from. If nobody sent a mailing, look for a "
    "compromised account or form. Send to the rest only after the dead addresses are out and the others have confirmed.",
    (YAHOO,),
)
NONE = Message(f"{ID}.none", Severity.INFO, "in no hour did many messages of {about} bounce for users who do not exist")
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Hours of a stream in which the share of unknown users is surely too high."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit = limits(told.traffic.own)["no-user.warn"]

    def is_bad(hour: Hour) -> bool:
        return hour.no_user >= LEAST and surely(hour.no_user, hour.settled, limit)

    bad: list[Finding] = []
    for stream, hours in told.traffic.hours:
        found = [hour for hour in hours if stream and is_bad(hour)]
        if found:
            hour = max(found, key=lambda hour: (hour.no_user, hour.hour))
            codes = codes_of(tuple(flow for flow in told.flows if flow.stream == stream), NO_USER)
            at = f"{hour.hour[:10]} {hour.hour[11:]}:00"
            rate = figures(hour.no_user, hour.settled)
            bad.append(BURST(spoken(stream), explains=codes, hour=at, hours=len(found), **rate))
    yield from worst(bad)
    if not bad:
        yield if_told(told, NONE(told.name), NOT_TOLD)


CHECK = Check(ID, "No hour's mail goes to many users who do not exist", told_of, judge, (BURST, NONE, NOT_TOLD))
