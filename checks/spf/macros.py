"""SPF macros: `%{ir}.%{v}._spf.%{d2}` -> a name to ask. RFC 7208 section 7.

A macro stands for something about the message at hand: `s` the sender, `l` and `o` its local part and domain, `d` the
domain whose record is evaluated, `i` the address, `p` the name of the address, `v` "in-addr" or "ip6", `h` the HELO
name; in explanations also `c` the address for people, `r` who checks, `t` the time. Transformers cut the value at
delimiters, turn the parts round and keep the rightmost: `%{l1r-}` of "bob-list" is "bob". A capital letter escapes the
value for a URL.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from checks.names import MAX_LABEL, MAX_NAME

NAME_LETTERS = "slodiphv"
"""The macros that may stand in a domain-spec."""
EXPLANATION_LETTERS = NAME_LETTERS + "crt"

_PIECE = re.compile(
    r"%\{(?P<letter>[A-Za-z])(?P<digits>[0-9]*)(?P<reverse>[rR]?)(?P<delimiters>[-.+,/_=]*)\}|%[%_-]|%|[^%]+"
)
_ESCAPED = {"%%": "%", "%_": " ", "%-": "%20"}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_MASTER_FILE_ESCAPES = frozenset('"().;\\@$')
"""The characters that dig and dnspython write with a backslash in a name. RFC 1035 section 5.1"""


def has_macros(spec: str) -> bool:
    """True where a domain-spec depends on the message at hand (`%{...}`), not only on the record."""
    return "%{" in spec and any(found["letter"] for found in _PIECE.finditer(spec))


def uses(spec: str, letter: str) -> bool:
    """True where the macro of this letter, lower-case, stands in a macro-string in either case."""
    return "%{" in spec and any((found["letter"] or "").lower() == letter for found in _PIECE.finditer(spec))


def macro_string_fault(text: str, letters: str = NAME_LETTERS) -> str:
    """Why a text is no macro-string, or "". `letters`: the macros allowed here; c, r and t only in explanations.

    RFC 7208 sections 7.1, 7.2
    """
    if "%" not in text:
        return ""
    for found in _PIECE.finditer(text):
        if found[0] == "%" or (found["letter"] and not _good(found, letters)):
            return f'"{text[found.start() : found.start() + 12]}" is not a macro that may stand here'
    return ""


def _good(found: re.Match[str], letters: str) -> bool:
    # Keeping zero labels is not possible: DIGIT must be above 0. RFC 7208 section 7.3
    return found["letter"].lower() in letters and (not found["digits"] or bool(found["digits"].strip("0")))


def ends_in_macro(text: str) -> bool:
    """True where the last thing in a macro-string is a macro-expand (`%{d}`, `%%`, `%_`, `%-`). RFC 7208 section 7.1"""
    if "%" not in text:
        return False
    last = ""
    for found in _PIECE.finditer(text):
        last = found[0]
    return len(last) > 1 and last.startswith("%")


def expand(text: str, values: Mapping[str, str]) -> str:
    """A macro-string with its macros replaced; `values` by letter, in lower case. What is no macro stays as it is."""
    if "%" not in text:
        return text
    return "".join(_expanded(found, values) for found in _PIECE.finditer(text))


def _expanded(found: re.Match[str], values: Mapping[str, str]) -> str:
    letter = found["letter"]
    if not letter:
        return _ESCAPED.get(found[0], found[0])
    value = values.get(letter.lower())
    if value is None:
        return found[0]
    if found["digits"] or found["reverse"] or found["delimiters"]:
        value = _transformed(value, found["digits"], bool(found["reverse"]), found["delimiters"] or ".")
    return _url_escaped(value) if letter.isupper() else value


def _transformed(value: str, digits: str, reverse: bool, delimiters: str) -> str:
    """Cut at any of the delimiters, turned round, the rightmost parts, joined by dots. RFC 7208 section 7.3"""
    parts = re.split(f"[{re.escape(delimiters)}]", value)
    if reverse:
        parts.reverse()
    # More digits than any value has parts: all of them.
    keep = int(digits) if digits and len(digits) < 10 else len(parts)
    return ".".join(parts[-keep:])


def _url_escaped(value: str) -> str:
    # Everything outside the unreserved set of RFC 3986 section 2.3. RFC 7208 section 7.3
    return "".join(
        char
        if char in _UNRESERVED
        else "".join(f"%{octet:02X}" for octet in char.encode("utf-8", errors="backslashreplace"))
        for char in value
    )


@lru_cache(256)
def target_name(expanded: str) -> str:
    """The name that an expanded domain-spec stands for, in normal form; "" where the DNS cannot hold it.

    Too long a name loses labels on the left until 253 characters are left (RFC 7208 section 7.3). What RFC 7208
    section 4.8 leaves open, an empty label or one of more than 63 characters, names nothing that can exist.
    """
    name = expanded.lower().removesuffix(".")
    if len(name) > MAX_NAME:
        tail = name[-MAX_NAME - 1 :]
        name = tail[tail.find(".") + 1 :] if "." in tail else ""
    if not name.isascii() or not all(0 < len(label) <= MAX_LABEL for label in name.split(".")):
        return ""
    return name if _plain(name) else "".join(_escaped(char) for char in name)


_PLAIN = re.compile(r"[a-z0-9_.-]*\Z")


def _plain(name: str) -> bool:
    return _PLAIN.match(name) is not None


def _escaped(char: str) -> str:
    """A character of a name as a master file has it: `\\032` for a space. The dot stays what parts the labels."""
    if char == ".":
        return char
    if char in _MASTER_FILE_ESCAPES:
        return "\\" + char
    return char if "!" <= char <= "~" else f"\\{ord(char):03d}"
