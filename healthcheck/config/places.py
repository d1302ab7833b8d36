"""On which line of a TOML text a key stands: tomllib tells values and forgets where they were.

The text has been read by tomllib before, so it is well-formed TOML 1.0; this only walks through it, without values. A path is
what leads to a value: `("domain", 1, "ips", 0)` is the first of `ips` in the second `[[domain]]`.
"""

import contextlib
import re

Path = tuple[str | int, ...]

DEEPEST_KEY = 32
"""Names in one dotted key that are followed: no key of ours has as many."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}' + r"|'''(?:[^']|'(?!''))*'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every key, table and array element of a well-formed TOML text; the first where there are several.

    What is nested deeper than Python's stack is left out: whoever looks for it finds what holds it.
    """
    walk = _Walk(text)
    with contextlib.suppress(RecursionError, _Lost):
        walk.document()
    return walk.found


def line_of(found: dict[Path, int], path: Path) -> int | None:
    """The line of a value, or of what holds it; None for the whole text."""
    for length in range(len(path), 0, -1):
        if (line := found.get(path[:length])) is not None:
            return line
    return None


class _Lost(Exception):
    """The text is not what tomllib would have let through."""


class _Walk:
    """One pass over the text; `at` only ever grows."""

    def __init__(self, text: str) -> None:
        # As tomllib reads it.
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.found: dict[Path, int] = {}
        self._line = 1
        self._counted = 0
        self._arrays: dict[Path, int] = {}
        """How many tables an array of tables has so far."""

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._here()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self._key()
        self._expect("]]" if many else "]")
        path = self._resolved(keys[:-1])
        last = (*path, keys[-1])
        if not many:
            last = self._resolved(keys)
            self._note(last, line)
            return last
        index = self._arrays.get(last, 0)
        self._arrays[last] = index + 1
        self._note((*last, index), line)
        return (*last, index)

    def _note(self, table: Path, line: int) -> None:
        """A header makes the tables above it, too."""
        for length in range(1, len(table) + 1):
            self.found.setdefault(table[:length], line)

    def _resolved(self, keys: tuple[str, ...]) -> Path:
        """Names as a path: one that names an array of tables means the last of them."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._here()
        keys = self._key()
        self._expect("=")
        path = table
        for key in keys:
            path = (*path, key)
            self.found.setdefault(path, line)
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        mark = self.text[self.at : self.at + 1]
        if mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline(path)
        elif mark in ('"', "'"):
            self._string()
        else:
            self._skip(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._took("]"):
                return
            element = (*path, index)
            self.found.setdefault(element, self._here())
            self._value(element)
            index += 1
            self._skip(_BLANK)
            if not self._took(","):
                self._expect("]")
                return

    def _inline(self, path: Path) -> None:
        self.at += 1
        while True:
            self._skip(_BLANK)
            if self._took("}"):
                return
            self._pair(path)
            self._skip(_BLANK)
            if not self._took(","):
                self._expect("}")
                return

    def _key(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at : self.at + 1] in ('"', "'"):
                keys.append(_unquoted(self._string()))
            else:
                keys.append(self._match(_BARE_KEY))
            self._skip(_SPACE)
            if not self._took("."):
                return tuple(keys)
            if len(keys) > DEEPEST_KEY:
                raise _Lost

    def _string(self) -> str:
        return self._match(_STRING)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None or not found[0]:
            raise _Lost
        self.at = found.end()
        return found[0]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def _took(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def _expect(self, mark: str) -> None:
        self._skip(_SPACE)
        if not self._took(mark):
            raise _Lost

    def _here(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line


def _unquoted(text: str) -> str:
    if text[0] == "'":
        return text[1:-1]
    if "\\" not in text:
        return text[1:-1]
    import tomllib  # start-up time: for keys with escapes, which nobody writes

    return str(tomllib.loads(f"x = {text}")["x"])
