"""Events of Klaviyo."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, list_of, object_of, text_of

# Klaviyo: "Working with system webhooks". The event has the form of "Get Event", with the person beside it.
_KLAVIYO = {
    "received_email": "delivered",
    "bounced_email": "bounced",
    "dropped_email": "suppressed",
    "opened_email": "opened",
    "clicked_email": "clicked",
    "clicked_email_to_unsubscribe": "unsubscribed",
    "marked_email_as_spam": "complained",
    "unsubscribed_from_email_marketing": "unsubscribed",
    "subscribed_to_email_marketing": "subscribed",
}

_KLAVIYO_TOPIC = "event:klaviyo."


def is_klaviyo(value: Object) -> bool:
    """True for one event of those that it posts together."""
    return text_of(value.get("topic")).startswith(_KLAVIYO_TOPIC) and "external_id" in value


def klaviyo(value: Object) -> list[Said]:
    """The events of one object: none for what is no mail."""
    topic = text_of(value.get("topic")).removeprefix(_KLAVIYO_TOPIC)
    if "email" not in topic:
        return []
    payload = object_of(value.get("payload"))
    told = object_of(object_of(payload.get("data")).get("attributes"))
    people = (object_of(one) for one in list_of(payload.get("included")))
    addresses = (
        text_of(object_of(one.get("attributes")).get("email")) for one in people if one.get("type") == "profile"
    )
    sort = object_of(told.get("event_properties")).get("Bounce Type")
    return [
        Said(
            _KLAVIYO.get(topic, "other"),
            "klaviyo",
            recipient=next((one for one in addresses if one), None),
            event_id=text_of(value.get("external_id")) or None,
            time=text_of(told.get("datetime")) or text_of(told.get("timestamp")) or None,
            permanence=hard_or_soft(sort),
        )
    ]
