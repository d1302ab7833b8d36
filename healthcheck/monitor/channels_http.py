"""Channels that speak HTTP: what each receiver wants to be told, and what its answer means.

webhook       JSON of ours (schema healthcheck.alert/1), signed as Standard Webhooks does, whose libraries verify it
slack         {"text": ...}: Slack, Mattermost, Rocket.Chat and others that take the same
alertmanager  POST /api/v2/alerts: its labels identify an alert, and it forgets what has no end in the future
pagerduty     Events API v2: trigger and resolve, one incident for each dedup key

What strangers wrote (records, replies) stands in most alerts: each form keeps it from becoming markup or a mention there.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from checks.bad_input import BadInput
from healthcheck.config.model import AlertTable
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.monitor.channels import Fate, Reveal, Told, Untold, block, line, words_of
from healthcheck.monitor.times import after, as_text
from healthcheck.net.http import NoReply, Reply, post

SCHEMA = "healthcheck.alert/1"
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
STANDS_FOR = 7 * 86_400
"""Seconds that an alert stands at the Alertmanager if nothing more is heard of it; every pass says it again."""
LONGEST_WAIT = 3600.0
"""Seconds that a receiver may make us wait (Retry-After)."""
_TEXT_LIMIT = 3000
_WHSEC = "whsec_"


class BadChannel(BadInput):
    """A channel that lacks something; the message is one sentence."""


def send(table: AlertTable, reveal: Reveal, alert: Alert, before: Alert | None) -> Fate:
    """Send an alert by one of the four forms."""
    key = reveal(table.key)
    match table.kind:
        case "webhook":
            url, body = _needed(reveal(table.url), "url"), webhook_body(alert)
            now = int(datetime.now(UTC).timestamp())
            headers = signed(alert.event_key, now, body, key) if key else {"webhook-id": alert.event_key}
            headers["Idempotency-Key"] = alert.event_key
        case "slack":
            url, body, headers = _needed(reveal(table.url), "url"), slack_body(alert), {}
        case "alertmanager":
            url, body, headers = _alerts_of(_needed(reveal(table.url), "url")), alertmanager_body(alert, before), {}
        case _:
            url, headers = reveal(table.url) or PAGERDUTY, {}
            body = pagerduty_body(alert, _needed(key, "key"))
    reply = post(url, body, {"Content-Type": "application/json", **headers})
    return fate_of(reply, as_text(datetime.now(UTC)), url, key)


def refresh(table: AlertTable, reveal: Reveal, standing: Sequence[Alert]) -> Fate:
    """Tell an Alertmanager again what still stands: it keeps alerts in memory only, and drops them at their endsAt."""
    now = as_text(datetime.now(UTC))
    url = _alerts_of(_needed(reveal(table.url), "url"))
    body = msgspec.json.encode([_labelled(alert, after(now, STANDS_FOR)) for alert in standing])
    return fate_of(post(url, body, {"Content-Type": "application/json"}), now, url)


def _needed(value: str, key: str) -> str:
    if not value:
        raise BadChannel(f"{key} is not set")
    return value


def fate_of(reply: Reply | NoReply, now: str, *secrets: str) -> Fate:
    """What an answer means. 4xx is final, since the same request would meet the same answer, except 408 and 429."""
    if isinstance(reply, NoReply):
        return Untold(reply.why, ours=reply.ours)
    said = words_of(reply.body, *secrets)
    told = f"answered {reply.status}" + (f" {said}" if said else "")
    if 200 <= reply.status < 300:
        return Told(told)
    if 300 <= reply.status < 400:
        return Untold(
            f"answered {reply.status}, a redirection, which is not followed: give the address it leads to", again=False
        )
    again = reply.status in (408, 429) or reply.status >= 500
    return Untold(told, again, _wait(reply.retry_after, now) if again else None)


def _wait(text: str, now: str) -> float | None:
    """Seconds of a Retry-After field, at most LONGEST_WAIT; None for what is none. RFC 9110 section 10.2.3."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), LONGEST_WAIT))
    from email.utils import parsedate_to_datetime  # start-up time: for the few that give a date

    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    seconds = (until - datetime.fromisoformat(now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def webhook_body(alert: Alert) -> bytes:
    """JSON of ours. Fields are added, never renamed."""
    return msgspec.json.encode({"schema": SCHEMA, "id": alert.event_key, **msgspec.to_builtins(alert)})


def signed(event: str, now: int, body: bytes, key: str) -> dict[str, str]:
    """The headers that prove who sent it and when: HMAC-SHA256 of `id.timestamp.body` (Standard Webhooks 1.0).

    A key that begins with whsec_ is base64, as in its libraries; any other is taken as it is.
    """
    proof = hmac.new(_octets(key), f"{event}.{now}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": event, "webhook-timestamp": str(now), "webhook-signature": f"v1,{b64encode(proof).decode()}"}


def _octets(key: str) -> bytes:
    if not key.startswith(_WHSEC):
        return key.encode()
    try:
        return b64decode(key.removeprefix(_WHSEC), validate=True)
    except ValueError:
        raise BadChannel("key begins with whsec_ and is not base64 after it") from None


def slack_body(alert: Alert) -> bytes:
    """A text whose words of strangers stand in code, where nothing is a link, a mention or a format."""
    over = "over" if alert.over else alert.severity
    title = _code(line(alert.title))
    more = "\n\n".join(
        part for part in (block(alert.text, 1500), block(alert.remedy, 1000)) if part and part != alert.title
    )
    text = f"healthcheck: *{alert.kind.value}* ({over})\n`{title}`"
    if more:
        text += f"\n```\n{_code(more)[:_TEXT_LIMIT]}\n```"
    if alert.since:
        text += f"\nsince {line(alert.since, 40)}"
    return msgspec.json.encode({"text": text, "unfurl_links": False, "unfurl_media": False})


def _code(text: str) -> str:
    """Text that stays inside code: no backtick, and none of Slack's three characters, which count in code as well."""
    return text.replace("`", "'").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _alerts_of(url: str) -> str:
    """Where alerts are posted, of an Alertmanager's address."""
    return url if url.rstrip("/").endswith("/api/v2/alerts") else f"{url.rstrip('/')}/api/v2/alerts"


def alertmanager_body(alert: Alert, before: Alert | None) -> bytes:
    """One alert, or two: what stood under other labels is ended first, since labels are what an alert is known by."""
    if alert.over:
        ended = before if before is not None and not before.over else alert
        return msgspec.json.encode([_labelled(ended, alert.at)])
    told = []
    if before is not None and not before.over and _labels(before) != _labels(alert):
        told.append(_labelled(before, alert.at))
    # A test opens nothing that has to be ended.
    stands = 300 if alert.kind is Kind.TEST else STANDS_FOR
    return msgspec.json.encode([*told, _labelled(alert, after(alert.at, stands))])


def _labelled(alert: Alert, ends: str) -> dict[str, object]:
    notes = {
        "summary": line(alert.title), "description": block(alert.text, _TEXT_LIMIT), "remedy": block(alert.remedy, _TEXT_LIMIT),
        "domains": line(", ".join(alert.domains), 2000),
    }  # fmt: skip
    since = min(alert.since, ends) or alert.at  # one that ends before it starts is refused
    return {
        "labels": _labels(alert), "annotations": {name: text for name, text in notes.items() if text},
        "startsAt": since, "endsAt": ends,
    }  # fmt: skip


def _labels(alert: Alert) -> dict[str, str]:
    found = {
        "alertname": "HealthcheckTest" if alert.kind is Kind.TEST else "Healthcheck",
        "dedup_key": alert.dedup_key,
        "severity": alert.severity,
        "domain": alert.domains[0] if len(alert.domains) == 1 == alert.count else "",
        "check": alert.checks[0] if len(alert.checks) == 1 else "",
        "culprit": alert.culprit,
    }
    return {name: line(text, 250) for name, text in found.items() if text}


def pagerduty_body(alert: Alert, key: str) -> bytes:
    """An event of the Events API v2. A summary has at most 1,024 characters, a dedup key 255; ours has 64."""
    event: dict[str, object] = {"routing_key": key, "dedup_key": alert.dedup_key, "client": "healthcheck"}
    if alert.over:
        return msgspec.json.encode({**event, "event_action": "resolve"})
    source = alert.culprit or (alert.domains[0] if len(alert.domains) == 1 else "healthcheck")
    payload = {
        "summary": line(alert.title, 1000), "source": line(source, 250), "severity": alert.severity,
        "timestamp": alert.at, "component": line(", ".join(alert.checks), 250), "class": alert.kind.value,
        "custom_details": {
            "text": block(alert.text, _TEXT_LIMIT), "remedy": block(alert.remedy, _TEXT_LIMIT), "since": alert.since,
            "domains": list(alert.domains), "count": alert.count, "checks": list(alert.checks),
        },
    }  # fmt: skip
    return msgspec.json.encode({**event, "event_action": "trigger", "payload": payload})
