"""JSON objects that tell of deliveries: KumoMTA's log records, or the events that a sending service posts."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from checks.delivery.events import ATTEMPTS
from checks.delivery.meaning import Said
from healthcheck.intake.servers.accounting import accounted
from healthcheck.intake.servers.exchange import traced_object
from healthcheck.intake.servers.halon import halon, is_halon
from healthcheck.intake.values import NO_COMPLAINT, list_of, object_of, text_of, without_port

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
_KUMO_CLASSES = {
    "InvalidRecipient": "recipient_unknown",
    "BadDomain": "recipient_domain",
    "InactiveMailbox": "recipient_disabled",
    "QuotaIssues": "mailbox_full",
    "SpamBlock": "reputation",
    "SpamContent": "spam_content",
    "SpamRelated": "spam_content",
    "ContentRelated": "spam_content",
    "VirusRelated": "harmful_content",
    "ProhibitedAttachment": "harmful_content",
    "PolicyRelated": "policy",
    "AuthenticationFailed": "auth_failed",
    "RelayDenied": "relay_denied",
    "RelayingIssues": "relay_denied",
    "InvalidSender": "sender_invalid",
    "DNSFailure": "routing",
    "RoutingErrors": "routing",
    "NoAnswerFromHost": "network",
    "BadConnection": "network",
    "BadConfiguration": "remote_failure",
    "MessageExpired": "expired",
    "TooManyRecipients": "message_limits",
}
"""What its classifier takes a reply for, used where the reply decides nothing. Its PreDefinedBounceClass"""
_KUMO_REPLIES = {
    "AutoReply": "autoreplied",
    "ChallengeResponse": "autoreplied",
    "Subscribe": "subscribed",
    "Unsubscribe": "unsubscribed",
}
"""Mails that came back and are no bounces."""


def json_events(value: dict[str, Any]) -> tuple[str, list[Said]] | None:
    """What an object says, and whose it is; None for an object of nobody that is known."""
    kind = value.get("type")
    if isinstance(kind, str) and kind in _KUMO and bool({"queue", "peer_address", "site"} & value.keys()):
        return "kumomta", list(_kumo(_KUMO[kind], kind, value))
    if (row := accounted(value)) is not None:
        return "powermta", list(row)
    if (row := traced_object(value)) is not None:
        return "message-trace", list(row)
    if is_halon(value):
        return "halon", halon(value)
    from healthcheck.intake.services.known import webhook_events  # start-up time: a module a service

    return webhook_events(value)


MOST_RECORDS = 100_000
"""Records of one answer of a store of logs."""
_LINES = (
    *("log", "message", "MESSAGE", "msg", "short_message", "textPayload", "line", "_line", "raw"),
    *("SyslogMessage", "@message", "_raw"),
)
_PROGRAMS = (
    *("program", "PROGRAM", "programname", "appname", "app_name", "app-name", "app", "ident", "tag", "syslogtag"),
    *(
        "SYSLOG_IDENTIFIER",
        "syslog_identifier",
        "_app",
        "application_name",
        "_application_name",
        "ProcessName",
        "service",
    ),
)
_TIMES = (
    *("@timestamp", "timestamp", "time", "TIMESTAMP", "ISODATE", "DATE", "timereported", "timegenerated", "date", "ts"),
    *("__REALTIME_TIMESTAMP", "_timestamp", "_time", "TimeGenerated"),
)


def time_in(value: dict[str, Any]) -> str:
    """The time of a collector's object as it stands there; "" where there is none."""
    return next((text for name in _TIMES if (text := text_of(value.get(name)))), "")


