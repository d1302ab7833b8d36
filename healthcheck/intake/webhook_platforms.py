"""Events of Klaviyo, Salesforce Marketing Cloud, AgentMail and EmailEngine, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import Object, hard_or_soft, list_of, object_of, own_id, reply_in, text_of

# Klaviyo: "Working with system webhooks". The event has the form of "Get Event", with the person beside it.
_KLAVIYO = {
    "received_email": "delivered",
    "bounced_email": "bounced",
    "dropped_email": "suppressed",
    "opened_email": "opened",
    "clicked_email": "clicked",
    "clicked_email_to_unsubscribe": "unsubscribed",
    "marked_email_as_spam": "complained",
    "unsubscribed_from_email_marketing": "unsubscribed",
    "subscribed_to_email_marketing": "subscribed",
}
_KLAVIYO_TOPIC = "event:klaviyo."


def is_klaviyo(value: Object) -> bool:
    """True for one event of those that it posts together."""
    return text_of(value.get("topic")).startswith(_KLAVIYO_TOPIC) and "external_id" in value


def klaviyo(value: Object) -> list[Said]:
    """The events of one object: none for what is no mail."""
    topic = text_of(value.get("topic")).removeprefix(_KLAVIYO_TOPIC)
    if "email" not in topic:
        return []
    payload = object_of(value.get("payload"))
    told = object_of(object_of(payload.get("data")).get("attributes"))
    people = (object_of(one) for one in list_of(payload.get("included")))
    addresses = (
        text_of(object_of(one.get("attributes")).get("email")) for one in people if one.get("type") == "profile"
    )
    sort = object_of(told.get("event_properties")).get("Bounce Type")
    return [
        Said(
            _KLAVIYO.get(topic, "other"),
            "klaviyo",
            recipient=next((one for one in addresses if one), None),
            event_id=text_of(value.get("external_id")) or None,
            time=text_of(told.get("datetime")) or text_of(told.get("timestamp")) or None,
            permanence=hard_or_soft(sort),
        )
    ]


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


# AgentMail: "Webhook Events".
_AGENTMAIL = {
    "message.sent": ("send", "queued"),
    "message.delivered": ("delivery", "delivered"),
    "message.bounced": ("bounce", "bounced"),
    "message.complained": ("complaint", "complained"),
    "message.rejected": ("reject", "rejected"),
}


def is_agentmail(value: Object) -> bool:
    """True for an event of a message."""
    return value.get("type") == "event" and text_of(value.get("event_type")).startswith("message.")


def agentmail(value: Object) -> list[Said]:
    """The events of one object: one for each recipient it names."""
    name, kind = _AGENTMAIL.get(text_of(value.get("event_type")), ("message", "other"))
    part = object_of(value.get(name))
    recipients = list_of(part.get("recipients")) or [None]
    return [
        Said(
            kind,
            "agentmail",
            recipient=text_of(object_of(one).get("address")) or text_of(one) or None,
            text=text_of(object_of(one).get("status")) or text_of(part.get("reason")),
            message_id=text_of(part.get("message_id")) or None,
            event_id=own_id(value.get("event_id"), number),
            time=text_of(part.get("timestamp")) or None,
            permanence={"Permanent": "permanent", "Transient": "temporary"}.get(text_of(part.get("type"))),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# EmailEngine: "messageSent", "messageDeliveryError", "messageFailed", "messageBounce". It hands mail to a server of its account.
_EMAILENGINE = {
    "messageSent": "delivered",
    "messageDeliveryError": "deferred",
    "messageFailed": "bounced",
    "messageBounce": "bounced",
    "messageComplaint": "complained",
}


def is_emailengine(value: Object) -> bool:
    """True for an event of what it sent."""
    return text_of(value.get("event")) in _EMAILENGINE and "account" in value and isinstance(value.get("data"), dict)


def emailengine(value: Object) -> list[Said]:
    """The events of one object: one for each recipient of the envelope."""
    data, word = object_of(value.get("data")), text_of(value.get("event"))
    envelope, told = object_of(data.get("envelope")), object_of(data.get("response"))
    complained = object_of(data.get("arf")).get("originalRcptTo")
    recipients = list_of(data.get("recipient") or envelope.get("to") or complained) or [None]
    return [
        Said(
            _EMAILENGINE[word],
            "emailengine",
            recipient=text_of(one) or None,
            sender=text_of(envelope.get("from")) or None,
            text=reply_in(told.get("message"), data.get("smtpResponse"), data.get("response"), data.get("error")),
            status=text_of(told.get("status")) or None,
            host=text_of(data.get("mta")).partition(" ")[0] or None,
            queue_id=text_of(data.get("queueId")) or None,
            message_id=text_of(data.get("messageId")) or None,
            time=text_of(value.get("date")) or None,
            permanence="permanent" if word == "messageFailed" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
