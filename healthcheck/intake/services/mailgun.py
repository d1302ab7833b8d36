"""Events of Mailgun."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, list_of, object_of, reply_in, text_of

# Mailgun: "Webhooks" and "Events"; the older webhooks are form fields.
MAILGUN = {
    "accepted": "queued",
    "delivered": "delivered",
    "rejected": "rejected",
    "complained": "complained",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "dropped": "bounced",
    "stored": "other",
}

_MAILGUN_LISTED = ("605", "606", "607")
"""Its own codes: bounced before, unsubscribed, complained."""

_NOT_DELIVERING = ("Not delivering to ",)

_MAILGUN_WHY = {"625": "account", "greylisted": "greylisted", "espblock": "reputation"}


def mailgun(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("event-data")) or _first_fields(value)
    status, message = object_of(data.get("delivery-status")), object_of(object_of(data.get("message")).get("headers"))
    word, reason = text_of(data.get("event")).lower(), text_of(data.get("reason"))
    kind = MAILGUN.get(word, "other")
    if word == "failed":
        kind = "deferred" if text_of(data.get("severity")) == "temporary" else "bounced"
    told = reply_in(
        status.get("message"),
        data.get("error"),
        status.get("description"),
        data.get("description"),
        data.get("notification"),
    )
    code = text_of(status.get("code")) or text_of(data.get("code"))
    rejected = text_of(object_of(data.get("reject")).get("reason"))
    listed = reason.startswith("suppress-") or code in _MAILGUN_LISTED or (told or rejected).startswith(_NOT_DELIVERING)
    if kind in ("bounced", "rejected") and listed:
        kind = "suppressed"
    if code[:1] in ("2", "4", "5") and len(code) == 3 and not told[:3].isdigit() and kind != "suppressed":
        enhanced = text_of(status.get("enhanced-code"))
        told = " ".join(x for x in (code, enhanced if enhanced not in told else "", told) if x)
    envelope = object_of(data.get("envelope"))
    return [
        Said(
            kind,
            "mailgun",
            recipient=text_of(data.get("recipient")) or text_of(message.get("to")) or None,
            sender=text_of(envelope.get("sender")) or text_of(message.get("from")) or None,
            text=told or rejected,
            status=code if "." in code else None,
            host=text_of(status.get("mx-host")) or None,
            message_id=bracketed_id(message.get("message-id") or data.get("Message-Id") or data.get("message-id")),
            event_id=text_of(data.get("id")) or None,
            source_address=text_of(envelope.get("sending-ip")) or None,
            time=text_of(data.get("timestamp")) or None,
            permanence="permanent" if kind == "bounced" else None,
            category="expired"
            if kind == "bounced" and (reason == "old" or code == "602")
            else _MAILGUN_WHY.get(code) or _MAILGUN_WHY.get(reason),
        )
    ]


def _first_fields(value: Object) -> Object:
    """A form's fields, each once. The event's own stand before those that the sender attached, the signed ones behind."""
    fields = {key: (one[0] if isinstance(one, list) and one else one) for key, one in value.items()}
    stamps = value.get("timestamp")
    return {**fields, "timestamp": stamps[-1] if isinstance(stamps, list) and stamps else stamps}


def is_mailgun(value: Object) -> bool:
    """True for an event of it."""
    words = list_of(value.get("event"))
    old = bool(words) and (text_of(words[0]) in MAILGUN or words[0] == "failed")
    signed = "token" in value and "signature" in value
    return isinstance(value.get("event-data"), dict) or (
        old and (signed or ("recipient" in value and "timestamp" in value))
    )
