"""Events of SMTP.com, turboSMTP, SendPulse, MailChannels, Lettermint, Copernica (SMTPeter) and Infobip, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import Object, bracketed_id, coded, hard_or_soft, list_of, object_of, reply_in, text_of

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


# turboSMTP: "Event Webhook Reference".
_TURBOSMTP = {
    "processed": "queued",
    "dropped": "suppressed",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounced": "bounced",
}


def is_turbosmtp(value: Object) -> bool:
    """True for an event of it."""
    return {"id", "mid", "status", "email", "timestamp"} <= value.keys()


def turbosmtp(value: Object) -> list[Said]:
    """The events of one object."""
    reason = value.get("reason")
    return [
        Said(
            _TURBOSMTP.get(text_of(value.get("status")).lower(), "other"),
            "turbosmtp",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(object_of(reason).get("response"), reason),
            message_id=text_of(value.get("mid")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("timestamp")) or None,
        )
    ]


# SendPulse: "How to enable webhooks for transactional emails".
_SENDPULSE = {
    "delivered": "delivered",
    "undelivered": "bounced",
    "hard_bounces": "bounced",
    "soft_bounces": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "spam_by_user": "complained",
    "unsubscribed": "unsubscribed",
    "resubscribed": "subscribed",
}


def is_sendpulse(value: Object) -> bool:
    """True for an event of it. Mailgun's older ones have words in common with it."""
    if text_of(value.get("event")) not in _SENDPULSE:
        return False
    named = {"recipient", "sender", "message_id", "timestamp"} <= value.keys()
    return "smtp_server_response_code" in value or (
        named and not {"token", "signature", "domain", "message-headers"} & value.keys()
    )


def sendpulse(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("event"))
    return [
        Said(
            _SENDPULSE[word],
            "sendpulse",
            recipient=text_of(value.get("recipient")) or text_of(value.get("email")) or None,
            sender=text_of(value.get("sender")) or None,
            text=coded(
                value.get("smtp_server_response_code"),
                value.get("smtp_server_response_subcode"),
                value.get("smtp_server_response"),
            ),
            message_id=text_of(value.get("message_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
        )
    ]


# MailChannels Email API: "Delivery Events". Its `email` is the sender.
_MAILCHANNELS = {
    "processed": "queued",
    "delivered": "delivered",
    "hard-bounced": "bounced",
    "soft-bounced": "bounced",
    "dropped": "rejected",
    "open": "opened",
    "click": "clicked",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}


def is_mailchannels(value: Object) -> bool:
    """True for an event of it."""
    return {"customer_handle", "event", "timestamp"} <= value.keys()


def mailchannels(value: Object) -> list[Said]:
    """The events of one object: one for each recipient it names."""
    word = text_of(value.get("event"))
    kind, why = _MAILCHANNELS.get(word, "other"), text_of(value.get("reason"))
    if kind == "rejected" and "suppress" in why.lower():
        kind = "suppressed"
    status = text_of(value.get("status"))
    recipients = list_of(value.get("recipients")) or [None]
    return [
        Said(
            kind,
            "mailchannels",
            recipient=text_of(one) or None,
            sender=text_of(value.get("email")) or None,
            text=coded(status if status.isdecimal() else "", "", why),
            status=status or None,
            message_id=bracketed_id(value.get("smtp_id")) or text_of(value.get("request_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# Lettermint: "Events".
_LETTERMINT = {
    "created": "queued",
    "sent": "queued",
    "delivered": "delivered",
    "hard_bounced": "bounced",
    "soft_bounced": "bounced",
    "spam_complaint": "complained",
    "failed": "failed",
    "suppressed": "suppressed",
    "policy_rejected": "rejected",
    "unsubscribed": "unsubscribed",
    "opened": "opened",
    "clicked": "clicked",
    "auto_replied": "autoreplied",
}


def is_lettermint(value: Object) -> bool:
    """True for an event of a message."""
    return text_of(value.get("event")).startswith("message.") and "message_id" in object_of(value.get("data"))


def lettermint(value: Object) -> list[Said]:
    """The events of one object: of a message that came, one for each recipient."""
    data, word = object_of(value.get("data")), text_of(value.get("event")).removeprefix("message.")
    told = object_of(data.get("response"))
    named = (
        [data["recipient"]]
        if data.get("recipient")
        else [one for key in ("to", "cc", "bcc") for one in list_of(data.get(key))]
    )
    recipients = named or [None]
    return [
        Said(
            _LETTERMINT.get(word, "other"),
            "lettermint",
            recipient=text_of(one) or text_of(object_of(one).get("email")) or None,
            sender=text_of(object_of(data.get("from")).get("email")) or text_of(data.get("from")) or None,
            text=coded(told.get("status_code"), told.get("enhanced_status_code"), told.get("content"))
            or text_of(data.get("reason")),
            message_id=text_of(data.get("message_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("timestamp")) or text_of(value.get("created_at")) or None,
            permanence=hard_or_soft(word),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# Copernica and SMTPeter: "Webhooks for deliveries", "Webhooks for failures"; posted as a form.
_COPERNICA = {"delivery": "delivered", "failure": "bounced"}


def is_copernica(value: Object) -> bool:
    """True for a delivery or a failure of it."""
    return text_of(value.get("type")) in _COPERNICA and {"recipient", "code", "extended", "description"} <= value.keys()


def copernica(value: Object) -> list[Said]:
    """The events of one object."""
    return [
        Said(
            _COPERNICA[text_of(value.get("type"))],
            "copernica",
            recipient=text_of(value.get("recipient")) or None,
            text=coded(value.get("code"), value.get("extended"), value.get("description")),
            message_id=text_of(value.get("id")) or None,
            time=text_of(value.get("time")) or text_of(value.get("timestamp")) or None,
        )
    ]


# Infobip: "Email delivery reports". Reports of text messages have the same form.
_INFOBIP = {
    "PENDING": "queued",
    "DELIVERED": "delivered",
    "UNDELIVERABLE": "bounced",
    "EXPIRED": "bounced",
    "REJECTED": "rejected",
}


def is_infobip(value: Object) -> bool:
    """True for a report of it."""
    return {"messageId", "to", "status"} <= value.keys() and "groupName" in object_of(value.get("status"))


def infobip(value: Object) -> list[Said]:
    """The events of one object: none for a report of no mail."""
    status, error = object_of(value.get("status")), object_of(value.get("error"))
    recipient, group = text_of(value.get("to")), text_of(status.get("groupName")).upper()
    if "@" not in recipient:
        return []
    kind, permanent = _INFOBIP.get(group, "other"), error.get("permanent")
    failed = kind in ("bounced", "rejected")
    return [
        Said(
            kind,
            "infobip",
            recipient=recipient,
            text=reply_in(error.get("description"), error.get("name"), status.get("description")) if failed else "",
            message_id=text_of(value.get("messageId")) or None,
            time=text_of(value.get("doneAt")) or text_of(value.get("sentAt")) or None,
            category="expired" if group == "EXPIRED" else None,
            permanence={True: "permanent", False: "temporary"}[permanent]
            if failed and isinstance(permanent, bool)
            else None,
        )
    ]
