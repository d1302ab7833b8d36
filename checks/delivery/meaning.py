"""What a failure means: the seam between events and checks.replies.

A log holds the same few hundred replies over and over, with other addresses, identifiers and hosts in them. So a reply is
classified once for each *template*, the text with those masked, and remembered.
"""

import re
from functools import lru_cache

import msgspec

from checks.delivery.events import ATTEMPTS, FAILURES, LONGEST_REPLY, Event, Place, address, domain_of, plain
from checks.replies.classify import classify
from checks.replies.clean import cleaned, masked
from checks.replies.match import provider_of_host
from checks.replies.parse import one_line, parse_reply

LOGS = frozenset({"postfix", "exim", "sendmail", "qmail", "opensmtpd"})
TEMPLATES = 20_000
"""Distinct replies that are remembered."""


class Meaning(msgspec.Struct, frozen=True):
    """What a text was found to say. `wrapped`: the reply stands inside other words, and has to be taken out."""

    basic: str | None
    enhanced: str | None
    category: str | None
    permanence: str | None
    suppress: str | None
    provider: str | None
    wrapped: bool


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


_ADDRESSED = re.compile(r"\d\.\d|:")
_NUMBERED = re.compile(r"[0-9a-fA-F]*\d[0-9a-fA-F]*")
_LONG_WORD = 16
_EDGES = " \"'`<>-:;"
_CODES = re.compile(r"([2-5]\d\d)(?:[ -]#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?(?=[ \-;:,.]|$)")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def judged(said: Said, place: Place) -> Event:
    """The event that a reader's finding comes to."""
    recipient = address(said.recipient)
    sender = said.sender if not said.sender else address(said.sender)
    text = said.text
    if said.kind in FAILURES:
        meaning = _meaning_of(said)
        reply = said.reply if said.reply is not None else text
        if meaning.wrapped and said.reply is None:
            reply = parse_reply(text).raw or text
    else:
        meaning = _plain_meaning(said)
        reply = said.reply or text
    return Event(
        time=said.time,
        kind=said.kind,
        recipient=recipient,
        recipient_domain=domain_of(recipient),
        sender=sender,
        reply=_one_line(reply) if reply else None,
        basic=meaning.basic,
        enhanced=meaning.enhanced,
        category=meaning.category,
        permanence=meaning.permanence,
        suppress=meaning.suppress,
        provider=meaning.provider,
        host=said.host.lower() if said.host else None,
        queue_id=said.queue_id,
        message_id=plain(said.message_id) if said.message_id else None,
        local=said.local,
        format=said.format,
        source=place,
        event_id=said.event_id,
    )


def _one_line(text: str) -> str | None:
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


def _meaning_of(said: Said) -> Meaning:
    host = said.host or said.hint
    status = status_code(said.status)
    template = " ".join([_masked_word(word) for word in said.text[:LONGEST_REPLY].split()])
    known = said.provider or provider_of_host(host)
    meaning = _remembered(template, _Exact(said.text[:LONGEST_REPLY]), status, known, said.format not in LOGS)
    return _corrected(meaning, said)


def _masked_word(word: str) -> str:
    """The word without what differs from one message to the next. Codes and tokens of providers are short: they stay."""
    if "@" in word or ("[" in word and _ADDRESSED.search(word)):  # an address; a host with its address
        return "~"
    if len(word) < _LONG_WORD:
        return word
    return "name=~" if word.startswith("name=") else _NUMBERED.sub("#", word)


class _Exact(str):
    """A text that rides along with its template and counts for nothing in the comparison of two calls."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Exact)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=TEMPLATES)
def _remembered(template: str, exact: _Exact, status: str | None, provider: str | None, reported: bool) -> Meaning:
    text = str.__str__(exact)
    reply = parse_reply(text)
    wrapped = bool(reply.raw) and reply.raw.strip(_EDGES) != one_line(text).strip(_EDGES)
    # A log's dsn= is the server's own guess where the remote gave no enhanced code; a report's Status is a statement.
    own = status is not None and reply.enhanced is None and (reply.basic is None or reported)
    if own and (reply.basic is None or status is None or reply.basic[0] == status[0]):
        reply = msgspec.structs.replace(reply, enhanced=status)
    decision = classify(reply, provider=provider)
    category = decision.reading.category
    return Meaning(
        reply.basic,
        reply.enhanced or (status if own else None),
        category,
        decision.permanence,
        decision.suppress,
        decision.provider or provider,
        wrapped,
    )


def _corrected(meaning: Meaning, said: Said) -> Meaning:
    """What the source itself knows comes before what a text that decided nothing was taken for."""
    category, permanence, suppress = meaning.category, meaning.permanence, meaning.suppress
    if said.kind == "suppressed":
        # The service did not try: whatever it tells of an earlier reply is no new one.
        return msgspec.structs.replace(meaning, category="suppressed", permanence="permanent", suppress="already")
    if said.category is not None and category in ("unknown", "accepted"):
        category = said.category
        suppress = "yes" if category in ("recipient_unknown", "recipient_disabled") else "no"
    if category == "accepted":
        # Given up although a 2xx is quoted: the text is not the reply to this attempt.
        category, suppress = "unknown", "no"
    if said.permanence is not None and (permanence in (None, "ambiguous") or not (meaning.basic or meaning.enhanced)):
        permanence = said.permanence
    if category == meaning.category and permanence == meaning.permanence and suppress == meaning.suppress:
        return meaning
    return msgspec.structs.replace(meaning, category=category, permanence=permanence or "ambiguous", suppress=suppress)
