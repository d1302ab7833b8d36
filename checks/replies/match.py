"""Which rules fit a text: its words lead to the few patterns that are worth trying.

There are some two thousand alternatives of patterns; searching a text for each takes a millisecond. So each alternative
is filed under words one of which stands in whatever it matches, and only those are tried whose word is there.
"""

import re
from functools import cache, lru_cache

import msgspec

from checks.replies.catalogue import Rule, catalogue, compiled_pattern

LONGEST_TEXT = 4000
"""Characters that are searched; the longest real replies have some 1,200."""

_WORD = re.compile(r"[a-z0-9]+")
_PREFIX = 4


class Hit(msgspec.Struct, frozen=True):
    """A rule and the words that it found."""

    rule: Rule
    words: str


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
    if "@" not in text:
        return " ".join(text.split())[:LONGEST_TEXT]
    return " ".join(_without_address(word) if "@" in word else word for word in text.split())[:LONGEST_TEXT]


def _without_address(word: str) -> str:
    before, _, rest = word.partition("@")
    kept = before[: before.rfind("<") + 1] if "<" in before else ""
    return f"{kept}@{rest[rest.find('>') :] if '>' in rest else ''}"


@lru_cache(2048)  # a queue that backs up says the same thing a thousand times; addresses are masked in it
def hits(text: str) -> tuple[Hit, ...]:
    """The rules that fit a folded text, in the order of the catalogue, each with the longest words it found."""
    known = catalogue()
    needles, rules = known.needles, known.rules
    found: dict[int, str] = {}
    for number in sorted(_candidates(text)):
        index, pattern = needles[number]
        match = compiled_pattern(pattern).search(text)
        if match is not None and len(match[0]) > len(found.get(index, "")):
            found[index] = match[0]
    return tuple(Hit(rules[index], words) for index, words in found.items())


def _candidates(text: str) -> set[int]:
    index = catalogue().index
    numbers = set(catalogue().always)
    words = set(_WORD.findall(text))
    keys = words & index.keys()
    keys.update(prefix for word in words if (prefix := word[:_PREFIX] + "*") in _prefixes())
    for key in keys:
        for number, others in index[key]:
            if not others or not others.isdisjoint(words):
                numbers.add(number)
    return numbers


def is_looked_for(word: str) -> bool:
    """True for a word, in lower case, that leads to rules."""
    return word in catalogue().index or word[:_PREFIX] + "*" in _prefixes()


@cache
def _prefixes() -> frozenset[str]:
    return frozenset(key for key in catalogue().index if key.endswith("*"))


@cache
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


def provider_of_text(text: str) -> str | None:
    """Whose words a folded text gives away by a sign in it: `gsmtp`, a help page's address."""
    match = _signs().search(text)
    return catalogue().signs[match[0]] if match is not None else None
