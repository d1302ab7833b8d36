"""Mail goes out evenly, not all within a minute and not all over one connection.

What a provider takes of one sender at a time has a limit that it does not publish. A mailing that is handed over within a minute
meets it, and what could have been delivered in half an hour waits for hours. Only bursts that a provider answered with its limit
are told: the others did no harm.
"""

from collections.abc import Iterable
from typing import Any

from checks.delivery.fact import Told, codes_of, if_told, not_told, told_of, worst
from checks.delivery.flow import TOO_MUCH, Hour, Minute, Routes
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
CROWDED = Message(
    f"{ID}.crowded-connection",
    Severity.WARNING,
    "connections to {about} that were used for {least} attempts or more, up to {attempts}: {connections}; {limited} attempts over them "
    "were answered with a limit",
    "Send fewer messages over a connection to this provider. PowerMTA: max-msg-per-connection; KumoMTA: max_deliveries_per_connection; "
    "Exim: connection_max_messages of the transport.",
    (GMAIL,),
)
NONE = Message(
    f"{ID}.none",
    Severity.INFO,
    "no burst of mail of {about} within a minute was answered with a limit; the connections it went over were not told",
)
NONE_OF_BOTH = Message(
    f"{ID}.none-of-both",
    Severity.INFO,
    "no burst of mail of {about} was answered with a limit, neither within a minute nor over one connection",
)
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """The busiest minute of each provider that answered with a limit within that hour, and the fullest connections to it."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit = limits(told.traffic.own)
    least = limit["burst.least"]
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
    bad += _crowded(told.traffic.routes, int(limit["burst.connection"]))
    yield from worst(bad, "attempts")
    if not bad:
        none = NONE_OF_BOTH if told.traffic.routes.connections else NONE
        yield if_told(told, none(told.name), NOT_TOLD)


def _crowded(routes: Routes, least: int) -> Iterable[Finding]:
    """Providers that answered full connections with a limit, and most of these answers came over full ones."""
    for provider, connections in routes.connections:
        full = [one for one in connections if one.attempts >= least and one.limited]
        limited = sum(one.limited for one in full)
        if limited >= LIMITED and limited * 2 > sum(one.limited for one in connections):
            attempts = max(one.attempts for one in full)
            yield CROWDED(provider, connections=len(full), least=least, attempts=attempts, limited=limited)


def _is_burst(minute: Minute, hours: dict[str, Hour], least: float) -> bool:
    hour = hours.get(minute.minute[:13])
    if hour is None or minute.attempts < least:
        return False
    of = hour.settled + hour.deferred
    return minute.attempts * SHARE >= of and hour.limited >= max(LIMITED, of / 20)


CHECK = Check(
    ID, "Mail goes out evenly, not all within a minute", told_of, judge, (BURST, CROWDED, NONE, NONE_OF_BOTH, NOT_TOLD)
)
