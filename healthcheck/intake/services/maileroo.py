"""Events of Maileroo."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, list_of, object_of, reply_in, text_of

# Maileroo: "Webhooks".
_MAILEROO = {
    "accepted": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "failed": "bounced",
    "rejected": "rejected",
    "opened": "opened",
    "clicked": "clicked",
    "complained": "complained",
}


def is_maileroo(value: Object) -> bool:
    """True for an event of it."""
    known = text_of(value.get("event_type")) in _MAILEROO and isinstance(value.get("event_data"), dict)
    return known and "message_reference_id" in value


def maileroo(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("event_data"))
    kind, text = _MAILEROO[text_of(value.get("event_type"))], reply_in(data.get("reason"), data.get("reject_reason"))
    if kind == "rejected" and "suppression list" in text.lower():
        kind = "suppressed"
    recipients = list_of(data.get("to")) or [None]
    return [
        Said(
            kind,
            "maileroo",
            recipient=text_of(one) or None,
            text=text,
            message_id=bracketed_id(value.get("message_id")) or text_of(value.get("message_reference_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("event_time")) or None,
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
