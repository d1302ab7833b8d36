"""Events of AhaSend."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, object_of, text_of

# AhaSend: "Webhooks", `message.bounced` and its kin. It names no reason.
_AHASEND = {
    "reception": "queued",
    "delivered": "delivered",
    "transient_error": "deferred",
    "failed": "bounced",
    "bounced": "bounced",
    "suppressed": "suppressed",
    "opened": "opened",
    "clicked": "clicked",
}


def is_ahasend(value: Object) -> bool:
    """True for an event of a message."""
    data = object_of(value.get("data"))
    return text_of(value.get("type")).startswith("message.") and {"account_id", "recipient"} <= data.keys()


def ahasend(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    kind = _AHASEND.get(text_of(value.get("type")).removeprefix("message."), "other")
    return [
        Said(
            kind,
            "ahasend",
            recipient=text_of(data.get("recipient")) or None,
            sender=text_of(data.get("from")) or None,
            message_id=text_of(data.get("id")) or bracketed_id(data.get("message_id_header")),
            time=text_of(value.get("timestamp")) or None,
            permanence="permanent" if kind == "bounced" else None,
        )
    ]
