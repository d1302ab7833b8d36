"""Events of Postmark."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, own_id, reply_in, text_of

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


def is_postmark(value: Object) -> bool:
    """What it posts, and what it posted before events had a RecordType."""
    is_bounce, is_inbound = {"TypeCode", "MessageID", "BouncedAt"}, {"FromFull", "MessageID", "OriginalRecipient"}
    return "RecordType" in value or is_bounce <= value.keys() or is_inbound <= value.keys()
