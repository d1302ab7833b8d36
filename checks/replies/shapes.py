"""Explaining a stream: what was worked out for one reply serves all others that come to the same.

A queue that backs up says the same thing a thousand times, to other people. What varies (mail addresses, IP addresses, queue
and message ids) decides nothing, so a text with those parts made alike is a shape, and its answer serves all texts of it.
Replies of other words that hold the same codes and fit the same rules have the same grounds, and the same answer, too.
`input` is that of each text. Where an answer shows a part that varies, it is worked out for that text alone.
"""

import re
from functools import cache

import msgspec

from checks.replies import literals
from checks.replies.catalogue import Wait
from checks.replies.classify import classify, speaks_of_senders
from checks.replies.explain import explain, explain_body, plain_provider
from checks.replies.explanation import Explanation, explanation_of, shown
from checks.replies.match import Found, folded, found
from checks.replies.parse import Reply, parse_reply
from checks.replies.waits import SIGNS, UNIT, wait_of

MOST_SHAPES = 4096
MOST_GROUNDS = 4096
MOST_WORDS = 50_000
TRIAL = 512
"""Texts after which it is seen whether shapes repeat;"""
PAUSE = 4096
"""texts for which none is made where hardly one in sixteen did."""
LONGEST_SHAPE = 2000
"""Characters up to which a text is compared by its shape."""

_ADDRESS = r"(?P<a>[A-Za-z0-9.+=_~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
_NUMBERED = (
    r"(?P<i>(?<![\w.])(?:(?!127\.)[1-9]\d{0,2})(?:\.\d{1,3}){3}(?![\w.]))"
    r"|(?<![245]\.\d\.)(?<![245]\.\d\d\.)(?<![245]\.\d{3}\.)"  # 5.1.10000x holds a code, as some servers write it
    r"(?:(?P<q>(?<![A-Za-z0-9])(?=[A-Za-z]{0,40}\d)(?=\d{0,40}[A-Za-z])[A-Za-z0-9]{8,40}(?![A-Za-z0-9]))"
    r"|(?P<n>(?<![A-Za-z0-9])\d{5,20}(?![A-Za-z0-9])))"
)
_VARYING = re.compile(f"{_ADDRESS}|{_NUMBERED}")
_NO_ADDRESS = re.compile(_NUMBERED)
_ALIKE = {"a": "v@v.vv", "i": "9.9.9.9", "q": "v0000000", "d": "0v000000", "n": "90090"}
_OTHERWISE = {
    "a": f"{'w' * 40}@{'w' * 20}.example",
    "i": "188.188.188.188",
    "q": "w" + "1" * 39,
    "d": "7w" + "1" * 38,
    "n": "7" * 20,
}
"""The shortest and the longest parts of each kind: where both give the same answer, a rule neither shows them, nor looks into
them, nor counts their characters."""

_PREFIX = b'{"input":'
_EMPTY = len(_PREFIX + b'""')
_HEAD = 3
_CODE_IN_ADDRESS = re.compile(r"^[^A-Za-z]|(?<![A-Za-z0-9])[2-5]\d\d(?!\d)|[245]\.\d")
_LETTERS = re.compile(r"[a-z]{4}")

Grounds = tuple[Reply, Found, Found | None, Wait | None, str | None, int | None, str | None]
"""All that an answer rests upon beside the text that it gives back: the reply without its words, what they fit, and the wait
that they state."""


class _Words(dict[str, str]):
    """A word -> itself with what varies made alike. None holds a space, and no part that varies does."""

    def __missing__(self, word: str) -> str:
        alike = word if word.isalpha() else shape_of(word)
        if alike == word:  # an id is met once
            if len(self) >= MOST_WORDS:
                self.clear()
            self[word] = word
        return alike


def _alike(match: re.Match[str]) -> str:
    kind, found = match.lastgroup or "q", match[0]
    if kind == "a":  # 550-kim@example.net may be a code and an address
        return found if _CODE_IN_ADDRESS.search(found) is not None else _ALIKE[kind]
    if kind != "q":
        return _ALIKE[kind]
    # AS16012611 and BL001000 look like ids, and are words that rules look for.
    if _is_looked_for(found.lower()):
        return found
    return _ALIKE["q" if found[0].isalpha() else "d"]  # 5.1.1-9A is a code, 5.1.1-A9 a name


def _is_looked_for(word: str) -> bool:
    """True for what holds a word of a literal: that may be half of what a rule looks for, and no id."""
    if _LETTERS.search(word) is not None and _speaks_of_waiting(word):
        return True
    runs = _runs()
    for start in range(len(word) - _HEAD + 1):
        if (filed := runs.get(word[start : start + _HEAD])) is not None:
            for run in filed:
                if word.startswith(run, start):
                    return True
    return False


def _speaks_of_waiting(text: str) -> bool:
    return any(sign in text for sign in SIGNS)


