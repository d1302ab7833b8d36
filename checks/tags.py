"""The tag=value list that DKIM, DMARC, MTA-STS, TLS-RPT and BIMI share: text -> tags and faults. RFC 6376 section 3.2.

    v=DMARC1; p=reject; rua=mailto:reports@example.com

Tags are separated by semicolons, a semicolon at the end is allowed, white space may stand around names and values and
belongs to neither. A name stands once: one that stands twice makes the whole list invalid. Names are case-sensitive in
DKIM, while the grammars of DMARC, MTA-STS and TLS-RPT spell their names as ABNF strings, which are not (RFC 5234
section 2.3): the caller says which. Unknown tags are ignored, and a tag with an empty value is not an absent one.

Reading never fails. What does not parse becomes a `TagFault` that says where and why, and the tags beside it are read.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

WHITE_SPACE = " \t\r\n"
"""What may stand around names and values: FWS of RFC 6376 section 2.8."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
# Anything but printable ASCII, tabs, and line ends that fold: CRLF and then a space or a tab.
_STRAY = re.compile(r"[^\x20-\x7e\t\r\n]|\r(?!\n[ \t])|(?<!\r)\n")


class Kind(StrEnum):
    """What is wrong with a piece of the list."""

    EMPTY = "empty"
    """Nothing between two semicolons, or in the whole list."""
    NO_EQUALS = "no-equals"
    BAD_NAME = "bad-name"
    BAD_CHARACTER = "bad-character"
    """A character that is not printable ASCII; the tag is read all the same."""
    DUPLICATE = "duplicate"
    """A name that stood before; the tag is in `TagList.tags` all the same."""


class TagFault(msgspec.Struct, frozen=True):
    """Something that makes the list invalid: `position` counts characters from 1, `text` is the piece as published."""

    position: int
    text: str
    reason: str
    kind: Kind


class Tag(msgspec.Struct, frozen=True):
    """One tag. `name` and `value` as published, white space around them gone, white space inside the value kept.

    `position` and `value_position` count characters from 1; for an empty value the latter is where it would begin.
    """

    name: str
    value: str
    position: int
    value_position: int

    @property
    def text(self) -> str:
        return f"{self.name}={self.value}"


class TagList(msgspec.Struct, frozen=True):
    """A list as published: `tags` in order, the second of two alike included; `faults` by position.

    `fold` says that names are compared without regard to case.
    """

    text: str
    tags: tuple[Tag, ...]
    faults: tuple[TagFault, ...]
    fold: bool = False

    def tag(self, name: str) -> Tag | None:
        """The first tag of this name."""
        wanted = self._key(name)
        return next((tag for tag in self.tags if self._key(tag.name) == wanted), None)

    def get(self, name: str) -> str | None:
        """The value of the first tag of this name; None where there is none, "" where it is empty."""
        tag = self.tag(name)
        return tag.value if tag else None

    def has(self, *kinds: Kind) -> bool:
        """True if there is a fault of one of these kinds."""
        return any(fault.kind in kinds for fault in self.faults)

    def _key(self, name: str) -> str:
        return name.lower() if self.fold else name


def parse_tags(text: str, fold: bool = False) -> TagList:
    """Read a tag list. `fold`: names are compared without regard to case (DMARC), else with it (DKIM)."""
    tags: list[Tag] = []
    faults: list[TagFault] = []
    seen: set[str] = set()
    start = 0
    pieces = text.split(";")
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        if piece.strip(WHITE_SPACE):
            read = _read_piece(piece, start, faults)
            if read is not None:
                key = read.name.lower() if fold else read.name
                if key in seen:
                    reason = f'the tag "{read.name}" stands a second time; it may stand once'
                    faults.append(TagFault(read.position, read.text, reason, Kind.DUPLICATE))
                seen.add(key)
                tags.append(read)
        elif not last:
            faults.append(TagFault(start + 1, ";", "there is no tag before this semicolon", Kind.EMPTY))
        elif number == 0:
            faults.append(TagFault(1, piece, "there is no tag at all", Kind.EMPTY))
        start += len(piece) + 1
    return TagList(text, tuple(tags), tuple(sorted(faults, key=lambda fault: fault.position)), fold)


def _read_piece(piece: str, start: int, faults: list[TagFault]) -> Tag | None:
    """One tag-spec that is not blank; `start` is its offset in the list. Faults are added to `faults`."""
    before, equals, after = piece.partition("=")
    name, shown = before.strip(WHITE_SPACE), piece.strip(WHITE_SPACE)
    position = start + _indent(before if name else piece) + 1
    stray = _STRAY.search(piece)
    if stray is not None:
        reason = f"the character U+{ord(stray[0]):04X} may not stand in a tag"
        faults.append(TagFault(start + stray.start() + 1, shown, reason, Kind.BAD_CHARACTER))
    if not equals:
        faults.append(TagFault(position, shown, f'"{shown[:40]}" has no "=" after its name', Kind.NO_EQUALS))
        return None
    if not _NAME.match(name):
        reason = f'"{name[:40]}" is not a tag name: a letter, then letters, digits and underscores'
        faults.append(TagFault(position, shown, reason, Kind.BAD_NAME))
        return None
    value = after.strip(WHITE_SPACE)
    value_position = start + len(before) + 1 + (_indent(after) if value else 0) + 1
    return Tag(name, value, position, value_position)


def _indent(text: str) -> int:
    """How much white space a text begins with; 0 for one that is nothing else."""
    rest = text.lstrip(WHITE_SPACE)
    return len(text) - len(rest) if rest else 0


def write_tags(tags: Iterable[tuple[str, str]]) -> str:
    """Names and values as a record to publish: `v=DMARC1; p=reject`. What `parse_tags` reads back."""
    return "; ".join(f"{name}={value}" for name, value in tags)


def with_tag(tags: TagList, name: str, value: str | None, after: str = "") -> str:
    """The list as a record to publish, with one tag set, or removed where `value` is None; duplicates of it go.

    A tag that is new stands behind the tag called `after`, or at the end. Remedies are written with it.
    """
    kept: list[tuple[str, str]] = []
    folded, done = name.lower(), value is None
    for tag in tags.tags:
        if tag.name.lower() == folded:
            if not done and value is not None:
                kept.append((tag.name, value))
                done = True
            continue
        kept.append((tag.name, tag.value))
    if not done and value is not None:
        at = next((at for at, (known, _) in enumerate(kept, 1) if known.lower() == after.lower()), len(kept))
        kept.insert(at, (name, value))
    return write_tags(kept)
