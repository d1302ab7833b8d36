"""Events of MailChannels."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, coded, hard_or_soft, list_of, text_of

# MailChannels Email API: "Delivery Events". Its `email` is the sender.
_MAILCHANNELS = {
    "processed": "queued",
    "delivered": "delivered",
    "hard-bounced": "bounced",
    "soft-bounced": "bounced",
    "dropped": "rejected",
    "open": "opened",
    "click": "clicked",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}


def is_mailchannels(value: Object) -> bool:
    """True for an event of it."""
    return {"customer_handle", "event", "timestamp"} <= value.keys()


def mailchannels(value: Object) -> list[Said]:
    """The events of one object: one for each recipient it names."""
    word = text_of(value.get("event"))
    kind, why = _MAILCHANNELS.get(word, "other"), text_of(value.get("reason"))
    if kind == "rejected" and "suppress" in why.lower():
        kind = "suppressed"
    status = text_of(value.get("status"))
    recipients = list_of(value.get("recipients")) or [None]
    return [
        Said(
            kind,
            "mailchannels",
            recipient=text_of(one) or None,
            sender=text_of(value.get("email")) or None,
            text=coded(status if status.isdecimal() else "", "", why),
            status=status or None,
            message_id=bracketed_id(value.get("smtp_id")) or text_of(value.get("request_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
