"""JSON objects that tell of deliveries: KumoMTA's log records, or the events that a sending service posts."""

from collections.abc import Sequence
from typing import Any

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.accounting import accounted
from healthcheck.intake.halon import halon, is_halon
from healthcheck.intake.webhook_services import webhook_events
from healthcheck.intake.webhooks import object_of, text_of, without_port

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
    "Delay": "other",
    "Delayed": "other",
    "XferIn": "other",
    "XferOut": "other",
    "DeferredInjectionRebind": "other",
    "AdminRebind": "other",
    "Any": "other",
}
"""KumoMTA reference, "Log record": its types. An AdminBounce is the operator's own doing, and given up all the same."""


def json_events(value: dict[str, Any]) -> tuple[str, list[Said]] | None:
    """What an object says, and whose it is; None for an object of nobody that is known."""
    kind = value.get("type")
    if isinstance(kind, str) and kind in _KUMO and ("queue" in value or "peer_address" in value or "site" in value):
        return "kumomta", list(_kumo(_KUMO[kind], kind, value))
    if (row := accounted(value)) is not None:
        return "powermta", list(row)
    if is_halon(value):
        return "halon", halon(value)
    return webhook_events(value)


_LINES = ("log", "message", "MESSAGE", "msg", "short_message", "textPayload", "line", "_line", "raw")
_PROGRAMS = (
    *("program", "PROGRAM", "programname", "appname", "app_name", "app-name", "app", "ident", "tag", "syslogtag"),
    *("SYSLOG_IDENTIFIER", "syslog_identifier", "_app", "application_name", "service"),
)
_TIMES = (
    *("@timestamp", "timestamp", "time", "TIMESTAMP", "ISODATE", "DATE", "timereported", "timegenerated", "date", "ts"),
    *("__REALTIME_TIMESTAMP", "_timestamp"),
)


def wrapped_line(value: dict[str, Any]) -> tuple[str, str, str] | None:
    """The line that a collector put into an object, its program ("" if it is in the line), its time; None where there is none.

    Docker, Fluentd, Vector, Logstash, GELF, rsyslog, syslog-ng and Google Cloud Logging name them differently.
    """
    line = next((value[name] for name in _LINES if isinstance(value.get(name), str)), None)
    if line is None:
        return None
    time = next((text for name in _TIMES if (text := text_of(value.get(name)))), "")
    program = next((text for name in _PROGRAMS if (text := text_of(value.get(name)))), "")
    if not time and not program and "stream" not in value:
        return None
    if not program and isinstance(process := value.get("process"), dict):  # Elastic Common Schema
        program = text_of(process.get("name"))
    if not program and isinstance(syslog := value.get("syslog"), dict):  # Elastic Common Schema, Graylog
        program = text_of(syslog.get("appname")) or text_of(syslog.get("program"))
    return line, program, time


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
    if status and content.startswith(status):  # of a report that was sent back it is still in the words
        status = ""
    text = " ".join(part for part in (text_of(code) if code else "", status, content) if part)
    recipients, sender = value.get("recipient"), value.get("sender")
    report = value.get("feedback_report")
    if isinstance(report, dict):
        recipients = report.get("original_rcpto_to") or report.get("original_rcpt_to") or recipients
        sender = report.get("original_mail_from") or sender
        kind = "other" if text_of(report.get("feedback_type")).lower() in ("not-spam", "auth-failure") else kind
    everyone = recipients if isinstance(recipients, list) else [recipients]
    # The peer of what came in is who sent it, and spoke no reply.
    peer = peer if kind not in ("queued", "rejected") else {}
    address = text_of(peer.get("addr"))
    left = without_port(text_of(object_of(value.get("source_address")).get("address")))
    return [
        Said(
            kind,
            "kumomta",
            recipient=text_of(recipient) or None,
            sender=sender if isinstance(sender, str) else None,
            text=text,
            host=text_of(peer.get("name")).rstrip(".") or address or None,
            queue_id=text_of(value.get("id")) or None,
            local=address.startswith(("127.", "[::1")),
            time=text_of(value.get("event_time") or value.get("timestamp")) or None,
            category="expired" if word == "Expiration" else None,
            permanence="permanent" if kind == "bounced" else None,
            source_address=left or text_of(value.get("egress_source")) or None,
            connection=text_of(value.get("session_id")) or None if kind in ATTEMPTS else None,
            part=number if len(everyone) > 1 else None,
        )
        for number, recipient in enumerate(everyone[:10_000], start=1)
    ]
