"""What became of the mail is known: logs, events or bounce mails were given, and they tell of deliveries.

The DNS says what receivers may think of mail; only what they answered says what they thought. Without it, rates and patterns
are not known, which is neither good nor bad.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, told_of
from checks.delivery.flow import NULL_SENDER
from checks.model import Basis, Check, Finding, Message, Severity

GIVE = "Give the mail server's log or the sending service's events: --log FILE, --events FILE, --bounce FILE."
PAGE = "docs/errors.md"

NOT_TOLD = Message(
    "delivery.fate-known.not-told",
    Severity.NOTICE,
    "what became of the mail of {about} was not told: rates of errors and patterns of sending are not known",
    GIVE,
    (PAGE,),
    Basis.UNDETERMINED,
)
ONLY_REPLIES = Message(
    "delivery.fate-known.only-replies",
    Severity.NOTICE,
    "{replies} replies about the mail of {about} were given, and nothing tells how much was sent: there are no rates",
    GIVE,
    (PAGE,),
    Basis.UNDETERMINED,
)
ONLY_FAILURES = Message(
    "delivery.fate-known.only-failures",
    Severity.NOTICE,
    "bounce mails and complaints tell of {failures} failures of the mail of {about}, and of nothing that was delivered: "
    "there are no rates",
    GIVE,
    (PAGE,),
    Basis.UNDETERMINED,
)
NOTHING_SENT = Message(
    "delivery.fate-known.nothing-sent",
    Severity.NOTICE,
    "what was given tells of no mail of {about} that left this machine: there is nothing to judge",
    "Look whether the log is that of the server that sends, and whether the time and the domain that were asked for leave anything of it.",
    (PAGE,),
    Basis.UNDETERMINED,
)
SUMMED = Message(
    "delivery.fate-known.summed",
    Severity.INFO,
    "there are too many {tables} to tell each: the smallest are summed as other, and the earliest hours left out; all that is named "
    "is exact",
    references=(PAGE,),
)
SAMPLED = Message(
    "delivery.fate-known.sampled",
    Severity.INFO,
    "of the {things} that failed, one in {rate} is remembered singly: how many were put off, waited or were written to again is an "
    "estimate",
    references=(PAGE,),
)
KNOWN = Message(
    "delivery.fate-known.known",
    Severity.INFO,
    "what became of the mail of {about} is told from {first} to {last}: {delivered} delivered, {bounced} bounced (streams: {streams}, "
    "mailbox providers: {providers})",
    references=(PAGE,),
)


def judge(told: Told) -> Iterable[Finding]:
    """Say what is known of the mail, before anything is judged by it."""
    traffic = told.traffic
    if traffic is None:
        yield ONLY_REPLIES(told.name, replies=told.replies) if told.replies else NOT_TOLD(told.name)
        return
    flows = traffic.flows
    delivered, bounced = sum(x.delivered for x in flows), sum(x.bounced for x in flows)
    if not traffic.has_sender_side and (failures := sum(x.bounced + x.deferred + x.complained for x in flows)):
        yield ONLY_FAILURES(told.name, failures=failures)
        return
    if not flows:
        yield NOTHING_SENT(told.name)
        return
    streams = {x.stream for x in flows if x.stream != NULL_SENDER}
    yield KNOWN(
        told.name,
        delivered=delivered,
        bounced=bounced,
        put_off=sum(x.put_off for x in flows),
        streams=len(streams),
        providers=len({x.provider for x in flows}),
        first=traffic.first or None,
        last=traffic.last or None,
    )
    if traffic.overflowed:
        yield SUMMED(told.name, tables=traffic.overflowed)
    if traffic.sampled:
        things = tuple(name for name, _ in traffic.sampled)
        yield SAMPLED(told.name, things=things, rate=max(rate for _, rate in traffic.sampled))


CHECK = Check(
    "delivery.fate-known",
    "What became of the mail is known",
    told_of,
    judge,
    (NOT_TOLD, ONLY_REPLIES, ONLY_FAILURES, NOTHING_SENT, SUMMED, SAMPLED, KNOWN),
)
