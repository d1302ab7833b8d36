"""Events of Postal."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, object_of, reply_in, text_of

# Postal: "Webhook events & payloads".
POSTAL = {
    "MessageSent": "delivered",
    "MessageDelayed": "deferred",
    "MessageDeliveryFailed": "bounced",
    "MessageHeld": "queued",
    "MessageBounced": "bounced",
    "MessageLinkClicked": "clicked",
    "MessageLoaded": "opened",
}


def postal(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    message = object_of(payload.get("message")) or object_of(payload.get("original_message"))
    word, details = text_of(value.get("event")), text_of(payload.get("details"))
    # Held by its own suppression list, else by a limit or for somebody to look at it.
    kind = "suppressed" if word == "MessageHeld" and "suppression list" in details else POSTAL.get(word, "other")
    return [
        Said(
            kind,
            "postal",
            recipient=text_of(message.get("to")) or None,
            sender=text_of(message.get("from")) or None,
            text=reply_in(payload.get("output"), details),
            message_id=bracketed_id(message.get("message_id")),
            event_id=text_of(value.get("uuid")) or None,
            time=text_of(payload.get("timestamp")) or text_of(value.get("timestamp")) or None,
            permanence="permanent" if word == "MessageDeliveryFailed" else None,
        )
    ]
