"""Events of SendGrid, Mailgun, Postmark and Brevo. The vendor's page is named where one begins."""

import re

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import (
    Object,
    bracketed_id,
    has_code,
    list_of,
    object_of,
    own_id,
    reply_in,
    text_of,
)

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
    "global unsub",
    "group unsub",
)
_SENDGRID_DROPPED = {
    "invalid": "recipient_unknown",
    "recipient list over package quota": "quota",
    "invalid smtpapi header": "bad_request",
    "spam content": "spam_content",
}
# "Bounce and block classifications"
_SENDGRID_CLASSES = {
    "Invalid Address": "recipient_unknown",
    "Technical": "remote_failure",
    "Technical Failure": "remote_failure",
    "Content": "spam_content",
    "Reputation": "reputation",
    "Frequency/Volume": "sender_rate",
    "Frequency or Volume Too High": "sender_rate",
    "Mailbox Unavailable": "mailbox_full",
}


def sendgrid(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind, reason = _SENDGRID.get(word, "other"), text_of(value.get("reason"))
    if kind == "rejected" and reason.lower().startswith(_SENDGRID_LISTED):
        kind = "suppressed"
    # `blocked`: refused for a reason that is not the address; the text decides, the address is not given up.
    text = reply_in(reason, value.get("response"))
    return [
        Said(
            kind,
            "sendgrid",
            recipient=text_of(value.get("email")) or None,
            text=text,
            status=text_of(value.get("status")) or None,
            message_id=text_of(value.get("smtp-id")) or text_of(value.get("sg_message_id")) or None,
            event_id=text_of(value.get("sg_event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            category=_SENDGRID_DROPPED.get(reason.lower())
            or _SENDGRID_CLASSES.get(text_of(value.get("bounce_classification"))),
            permanence="temporary" if kind == "deferred" and not has_code(text) else None,
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
_MAILGUN_LISTED = ("605", "606", "607")
"""Its own codes: bounced before, unsubscribed, complained."""
_NOT_DELIVERING = ("Not delivering to ",)
_MAILGUN_WHY = {"625": "account", "greylisted": "greylisted", "espblock": "reputation"}


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
    code = text_of(status.get("code")) or text_of(data.get("code"))
    rejected = text_of(object_of(data.get("reject")).get("reason"))
    listed = reason.startswith("suppress-") or code in _MAILGUN_LISTED or (told or rejected).startswith(_NOT_DELIVERING)
    if kind in ("bounced", "rejected") and listed:
        kind = "suppressed"
    if code[:1] in ("2", "4", "5") and len(code) == 3 and not told[:3].isdigit() and kind != "suppressed":
        enhanced = text_of(status.get("enhanced-code"))
        told = " ".join(x for x in (code, enhanced if enhanced not in told else "", told) if x)
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
            category="expired"
            if kind == "bounced" and (reason == "old" or code == "602")
            else _MAILGUN_WHY.get(code) or _MAILGUN_WHY.get(reason),
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
    "Unconfirmed": "suppressed",
    "InboundError": "other",
}
_POSTMARK_SORTS = (
    *("HardBounce", "Transient", "", "", "Unsubscribe", "Subscribe", "AutoResponder", "AddressChange", "DnsError"),
    *("SpamNotification", "OpenRelayTest", "Unknown", "SoftBounce", "VirusNotification", "ChallengeVerification"),
)
"""Its types of bounces: the code of each is two to the power of its place."""
_POSTMARK_LATER = {
    100000: "BadEmailAddress",
    100001: "SpamComplaint",
    100002: "ManuallyDeactivated",
    100003: "Unconfirmed",
}
_POSTMARK_LATER |= {100006: "Blocked", 100007: "SMTPApiError", 100008: "InboundError", 100009: "DMARCPolicy"}
_POSTMARK_LATER |= {100010: "TemplateRenderingFailed"}
_POSTMARK_CODES = {str(2**place): sort for place, sort in enumerate(_POSTMARK_SORTS) if sort}
_POSTMARK_CODES |= {str(code): sort for code, sort in _POSTMARK_LATER.items()}
_POSTMARK_WHY = {
    "BadEmailAddress": "recipient_unknown",
    "DnsError": "routing",
    "TemplateRenderingFailed": "bad_request",
    "Blocked": "policy",
    "DMARCPolicy": "auth_failed",
    "SpamNotification": "spam_content",
}
_POSTMARK_WHY |= {"VirusNotification": "harmful_content", "HardBounce": "recipient_unknown"}
_POSTMARK_LASTS = dict.fromkeys(("HardBounce", "BadEmailAddress"), "permanent")
_POSTMARK_LASTS |= dict.fromkeys(("SoftBounce", "Transient", "DnsError"), "temporary")
_POSTMARK_WHO = ("Email", "Recipient", "OriginalRecipient")


def postmark(value: Object) -> list[Said]:
    """The events of one object."""
    record, sort = text_of(value.get("RecordType")) or "Bounce", text_of(value.get("Type"))
    if not value.get("RecordType") and "Type" not in value and "TypeCode" not in value:
        record = "Inbound"
    sort = sort or _POSTMARK_CODES.get(text_of(value.get("TypeCode")), "")
    text, explained = reply_in(value.get("Details"), value.get("Description")), None
    if record == "SubscriptionChange":
        text = ""
    elif text == text_of(value.get("Description")).strip() and sort in _POSTMARK_CODES.values():
        # The description is of the type, not of this bounce: "(i.e. mailbox full, account disabled, ...)".
        text, explained = "", text
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
            recipient=next((who for name in _POSTMARK_WHO if (who := text_of(value.get(name)))), None),
            sender=text_of(value.get("From")) or None,
            text=text,
            reply=explained,
            message_id=text_of(value.get("MessageID")) or None,
            event_id=own_id(value.get("ID"), 1) if record in ("Bounce", "SpamComplaint") else None,
            time=next((time for name in times if (time := text_of(value.get(name)))), None),
            category=_POSTMARK_WHY.get(sort or text_of(value.get("SuppressionReason"))),
            permanence=_POSTMARK_LASTS.get(sort),
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
    "contact_updated": "other",
    "contact_deleted": "other",
}


def brevo(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    kind = BREVO.get(word, "other")
    time = text_of(value.get("ts_epoch")) or text_of(value.get("ts_event")) or text_of(value.get("ts"))
    text = _unlabelled(text_of(value.get("reason")))
    lasts = {"hard_bounce": "permanent", "invalid_email": "permanent", "soft_bounce": "temporary"}.get(word)
    if kind == "deferred" and not has_code(text):
        lasts = "temporary"
    recipients: list[str | None] = [who for one in list_of(value.get("email")) if (who := text_of(one))] or [None]
    return [
        Said(
            kind,
            "brevo",
            recipient=recipient,
            sender=text_of(value.get("sender_email")) or None,
            text=text,
            message_id=bracketed_id(value.get("message-id")),
            source_address=text_of(value.get("sending_ip")) or None if kind in ATTEMPTS else None,
            time=time or text_of(value.get("date")) or None,
            category="recipient_unknown" if word in ("hard_bounce", "invalid_email", "invalid") else None,
            permanence=lasts,
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]


def _unlabelled(text: str) -> str:
    """`550 RecipientError: 550 5.1.1 ...` and `undefined Unable to find MX`: the words of the service's own software off."""
    return re.sub(r"^(?:\d{3} )?RecipientError: (?=[45]\d\d)", "", text).removeprefix("undefined ")
