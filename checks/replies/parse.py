"""From text to a reply: its codes, its words, who said it and when, and the reply that it quotes.

A reply is one line `550 5.1.1 No such user`, or several `550-... 550 ...` of which the first code counts (RFC 5321
section 4.2.1). Servers in between fold the lines into one, put their own words around it, or quote it in a reply of
their own: the outer one is the verdict, the innermost the cause. Addresses, versions, times and sizes look like codes and
are none. Any text gives a Reply; what it does not hold is None.
"""

import re

import msgspec

from checks.replies.catalogue import Lazily
from checks.replies.clean import any_in, cleaned, unlabelled
from checks.replies.unwrap import phase_told, unwrapped, without_ending

CONTEXT = 400
"""Characters of a wrapper's words that are kept."""
DEEPEST = 3
"""Replies inside replies that are followed."""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One reply. `text` are its words on one line, without the codes before them; `raw` the same with them.

    `phase`: connect, ehlo, auth, mail, rcpt, data or end-of-data, as far as the wrapper says. `from_dsn`: there was no
    reply, and the code is that of a log's `dsn=`. `context` are the words that a wrapper without a code of its own put
    around it. `inner` is the reply that this one quotes.
    """

    basic: str | None = None
    enhanced: str | None = None
    text: str = ""
    raw: str = ""
    phase: str | None = None
    host: str | None = None
    from_dsn: bool = False
    context: str = ""
    inner: "Reply | None" = None

    @property
    def classes_disagree(self) -> bool:
        """True where the first digits contradict each other, as in `550 4.7.1`."""
        return bool(self.basic and self.enhanced and self.basic[0] != self.enhanced[0])

    @property
    def digit(self) -> str:
        """The class that a server acts on: that of the basic code, else that of the enhanced one, else ""."""
        return (self.basic or self.enhanced or "")[:1]


_CODE = r"[245]\.[0-7]\.\d{1,3}"
_ANCHORED = re.compile(r"[#<(\[\s]{0,4}([2-5]\d\d)(?=[\s:;,#_-]|\.(?!\d)|$)")
_AFTER = re.compile(
    r"[\s:;,#(\[_-]{0,4}([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)(?!-[A-Za-z])(?!\.[A-Za-z])\)?\]?[:;,]?\s*"
)
_HASHED = Lazily(rf"(?:#|[cC][oO][dD][eE] ?[:=] ?)({_CODE})(?!\d)(?!\.\d)")
# A look behind stands after the first character where that is a narrow class: searching then skips to that class.
_FREE = Lazily(r"([245](?<![\w.:/\[-].)\.[0-7]\.\d{1,3})(?![\w]|\.\d|-\w|\.[A-Za-z]|:\d)")
_WITH_ENHANCED = Lazily(rf"([45](?<![A-Za-z0-9_.:/#-].)\d\d)[ -]#?(?={_CODE}(?![\d.]))")
_ANY_BASIC = re.compile(r"[45]\d\d")
_ANY_CODE = re.compile(r"[245]\.[0-7]\.\d")
_BEFORE_WORDS = Lazily(
    r"(?:[:;(\"'<>=]|\n|\b(?:code|error|reply|status|smtp|with|of))\s{0,2}#?([45]\d\d)(?=[ -][A-Za-z<\[\"]|-?$|[,:] )",
    re.IGNORECASE,
)
_NAMED = Lazily(r"(?:error_?code|response_?code|reply_?code|smtp code|status_?code)\W{0,4}([45]\d\d)\b", re.IGNORECASE)
_ANYWHERE = (
    (_WITH_ENHANCED, Lazily(_ANY_BASIC.pattern)),
    (_NAMED, Lazily(r"[cC][oO][dD][eE]")),
    (_BEFORE_WORDS, Lazily(r"[45]\d\d(?=[ -][A-Za-z<\[\"]|-?$|[,:] )")),
)
"""Where a basic code stands in a text, and what is looked for first: without it the pattern cannot fit, and it is cheaper."""
_DSN = Lazily(r"\bdsn=([245]\.\d{1,3}\.\d{1,3})\b")
_STATUS = Lazily(r"\bstatus=[a-z-]{3,20} ?\(")
_STAT = Lazily(r"\bstat=")
_RELAY = Lazily(r"\brelay=([A-Za-z0-9_.-]{1,255})")
_EXPIRED = Lazily(
    r"retry time(?:out)? exceeded|delivery time expired|message expired|in (?:the )?queue too long", re.IGNORECASE
)
_OTHER = re.compile(r"\s(?<=[\w.\])>].)([45]\d\d)[ -][45]\.\d{1,3}\.\d{1,3}\s")
_BETWEEN = (" 5.", " 4.", "-5.", "-4.")
_TITLED = Lazily(r"([245]\.\d\.\d{1,3}) - ([^'\n]{3,120}?)(?:\[[^\]\n]{1,60}\] )?([45]\d\d)-'")
"""How Cisco's gateways quote: `5.1.0 - Unknown address error 550-'5.1.1 no such user' (delivery attempts: 0)`."""
_SAID = Lazily(r"(?:said|replied|fail|error|returned|with|was|talk to me)\s*:?\s*$|[:<(]\s*$")
_OTHER_LINE = Lazily(r"\n[^\S\n]*([2-5]\d\d)[ -]")


