"""Events of Mandrill (Mailchimp Transactional)."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, list_of, object_of, reply_in, text_of, unwrapped_json

# Mailchimp Transactional (Mandrill): "Webhooks"; posted as the form field mandrill_events.
_MANDRILL = {
    "send": "queued",
    "delivered": "delivered",
    "deferral": "deferred",
    "hard_bounce": "bounced",
    "soft_bounce": "bounced",
    "reject": "suppressed",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
    "unsub": "unsubscribed",
}

_MANDRILL_WHY = {
    "bad_mailbox": "recipient_unknown",
    "invalid_domain": "recipient_domain",
    "mailbox_full": "mailbox_full",
}


_MANDRILL_REFUSED = ("invalid-sender", "invalid", "test-mode-limit", "unsigned", "rule")
"""Rejections that are not of its denylist."""


def is_sync(value: Object) -> bool:
    """True for a notice that an address was put on a list of Mandrill's, or taken off it."""
    return value.get("type") in ("blacklist", "whitelist", "denylist", "allowlist") and bool(
        {"reject", "entry"} & value.keys()
    )


def mandrill(value: Object) -> list[Said]:
    """The events of one object."""
    if "mandrill_events" in value:
        inner = list_of(unwrapped_json(value["mandrill_events"]))
        return [said for one in inner if isinstance(one, dict) for said in mandrill(one)]
    if is_sync(value):
        entry = object_of(value.get("reject")) or object_of(value.get("entry"))
        return [Said("other", "mandrill", text_of(entry.get("email")) or None, time=text_of(value.get("ts")) or None)]
    message, word = object_of(value.get("msg")), text_of(value.get("event"))
    kind, why = _MANDRILL.get(word, "other"), message.get("reject")
    why = text_of(object_of(why).get("reason")) or text_of(why)
    if kind == "suppressed" and why.lower().replace("_", "-") in _MANDRILL_REFUSED:
        kind = "rejected"
    attempts = [object_of(x) for x in list_of(message.get("smtp_events"))]
    last = text_of(attempts[-1].get("diag")) if attempts else ""
    return [
        Said(
            kind,
            "mandrill",
            recipient=text_of(message.get("email")) or None,
            sender=text_of(message.get("sender")) or None,
            text=reply_in(message.get("diag"), last, why, message.get("bounce_description")),
            message_id=text_of(message.get("_id")) or text_of(value.get("_id")) or None,
            time=text_of(value.get("ts")) or None,
            category=_MANDRILL_WHY.get(text_of(message.get("bounce_description"))),
            permanence=hard_or_soft(word),
        )
    ]
