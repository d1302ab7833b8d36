"""Events of Amazon SES, SendGrid, Mailgun, Postmark and Brevo. The vendor's page is named where one begins."""

import re

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import (
    Object,
    bracketed_id,
    list_of,
    object_of,
    own_id,
    reply_in,
    text_of,
    unwrapped_json,
)

# Amazon SES: "Contents of event data that Amazon SES publishes", "Amazon SNS notification contents".
_SES = {
    "bounce": "bounced",
    "complaint": "complained",
    "delivery": "delivered",
    "send": "queued",
    "reject": "rejected",
    "open": "opened",
    "click": "clicked",
    "rendering failure": "failed",
    "deliverydelay": "deferred",
    "subscription": "other",
}
_SES_KINDS = {"MailboxFull": "mailbox_full", "NoEmail": "recipient_unknown", "MessageTooLarge": "message_limits"}
_SES_KINDS |= {"ContentRejected": "spam_content", "AttachmentRejected": "harmful_content", "ExpiredMessage": "expired"}


def ses_notification(value: Object) -> list[Said]:
    """The events of one object."""
    inner = unwrapped_json(value.get("Message"))
    if isinstance(inner, dict) and is_ses(inner):
        events = ses(inner)
        for said in events:
            said.time = said.time or text_of(value.get("Timestamp")) or None
            said.event_id = said.event_id or text_of(value.get("MessageId")) or None
        return events
    return [Said("other", "ses", time=text_of(value.get("Timestamp")) or None)]


NO_COMPLAINT = ("not-spam", "auth-failure")
"""Feedback reports that complain about nothing: RFC 6430, RFC 6591."""


def is_ses(value: Object) -> bool:
    """True for an object of Amazon SES, taken out of its SNS envelope."""
    return isinstance(value.get("mail"), dict) and ("notificationType" in value or "eventType" in value)


def ses(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("eventType") or value.get("notificationType")).lower()
    kind = _SES.get(word, "other")
    mail = object_of(value["mail"])
    part = object_of(value.get({"deliverydelay": "deliveryDelay", "rendering failure": "failure"}.get(word, word)))
    key = {
        "bounce": "bouncedRecipients",
        "complaint": "complainedRecipients",
        "deliverydelay": "delayedRecipients",
    }.get(word, "recipients")
    recipients = list_of(part.get(key)) or list_of(mail.get("destination"))
    sub, main = text_of(part.get("bounceSubType")), text_of(part.get("bounceType"))
    if kind == "bounced" and sub in ("Suppressed", "OnAccountSuppressionList"):
        kind = "suppressed"
    if kind == "complained" and text_of(part.get("complaintSubType")) == "OnAccountSuppressionList":
        kind = "suppressed"  # accepted, and not tried
    if kind == "complained" and text_of(part.get("complaintFeedbackType")) in NO_COMPLAINT:
        kind = "other"
    events = []
    for number, one in enumerate(recipients, start=1):
        stated = object_of(one)
        text = reply_in(
            stated.get("diagnosticCode"), part.get("smtpResponse"), part.get("reason"), part.get("errorMessage")
        )
        events.append(
            Said(
                kind,
                "ses",
                recipient=text_of(stated.get("emailAddress")) or text_of(one) or None,
                sender=text_of(mail.get("source")) or None,
                text=text or ": ".join(x for x in (main or text_of(part.get("delayType")), sub) if x),
                status=text_of(stated.get("status")) or None,
                host=text_of(part.get("remoteMtaIp")) or None,
                message_id=text_of(mail.get("messageId")) or None,
                time=text_of(part.get("timestamp"))
                or (text_of(mail.get("timestamp")) if kind in ("queued", "rejected", "failed") else "")
                or None,
                category=_SES_KINDS.get(sub) or ("harmful_content" if kind == "rejected" else None),  # a virus
                permanence={"Permanent": "permanent", "Transient": "temporary"}.get(main),
                event_id=own_id(part.get("feedbackId"), number),
                source_address=next(map(text_of, list_of(object_of(mail.get("tags")).get("ses:outgoing-ip"))), None)
                or None,
                part=number if len(recipients) > 1 else None,
            )
        )
    return events


