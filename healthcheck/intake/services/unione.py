"""Events of UniOne (Unisender Go, GMS)."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import MOST_RECIPIENTS, Object, list_of, object_of, reply_in, text_of

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