def wrapped_records(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The records inside what a store of logs answers or exports; [] for an object of none that is known.

    Google Cloud Logging (jsonPayload), Loki (its answers, and what is pushed to it), Elasticsearch (hits), CloudWatch Logs Insights,
    Graylog, Splunk, Datadog, OpenTelemetry, Microsoft Graph.
    """
    if isinstance(payload := value.get("jsonPayload"), dict):
        return [{"timestamp": time_in(value), **payload}]
    if isinstance(source := value.get("_source"), dict):
        return [source]
    if isinstance(inner := value.get("message"), dict) and isinstance(inner.get("message"), str):
        return [inner]
    for name, sign in (("result", "_raw"), ("content", "message")):
        if isinstance(inner := value.get(name), dict) and isinstance(inner.get(sign), str):
            return [inner]
    if "@odata.context" in value:  # Microsoft Graph
        return [one for one in list_of(value.get("value")) if isinstance(one, dict)]
    if isinstance(value.get("event"), str) and "sourcetype" in value:
        return [{"_raw": value["event"], "_time": time_in(value)}]
    return list(islice(chain(_streams(value), _hits(value), _insights(value), _telemetry(value)), MOST_RECORDS))


def _streams(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    streams = value.get("streams") or object_of(value.get("data")).get("result")
    for stream in map(object_of, list_of(streams)):
        for pair in list_of(stream.get("values")):
            if isinstance(pair, list) and len(pair) >= 2 and isinstance(pair[1], str):
                yield {"line": pair[1], "timestamp": text_of(pair[0])}


def _hits(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for hit in map(object_of, list_of(object_of(value.get("hits")).get("hits"))):
        if isinstance(hit.get("_source"), dict):
            yield hit["_source"]


def _insights(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in list_of(value.get("results")):
        cells = [object_of(cell) for cell in row] if isinstance(row, list) else []
        if cells and all("field" in cell for cell in cells):
            yield {text_of(cell["field"]): cell.get("value") for cell in cells}


def _telemetry(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """OpenTelemetry's logs as JSON."""
    for resource in map(object_of, list_of(value.get("resourceLogs"))):
        for scope in map(object_of, list_of(resource.get("scopeLogs"))):
            for record in map(object_of, list_of(scope.get("logRecords"))):
                time = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
                yield {"message": object_of(record.get("body")).get("stringValue"), "time": time}


def wrapped_line(value: dict[str, Any]) -> tuple[str, str, str] | None:
    """The line that a collector put into an object, its program ("" if it is in the line), its time; None where there is none.

    Docker, Fluentd, Vector, Logstash, GELF, rsyslog, syslog-ng and Google Cloud Logging name them differently.
    """
    line = next((value[name] for name in _LINES if isinstance(value.get(name), str)), None)
    if line is None:
        return None
    time = time_in(value)
    program = next((text for name in _PROGRAMS if (text := text_of(value.get(name)))), "")
    if not time and not program and "stream" not in value:
        return None
    if not program and isinstance(process := value.get("process"), dict):  # Elastic Common Schema
        program = text_of(process.get("name"))
    if not program and isinstance(syslog := value.get("syslog"), dict):  # Elastic Common Schema, Graylog
        program = text_of(syslog.get("appname")) or text_of(syslog.get("program"))
    return line.removeprefix(" ") if program else line, program, time


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
    number = text_of(code) if code else ""
    if number and content.startswith(number):
        number = status = ""
    text = " ".join(part for part in (number, status, content) if part)
    recipients, sender = value.get("recipient"), value.get("sender")
    report = value.get("feedback_report")
    if isinstance(report, dict):
        traced = object_of(report.get("supplemental_trace")).get("recipient")
        recipients = report.get("original_rcpto_to") or report.get("original_rcpt_to") or traced or recipients
        sender = report.get("original_mail_from") or sender
        kind = "other" if text_of(report.get("feedback_type")).lower() in NO_COMPLAINT else kind
    sort = text_of(value.get("bounce_classification"))
    if word == "OOB":
        kind = _KUMO_REPLIES.get(sort, kind)
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
            category="expired" if word == "Expiration" else _KUMO_CLASSES.get(sort),
            permanence="permanent" if kind == "bounced" else None,
            source_address=left or text_of(value.get("egress_source")) or None,
            connection=text_of(value.get("session_id")) or None if kind in ATTEMPTS else None,
            part=number if len(everyone) > 1 else None,
        )
        for number, recipient in enumerate(everyone[:10_000], start=1)
    ]
