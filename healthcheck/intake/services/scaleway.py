"""Events of Scaleway."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, list_of, text_of

# Scaleway: "Understanding Webhook event payloads".
_SCALEWAY = {
    "email_queued": "queued",
    "email_delivered": "delivered",
    "email_deferred": "deferred",
    "email_dropped": "bounced",
    "email_spam": "bounced",
    "email_mailbox_not_found": "bounced",
    "email_blocklisted": "suppressed",
    "blocklist_created": "other",
}

_SCALEWAY_WHY = {"email_spam": "spam_content", "email_mailbox_not_found": "recipient_unknown"}


def is_scaleway(value: Object) -> bool:
    """True for an event of its mail service."""
    return text_of(value.get("type")) in _SCALEWAY and bool({"email_id", "domain_id", "project_id"} & value.keys())


def scaleway(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("type"))
    kind = _SCALEWAY[word]
    code, message = text_of(value.get("email_response_code")), text_of(value.get("email_response_message"))
    told = message if message.startswith(code) else f"{code} {message}"
    recipients = list_of(value.get("email_to")) or [None]
    times = ("email_sent_at", "created_at") if kind == "delivered" else ("created_at", "email_queued_at")
    return [
        Said(
            kind,
            "scaleway",
            recipient=text_of(one) or None,
            sender=text_of(value.get("email_from")) or None,
            text=(told.strip() if code != "0" else message) or text_of(value.get("email_error")),
            message_id=text_of(value.get("email_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=next((text for name in times if (text := text_of(value.get(name)))), None),
            category=_SCALEWAY_WHY.get(word),
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
