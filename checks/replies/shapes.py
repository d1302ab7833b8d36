"""Explaining a stream: replies that differ in addresses and ids only are one reply, and are explained once.

A queue that backs up says the same thing a thousand times, to other people. What varies (mail addresses, IP addresses, queue
and message ids) decides nothing, so a text with those parts made alike is a shape, and its answer serves all texts of it.
`input` is that of each text. Where an answer shows a part that varies, it is worked out for that text alone.
"""

import re

import msgspec

from checks.replies.explain import explain
from checks.replies.explanation import Explanation, shown
from checks.replies.match import is_looked_for

MOST_SHAPES = 4096
LONGEST_SHAPE = 2000
"""Characters up to which a text is compared by its shape."""

_VARYING = re.compile(
    r"(?P<a>[A-Za-z0-9.+=_~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
    r"|(?P<i>(?<![\w.])(?:(?!127\.)[1-9]\d{0,2})(?:\.\d{1,3}){3}(?![\w.]))"
    r"|(?P<q>(?<![A-Za-z0-9])(?=[A-Za-z]{0,40}\d)(?=\d{0,40}[A-Za-z])[A-Za-z0-9]{8,40}(?![A-Za-z0-9]))"
    r"|(?P<n>(?<![A-Za-z0-9])\d{5,20}(?![A-Za-z0-9]))"
)
_ALIKE = {"a": "vvvv@vvvv.example", "i": "192.0.2.254", "q": "vvvv00000000vvvv", "n": "9009009"}
_MARKS = ("vvvv", "192.0.2.254", "9009009")

_PREFIX = b'{"input":'


def shape_of(text: str) -> str:
    """The text with what varies made alike."""
    return _VARYING.sub(_alike, text)


def _alike(match: re.Match[str]) -> str:
    kind = match.lastgroup or "q"
    # AS16012611 and BL001000 look like ids, and are words that rules look for.
    return match[0] if kind == "q" and is_looked_for(match[0].lower()) else _ALIKE[kind]


class Stream:
    """Explains texts one after the other, as JSON; the answers are those of `explain`, byte by byte."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._answers: dict[tuple[str, str | None, int | None, str | None], bytes | None] = {}

    def explained(
        self, text: str, provider: str | None = None, http: int | None = None, host: str | None = None
    ) -> bytes:
        """The explanation of one text as a JSON object, without a line end."""
        if len(text) > LONGEST_SHAPE or any(mark in text for mark in _MARKS):
            return self._encode(explain(text, provider, http, host))
        key = (shape_of(text), provider, http, host)
        if key not in self._answers:
            if len(self._answers) >= MOST_SHAPES:
                self._answers.clear()
            self._answers[key] = self._rest(explain(*key))
        rest = self._answers[key]
        if rest is None:
            return self._encode(explain(text, provider, http, host))
        return _PREFIX + self._encode(shown(text)) + rest

    def _rest(self, answer: Explanation) -> bytes | None:
        """What follows `input` in the answer to a shape; None where that shows what varies."""
        rest = self._encode(answer)[len(_PREFIX) + len(self._encode(answer.input)) :]
        return None if any(mark.encode() in rest for mark in _MARKS) else rest
