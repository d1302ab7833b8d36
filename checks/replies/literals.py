"""Which literals of the catalogue stand in a text: the few patterns that are worth trying follow from that.

Three ways give the same answer. `scan` looks for each literal, some ten thousand: nothing has to be built for it, which is
right for one reply. `of_words` is for many: what a word leads to is remembered, so the usual words cost one look into a
dictionary. `of_automaton` (extra `fast`) reads the text once with an Aho-Corasick automaton.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import msgspec

from checks.replies.catalogue import catalogue

Find = Callable[[str], set[int]]
"""Folded text -> numbers of the literals in it."""

MOST_WORDS = 20_000
GRAM = 3
"""Characters of the part of a word by which a literal is filed that may begin or end inside a word."""

_NOTHING: dict[str, tuple[int, ...]] = {}
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


class _Led(NamedTuple):
    """The literals that a word may be a part of: those that stand in it, those of which nothing more is known, those that the
    head of the next word must agree with, and those that the tail of the word before must agree with."""

    sure: tuple[int, ...]
    anyhow: tuple[int, ...]
    by_next: dict[str, tuple[int, ...]]
    by_last: dict[str, tuple[int, ...]]


class _Words(dict[str, _Led | None]):
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
        self.heads = frozenset(map(tuple, self.inside))

    def __missing__(self, word: str) -> _Led | None:
        anyhow = self._anywhere(word)
        nexts: dict[str, set[int]] = {}
        lasts: dict[str, set[int]] = {}
        if (exact := self.whole.get(word)) is not None:
            _file(exact, word, anyhow, nexts)
        if (filed := self.ends.get(word[-GRAM:])) is not None:
            for piece, numbers in filed:
                if word.endswith(piece):
                    _file(numbers, piece, anyhow, nexts)
        if (filed := self.starts.get(word[:GRAM])) is not None:
            for piece, numbers in filed:
                if word.startswith(piece):
                    _file_last(numbers, anyhow, lasts)
        led = self._led(word, anyhow, nexts, lasts)
        if len(self) >= MOST_WORDS:
            known = {one: leads for one, leads in self.items() if leads is not None}
            self.clear()
            if len(known) <= MOST_WORDS // 2:  # words that lead nowhere are those that are met once
                self.update(known)
        self[word] = led
        return led

    def _anywhere(self, word: str) -> set[int]:
        """The literals of which a part may stand anywhere in a word."""
        anyhow: set[int] = set()
        inside = self.inside
        if not self.heads.isdisjoint(zip(word, word[1:], word[2:], strict=False)):
            for start in range(len(word) - GRAM + 1):
                if (filed := inside.get(word[start : start + GRAM])) is not None:
                    anyhow.update(*[numbers for piece, numbers in filed if word.startswith(piece, start)])
        if not word.isascii():
            anyhow.update(*[numbers for piece, numbers in self.foreign if piece in word])
        return anyhow

    @staticmethod
    def _led(word: str, anyhow: set[int], nexts: dict[str, set[int]], lasts: dict[str, set[int]]) -> _Led | None:
        if not (anyhow or nexts or lasts):
            return None
        sure = {number for number in anyhow if texts()[number] in word}
        return _Led(tuple(sure), tuple(anyhow - sure), _frozen(nexts), _frozen(lasts))


def _file(numbers: tuple[int, ...], piece: str, anyhow: set[int], nexts: dict[str, set[int]]) -> None:
    """File literals that go on behind a piece under the beginning of what follows, wherever the piece stands in them."""
    for number in numbers:
        parts = texts()[number].split(" ")
        for at, part in enumerate(parts):
            if part == piece:
                behind = parts[at + 1][:GRAM] if at + 1 < len(parts) else ""
                _under(number, behind, at + 2 < len(parts), anyhow, nexts)


def _file_last(numbers: tuple[int, ...], anyhow: set[int], lasts: dict[str, set[int]]) -> None:
    """File literals that end with the beginning of a word under the end of what stands before it."""
    for number in numbers:
        parts = texts()[number].split(" ")
        before = parts[-2][-GRAM:] if len(parts) > 1 else ""
        _under(number, before, len(parts) > 2, anyhow, lasts)


def _under(number: int, gram: str, whole: bool, anyhow: set[int], filed: dict[str, set[int]]) -> None:
    """A single character that is no whole word may begin, or end, any word: that says nothing."""
    if len(gram) > 1 or (gram and whole):
        filed.setdefault(gram, set()).add(number)
    else:
        anyhow.add(number)


def _frozen(filed: dict[str, set[int]]) -> dict[str, tuple[int, ...]]:
    return {gram: tuple(numbers) for gram, numbers in filed.items()}


def of_words() -> Find:
    """The way on the standard library."""
    led, literals = _Words().__getitem__, texts()
    always: dict[str, list[int]] = {}
    for number in _index().get("", ()):
        always.setdefault(literals[number][:GRAM], []).append(number)
    rare = tuple(always.items())

    def find(text: str) -> set[int]:
        may: list[int] = []
        sure: list[int] = []
        for head, numbers in rare:
            if head in text:
                may += numbers
        tail, wanted = "", _NOTHING
        for word in text.split(" "):
            if wanted:
                may += wanted.get(word[:GRAM], ())
                may += wanted.get(word[: GRAM - 1], ())
            if (one := led(word)) is None:
                wanted = _NOTHING
            else:
                there, anyhow, wanted, lasts = one
                sure += there
                may += anyhow
                if lasts:
                    may += lasts.get(tail, ())
                    may += lasts.get(tail[1 - GRAM :], ())
            tail = word[-GRAM:]
        return {*sure, *[number for number in may if literals[number] in text]}

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
