"""Events of Resend, SparkPost, Mailjet, Mandrill, MailerSend and SMTP2GO, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import Object, list_of, object_of, reply_in, text_of, unwrapped_json

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


def resend(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    kind = _RESEND.get(text_of(value.get("type")).removeprefix("email."), "other")
    bounce, recipients = object_of(data.get("bounce")), list_of(data.get("to"))
    listed = text_of(bounce.get("subType")) in ("Suppressed", "OnAccountSuppressionList")
    if kind == "bounced" and (listed or "suppression list" in text_of(bounce.get("message"))):
        kind = "suppressed"
    sort = text_of(bounce.get("type"))
    diagnostic = list_of(bounce.get("diagnosticCode")) or [""]
    return [
        Said(
            kind,
            "resend",
            recipient=text_of(recipient) or None,
            sender=text_of(data.get("from")) or None,
            text=reply_in(diagnostic[0], bounce.get("message"), object_of(data.get("failed")).get("reason")),
            message_id=text_of(data.get("email_id")) or None,
            time=text_of(value.get("created_at")) or None,
            permanence={"Permanent": "permanent", "Transient": "temporary"}.get(sort),
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients or [None], start=1)
    ]


# SparkPost: "Webhooks reference", bounce classification codes.
_SPARKPOST = {
    "injection": "queued",
    "delivery": "delivered",
    "delay": "deferred",
    "bounce": "bounced",
    "out_of_band": "bounced",
    "policy_rejection": "rejected",
    "generation_rejection": "rejected",
    "generation_failure": "failed",
    "spam_complaint": "complained",
    "open": "opened",
    "initial_open": "opened",
    "amp_open": "opened",
    "click": "clicked",
    "amp_initial_open": "opened",
    "amp_click": "clicked",
    "relay_injection": "queued",
    "relay_delivery": "delivered",
    "relay_tempfail": "deferred",
    "relay_permfail": "bounced",
    "relay_rejection": "rejected",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
}
_SPARKPOST_CLASSES = {
    "10": "recipient_unknown",
    "22": "mailbox_full",
    "23": "message_limits",
    "24": "remote_failure",
    "30": "recipient_unknown",
    "50": "policy",
    "51": "spam_content",
    "52": "spam_content",
    "53": "harmful_content",
    "54": "relay_denied",
}


def sparkpost(value: Object) -> list[Said]:
    """The events of one object."""
    event: Object = next((one for one in object_of(value.get("msys")).values() if isinstance(one, dict)), {})
    if not event:  # what it posts to see whether anybody listens
        return []
    word, sort = text_of(event.get("type")), text_of(event.get("bounce_class"))
    kind = _SPARKPOST.get(word, "other")
    text = reply_in(event.get("raw_reason"), event.get("reason"))
    if kind == "bounced" and sort == "60":
        kind = "autoreplied"
    if (kind == "bounced" and sort == "90") or (kind == "rejected" and "suppress" in text.lower()):
        kind = "unsubscribed" if sort == "90" else "suppressed"
    return [
        Said(
            kind,
            "sparkpost",
            recipient=text_of(event.get("raw_rcpt_to")) or text_of(event.get("rcpt_to")) or None,
            sender=text_of(event.get("msg_from")) or None,
            text=text,
            # The id that its API answered with: one for all recipients of a transmission.
            message_id=text_of(event.get("transmission_id")) or text_of(event.get("message_id")) or None,
            event_id=text_of(event.get("event_id")) or None,
            source_address=text_of(event.get("sending_ip")) or None,
            time=text_of(event.get("timestamp")) or None,
            category=_SPARKPOST_CLASSES.get(sort),
        )
    ]


# Mailjet: "Event API: real-time notifications".
MAILJET = {
    "sent": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "spam": "complained",
    "unsub": "unsubscribed",
    "blocked": "suppressed",
}
_MAILJET_WHY = {
    "user unknown": "recipient_unknown",
    "mailbox inactive": "recipient_disabled",
    "quota exceeded": "mailbox_full",
    "blacklisted": "blocklisted",
    "spam reporter": "recipient_refused",
    "invalid domain": "recipient_domain",
    "no mail host": "recipient_domain",
    "relay/access denied": "relay_denied",
    "greylisted": "greylisted",
    "typofix": "recipient_unknown",
    "content blocked": "spam_content",
    "policy issue": "policy",
    "connection issue": "network",
    "protocol error": "remote_failure",
}


def mailjet(value: Object) -> list[Said]:
    """The events of one object."""
    word, error = text_of(value.get("event")), text_of(value.get("error"))
    kind, hard = MAILJET.get(word, "other"), value.get("hard_bounce")
    if word == "blocked" and error.lower() != "preblocked":
        kind = "bounced"
    if word == "bounce" and hard is False:
        kind = "deferred" if error.lower() == "greylisted" else "bounced"
    return [
        Said(
            kind,
            "mailjet",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(value.get("smtp_reply"), value.get("comment"), error),
            message_id=text_of(value.get("Message_GUID")) or text_of(value.get("MessageID")) or None,
            time=text_of(value.get("time")) or None,
            category=_MAILJET_WHY.get(error.lower()),
            permanence={True: "permanent", False: "temporary"}.get(hard) if isinstance(hard, bool) else None,
        )
    ]


# Mailchimp Transactional (Mandrill): "Webhooks"; posted as the form field mandrill_events.
_MANDRILL = {
    "send": "queued",
    "delivered": "delivered",
    "deferral": "deferred",
    "hard_bounce": "bounced",
    "soft_bounce": "bounced",
    "reject": "suppressed",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
    "unsub": "unsubscribed",
}
_MANDRILL_WHY = {
    "bad_mailbox": "recipient_unknown",
    "invalid_domain": "recipient_domain",
    "mailbox_full": "mailbox_full",
}


def is_sync(value: Object) -> bool:
    """True for a notice that an address was put on a list of Mandrill's, or taken off it."""
    return value.get("type") in ("blacklist", "whitelist", "denylist", "allowlist") and bool(
        {"reject", "entry"} & value.keys()
    )