# SendGrid: "Event Webhook Reference".
_SENDGRID = {
    "processed": "queued",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "bounced",
    "dropped": "rejected",
    "spamreport": "complained",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "subscribed",
}
_SENDGRID_LISTED = (
    "bounced address",
    "unsubscribed address",
    "spam reporting",
    "recipient list over",
    "global unsub",
    "group unsub",
)


def sendgrid(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind, reason = _SENDGRID.get(word, "other"), text_of(value.get("reason"))
    if kind == "rejected" and reason.lower().startswith(_SENDGRID_LISTED):
        kind = "suppressed"
    # `blocked`: refused for a reason that is not the address; the text decides, the address is not given up.
    return [
        Said(
            kind,
            "sendgrid",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(reason, value.get("response")),
            status=text_of(value.get("status")) or None,
            message_id=text_of(value.get("smtp-id")) or text_of(value.get("sg_message_id")) or None,
            event_id=text_of(value.get("sg_event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            category="recipient_unknown" if reason == "Invalid" else None,
            # Of an opening or a click it is the reader's.
            source_address=text_of(value.get("ip")) or None if kind in ATTEMPTS else None,
        )
    ]


# Mailgun: "Webhooks" and "Events"; the older webhooks are form fields.
MAILGUN = {
    "accepted": "queued",
    "delivered": "delivered",
    "rejected": "rejected",
    "complained": "complained",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "dropped": "bounced",
    "stored": "other",
}


def mailgun(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("event-data")) or _first_fields(value)
    status, message = object_of(data.get("delivery-status")), object_of(object_of(data.get("message")).get("headers"))
    word, reason = text_of(data.get("event")).lower(), text_of(data.get("reason"))
    kind = MAILGUN.get(word, "other")
    if word == "failed":
        kind = "deferred" if text_of(data.get("severity")) == "temporary" else "bounced"
    told = reply_in(
        status.get("message"),
        data.get("error"),
        status.get("description"),
        data.get("description"),
        data.get("notification"),
    )
    if kind == "bounced" and (reason.startswith("suppress-") or "previously bounced" in told or "user who" in told):
        kind = "suppressed"
    code = text_of(status.get("code")) or text_of(data.get("code"))
    if code[:1] in ("2", "4", "5") and len(code) == 3 and not told[:3].isdigit() and kind != "suppressed":
        enhanced = text_of(status.get("enhanced-code"))
        told = " ".join(x for x in (code, enhanced if enhanced not in told else "", told) if x)
    rejected = text_of(object_of(data.get("reject")).get("reason"))
    envelope = object_of(data.get("envelope"))
    return [
        Said(
            kind,
            "mailgun",
            recipient=text_of(data.get("recipient")) or text_of(message.get("to")) or None,
            sender=text_of(envelope.get("sender")) or text_of(message.get("from")) or None,
            text=told or rejected,
            status=code if "." in code else None,
            host=text_of(status.get("mx-host")) or None,
            message_id=bracketed_id(message.get("message-id") or data.get("Message-Id") or data.get("message-id")),
            event_id=text_of(data.get("id")) or None,
            source_address=text_of(envelope.get("sending-ip")) or None,
            time=text_of(data.get("timestamp")) or None,
            permanence="permanent" if kind == "bounced" else None,
            category="expired" if kind == "bounced" and (reason == "old" or code == "602") else None,
        )
    ]


def _first_fields(value: Object) -> Object:
    """A form's fields, each once. The event's own stand before those that the sender attached, the signed ones behind."""
    fields = {key: (one[0] if isinstance(one, list) and one else one) for key, one in value.items()}
    stamps = value.get("timestamp")
    return {**fields, "timestamp": stamps[-1] if isinstance(stamps, list) and stamps else stamps}


# Postmark: "Webhooks overview", "Bounce types".
_POSTMARK = {
    "Delivery": "delivered",
    "Open": "opened",
    "Click": "clicked",
    "SpamComplaint": "complained",
    "Inbound": "other",
}
_POSTMARK_BOUNCES = {
    "Transient": "deferred",
    "DnsError": "deferred",
    "SMTPApiError": "failed",
    "TemplateRenderingFailed": "failed",
    "Unsubscribe": "unsubscribed",
    "Subscribe": "subscribed",
    "AutoResponder": "autoreplied",
    "AddressChange": "autoreplied",
    "SpamComplaint": "complained",
    "SpamNotification": "bounced",
    "ManuallyDeactivated": "suppressed",
    "OpenRelayTest": "other",
    "ChallengeVerification": "autoreplied",
    "VirusNotification": "bounced",
}
_POSTMARK_WHY = {
    "BadEmailAddress": "recipient_unknown",
    "Blocked": "policy",
    "DMARCPolicy": "auth_failed",
    "SpamNotification": "spam_content",
}
_POSTMARK_WHY |= {"VirusNotification": "harmful_content", "HardBounce": "recipient_unknown"}


def postmark(value: Object) -> list[Said]:
    """The events of one object."""
    record, sort = text_of(value.get("RecordType")) or "Bounce", text_of(value.get("Type"))
    kind = _POSTMARK.get(record, "other")
    if record == "Bounce":
        kind = _POSTMARK_BOUNCES.get(sort, "bounced")
    elif record == "SubscriptionChange":
        # A hard bounce and a complaint come a second time, as the reason why the address is now suppressed.
        why = {"HardBounce": "bounced", "SpamComplaint": "complained"}.get(
            text_of(value.get("SuppressionReason")), "unsubscribed"
        )
        kind = why if value.get("SuppressSending") else "subscribed"
    times = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")
    return [
        Said(
            kind,
            "postmark",
            recipient=text_of(value.get("Email")) or text_of(value.get("Recipient")) or None,
            sender=text_of(value.get("From")) or None,
            text=reply_in(value.get("Details"), value.get("Description")) if record != "SubscriptionChange" else "",
            message_id=text_of(value.get("MessageID")) or None,
            event_id=own_id(value.get("ID"), 1) if record in ("Bounce", "SpamComplaint") else None,
            time=next((text for name in times if (text := text_of(value.get(name)))), None),
            category=_POSTMARK_WHY.get(sort or text_of(value.get("SuppressionReason"))),
            permanence={"HardBounce": "permanent", "SoftBounce": "temporary", "Transient": "temporary"}.get(sort),
        )
    ]


# Brevo: "Transactional webhooks".
BREVO = {
    "request": "queued",
    "sent": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "soft_bounce": "bounced",
    "hard_bounce": "bounced",
    "invalid_email": "bounced",
    "invalid": "bounced",
    "blocked": "suppressed",
    "error": "failed",
    "spam": "complained",
    "complaint": "complained",
    "opened": "opened",
    "unique_opened": "opened",
    "proxy_open": "opened",
    "unique_proxy_open": "opened",
    "click": "clicked",
    "unsubscribed": "unsubscribed",
    "unsubscribe": "unsubscribed",
    "list_addition": "subscribed",
    "first_opening": "opened",
    "loaded_by_proxy": "opened",
}


def brevo(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind = BREVO.get(word, "other")
    time = text_of(value.get("ts_epoch")) or text_of(value.get("ts_event")) or text_of(value.get("ts"))
    return [
        Said(
            kind,
            "brevo",
            recipient=next((text for one in list_of(value.get("email")) if (text := text_of(one))), None),
            sender=text_of(value.get("sender_email")) or None,
            text=_unlabelled(text_of(value.get("reason"))),
            message_id=bracketed_id(value.get("message-id")),
            source_address=text_of(value.get("sending_ip")) or None if kind in ATTEMPTS else None,
            time=time or text_of(value.get("date")) or None,
            category="recipient_unknown" if word in ("hard_bounce", "invalid_email", "invalid") else None,
            permanence={"hard_bounce": "permanent", "invalid_email": "permanent", "soft_bounce": "temporary"}.get(word),
        )
    ]


def _unlabelled(text: str) -> str:
    """`550 RecipientError: 550 5.1.1 ...` and `undefined Unable to find MX`: the words of the service's own software off."""
    return re.sub(r"^(?:\d{3} )?RecipientError: (?=[45]\d\d)", "", text).removeprefix("undefined ")
