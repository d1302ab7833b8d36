"""Events of Lettermint."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, coded, hard_or_soft, list_of, object_of, text_of

# Lettermint: "Events".
_LETTERMINT = {
    "created": "queued",
    "sent": "queued",
    "delivered": "delivered",
    "hard_bounced": "bounced",
    "soft_bounced": "bounced",
    "spam_complaint": "complained",
    "failed": "failed",
    "suppressed": "suppressed",
    "policy_rejected": "rejected",
    "unsubscribed": "unsubscribed",
    "opened": "opened",
    "clicked": "clicked",
    "auto_replied": "autoreplied",
}


def is_lettermint(value: Object) -> bool:
    """True for an event of a message."""
    return text_of(value.get("event")).startswith("message.") and "message_id" in object_of(value.get("data"))


def lettermint(value: Object) -> list[Said]:
    """The events of one object: of a message that came, one for each recipient."""
    data, word = object_of(value.get("data")), text_of(value.get("event")).removeprefix("message.")
    told = object_of(data.get("response"))
    named = (
        [data["recipient"]]
        if data.get("recipient")
        else [one for key in ("to", "cc", "bcc") for one in list_of(data.get(key))]
    )
    recipients = named or [None]
    return [
        Said(
            _LETTERMINT.get(word, "other"),
            "lettermint",
            recipient=text_of(one) or text_of(object_of(one).get("email")) or None,
            sender=text_of(object_of(data.get("from")).get("email")) or text_of(data.get("from")) or None,
            text=coded(told.get("status_code"), told.get("enhanced_status_code"), told.get("content"))
            or text_of(data.get("reason")),
            message_id=text_of(data.get("message_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("timestamp")) or text_of(value.get("created_at")) or None,
            permanence=hard_or_soft(word),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
