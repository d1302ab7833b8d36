"""Events of AgentMail."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, list_of, object_of, own_id, text_of

# AgentMail: "Webhook Events".
_AGENTMAIL = {
    "message.sent": ("send", "queued"),
    "message.delivered": ("delivery", "delivered"),
    "message.bounced": ("bounce", "bounced"),
    "message.complained": ("complaint", "complained"),
    "message.rejected": ("reject", "rejected"),
}


def is_agentmail(value: Object) -> bool:
    """True for an event of a message."""
    return value.get("type") == "event" and text_of(value.get("event_type")).startswith("message.")


def agentmail(value: Object) -> list[Said]:
    """The events of one object: one for each recipient it names."""
    name, kind = _AGENTMAIL.get(text_of(value.get("event_type")), ("message", "other"))
    part = object_of(value.get(name))
    recipients = list_of(part.get("recipients")) or [None]
    return [
        Said(
            kind,
            "agentmail",
            recipient=text_of(object_of(one).get("address")) or text_of(one) or None,
            text=text_of(object_of(one).get("status")) or text_of(part.get("reason")),
            message_id=text_of(part.get("message_id")) or None,
            event_id=own_id(value.get("event_id"), number),
            time=text_of(part.get("timestamp")) or None,
            permanence={"Permanent": "permanent", "Transient": "temporary"}.get(text_of(part.get("type"))),
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