def mandrill(value: Object) -> list[Said]:
    """The events of one object."""
    if "mandrill_events" in value:
        inner = list_of(unwrapped_json(value["mandrill_events"]))
        return [said for one in inner if isinstance(one, dict) for said in mandrill(one)]
    if is_sync(value):
        entry = object_of(value.get("reject")) or object_of(value.get("entry"))
        return [Said("other", "mandrill", text_of(entry.get("email")) or None, time=text_of(value.get("ts")) or None)]
    message, word = object_of(value.get("msg")), text_of(value.get("event"))
    kind, state = _MANDRILL.get(word, "other"), text_of(message.get("state"))
    if kind == "suppressed" and state not in ("rejected", ""):
        kind = "rejected"
    attempts = [object_of(x) for x in list_of(message.get("smtp_events"))]
    last = text_of(attempts[-1].get("diag")) if attempts else ""
    return [
        Said(
            kind,
            "mandrill",
            recipient=text_of(message.get("email")) or None,
            sender=text_of(message.get("sender")) or None,
            text=reply_in(message.get("diag"), last, message.get("reject"), message.get("bounce_description")),
            message_id=text_of(message.get("_id")) or text_of(value.get("_id")) or None,
            time=text_of(value.get("ts")) or None,
            category=_MANDRILL_WHY.get(text_of(message.get("bounce_description"))),
            permanence={"hard_bounce": "permanent", "soft_bounce": "temporary"}.get(word),
        )
    ]


# MailerSend: "Webhooks"; Elastic Email and SMTP2GO have flat objects of their own.
_MAILERSEND = {
    "sent": "queued",
    "delivered": "delivered",
    "soft_bounced": "bounced",
    "hard_bounced": "bounced",
    "deferred": "deferred",
    "opened": "opened",
    "opened_unique": "opened",
    "clicked": "clicked",
    "clicked_unique": "clicked",
    "unsubscribed": "unsubscribed",
    "spam_complaint": "complained",
}


def mailersend(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    email, details = object_of(data.get("email")), object_of(data.get("morph"))
    word = text_of(value.get("type")).removeprefix("activity.")
    return [
        Said(
            _MAILERSEND.get(word, "other"),
            "mailersend",
            recipient=text_of(object_of(email.get("recipient")).get("email")) or None,
            sender=text_of(email.get("from")) or None,
            text=reply_in(details.get("reason"), details.get("readable_reason")),
            message_id=text_of(object_of(email.get("message")).get("id")) or None,
            event_id=text_of(data.get("id")) or None,
            time=text_of(data.get("created_at")) or text_of(value.get("created_at")) or None,
            permanence={"hard_bounced": "permanent", "soft_bounced": "temporary"}.get(word),
        )
    ]


_SMTP2GO = {
    "processed": "queued",
    "delivered": "delivered",
    "bounce": "bounced",
    "reject": "suppressed",
    "spam": "complained",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "resubscribe": "subscribed",
}


def smtp2go(value: Object) -> list[Said]:
    """The events of one object."""
    sort, named = text_of(value.get("bounce")), text_of(value.get("rcpt"))
    recipients = [named] if named else list_of(value.get("recipients")) or [None]
    return [
        Said(
            _SMTP2GO.get(text_of(value.get("event")), "other"),
            "smtp2go",
            recipient=text_of(recipient) or None,
            sender=text_of(value.get("sender")) or None,
            text=reply_in(value.get("message"), value.get("context")),
            host=text_of(value.get("host")).partition(" ")[0] or None,
            message_id=text_of(value.get("email_id")) or None,
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("time")) or text_of(value.get("sendtime")) or None,
            permanence={"hard": "permanent", "soft": "temporary"}.get(sort),
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]
