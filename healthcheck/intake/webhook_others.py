"""Events of SocketLabs, Elastic Email, Mailtrap, Postal, Loops, Customer.io, Iterable and GreenArrow, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import Object, bracketed_id, hard_or_soft, object_of, own_id, reply_in, text_of

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
    "MessageHeld": "queued",
    "MessageBounced": "bounced",
    "MessageLinkClicked": "clicked",
    "MessageLoaded": "opened",
}


def postal(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    message = object_of(payload.get("message")) or object_of(payload.get("original_message"))
    word, details = text_of(value.get("event")), text_of(payload.get("details"))
    # Held by its own suppression list, else by a limit or for somebody to look at it.
    kind = "suppressed" if word == "MessageHeld" and "suppression list" in details else POSTAL.get(word, "other")
    return [
        Said(
            kind,
            "postal",
            recipient=text_of(message.get("to")) or None,
            sender=text_of(message.get("from")) or None,
            text=reply_in(payload.get("output"), details),
            message_id=bracketed_id(message.get("message_id")),
            event_id=text_of(value.get("uuid")) or None,
            time=text_of(payload.get("timestamp")) or text_of(value.get("timestamp")) or None,
            permanence="permanent" if word == "MessageDeliveryFailed" else None,
        )
    ]


# Loops: "Webhooks". A soft bounce is tried again.
_LOOPS = {
    "campaign.email.sent": "queued",
    "loop.email.sent": "queued",
    "transactional.email.sent": "queued",
    "email.delivered": "delivered",
    "email.softBounced": "deferred",
    "email.hardBounced": "bounced",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.unsubscribed": "unsubscribed",
    "email.resubscribed": "subscribed",
    "email.spamReported": "complained",
}


def is_loops(value: Object) -> bool:
    """True for an event of a mail, or of a contact."""
    return "eventName" in value and bool({"contactIdentity", "webhookSchemaVersion"} & value.keys())


def loops(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("eventName"))
    if word.startswith("testing."):
        return []
    email = object_of(value.get("email"))
    return [
        Said(
            _LOOPS.get(word, "other"),
            "loops",
            recipient=text_of(object_of(value.get("contactIdentity")).get("email")) or None,
            message_id=text_of(email.get("emailMessageId")) or text_of(email.get("id")) or None,
            time=text_of(value.get("eventTime")) or None,
            category="recipient_unknown" if word == "email.hardBounced" else None,
            permanence={"email.hardBounced": "permanent", "email.softBounced": "temporary"}.get(word),
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
    "attempted": "deferred",
    "drafted": "other",
}
_CUSTOMERIO_OLD = "email_"
"""Before events named an object and a metric they had a type, `email_bounced`."""


def is_customerio(value: Object) -> bool:
    """True for an event of it, of any channel."""
    if {"metric", "object_type", "data"} <= value.keys():
        return True
    data, old = object_of(value.get("data")), text_of(value.get("event_type")).startswith(_CUSTOMERIO_OLD)
    return old and "event_id" in value and {"customer_id", "email_address"} <= data.keys()


def customerio(value: Object) -> list[Said]:
    """The events of one object."""
    data, old = object_of(value.get("data")), text_of(value.get("event_type"))
    is_mail = value.get("object_type") == "email" or old.startswith(_CUSTOMERIO_OLD)
    word = text_of(value.get("metric")) or old.removeprefix(_CUSTOMERIO_OLD)
    named = (data.get("recipient"), data.get("email_address"), object_of(data.get("identifiers")).get("email"))
    return [
        Said(
            _CUSTOMERIO.get(word, "other") if is_mail else "other",
            "customerio",
            recipient=next((text for one in named if (text := text_of(one))), None),
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
            text=state or text_of(fields.get("reason")),
            message_id=text_of(fields.get("messageId")) or None,
            time=text_of(fields.get("createdAt")) or None,
            category="recipient_unknown" if hard else None,
            permanence=hard_or_soft(state),
        )
    ]


# GreenArrow Engine: "Event Notification System".
_GREENARROW = {
    "bounce_all": "bounced",
    "bounce_bad_address": "bounced",
    "scomp": "complained",
    "engine_open": "opened",
    "studio_open": "opened",
    "engine_click": "clicked",
    "studio_click": "clicked",
    "engine_unsub": "unsubscribed",
    "studio_unsub": "unsubscribed",
}


def is_greenarrow(value: Object) -> bool:
    """True for an event of its Engine or Studio."""
    return (
        text_of(value.get("event_type")) in _GREENARROW and {"event_time", "email", "click_tracking_id"} <= value.keys()
    )


def greenarrow(value: Object) -> list[Said]:
    """The events of one object. That an address is bad comes a second time, behind the bounce that says so."""
    word, text = text_of(value.get("event_type")), text_of(value.get("bounce_text")).strip()
    code = text_of(value.get("bounce_code"))
    return [
        Said(
            _GREENARROW[word],
            "greenarrow",
            recipient=text_of(value.get("email")) or None,
            text=f"{code} {text}".strip() if len(code) == 3 and not text.startswith(code) else text,
            message_id=text_of(value.get("click_tracking_id")) or None,
            event_id=own_id(value.get("id"), 1),
            time=text_of(value.get("event_time")) or None,
            category="recipient_unknown" if word == "bounce_bad_address" else None,
            permanence={"h": "permanent", "s": "temporary"}.get(text_of(value.get("bounce_type"))),
        )
    ]
