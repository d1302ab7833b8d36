"""The catalogue of replies as it is read at run time: written from the TOML by `python -m tests.replies.compiled`.

Reading 300 KB of TOML takes 200 ms and the JSON made of it 2 ms, so the TOML is what people write and review, and
compiled.json what `healthcheck explain` reads; a test keeps them equal. docs/decisions/0014-replies-catalogue.md

Compiling also finds, for every alternative of every pattern, its literals: strings one of which stands in whatever the
alternative matches. Only the alternatives one of whose literals stands in a text are tried on it. A literal is found by its
rarest word; where its first or last word may go on outside of it, by a part of a word.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

CATALOGUE = Path(__file__).parents[2] / "checks" / "replies" / "catalogue"
OUTPUT = CATALOGUE / "compiled.json"
MOST_STRINGS = 32
"""Strings that a part of a pattern may stand for and still be spelt out."""

LEAST = 3
"""Letters and digits that each literal has to have."""

COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "it",
        "mail",
        "message",
        "messages",
        "not",
        "of",
        "on",
        "or",
        "the",
        "this",
        "to",
        "too",
        "was",
        "with",
        "you",
        "your",
        "been",
        "be",
        "our",
        "that",
        "sender",
        "recipient",
        "address",
        "user",
        "email",
        "server",
        "ip",
        "host",
        "domain",
        "no",
        "rejected",
        "account",
        "mailbox",
        "as",
        "has",
        "its",
    ]
)
"""Words in so many replies that looking for them finds nothing."""


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOGUE / name).read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    """All rules with the defaults of their files and the rank of their kind, in the order of the files' names."""
    found = []
    for path in sorted((CATALOGUE / "rules").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [data.get("defaults", {}) | rule for rule in data["rule"]]
    return found


def alternatives(pattern: str) -> list[str]:
    """The top-level alternatives of a pattern, as text."""
    parts, depth, start, i, in_class = [], 0, 0, 0, False
    while i < len(pattern):
        char = pattern[i]
        if char == "\\":
            i += 2
            continue
        if in_class:
            in_class = char != "]" or pattern[i - 1] == "["
        elif char == "[":
            in_class = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:i])
            start = i + 1
        i += 1
    return [*parts, pattern[start:]]


Strings = frozenset[str]
NONE: Strings = frozenset()


class Part(NamedTuple):
    """What a part of a pattern matches: exactly the strings of `exact`, or (None) something that holds, for each set of `holds`,
    one of its strings."""

    exact: Strings | None
    holds: tuple[Strings, ...]


OPEN = Part(None, ())
NOTHING = Part(frozenset({""}), ())


def literals(pattern: str) -> tuple[Strings, ...]:
    """Sets of strings: whatever the pattern matches in a folded text holds one of each. The most telling set first."""
    found = _sequence(parser.parse(pattern))
    sets = (_shortest(one) for one in _best((*found.holds, found.exact or NONE)))
    return _best(tuple(sets))


def _shortest(strings: Strings) -> Strings:
    """The strings that can stand in a folded text, and none that another one stands in."""
    kept = {text.strip() for text in strings if "  " not in text}
    return frozenset(text for text in kept if not any(other != text and other in text for other in kept))


def plain(pattern: str) -> str:
    """The one string that a pattern matches; "" where it matches several."""
    parsed = list(parser.parse(pattern))
    return "".join(chr(value) for _, value in parsed) if all(kind is op.LITERAL for kind, _ in parsed) else ""


def worth(strings: Strings) -> int:
    """How well strings tell a text that matches: letters and digits of the shortest of them. A sign of a script without
    spaces is worth two."""
    return min((sum(1 if char.isascii() else 2 for char in text if char.isalnum()) for text in strings), default=0)


def _best(sets: tuple[Strings, ...]) -> tuple[Strings, ...]:
    """The most telling sets; more than two would cost more than they save."""
    telling = [one for one in sets if worth(one) >= LEAST]
    return tuple(sorted(telling, key=lambda one: (-worth(one), len(one), sorted(one)))[:2])


def _sequence(items: Iterable[Any]) -> Part:
    whole, exact, holds = True, frozenset({""}), tuple[Strings, ...]()
    for item in items:
        part = _item(*item)
        if part.exact is not None and len(exact) * len(part.exact) <= MOST_STRINGS:
            exact = frozenset(head + tail for head in exact for tail in part.exact)
            continue
        # The strings end here, and others begin behind.
        whole = False
        holds = _best((*holds, exact, *part.holds))
        exact = part.exact if part.exact is not None else frozenset({""})
    return Part(exact, holds) if whole else Part(None, _best((*holds, exact)))


