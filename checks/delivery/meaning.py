"""What a failure means: the seam between events and checks.replies.

A log holds the same few hundred replies over and over, with other addresses, identifiers and hosts in them. So a reply is
classified once for each *template*, the text with fixed ones in their place, and remembered. What is classified is the
template: whichever of its replies comes first, in whichever process, they all mean the same.
"""

import re
from functools import lru_cache

import msgspec

from checks.delivery.events import ATTEMPTS, FAILURES, LONGEST_REPLY, Event, Place, address, domain_of, plain
from checks.replies.catalogue import catalogue
from checks.replies.classify import classify
from checks.replies.clean import cleaned, masked
from checks.replies.match import provider_of_host
from checks.replies.parse import one_line, parse_reply

LOGS = frozenset({"postfix", "exim", "sendmail", "qmail", "opensmtpd"})
TEMPLATES = 4000
"""Distinct replies that are remembered."""


class Meaning(msgspec.Struct, frozen=True):
    """What a text was found to say. `wrapped`: the reply stands inside other words, and has to be taken out. `rule`: the
    entry of the catalogue that decided, None where a number did."""

    basic: str | None
    enhanced: str | None
    category: str | None
    permanence: str | None
    suppress: str | None
    provider: str | None
    wrapped: bool
    rule: str | None = None


class Said(msgspec.Struct):
    """What a reader found, before it is judged.

    `text` is what the source says of the outcome, wrapped or not; `status` its `dsn=`, used where the text holds no code.
    `reply`: the remote text where the reader has taken it out already, for speed. `hint` is the host that the source
    tried, where nobody spoke. `category` and `suppress`: what the source states where its text decides nothing.
    """

    kind: str
    format: str
    recipient: str | None = None
    sender: str | None = None
    text: str = ""
    reply: str | None = None
    status: str | None = None
    host: str | None = None
    hint: str | None = None
    provider: str | None = None
    queue_id: str | None = None
    message_id: str | None = None
    event_id: str | None = None
    local: bool = False
    time: str | None = None
    category: str | None = None
    permanence: str | None = None
    part: int | None = None
    source_address: str | None = None
    connection: str | None = None


