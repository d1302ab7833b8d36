"""Events of Salesforce Marketing Cloud."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, object_of, reply_in, text_of

# Salesforce Marketing Cloud: "Supported Notification Events". Sent says that it left, not that anybody took it.
_SALESFORCE = {
    "TransactionalSendEvents.EmailQueued": "queued",
    "TransactionalSendEvents.EmailSent": "queued",
    "TransactionalSendEvents.EmailNotSent": "failed",
    "TransactionalSendEvents.EmailBounced": "bounced",
    "EngagementEvents.EmailOpen": "opened",
    "EngagementEvents.EmailClick": "clicked",
    "EngagementEvents.EmailUnsubscribe": "unsubscribed",
}


def is_salesforce(value: Object) -> bool:
    """True for an event of it."""
    return "eventCategoryType" in value and {"timestampUTC", "info"} & value.keys() != set()


def salesforce(value: Object) -> list[Said]:
    """The events of one object: none for what is no mail."""
    word = text_of(value.get("eventCategoryType"))
    if ".Email" not in word:
        return []
    info, kind = object_of(value.get("info")), _SALESFORCE.get(word, "other")
    why = text_of(info.get("reason"))
    if kind == "failed" and "unsubscribed" in f"{why} {text_of(info.get('statusMessage'))}".lower():
        kind = "suppressed"
    return [
        Said(
            kind,
            "salesforce",
            recipient=text_of(info.get("to")) or None,
            text=reply_in(info.get("bounceMessage"), why) if kind in ("bounced", "failed", "suppressed") else "",
            status=text_of(info.get("smtpReason")) or None,
            message_id=text_of(info.get("messageKey")) or text_of(value.get("compositeId")) or None,
            time=text_of(value.get("timestampUTC")) or None,
            permanence=hard_or_soft(info.get("bounceCode")),
        )
    ]
