"""Mail goes out evenly, not all within a minute.

What a provider takes of one sender at a time has a limit that it does not publish. A mailing that is handed over within a minute
meets it, and what could have been delivered in half an hour waits for hours. Only bursts that a provider answered with its limit
are told: the others did no harm.
"""

from collections.abc import Iterable
from typing import Any

from checks.delivery.fact import Told, codes_of, not_told, told_of, worst
from checks.delivery.flow import TOO_MUCH, Hour, Minute
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.no-bursts"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
LIMITED = 10
"""Replies of the hour that ask for less, and one in twenty of its attempts, from which on the burst was answered."""
SHARE = 6
"""A minute with a sixth of its hour's attempts has ten times its part."""

BURST = Message(
    f"{ID}.burst",
    Severity.WARNING,
    "{attempts} of the {of} attempts that were made at {about} within an hour fell on the minute {minute} UTC, and {limited} were "
    "answered with a limit",
    "Let your server send evenly. In Postfix, for one provider: a transport of its own with, for instance, "
    "smtp_destination_concurrency_limit = 5 and smtp_destination_rate_delay = 1s; a sending service has a setting for the rate.",
    (GMAIL, "postconf(5), default_destination_rate_delay"),
)
NONE = Message(f"{ID}.none", Severity.INFO, "no burst of mail of {about} was answered with a limit")
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """The busiest minute of each provider that answered with a limit within that hour."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    least = limits(told.traffic.own)["burst.least"]
    hours = {name: {hour.hour: hour for hour in each} for name, each in told.traffic.provider_hours}
    bad: list[Finding] = []
    for provider, minutes in told.traffic.minutes:
        busy = next((one for one in minutes if _is_burst(one, hours.get(provider, {}), least)), None)
        if busy is not None:
            hour = hours[provider][busy.minute[:13]]
            codes = codes_of(tuple(flow for flow in told.flows if flow.provider == provider), TOO_MUCH)
            said: dict[str, Any] = {
                "attempts": busy.attempts,
                "of": hour.settled + hour.deferred,
                "limited": hour.limited,
            }
            bad.append(BURST(provider, explains=codes, minute=busy.minute.replace("T", " "), **said))
    yield from worst(bad, "attempts")
    if not bad:
        yield NONE(told.name)


def _is_burst(minute: Minute, hours: dict[str, Hour], least: float) -> bool:
    hour = hours.get(minute.minute[:13])
    if hour is None or minute.attempts < least:
        return False
    of = hour.settled + hour.deferred
    return minute.attempts * SHARE >= of and hour.limited >= max(LIMITED, of / 20)


CHECK = Check(ID, "Mail goes out evenly, not all within a minute", told_of, judge, (BURST, NONE, NOT_TOLD))
