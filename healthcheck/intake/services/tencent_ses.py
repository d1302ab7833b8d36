"""Events of Tencent Cloud SES."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, text_of

# Tencent Cloud SES: "Email Event Notification".
_TENCENT = {
    "processed": "queued",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "rejected",
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
}


def is_tencent(value: Object) -> bool:
    """True for an event of it."""
    return text_of(value.get("event")) in _TENCENT and "email" in value and bool({"bulkId", "bulkid"} & value.keys())


def tencent(value: Object) -> list[Said]:
    """The events of one object."""
    kind, sort = _TENCENT[text_of(value.get("event"))], text_of(value.get("bounceType"))
    return [
        Said(
            kind,
            "tencent",
            recipient=text_of(value.get("email")) or None,
            sender=text_of(value.get("from")) or None,
            text=text_of(value.get("reason")) if kind in ("bounced", "deferred", "rejected") else "",
            message_id=text_of(value.get("bulkId") or value.get("bulkid")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(sort),
        )
    ]