def parse_reply(raw: str) -> Reply:
    """The reply in a text: as a person pasted it, a log line, the field of a bounce mail. Never raises."""
    text = unlabelled(cleaned(raw))
    dsn = _DSN().search(text) if "dsn=" in text else None
    relay = _RELAY().search(text) if dsn else None
    reply = _parsed(_logged(text) if dsn or "stat" in text else text, 0)
    if dsn and reply.basic is None and reply.enhanced is None:
        reply = msgspec.structs.replace(reply, enhanced=dsn[1], from_dsn=True)
    if reply.host is None and relay is not None and relay[1] not in ("none", "local"):
        reply = msgspec.structs.replace(reply, host=relay[1])
    return _with_phase(reply, text) if reply.phase is None and any_in(_PHASE_WORDS, text) else reply


_PHASE_WORDS = ("(in reply to ", " while ", "onnect to ", "onnection to ", "SASL ", "uthentication to ")


def _with_phase(reply: Reply, text: str) -> Reply:
    """The reply with the phase that stands outside of every wrapper. RFC 5321 section 3 has the phases in their order."""
    phase = phase_told(text)
    if phase is None:
        return reply
    return msgspec.structs.replace(reply, phase=phase, text=without_ending(reply.text), raw=without_ending(reply.raw))


def _logged(text: str) -> str:
    """What a log line of Postfix or Sendmail says of the delivery: `status=bounced (...)`, `stat=...`."""
    if "status=" in text and (match := _STATUS().search(text)) is not None:
        inside = text[match.end() :]
        return inside[: inside.rfind(")")] if ")" in inside else inside
    if "stat=" in text and (match := _STAT().search(text)) is not None:
        return re.sub(r"^(?:Deferred|Service unavailable|User unknown)[:;]\s*(?=[45]\d\d)", "", text[match.end() :])
    return text


def _parsed(text: str, depth: int) -> Reply:
    text = unlabelled(text)
    anchored = _ANCHORED.match(text)
    if anchored is not None:
        return _with_codes(text[anchored.end() :], anchored[1], text, depth)
    if "-'" in text and depth < DEEPEST and (titled := _TITLED().match(text)) is not None:
        return _with_title(titled, text, depth)
    wrapped = unwrapped(text) if depth < DEEPEST else None
    if wrapped is not None:
        inside = _parsed(wrapped.inside, depth + 1)
        if inside.basic or inside.enhanced or inside.text:
            return _around(inside, wrapped.before, text, wrapped.host, wrapped.phase)
    return _somewhere(text, depth)


def _with_title(titled: re.Match[str], text: str, depth: int) -> Reply:
    """A gateway's own code and title, which are the verdict, and the reply that it quotes."""
    said = text[titled.end() :]
    inner = _with_codes(said[: said.rfind("'")] if "'" in said else said, titled[3], said, depth + 1)
    title, line = titled[2].strip(), one_line(text)
    if inner.enhanced is None:
        # The gateway made its code and title of the 550 alone: `Unknown address error` says nothing of any address.
        return Reply(titled[3], titled[1], inner.text or title, line, context=title, inner=inner.inner)
    return Reply(titled[3], titled[1], title, line, inner=inner)


