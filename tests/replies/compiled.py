"""The catalogue of replies as it is read at run time: written from the TOML by `python -m tests.replies.compiled`.

Reading 300 KB of TOML takes 200 ms and the JSON made of it 2 ms, so the TOML is what people write and review, and
compiled.json what `healthcheck explain` reads; a test keeps them equal. docs/decisions/0014-replies-catalogue.md

Compiling also finds, for every alternative of every pattern, the words one of which stands in whatever it matches: only
the alternatives whose words stand in a text are tried on it: the rarest word leads to the alternative, and of the second
rarest ones another must be there.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

CATALOGUE = Path(__file__).parents[2] / "checks" / "replies" / "catalogue"
OUTPUT = CATALOGUE / "compiled.json"
MOST_SKELETONS = 4000
PREFIX = 4
"""Characters of a word whose end the pattern leaves open."""

OPEN = "\x00"
"""Stands for anything, a part of a word too."""
GAP = " "
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


def skeletons(pattern: str) -> list[str]:
    """What a pattern can match, with OPEN for what it leaves open and GAP where no word can go on."""
    return list(_sequence(parser.parse(pattern)))


def _sequence(items: Iterable[Any]) -> list[str]:
    found = [""]
    for item in items:
        tails = _item(*item)
        found = [head + tail for head in found for tail in tails]
        if len(found) > MOST_SKELETONS:
            raise ValueError("too many skeletons")
    return found


def _item(kind: Any, value: Any) -> list[str]:
    if kind is op.LITERAL:
        return [chr(value) if chr(value).isalnum() else GAP]
    if kind is op.AT:
        return [GAP]
    if kind is op.SUBPATTERN:
        return _sequence(value[3])
    if kind is op.BRANCH:
        return [text for branch in value[1] for text in _sequence(branch)]
    if kind is op.IN:
        return _class(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeat(*value)
    return [OPEN]


def _class(value: list[Any]) -> list[str]:
    chars: list[str] = []
    for kind, part in value:
        if kind is op.LITERAL:
            chars.append(chr(part))
        elif kind is op.RANGE and part[1] - part[0] < 10:
            chars += [chr(code) for code in range(part[0], part[1] + 1)]
        elif kind is op.CATEGORY and part is op.CATEGORY_DIGIT:
            chars += list("0123456789")
        elif kind is op.CATEGORY and part is op.CATEGORY_SPACE:
            chars.append(" ")
        else:
            return [OPEN]
    return sorted({char if char.isalnum() else GAP for char in chars})


def _repeat(least: int, most: Any, items: Iterable[Any]) -> list[str]:
    inner = _sequence(items)
    if least == most and len(inner) ** least <= 16:
        found = [""]
        for _ in range(least):
            found = [head + tail for head in found for tail in inner]
        return found
    if inner == [GAP]:
        return [GAP] if least else ["", GAP]
    if least == 0:
        if all(text.startswith(GAP) or text.endswith(GAP) for text in inner):
            return [""]  # it brings its own space along, so the words around it stay whole
        if most == 1:
            return ["", *inner]
    if least == 1 and all(text.startswith(GAP) or text.endswith(GAP) for text in inner):
        return inner  # (?:the |our )+
    return [OPEN]


def words(skeleton: str) -> set[str]:
    """The whole words of a skeleton, and `abcd*` for one whose end is open. Its edges are edges of words."""
    found = set()
    for piece in skeleton.split(GAP):
        if OPEN not in piece:
            found.add(piece)
        else:
            head = piece.split(OPEN)[0]
            if len(head) >= PREFIX:
                found.add(head[:PREFIX] + "*")
    return {word for word in found if word}


def needles(all_rules: list[dict[str, Any]]) -> Iterator[tuple[int, str, list[set[str]]]]:
    for index, rule in enumerate(all_rules):
        for part in alternatives(rule["pattern"]):
            yield index, part, [words(skeleton) for skeleton in skeletons(part)]


def compiled() -> str:
    """The JSON text, the same bytes for the same TOML."""
    all_rules = rules()
    found = list(needles(all_rules))
    common = Counter(word for _, _, sets in found for word in set().union(*sets))
    index: dict[str, list[list[Any]]] = {}
    always = []
    for number, (_, part, sets) in enumerate(found):
        if not all(sets):
            always.append(number)
            print(f"no word in {part!r}", file=sys.stderr)
            continue
        seconds: dict[str, set[str] | None] = {}
        for one in sets:
            ranked = sorted(one, key=lambda w: (w in COMMON, len(w) < 3, common[w], -len(w), w))
            key, rest = ranked[0], [word for word in ranked[1:] if not word.endswith("*")]
            known = seconds.setdefault(key, set())
            if known is None or not rest:
                seconds[key] = None
            else:
                known.add(rest[0])
        for key, others in seconds.items():
            index.setdefault(key, []).append([number, sorted(others or ())])
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
        "needles": [[rule, part] for rule, part, _ in found],
        "index": dict(sorted(index.items())),
        "always": always,
        "api": toml("api.toml")["error"],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def main() -> None:
    """Write compiled.json."""
    OUTPUT.write_text(compiled(), encoding="utf-8")


if __name__ == "__main__":
    main()