_SAYS = re.compile(r"host ([^\s\[\]]{1,255})\[[^\]\s]{0,80}\](?=(?::\d+)? (?:said|refused to talk to me):)")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']{0,256}+@[\w.-]{0,256}")
_BRACKETED = re.compile(
    r"([A-Za-z0-9_.-]{0,255}+)\[(?!127\.)(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9A-Fa-f:.]{2,45}\])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,44})\]"
)
_IPV4 = re.compile(r"(?<![\d.])(?!127\.)\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_CODED = re.compile(r"(?<![0-9A-Za-z.])(?:[2-5]\d\d(?![0-9A-Za-z])|[245]\.\d{1,3}\.\d{1,3}(?![\w.]))")
_NUMBERED = re.compile(r"[0-9a-fA-F]*\d[0-9a-fA-F]*")
_LONG_WORD = 16
MOST_WORDS = 10_000
_EDGES = " \"'`<>-:;"
_CODES = re.compile(r"([2-5]\d\d)(?:[ -]#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?(?=[ \-;:,.]|$)")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def judged(said: Said, place: Place) -> Event:
    """The event that a reader's finding comes to."""
    recipient = address(said.recipient)
    sender = said.sender if not said.sender else address(said.sender)
    text = said.text
    if said.kind in FAILURES:
        meaning = meaning_of_said(said)
        reply = said_reply(said.reply, text, meaning.wrapped)
    else:
        meaning = _plain_meaning(said)
        reply = said.reply or text
    return Event(
        time=said.time,
        kind=said.kind,
        recipient=recipient,
        recipient_domain=domain_of(recipient),
        sender=sender,
        reply=reply_line(reply) if reply else None,
        basic=meaning.basic,
        enhanced=meaning.enhanced,
        category=meaning.category,
        permanence=meaning.permanence,
        suppress=meaning.suppress,
        provider=meaning.provider,
        host=plain(said.host.lower()) if said.host else None,
        queue_id=plain(said.queue_id) if said.queue_id else None,
        message_id=plain(said.message_id) if said.message_id else None,
        local=said.local,
        format=said.format,
        source=place,
        event_id=plain(said.event_id) if said.event_id else None,
        rule=meaning.rule,
        source_address=plain(said.source_address) if said.source_address else None,
        connection=plain(said.connection) if said.connection else None,
    )


def said_reply(reply: str | None, text: str, wrapped: bool) -> str:
    """The remote's words: as the reader took them out, or out of what is around them."""
    if reply is not None:
        return reply
    return (parse_reply(text).raw or text) if wrapped else text


def reply_line(text: str) -> str | None:
    """A reply as it is reported: one line, bounded, nothing that does not print, credentials masked."""
    if len(text) > LONGEST_REPLY or not text.isprintable() or "&" in text or not text.isascii():
        text = cleaned(text[:LONGEST_REPLY])
        text = "".join(char if char.isprintable() else " " for char in text.replace("\n", " "))
    return masked(one_line(text)) or None


def _plain_meaning(said: Said) -> Meaning:
    """Codes only: nothing failed, so there is nothing to classify."""
    found = _CODES.match(said.reply or said.text) if said.kind in ATTEMPTS or said.kind == "other" else None
    basic, enhanced = (found[1], found[2]) if found else (None, None)
    provider = said.provider or provider_of_host(said.host)
    return Meaning(basic, enhanced or status_code(said.status), None, None, None, provider, False)


def status_code(text: str | None) -> str | None:
    """The enhanced code in a `Status:` or `dsn=` field, which may have a comment behind it."""
    found = _STATUS.match(text.strip()) if text else None
    return found[0] if found else None


def meaning_of_said(said: Said) -> Meaning:
    """What a failure means, with all that its reader knows of it."""
    host = said.host or said.hint
    if host is None and said.provider is None and (speaker := _SAYS.search(said.text)) is not None:
        host = speaker[1]
    known = said.provider or provider_of_host(host)
    template = template_of(said.text)
    return corrected(meaning_of(template, status_code(said.status), known, said.format not in LOGS), said)


class _Masks(dict[str, str]):
    """By word what stands for it in a template; bounded."""

    def __missing__(self, word: str) -> str:
        if len(self) >= MOST_WORDS:
            self.clear()
        mask = self[word] = _masked_word(word)
        return mask


_masks = _Masks()


def template_of(text: str) -> tuple[str, ...]:
    """The words of a reply, all that differs from one message to the next replaced by fixed values of the same form."""
    words = text[:LONGEST_REPLY].split()
    at = -1
    try:
        while True:
            at = words.index("host", at + 1)
            if words[at + 2] in _SAYING and "[" in words[at + 1]:
                words[at + 1] = "mx.example.net[192.0.2.1]"
                break
    except (ValueError, IndexError):  # nobody said anything
        pass
    return tuple(map(_masks.__getitem__, words))


_SAYING = ("said:", "refused")


def _masked_word(word: str) -> str:
    """The word without what differs from one message to the next. Codes and tokens of providers are short: they stay."""
    if "@" in word:
        word = _ADDRESS.sub("kim@example.net", word)
    if "[" in word:
        word = _BRACKETED.sub(lambda found: "mx.example.net[192.0.2.1]" if found[1] else "[192.0.2.1]", word)
    if word.count(".") >= 3:
        word = _IPV4.sub("192.0.2.1", word)
    if word.startswith("name="):  # of a DNS name that Postfix asked for
        return "name=example.net"
    return word if len(word) < _LONG_WORD else _unnumbered(word)


@lru_cache(maxsize=256)
def _unnumbered(word: str) -> str:
    return word if _CODED.search(word) is not None else _NUMBERED.sub("0", word)


@lru_cache(maxsize=TEMPLATES)
def meaning_of(template: tuple[str, ...], status: str | None, provider: str | None, reported: bool) -> Meaning:
    """What a template means. `status`: what the source gives as its enhanced code; `reported`: it is no log's own guess."""
    text = " ".join(template)
    reply = parse_reply(text)
    wrapped = bool(reply.raw) and reply.raw.strip(_EDGES) != text.strip(_EDGES)
    # A log's dsn= is the server's own guess where the remote gave no enhanced code; a report's Status is a statement.
    # X.0.0 in the reply is as good as none. RFC 3463 section 3.1
    lacks = reply.enhanced is None or (reported and status is not None and reply.enhanced == f"{status[0]}.0.0")
    own = status is not None and lacks and (reply.basic is None or reported)
    if own and (reply.basic is None or status is None or reply.basic[0] == status[0]):
        reply = msgspec.structs.replace(reply, enhanced=status)
    decision = classify(reply, provider=provider)
    rule = decision.reading.rule
    return Meaning(
        reply.basic,
        reply.enhanced or (status if own else None),
        decision.reading.category,
        decision.permanence,
        decision.suppress,
        decision.provider or provider,
        wrapped,
        rule.id if rule is not None else None,
    )


def corrected(meaning: Meaning, said: Said) -> Meaning:
    """What the source itself knows comes before what a text that decided nothing was taken for."""
    category, permanence, suppress = meaning.category, meaning.permanence, meaning.suppress
    if said.kind == "suppressed":
        # The service did not try: whatever it tells of an earlier reply is no new one.
        return msgspec.structs.replace(meaning, category="suppressed", permanence="permanent", suppress="already")
    vague = meaning.rule is None and (meaning.enhanced is None or meaning.enhanced.endswith(".0.0"))
    if said.category is not None and (vague or category in ("unknown", "accepted") or said.category == "expired"):
        # A source that read the whole answer knows more than a 550 alone says. That the queue time is over is a fact of the
        # source's own; the reply is that to the last attempt.
        category = said.category
        suppress = catalogue().categories[category].suppress
        if suppress in ("yes", "domain") and "temporary" in (said.permanence, permanence):
            suppress = "after_repeats"
    if category == "accepted":
        # Given up although a 2xx is quoted: the text is not the reply to this attempt.
        category, suppress = "unknown", "no"
    if category == "expired":  # given up; whether another try would do the last reply tells: as explain has it
        permanence = "ambiguous" if said.category == "expired" else permanence
    elif said.permanence is not None and (permanence in (None, "ambiguous") or not (meaning.basic or meaning.enhanced)):
        permanence = said.permanence
    if category == meaning.category and permanence == meaning.permanence and suppress == meaning.suppress:
        return meaning
    return msgspec.structs.replace(meaning, category=category, permanence=permanence or "ambiguous", suppress=suppress)
