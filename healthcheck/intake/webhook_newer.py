"""Events of AhaSend, Sweego, Mailomat, Maileroo, UniOne (Unisender Go) and Tencent SES, as in webhook_forms."""

from checks.delivery.meaning import Said
from healthcheck.intake.webhooks import (
    MOST_RECIPIENTS,
    Object,
    bracketed_id,
    coded,
    hard_or_soft,
    list_of,
    object_of,
    reply_in,
    text_of,
)

# AhaSend: "Webhooks", `message.bounced` and its kin. It names no reason.
_AHASEND = {
    "reception": "queued",
    "delivered": "delivered",
    "transient_error": "deferred",
    "failed": "bounced",
    "bounced": "bounced",
    "suppressed": "suppressed",
    "opened": "opened",
    "clicked": "clicked",
}


def is_ahasend(value: Object) -> bool:
    """True for an event of a message."""
    data = object_of(value.get("data"))
    return text_of(value.get("type")).startswith("message.") and {"account_id", "recipient"} <= data.keys()


def ahasend(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    kind = _AHASEND.get(text_of(value.get("type")).removeprefix("message."), "other")
    return [
        Said(
            kind,
            "ahasend",
            recipient=text_of(data.get("recipient")) or None,
            sender=text_of(data.get("from")) or None,
            message_id=text_of(data.get("id")) or bracketed_id(data.get("message_id_header")),
            time=text_of(value.get("timestamp")) or None,
            permanence="permanent" if kind == "bounced" else None,
        )
    ]


# Sweego: "Webhooks". It names the code alone.
_SWEEGO = {
    "email_sent": "queued",
    "delivered": "delivered",
    "soft_bounce": "bounced",
    "hard_bounce": "bounced",
    "complaint": "complained",
    "list_unsub": "unsubscribed",
    "email_opened": "opened",
    "email_clicked": "clicked",
}


def is_sweego(value: Object) -> bool:
    """True for an event of it, of a mail or a text message."""
    return {"event_type", "swg_uid"} <= value.keys()


def sweego(value: Object) -> list[Said]:
    """The events of one object."""
    if text_of(value.get("channel")) not in ("email", ""):
        return []
    word = text_of(value.get("event_type")).replace("-", "_")
    return [
        Said(
            _SWEEGO.get(word, "other"),
            "sweego",
            recipient=text_of(value.get("recipient")) or None,
            text=text_of(value.get("response_code")),
            message_id=text_of(value.get("swg_uid")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(word),
        )
    ]


# Mailomat: "Webhooks".
_MAILOMAT = {
    "accepted": "queued",
    "not_accepted": "rejected",
    "delivered": "delivered",
    "failure_tmp": "deferred",
    "failure_perm": "bounced",
    "opened": "opened",
    "clicked": "clicked",
}


def is_mailomat(value: Object) -> bool:
    """True for an event of it."""
    return {"eventType", "messageUuid"} <= value.keys() and isinstance(value.get("payload"), dict)


def mailomat(value: Object) -> list[Said]:
    """The events of one object."""
    payload = object_of(value.get("payload"))
    status = object_of(payload.get("delivery-status"))
    remote = object_of(status.get("remote"))
    kind = _MAILOMAT.get(text_of(value.get("eventType")), "other")
    return [
        Said(
            kind,
            "mailomat",
            recipient=text_of(value.get("recipient")) or None,
            sender=text_of(payload.get("sender")) or None,
            text=coded(status.get("code"), "", text_of(status.get("message")) or payload.get("reason")),
            status=text_of(status.get("enhanced-code")) or None,
            host=text_of(remote.get("mx")) or text_of(remote.get("ip")) or None,
            message_id=bracketed_id(value.get("messageId")),
            event_id=text_of(value.get("id")) or None,
            time=text_of(value.get("occurredAt")) or None,
            permanence="permanent" if kind == "bounced" else None,
            source_address=text_of(object_of(status.get("local")).get("ip")) or None,
        )
    ]


# Maileroo: "Webhooks".
_MAILEROO = {
    "accepted": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "failed": "bounced",
    "rejected": "rejected",
    "opened": "opened",
    "clicked": "clicked",
    "complained": "complained",
}


def is_maileroo(value: Object) -> bool:
    """True for an event of it."""
    known = text_of(value.get("event_type")) in _MAILEROO and isinstance(value.get("event_data"), dict)
    return known and "message_reference_id" in value


def maileroo(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("event_data"))
    kind, text = _MAILEROO[text_of(value.get("event_type"))], reply_in(data.get("reason"), data.get("reject_reason"))
    if kind == "rejected" and "suppression list" in text.lower():
        kind = "suppressed"
    recipients = list_of(data.get("to")) or [None]
    return [
        Said(
            kind,
            "maileroo",
            recipient=text_of(one) or None,
            text=text,
            message_id=bracketed_id(value.get("message_id")) or text_of(value.get("message_reference_id")) or None,
            event_id=text_of(value.get("event_id")) or None,
            time=text_of(value.get("event_time")) or None,
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]


# UniOne, Unisender Go and GMS: "Callback format". The last one has other names for the same.
_UNIONE = {
    "sent": "queued",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "subscribed": "subscribed",
    "soft_bounced": "deferred",
    "hard_bounced": "bounced",
    "spam": "complained",
}
_UNIONE_WHY = {
    "err_user_unknown": "recipient_unknown",
    "err_user_inactive": "recipient_disabled",
    "err_mailbox_full": "mailbox_full",
    "err_spam_rejected": "spam_content",
    "err_blacklisted": "blocklisted",
    "err_domain_inactive": "recipient_domain",
    "err_too_large": "message_limits",
}
_NOT_TRIED = ("err_unsubscribed", "err_unreachable", "err_spam_skipped")


def is_unione(value: Object) -> bool:
    """True for what it posts: the events of a user."""
    return isinstance(value.get("events_by_user"), list) or isinstance(value.get("records_by_user"), list)


def unione(value: Object) -> list[Said]:
    """The events of one object."""
    users = map(object_of, list_of(value.get("events_by_user") or value.get("records_by_user")))
    each = (object_of(one) for user in users for one in list_of(user.get("events") or user.get("records")))
    told = []
    for one in each:
        if "transactional_email_status" not in (one.get("event_name"), one.get("record_name")):
            continue  # a block of an address that sends
        told.append(_unione(object_of(one.get("event_data") or one.get("record_data"))))
        if len(told) >= MOST_RECIPIENTS:
            break
    for number, said in enumerate(told, start=1):
        said.part = number if len(told) > 1 else None
    return told


def _unione(data: Object) -> Said:
    info = object_of(data.get("delivery_info") or data.get("delivery_report"))
    why = text_of(info.get("delivery_status") or info.get("delivery_report_status"))
    kind = _UNIONE.get(text_of(data.get("status")), "other")
    if kind == "bounced" and why in _NOT_TRIED:
        kind = "suppressed"
    return Said(
        kind,
        "unione",
        recipient=text_of(data.get("email")) or None,
        text=reply_in(info.get("destination_response"), why),
        message_id=text_of(data.get("job_id")) or None,
        time=text_of(data.get("event_time") or data.get("record_time")) or None,
        category=_UNIONE_WHY.get(why),
        permanence={"bounced": "permanent", "deferred": "temporary"}.get(kind),
    )


# Tencent Cloud SES: "Email Event Notification".
_TENCENT = {
    "processed": "queued",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "rejected",
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
}


def is_tencent(value: Object) -> bool:
    """True for an event of it."""
    return text_of(value.get("event")) in _TENCENT and "email" in value and bool({"bulkId", "bulkid"} & value.keys())


def tencent(value: Object) -> list[Said]:
    """The events of one object."""
    kind, sort = _TENCENT[text_of(value.get("event"))], text_of(value.get("bounceType"))
    return [
        Said(
            kind,
            "tencent",
            recipient=text_of(value.get("email")) or None,
            sender=text_of(value.get("from")) or None,
            text=text_of(value.get("reason")) if kind in ("bounced", "deferred", "rejected") else "",
            message_id=text_of(value.get("bulkId") or value.get("bulkid")) or None,
            time=text_of(value.get("timestamp")) or None,
            permanence=hard_or_soft(sort),
        )
    ]
