"""Events of Loops."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, text_of

# Loops: "Webhooks". A soft bounce is tried again.
_LOOPS = {
    "campaign.email.sent": "queued",
    "loop.email.sent": "queued",
    "transactional.email.sent": "queued",
    "email.delivered": "delivered",
    "email.softBounced": "deferred",
    "email.hardBounced": "bounced",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.unsubscribed": "unsubscribed",
    "email.resubscribed": "subscribed",
    "email.spamReported": "complained",
}


def is_loops(value: Object) -> bool:
    """True for an event of a mail, or of a contact."""
    return "eventName" in value and bool({"contactIdentity", "webhookSchemaVersion"} & value.keys())


def loops(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("eventName"))
    if word.startswith("testing."):
        return []
    email = object_of(value.get("email"))
    return [
        Said(
            _LOOPS.get(word, "other"),
            "loops",
            recipient=text_of(object_of(value.get("contactIdentity")).get("email")) or None,
            message_id=text_of(email.get("emailMessageId")) or text_of(email.get("id")) or None,
            time=text_of(value.get("eventTime")) or None,
            category="recipient_unknown" if word == "email.hardBounced" else None,
            permanence={"email.hardBounced": "permanent", "email.softBounced": "temporary"}.get(word),
        )
    ]
