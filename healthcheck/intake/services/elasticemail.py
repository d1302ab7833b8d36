"""Events of Elastic Email."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, text_of

# Elastic Email: "HTTP Web Notification".
ELASTIC = {
    "sent": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "error": "bounced",
    "abusereport": "complained",
    "unsubscribed": "unsubscribed",
}

_ELASTIC_WHY = {
    "spam": "spam_content",
    "blacklisted": "blocklisted",
    "nomailbox": "recipient_unknown",
    "greylisted": "greylisted",
    "throttled": "sender_rate",
    "timeout": "network",
    "connectionproblem": "network",
    "connectionterminated": "network",
    "spfproblem": "auth_failed",
    "dnsproblem": "recipient_domain",
    "contentfilter": "spam_content",
    "codeerror": "remote_failure",
}


def elastic(value: Object) -> list[Said]:
    """The events of one object."""
    kind = ELASTIC.get(text_of(value.get("status")).lower(), "other")
    category = text_of(value.get("category")).lower()
    return [
        Said(
            "suppressed" if kind == "bounced" and category in ("ignore", "manualcancel") else kind,
            "elasticemail",
            recipient=text_of(value.get("to")) or None,
            sender=text_of(value.get("from")) or None,
            text=text_of(value.get("category")),
            message_id=text_of(value.get("messageid")) or text_of(value.get("transaction")) or None,
            time=text_of(value.get("date")) or None,
            category=_ELASTIC_WHY.get(category),
        )
    ]


def is_elastic(value: Object) -> bool:
    """True for an event of it."""
    known = text_of(value.get("status")).lower() in ELASTIC
    return known and {"to", "transaction"} <= value.keys() and bool({"category", "channel", "account"} & value.keys())
