"""Mails that report: bounces (RFC 3464 and others), complaints (RFC 5965), answers of machines (RFC 3834).

A delivery status notification has a part message/delivery-status with a group of fields for each recipient. What has none is
read from its words, in `bounce_words`. Any bytes give a list of findings, or a sentence why there are none.
"""

import email
import json
import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from typing import NamedTuple

from checks.delivery.events import address
from checks.delivery.meaning import Said
from healthcheck.intake import bounce_words
from healthcheck.intake.jsonlog import json_events

LARGEST_MAIL = 4 * 1024 * 1024
"""Bytes of one mail that are read; the returned message, which comes last, may be longer."""
MOST_PARTS = 200
MOST_RECIPIENTS = 1000
LONGEST_TEXT = 64 * 1024

_ACTIONS = {
    "failed": "bounced",
    "failure": "bounced",
    "fail": "bounced",
    "delayed": "deferred",
    "deferred": "deferred",
    "delay": "deferred",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "other",
    "deliverable": "other",
}
_FIELD = re.compile(r"^[ \t>]{0,4}([A-Za-z][A-Za-z-]{2,40}):[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_GROUP = frozenset(
    {"final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code", "x-actual-recipient"}
)
_ARF_FIELDS = frozenset(
    {"feedback-type", "original-rcpt-to", "original-mail-from", "removal-recipient", "arrival-date", "received-date"}
)


class Parts(NamedTuple):
    """What a mail holds for us: its words, its status, its feedback report, the message that came back."""

    words: str
    status: str
    feedback: str
    returned: str


def read_mail(raw: bytes) -> tuple[list[Said], str]:
    """The events of one mail; where there are none, why."""
    try:
        mail = email.message_from_bytes(raw[:LARGEST_MAIL])
        parts = _parts(mail)
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError, IndexError, KeyError) as fault:
        return [], f"a mail that cannot be read: {type(fault).__name__}"
    returned = dict(_fields(parts.returned))
    if parts.feedback:
        return [_complaint(mail, parts, returned)], ""
    sender = returned.get("return-path") or returned.get("from") or _header(mail, "To")
    date, message_id = _header(mail, "Date"), returned.get("message-id")
    events = _notified(parts, sender) or _posted(parts.words)
    if not events:
        events = bounce_words.read_words(_headers(mail), parts.words, parts.returned)
    if not events and bounce_words.is_machine_answer(_headers(mail)):
        events = [Said("autoreplied", "autoreply", recipient=_first_address(_header(mail, "From")))]
        message_id = _header(mail, "In-Reply-To")
    for number, said in enumerate(events, start=1):
        said.time = said.time or date or None
        said.message_id = said.message_id or (message_id.split()[0] if message_id and message_id.split() else None)
        said.sender = said.sender if said.sender is not None else (_first_address(sender) if sender else None)
        said.part = number if len(events) > 1 else None
    return events, "" if events else "not a report"


def _headers(mail: Message) -> dict[str, str]:
    return {name.lower(): _decoded(str(value)) for name, value in list(mail.items())[:200]}


def _decoded(text: str) -> str:
    """A header with its encoded words read. RFC 2047"""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text[:2000])))
    except (ValueError, LookupError, HeaderParseError):
        return text


def _header(mail: Message, name: str) -> str:
    value = mail.get(name)
    return "" if value is None else str(value)


def _first_address(text: str) -> str | None:
    pairs = getaddresses([text[:2000]])
    return address(next((found for _, found in pairs if "@" in found), text.strip() or None))


def _parts(mail: Message) -> Parts:
    words, status, feedback, returned = "", "", "", ""
    for count, part in enumerate(mail.walk()):
        if count >= MOST_PARTS:
            break
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            status = status or _below(part)
        elif kind == "message/feedback-report":
            feedback = feedback or _below(part)
        elif kind in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/rfc822-headers",
            "message/global-headers",
        ):
            returned = returned or _below(part)
        elif kind in ("text/plain", "text/html") and not returned and len(words) < LONGEST_TEXT:
            text = _text(part)
            words += (
                bounce_words.without_markup(text)
                if kind == "text/html" and not words
                else text
                if kind == "text/plain"
                else ""
            ) + "\n"
    return Parts(words[:LONGEST_TEXT], status, feedback, returned)


