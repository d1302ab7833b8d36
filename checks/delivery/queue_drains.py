"""Mail does not grow old in the queue.

A message that is put off is tried again for days. Some hours are ordinary; many messages that wait longer, or are given up when
the queue time is over, are mail that comes too late or never, without a receiver ever having refused it for good.
"""

from collections.abc import Callable, Iterable

from checks.delivery.fact import Told, codes_of, if_told, not_told, told_of, tried
from checks.delivery.flow import Flow
from checks.delivery.rates import figures, surely
from checks.delivery.thresholds import limits
from checks.model import Check, Finding, Message, Severity

ID = "delivery.queue-drains"
SMTP = "RFC 5321 section 4.5.4.1"
LEAST = 10
EXPIRY = frozenset({"expired"})

EXPIRED = Message(
    f"{ID}.expired",
    Severity.ERROR,
    "{count} of {of} messages of {about} were given up because the queue time was over, {percent} %: most for {providers}",
    "Look at the last reply before that (healthcheck errors FILE shows it): what receivers ask for has to be mended. Addresses at "
    "domains that have not answered for days come off the lists; what was given up is to be sent again.",
    (SMTP,),
)
OLD = Message(
    f"{ID}.old",
    Severity.WARNING,
    "{count} of {of} messages of {about} were put off for four hours or longer, {percent} %, up to {longest} hours: most at {providers}",
    "Look at what these providers say (healthcheck errors FILE shows it with its meaning), and mend it before the queue time is over. "
    "What is urgent, such as passwords and invoices, should go by a stream of its own that does not wait behind mailings.",
    (SMTP,),
)
DRAINS = Message(
    f"{ID}.drains",
    Severity.INFO,
    "{waited} of {of} messages of {about} were put off for four hours or longer, and {expired} given up for age",
    references=(SMTP,),
)
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """How many messages waited for hours, and how many were given up for it."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit, flows = limits(told.traffic.own), told.flows
    of = sum(map(tried, flows))
    expired, waited = sum(map(_expired, flows)), sum(map(_waited, flows))
    bad = False
    if expired >= LEAST and surely(expired, of, limit["expired.fail"]):
        bad = True
        yield EXPIRED(
            told.name, explains=codes_of(flows, EXPIRY), **figures(expired, of), providers=_named(flows, _expired)
        )
    if waited >= LEAST and surely(waited, of, limit["waiting.warn"]):
        bad = True
        yield OLD(
            told.name,
            explains=codes_of(flows, of_class="4"),
            **figures(waited, of),
            longest=max(flow.longest for flow in flows) // 60,
            providers=_named(flows, _waited),
        )
    if not bad:
        yield if_told(told, DRAINS(told.name, waited=waited, expired=expired, of=of), NOT_TOLD)


def _expired(flow: Flow) -> int:
    return sum(reason.bounced for reason in flow.reasons if reason.category in EXPIRY)


def _waited(flow: Flow) -> int:
    return flow.waited[1]


def _named(flows: tuple[Flow, ...], count: Callable[[Flow], int]) -> tuple[str, ...]:
    """The three providers with most."""
    sums: dict[str, int] = {}
    for flow in flows:
        if number := count(flow):
            sums[flow.provider] = sums.get(flow.provider, 0) + number
    return tuple(sorted(sums, key=lambda provider: (-sums[provider], provider))[:3])


CHECK = Check(ID, "Mail does not grow old in the queue", told_of, judge, (EXPIRED, OLD, DRAINS, NOT_TOLD))
