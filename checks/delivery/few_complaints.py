"""Few recipients complain.

Who presses "this is spam" tells the provider, and through a feedback loop (RFC 5965) the sender. Gmail and Yahoo set the limit for
everybody: below 0.10 %, and never 0.30 % or more. Gmail sends no complaint by mail, and a mail server's log holds none: that none
is seen means nothing where nobody would have told.
"""

from collections.abc import Iterable

from checks.delivery.fact import Told, not_told, told_of
from checks.delivery.rates import Measure, Words, judged
from checks.model import Basis, Check, Finding, Message, Severity

ID = "delivery.few-complaints"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
YAHOO = "Yahoo, sender best practices (https://senders.yahooinc.com/best-practices/, 2026-02)"

DO = (
    "Take everybody who complained off the lists at once. Then make leaving easier than complaining: List-Unsubscribe with one click "
    "(RFC 8058), a visible link, and only people who asked for this mail. Until the rate falls, send to those only who read it lately."
)

TOO_MANY = Message(
    f"{ID}.too-many",
    Severity.ERROR,
    "{count} complaints about {of} delivered messages of {about}: {percent} % (with 95 % confidence {low} to {high} %), and Gmail and "
    "Yahoo ask never to reach {fail_percent} %",
    DO,
    (GMAIL, YAHOO),
)
HIGH = Message(
    f"{ID}.high",
    Severity.WARNING,
    "{count} complaints about {of} delivered messages of {about}: {percent} % (with 95 % confidence {low} to {high} %), and Gmail and "
    "Yahoo ask to stay below {warn_percent} %",
    DO,
    (GMAIL, YAHOO),
)
UNCERTAIN = Message(
    f"{ID}.uncertain",
    Severity.NOTICE,
    "complaints about {of} delivered messages of {about}: {count}, which is {percent} %; the limit of {warn_percent} % lies within what "
    "chance allows ({low} to {high} %), and so few people make no rate",
    DO,
    (GMAIL, YAHOO),
    Basis.UNDETERMINED,
)
NONE_TOLD = Message(
    f"{ID}.none-told",
    Severity.NOTICE,
    "complaints told about {of} delivered messages of {about}: {count}, which makes no rate: feedback loops only tell of "
    "complaints, and at least {least} delivered messages are needed",
    "Read Gmail's rate in Postmaster Tools, and join the feedback loops of the others (Yahoo's, Microsoft's JMRP, or your sending "
    "service's complaint events); then give what they send: --bounce FILE, --events FILE.",
    (GMAIL, YAHOO),
    Basis.UNDETERMINED,
)
WITHIN = Message(
    f"{ID}.within",
    Severity.INFO,
    "complaints about {of} delivered messages of {about}: {count}, which is {percent} % (with 95 % confidence {low} to {high} %), as far "
    "as feedback loops told",
    references=(GMAIL, YAHOO),
)
WORDS = Words(beyond=TOO_MANY, high=HIGH, uncertain=UNCERTAIN, too_few=NONE_TOLD, within=WITHIN, not_told=not_told(ID))
# A group in which nobody complained is no proof of content, and is not judged. Gmail and Yahoo set their limits for the rate that they
# measure: 30 complaints of 10,000 are over 0.3 %, though by chance. One or two people are no rate.
MEASURE = Measure(
    "complaint",
    "complaint.least",
    lambda flow: flow.complained,
    lambda flow: flow.delivered,
    needs_one=True,
    as_measured=3,
)


def judge(told: Told) -> Iterable[Finding]:
    """Complaints of delivered messages."""
    return judged(told, MEASURE, WORDS)


CHECK = Check(ID, "Few recipients complain", told_of, judge, WORDS.all)
