"""Events of Mailomat."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, coded, object_of, text_of

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
