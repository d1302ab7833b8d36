"""What varies in a reply, made alike: mail addresses, IP addresses, queue and message ids. They decide nothing.

A text with these parts made alike is a *shape*. It is made word by word (what stands between two spaces), since nearly all
words of a stream were met before. What a rule may look for is left as it stands: `AS16012611` looks like an id, and is
none; `550-kim@example.net` may be a code and an address; behind `5.1.` stands a number that counts.
"""

import re
from functools import cache

from checks.replies import literals
from checks.replies.clean import any_in, word_may_hold_a_secret
from checks.replies.waits import ASCII_UNITS, SIGNS, UNIT

MOST_WORDS = 50_000
MARK = "\x00"
"""Stands behind a word that was made alike, and may hold a credential; no text that holds one itself is made alike."""

_MAILBOX, HOST, _NUMBER = "v@v.vv", "9.9.9.9", "90090"
_NAME, _NAME_OF_DIGIT, _NAME_OF_UNIT, _TIME = "v0000000", "0v000000", "h0000000", "1h000000"
_IDS = frozenset((_NAME, _NAME_OF_DIGIT, _NAME_OF_UNIT, _TIME))
OTHERWISE = {
    _MAILBOX: f"{'w' * 40}@{'w' * 20}.example",
    HOST: "188.188.188.188",
    _NAME: "w" + "1" * 39,
    _NAME_OF_DIGIT: "7w" + "1" * 38,
    _NAME_OF_UNIT: "s" + "1" * 39,
    _TIME: "7m" + "1" * 38,
    _NUMBER: "7" * 20,
}
"""What stands for each kind, short, and the longest part of that kind: where both give the same answer, a rule neither shows such
parts, nor looks into them, nor counts their characters."""

