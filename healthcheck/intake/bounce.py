"""A bounce mail taken apart: one entry a recipient, with the reply that the mail was refused with.

Well-made bounces carry a machine-readable part (message/delivery-status, RFC 3464) with a block of fields a recipient.
Many servers write prose only: there the lines that follow a recipient's address are what was said about it.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from checks.replies.bounced import Returned

LARGEST_MAIL = 4 * 1024 * 1024
"""Bytes of a mail that are read: what is behind it is the returned message."""
MOST_RECIPIENTS = 1000
MOST_PARTS = 100
MOST_NESTED = 30
"""Headers that open a part with parts inside, in the whole mail."""
MOST_DIVIDED = 5000
"""Lines that may divide parts."""
LONGEST_SAID = 3000

_HEADER = re.compile(rb"(?:From \S|[A-Za-z][A-Za-z0-9-]{1,60}:)")
_TELLING = re.compile(rb"(?im)^(?:from|subject|date|received|content-type|return-path|message-id|mime-version|to):")
_ADDRESS = r"[^\s<>@,;:\"'()\[\]]{1,64}@[A-Za-z0-9.-]{1,253}"
_OWN_LINE = re.compile(
    rf"^[ \t]{{0,12}}(?:[*-][ \t]+|(?:undeliverable|not delivered|delivery) to:?[ \t]+|[45]\d\d )?<?({_ADDRESS})>?"
    r"[ \t]*(?::|$|\(|\.\.\.|on [A-Z0-9])",
    re.IGNORECASE | re.MULTILINE,
)
_TO_LINE = re.compile(
    rf"(?:^[ \t]*(?:to|recipient|address|rcpt(?: to)?):[ \t]*|\baddress: ?)<?({_ADDRESS})>?",
    re.IGNORECASE | re.MULTILINE,
)
_ANYWHERE = re.compile(rf"<?({_ADDRESS})>?")
_RETURNED = re.compile(
    r"^(?:-{2,}.{0,40}(?:original message|below this line|copy of|returned|forwarded message|message header|"
    r"undelivered message|begin message).*|(?:received|return-path|dkim-signature): .*"
    r"|.{0,20}original message (?:follows|headers|header|was).{0,60}|-{3,} ?message .{0,40})$",
    re.IGNORECASE | re.MULTILINE,
)
_NESTING = re.compile(rb"(?im)^content-type:[ \t]*(?:\r?\n[ \t]+)?(?:message|multipart)/")
_DIVIDING = re.compile(rb"(?m)^--")
_HIDDEN = re.compile(r"<(?:style|script)\b", re.IGNORECASE)
_SHOWN = re.compile(r"</(?:style|script)\b", re.IGNORECASE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_FIELDS = ("final-recipient", "original-recipient", "action", "status", "diagnostic-code", "remote-mta")


def is_mail(data: bytes) -> bool:
    """True for something that begins with the headers of a mail."""
    start = data[:8000].lstrip()
    if _HEADER.match(start) is None:
        return False
    head = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    return len(_TELLING.findall(head)) >= 2


def is_complaint(data: bytes) -> bool:
    """True for a feedback report (RFC 5965): somebody pressed the spam button."""
    return b"message/feedback-report" in data[:LARGEST_MAIL].lower()


def read_bounce(data: bytes) -> tuple[Returned, ...]:
    """What a bounce mail says, in its order; one entry without a recipient where it names none. Never raises."""
    mail = BytesParser(policy=compat32).parsebytes(_bounded(data[:LARGEST_MAIL]))
    parts = _parts(mail)
    prose = _prose(parts) or data[:LARGEST_MAIL].decode("utf-8", "replace")
    prose = _last_refusal(prose) or prose
    found = [
        entry
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for entry in _reported(part, prose)
    ]
    if not found:
        found = list(_fields_in_text(data[:LARGEST_MAIL].decode("latin-1"), prose))
    if not found:
        found = list(_told(mail, prose))
    return tuple(found[:MOST_RECIPIENTS])


def _bounded(data: bytes) -> bytes:
    """The mail up to where it nests or divides itself beyond reason: the parser goes down one call a level."""
    for pattern, most in ((_NESTING, MOST_NESTED), (_DIVIDING, MOST_DIVIDED)):
        for count, match in enumerate(pattern.finditer(data), start=1):
            if count > most:
                data = data[: match.start()]
                break
    return data


def _parts(mail: Message) -> list[Message]:
    """The parts of the report itself: what was returned inside it is not looked into."""
    found: list[Message] = []
    waiting = [mail]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        found.append(part)
        inside = part.get_payload()
        if isinstance(inside, list) and part.get_content_maintype() == "multipart":
            waiting[:0] = [one for one in inside if isinstance(one, Message)]
    return found


def _text(part: Message) -> str:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return ""
    try:
        return body[:200_000].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return body[:200_000].decode("utf-8", "replace")


def _prose(parts: list[Message]) -> str:
    """What the report tells a person, without the message that it returns."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and (text := _text(part).strip()):
                if kind == "text/html":
                    text = re.sub(r"<[^<>]{1,500}>", " ", _without_scripts(text))
                return _own_words(text)
    return ""


