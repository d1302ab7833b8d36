"""Events of turboSMTP."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, reply_in, text_of

# turboSMTP: "Event Webhook Reference".
_TURBOSMTP = {
    "processed": "queued",
    "dropped": "suppressed",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounced": "bounced",
}


def is_turbosmtp(value: Object) -> bool:
    """True for an event of it."""
    return {"id", "mid", "status", "email", "timestamp"} <= value.keys()


def turbosmtp(value: Object) -> list[Said]:
    """The events of one object."""
    reason = value.get("reason")
    return [
        Said(
            _TURBOSMTP.get(text_of(value.get("status")).lower(), "other"),
            "turbosmtp",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(object_of(reason).get("response"), reason),
            message_id=text_of(value.get("mid")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("timestamp")) or None,
        )
    ]
