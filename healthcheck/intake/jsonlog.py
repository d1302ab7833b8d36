"""JSON objects that tell of deliveries: KumoMTA's log records, or the events that a sending service posts."""

from collections.abc import Sequence
from typing import Any

from checks.delivery.meaning import Said
from healthcheck.intake.webhook_services import webhook_events
from healthcheck.intake.webhooks import text_of

_KUMO = {
    "Reception": "queued",
    "Delivery": "delivered",
    "TransientFailure": "deferred",
    "Bounce": "bounced",
    "Expiration": "bounced",
    "AdminBounce": "bounced",
    "OOB": "bounced",
    "Rejection": "rejected",
    "Feedback": "complained",
    "Delayed": "other",
    "AdminRebind": "other",
    "Any": "other",
}
"""KumoMTA reference, "Log record": its types. An AdminBounce is the operator's own doing, and given up all the same."""


def json_events(value: dict[str, Any]) -> tuple[str, list[Said]] | None:
    """What an object says, and whose it is; None for an object of nobody that is known."""
    kind = value.get("type")
    if isinstance(kind, str) and kind in _KUMO and ("queue" in value or "peer_address" in value or "site" in value):
        return "kumomta", list(_kumo(_KUMO[kind], kind, value))
    return webhook_events(value)


def _kumo(kind: str, word: str, value: dict[str, Any]) -> Sequence[Said]:
    response = value.get("response")
    response = response if isinstance(response, dict) else {}
    peer = value.get("peer_address")
    peer = peer if isinstance(peer, dict) else {}
    code = response.get("code")
    enhanced = response.get("enhanced_code")
    status = ""
    if isinstance(enhanced, dict):
        status = ".".join(str(enhanced.get(part, 0)) for part in ("class", "subject", "detail"))
    content = text_of(response.get("content"))
    text = " ".join(part for part in (text_of(code) if code else "", status, content) if part)
    recipients = value.get("recipient")
    everyone = recipients if isinstance(recipients, list) else [recipients]
    address = text_of(peer.get("addr"))
    return [
        Said(
            kind,
            "kumomta",
            recipient=text_of(recipient) or None,
            sender=text_of(value.get("sender")),
            text=text,
            host=text_of(peer.get("name")).rstrip(".") or address or None,
            queue_id=text_of(value.get("id")) or None,
            local=address.startswith(("127.", "[::1")),
            time=text_of(value.get("event_time") or value.get("timestamp")) or None,
            category="expired" if word == "Expiration" else None,
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(everyone) > 1 else None,
        )
        for number, recipient in enumerate(everyone[:10_000], start=1)
    ]
