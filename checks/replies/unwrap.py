"""What mail servers, clients and logs put around a reply that somebody else gave: who wraps, in which phase, and what."""

import re
from typing import NamedTuple

from checks.replies.catalogue import Lazily


class Wrapped(NamedTuple):
    """What stood inside a wrapper: `before` is the text in front of it, `inside` the quoted reply."""

    before: str
    inside: str
    host: str | None
    phase: str | None


_PHASES = (
    ("end of data", "end-of-data"),
    ("end-of-message", "end-of-data"),
    ("final data", "end-of-data"),
    ("message body", "end-of-data"),
    ("after i sent the message", "end-of-data"),
    ("message content", "end-of-data"),
    ("sending data", "end-of-data"),
    ("rcpt", "rcpt"),
    ("recipient", "rcpt"),
    ("mail from", "mail"),
    ("sender was rejected", "mail"),
    ("mail", "mail"),
    ("data", "data"),
    ("auth", "auth"),
    ("starttls", "ehlo"),
    ("ehlo", "ehlo"),
    ("helo", "ehlo"),
    ("name was rejected", "ehlo"),
    ("connect", "connect"),
    ("banner", "connect"),
    ("greeting", "connect"),
    ("talk to me", "connect"),
)

_COMMANDS = (
    *(
        ("ehlo", "ehlo"),
        ("helo", "ehlo"),
        ("lhlo", "ehlo"),
        ("starttls", "ehlo"),
        ("auth", "auth"),
        ("mail from", "mail"),
    ),
    *(("rcpt to", "rcpt"), ("data", "data"), ("bdat", "data"), ("end of data", "end-of-data")),
)

_HOST = r"([A-Za-z0-9_.-]{1,255})"
_ADDRESS = r"\s?\[[^\]\s]{1,60}\](?::\d{1,5})?"

_POSTFIX = Lazily(rf"\bhost {_HOST}{_ADDRESS} (?:said|replied|refused to talk to me|responded):\s*", re.IGNORECASE)
# What begins with white space is looked for where a run of it begins: else a long one is walked from each place in it.
_IN_REPLY = Lazily(r"(?<!\s)\s*\(in reply to ([^()]{1,60})\)", re.IGNORECASE)
_EXIM = Lazily(
    r"\bSMTP error from remote (?:mail server|mailer|host)"
    r"(?: after ((?:pipelined |end of )?(?:MAIL FROM|RCPT TO) ?: ?<[^<>]{0,320}>(?: [A-Z]{2,12}(?:=[^\s:]{1,60})?){0,6}"
    r"|[^:\n]{1,120}))?:\s*"
    rf"(?:host {_HOST} ?\[[^\]\s]{{1,60}}\]\s*:\s*)?",
    re.IGNORECASE,
)
_EXIM_HOST = Lazily(rf"(?:\bhost |\bH=){_HOST} ?\[[^\]\s]{{1,60}}\][^\[\]]{{0,80}}$", re.IGNORECASE)
_QMAIL = Lazily(r"\bremote host (?:\[?[0-9A-Fa-f:.]{3,45}\]? )?said:\s*", re.IGNORECASE)
_DRAGONFLY = Lazily(rf"\b{_HOST}{_ADDRESS} did not like our ([^:\n]{{1,40}}):\s*", re.IGNORECASE)
_SENDMAIL = Lazily(r"(?:^|\n|\s)<<<\s?")
_RETURNED = Lazily(
    r"\b(?:remote |mail |smtp |receiving |destination |other )?(?:server|host|mta)(?: at)?(?: [A-Za-z0-9_.-]{1,255})?"
    r"(?: ?[(\[][^()\[\]\n]{1,80}[)\]])?(?: has)? "
    r"(?:returned|responded with|responded|replied with|replied|gave this error|issued|said)"
    r"(?: (?:the following|this|an?|with))?(?: (?:error|failure|reply|response|message))?\s*(?::|-{1,2}>)?\s*"
    r"(?=[#<'\"\s]{0,4}#?[45]\d\d[\s-])",
    re.IGNORECASE,
)
_CODE = Lazily(r"[45]\d\d[\s-]")
_WAS = Lazily(
    r"\b(?:the )?(?:error that the other server returned|response(?: from the remote server| from the server)?|"
    r"(?:smtp |remote |server )?(?:error|reason|reply|diagnostic)(?: message)?(?: given)?)(?: was| is)\s*:\s*",
    re.IGNORECASE,
)
_REFUSAL = Lazily(r"\b(?:milter-)?reject: ([A-Z-]{4,16}) from [^\s:]{1,300}(?:\[[^\]\s]{1,60}\])?(?::\d{1,5})?: ")
_TRANSFAIL = Lazily(r"\(last transfail:\s*|\(last error:\s*|<(?=[45]\d\d [45]\.\d)", re.IGNORECASE)
_EXPECTED = Lazily(
    r"expected response code .{1,60}? but got (?:code )?[\"']?(\d{3})[\"']?,? with message\s*", re.IGNORECASE
)
_PYTHON = Lazily(r"\(([2-5]\d\d), ?b?(['\"])")
_EXCHANGE = Lazily(r"#<\s*#?[245]\.\d{1,3}\.\d{1,3}\s+smtp\s*;\s*", re.IGNORECASE)
_TAIL = Lazily(r"(?<!\s)\s*(?:> ?#SMTP#|##?\s*$|; from=<.*$|\s[A-Z]=<.*$)", re.DOTALL)


