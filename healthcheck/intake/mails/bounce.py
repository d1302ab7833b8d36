"""Mails that report: what a mail says of other mail, read once for `explain`, `errors` and the diagnosis.

A bounce is a delivery status notification (RFC 3464), or one of the many in words only; a complaint is a feedback report
(RFC 5965); the answer of a machine (RFC 3834) says that the mail arrived. All come to the same: who, what was said, what
it makes of the mail, and the header of the message that came back, which tells the stream that it was sent in.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

import msgspec

from checks.delivery.events import address
from checks.message.headers import addresses, read_header
from checks.model import Origin, Stream
from checks.names import Address
from checks.replies.bounced import Returned
from healthcheck.intake.mails import arf, bounce_words, dsn
from healthcheck.intake.mails.mime import LARGEST_MAIL, LONGEST_TEXT, Mail, Part, read_mime

MOST_RECIPIENTS = dsn.MOST_RECIPIENTS
LONGEST_HEADER = 256 * 1024
"""Bytes of the returned message's header that are kept."""
LONGEST_STATUS = 512 * 1024
"""Characters of the delivery status: some thousand recipients."""

_START = re.compile(rb"(?:>?From \S|[A-Za-z][A-Za-z0-9-]{0,60}[ \t]?:)")
_TELLING = re.compile(
    rb"(?im)^(?:from|subject|date|received|content-type|return-path|message-id|mime-version|to|delivered-to|"
    rb"x-original-to|x-failed-recipients|auto-submitted):"
)
_MESSAGES = (
    "message/rfc822",
    "message/global",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-headers",
)
_UNSUBSCRIBE = re.compile(r"\W{0,3}(?:unsubscribe|opt-?out)\W{0,3}", re.IGNORECASE)
"""What a mail program sends for `List-Unsubscribe: <mailto:...?subject=unsubscribe>`. RFC 2369 section 3.2"""
_HEADER = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")


class Mailing(NamedTuple):
    """The words, the machine-readable parts, and the message that came back, of one mail."""

    words: str
    status: str
    feedback: str
    returned: bytes


class Bounce(msgspec.Struct, frozen=True):
    """What a mail reports.

    `form`: dsn, bounce (in words only), arf, autoreply, receipt (RFC 8098), request (to be
    unsubscribed), posted (a service's JSON), or "" for a mail
    that reports nothing. `told`: one entry a recipient. `returned`: the header of the message that came back, b"" where
    there is none. `sender` is the envelope sender of that message, "" for `<>`, None where nothing tells it. `date`,
    `message_id` (of the failed message) as they are written. `source`: the address that it came from, where the report
    states it. `words`: what is told to people.
    """

    form: str
    told: tuple[Returned, ...] = ()
    returned: bytes = b""
    sender: str | None = None
    date: str | None = None
    message_id: str | None = None
    source: Address | None = None
    words: str = ""


class ReturnedMessage(msgspec.Struct, frozen=True):
    """The message that a report is about: its Author Domain (None where it names none or several) and its stream.

    `claimed` is an address that it seems to have come from, and that only one line of its header names.
    """

    author: str | None
    stream: Stream
    claimed: Address | None = None


