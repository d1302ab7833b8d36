"""Explaining a stream: what was worked out for one reply serves all others that come to the same.

A queue that backs up says the same thing a thousand times, to other people. What varies (checks/replies/alike.py) decides
nothing, so the answer to a shape serves all texts of it; where an answer shows a part that varies, it is worked out for that
text alone. The server that spoke (`host mx1.example.net[192.0.2.7] said:`) is shown, and decides no more than whose it is: it is
filled in. Replies of other words that hold the same codes and fit the same rules have the same grounds, and the same
answer, too. `input` is that of each text.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from checks.replies.alike import HOST, MARK, Words, may_end_in_a_code, may_state_a_wait, others
from checks.replies.bare import LONGEST as LONGEST_BARE
from checks.replies.catalogue import Wait
from checks.replies.classify import classify, speaks_of_senders
from checks.replies.clean import may_hold_a_secret, word_may_hold_a_secret
from checks.replies.explain import explain, explain_body, plain_provider
from checks.replies.explanation import LONGEST_WORDS, Explanation, explanation_of, shown
from checks.replies.match import Found, folded, found, provider_of_host
from checks.replies.parse import Reply, parse_reply
from checks.replies.waits import wait_of

MOST_TEXTS = 2048
"""Texts that are remembered whole;"""
MOST_SHAPES = 4096
MOST_GROUNDS = 4096
TRIAL = 512
"""Texts after which it is seen whether shapes repeat;"""
PAUSE = 4096
"""texts for which none is made where hardly one in sixteen did."""
LONGEST_SHAPE = 2000
"""Characters up to which a text is compared by its shape."""

_PREFIX = b'{"input":'
_EMPTY = len(_PREFIX + b'""')
_DECIDED, _WHAT, _RULE = b'"decided_by":{"by":"', b'"what":', b',"rule":'
_HOST = "v.vv"
_OTHER_HOST = f"{'w' * 50}.{'w' * 50}"
_SPEAKER = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,254})\[[^\]\s]{1,60}\](?::\d{1,5})?")
_SAYING = ("said:", "replied:", "responded:")

Context = tuple[str | None, int | None, str | None]
"""The provider, the HTTP status and the host that are told beside a text."""
_NO_CONTEXT: Context = (None, None, None)
Span = tuple[int, int, int, int]
"""Which words of a folded text, the first and behind the last; characters of the first that come before, of the last behind."""


class Answer(NamedTuple):
    """What follows `input` in the answer to a shape, with what is filled in.

    `guarded`: a text of it may hold a credential. `what`: where the words stand that decided, where a part that varies is
    among them: they are missing between `rest` and `tail`. `of_host`: so is the host behind these.
    """

    rest: bytes
    guarded: bool
    of_host: bool
    what: Span | None = None
    tail: bytes = b""


Grounds = tuple[Reply, Found, Found | None, Wait | None, str | None, bool, int | None]
"""All that an answer rests upon beside the text that it gives back and the host that it names: the reply without its words,
what they fit, the wait that they state, who is known to have said it, and whether that was told."""


@lru_cache(4096)
def _stranger(word: str) -> str | None:
    """The name of the server in `mx1.example.net[192.0.2.7]` that runs for nobody that is known; None for any other word."""
    match = _SPEAKER.fullmatch(word)
    if match is None or provider_of_host(match[1]) is not None or word_may_hold_a_secret(word.lower()):
        return None
    return match[1]


def _said(words: list[str], span: Span) -> str:
    """The words of a text at some place, as they are shown."""
    first, stop, before, behind = span
    line = folded(" ".join(words[first:stop]))
    return line[before : len(line) - behind]


def _span(text: str, what: str) -> Span | None:
    """Where some words stand in a text; None where they do not, or more than once, or the text has other white space."""
    words = text.split(" ")
    if not text.isascii() or words != text.split() or not what or len(what) > LONGEST_WORDS:
        return None
    folds = list(map(folded, words))
    line = " ".join(folds)
    if line.count(what) != 1:
        return None
    start = line.index(what)
    stop = start + len(what)
    first, last = line.count(" ", 0, start), line.count(" ", 0, stop)
    before = start - sum(len(fold) + 1 for fold in folds[:first])
    return first, last + 1, before, sum(len(fold) + 1 for fold in folds[: last + 1]) - 1 - stop


class Stream:
    """Explains texts one after the other, as JSON; the answers are those of `explain`, byte by byte."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(str).decode
        self._alike = Words().__getitem__
        self._left, self._new_ones = TRIAL, 0
        self._room, self._repeated = MOST_TEXTS, 0
        self._seen: dict[tuple[str, Context] | str, bytes] = {}
        self._answers: dict[tuple[str, Context] | str, Answer | None] = {}
        self._same: dict[Grounds, bytes] = {}

    def explained(
        self, text: str, provider: str | None = None, http: int | None = None, host: str | None = None
    ) -> bytes:
        """The explanation of one text as a JSON object, without a line end."""
        context = _NO_CONTEXT if provider is None and http is None and host is None else (provider, http, host)
        key = text if context is _NO_CONTEXT else (text, context)
        if (whole := self._seen.get(key)) is not None:
            self._repeated += 1
            return whole
        whole = self._worked_out(text, context)
        self._room -= 1
        if self._room >= 0:
            if len(text) <= LONGEST_SHAPE:
                self._seen[key] = whole
        elif self._repeated > MOST_TEXTS // 16 or self._room < -8 * MOST_TEXTS:  # keeping what never repeats costs time
            self._seen.clear()
            self._room, self._repeated = MOST_TEXTS, 0
        return whole

    def _worked_out(self, text: str, context: Context) -> bytes:
        if len(text) > LONGEST_SHAPE or MARK in text or len(text) <= LONGEST_BARE:
            return self._encode(explain(text, *context))
        self._left -= 1
        if self._left < 0:
            return self._after_trial(text, context)
        words = text.split(" ")
        host = None
        # Postfix: `host mx1.example.net[192.0.2.7] said: 550 ...`. Behind a code nothing but the code's own words are read.
        if words[0] == "host" and len(words) > 3 and words[2] in _SAYING and words[3][:3].isdigit():
            host = _stranger(words[1])
            if host is not None:
                words[1] = f"{_HOST}[{HOST}]"
        shape = " ".join(map(self._alike, words))
        key = shape if context is _NO_CONTEXT else (shape, context)
        try:
            answer = self._answers[key]
        except KeyError:
            self._new_ones += 1
            answer = self._new(shape, context, host is not None)
            if len(self._answers) >= MOST_SHAPES:
                self._answers.clear()
            self._answers[key] = answer
        if answer is None:
            return self._whole(text, context)
        encode = self._encode
        whole = _PREFIX + encode(shown(text) if answer.guarded else text.strip()) + answer.rest
        if answer.what is not None:
            whole += encode(shown(_said(words, answer.what), LONGEST_WORDS)) + answer.tail
        return whole + encode(host) + b"}" if answer.of_host else whole

    def _after_trial(self, text: str, context: Context) -> bytes:
        """Where nearly every shape is new, making shapes is in vain: then it is left alone for a while."""
        if self._new_ones <= TRIAL - TRIAL // 16:
            self._left, self._new_ones = TRIAL, 0
            return self._worked_out(text, context)
        if self._left < -PAUSE:
            self._left, self._new_ones = TRIAL, 0
        return self._whole(text, context)

    def _new(self, shape: str, context: Context, of_host: bool) -> Answer | None:
        """The answer to a shape; None where it shows what varies, and cannot be filled in."""
        text = shape.replace(MARK, "")
        # No part that varies may hold a credential where it is not marked: what is left stands in the shape.
        guarded = MARK in shape or not (text.isascii() and text.isprintable()) or may_hold_a_secret(text.lower())
        rest, host = self._rest(text, context)
        probes = others(text)
        if of_host:
            probes = [probe.replace(f"host {_HOST}[", f"host {_OTHER_HOST}[", 1) for probe in probes]
        if not probes:
            return Answer(self._ended(rest, host), guarded, of_host=False)
        if may_end_in_a_code(text) or may_state_a_wait(folded(text)):
            return None
        answers = [self._rest(probe, context) for probe in probes]
        hosts = {_OTHER_HOST if of_host else host}
        if {one for _, one in answers} != hosts or (of_host and host != _HOST):
            return None
        end = b"" if of_host else self._encode(host) + b"}"
        if all(one == rest for one, _ in answers):
            return Answer(rest + end, guarded, of_host)
        before, what, behind = self._parted(rest)
        span = _span(text, what) if not of_host else None
        if span is None:
            return None
        for probe, (one, _) in zip(probes, answers, strict=True):
            if self._parted(one) != (before, _said(probe.split(" "), span), behind):
                return None
        return Answer(before, guarded, of_host, span, behind + end)

    def _parted(self, rest: bytes) -> tuple[bytes, str, bytes]:
        """What comes before the words that decided, these words, and what comes behind them."""
        start = rest.index(_WHAT, rest.index(_DECIDED)) + len(_WHAT)
        stop = rest.index(_RULE, start)
        return rest[:start], self._decode(rest[start:stop]), rest[stop:]

    def _ended(self, rest: bytes, host: str | None) -> bytes:
        return rest + self._encode(host) + b"}"

    def _whole(self, text: str, context: Context) -> bytes:
        return _PREFIX + self._encode(shown(text)) + self._ended(*self._rest(text, context))

    def _rest(self, text: str, context: Context) -> tuple[bytes, str | None]:
        """What follows `input` in the answer to a text, up to the host, which is the last; and the host."""
        provider, http, host = context
        provider = plain_provider(provider)
        if (of_service := explain_body(text, provider, http)) is not None:
            return self._without_ends(of_service), of_service.host
        reply = parse_reply(text)
        if reply.inner is not None:  # its words are shown
            return self._of_reply(reply, provider, http, host)
        about = found(folded(reply.context)) if reply.context else None
        words = folded(reply.text)
        kind = "" if not words else speaks_of_senders(words) or "x"
        bare = Reply(reply.basic, reply.enhanced, kind, "", reply.phase, None, reply.from_dsn)
        said_by = provider or provider_of_host(reply.host) or provider_of_host(host)
        grounds = (bare, found(words), about, wait_of(reply.raw), said_by, provider is not None, http)
        rest = self._same.get(grounds)
        if rest is None:
            rest, _ = self._of_reply(reply, provider, http, host)
            if len(self._same) >= MOST_GROUNDS:
                self._same.clear()
            self._same[grounds] = rest
        return rest, reply.host or host

    def _of_reply(
        self, reply: Reply, provider: str | None, http: int | None, host: str | None
    ) -> tuple[bytes, str | None]:
        """The answer to a reply: the text as it was given stands nowhere else in it."""
        answer = explanation_of("", reply, classify(reply, provider, host), http, host)
        return self._without_ends(answer), answer.host

    def _without_ends(self, answer: Explanation) -> bytes:
        """An answer as JSON, without its input and its host: these are the first and the last of it."""
        encoded = self._encode(answer)
        input_ends = _EMPTY if not answer.input else len(_PREFIX) + len(self._encode(answer.input))
        return encoded[input_ends : -1 - len(self._encode(answer.host))]
