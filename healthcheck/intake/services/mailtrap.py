"""Events of Mailtrap."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, reply_in, text_of

# Mailtrap: "Webhooks".
MAILTRAP = {
    "delivery": "delivered",
    "soft bounce": "bounced",
    "bounce": "bounced",
    "suspension": "rejected",
    "reject": "suppressed",
    "unsubscribe": "unsubscribed",
    "spam complaint": "complained",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
}


def mailtrap(value: Object) -> list[Said]:
    """The events of one object."""
    word, code = text_of(value.get("event")).lower().replace("_", " "), text_of(value.get("response_code"))
    text = reply_in(value.get("response"), value.get("reason"))
    return [
        Said(
            MAILTRAP.get(word, "other"),
            "mailtrap",
            recipient=text_of(value.get("email")) or None,
            text=f"{code} {text}" if code and not text.startswith(code) else text,
            message_id=text_of(value.get("message_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence={"soft bounce": "temporary", "bounce": "permanent"}.get(word),
        )
    ]


def is_mailtrap(value: Object) -> bool:
    """True for an event of it."""
    word = text_of(value.get("event")).lower().replace("_", " ")
    return word in MAILTRAP and {"email", "event_id", "message_id"} <= value.keys()
