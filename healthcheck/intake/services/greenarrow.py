"""Events of GreenArrow."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, own_id, text_of

# GreenArrow Engine: "Event Notification System".
_GREENARROW = {
    "bounce_all": "bounced",
    "bounce_bad_address": "bounced",
    "scomp": "complained",
    "engine_open": "opened",
    "studio_open": "opened",
    "engine_click": "clicked",
    "studio_click": "clicked",
    "engine_unsub": "unsubscribed",
    "studio_unsub": "unsubscribed",
}


def is_greenarrow(value: Object) -> bool:
    """True for an event of its Engine or Studio."""
    return (
        text_of(value.get("event_type")) in _GREENARROW and {"event_time", "email", "click_tracking_id"} <= value.keys()
    )


def greenarrow(value: Object) -> list[Said]:
    """The events of one object. That an address is bad comes a second time, behind the bounce that says so."""
    word, text = text_of(value.get("event_type")), text_of(value.get("bounce_text")).strip()
    code = text_of(value.get("bounce_code"))
    return [
        Said(
            _GREENARROW[word],
            "greenarrow",
            recipient=text_of(value.get("email")) or None,
            text=f"{code} {text}".strip() if len(code) == 3 and not text.startswith(code) else text,
            message_id=text_of(value.get("click_tracking_id")) or None,
            event_id=own_id(value.get("id"), 1),
            time=text_of(value.get("event_time")) or None,
            category="recipient_unknown" if word == "bounce_bad_address" else None,
            permanence={"h": "permanent", "s": "temporary"}.get(text_of(value.get("bounce_type"))),
        )
    ]
