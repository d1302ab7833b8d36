"""Events of SparkPost."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, has_code, object_of, reply_in, text_of

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
