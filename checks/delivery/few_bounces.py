"""Few messages bounce, for whatever reason.

Bounces beside those of dead addresses come of reputation, missing authentication, content, broken receivers. What they have in
common is that the mail is lost, and that receivers and sending services count them.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, not_told, told_of
from checks.delivery.rates import Measure, Words, judged, too_few
from checks.model import Basis, Check, Finding, Message, Severity

ID = "delivery.few-bounces"
SES = (
    "Amazon SES, reputation metrics messages (https://docs.aws.amazon.com/ses/latest/dg/reputation-dashboard-messages.html, as its "
    "notices to senders quoted it, 2020-01)"
)

DO = (
    "Look at the reasons first (healthcheck errors FILE shows them with what each means): dead addresses are to be taken off the "
    "lists; what receivers refuse for authentication, reputation or content has to be mended before more is sent to them."
)

TOO_MANY = Message(
    f"{ID}.too-many",
    Severity.ERROR,
    "{count} of {of} messages of {about} bounced: {percent} % (with 95 % confidence {low} to {high} %), over the limit of "
    "{fail_percent} %. Most went to {providers}",
    DO,
    (SES,),
)
HIGH = Message(
    f"{ID}.high",
    Severity.WARNING,
    "{count} of {of} messages of {about} bounced: {percent} % (with 95 % confidence {low} to {high} %), over the {warn_percent} % "
    "from which on it is too many. Most went to {providers}",
    DO,
    (SES,),
)
UNCERTAIN = Message(
    f"{ID}.uncertain",
    Severity.NOTICE,
    "{count} of {of} messages of {about} bounced, {percent} %; the limit of {warn_percent} % lies within what chance allows ({low} "
    "to {high} %): whether it is passed is not certain",
    DO,
    (SES,),
    Basis.UNDETERMINED,
)
WITHIN = Message(
    f"{ID}.within",
    Severity.INFO,
    "{count} of {of} messages of {about} bounced: {percent} % (with 95 % confidence {low} to {high} %)",
)
WORDS = Words(
    beyond=TOO_MANY,
    high=HIGH,
    uncertain=UNCERTAIN,
    too_few=too_few(ID, "bounced"),
    within=WITHIN,
    not_told=not_told(ID),
)
MEASURE = Measure("bounce", "bounce.least", lambda flow: flow.bounced, lambda flow: flow.settled)


def judge(told: Told) -> Iterable[Finding]:
    """All bounces of the messages with a last word."""
    return judged(told, MEASURE, WORDS)


CHECK = Check(ID, "Few messages bounce", told_of, judge, WORDS.all)
