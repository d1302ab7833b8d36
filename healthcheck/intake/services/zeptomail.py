"""Events of ZeptoMail."""

from collections.abc import Iterator
from itertools import chain, islice

from checks.delivery.meaning import Said
from healthcheck.intake.values import MOST_RECIPIENTS, Object, hard_or_soft, list_of, object_of, reply_in, text_of

# ZeptoMail: "Webhooks"; the event is a list of one in some releases.
_ZEPTOMAIL = {
    "hardbounce": "bounced",
    "softbounce": "bounced",
    "delivered": "delivered",
    "email_open": "opened",
    "open": "opened",
    "email_link_click": "clicked",
    "click": "clicked",
    "feedback_loop": "complained",
}


def zeptomail(value: Object) -> list[Said]:
    """The events of one object."""
    words = [text_of(one).lower() for one in list_of(value.get("event_name"))]
    word = words[0] if words else ""
    messages = list_of(value.get("event_message"))
    told = (one for message in messages for one in _zeptomail(word, object_of(message)))
    events = list(islice(told, MOST_RECIPIENTS))  # as many as its lists multiplied, otherwise
    for number, one in enumerate(events, start=1):
        one.part = number if len(events) > 1 else None
    return events


def _zeptomail(word: str, message: Object) -> Iterator[Said]:
    info = object_of(message.get("email_info"))
    named = list_of(info.get("to") or message.get("to"))
    addressed = [object_of(object_of(one).get("email_address")).get("address") for one in named]
    told = [object_of(data).get("details") for data in list_of(message.get("event_data"))]
    details = (object_of(one) for each in told for one in list_of(each))
    first = next(details, {})
    yield from (
        Said(
            _ZEPTOMAIL.get(word, "other"),
            "zeptomail",
            recipient=text_of(recipient) or None,
            sender=text_of(info.get("bounce_address")) or text_of(object_of(info.get("from")).get("address")) or None,
            text=reply_in(detail.get("diagnostic_message"), detail.get("reason")),
            message_id=text_of(info.get("email_reference")) or text_of(message.get("request_id")) or None,
            time=text_of(detail.get("time")) or text_of(info.get("processed_time")) or None,
            permanence=hard_or_soft(word),
        )
        for detail in chain([first], details)
        for recipient in ([detail["bounced_recipient"]] if detail.get("bounced_recipient") else addressed or [None])
    )
