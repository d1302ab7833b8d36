"""Events of Customer.io."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, reply_in, text_of

# Customer.io: "Reporting webhooks".
_CUSTOMERIO = {
    "sent": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounced": "bounced",
    "dropped": "suppressed",
    "spammed": "complained",
    "failed": "failed",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "subscribed": "subscribed",
    "attempted": "deferred",
    "drafted": "other",
}

_CUSTOMERIO_OLD = "email_"
"""Before events named an object and a metric they had a type, `email_bounced`."""


def is_customerio(value: Object) -> bool:
    """True for an event of it, of any channel."""
    if {"metric", "object_type", "data"} <= value.keys():
        return True
    data, old = object_of(value.get("data")), text_of(value.get("event_type")).startswith(_CUSTOMERIO_OLD)
    return old and "event_id" in value and {"customer_id", "email_address"} <= data.keys()


def customerio(value: Object) -> list[Said]:
    """The events of one object."""
    data, old = object_of(value.get("data")), text_of(value.get("event_type"))
    is_mail = value.get("object_type") == "email" or old.startswith(_CUSTOMERIO_OLD)
    word = text_of(value.get("metric")) or old.removeprefix(_CUSTOMERIO_OLD)
    named = (data.get("recipient"), data.get("email_address"), object_of(data.get("identifiers")).get("email"))
    return [
        Said(
            _CUSTOMERIO.get(word, "other") if is_mail else "other",
            "customerio",
            recipient=next((text for one in named if (text := text_of(one))), None),
            text=reply_in(data.get("failure_message")),
            message_id=text_of(data.get("delivery_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
        )
    ]
