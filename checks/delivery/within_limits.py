"""Mail stays within the limits of rate and number.

Receivers limit how much they take of one sender at a time, and sending services how much an account may send. The first slows the
mail down; the second stops it until the allowance is reset, and what was given meanwhile is often lost.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, afflicted, by_stream, codes_of, if_told, not_told, spoken, told_of, tried, worst
from checks.delivery.flow import Flow
from checks.delivery.rates import figures, surely
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.within-limits"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
LEAST_LOST = 5
LEAST = 10
RATE = frozenset({"sender_rate", "recipient_rate"})
QUOTA = frozenset({"quota"})

USED_UP = Message(
    f"{ID}.used-up",
    Severity.ERROR,
    "{count} of {of} messages of {about} were refused because your own sending allowance was used up",
    "Raise the allowance with your provider, or send less: {providers} says which one it is. What was refused was not delivered: send it "
    "again when the allowance is reset, spread over the day.",
    ("docs/checks/delivery/within-limits.md",),
)
LIMITED = Message(
    f"{ID}.limited",
    Severity.WARNING,
    "{count} of {of} messages of {about} were put off or refused for their rate or number, {percent} %: {providers}",
    "Send fewer messages and connections at a time to these providers until the replies stop, then raise it slowly. In Postfix: "
    "smtp_destination_concurrency_limit and smtp_destination_rate_delay of a transport of its own.",
    (GMAIL, "postconf(5), default_destination_rate_delay"),
)
FEW = Message(
    f"{ID}.few",
    Severity.INFO,
    "{count} of {of} messages of {about} met a limit of rate or number, which the next attempts heal",
    references=(GMAIL,),
)
NONE = Message(f"{ID}.none", Severity.INFO, "no mail of {about} met a limit of rate or number")
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Messages of each stream that met a receiver's limit, and those that met the account's own."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit = limits(told.traffic.own)["limited.warn"]
    bad: list[Finding] = []
    met, total = 0, 0
    for stream, flows in by_stream(told.flows).items():
        of = sum(map(tried, flows))
        total += of
        quota, rate = _sum(flows, QUOTA), _sum(flows, RATE)
        met += quota + rate
        lost = sum(r.bounced + r.refused for flow in flows for r in flow.reasons if r.category in QUOTA)
        if lost >= LEAST_LOST:
            bad.append(_said(USED_UP, stream, flows, QUOTA, lost))
        if rate >= LEAST and surely(rate, of, limit):
            bad.append(_said(LIMITED, stream, flows, RATE, rate))
    yield from worst(bad)
    if not bad:
        yield if_told(told, FEW(told.name, count=met, of=total) if met else NONE(told.name), NOT_TOLD)


def _sum(flows: tuple[Flow, ...], categories: frozenset[str]) -> int:
    return sum(afflicted(flow, categories) for flow in flows)


def _said(message: Message, stream: str, flows: tuple[Flow, ...], categories: frozenset[str], count: int) -> Finding:
    most = sorted(flows, key=lambda flow: (-afflicted(flow, categories), flow.provider))
    providers = tuple(flow.provider for flow in most if afflicted(flow, categories))
    return message(
        spoken(stream),
        explains=codes_of(flows, categories),
        **figures(count, sum(map(tried, flows))),
        providers=providers,
    )


CHECK = Check(
    ID,
    "Mail stays within the limits of rate and number",
    told_of,
    judge,
    (USED_UP, LIMITED, FEW, NONE, NOT_TOLD),
)
