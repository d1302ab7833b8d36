"""Bounces without a delivery status: who did not get the mail and why, from the words. There is no standard for them.

Most servers write the address at the beginning of a line, with the reason beside or below it, then a copy of the mail. The
copy's beginning is known by its marks; in front of it an address that is neither the bounce's sender nor its recipient is
the one that failed.
"""

import re

from checks.delivery.events import address
from checks.delivery.meaning import Said

MOST_RECIPIENTS = 100
LONGEST_REASON = 3000

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\"-]{1,128}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
_CODE = re.compile(r"(?<![\d.:/-])[45]\d\d[ -]|[(#\s][45]\.\d{1,3}\.\d{1,3}\b")
_COPY = re.compile(
    r"^(?:[-=_*\s]{0,40}(?:below this line is a copy|this is a copy of|a copy of the|original message|returned message|unsent message|"
    r"message header|begin message|the (?:header|headers|text|body) of (?:the|your)|your original message|included is a copy|"
    r"the original message|undelivered message|message follows|returned text|received message|----- mail)[^\n]{0,200}|"
    r"(?:> ?)?(?:Return-Path|Received|Message-ID|X-Mailer|MIME-Version|DKIM-Signature): ?[^\n]{0,400})$",
    re.MULTILINE | re.IGNORECASE,
)
_DAEMON = re.compile(
    r"mailer-?daemon|postmaster|mail.?delivery|delivery (?:sub)?system|mdaemon|bounce|undeliver|returned mail|mmdf|<>",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|returned|return(?:ed)? (?:to sender|mail)|fail|bounce|delivery (?:status|report|notification|problem|error)|could not|"
    r"cannot|unzustellbar|not delivered|rejected|warning|delayed|non remis|mail system error|user unknown|error|problem|nondeliver|dsn",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"not? (?:be )?(?:deliver|reach|accept|recogni)|undeliver|cannot be delivered|delivery fail", re.IGNORECASE
)
_LATER = re.compile(
    r"this is (?:only )?a warning|delivery (?:is|has been|was) (?:being )?delayed|not yet been delivered|"
    r"will (?:be retried|keep trying|continue)|"
    r"no (?:further )?action is required|still (?:being )?(?:trying|retried)|do not need to resend|temporarily delayed|message delayed",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"(?:<<<|said:|(?:reason|response|error|reply)(?: was)?:|Diagnostic-Code:(?: smtp;)?)\s{0,40}"
    r"((?:#?[45]\d\d[ -]|[45]\.\d\.\d)[^\n]{0,600}(?:\n(?:<<<|[ \t]+[45]\d\d[ -])[^\n]{0,400}){0,12})"
)
_NEVER = ("mailer-daemon@", "postmaster@", "mailerdaemon@", "mdaemon@")


def is_machine_answer(headers: dict[str, str]) -> bool:
    """True for the answer of a machine, such as an out-of-office note. RFC 3834 section 5"""
    said = headers.get("auto-submitted", "").lower()
    subject = headers.get("subject", "").lower()
    return (
        said.startswith(("auto-replied", "auto-generated"))
        or "x-autoreply" in headers
        or headers.get("precedence", "").lower() == "auto_reply"
        or (headers.get("x-auto-response-suppress", "").lower() == "all" and "auto" in subject)
        or subject.startswith(("auto:", "automatic reply", "out of office", "autoreply", "auto reply"))
    )


def without_markup(text: str) -> str:
    """A page's text."""
    text = re.sub(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<(?![^<>\s]{1,128}@)[^<>]{1,2000}>", " ", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")


