"""Events of Brevo."""

import re

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, has_code, list_of, text_of

# Brevo: "Transactional webhooks".
BREVO = {
    "request": "queued",
    "sent": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "soft_bounce": "bounced",
    "hard_bounce": "bounced",
    "invalid_email": "bounced",
    "invalid": "bounced",
    "blocked": "suppressed",
    "error": "failed",
    "spam": "complained",
    "complaint": "complained",
    "opened": "opened",
    "unique_opened": "opened",
    "proxy_open": "opened",
    "unique_proxy_open": "opened",
    "click": "clicked",
    "unsubscribed": "unsubscribed",
    "unsubscribe": "unsubscribed",
    "list_addition": "subscribed",
    "first_opening": "opened",
    "loaded_by_proxy": "opened",
    "contact_updated": "other",
    "contact_deleted": "other",
}


def brevo(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind = BREVO.get(word, "other")
    time = text_of(value.get("ts_epoch")) or text_of(value.get("ts_event")) or text_of(value.get("ts"))
    text = _unlabelled(text_of(value.get("reason")))
    lasts = {"hard_bounce": "permanent", "invalid_email": "permanent", "soft_bounce": "temporary"}.get(word)
    if kind == "deferred" and not has_code(text):
        lasts = "temporary"
    recipients: list[str | None] = [who for one in list_of(value.get("email")) if (who := text_of(one))] or [None]
    return [
        Said(
            kind,
            "brevo",
            recipient=recipient,
            sender=text_of(value.get("sender_email")) or None,
            text=text,
            message_id=bracketed_id(value.get("message-id")),
            source_address=text_of(value.get("sending_ip")) or None if kind in ATTEMPTS else None,
            time=time or text_of(value.get("date")) or None,
            category="recipient_unknown" if word in ("hard_bounce", "invalid_email", "invalid") else None,
            permanence=lasts,
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]


def _unlabelled(text: str) -> str:
    """`550 RecipientError: 550 5.1.1 ...` and `undefined Unable to find MX`: the words of the service's own software off."""
    return re.sub(r"^(?:\d{3} )?RecipientError: (?=[45]\d\d)", "", text).removeprefix("undefined ")


def is_brevo(value: Object) -> bool:
    """True for an event of it."""
    return (
        text_of(value.get("event")) in BREVO
        and "email" in value
        and not {"sg_event_id", "MessageID", "Message_GUID"} & set(value)
    )
