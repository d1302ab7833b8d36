"""Feedback reports (ARF, RFC 5965): a recipient pressed the spam button, and their provider tells the sender.

A report may name several recipients, and many providers take them out (RFC 6590). Reports about failed authentication
(RFC 6591) have the same form and are no complaints. Microsoft's (JMRP) have a form of their own: the message is attached
and nothing else, with the recipient in a field that Microsoft added.
"""

import re

from checks.addresses import parsed, special_kind
from checks.delivery.events import address
from checks.message.headers import addresses
from checks.names import Address
from checks.replies.bounced import Returned
from healthcheck.intake.mails.dsn import fields_in
from healthcheck.intake.mails.mime import Mail

MOST_RECIPIENTS = 100
_JUNK = re.compile(r"complaint about message from \[?[0-9a-f.:]{3,45}", re.IGNORECASE)
_KINDS = {
    "opt-out": "unsubscribed",
    "opt-out-list": "unsubscribed",
    "auth-failure": "other",
    "dmarc": "other",
    "not-spam": "other",
}
"""All other types are complaints: abuse, fraud, virus, other (RFC 5965 section 7.3), and what nobody has registered."""
_HIDDEN = re.compile(r"redact|undisclosed|anonym|suppressed|^x{3,}|\*\*|^-+$|\[", re.IGNORECASE)


def is_complaint_of_microsoft(mail: Mail) -> bool:
    """True for a report of the Junk Mail Reporting Program, which is no RFC 5965."""
    return _JUNK.match(mail.get("subject")) is not None


def read_feedback(text: str, returned: dict[str, str]) -> tuple[Returned, ...]:
    """The recipients of a feedback report, one without an address where they were taken out."""
    fields = fields_in(text)
    kind = next((value for name, value in fields if name == "feedback-type"), "abuse")
    word = kind.split(";")[0].strip().lower()
    named = [value for name, value in fields if name == "original-rcpt-to"]
    named = named or [value for name, value in fields if name in ("removal-recipient", "x-original-rcpt-to")]
    stated = [one for value in named for one in (addresses(value) or (value,)) if "@" in one or not _HIDDEN.search(one)]
    recipients = list(dict.fromkeys(address(one) for one in stated)) or [recipient_in(returned)]
    event = _KINDS.get(word, "complained")
    return tuple(Returned(one, word, kind=event) for one in recipients[:MOST_RECIPIENTS])


def sender_in(text: str) -> str:
    return next((value for name, value in fields_in(text) if name == "original-mail-from"), "")


def source_in(text: str) -> Address | None:
    """The address that the message came from, as the receiver saw it. RFC 5965 section 3.2"""
    told = next((value for name, value in fields_in(text) if name == "source-ip"), "")
    found = parsed(told.split(" ")[0].strip("[]")) if told else None
    return found if found is not None and not special_kind(found) else None


def recipient_in(returned: dict[str, str]) -> str | None:
    """The one recipient of the message that came back, where nobody has taken it out."""
    for name in ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "envelope-to", "to"):
        found = addresses(returned.get(name, ""))
        if len(found) == 1 and not _HIDDEN.search(found[0].rpartition("@")[0]):
            return address(found[0])
    return None