@cache
def _number_of_time() -> re.Pattern[str]:
    return re.compile(rf"{_ALIKE['n']} ?(?:{UNIT})|after.{{0,24}}{_ALIKE['n']}")


def _may_state_a_wait(shape: str) -> bool:
    """True where a number that was made alike may be no id, but a wait: `try again in 86400 seconds`."""
    if _ALIKE["n"] not in shape:
        return False
    text = folded(shape)
    return _speaks_of_waiting(text) and _number_of_time().search(text) is not None


@cache
def _runs() -> dict[str, tuple[str, ...]]:
    """The words of the literals, by how they begin."""
    runs: dict[str, set[str]] = {}
    for text in literals.texts():
        for run in re.findall(r"(?=[0-9]*[a-z])[a-z0-9]{3,}", text):
            runs.setdefault(run[:_HEAD], set()).add(run)
    return {head: tuple(sorted(words)) for head, words in runs.items()}


def shape_of(text: str) -> str:
    """The text with what varies made alike."""
    return (_VARYING if "@" in text else _NO_ADDRESS).sub(_alike, text)


class Stream:
    """Explains texts one after the other, as JSON; the answers are those of `explain`, byte by byte."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._alike = _Words().__getitem__
        self._left, self._new_ones = TRIAL, 0
        self._answers: dict[tuple[str, str | None, int | None, str | None], bytes | None] = {}
        self._same: dict[Grounds, bytes] = {}

    def explained(
        self, text: str, provider: str | None = None, http: int | None = None, host: str | None = None
    ) -> bytes:
        """The explanation of one text as a JSON object, without a line end."""
        if len(text) > LONGEST_SHAPE:
            return self._encode(explain(text, provider, http, host))
        self._left -= 1
        if self._left < 0:
            return self._after_trial(text, provider, http, host)
        key = (" ".join(map(self._alike, text.split(" "))), provider, http, host)
        try:
            rest = self._answers[key]
        except KeyError:
            self._new_ones += 1
            rest = self._new(key)
        if rest is None:
            return self._whole(text, provider, http, host)
        return _PREFIX + self._encode(shown(text)) + rest

    def _after_trial(self, text: str, provider: str | None, http: int | None, host: str | None) -> bytes:
        """Where nearly every shape is new, making shapes is in vain: then it is left alone for a while."""
        if self._new_ones <= TRIAL - TRIAL // 16:
            self._left, self._new_ones = TRIAL, 0
            return self.explained(text, provider, http, host)
        if self._left < -PAUSE:
            self._left, self._new_ones = TRIAL, 0
        return self._whole(text, provider, http, host)

    def _new(self, key: tuple[str, str | None, int | None, str | None]) -> bytes | None:
        """The answer to a shape, behind its `input`; None where it shows what varies."""
        answer, shape = self._rest(*key), key[0]
        for kind, part in _ALIKE.items():
            shape = shape.replace(part, _OTHERWISE[kind])
        varies = shape != key[0] and (_may_state_a_wait(key[0]) or self._rest(shape, *key[1:]) != answer)
        rest = None if varies else answer
        if len(self._answers) >= MOST_SHAPES:
            self._answers.clear()
        self._answers[key] = rest
        return rest

    def _whole(self, text: str, provider: str | None, http: int | None, host: str | None) -> bytes:
        return _PREFIX + self._encode(shown(text)) + self._rest(text, provider, http, host)

    def _rest(self, text: str, provider: str | None, http: int | None, host: str | None) -> bytes:
        """What follows `input` in the answer to a text."""
        whose = plain_provider(provider)
        if (of_service := explain_body(text, whose, http)) is not None:
            return self._behind_input(of_service)
        reply = parse_reply(text)
        if reply.inner is not None:  # its words are shown
            return self._of_reply(reply, whose, http, host)
        about = found(folded(reply.context)) if reply.context else None
        text = folded(reply.text)
        kind = "" if not text else "s" if speaks_of_senders(text) else "x"
        bare = Reply(reply.basic, reply.enhanced, kind, "", reply.phase, reply.host, reply.from_dsn)
        wait = wait_of(reply.raw)
        grounds = (bare, found(text), about, wait, whose, http, host)
        rest = self._same.get(grounds)
        if rest is None:
            rest = self._of_reply(reply, whose, http, host)
            if len(self._same) >= MOST_GROUNDS:
                self._same.clear()
            self._same[grounds] = rest
        return rest

    def _of_reply(self, reply: Reply, provider: str | None, http: int | None, host: str | None) -> bytes:
        """What follows `input` in the answer to a reply: the text as it was given stands nowhere else in it."""
        return self._encode(explanation_of("", reply, classify(reply, provider, host), http, host))[_EMPTY:]

    def _behind_input(self, answer: Explanation) -> bytes:
        return self._encode(answer)[len(_PREFIX) + len(self._encode(answer.input)) :]