def _without_scripts(html: str) -> str:
    """A page without its styles and scripts, in one pass."""
    kept, at = [], 0
    while (begins := _HIDDEN.search(html, at)) is not None:
        kept.append(html[at : begins.start()])
        ends = _SHOWN.search(html, begins.end())
        if ends is None:
            at = begins.end()
            break
        at = ends.start()
    return " ".join((*kept, html[at:]))


def _last_refusal(prose: str) -> str:
    """Of a transcript that a server sends its own postmaster (`In:`, `Out:`), the lines of the last refusal."""
    if "\n In:" not in prose or "Out: " not in prose:
        return ""
    refused = re.findall(r"Out: ([45]\d\d[ -].*)", prose)
    asked = re.findall(r"In:\s+RCPT TO:\s*<([^<>\s]{3,320})>", prose, re.IGNORECASE)
    return f"<{asked[-1]}>:\n{refused[-1]}\n" if refused and asked else ""


def _own_words(text: str) -> str:
    cut = _RETURNED.search(text, 1)
    return text[: cut.start()] if cut is not None and text[: cut.start()].strip() else text


def _field(block: Message, name: str) -> str:
    return re.sub(r"\s+", " ", str(block.get(name, ""))).strip()


def _reported(part: Message, prose: str) -> Iterator[Returned]:
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        text = blocks if isinstance(blocks, str) else _text(part)
        yield from _fields_in_text(text, prose)
        return
    for block in blocks[: MOST_RECIPIENTS + 1]:
        if isinstance(block, Message) and any(
            name in block for name in ("final-recipient", "original-recipient", "action", "status")
        ):
            fields = {name: _field(block, name) for name in _FIELDS}
            if fields["action"] or fields["final-recipient"]:
                yield _entry(fields, prose)


def _fields_in_text(text: str, prose: str) -> Iterator[Returned]:
    """Blocks of fields in a part that says it is something else, or in no part at all."""
    for block in re.split(r"\r?\n[ \t]*\r?\n", text)[:5000]:
        if not re.search(r"(?im)^(?:final|original)-recipient:", block) or not re.search(
            r"(?im)^(?:action|status):", block
        ):
            continue
        unfolded = re.sub(r"\r?\n[ \t]+", " ", block)
        fields = {}
        for name in _FIELDS:
            match = re.search(rf"(?im)^{name}:[ \t]*(.*)$", unfolded)
            fields[name] = match[1].strip() if match else ""
        yield _entry(fields, prose)


def _entry(fields: dict[str, str], prose: str) -> Returned:
    recipient = _address(fields["final-recipient"]) or _address(fields["original-recipient"])
    status = _STATUS.search(fields["status"])
    host = fields["remote-mta"].rpartition(";")[2].strip().split(" ")[0] or None
    said = fields["diagnostic-code"]
    comment = fields["status"].partition("(")[2].rstrip(") ")
    return Returned(
        recipient,
        said or comment,
        fields["action"].lower(),
        status[0] if status else None,
        host,
        _about(recipient, prose),
    )


def _address(field: str) -> str | None:
    match = _ANYWHERE.search(field.rpartition(";")[2])
    return _tidy(match[1]) if match else None


def _tidy(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"


def _about(recipient: str | None, prose: str) -> str:
    """The part of the prose that speaks of one recipient, or all of it where none is named."""
    if recipient is None:
        return prose[:LONGEST_SAID]
    lower = prose.lower()
    at = lower.find(recipient.lower())
    return prose[at + len(recipient) :][:LONGEST_SAID] if at >= 0 else prose[:LONGEST_SAID]


def _told(mail: Message, prose: str) -> Iterator[Returned]:
    """A bounce in prose: each address on a line of its own, and the lines until the next."""
    failed = [_tidy(match[1]) for match in _ANYWHERE.finditer(str(mail.get("x-failed-recipients", "")))]
    matches = list(_OWN_LINE.finditer(prose)) or list(_TO_LINE.finditer(prose))
    lines = [(match.start(), match.end(), _tidy(match[1])) for match in matches]
    if failed:
        lines = [line for line in lines if line[2] in failed]
    seen: set[str] = set()
    for number, (start, end, address) in enumerate(lines[:MOST_RECIPIENTS]):
        if address in seen:
            continue
        seen.add(address)
        until = next((begin for begin, _, other in lines[number + 1 :] if other != address), len(prose))
        said = prose[end:until].strip(" \t\r\n:")
        before = prose[:start].strip()
        yield Returned(address, (said or before)[:LONGEST_SAID], around=prose[:LONGEST_SAID])
    for address in failed:
        if address not in seen:
            seen.add(address)
            yield Returned(address, _about(address, prose) or prose[:LONGEST_SAID], around=prose[:LONGEST_SAID])
    if not seen:
        match = _ANYWHERE.search(prose)
        yield Returned(_tidy(match[1]) if match else None, prose[:LONGEST_SAID])
