"""Which rules fit a text: the literals in it lead to the few patterns that are worth trying.

There are thousands of alternatives of patterns; searching a text for each takes more than a millisecond. So each alternative is
filed under literals one of which stands in whatever it matches, and only those are tried whose literal is there. Which way the
literals are found (checks/replies/literals.py) makes no difference.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

import msgspec

from checks.replies import literals
from checks.replies.catalogue import Rule, catalogue, loose_pattern, strict_pattern

LONGEST_TEXT = 4000
"""Characters that are searched; the longest real replies have some 1,200."""

_OF_DOMAINS = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
FEW = 40
"""Texts for which it does not pay to build anything."""


class Hit(msgspec.Struct, frozen=True):
    """A rule and the words that it found."""

    rule: Rule
    words: str


# What fits a reply, whom it speaks of and the wait that it states ask for the same text, one after the other.
@lru_cache(16)
def folded(text: str) -> str:
    """A text as the patterns want it: lower case, no accents, single spaces, addresses masked.

    What stands in an address is its owner's word, not the server's: <spam@example.com> is no complaint about spam.
    """
    if not text.isascii():
        import unicodedata  # start-up time: most replies are ASCII

        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
        text = text.casefold()
    else:
        text = text.lower()
    words = text.split()
    if "@" in text:
        words = [_without_address(word) if "@" in word else word for word in words]
    return " ".join(words)[:LONGEST_TEXT]


def _without_address(word: str) -> str:
    before, _, rest = word.partition("@")
    kept = before[: before.rfind("<") + 1] if "<" in before else ""
    # What stands behind the domain is the server's again: `(kim@example.net:blocked)`.
    return f"{kept}@{rest[rest.find('>') :] if '>' in rest else rest.lstrip(_OF_DOMAINS)}"


class Engine:
    """How literals are found: `auto` (the automaton where the extra `fast` is installed), `default` or `fast`."""

    def __init__(self) -> None:
        self.use("auto")

    def use(self, name: str) -> None:
        """Choose; LookupError for `fast` where it is not installed. The answers are the same."""
        if name == "fast" and literals.of_automaton() is None:
            raise LookupError("the fast engine is not installed: pip install 'mail-healthcheck[fast]'")
        self.name, self._few = name, 0
        self._find: literals.Find = literals.scan
        found.cache_clear()

    def find(self, text: str) -> set[int]:
        """The numbers of the literals in a folded text."""
        if self._few <= FEW:
            self._few += 1
            if self._few > FEW:
                automaton = literals.of_automaton() if self.name != "default" else None
                self._find = automaton or literals.of_words()
        return self._find(text)


class Found(msgspec.Struct, frozen=True, gc=False):
    """What the words of a text lead to: the rules that fit it, by number in the order of the catalogue, each with the longest
    words it found; and the provider that a sign in the text gives away."""

    fits: tuple[tuple[int, str], ...]
    provider: str | None


@lru_cache(2048)  # a queue that backs up says the same thing a thousand times; addresses are masked in it
def found(text: str) -> Found:
    """What a folded text leads to."""
    present = ENGINE.find(text)
    return Found(_fitting(text, present), None if present.isdisjoint(_sign_literals()) else _provider_of_sign(text))


ENGINE = Engine()


def hits(text: str) -> tuple[Hit, ...]:
    """The rules that fit a folded text, in the order of the catalogue, each with the longest words it found."""
    rules = catalogue().rules
    return tuple(Hit(rules[number], words) for number, words in found(text).fits)


def _fitting(text: str, present: set[int]) -> tuple[tuple[int, str], ...]:
    leads, trials = _LEADS, _TRIALS
    worth = {
        number for literal in present for number, also in leads[literal] if also is None or not also.isdisjoint(present)
    }
    fits: dict[int, str] = {}
    for number in sorted(worth):
        rule, plain, search, begins, ends = trials[number]
        # The pattern without edges is the faster one and fits nearly always as the strict one does: where its match has the
        # right edges, the strict pattern would have found the same.
        if search is None:
            start = text.find(plain)
            if start < 0:
                continue
            stop = start + len(plain)
        elif (match := search(text)) is not None:
            start, stop = match.span()
        else:
            continue
        words = text[start:stop]
        if (begins and text[start - 1 : start] in _IN_WORDS) or (ends and text[stop : stop + 1] in _IN_WORDS):
            match = strict_pattern(number).search(text)
            words = match[0] if match is not None else ""
        if len(words) > len(fits.get(rule, "")):
            fits[rule] = words
    return tuple(fits.items())


class _Leads(dict[int, tuple[tuple[int, frozenset[int] | None], ...]]):
    """Literal -> the needles that it leads to, each with the literals one of which must be there, too."""

    def __missing__(self, literal: int) -> tuple[tuple[int, frozenset[int] | None], ...]:
        known = catalogue()
        self[literal] = led = tuple((number, known.needles[number].also or None) for number in known.leads[literal])
        return led


_Trial = tuple[int, str, Callable[[str], re.Match[str] | None] | None, bool, bool]


class _Trials(dict[int, _Trial]):
    """Needle -> how it is tried: its rule, the one string that it matches or else its pattern, and its edges."""

    def __missing__(self, number: int) -> _Trial:
        needle = catalogue().needles[number]
        search = None if needle.plain else loose_pattern(needle.pattern).search
        self[number] = trial = (needle.rule, needle.plain, search, needle.begins, needle.ends)
        return trial


_LEADS, _TRIALS = _Leads(), _Trials()
"""Both are made as they are needed: one reply tries a few patterns."""
_IN_WORDS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


@lru_cache(8192)
def _host_provider(host: str) -> str | None:
    hosts = catalogue().hosts
    labels = host.lower().rstrip(".").split(".")
    for start in range(len(labels) - 1):
        if (provider := hosts.get(".".join(labels[start:]))) is not None:
            return provider
    return None


def provider_of_host(host: str | None) -> str | None:
    """Who runs the mail server of that name, as far as it is known."""
    return _host_provider(host) if host and len(host) <= 255 else None


@cache
def _signs() -> re.Pattern[str]:
    # Sorted longest first: sendersupport.olc.protection.outlook.com is not just any outlook.com.
    signs = sorted(catalogue().signs, key=lambda sign: (-len(sign), sign))
    return re.compile("|".join(map(re.escape, signs)))


@cache
def _sign_literals() -> frozenset[int]:
    signs = catalogue().signs
    return frozenset(number for number, text in enumerate(literals.texts()) if text in signs)


def _provider_of_sign(text: str) -> str | None:
    match = _signs().search(text)
    return catalogue().signs[match[0]] if match is not None else None
