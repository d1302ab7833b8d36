"""Events of Azure, Oracle Cloud, Alibaba Cloud, Scaleway, ZeptoMail, MailPace, Netcore (Pepipost) and Emailit, as in webhook_forms."""

from collections.abc import Iterator
from itertools import chain, islice

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import (
    MOST_RECIPIENTS,
    Object,
    bracketed_id,
    hard_or_soft,
    list_of,
    object_of,
    reply_in,
    text_of,
)

# Azure Communication Services: "Email events" of Event Grid, in its own schema and as a cloud event.
_AZURE = {
    "Delivered": "delivered",
    "Bounced": "bounced",
    "Failed": "bounced",
    "FilteredSpam": "bounced",
    "Quarantined": "bounced",
    "Suppressed": "suppressed",
    "Expanded": "other",
    "OutForDelivery": "queued",
}
_AZURE_WHY = {"FilteredSpam": "spam_content", "Quarantined": "spam_content"}
_ENGAGED = {"view": "opened", "click": "clicked"}


def is_azure(value: Object) -> bool:
    """True for an event of its mail service."""
    kind = text_of(value.get("eventType")) or text_of(value.get("type"))
    return kind.startswith("Microsoft.Communication.Email") and isinstance(value.get("data"), dict)


def azure(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    status = text_of(data.get("status"))
    kind = _AZURE.get(status, "other")
    if not status:
        kind = _ENGAGED.get(text_of(data.get("engagementType")).lower(), "other")
    times = ("deliveryAttemptTimestamp", "deliveryAttemptTimeStamp", "userActionTimestamp", "userActionTimeStamp")
    stated = next((text for name in times if (text := text_of(data.get(name)))), "")
    return [
        Said(
            kind,
            "azure",
            recipient=text_of(data.get("recipient")) or None,
            sender=text_of(data.get("sender")) or None,
            text=text_of(object_of(data.get("deliveryStatusDetails")).get("statusMessage")),
            message_id=text_of(data.get("messageId")) or None,
            event_id=text_of(value.get("id")) or None,
            time=stated or text_of(value.get("eventTime")) or text_of(value.get("time")) or None,
            category=_AZURE_WHY.get(status),
            permanence="permanent" if kind == "bounced" else None,
        )
    ]


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


# Alibaba Cloud: "Direct Mail events" of its EventBridge.
_ALIBABA = {
    "dm:Deliver:Fail": "bounced",
    "dm:Deliver:Succeed": "delivered",
    "dm:Feedback:FblReport": "complained",
    "dm:Feedback:Subscribe": "subscribed",
    "dm:Feedback:UnSubscribe": "unsubscribed",
    "dm:Trace:Click": "clicked",
    "dm:Trace:Open": "opened",
}
_ALIBABA_LISTED = ("SysOutRecipientReportedSpam", "SysOutRecipientUnsubscribed", "SysOutRcptOnAccountLevelBounceList")
_ALIBABA_TYPES = {
    **dict.fromkeys(("SmtpNxBox", "SysOutInvRcpt", "SysIncomingInvRcpt"), "recipient_unknown"),
    **dict.fromkeys(("SmtpContSpam", "SmtpMiscSpam"), "spam_content"),
    **dict.fromkeys(("SmtpAuthFail", "SmtpSpfFail", "SmtpDmaFail"), "auth_failed"),
    **dict.fromkeys(("SmtpMfFreq", "SmtpMfdFreq", "SmtpIPFreq", "SmtpMfLimit"), "sender_rate"),
    "SysOutDnsResolveFail": "recipient_domain",
    "SmtpMfBad": "sender_invalid",
    "SmtpDbl": "blocklisted",
    "SmtpRcptFreq": "recipient_rate",
}
_ALIBABA_STATUS = {"2": "recipient_unknown", "3": "spam_content"}
"""Where it names no type: an invalid address, spam."""


def is_alibaba(value: Object) -> bool:
    """True for an event of its mail service."""
    return text_of(value.get("type")).startswith("dm:") and isinstance(value.get("data"), dict)


def alibaba(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    kind, why = _ALIBABA.get(text_of(value.get("type")).strip(), "other"), text_of(data.get("failed_type"))
    if kind == "bounced" and why in _ALIBABA_LISTED:
        kind = "suppressed"
    return [
        Said(
            kind,
            "alibaba",
            recipient=text_of(data.get("rcpt")) or text_of(data.get("block_email")) or None,
            sender=text_of(data.get("from")) or text_of(data.get("send_email")) or None,
            text=reply_in(data.get("err_msg"), why),
            message_id=bracketed_id(data.get("msg_id")),
            event_id=text_of(value.get("id")) or None,
            # The times inside name no zone; that of the event does.
            time=text_of(value.get("time")) or text_of(data.get("deliver_time")) or None,
            category=_ALIBABA_TYPES.get(why) or _ALIBABA_STATUS.get(text_of(data.get("status"))),
            permanence="permanent" if kind == "bounced" else None,
            source_address=text_of(data.get("outbound_ip")) or None if kind in ("bounced", "delivered") else None,
        )
    ]


# Scaleway: "Understanding Webhook event payloads".
_SCALEWAY = {
    "email_queued": "queued",
    "email_delivered": "delivered",
    "email_deferred": "deferred",
    "email_dropped": "bounced",
    "email_spam": "bounced",
    "email_mailbox_not_found": "bounced",
    "email_blocklisted": "suppressed",
    "blocklist_created": "other",
}
_SCALEWAY_WHY = {"email_spam": "spam_content", "email_mailbox_not_found": "recipient_unknown"}


def is_scaleway(value: Object) -> bool:
    """True for an event of its mail service."""
    return text_of(value.get("type")) in _SCALEWAY and bool({"email_id", "domain_id", "project_id"} & value.keys())


def scaleway(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("type"))
    kind = _SCALEWAY[word]
    code, message = text_of(value.get("email_response_code")), text_of(value.get("email_response_message"))
    told = message if message.startswith(code) else f"{code} {message}"
    recipients = list_of(value.get("email_to")) or [None]
    times = ("email_sent_at", "created_at") if kind == "delivered" else ("created_at", "email_queued_at")
    return [
        Said(
            kind,
            "scaleway",
            recipient=text_of(one) or None,
            sender=text_of(value.get("email_from")) or None,
            text=(told.strip() if code != "0" else message) or text_of(value.get("email_error")),
            message_id=text_of(value.get("email_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=next((text for name in times if (text := text_of(value.get(name)))), None),
            category=_SCALEWAY_WHY.get(word),
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# ZeptoMail: "Webhooks"; the event is a list of one in some releases.
_ZEPTOMAIL = {
    "hardbounce": "bounced",
    "softbounce": "bounced",
    "delivered": "delivered",
    "email_open": "opened",
    "open": "opened",
    "email_link_click": "clicked",
    "click": "clicked",
    "feedback_loop": "complained",
}


def zeptomail(value: Object) -> list[Said]:
    """The events of one object."""
    words = [text_of(one).lower() for one in list_of(value.get("event_name"))]
    word = words[0] if words else ""
    messages = list_of(value.get("event_message"))
    told = (one for message in messages for one in _zeptomail(word, object_of(message)))
    events = list(islice(told, MOST_RECIPIENTS))  # as many as its lists multiplied, otherwise
    for number, one in enumerate(events, start=1):
        one.part = number if len(events) > 1 else None
    return events


def _zeptomail(word: str, message: Object) -> Iterator[Said]:
    info = object_of(message.get("email_info"))
    named = list_of(info.get("to") or message.get("to"))
    addressed = [object_of(object_of(one).get("email_address")).get("address") for one in named]
    told = [object_of(data).get("details") for data in list_of(message.get("event_data"))]
    details = (object_of(one) for each in told for one in list_of(each))
    first = next(details, {})
    yield from (
        Said(
            _ZEPTOMAIL.get(word, "other"),
            "zeptomail",
            recipient=text_of(recipient) or None,
            sender=text_of(info.get("bounce_address")) or text_of(object_of(info.get("from")).get("address")) or None,
            text=reply_in(detail.get("diagnostic_message"), detail.get("reason")),
            message_id=text_of(info.get("email_reference")) or text_of(message.get("request_id")) or None,
            time=text_of(detail.get("time")) or text_of(info.get("processed_time")) or None,
            permanence=hard_or_soft(word),
        )
        for detail in chain([first], details)
        for recipient in ([detail["bounced_recipient"]] if detail.get("bounced_recipient") else addressed or [None])
    )


# MailPace: "Webhooks". It names no reason.
_MAILPACE = {
    "email.queued": "queued",
    "email.delivered": "delivered",
    "email.deferred": "deferred",
    "email.bounced": "bounced",
    "email.spam": "complained",
}


def is_mailpace(value: Object) -> bool:
    """True for an event of it."""
    return text_of(value.get("event")) in _MAILPACE and "domain_id" in object_of(value.get("payload"))


def mailpace(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    recipients: list[str | None] = [one for one in text_of(payload.get("to")).split(",") if one.strip()] or [None]
    return [
        Said(
            _MAILPACE[text_of(value.get("event"))],
            "mailpace",
            recipient=one,
            sender=text_of(payload.get("from")) or None,
            message_id=bracketed_id(payload.get("message_id")) or text_of(payload.get("id")) or None,
            time=text_of(payload.get("updated_at")) or text_of(payload.get("created_at")) or None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# Netcore Email API, formerly Pepipost: "Webhooks".
_NETCORE = {
    "processed": "queued",
    "sent": "delivered",
    "delivered": "delivered",
    "bounced": "bounced",
    "dropped": "suppressed",
    "spam": "complained",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "invalid": "bounced",
}


def netcore(value: Object) -> list[Said]:
    """The events of one object."""
    word, sort = text_of(value.get("EVENT")).lower(), text_of(value.get("BOUNCE_TYPE"))
    return [
        Said(
            _NETCORE.get(word, "other"),
            "netcore",
            recipient=text_of(value.get("EMAIL")) or None,
            sender=text_of(value.get("FROMADDRESS")) or None,
            text=reply_in(value.get("BOUNCE_REASON"), value.get("RESPONSE")),
            message_id=text_of(value.get("TRANSID")) or None,
            time=text_of(value.get("TIMESTAMP")) or None,
            category="recipient_unknown" if word == "invalid" else None,
            permanence=hard_or_soft(sort),
        )
    ]


# Emailit: "Webhook events". It names no reason.
_EMAILIT = {
    "accepted": "queued",
    "delivered": "delivered",
    "attempted": "deferred",
    "delayed": "deferred",
    "failed": "bounced",
    "bounced": "bounced",
    "rejected": "rejected",
    "suppressed": "suppressed",
    "complained": "complained",
    "loaded": "opened",
    "clicked": "clicked",
}


def is_emailit(value: Object) -> bool:
    """True for an event of it."""
    inner = object_of(object_of(value.get("data")).get("object"))
    return text_of(value.get("type")).startswith("email.") and "event_id" in value and "to" in inner


def emailit(value: Object) -> list[Said]:
    """The events of one object."""
    email = object_of(object_of(value.get("data")).get("object"))
    return [
        Said(
            _EMAILIT.get(text_of(value.get("type")).removeprefix("email."), "other"),
            "emailit",
            recipient=text_of(email.get("to")) or None,
            sender=text_of(email.get("from")) or None,
            message_id=text_of(email.get("id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(email.get("updated_at")) or text_of(email.get("created_at")) or None,
        )
    ]
