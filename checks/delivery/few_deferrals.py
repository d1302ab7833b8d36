"""Few messages are put off.

A 4xx reply puts a message off: it comes late, and each retry is one more attempt that a receiver counts. Some of it is ordinary
(greylisting, a full mailbox, a server that restarts); much of it says that receivers slow the sender down.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, not_told, told_of
from checks.delivery.rates import Measure, Words, judged, too_few
from checks.model import Basis, Check, Finding, Message, Severity

ID = "delivery.few-deferrals"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
SMTP = "RFC 5321 section 4.5.4.1"

DO = (
    "Look at what the receivers say (healthcheck errors FILE shows each reply with its meaning). If they ask for less: lower the "
    "volume and the connections to them until the deferrals fall, then raise it slowly. Do not shorten the time between retries."
)

TOO_MANY = Message(
    f"{ID}.too-many",
    Severity.ERROR,
    "{count} messages of {about} were put off at least once, beside {settled} that were delivered or bounced, in {attempts} deferred "
    "attempts: nearly everything comes late, most of it to {providers}",
    DO,
    (GMAIL, SMTP),
)
HIGH = Message(
    f"{ID}.high",
    Severity.WARNING,
    "{count} messages of {about} were put off at least once, beside {settled} that were delivered or bounced, in {attempts} deferred "
    "attempts: {percent} % (with 95 % confidence {low} to {high} %; from {warn_percent} % on it is told), most of it to {providers}",
    DO,
    (GMAIL, SMTP),
)
UNCERTAIN = Message(
    f"{ID}.uncertain",
    Severity.NOTICE,
    "messages of {about} that were put off at least once: {count}, beside {settled} that were delivered or bounced, {percent} %; the "
    "limit of {warn_percent} % lies within what chance allows ({low} to {high} %): whether it is passed is not certain",
    DO,
    (GMAIL, SMTP),
    Basis.UNDETERMINED,
)
WITHIN = Message(
    f"{ID}.within",
    Severity.INFO,
    "messages of {about} that were put off at least once, greylisting left out: {count}, beside {settled} that were delivered or bounced",
    references=(SMTP,),
)
WORDS = Words(
    beyond=TOO_MANY,
    high=HIGH,
    uncertain=UNCERTAIN,
    too_few=too_few(ID, "were put off"),
    within=WITHIN,
    not_told=not_told(ID),
)
# What was put off and settled later counts on both sides: without the fate of each message, the rate is too low, never too high.
MEASURE = Measure(
    "deferral", "deferral.least", lambda flow: flow.put_off, lambda flow: flow.settled + flow.put_off, attempts=True
)


def judge(told: Told) -> Iterable[Finding]:
    """Messages put off, each once however often it was retried."""
    return judged(told, MEASURE, WORDS)


CHECK = Check(ID, "Few messages are put off", told_of, judge, WORDS.all)