def _item(kind: Any, value: Any) -> Part:
    if kind is op.LITERAL:
        return Part(frozenset({chr(value)}), ())
    if kind is op.AT:
        return NOTHING
    if kind is op.SUBPATTERN:
        return _sequence(value[3])
    if kind is op.BRANCH:
        return _branch([_sequence(branch) for branch in value[1]])
    if kind is op.IN:
        return _class(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeat(*value)
    return OPEN


def _branch(parts: list[Part]) -> Part:
    every = NONE.union(*(part.exact or () for part in parts))
    if all(part.exact is not None for part in parts) and len(every) <= MOST_STRINGS:
        return Part(every, ())
    held = [_best((*part.holds, part.exact or NONE))[:1] for part in parts]
    return Part(None, (NONE.union(*(one for (one,) in held)),) if all(held) else ())


def _class(value: list[Any]) -> Part:
    chars: set[str] = set()
    for kind, part in value:
        if kind is op.LITERAL:
            chars.add(chr(part))
        elif kind is op.RANGE and part[1] - part[0] < 10:
            chars |= {chr(code) for code in range(part[0], part[1] + 1)}
        elif kind is op.CATEGORY and part is op.CATEGORY_DIGIT:
            chars |= set("0123456789")
        elif kind is op.CATEGORY and part is op.CATEGORY_SPACE:
            chars.add(" ")  # the only one in a folded text
        else:
            return OPEN
    return Part(frozenset(chars), ())


def _repeat(least: int, most: Any, items: Iterable[Any]) -> Part:
    inner = _sequence(items)
    if inner.exact is not None and inner.exact <= {" "}:  # there is never more than one in a row
        return Part(frozenset({" "} if least else {"", " "}), ())
    if inner.exact is not None and (least, most) == (0, 1):
        return Part(inner.exact | {""}, ())
    if least == 0:
        return OPEN
    if least == most <= 4:
        return _sequence(list(items) * least)
    return Part(None, _best((*inner.holds, inner.exact or NONE)))


def edges(pattern: str) -> tuple[bool, bool]:
    """Whether the pattern begins and ends in a word: with letters or figures that it spells out, whatever it matches."""
    items = list(parser.parse(pattern))
    return _spelt(items, 0), _spelt(items, -1)


def _spelt(items: list[Any], end: int) -> bool:
    for kind, value in items if end == 0 else reversed(items):
        if kind is op.AT:
            continue
        if kind is op.SUBPATTERN:
            return _spelt(list(value[3]), end)
        if kind is op.BRANCH:
            return all(_spelt(list(branch), end) for branch in value[1])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            if not _spelt(list(value[2]), end):
                return False
            if value[0]:
                return True
            continue  # it may be absent: what comes next is the edge, too
        if kind is op.IN:
            return all(part is op.LITERAL and _of_words(char) for part, char in value)
        return kind is op.LITERAL and _of_words(value)
    return False


def _of_words(code: int) -> bool:
    return chr(code).isascii() and chr(code).isalnum()


def keys(literal: str) -> list[str]:
    """The words of a literal as they are looked up: `=word` for a whole one, `<word` and `>word` for the end and the beginning
    of one, `*word` for what may stand inside one, `~` the same where it is shorter (two signs of Chinese)."""
    if " " not in literal and len(literal) < LEAST:
        return [f"~{literal}"]
    pieces = literal.split(" ")
    if len(pieces) == 1:
        return [f"*{literal}"]
    return [f"<{pieces[0]}", *(f"={piece}" for piece in pieces[1:-1]), f">{pieces[-1]}"]


def needles(all_rules: list[dict[str, Any]]) -> list[tuple[int, str, tuple[Strings, ...]]]:
    """Each alternative of each rule's pattern with its sets of literals."""
    return [
        (index, part, literals(part)) for index, rule in enumerate(all_rules) for part in alternatives(rule["pattern"])
    ]


def numbered(
    found: list[tuple[int, str, tuple[Strings, ...]]], signs: Iterable[str]
) -> tuple[list[list[Any]], dict[str, list[int]]]:
    """The literals, each with the needles whose first set it is in, and the words that lead to them, by their numbers.

    The signs of providers are literals, too, that lead to no needle.
    """
    texts = sorted(NONE.union(*(one for _, _, sets in found for one in sets), signs))
    leads: dict[str, list[int]] = {text: [] for text in texts}
    for number, (_, _, sets) in enumerate(found):
        for text in sorted(sets[0] if sets else NONE):
            leads[text].append(number)
    common = Counter(key for text in texts for key in keys(text))
    index: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        long = [key for key in keys(text) if len(key) > LEAST or key[0] == "~"]
        best = min(long, key=lambda key: (key[1:] in COMMON, common[key], -len(key), key), default="")
        index.setdefault(best, []).append(number)
    return [[text, leads[text]] for text in texts], dict(sorted(index.items()))


def compiled() -> str:
    """The JSON text, the same bytes for the same TOML."""
    all_rules = rules()
    found = needles(all_rules)
    for _, part, sets in found:
        if not sets:
            print(f"no literal of {LEAST} letters in {part!r}", file=sys.stderr)
    leads, index = numbered(found, toml("providers.toml")["sign"])
    number_of = {text: number for number, (text, _) in enumerate(leads)}
    sources = toml("sources.toml")
    guide = toml("guide.toml")
    document = {
        "categories": toml("categories.toml"),
        "sources": {key: one | {"seen": str(one["seen"])} for key, one in sources.items()},
        "enhanced": toml("enhanced.toml"),
        "basic": toml("basic.toml"),
        "guide_codes": guide["code"],
        "guide_errors": guide["error"],
        "classes": guide["class"],
        "hosts": toml("providers.toml")["host"],
        "signs": toml("providers.toml")["sign"],
        "rules": [{key: value for key, value in rule.items() if key != "pattern"} for rule in all_rules],
        "needles": [
            [rule, part, plain(part), *edges(part), sorted(number_of[text] for text in NONE.union(*sets[1:]))]
            for rule, part, sets in found
        ],
        "literals": "\n".join(text for text, _ in leads),
        "leads": [numbers for _, numbers in leads],
        "index": index,
        "api": toml("api.toml")["error"],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def main() -> None:
    """Write compiled.json."""
    OUTPUT.write_text(compiled(), encoding="utf-8")


if __name__ == "__main__":
    main()
