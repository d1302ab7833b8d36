"""Events of Sweego."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, text_of

# Sweego: "Webhooks". It names the code alone.
_SWEEGO = {
    "email_sent": "queued",
    "delivered": "delivered",
    "soft_bounce": "bounced",
    "hard_bounce": "bounced",
    "complaint": "complained",
    "list_unsub": "unsubscribed",
    "email_opened": "opened",
    "email_clicked": "clicked",
}


def is_sweego(value: Object) -> bool:
    """True for an event of it, of a mail or a text message."""
    return {"event_type", "swg_uid"} <= value.keys()


def sweego(value: Object) -> list[Said]:
    """The events of one object."""
    if text_of(value.get("channel")) not in ("email", ""):
        return []
    word = text_of(value.get("event_type")).replace("-", "_")
    return [
        Said(
            _SWEEGO.get(word, "other"),
            "sweego",
            recipient=text_of(value.get("recipient")) or None,
            text=text_of(value.get("response_code")),
            message_id=text_of(value.get("swg_uid")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
        )
    ]
