"""Events of SMTP2GO."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, list_of, reply_in, text_of

_SMTP2GO = {
    "processed": "queued",
    "delivered": "delivered",
    "bounce": "bounced",
    "reject": "suppressed",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "resubscribe": "subscribed",
}


def smtp2go(value: Object) -> list[Said]:
    """The events of one object."""
    sort, named = text_of(value.get("bounce")), text_of(value.get("rcpt"))
    recipients = [named] if named else list_of(value.get("recipients")) or [None]
    return [
        Said(
            _SMTP2GO.get(text_of(value.get("event")), "other"),
            "smtp2go",
            recipient=text_of(recipient) or None,
            sender=text_of(value.get("sender")) or None,
            text=reply_in(value.get("message"), value.get("context")),
            host=text_of(value.get("host")).partition(" ")[0] or None,
            message_id=text_of(value.get("email_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("time")) or text_of(value.get("sendtime")) or None,
            permanence=hard_or_soft(sort),
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]