def _below(part: Message) -> str:
    """The text of a part that the parser has taken apart, or left as it is."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(
            one.as_string()[:LONGEST_TEXT] if part.get_content_type() != "message/rfc822" else _head(one)
            for one in payload[:MOST_RECIPIENTS]
            if isinstance(one, Message)
        )
    return _text(part)


def _head(message: Message) -> str:
    return "\n".join(f"{name}: {value}" for name, value in list(message.items())[:200])


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        text = payload[: 4 * LONGEST_TEXT].decode(charset, "replace")
    except (LookupError, ValueError):
        text = payload[: 4 * LONGEST_TEXT].decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]


def _fields(text: str) -> list[tuple[str, str]]:
    return [(name.lower(), " ".join(value.split())) for name, value in _FIELD.findall(text)]


def _groups(text: str) -> list[dict[str, str]]:
    """The fields of each recipient. A group begins where a field comes again that it has, or behind an empty line."""
    groups: list[dict[str, str]] = []
    for block in re.split(r"\n[ \t]*\n", text):
        group: dict[str, str] = {}
        for name, value in _fields(block):
            if name in group and name in ("final-recipient", "action"):
                groups.append(group)
                group = {}
            group.setdefault(name, value)
        groups.append(group)
    return [
        group for group in groups if _GROUP & set(group) and ({"action", "status", "final-recipient"} & set(group))
    ][:MOST_RECIPIENTS]


def _notified(parts: Parts, sender: str) -> list[Said]:
    """The recipients of a delivery status notification, also where its fields stand in plain text. RFC 3464 section 2.3"""
    text = parts.status or (parts.words if "final-recipient:" in parts.words.lower() else "")
    events = []
    for group in _groups(text):
        recipient = group.get("final-recipient") or group.get("original-recipient") or group.get("x-actual-recipient")
        kind = _ACTIONS.get(group.get("action", "failed").split(" ")[0].lower().rstrip(";"), "bounced")
        if recipient is None and "action" not in group:
            continue
        recipient = _usable(recipient, group)
        text = group.get("diagnostic-code", "")
        text = re.sub(r"^[A-Za-z][\w.-]{0,40}\s?;\s?", "", text)
        if not re.search(r"[245]\d\d|[A-Za-z]{3}", text) or text.lower() in ("n/a", "none"):
            text = bounce_words.reason_in(parts.words, address(recipient))
        host = group.get("remote-mta", "").rpartition(";")[2].strip().split(" ")[0]
        events.append(
            Said(
                kind,
                "dsn",
                recipient=recipient,
                text=text,
                status=group.get("status"),
                host=host.strip("[]") or None,
                sender=_first_address(sender) if sender and sender != "<>" else ("" if sender == "<>" else None),
                time=group.get("last-attempt-date"),
                permanence="permanent" if kind == "bounced" else None,
            )
        )
    return events


def _posted(words: str) -> list[Said]:
    """The events in a mail that carries a service's JSON, as SNS sends it to an address."""
    at = words.find('{"notificationType"')
    if at < 0:
        return []
    try:
        value, _ = json.JSONDecoder().raw_decode(words, at)
    except (ValueError, RecursionError):
        return []
    found = json_events(value) if isinstance(value, dict) else None
    return found[1] if found else []


def _usable(recipient: str | None, group: dict[str, str]) -> str | None:
    """The final recipient, or the original one where the final one is no address (a number, a mailbox's inner name)."""
    known = [recipient, group.get("original-recipient"), group.get("x-actual-recipient")]
    return next((one for one in known if one and "@" in (address(one) or "")), recipient)


def _complaint(mail: Message, parts: Parts, returned: dict[str, str]) -> Said:
    """A report of abuse. RFC 5965 section 3; many providers take the recipient out of it."""
    fields: dict[str, str] = {}
    for name, value in _fields(parts.feedback):
        if name in _ARF_FIELDS:
            fields.setdefault(name, value)
    recipient = fields.get("original-rcpt-to") or fields.get("removal-recipient")
    to = returned.get("to")
    kind = fields.get("feedback-type", "abuse").lower()
    stated = fields.get("original-mail-from") or returned.get("return-path") or returned.get("from")
    return Said(
        "unsubscribed"
        if kind in ("opt-out", "opt-out-list")
        else "other"
        if kind in ("not-spam", "auth-failure", "dmarc")
        else "complained",
        "arf",
        recipient=_first_address(recipient) if recipient else _first_address(to) if to else None,
        sender=_first_address(stated) if stated else None,
        text="",
        message_id=returned.get("message-id"),
        time=fields.get("received-date") or fields.get("arrival-date") or _header(mail, "Date") or None,
    )
