"""Events of Resend."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, has_code, list_of, object_of, reply_in, text_of

# Resend: "Event types".
_RESEND = {
    "sent": "queued",
    "delivered": "delivered",
    "delivery_delayed": "deferred",
    "complained": "complained",
    "bounced": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "failed": "failed",
    "scheduled": "queued",
    "suppressed": "suppressed",
    "received": "other",
}


_RESEND_KINDS = {"MailboxFull": "mailbox_full", "NoEmail": "recipient_unknown", "MessageTooLarge": "message_limits"}
_RESEND_KINDS |= {"ContentRejected": "spam_content", "AttachmentRejected": "harmful_content"}

_RESEND_FAILED = {"reached_daily_quota": "quota", "reached_monthly_quota": "quota"}


def resend(value: Object) -> list[Said]:
    """The events of one object; none for what it posts about a contact or a domain."""
    if not text_of(value.get("type")).startswith("email."):
        return []
    data = object_of(value.get("data"))
    kind = _RESEND.get(text_of(value.get("type")).removeprefix("email."), "other")
    bounce, recipients = object_of(data.get("bounce")), list_of(data.get("to"))
    sub, message, failed = text_of(bounce.get("subType")), bounce.get("message"), object_of(data.get("failed"))
    suppressed = object_of(data.get("suppressed"))
    listed = sub in ("Suppressed", "OnAccountSuppressionList")
    if kind == "bounced" and (listed or "suppression list" in text_of(message)):
        kind = "suppressed"
    sort = text_of(bounce.get("type"))
    diagnostic = list_of(bounce.get("diagnosticCode")) or [""]
    text = reply_in(diagnostic[0], message, failed.get("reason"), suppressed.get("message"))
    explained = text == message and not has_code(text)
    category = _RESEND_KINDS.get(sub) or _RESEND_FAILED.get(text_of(failed.get("reason")))
    if sort == "Permanent" and sub == "General" and not has_code(text):
        category = "recipient_unknown"
    return [
        Said(
            kind,
            "resend",
            recipient=text_of(recipient) or None,
            sender=text_of(data.get("from")) or None,
            # Its message explains the kind of bounce, not this one, unless it holds the words of a server.
            text="" if explained else text,
            reply=text if explained else None,
            message_id=text_of(data.get("email_id")) or None,
            time=text_of(value.get("created_at")) or None,
            category=category,
            permanence="temporary"
            if kind == "deferred"
            else {"Permanent": "permanent", "Transient": "temporary"}.get(sort),
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients or [None], start=1)
    ]


def is_resend(value: Object) -> bool:
    """True for an event of it."""
    kind, data = text_of(value.get("type")), value.get("data")
    if kind.startswith(("contact.", "domain.")):  # of no mail, and no other service's
        return "created_at" in value and isinstance(data, dict) and "id" in data
    return kind.startswith("email.") and isinstance(data, dict | None)
