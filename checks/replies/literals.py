"""Which literals of the catalogue stand in a text: the few patterns that are worth trying follow from that.

Three ways give the same answer. `scan` looks for each literal, some four thousand: nothing has to be built for it, which is
right for one reply. `of_words` is for many: what a word leads to is remembered, so the usual words cost one look into a
dictionary. `of_automaton` (extra `fast`) reads the text once with an Aho-Corasick automaton.
"""

from collections.abc import Callable
from functools import cache

import msgspec

from checks.replies.catalogue import catalogue

Find = Callable[[str], set[int]]
"""Folded text -> numbers of the literals in it."""

MOST_WORDS = 20_000
GRAM = 3
"""Characters of the part of a word by which a literal is filed that may begin or end inside a word."""

_Filed = dict[str, list[tuple[str, tuple[int, ...]]]]


@cache
def texts() -> tuple[str, ...]:
    """The literals by their numbers."""
    return tuple(catalogue().literals.split("\n"))


@cache
def _index() -> dict[str, tuple[int, ...]]:
    return msgspec.json.decode(catalogue().index, type=dict[str, tuple[int, ...]])


def scan(text: str) -> set[int]:
    """The numbers of the literals in a text: what every other way has to find, too."""
    return {number for number, literal in enumerate(texts()) if literal in text}


class _Words(dict[str, tuple[int, ...]]):
    """Word of a text -> literals that it may be a part of. An unknown word is worked out once."""

    def __init__(self) -> None:
        self.whole: dict[str, tuple[int, ...]] = {}
        self.starts: _Filed = {}
        self.ends: _Filed = {}
        self.inside: _Filed = {}
        self.foreign: list[tuple[str, tuple[int, ...]]] = []
        for key, numbers in _index().items():
            kind, piece = key[:1], key[1:]
            match kind:
                case "=":
                    self.whole[piece] = numbers
                case ">":
                    self.starts.setdefault(piece[:GRAM], []).append((piece, numbers))
                case "<":
                    self.ends.setdefault(piece[-GRAM:], []).append((piece, numbers))
                case "*":
                    self.inside.setdefault(piece[:GRAM], []).append((piece, numbers))
                case "~":
                    self.foreign.append((piece, numbers))

    def __missing__(self, word: str) -> tuple[int, ...]:
        found = set(self.whole.get(word, ()))
        for piece, numbers in self.starts.get(word[:GRAM], ()):
            if word.startswith(piece):
                found.update(numbers)
        for piece, numbers in self.ends.get(word[-GRAM:], ()):
            if word.endswith(piece):
                found.update(numbers)
        inside = self.inside
        for start in range(len(word) - GRAM + 1):
            if (filed := inside.get(word[start : start + GRAM])) is not None:
                for piece, numbers in filed:
                    if word.startswith(piece, start):
                        found.update(numbers)
        if not word.isascii():
            found.update(number for piece, numbers in self.foreign if piece in word for number in numbers)
        if len(self) >= MOST_WORDS:
            self.clear()
        self[word] = answer = tuple(found)
        return answer


def of_words() -> Find:
    """The way on the standard library."""
    led, literals, always = _Words().__getitem__, texts(), set(_index().get("", ()))

    def find(text: str) -> set[int]:
        return {number for number in always.union(*map(led, text.split(" "))) if literals[number] in text}

    return find


def of_automaton() -> Find | None:
    """The way of the extra `fast`; None where it is not installed."""
    try:
        # Start-up time: one reply needs no automaton; and it may be absent. It has no types.
        import ahocorasick  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return None
    automaton = ahocorasick.Automaton()
    for number, literal in enumerate(texts()):
        automaton.add_word(literal, number)
    automaton.make_automaton()
    found = automaton.iter

    def find(text: str) -> set[int]:
        return {number for _, number in found(text)}

    return find
