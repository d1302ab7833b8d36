"""Events of Mailjet."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, reply_in, text_of

# Mailjet: "Event API: real-time notifications".
MAILJET = {
    "sent": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "spam": "complained",
    "unsub": "unsubscribed",
    "blocked": "suppressed",
}

_MAILJET_WHY = {
    "user unknown": "recipient_unknown",
    "mailbox inactive": "recipient_disabled",
    "quota exceeded": "mailbox_full",
    "invalid domain": "recipient_domain",
    "no mail host": "recipient_domain",
    "relay/access denied": "relay_denied",
    "greylisted": "greylisted",
    "typofix": "recipient_unknown",
    "sender blocked": "reputation",
    "content blocked": "spam_content",
    "spam preblocked": "spam_content",
    "policy issue": "policy",
    "connection issue": "network",
    "protocol issue": "remote_failure",
    "protocol error": "remote_failure",
}

_MAILJET_OWN = {
    "preblocked": "suppressed",
    "duplicate in campaign": "suppressed",
    "blacklisted": "suppressed",
    "spam reporter": "suppressed",
    "spam preblocked": "rejected",
    "bad or empty template": "failed",
    "error in template language": "failed",
}
"""Why it did not try at all. Any other `blocked` is what a server said."""


def mailjet(value: Object) -> list[Said]:
    """The events of one object."""
    word, error = text_of(value.get("event")), text_of(value.get("error"))
    kind, hard = MAILJET.get(word, "other"), value.get("hard_bounce")
    if word == "blocked":
        kind = _MAILJET_OWN.get(error.lower(), "bounced")
    if word == "bounce" and hard is False:
        kind = "deferred" if error.lower() == "greylisted" else "bounced"
    return [
        Said(
            kind,
            "mailjet",
            recipient=text_of(value.get("email")) or None,
            text=reply_in(_unwrapped(text_of(value.get("smtp_reply"))), value.get("comment"), error),
            message_id=next((text for name in _MAILJET_IDS if (text := text_of(value.get(name)))), None),
            time=text_of(value.get("time")) or None,
            category=_MAILJET_WHY.get(error.lower()),
            permanence={True: "permanent", False: "temporary"}.get(hard) if isinstance(hard, bool) else None,
        )
    ]


_MAILJET_IDS = ("Message_GUID", "MessageID", "mj_message_id")


def _unwrapped(reply: str) -> str:
    """`sent (250 2.0.0 OK)` without the word around it."""
    return reply[6:-1] if reply.startswith("sent (") and reply.endswith(")") else reply


def is_mailjet(value: Object) -> bool:
    """True for an event of it."""
    return (
        text_of(value.get("event")) in MAILJET
        and "email" in value
        and bool({"MessageID", "Message_GUID", "mj_campaign_id"} & set(value))
    )