def read_words(headers: dict[str, str], words: str, returned: str) -> list[Said]:
    """The recipients that a bounce names in its words; [] for a mail that is none."""
    stated = list(_ADDRESS.findall(headers.get("x-failed-recipients", "")))
    if not stated and not _is_bounce(headers, words):
        return []
    mark = _COPY.search(words)
    told = words[: mark.start()] if mark and mark.start() > 20 else words
    copy = words[mark.start() :] if mark else returned
    own = {
        address(x)
        for name in ("to", "from", "return-path", "delivered-to")
        for x in _ADDRESS.findall(headers.get(name, ""))
    }
    recipients = list(dict.fromkeys(stated)) or _named(told, own)
    if not recipients:
        to = re.search(r"^(?:> ?)?To: ?(.{1,1000})$", copy + "\n" + returned, re.MULTILINE | re.IGNORECASE)
        recipients = _ADDRESS.findall(to[1]) if to else []
        recipients = [one for one in recipients if address(one) not in own]
    later = bool(_LATER.search(told)) and not re.search(
        r"giv(?:en|ing) up|permanent|returned to (?:you|sender)", told, re.IGNORECASE
    )
    return [
        Said(
            "deferred" if later else "bounced",
            "bounce",
            recipient=one,
            text=reason_in(told, address(one), recipients),
            permanence=None if later else "permanent",
        )
        for one in recipients[:MOST_RECIPIENTS]
    ]


def _is_bounce(headers: dict[str, str], words: str) -> bool:
    machine = bool(_DAEMON.search(headers.get("from", "")) or headers.get("return-path", "x").strip() == "<>")
    told = bool(_SUBJECT.search(headers.get("subject", "")))
    if (
        is_machine_answer(headers)
        and not headers.get("auto-submitted", "").lower().startswith("auto-generated")
        and not machine
    ):
        return False
    return (machine and (told or bool(_CODE.search(words[:8000])) or bool(_TOLD.search(words[:8000])))) or (
        told and "delivery-status" in headers.get("content-type", "").lower()
    )


def _named(told: str, own: set[str | None]) -> list[str]:
    """The addresses that stand at the beginning of a line, or else anywhere, ours left out."""
    first: list[str] = []
    anywhere: list[str] = []
    for line in told.splitlines()[:2000]:
        for found in _ADDRESS.finditer(line[:2000]):
            one = address(found[0].strip("\"'")) or ""
            if one in own or one.lower().startswith(_NEVER):
                continue
            before = line[: found.start()].strip(" \t<>*-:\"'(")
            (anywhere if before else first).append(one)
    return list(dict.fromkeys(first or anywhere[:1]))


def reason_in(words: str, recipient: str | None, others: list[str] | None = None) -> str:
    """What a text says of a recipient: from its address on, to the next one's; the whole where no code stands there."""
    at = words.lower().find(recipient.lower()) if recipient else -1
    near = words[at : at + LONGEST_REASON] if at >= 0 else ""
    for other in others or ():
        if recipient and address(other) != recipient and (end := near.lower().find(other.lower(), len(recipient))) > 0:
            near = near[:end]
    if near and recipient:
        # Behind the address, or the line that the address stands in: `550 5.1.1 <kim@example.net>... User unknown`.
        behind = near[len(recipient) :].lstrip(">:;, \t\n.)")
        line_start = words.rfind("\n", 0, at) + 1
        line = words[line_start : at + len(recipient) + 400].split("\n", maxsplit=1)[0]
        if re.match(r"\s{0,8}[<(]?[45]\d\d[ -]", line):
            return " ".join(line.split())
        if (said := _quoted(behind)) is not None:
            return said
        if _CODE.search(behind[:LONGEST_REASON]):
            return _from_code(behind)
    if (said := _quoted(words)) is not None:
        return said
    if (found := _CODE.search(words)) is not None:
        return _from_code(words[max(0, found.start() - 200) :])
    return " ".join((near or words)[:600].split())


def _quoted(text: str) -> str | None:
    """What a remote server is quoted with: `<<< 550 ...`, `said: 550 ...`, `reason: 550 ...`."""
    found = _QUOTED.search(text)
    return " ".join(found[1].replace("<<<", " ").split()) if found else None


def _from_code(text: str) -> str:
    found = _CODE.search(text)
    if found is None:
        return " ".join(text[:600].split())
    paragraph = re.split(r"\n[ \t]*\n", text[max(0, text.rfind("\n", 0, found.start()) + 1) :], maxsplit=1)[0]
    return " ".join(paragraph[:1200].split())
