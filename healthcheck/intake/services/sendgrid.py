"""Events of SendGrid."""

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, has_code, reply_in, text_of

# SendGrid: "Event Webhook Reference".
_SENDGRID = {
    "processed": "queued",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "bounced",
    "dropped": "rejected",
    "spamreport": "complained",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "subscribed",
}

_SENDGRID_LISTED = (
    "bounced address",
    "unsubscribed address",
    "spam reporting",
    "global unsub",
    "group unsub",
)

_SENDGRID_DROPPED = {
    "invalid": "recipient_unknown",
    "recipient list over package quota": "quota",
    "invalid smtpapi header": "bad_request",
    "spam content": "spam_content",
}

# "Bounce and block classifications"
_SENDGRID_CLASSES = {
    "Invalid Address": "recipient_unknown",
    "Technical": "remote_failure",
    "Technical Failure": "remote_failure",
    "Content": "spam_content",
    "Reputation": "reputation",
    "Frequency/Volume": "sender_rate",
    "Frequency or Volume Too High": "sender_rate",
    "Mailbox Unavailable": "mailbox_full",
}


def sendgrid(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind, reason = _SENDGRID.get(word, "other"), text_of(value.get("reason"))
    if kind == "rejected" and reason.lower().startswith(_SENDGRID_LISTED):
        kind = "suppressed"
    # `blocked`: refused for a reason that is not the address; the text decides, the address is not given up.
    text = reply_in(reason, value.get("response"))
    return [
        Said(
            kind,
            "sendgrid",
            recipient=text_of(value.get("email")) or None,
            text=text,
            status=text_of(value.get("status")) or None,
            message_id=text_of(value.get("smtp-id")) or text_of(value.get("sg_message_id")) or None,
            event_id=text_of(value.get("sg_event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            category=_SENDGRID_DROPPED.get(reason.lower())
            or _SENDGRID_CLASSES.get(text_of(value.get("bounce_classification"))),
            permanence="temporary" if kind == "deferred" and not has_code(text) else None,
            # Of an opening or a click it is the reader's.
            source_address=text_of(value.get("ip")) or None if kind in ATTEMPTS else None,
        )
    ]


def is_sendgrid(value: Object) -> bool:
    """True for an event of it."""
    if value.get("event") == "account_status_change":  # of the account, not of a mail
        return "sg_event_id" in value
    return "event" in value and "email" in value and bool({"sg_event_id", "sg_message_id", "smtp-id"} & set(value))