def phase_of(words: str | None) -> str | None:
    """The SMTP phase that some words name: `in reply to RCPT TO command` is rcpt."""
    if not words:
        return None
    lower = words.lower().strip().removeprefix("pipelined ")
    # A command is known by how it begins: EHLO mail.example.com is no MAIL, nor is MAIL FROM:<data@example.com> a DATA.
    verb = next((phase for word, phase in _COMMANDS if lower.startswith(word)), None)
    return verb or next((phase for word, phase in _PHASES if word in lower), None)


_WHILE = Lazily(
    r"\b(?:lost connection with|timed out|timeout|conversation with|connection (?:lost|closed|reset))\b.{0,200}?"
    r"\bwhile (?:performing the |sending |receiving |reading )?(?:the )?([^\n]{1,60})",
    re.IGNORECASE,
)
_LOGIN = Lazily(
    r"\bsasl (?:authentication|login) (?:failed|failure|error)|\bauthentication to server .{1,120}? failed",
    re.IGNORECASE,
)
_CONNECTING = Lazily(r"(?:^|[(\s])connect(?:ion)? to [^\s]{1,320}(?:\[[^\]\s]{1,60}\])?(?::\d{1,5})?: ", re.IGNORECASE)


def phase_told(text: str) -> str | None:
    """The phase that a mail system's own words name, without a reply in a wrapper: `lost connection with ... while sending
    end of data`, `connect to ...: Connection refused`, `SASL authentication failed; server ... said:`."""
    if "(in reply to " in text and (ends := list(_IN_REPLY().finditer(text))):
        return phase_of(ends[-1][1])
    if " while " in text and (match := _WHILE().search(text)) is not None:
        return "connect" if match[1].startswith("initial") else phase_of(match[1])
    if "connect" in text and _CONNECTING().search(text) is not None:
        return "connect"
    return "auth" if _LOGIN().search(text) is not None else None


def without_ending(text: str) -> str:
    """The text without `(in reply to RCPT TO command)`: a log's words, not the server's."""
    return str(_IN_REPLY().sub("", text))


def unwrapped(text: str) -> Wrapped | None:
    """The reply that a text quotes, if it quotes one: of several wrappers the first that begins."""
    lower = text.lower()
    for word in _SIGNS:
        if word in lower:
            break
    else:
        return None
    best = None
    for words, find in _FINDERS:
        for word in words:
            if word in lower:
                found = find(text)
                if found is not None and (best is None or len(found.before) < len(best.before)):
                    best = found
                break
    return best


