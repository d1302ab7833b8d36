"""Events of SendPulse."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, coded, hard_or_soft, text_of

# SendPulse: "How to enable webhooks for transactional emails".
_SENDPULSE = {
    "delivered": "delivered",
    "undelivered": "bounced",
    "hard_bounces": "bounced",
    "soft_bounces": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "spam_by_user": "complained",
    "unsubscribed": "unsubscribed",
    "resubscribed": "subscribed",
}


def is_sendpulse(value: Object) -> bool:
    """True for an event of it. Mailgun's older ones have words in common with it."""
    if text_of(value.get("event")) not in _SENDPULSE:
        return False
    named = {"recipient", "sender", "message_id", "timestamp"} <= value.keys()
    return "smtp_server_response_code" in value or (
        named and not {"token", "signature", "domain", "message-headers"} & value.keys()
    )


def sendpulse(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    return [
        Said(
            _SENDPULSE[word],
            "sendpulse",
            recipient=text_of(value.get("recipient")) or text_of(value.get("email")) or None,
            sender=text_of(value.get("sender")) or None,
            text=coded(
                value.get("smtp_server_response_code"),
                value.get("smtp_server_response_subcode"),
                value.get("smtp_server_response"),
            ),
            message_id=text_of(value.get("message_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
        )
    ]
