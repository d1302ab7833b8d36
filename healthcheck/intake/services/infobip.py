"""Events of Infobip."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, reply_in, text_of

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
