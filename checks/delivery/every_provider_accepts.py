"""No mailbox provider puts everything off.

Where one provider defers every message for a day while others take them, it is not a busy server: it has blocked the address or
the domain, and says so with a 4xx. The mail waits in the queue until it is given up, and no bounce tells before that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from checks.delivery.fact import Told, by_provider, codes_of, if_told, not_told, told_of, worst
from checks.delivery.flow import OTHER, UNKNOWN, Flow, Hour, Traffic
from checks.model import Check, Finding, Message, Severity

ID = "delivery.every-provider-accepts"
SMTP = "RFC 5321 section 4.5.4.1"
HOURS = 24
ATTEMPTS = 20
MESSAGES = 10
OTHERS_FAULT = frozenset({"network", "remote_failure", "routing", "recipient_domain"})
"""Categories of a server that is down, which has nothing against the sender."""

ALL_PUT_OFF = Message(
    f"{ID}.all-put-off",
    Severity.ERROR,
    "{about} took nothing in the {hours} hours to {until} UTC: it put off all {attempts} attempts for some {messages} messages, mostly "
    "with {reason}",
    "Read what it says (healthcheck explain on its reply tells what to do), mend that, and ask for the block to be lifted where it has a "
    "form. Until then send it no new mailings: each attempt counts against you, and what waits for five days bounces.",
    (SMTP,),
)
UNREACHABLE = Message(
    f"{ID}.unreachable",
    Severity.WARNING,
    "{about} took nothing in the {hours} hours to {until} UTC: all {attempts} attempts for some {messages} messages failed, mostly for "
    "{reason}, which is its own fault or lies between",
    "Look whether its servers answer from another network. If they do, look at your own way out (firewall, IPv6, routes); if not, "
    "wait: the queue tries again for days, and its people know the address in the recipient's domain by other means than mail.",
    (SMTP,),
)
ACCEPTED = Message(
    f"{ID}.accepted", Severity.INFO, "every mailbox provider that was tried often took some of the mail of {about}"
)
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Providers that took nothing in the last day, though much was tried."""
    traffic = told.traffic
    if traffic is None:
        yield NOT_TOLD(told.name)
        return
    bad: list[Finding] = []
    to_each = by_provider(told.flows)
    for provider, hours in traffic.provider_hours:
        flows = to_each.get(provider, ())
        messages = sum(flow.put_off for flow in flows)
        recent = _recent(traffic, hours)
        attempts = sum(hour.deferred for hour in recent)
        if provider in (OTHER, UNKNOWN) or attempts < ATTEMPTS or messages < MESSAGES:
            continue
        if any(hour.settled for hour in recent):
            continue
        reason = _reason(flows)
        message = UNREACHABLE if reason in OTHERS_FAULT else ALL_PUT_OFF
        said: dict[str, Any] = {
            "hours": HOURS,
            "until": traffic.last.replace("T", " "),
            "attempts": attempts,
            "reason": reason,
        }
        codes = codes_of(flows, of_class="4")
        bad.append(message(provider, explains=codes, messages=min(messages, attempts), **said))
    yield from worst(bad, "attempts")
    if not bad:
        yield if_told(told, ACCEPTED(told.name), NOT_TOLD)


def _recent(traffic: Traffic, hours: tuple[Hour, ...]) -> tuple[Hour, ...]:
    """The hours of the last day that was observed."""
    try:
        end = datetime.fromisoformat(traffic.last[:13] + ":00")
        begin = (end - timedelta(hours=HOURS - 1)).isoformat()[:13]
    except (ValueError, OverflowError):
        return ()
    return tuple(hour for hour in hours if hour.hour >= begin)


def _reason(flows: tuple[Flow, ...]) -> str:
    """The category that most deferrals have."""
    counts: dict[str, int] = {}
    for flow in flows:
        for reason in flow.reasons:
            counts[reason.category] = counts.get(reason.category, 0) + reason.deferred
    return max(sorted(counts), key=lambda category: counts[category], default=UNKNOWN)


CHECK = Check(
    ID, "No mailbox provider puts everything off", told_of, judge, (ALL_PUT_OFF, UNREACHABLE, ACCEPTED, NOT_TOLD)
)
