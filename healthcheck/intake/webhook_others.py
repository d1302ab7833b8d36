"""Events of SocketLabs, Elastic Email, Mailtrap, Postal, Loops, Customer.io and Iterable, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import Object, bracketed_id, object_of, reply_in, text_of

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


# Elastic Email: "HTTP Web Notification".
ELASTIC = {
    "sent": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "error": "bounced",
    "abusereport": "complained",
    "unsubscribed": "unsubscribed",
}
_ELASTIC_WHY = {
    "spam": "spam_content",
    "blacklisted": "blocklisted",
    "nomailbox": "recipient_unknown",
    "greylisted": "greylisted",
    "throttled": "sender_rate",
    "timeout": "network",
    "connectionproblem": "network",
    "connectionterminated": "network",
    "spfproblem": "auth_failed",
    "dnsproblem": "recipient_domain",
    "contentfilter": "spam_content",
    "codeerror": "remote_failure",
}


def elastic(value: Object) -> list[Said]:
    """The events of one object."""
    kind = ELASTIC.get(text_of(value.get("status")).lower(), "other")
    category = text_of(value.get("category")).lower()
    return [
        Said(
            "suppressed" if kind == "bounced" and category in ("ignore", "manualcancel") else kind,
            "elasticemail",
            recipient=text_of(value.get("to")) or None,
            sender=text_of(value.get("from")) or None,
            text=text_of(value.get("category")),
            message_id=text_of(value.get("messageid")) or text_of(value.get("transaction")) or None,
            time=text_of(value.get("date")) or None,
            category=_ELASTIC_WHY.get(category),
        )
    ]


# Mailtrap: "Webhooks".
MAILTRAP = {
    "delivery": "delivered",
    "soft bounce": "bounced",
    "bounce": "bounced",
    "suspension": "rejected",
    "reject": "suppressed",
    "unsubscribe": "unsubscribed",
    "spam complaint": "complained",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
}


def mailtrap(value: Object) -> list[Said]:
    """The events of one object."""
    word, code = text_of(value.get("event")).lower().replace("_", " "), text_of(value.get("response_code"))
    text = reply_in(value.get("response"), value.get("reason"))
    return [
        Said(
            MAILTRAP.get(word, "other"),
            "mailtrap",
            recipient=text_of(value.get("email")) or None,
            text=f"{code} {text}" if code and not text.startswith(code) else text,
            message_id=text_of(value.get("message_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence={"soft bounce": "temporary", "bounce": "permanent"}.get(word),
        )
    ]


# Postal: "Webhook events & payloads".
POSTAL = {
    "MessageSent": "delivered",
    "MessageDelayed": "deferred",
    "MessageDeliveryFailed": "bounced",
    "MessageHeld": "suppressed",
    "MessageBounced": "bounced",
    "MessageLinkClicked": "clicked",
    "MessageLoaded": "opened",
}


def postal(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    message = object_of(payload.get("message")) or object_of(payload.get("original_message"))
    word = text_of(value.get("event"))
    return [
        Said(
            POSTAL.get(word, "other"),
            "postal",
            recipient=text_of(message.get("to")) or None,
            sender=text_of(message.get("from")) or None,
            text=reply_in(payload.get("output"), payload.get("details")),
            message_id=bracketed_id(message.get("message_id")),
            event_id=text_of(value.get("uuid")) or None,
            time=text_of(payload.get("timestamp")) or text_of(value.get("timestamp")) or None,
            permanence="permanent" if word == "MessageDeliveryFailed" else None,
        )
    ]


# Loops: "Webhooks".
_LOOPS = {
    "delivered": "delivered",
    "softBounced": "bounced",
    "hardBounced": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "resubscribed": "subscribed",
    "spamReported": "complained",
}


def loops(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("eventName")).removeprefix("email.")
    email = object_of(value.get("email"))
    return [
        Said(
            _LOOPS.get(word, "other"),
            "loops",
            recipient=text_of(object_of(value.get("contactIdentity")).get("email")) or None,
            message_id=text_of(email.get("emailMessageId")) or text_of(email.get("id")) or None,
            time=text_of(value.get("eventTime")) or None,
            category="recipient_unknown" if word == "hardBounced" else None,
            permanence={"hardBounced": "permanent", "softBounced": "temporary"}.get(word),
        )
    ]


# Customer.io: "Reporting webhooks".
_CUSTOMERIO = {
    "sent": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounced": "bounced",
    "dropped": "suppressed",
    "spammed": "complained",
    "failed": "failed",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "subscribed": "subscribed",
    "attempted": "other",
    "drafted": "other",
}


def customerio(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    return [
        Said(
            _CUSTOMERIO.get(text_of(value.get("metric")), "other") if value.get("object_type") == "email" else "other",
            "customerio",
            recipient=text_of(data.get("recipient"))
            or text_of(object_of(data.get("identifiers")).get("email"))
            or None,
            text=reply_in(data.get("failure_message")),
            message_id=text_of(data.get("delivery_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
        )
    ]


# Iterable: "System webhooks".
_ITERABLE = {
    "emailSend": "queued",
    "emailBounce": "bounced",
    "emailComplaint": "complained",
    "emailOpen": "opened",
    "emailClick": "clicked",
    "emailUnSubscribe": "unsubscribed",
    "emailSubscribe": "subscribed",
    "emailSendSkip": "suppressed",
}


def iterable(value: Object) -> list[Said]:
    """The events of one object."""
    fields = object_of(value.get("dataFields"))
    state = text_of(fields.get("recipientState"))
    hard = state == "HardBounce"
    return [
        Said(
            _ITERABLE.get(text_of(value.get("eventName")), "other"),
            "iterable",
            recipient=text_of(value.get("email")) or text_of(fields.get("email")) or None,
            text=state,
            message_id=text_of(fields.get("messageId")) or None,
            time=text_of(fields.get("createdAt")) or None,
            category="recipient_unknown" if hard else None,
            permanence="permanent" if hard else "temporary" if state == "SoftBounce" else None,
        )
    ]