def _around(inside: Reply, before: str, whole: str, host: str | None, phase: str | None) -> Reply:
    """A wrapper without a code of its own adds who and when. Only where it gave up is it a verdict of its own."""
    context = inside.context or one_line(before)[-CONTEXT:]
    reply = msgspec.structs.replace(inside, host=inside.host or host, phase=inside.phase or phase, context=context)
    rest = f"{before} {whole[-200:]}"
    if inside.digit == "4" and (match := _EXPIRED().search(rest)) is not None and inside.inner is None:
        return Reply(inside.basic, inside.enhanced, match[0], one_line(whole), reply.phase, reply.host, inner=reply)
    if reply.basic is None and reply.enhanced is None and not reply.text:
        return Reply(text=one_line(whole), raw=one_line(whole))
    return reply


def _somewhere(text: str, depth: int) -> Reply:
    """A text that does not begin with a code: one may stand inside, or none."""
    for pattern, sign in _ANYWHERE if _ANY_BASIC.search(text) is not None else ():
        if sign().search(text) is not None and (match := pattern().search(text)) is not None:
            reply = _with_codes(text[match.end(1) :], match[1], text[match.start(1) :], depth)
            before = one_line(text[: match.start(1)])
            if not reply.text:
                return msgspec.structs.replace(reply, text=before)
            return msgspec.structs.replace(reply, context=before[-CONTEXT:])
    line = one_line(text)
    enhanced = _free_code(line, None)
    bare = line == enhanced
    return Reply(None, enhanced, "" if bare else line, line)


def _with_codes(body: str, basic: str, whole: str, depth: int) -> Reply:
    if basic[0] in "23" and (after := _WITH_ENHANCED().search(body)) is not None:
        return _with_codes(
            body[after.end(1) :], after[1], body[after.start(1) :], depth
        )  # a transcript: the last word counts
    enhanced = None
    if (
        basic[0] != "3"
        and (match := _AFTER.match(body)) is not None
        and (_is_code(match[1]) or match[1][0] == basic[0])
    ):
        enhanced = match[1]
        body = body[match.end() :]
    text = _joined(body, basic, enhanced)
    inner, phase = None, None
    if depth < DEEPEST and (wrapped := unwrapped(text)) is not None:
        quoted = _parsed(wrapped.inside, depth + 1)
        if quoted.basic is not None:
            inner = msgspec.structs.replace(
                quoted, host=quoted.host or wrapped.host, phase=quoted.phase or wrapped.phase
            )
            text, phase = wrapped.before.strip(" :;,("), inner.phase
    line = one_line(text)
    if enhanced is None and basic[0] != "3":
        enhanced = _free_code(line, basic[0])
    return Reply(basic, enhanced, line.strip(" -:;"), one_line(whole), phase, inner=inner)


def _is_code(text: str) -> bool:
    """True for a subject that is defined. RFC 3463 section 3; others are codes right behind a reply of the same class."""
    return int(text.split(".")[1]) <= 7


def _free_code(line: str, digit: str | None) -> str | None:
    """An enhanced code that stands somewhere in the words: after a hash first, then alone, of the same class."""
    if _ANY_CODE.search(line) is None:
        return None
    hashed: list[str] = _HASHED().findall(line)
    if hashed:
        return hashed[-1]
    free: list[str] = [code for code in _FREE().findall(line) if digit is None or code[0] == digit]
    return free[0] if free else None


def _joined(body: str, basic: str, enhanced: str | None) -> str:
    """The words of all lines, the codes that each line repeats left out; it ends where another reply begins."""
    if "\n" in body or basic in body:
        again = re.escape(enhanced) if enhanced else r"[245]\.\d{1,3}\.\d{1,3}"
        body = re.sub(rf"\n[^\S\n]*{basic}(?:[- ]|$)(?:{again}\s?)?", " ", body)
        if enhanced:
            body = re.sub(rf"\s{basic}[- ]{again}(?=\s|$)", " ", body)
        elif re.search(rf"\s{basic}-\S", body):
            body = re.sub(rf"\s{basic}[- ]", " ", body)
    if "\n" in body and (line := _OTHER_LINE().search(body)) is not None and body[: line.start()].strip():
        body = body[: line.start()]
    for other in _OTHER.finditer(body) if any_in(_BETWEEN, body) else ():
        if other[1] != basic and other.start() > 8 and not _SAID().search(body[: other.start()][-24:]):
            return body[: other.start()]
    return body


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())
