"""Few messages go to addresses that are gone.

A hard bounce says that the address, or its whole domain, is no more. Who sends to many of them has a list that is old, bought or
guessed: receivers take it for the mark of a spammer, and sending services put the account under review.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, not_told, told_of
from checks.delivery.rates import Measure, Words, judged, too_few
from checks.model import Basis, Check, Finding, Message, Severity

ID = "delivery.few-hard-bounces"
SES = (
    "Amazon SES, reputation metrics messages (https://docs.aws.amazon.com/ses/latest/dg/reputation-dashboard-messages.html, as its "
    "notices to senders quoted it, 2020-01)"
)
GONE = frozenset({"recipient_unknown", "recipient_disabled", "recipient_domain"})

DO = (
    "Take the addresses that bounced off every list now (healthcheck errors FILE --suppress-list OUT writes them), and let each hard "
    "bounce do so from now on. Then look where they came from: an old or imported list, a form without confirmation (double opt-in)."
)

TOO_MANY = Message(
    f"{ID}.too-many",
    Severity.ERROR,
    "{count} of {of} messages of {about} bounced because the address is gone: {percent} % (with 95 % confidence {low} to {high} %), "
    "and from {fail_percent} % on accounts are put under review",
    DO,
    (SES,),
)
HIGH = Message(
    f"{ID}.high",
    Severity.WARNING,
    "{count} of {of} messages of {about} bounced because the address is gone: {percent} % (with 95 % confidence {low} to {high} %), "
    "more than the {warn_percent} % that a list in good order stays below",
    DO,
    (SES,),
)
UNCERTAIN = Message(
    f"{ID}.uncertain",
    Severity.NOTICE,
    "{count} of {of} messages of {about} bounced because the address is gone, {percent} %; the limit of {warn_percent} % lies within "
    "what chance allows ({low} to {high} %): whether it is passed is not certain",
    DO,
    (SES,),
    Basis.UNDETERMINED,
)
WITHIN = Message(
    f"{ID}.within",
    Severity.INFO,
    "{count} of {of} messages of {about} bounced because the address is gone: {percent} % (with 95 % confidence {low} to {high} %)",
)
WORDS = Words(
    beyond=TOO_MANY,
    high=HIGH,
    uncertain=UNCERTAIN,
    too_few=too_few(ID, "bounced because the address is gone"),
    within=WITHIN,
    not_told=not_told(ID),
)
MEASURE = Measure("hard-bounce", "bounce.least", lambda flow: flow.hard, lambda flow: flow.settled, GONE)


def judge(told: Told) -> Iterable[Finding]:
    """Hard bounces of the messages with a last word."""
    return judged(told, MEASURE, WORDS)


CHECK = Check(ID, "Few messages go to addresses that are gone", told_of, judge, WORDS.all)
