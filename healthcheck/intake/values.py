"""What the forms of the sending services' events share: reading values out of JSON that may hold anything."""

import re
from typing import Any

import msgspec

Object = dict[str, Any]

MOST_RECIPIENTS = 10_000
NO_COMPLAINT = ("not-spam", "auth-failure")
"""Feedback reports that complain about nothing: RFC 6430, RFC 6591."""

_SMTP = re.compile(r"[245]\d\d[ -]|[245]\.\d{1,3}\.\d{1,3}")


def text_of(value: object) -> str:
    """A value as text: numbers as they are, "" for anything that is no word."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def object_of(value: object) -> Object:
    """A value as an object, {} for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A value as a list, bounded; what is none is a list of one, nothing is []."""
    if isinstance(value, list):
        return value[:MOST_RECIPIENTS]
    return [] if value is None else [value]


def unwrapped_json(value: object) -> object:
    """JSON inside a string, as SNS and Mandrill send it."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def reply_in(*candidates: object) -> str:
    """The first text that holds a code, else the first text at all."""
    texts = [text for candidate in candidates if (text := text_of(candidate).strip())]
    return next((text for text in texts if _SMTP.search(text)), texts[0] if texts else "")


def coded(code: object, enhanced: object, words: object) -> str:
    """A reply put together again of its parts; what the words hold already stands once."""
    number, status, text = text_of(code), text_of(enhanced), text_of(words).strip()
    if text.startswith(number or "\0"):
        return text
    return " ".join(part for part in (number, status if status not in text else "", text) if part)


def hard_or_soft(word: object) -> str | None:
    """How lasting a bounce is by a service's own word, `hard_bounce`, `SOFT`, `soft-bounced`; None where it says neither."""
    text = text_of(word).lower()
    return "permanent" if text.startswith("hard") else "temporary" if text.startswith("soft") else None


def has_code(text: str) -> bool:
    """True for a text that holds the code of a reply: it says better than a service's own word how lasting that is."""
    return _SMTP.search(text) is not None


def without_port(text: str) -> str:
    """An address without the port behind it: `192.0.2.3:25`, `[2001:db8::9]:25`; one without a port as it is."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    address, colon, port = text.rpartition(":")
    return address if colon and ":" not in address and port.isdigit() else text


def own_id(identifier: object, number: int) -> str | None:
    """The identifier of one recipient's part of an event."""
    return f"{text}/{number}" if (text := text_of(identifier)) else None


def bracketed_id(value: object) -> str | None:
    """A message-id as mails write it."""
    text = text_of(value).strip()
    return f"<{text}>" if text and not text.startswith("<") else text or None
