"""Texts that look like DMARC records and are none: a receiver passes over them without a word.

A record begins with `v=DMARC1`, exactly so, and then a semicolon or its end; everything else is discarded before anybody
looks at its policy (RFC 9989 sections 4.7 and 4.10 step 2). So the domain has no DMARC, and nothing says why.
"""

import re

import msgspec

from checks.dmarc.record import VERSION, is_dmarc, parse_record
from checks.tags import WHITE_SPACE, Kind, parse_tags, write_tags

LONGEST = 4096
"""Characters of a text that are looked at."""

_QUOTES = "\"'`\\\u201c\u201d\u2018\u2019\ufeff\u200b\xa0"
_BLANK = WHITE_SPACE + "\xa0"
_VERSION_LIKE = re.compile(r"[vV]?\s{0,4}[=:]?\s{0,4}dmarc[\s_-]{0,4}(\d{0,4})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s;,:|]*")
_TAG_BEGINS = re.compile(r"[\s,|]+(?=(?:p|sp|np|t|psd|adkim|aspf|rua|ruf|fo|pct|rf|ri)\s{0,4}=)", re.IGNORECASE)


class Discarded(msgspec.Struct, frozen=True):
    """A text meant as a DMARC record: why it does not count, and the record that would ("" where none can be told)."""

    text: str
    reason: str
    meant: str


def discarded(text: str) -> Discarded | None:
    """What is wrong with a text that looks like a DMARC record; None for DMARC records and for everything else."""
    if is_dmarc(text) or "dmarc" not in text.lower() or len(text) > LONGEST:
        return None
    bare = text.strip(_BLANK + _QUOTES)
    found = _VERSION_LIKE.match(bare)
    if found is None:
        late = any(tag.name.lower() == "v" and tag.value.upper() == "DMARC1" for tag in parse_tags(text).tags)
        return Discarded(text, "v=DMARC1 is not its first tag", _version_first(text)) if late else None
    if found[1] not in ("", "1"):
        return Discarded(text, f'its version is "DMARC{found[1]}", and only DMARC1 exists', "")
    return Discarded(text, _reason(text, bare, found), _meant(bare[found.end() :]))


def _reason(text: str, bare: str, found: re.Match[str]) -> str:
    rest = bare[found.end() :]
    if text[:1] in _QUOTES or (text[:1] in _BLANK and bare[:1] in _QUOTES):
        return "it begins with a quotation mark or a character that cannot be seen"
    if text[:1] in _BLANK:
        return "it begins with a blank"
    if not found[0].lower().startswith("v"):
        return 'its first tag has no "v="'
    if "=" not in found[0] or found[1] != "1":
        return f'it begins with "{found[0]}" and not with "{VERSION}"'
    if "DMARC1" not in found[0]:
        return f'its version is written "{found[0].split("=")[1].strip()}", and only capital letters count: DMARC1'
    if re.match(r"\s*[A-Za-z]+\s{0,4}=", rest):
        return f'there is no semicolon after "{VERSION}"'
    return f'"{VERSION}" is followed by "{rest.strip()[:1]}" and not by a semicolon'


def _version_first(text: str) -> str:
    tags = [(tag.name, tag.value) for tag in parse_tags(text).tags if tag.name.lower() != "v"]
    return _checked(write_tags([("v", "DMARC1"), *tags]))


def _meant(rest: str) -> str:
    """The record with the tags that follow a broken version, separated by semicolons as they should be."""
    body = _SEPARATORS.sub("", rest, count=1)
    separated = "; ".join(piece.strip() for piece in _TAG_BEGINS.split(body.strip(_BLANK + _QUOTES + ";")))
    tags = [(tag.name.lower(), tag.value.rstrip(",| ")) for tag in parse_tags(separated).tags]
    return _checked(write_tags([("v", "DMARC1"), *tags]))


def _checked(record: str) -> str:
    """The record if it is one that works, else nothing: half a guess is no remedy."""
    if not is_dmarc(record):
        return ""
    read = parse_record(record)
    sound = not read.tags.has(*Kind) and not read.policy_faults and not read.faults
    return record if sound else ""
