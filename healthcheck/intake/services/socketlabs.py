"""Events of SocketLabs."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, reply_in, text_of

# SocketLabs: "Event Webhooks: Events", "Event Webhooks: Data Attributes".
SOCKETLABS = {
    "queued": "queued",
    "deferred": "deferred",
    "delayed": "deferred",
    "delivered": "delivered",
    "sent": "delivered",
    "failed": "bounced",
    "complaint": "complained",
    "tracking": "other",
}

_TRACKING = {"0": "clicked", "click": "clicked", "1": "opened", "open": "opened", "2": "unsubscribed"}
_TRACKING |= {"unsubscribe": "unsubscribed"}


def socketlabs(value: Object) -> list[Said]:
    """The events of one object."""
    kind = SOCKETLABS.get(text_of(value.get("Type")).lower(), "other")
    failure = text_of(value.get("FailureType")).lower()
    if kind == "bounced" and failure in ("suppressed", "2"):
        kind = "suppressed"
    if "TrackingType" in value:
        kind = _TRACKING.get(text_of(value["TrackingType"]).lower(), "other")
    return [
        Said(
            kind,
            "socketlabs",
            recipient=text_of(value.get("Address")) or None,
            sender=text_of(value.get("FromAddress")) or None,
            text=reply_in(value.get("DiagnosticCode"), value.get("Response"), value.get("Reason")),
            status=text_of(value.get("BounceStatus")) or None,
            host=text_of(value.get("RemoteMta") or value.get("RemoteMTA")) or None,
            message_id=text_of(value.get("MessageId")) or text_of(value.get("MailingId")) or None,
            time=text_of(value.get("DateTime")) or None,
            permanence={"permanent": "permanent", "1": "permanent", "temporary": "temporary", "0": "temporary"}.get(
                failure
            ),
        )
    ]


def is_socketlabs(value: Object) -> bool:
    """True for an event of it."""
    return text_of(value.get("Type")).lower() in SOCKETLABS and bool({"ServerId", "MailingId"} & value.keys())