def is_mail(data: bytes) -> bool:
    """True for something that begins with the headers of a mail."""
    start = data[:64_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _START.match(start) is None:
        return False
    head = re.split(rb"\r?\n[ \t]*\r?\n", start, maxsplit=1)[0]
    return len({name.lower() for name in _TELLING.findall(head)}) >= 2


@lru_cache(maxsize=1)  # the diagnosis asks for the events of a mail and for its stream, one after the other
def read_bounce(data: bytes) -> Bounce:
    """What a mail reports. Any bytes give a Bounce; a report that somebody forwarded as an attachment is read, too."""
    mail = read_mime(data)
    found = _read(mail)
    if found.form in ("", "autoreply") or (found.form == "bounce" and not _names_somebody(found)):
        attached = [part for part in mail.parts if part.kind in ("message/rfc822", "message/global")]
        for part in attached[:3]:
            inner = _read(read_mime(part.content if part.encoding == "base64" else part.body))
            if inner.form == "dsn" or (inner.form in ("bounce", "arf") and found.form != "autoreply"):
                return inner
    return found


def _names_somebody(found: Bounce) -> bool:
    """False where the recipients were only concluded from the copy: a report of a report names them inside."""
    words = found.words.lower()
    return any(one.recipient and one.recipient.lower() in words for one in found.told)


def returned_message(mail: Bounce) -> ReturnedMessage | None:
    """Who sent the message that came back, and in which stream; None where the report returns no header.

    Nothing tells whose server wrote the Received lines, the sender's own or the recipient's. So an address counts only
    where the report states it (ARF), or the header says it twice; and a message without a signature may have been signed
    on its way out.
    """
    if not mail.returned:
        return None
    header = read_header(mail.returned)
    signatures = header.signatures or (() if header.address is not None else None)
    author = header.authors[0] if len(header.authors) == 1 else None
    path = header.return_path
    if path is None and author is not None and mail.sender is not None:
        path = "" if not mail.sender else _domain(mail.sender)
    told = mail.source or header.address
    helo = header.helo if told == header.address else None
    stream = Stream(Origin.MESSAGE, path, signatures, helo, (told,) if told is not None else ())
    if author is None and stream == Stream(Origin.MESSAGE):
        return None
    return ReturnedMessage(author, stream, None if told is not None else header.claimed)


def returned_stream(mail: Bounce) -> Stream | None:
    """The stream of the message that came back; None where the report returns no header."""
    found = returned_message(mail)
    return found.stream if found is not None else None


def _domain(sender: str) -> str | None:
    return read_header(f"Return-Path: <{sender}>\n".encode("utf-8", "replace")).return_path


def _read(mail: Mail) -> Bounce:
    parts = _mailing(mail)
    told = bounce_words.parted(parts.words)
    copy = parts.returned or told.copy.encode("utf-8", "replace")[:LONGEST_HEADER]
    returned = _fields(copy)
    if parts.feedback or (returned and arf.is_complaint_of_microsoft(mail)):
        return _complaint(mail, parts, copy, returned)
    form, sender = "", ""
    found: tuple[Returned, ...] = ()
    if parts.status or dsn.looks_like_status(parts.words):
        notified = dsn.read_status(parts.status or parts.words)
        form, found, sender = "dsn", notified.recipients, notified.sender
        failed = bounce_words.found_in(mail.get("x-failed-recipients"))
        others = frozenset(one.recipient for one in found if one.recipient)
        if len(found) == 1 and not others:  # a status that names nobody: the words or the copy may
            named = bounce_words.read_words(mail, told, _listed(returned))
            if len(named) == 1:
                found = (msgspec.structs.replace(found[0], recipient=named[0].recipient),)
        found = tuple(_completed(one, told.words, others, failed) for one in found)
    if not found and '{"notificationType"' in parts.words:
        return _about(mail, Bounce("posted", words=parts.words), copy, returned, "")
    if not found and bounce_words.is_bounce(mail, told.words, bool(copy)):
        form, found = "bounce", bounce_words.read_words(mail, told, _listed(returned))
    if not found and _UNSUBSCRIBE.fullmatch(mail.get("subject")):
        form, found = "request", (Returned(_first(mail.get("from")), mail.get("subject")[:500], kind="unsubscribed"),)
    if not found and any(part.kind == "message/disposition-notification" for part in mail.parts):
        form, found = "receipt", (Returned(_first(mail.get("from")), mail.get("subject")[:500], kind="other"),)
    if not found and bounce_words.is_automatic_answer(mail, told.words):
        answered = Bounce(
            "autoreply",
            (Returned(_first(mail.get("from")), mail.get("subject")[:500], kind="autoreplied"),),
            words=told.words,
        )
        return msgspec.structs.replace(
            answered,
            sender=_first(mail.get("to")),
            date=mail.get("date") or None,
            message_id=_identifier(mail.get("in-reply-to")),
        )
    return _about(mail, Bounce(form if found else "", found, words=told.words), copy, returned, sender)


def _about(mail: Mail, found: Bounce, copy: bytes, returned: dict[str, str], sender: str) -> Bounce:
    """The report with what is known of the message that it is about."""
    path = returned.get("return-path", "").strip()
    # A report goes to the envelope sender of the message. RFC 3464 section 2, RFC 5321 section 4.5.5
    stated = sender or path or mail.get("to") or returned.get("from", "")
    return msgspec.structs.replace(
        found,
        returned=copy,
        sender="" if stated.strip() == "<>" else _first(stated),
        date=mail.get("date") or None,
        message_id=_identifier(returned.get("message-id", "")),
    )


def _complaint(mail: Mail, parts: Mailing, copy: bytes, returned: dict[str, str]) -> Bounce:
    stated = arf.sender_in(parts.feedback) or returned.get("return-path") or returned.get("from") or ""
    return Bounce(
        "arf",
        arf.read_feedback(parts.feedback, returned),
        copy,
        "" if stated.strip() == "<>" else _first(stated),
        mail.get("date") or None,
        _identifier(returned.get("message-id", "")),
        arf.source_in(parts.feedback),
        bounce_words.parted(parts.words).words,
    )


def _completed(one: Returned, words: str, others: Collection[str], failed: list[str]) -> Returned:
    """An entry with what the words say of it, where its own fields say nothing."""
    if one.recipient and failed and (one.recipient.startswith(("|", "/")) or " " in one.recipient):
        # The mailbox is a program or a file; the header names the address.
        one = msgspec.structs.replace(one, recipient=address(failed[0]))
    if one.kind not in ("bounced", "deferred"):
        return one
    said = one.said
    if not said:
        said = bounce_words.reason_in(words, one.recipient, others)
    return msgspec.structs.replace(one, said=said, around=bounce_words.around(words, one.recipient, others))


def _identifier(text: str) -> str | None:
    words = text.split()
    return words[0][:1000] if words else None


def _first(text: str) -> str | None:
    """The first address in a header field, or its text where it has none."""
    found = addresses(text) or tuple(bounce_words.found_in(text)[:1])
    return address(found[0] if found else text.strip() or None)


def _fields(header: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in read_mime(header).fields if header else ():
        fields.setdefault(name, value)
    return fields


def _listed(fields: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in fields.items())


def _mailing(mail: Mail) -> Mailing:
    """What a mail holds for us. Of the words only those in front of the message that came back."""
    plain, page, status, feedback, returned = "", "", "", "", b""
    for part in mail.parts:
        if part.kind in dsn.KINDS:
            status += f"{part.read(LONGEST_STATUS)}\n\n" if len(status) < LONGEST_STATUS else ""
        elif part.kind == "message/feedback-report":
            feedback = feedback or part.text
        elif part.kind in _MESSAGES:
            returned = returned or _head(part)
        elif part.kind == "text/html" and not page and not returned:
            page = part.text
        elif part.kind.startswith("text/") and not returned and len(plain) < LONGEST_TEXT:
            plain += part.text + "\n"
        elif (
            not status and part.kind.startswith(("message/", "application/octet")) and dsn.looks_like_status(part.text)
        ):
            status = part.text
    words = plain if len(plain.strip()) > 20 or not page else f"{plain}\n{bounce_words.without_markup(page)}"
    return Mailing(words[:LONGEST_TEXT], status, feedback, returned)


def _head(part: Part) -> bytes:
    """The header of a message that is attached, with plain line ends."""
    content = (part.content if part.encoding in ("base64", "quoted-printable") else part.body[:LONGEST_HEADER]).lstrip(
        b"\r\n"
    )
    head = re.split(rb"\r?\n[ \t]*\r?\n", content, maxsplit=1)[0][:LONGEST_HEADER].replace(b"\r\n", b"\n")
    return head + b"\n" if _HEADER.match(head) or head.startswith((b"From ", b">From ")) else b""


__all__ = [
    "LARGEST_MAIL",
    "Bounce",
    "ReturnedMessage",
    "is_mail",
    "read_bounce",
    "returned_message",
    "returned_stream",
]
