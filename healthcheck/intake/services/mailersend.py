"""Events of MailerSend."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, coded, hard_or_soft, object_of, reply_in, text_of

# MailerSend: "Webhooks"; Elastic Email and SMTP2GO have flat objects of their own.
_MAILERSEND = {
    "sent": "queued",
    "delivered": "delivered",
    "soft_bounced": "bounced",
    "hard_bounced": "bounced",
    "deferred": "deferred",
    "opened": "opened",
    "opened_unique": "opened",
    "clicked": "clicked",
    "clicked_unique": "clicked",
    "unsubscribed": "unsubscribed",
    "spam_complaint": "complained",
}


def mailersend(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    # Its second version has the same without an `email` around it.
    email, details, meta = object_of(data.get("email")), object_of(data.get("morph")), object_of(data.get("meta"))
    word = text_of(value.get("type")).removeprefix("activity.")
    named = (object_of(email.get("recipient")).get("email"), data.get("recipient"), data.get("email"))
    return [
        Said(
            _MAILERSEND.get(word, "other"),
            "mailersend",
            recipient=next((text for one in named if (text := text_of(one))), None),
            sender=text_of(email.get("from")) or None,
            text=reply_in(
                coded(meta.get("bounce_code"), "", meta.get("bounce_reason")),
                details.get("reason"),
                details.get("readable_reason"),
            ),
            message_id=text_of(object_of(email.get("message")).get("id")) or text_of(data.get("message_id")) or None,
            event_id=text_of(data.get("id")) or None,
            time=text_of(data.get("created_at")) or text_of(value.get("created_at")) or None,
            permanence=hard_or_soft(word),
        )
    ]


def is_mailersend(value: Object) -> bool:
    """True for an event of it."""
    data = object_of(value.get("data"))
    return text_of(value.get("type")).startswith("activity.") and bool({"email", "recipient"} & data.keys())
