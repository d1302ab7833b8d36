"""Events of EmailEngine."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, list_of, object_of, reply_in, text_of

# EmailEngine: "messageSent", "messageDeliveryError", "messageFailed", "messageBounce". It hands mail to a server of its account.
_EMAILENGINE = {
    "messageSent": "delivered",
    "messageDeliveryError": "deferred",
    "messageFailed": "bounced",
    "messageBounce": "bounced",
    "messageComplaint": "complained",
}


def is_emailengine(value: Object) -> bool:
    """True for an event of what it sent."""
    return text_of(value.get("event")) in _EMAILENGINE and "account" in value and isinstance(value.get("data"), dict)


def emailengine(value: Object) -> list[Said]:
    """The events of one object: one for each recipient of the envelope."""
    data, word = object_of(value.get("data")), text_of(value.get("event"))
    envelope, told = object_of(data.get("envelope")), object_of(data.get("response"))
    complained = object_of(data.get("arf")).get("originalRcptTo")
    recipients = list_of(data.get("recipient") or envelope.get("to") or complained) or [None]
    return [
        Said(
            _EMAILENGINE[word],
            "emailengine",
            recipient=text_of(one) or None,
            sender=text_of(envelope.get("from")) or None,
            text=reply_in(told.get("message"), data.get("smtpResponse"), data.get("response"), data.get("error")),
            status=text_of(told.get("status")) or None,
            host=text_of(data.get("mta")).partition(" ")[0] or None,
            queue_id=text_of(data.get("queueId")) or None,
            message_id=text_of(data.get("messageId")) or None,
            time=text_of(value.get("date")) or None,
            permanence="permanent" if word == "messageFailed" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, one in enumerate(recipients, start=1)
    ]