def _postfix(text: str) -> Wrapped | None:
    if (match := _POSTFIX().search(text)) is None:
        return None
    inside = text[match.end() :]
    phase = "connect" if "talk to me" in match[0] else None
    # The last one belongs to this wrapper: a reply inside it may quote a reply of its own.
    ends = list(_IN_REPLY().finditer(inside))[-1:]
    for end in ends:
        inside, phase = inside[: end.start()], phase_of(end[1])
    return Wrapped(text[: match.start()], inside, match[1], phase)


def _exim(text: str) -> Wrapped | None:
    if (match := _EXIM().search(text)) is None:
        return None
    before = text[: match.start()]
    host = match[2] or (named[1] if (named := _EXIM_HOST().search(before[-400:])) else None)
    return Wrapped(before, text[match.end() :], host, phase_of(match[1]))


def _qmail(text: str) -> Wrapped | None:
    if (match := _QMAIL().search(text)) is None:
        return None
    before = text[: match.start()]
    inside = re.split(r"\s(?:Giving up on \d|I'm not going to try)", text[match.end() :], maxsplit=1)[0]
    return Wrapped(before, inside, None, phase_of(before[-200:]))


def _dragonfly(text: str) -> Wrapped | None:
    if (match := _DRAGONFLY().search(text)) is None:
        return None
    return Wrapped(text[: match.start()], text[match.end() :], match[1], phase_of(match[2]))


def _sendmail(text: str) -> Wrapped | None:
    if (match := _SENDMAIL().search(text)) is None:
        return None
    before = text[: match.start()]
    inside = _SENDMAIL().sub("\n", text[match.end() :]).split("\n>>>")[0]
    command = before.rpartition(">>>")[2] if ">>>" in before else None
    host = re.search(rf"while talking to {_HOST}", before[-600:], re.IGNORECASE)
    return Wrapped(before, inside, host[1].rstrip(".:") if host else None, phase_of(command))


def _quoted(pattern: Lazily, text: str) -> Wrapped | None:
    if (match := pattern().search(text)) is None:
        return None
    return Wrapped(text[: match.start()], _TAIL().sub("", text[match.end() :]), None, None)


def _returned(text: str) -> Wrapped | None:
    return _quoted(_RETURNED, text) if _CODE().search(text) is not None else None


def _refusal(text: str) -> Wrapped | None:
    if (match := _REFUSAL().search(text)) is None:
        return None
    return Wrapped(text[: match.start()], _TAIL().sub("", text[match.end() :]), None, phase_of(match[1]))


def _client(text: str) -> Wrapped | None:
    """Python's smtplib `(550, b'5.1.1 ...')` and Symfony's `got code "550", with message "550 ..."`."""
    if (match := _EXPECTED().search(text)) is not None:
        inside = text[match.end() :].strip("\"' .")
        return Wrapped(text[: match.start()], inside if inside[:3] == match[1] else f"{match[1]} {inside}", None, None)
    if (match := _PYTHON().search(text)) is None:
        return None
    return Wrapped(
        text[: match.start()],
        f"{match[1]} {text[match.end() :].split(match[2] + ')', maxsplit=1)[0].split(match[2] + ',', maxsplit=1)[0]}",
        None,
        None,
    )


def _transfail(text: str) -> Wrapped | None:
    if (match := _TRANSFAIL().search(text)) is None:
        return None
    return Wrapped(text[: match.start()], text[match.end() :].rstrip(")> "), None, None)


_FINDERS = (
    (("host ",), _postfix),
    (("smtp error",), _exim),
    (("remote host",), _qmail),
    (("did not like our",), _dragonfly),
    (("<<<",), _sendmail),
    (("reject: ",), _refusal),
    ((", b'", ', b"', ", '", ', "', "got "), _client),
    (("transfail", "last error", "<4", "<5"), _transfail),
    (("returned", "respond", "replied", "issued", "gave this", " said"), _returned),
    ((" was:", " is:", " was :"), lambda text: _quoted(_WAS, text)),
    (("#<",), lambda text: _quoted(_EXCHANGE, text)),
)
"""Each way of quoting, behind words without one of which it cannot fit: most replies quote nothing."""
_SIGNS = tuple(word for words, _ in _FINDERS for word in words)
