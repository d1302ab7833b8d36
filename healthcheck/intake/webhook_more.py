"""Events of Resend, SparkPost, Mailjet, Mandrill, MailerSend and SMTP2GO, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import (
    Object,
    coded,
    hard_or_soft,
    has_code,
    list_of,
    object_of,
    reply_in,
    text_of,
    unwrapped_json,
)

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


_RESEND_KINDS = {"MailboxFull": "mailbox_full", "NoEmail": "recipient_unknown", "MessageTooLarge": "message_limits"}
_RESEND_KINDS |= {"ContentRejected": "spam_content", "AttachmentRejected": "harmful_content"}
_RESEND_FAILED = {"reached_daily_quota": "quota", "reached_monthly_quota": "quota"}


def resend(value: Object) -> list[Said]:
    """The events of one object; none for what it posts about a contact or a domain."""
    if not text_of(value.get("type")).startswith("email."):
        return []
    data = object_of(value.get("data"))
    kind = _RESEND.get(text_of(value.get("type")).removeprefix("email."), "other")
    bounce, recipients = object_of(data.get("bounce")), list_of(data.get("to"))
    sub, message, failed = text_of(bounce.get("subType")), bounce.get("message"), object_of(data.get("failed"))
    suppressed = object_of(data.get("suppressed"))
    listed = sub in ("Suppressed", "OnAccountSuppressionList")
    if kind == "bounced" and (listed or "suppression list" in text_of(message)):
        kind = "suppressed"
    sort = text_of(bounce.get("type"))
    diagnostic = list_of(bounce.get("diagnosticCode")) or [""]
    text = reply_in(diagnostic[0], message, failed.get("reason"), suppressed.get("message"))
    explained = text == message and not has_code(text)
    category = _RESEND_KINDS.get(sub) or _RESEND_FAILED.get(text_of(failed.get("reason")))
    if sort == "Permanent" and sub == "General" and not has_code(text):
        category = "recipient_unknown"
    return [
        Said(
            kind,
            "resend",
            recipient=text_of(recipient) or None,
            sender=text_of(data.get("from")) or None,
            # Its message explains the kind of bounce, not this one, unless it holds the words of a server.
            text="" if explained else text,
            reply=text if explained else None,
            message_id=text_of(data.get("email_id")) or None,
            time=text_of(value.get("created_at")) or None,
            category=category,
            permanence="temporary"
            if kind == "deferred"
            else {"Permanent": "permanent", "Transient": "temporary"}.get(sort),
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
    "21": "routing",
    "22": "mailbox_full",
    "23": "message_limits",
    "24": "expired",
    "25": "account",
    "30": "recipient_unknown",
    "50": "policy",
    "51": "reputation",
    "52": "spam_content",
    "53": "harmful_content",
    "54": "relay_denied",
    "70": "remote_failure",
}
_SPARKPOST_HARD = ("10", "25", "30")
_SPARKPOST_SOFT = ("20", "21", "22", "23", "40", "70")
_SPARKPOST_REPLIES = {"60": "autoreplied", "80": "subscribed", "90": "unsubscribed", "100": "autoreplied"}
"""Classes of mails that came back and are no bounces: answers of machines, requests, questions whether one is a person."""


def sparkpost(value: Object) -> list[Said]:
    """The events of one object."""
    event: Object = next((one for one in object_of(value.get("msys")).values() if isinstance(one, dict)), {})
    if not event:  # what it posts to see whether anybody listens
        return []
    word, sort = text_of(event.get("type")), text_of(event.get("bounce_class"))
    kind = _SPARKPOST.get(word, "other")
    text = reply_in(event.get("raw_reason"), event.get("reason"))
    if kind == "bounced":
        kind = _SPARKPOST_REPLIES.get(sort, kind)
    own = kind == "rejected" or (kind == "bounced" and sort == "25")  # its policies, which name its list among others
    if (kind == "bounced" and sort == "26") or (own and "suppress" in text.lower()):
        kind = "suppressed"
    category = _SPARKPOST_CLASSES.get(sort)
    if kind == "deferred" and sort == "24":
        category = "network"
    lasts = "permanent" if sort in _SPARKPOST_HARD else "temporary" if sort in _SPARKPOST_SOFT else None
    if kind == "deferred":
        lasts = "temporary"
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
            category=category,
            permanence=lasts if not has_code(text) else None,
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
    "invalid domain": "recipient_domain",
    "no mail host": "recipient_domain",
    "relay/access denied": "relay_denied",
    "greylisted": "greylisted",
    "typofix": "recipient_unknown",
    "sender blocked": "reputation",
    "content blocked": "spam_content",
    "spam preblocked": "spam_content",
    "policy issue": "policy",
    "connection issue": "network",
    "protocol issue": "remote_failure",
    "protocol error": "remote_failure",
}
_MAILJET_OWN = {
    "preblocked": "suppressed",
    "duplicate in campaign": "suppressed",
    "blacklisted": "suppressed",
    "spam reporter": "suppressed",
    "spam preblocked": "rejected",
    "bad or empty template": "failed",
    "error in template language": "failed",
}
"""Why it did not try at all. Any other `blocked` is what a server said."""


def mailjet(value: Object) -> list[Said]:
    """The events of one object."""
    word, error = text_of(value.get("event")), text_of(value.get("error"))
    kind, hard = MAILJET.get(word, "other"), value.get("hard_bounce")
    if word == "blocked":
        kind = _MAILJET_OWN.get(error.lower(), "bounced")
    if word == "bounce" and hard is False:
        kind = "deferred" if error.lower() == "greylisted" else "bounced"
    return [
        Said(
            kind,
            "mailjet",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(_unwrapped(text_of(value.get("smtp_reply"))), value.get("comment"), error),
            message_id=next((text for name in _MAILJET_IDS if (text := text_of(value.get(name)))), None),
            time=text_of(value.get("time")) or None,
            category=_MAILJET_WHY.get(error.lower()),
            permanence={True: "permanent", False: "temporary"}.get(hard) if isinstance(hard, bool) else None,
        )
    ]


_MAILJET_IDS = ("Message_GUID", "MessageID", "mj_message_id")


def _unwrapped(reply: str) -> str:
    """`sent (250 2.0.0 OK)` without the word around it."""
    return reply[6:-1] if reply.startswith("sent (") and reply.endswith(")") else reply


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


_MANDRILL_REFUSED = ("invalid-sender", "invalid", "test-mode-limit", "unsigned", "rule")
"""Rejections that are not of its denylist."""


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
    kind, why = _MANDRILL.get(word, "other"), message.get("reject")
    why = text_of(object_of(why).get("reason")) or text_of(why)
    if kind == "suppressed" and why.lower().replace("_", "-") in _MANDRILL_REFUSED:
        kind = "rejected"
    attempts = [object_of(x) for x in list_of(message.get("smtp_events"))]
    last = text_of(attempts[-1].get("diag")) if attempts else ""
    return [
        Said(
            kind,
            "mandrill",
            recipient=text_of(message.get("email")) or None,
            sender=text_of(message.get("sender")) or None,
            text=reply_in(message.get("diag"), last, why, message.get("bounce_description")),
            message_id=text_of(message.get("_id")) or text_of(value.get("_id")) or None,
            time=text_of(value.get("ts")) or None,
            category=_MANDRILL_WHY.get(text_of(message.get("bounce_description"))),
            permanence=hard_or_soft(word),
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
    # Its second version has the same without an `email` around it.
    email, details, meta = object_of(data.get("email")), object_of(data.get("morph")), object_of(data.get("meta"))
    word = text_of(value.get("type")).removeprefix("activity.")
    named = (object_of(email.get("recipient")).get("email"), data.get("recipient"), data.get("email"))
    return [
        Said(
            _MAILERSEND.get(word, "other"),
            "mailersend",
            recipient=next((text for one in named if (text := text_of(one))), None),
            sender=text_of(email.get("from")) or None,
            text=reply_in(
                coded(meta.get("bounce_code"), "", meta.get("bounce_reason")),
                details.get("reason"),
                details.get("readable_reason"),
            ),
            message_id=text_of(object_of(email.get("message")).get("id")) or text_of(data.get("message_id")) or None,
            event_id=text_of(data.get("id")) or None,
            time=text_of(data.get("created_at")) or text_of(value.get("created_at")) or None,
            permanence=hard_or_soft(word),
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
            permanence=hard_or_soft(sort),
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]