_ADDRESS = re.compile(r"[A-Za-z0-9.+=_~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_LABEL = "[A-Za-z][A-Za-z0-9]{0,30}"
_PLAIN_ADDRESS = re.compile(
    rf"([<(\[\"']{{0,2}}){_LABEL}(?:[.+=_~-]{_LABEL}){{0,4}}@{_LABEL}(?:[.-]{_LABEL}){{1,6}}([>)\]\"':;,]{{0,3}})"
)
"""A word that is an address in which no code can stand: behind each of its signs a letter follows."""
_CODE_IN_ADDRESS = re.compile(r"^[^A-Za-z]|(?<![A-Za-z0-9])[2-5]\d\d(?!\d)|[245]\.\d")
_OF_HOST = re.compile(r"(?<![\w.])(?:(?!127\.)[1-9]\d{0,2})(?:\.\d{1,3}){3}(?![\w.])")
_TOKENS = re.compile(r"([A-Za-z0-9]{5,})")
_CODE_BEFORE = re.compile(r"(?:^|[245])\.\d{1,3}\.$")
_LONGEST_ID, _SHORTEST_ID, _LONGEST_NUMBER = 40, 8, 20
_HARMLESS = "0123456789abcdefABCDEF.[](),;"
"""Of these characters alone no credential's name is made."""
_BEFORE_A_CODE = re.compile(r"(?:000|vv)[ -]#?[245]\.[0-7]\.\d")
_HEAD = 3
_HEX = "0123456789abcdef"


def shape_of(text: str) -> str:
    """The text with what varies made alike."""
    return " ".join([_made_alike(word) for word in text.split(" ")])


class Words(dict[str, str]):
    """A word -> itself with what varies made alike, and MARK behind it where that may hold a credential."""

    def __missing__(self, word: str) -> str:
        alike = word if word.isalpha() else _made_alike(word)
        if alike != word:
            if (word.strip(_HARMLESS) or "334" in word) and word_may_hold_a_secret(word.lower()):
                return alike + MARK
            if HOST not in alike:  # an id is met once; hosts are met again
                return alike
        if len(self) >= MOST_WORDS:
            self.clear()
        self[word] = alike
        return alike


def _made_alike(word: str) -> str:
    if "@" in word:
        if (plain := _PLAIN_ADDRESS.fullmatch(word)) is not None:
            return f"{plain[1]}{_MAILBOX}{plain[2]}"
        if any(_CODE_IN_ADDRESS.search(found) is not None for found in _ADDRESS.findall(word)):
            return word
        word = _ADDRESS.sub(_MAILBOX, word)
    if word.count(".") > 2:
        word = _OF_HOST.sub(HOST, word)
    parts = _TOKENS.split(word)
    for at in range(1, len(parts), 2):
        found = parts[at]
        if found.isalpha():
            continue
        if found.isdigit():
            alike = _NUMBER if len(found) <= _LONGEST_NUMBER else found
        elif not _SHORTEST_ID <= len(found) <= _LONGEST_ID or _is_looked_for(found.lower()):
            continue
        else:
            alike = _id(found.lower())
        before = parts[at - 1]
        # 5.1.10000x holds a code, as some servers write it.
        if before[-1:] != "." or _CODE_BEFORE.search(before) is None:
            parts[at] = alike
    # Gmail's ids end so: d2e1a72fcca58-7e8f1234abcdsi1234567plg.45
    if len(parts) > 1 and parts[-1][:1] == "." and parts[-1][1:].isdigit() and parts[-2] in _IDS:
        parts[-1] = f".{_NUMBER}"
    return "".join(parts)


def others(text: str) -> list[str]:
    """A text of parts that were made alike with other ones in their place: the longest, and where a number may be short, that."""
    longest = text
    for part, other in OTHERWISE.items():
        longest = longest.replace(part, other)
    shorter = text.replace(f".{_NUMBER}", ".7")
    return [other for other in (longest, shorter) if other != text]


def _id(found: str) -> str:
    """What stands for an id: 5.1.1-9A is a code, and 5.1.1-A9 a name; 12h34 may be hours, and so may 12 h34."""
    timed = found.lstrip("0123456789").startswith(ASCII_UNITS)
    if found[0].isdigit():
        return _TIME if timed else _NAME_OF_DIGIT
    return _NAME_OF_UNIT if timed else _NAME


def _is_looked_for(word: str) -> bool:
    """True for what holds a word of a literal, or a sign of waiting: that may be half of what a rule looks for, and no id."""
    heads, runs, of_hex = _runs()
    if not word.strip(_HEX):
        return any_in(of_hex, word)
    if heads.isdisjoint(zip(word, word[1:], word[2:], strict=False)):
        return False
    for start in range(len(word) - _HEAD + 1):
        if (filed := runs.get(word[start : start + _HEAD])) is not None and word.startswith(filed, start):
            return True
    return False


def may_end_in_a_code(text: str) -> bool:
    """True for a shape where the end of what was made alike may be a code, since another follows: `4bWxyz12345zQ550 5.7.1 no`."""
    return _BEFORE_A_CODE.search(text) is not None


def may_state_a_wait(text: str) -> bool:
    """True for a folded shape where a number that was made alike may be no id, but a wait: `try again in 86400 seconds`."""
    return _NUMBER in text and any_in(SIGNS, text) and _number_of_time().search(text) is not None


@cache
def _number_of_time() -> re.Pattern[str]:
    return re.compile(rf"{_NUMBER} ?(?:{UNIT})|after.{{0,24}}{_NUMBER}")


@cache
def _runs() -> tuple[frozenset[tuple[str, ...]], dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The words of the literals and the signs of waiting: how they begin, sign by sign; by how they begin; those that are made
    of hexadecimal digits alone, as most ids are."""
    runs: dict[str, set[str]] = {}
    for text in literals.texts():
        for run in re.findall(r"(?=[0-9]*[a-z])[a-z0-9]{3,}", text):
            runs.setdefault(run[:_HEAD], set()).add(run)
    for sign in SIGNS:
        runs.setdefault(sign[:_HEAD], set()).add(sign.partition(" ")[0])
    of_hex = tuple(sorted(run for words in runs.values() for run in words if not run.strip(_HEX)))
    return frozenset(map(tuple, runs)), {head: tuple(sorted(words)) for head, words in runs.items()}, of_hex
