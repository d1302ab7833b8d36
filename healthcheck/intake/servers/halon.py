"""Halon: JSON that its post-delivery script writes of an attempt. What stands in it is the administrator's choice.

Three forms are known: the hook's own variables (`attempt`, `action` beside `message`), the flat document of its Elasticsearch
package (`transactionid`, `smtpcode`, ...), and the flat one of its Postmastery package (`result_code`, ...).
"""

from typing import Any

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, object_of, reply_in, text_of

_ACTIONS = {
    "": "delivered",
    "deliver": "delivered",
    "delivered": "delivered",
    "queue": "deferred",
    "deferred": "deferred",
    "delayed": "deferred",
    "bounce": "bounced",
    "bounced": "bounced",
    "failed": "bounced",
    "delete": "bounced",
    "removed": "other",
    "reject": "rejected",
    "defer": "rejected",
}


def is_halon(value: Object) -> bool:
    """True for one of the three forms, for a document inside an update, and for the line before it that names its index."""
    value = _document(value)
    if isinstance(value.get("attempt"), dict):
        return isinstance(value.get("message"), dict) or "recipient" in value
    if "transactionid" in value:
        return "action" in value and bool({"queueid", "recipient", "recipientdomain"} & value.keys())
    if "recipient_domain" in value and "status" in value:
        return bool({"result_code", "error_message", "ts_attempt"} & value.keys())
    if "queue" in value and "recipientdomain" in value:
        return isinstance(value["queue"], dict) and "action" in value
    return is_index_line(value)


def is_index_line(value: Object) -> bool:
    """True for a line of Elasticsearch's bulk format that only says where the next one goes."""
    return len(value) == 1 and any(
        isinstance(inner, dict) and "_index" in inner and key in ("create", "index", "update")
        for key, inner in value.items()
    )


def _document(value: Object) -> Object:
    return value["doc"] if len(value) == 1 and isinstance(value.get("doc"), dict) else value


def halon(value: Object) -> list[Said]:
    """The events of one object: at most one, an attempt is of one recipient."""
    value = _document(value)
    if is_index_line(value):
        return []
    if isinstance(value.get("attempt"), dict):
        return [_hook(value)]
    if isinstance(value.get("queue"), dict) and "queueid" not in value:
        value = {**object_of(value["queue"]), **value}
    return [_flat(value)]


def _hook(value: Object) -> Said:
    """`$arguments` and `$message` as they are."""
    attempt, message = object_of(value["attempt"]), object_of(value.get("message")) or value
    result, error = object_of(attempt.get("result")), object_of(attempt.get("error"))
    connection, identifier = object_of(attempt.get("connection")), object_of(message.get("id"))
    kind = _ACTIONS.get(text_of(value.get("action")).lower(), "other")
    if kind in ("delivered", "other") and not result and not error:
        kind = "other"
    elif kind == "delivered" and (error or text_of(result.get("code"))[:1] in ("4", "5")):
        kind = "deferred" if error.get("temporary") is True or text_of(result.get("code"))[:1] == "4" else "bounced"
    reason = _reply(result.get("code"), result.get("enhanced"), result.get("reason"))
    return Said(
        kind,
        "halon",
        recipient=_address(message, "recipient"),
        sender=_sender(message),
        text=reason or text_of(error.get("message")),
        host=text_of(connection.get("remotemx")) or text_of(connection.get("remoteip")) or None,
        source_address=text_of(connection.get("localip")) or None,
        queue_id=_queue_id(identifier.get("transaction"), identifier.get("queue")),
        local=text_of(connection.get("remoteip")).startswith("127."),
        time=text_of(value.get("time")) or text_of(message.get("ts")) or None,
        permanence="permanent" if kind == "bounced" else None,
    )


def _flat(value: Object) -> Said:
    """One document of a package for Elasticsearch or Postmastery."""

    def first(*names: str) -> Any:
        return next((value[name] for name in names if value.get(name) not in (None, "")), None)

    kind = _ACTIONS.get(text_of(first("status", "action")).lower(), "other")
    reason = _reply(
        first("smtpcode", "result_code", "errorcode"),
        first("smtpenhanced", "result_enhanced"),
        first("smtpreason", "result_reason", "error_message", "reason"),
    )
    remote = text_of(first("remoteip", "connection_remoteip"))
    transaction, queue = text_of(first("transactionid", "messageid")), text_of(first("queueid"))
    return Said(
        kind,
        "halon",
        recipient=_address(value, "recipient"),
        sender=_sender(value),
        text=reason,
        source_address=text_of(first("localip", "connection_localip", "sourceip")) or None
        if kind in ATTEMPTS
        else None,
        host=None if kind == "rejected" else text_of(first("remotemx", "connection_remotemx")) or remote or None,
        queue_id=_queue_id(transaction, queue),
        local=kind != "rejected" and remote.startswith("127."),
        time=text_of(first("@timestamp", "ts_attempt", "finishedtime", "receivedtime", "time")) or None,
        permanence="permanent" if kind == "bounced" else None,
    )


def _queue_id(transaction: object, queue: object) -> str | None:
    return ":".join(part for part in (text_of(transaction), text_of(queue)) if part) or None


def _address(value: Object, who: str) -> str | None:
    """`recipient`, or its two halves, which stand under three names."""
    if whole := text_of(value.get(who)):
        return whole
    halves = object_of(value.get(f"{who}address"))
    local = (
        text_of(halves.get("localpart"))
        or text_of(value.get(f"{who}localpart"))
        or text_of(value.get(f"{who}_localpart"))
    )
    domain = text_of(halves.get("domain")) or text_of(value.get(f"{who}domain")) or text_of(value.get(f"{who}_domain"))
    return f"{local}@{domain}" if local and domain else None


def _sender(value: Object) -> str | None:
    stated = value.get("sender")
    return stated if isinstance(stated, str) else _address(value, "sender")


def _reply(code: object, enhanced: object, reason: object) -> str:
    """A reply put together again: `reason` may be a list of lines, and may hold its codes already."""
    lines = [text_of(line) for line in reason] if isinstance(reason, list) else [text_of(reason)]
    text = reply_in(" ".join(lines).removeprefix("smtp;"))
    status = ".".join(text_of(part) for part in enhanced) if isinstance(enhanced, list) else text_of(enhanced)
    number = text_of(code)
    if number and not text.startswith(number):
        if status and not text.startswith(status):
            text = f"{status} {text}"
        text = f"{number} {text}"
    return text.strip()
