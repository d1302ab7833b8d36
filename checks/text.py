"""Text from strangers, made inert, and templates filled with it.

DNS records, replies and logs are written by whoever controls the other side: escape sequences, bidirectional
overrides, line ends, 64 KiB of anything. Everything that goes into a finding passes through `inert` once, here, so no
renderer has to think of it again; what is left for a renderer is its own markup.
"""

from collections.abc import Mapping
from string import Formatter
from typing import cast

Value = str | int | float | bool | None | tuple["Value", ...] | dict[str, "Value"]
"""What a finding's particulars hold: JSON, with tuples for arrays."""

LONGEST = 4096
"""Characters kept of one text: enough for every record that can be remedied, too few to flood a report."""
MOST = 256
"""Items kept of one array."""
SHOWN = 12
"""Items of an array that are spelled out inside a sentence; the rest is counted."""


def inert(value: object) -> Value:
    """The same value with every character that does not print replaced by a visible escape, and cut to a bounded size.

    Lists become tuples. TypeError for anything that is not JSON.
    """
    if type(value) is str and len(value) <= LONGEST and value.isprintable():
        return value  # nearly every one
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _inert_text(value)
        case tuple() | list():
            return tuple(inert(item) for item in value[:MOST])
        case dict():
            return {_inert_text(str(key)): inert(item) for key, item in list(value.items())[:MOST]}
        case _:
            raise TypeError(f"a finding holds text, numbers and arrays of them, not {type(value).__name__}")


def _inert_text(text: str) -> str:
    cut = text[:LONGEST]
    if not cut.isprintable():
        # isprintable() is false for controls, bidi and zero-width marks, surrogates and every separator but the space.
        cut = "".join(char if char.isprintable() else _escape(char) for char in cut)
    return cut if len(text) <= LONGEST else f"{cut}… ({len(text)} characters)"


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Part(str):
    """A piece of a filled template; `is_value` tells the strangers' words from ours, so that markup can fence them."""

    __slots__ = ("is_value",)
    is_value: bool

    def __new__(cls, text: str, is_value: bool) -> "Part":
        part = super().__new__(cls, text)
        part.is_value = is_value
        return part


def fields(template: str) -> frozenset[str]:
    """The names a template wants."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def fill(template: str, args: Mapping[str, Value]) -> tuple[Part, ...]:
    """A template and its particulars as pieces in order; `"".join` of them is the sentence.

    `{field: words with {} in them}` is said only where the field is not None, with its value for the `{}`. Arrays are joined
    by commas, or by line ends where they begin a line of the template, and cut after a dozen items with the rest counted.
    KeyError for a missing field.
    """
    parts: list[Part] = []
    for literal, name, words, _ in Formatter().parse(template):
        if literal:
            parts.append(Part(literal, is_value=False))
        if name is not None and words:
            parts.extend(fill(_named(name, words), args) if args[name] is not None else ())
        elif name is not None:
            # An array that begins a line is a list of records to publish: one a line, so that each can be copied.
            begins_line = bool(parts) and parts[-1].endswith("\n") and not parts[-1].is_value
            parts.extend(_spoken(args[name], "\n" if begins_line else ", "))
    return tuple(parts)


def spelled_out(template: str) -> str:
    """A template for people, who see all that may be said: with what is said only of some as if it were said always."""
    whole = ""
    for literal, name, words, _ in Formatter().parse(template):
        whole += literal + (_named(name, words or "{}") if name is not None else "")
    return whole


def _named(name: str, words: str) -> str:
    return words.replace("{}", f"{{{name}}}")


def _spoken(value: Value, between: str = ", ") -> list[Part]:
    match value:
        case str():
            return [Part(value, is_value=True)]
        case tuple():
            pieces: list[Part] = []
            for item in value[:SHOWN]:
                pieces += [Part(between, is_value=False)] if pieces else []
                pieces += _spoken(item)
            left = len(value) - SHOWN
            return [*pieces, Part(f" and {left} more", is_value=False)] if left > 0 else pieces
        case dict():
            return _spoken(tuple(f"{key} {cast(object, item)}" for key, item in value.items()))
        case None:
            return [Part("nothing", is_value=False)]
        case _:
            return [Part(str(value), is_value=False)]
