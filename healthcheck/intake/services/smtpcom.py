"""Events of SMTP.com."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, coded, text_of

# SMTP.com: "Integration and Callbacks Guide", "Push Notifications Reference Document".
_SMTPCOM = {
    "received": "queued",
    "delivery": "delivered",
    "delivered": "delivered",
    "bounce": "bounced",
    "bounced": "bounced",
    "complaint": "complained",
    "unsubscribe": "unsubscribed",
    "open": "opened",
    "click": "clicked",
}


def is_smtpcom(value: Object) -> bool:
    """True for an event of it, of either of its two forms."""
    return {"event_label", "tracking_id"} <= value.keys()


def smtpcom(value: Object) -> list[Said]:
    """The events of one object."""
    kind = _SMTPCOM.get(text_of(value.get("event_label")).lower(), "other")
    if kind == "complained" and text_of(value.get("feedback_type")) == "remove":
        kind = "unsubscribed"
    if "user_agent" in value and kind not in ("opened", "clicked"):
        kind = "other"  # a reader's doing, whatever its label says
    return [
        Said(
            kind,
            "smtpcom",
            recipient=text_of(value.get("rcpt_to")) or None,
            sender=text_of(value.get("mail_from")) or None,
            text=coded(value.get("resp_code"), "", value.get("resp_msg")) if kind in ("bounced", "delivered") else "",
            message_id=text_of(value.get("tracking_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("time_finished")) or text_of(value.get("time_received")) or None,
        )
    ]
