"""Events of Iterable."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, object_of, text_of

# Iterable: "System webhooks".
_ITERABLE = {
    "emailSend": "queued",
    "emailBounce": "bounced",
    "emailComplaint": "complained",
    "emailOpen": "opened",
    "emailClick": "clicked",
    "emailUnSubscribe": "unsubscribed",
    "emailSubscribe": "subscribed",
    "emailSendSkip": "suppressed",
}


def iterable(value: Object) -> list[Said]:
    """The events of one object."""
    fields = object_of(value.get("dataFields"))
    state = text_of(fields.get("recipientState"))
    hard = state == "HardBounce"
    return [
        Said(
            _ITERABLE.get(text_of(value.get("eventName")), "other"),
            "iterable",
            recipient=text_of(value.get("email")) or text_of(fields.get("email")) or None,
            text=state or text_of(fields.get("reason")),
            message_id=text_of(fields.get("messageId")) or None,
            time=text_of(fields.get("createdAt")) or None,
            category="recipient_unknown" if hard else None,
            permanence=hard_or_soft(state),
        )
    ]
