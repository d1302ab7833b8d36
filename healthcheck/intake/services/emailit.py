"""Events of Emailit."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, text_of

# Emailit: "Webhook events". It names no reason.
_EMAILIT = {
    "accepted": "queued",
    "delivered": "delivered",
    "attempted": "deferred",
    "delayed": "deferred",
    "failed": "bounced",
    "bounced": "bounced",
    "rejected": "rejected",
    "suppressed": "suppressed",
    "complained": "complained",
    "loaded": "opened",
    "clicked": "clicked",
}


def is_emailit(value: Object) -> bool:
    """True for an event of it."""
    inner = object_of(object_of(value.get("data")).get("object"))
    return text_of(value.get("type")).startswith("email.") and "event_id" in value and "to" in inner


def emailit(value: Object) -> list[Said]:
    """The events of one object."""
    email = object_of(object_of(value.get("data")).get("object"))
    return [
        Said(
            _EMAILIT.get(text_of(value.get("type")).removeprefix("email."), "other"),
            "emailit",
            recipient=text_of(email.get("to")) or None,
            sender=text_of(email.get("from")) or None,
            message_id=text_of(email.get("id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(email.get("updated_at")) or text_of(email.get("created_at")) or None,
        )
    ]
