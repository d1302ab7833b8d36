"""Events of Netcore (Pepipost)."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, hard_or_soft, reply_in, text_of

# Netcore Email API, formerly Pepipost: "Webhooks".
_NETCORE = {
    "processed": "queued",
    "sent": "delivered",
    "delivered": "delivered",
    "bounced": "bounced",
    "dropped": "suppressed",
    "spam": "complained",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "invalid": "bounced",
}


def netcore(value: Object) -> list[Said]:
    """The events of one object."""
    word, sort = text_of(value.get("EVENT")).lower(), text_of(value.get("BOUNCE_TYPE"))
    return [
        Said(
            _NETCORE.get(word, "other"),
            "netcore",
            recipient=text_of(value.get("EMAIL")) or None,
            sender=text_of(value.get("FROMADDRESS")) or None,
            text=reply_in(value.get("BOUNCE_REASON"), value.get("RESPONSE")),
            message_id=text_of(value.get("TRANSID")) or None,
            time=text_of(value.get("TIMESTAMP")) or None,
            category="recipient_unknown" if word == "invalid" else None,
            permanence=hard_or_soft(sort),
        )
    ]
