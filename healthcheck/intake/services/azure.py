"""Events of Azure Communication Services."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, text_of

# Azure Communication Services: "Email events" of Event Grid, in its own schema and as a cloud event.
_AZURE = {
    "Delivered": "delivered",
    "Bounced": "bounced",
    "Failed": "bounced",
    "FilteredSpam": "bounced",
    "Quarantined": "bounced",
    "Suppressed": "suppressed",
    "Expanded": "other",
    "OutForDelivery": "queued",
}

_AZURE_WHY = {"FilteredSpam": "spam_content", "Quarantined": "spam_content"}

_ENGAGED = {"view": "opened", "click": "clicked"}


def is_azure(value: Object) -> bool:
    """True for an event of its mail service."""
    kind = text_of(value.get("eventType")) or text_of(value.get("type"))
    return kind.startswith("Microsoft.Communication.Email") and isinstance(value.get("data"), dict)


def azure(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    status = text_of(data.get("status"))
    kind = _AZURE.get(status, "other")
    if not status:
        kind = _ENGAGED.get(text_of(data.get("engagementType")).lower(), "other")
    times = ("deliveryAttemptTimestamp", "deliveryAttemptTimeStamp", "userActionTimestamp", "userActionTimeStamp")
    stated = next((text for name in times if (text := text_of(data.get(name)))), "")
    return [
        Said(
            kind,
            "azure",
            recipient=text_of(data.get("recipient")) or None,
            sender=text_of(data.get("sender")) or None,
            text=text_of(object_of(data.get("deliveryStatusDetails")).get("statusMessage")),
            message_id=text_of(data.get("messageId")) or None,
            event_id=text_of(value.get("id")) or None,
            time=stated or text_of(value.get("eventTime")) or text_of(value.get("time")) or None,
            category=_AZURE_WHY.get(status),
            permanence="permanent" if kind == "bounced" else None,
        )
    ]
