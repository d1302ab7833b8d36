"""Events of MailPace."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, object_of, text_of

# MailPace: "Webhooks". It names no reason.
_MAILPACE = {
    "email.queued": "queued",
    "email.delivered": "delivered",
    "email.deferred": "deferred",
    "email.bounced": "bounced",
    "email.spam": "complained",
}


def is_mailpace(value: Object) -> bool:
    """True for an event of it."""
    return text_of(value.get("event")) in _MAILPACE and "domain_id" in object_of(value.get("payload"))


def mailpace(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    recipients: list[str | None] = [one for one in text_of(payload.get("to")).split(",") if one.strip()] or [None]
    return [
        Said(
            _MAILPACE[text_of(value.get("event"))],
            "mailpace",
            recipient=one,
            sender=text_of(payload.get("from")) or None,
            message_id=bracketed_id(payload.get("message_id")) or text_of(payload.get("id")) or None,
            time=text_of(payload.get("updated_at")) or text_of(payload.get("created_at")) or None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
