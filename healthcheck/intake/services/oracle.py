"""Events of Oracle Cloud."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, object_of, reply_in, text_of

# Oracle Cloud: "Details for Email Delivery", the logs outboundaccepted and outboundrelayed.
_BY_CLASS = {"2": "delivered", "4": "deferred", "5": "bounced"}


def is_oracle(value: Object) -> bool:
    """True for an entry of its log, as it is or as the service exports it."""
    inner = object_of(value.get("logContent")) or value
    return text_of(inner.get("type")).startswith("com.oraclecloud.emaildelivery.emaildomain.")


def oracle(value: Object) -> list[Said]:
    """The events of one object."""
    entry = object_of(value.get("logContent")) or value
    data = object_of(entry.get("data"))
    action, why = text_of(data.get("action")).lower(), text_of(data.get("errorType"))
    status = text_of(data.get("smtpStatus"))
    if action == "accept":
        kind = "suppressed" if "suppressed" in why.lower() else "rejected" if why else "queued"
    elif action == "relay":
        kind = _BY_CLASS.get(status[:1], "bounced" if why else "delivered")
    else:
        kind = {"bounce": "bounced", "complaint": "complained", "open": "opened", "click": "clicked"}.get(
            action, "other"
        )
    return [
        Said(
            kind,
            "oracle",
            recipient=text_of(data.get("recipient")) or None,
            sender=text_of(data.get("envelopeSender")) or text_of(data.get("sender")) or None,
            text=reply_in(status, data.get("bounceCode"), why) if kind not in ("queued", "complained") else "",
            message_id=bracketed_id(data.get("messageId") or data.get("message-id")),
            event_id=text_of(entry.get("id")) or None,
            time=text_of(entry.get("time")) or None,
        )
    ]
