"""From a faulty SPF record to the one that was meant, as far as that can be told.

A correction always parses: what cannot be guessed is left out and named. Nothing here changes what a valid term says.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.spf.record import VERSION, Mechanism, Modifier, Term, parse_record

LONGEST = 4096
"""Characters of a record that are corrected at most: more would not fit into a finding."""

MOST_JOINTS = 64
"""Joints between strings that are looked at: 64 KiB of text in strings of one octet would have 32,768."""

MECHANISM_NAMES = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})

_NAMED = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_-]*)([:=]?)(.*)\Z", re.DOTALL)
_ADDRESS_NAMES = frozenset({"ip", "ips", "ipv4", "ipv6", "ip4", "ip6", "a", "mx", "include", "ip4v", "ip4s"})
_SHORT_IP4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,3})((?:\.\*){0,3})(?:/+(\d{1,3}))?\Z")

_UTF8 = re.compile(r"[\xc2-\xf4][\x80-\xbf]{1,3}")
"""What may be one character in UTF-8; a text here has one character an octet."""

# What a word processor makes of plain text. The keys are characters after decoding as UTF-8.
_TYPOGRAPHY = str.maketrans(
    {"\t": " ", "\r": " ", "\n": " ", "\xa0": " ", "\u2007": " ", "\u202f": " "}
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\xad")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u201c\u201d\u201e\xab\xbb", '"')
    | dict.fromkeys("\u2018\u2019\u201a", "'")
)


class Correction(msgspec.Struct, frozen=True):
    """`text` is a record without faults, "" where the record is too long to be corrected. `dropped`: terms left out."""

    text: str
    dropped: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A TXT text with typographic blanks, dashes and quotation marks as the plain ones they stand for."""
    return _UTF8.sub(lambda found: _decoded(found[0]), text).translate(_TYPOGRAPHY)


def _decoded(octets: str) -> str:
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return octets


def without_term(text: str, *terms: str) -> str:
    """A record without some of its terms, each as it is published; it still says what happens to everybody else."""
    kept = [word for word in text[len(VERSION) :].split(" ") if word and word not in terms]
    record = parse_record(" ".join([VERSION, *kept]))
    if record.all_term is None and record.redirect is None:
        kept.append("~all")
    return " ".join([VERSION, *kept])


def corrected(text: str, joints: Sequence[int] = ()) -> Correction:
    """The record that was meant by `text`, which begins with `v=spf1` and a space or the end.

    `joints`: where its character-strings meet, as offsets into `text`.
    """
    if len(text) > LONGEST:
        return Correction("")
    kept: list[str] = []
    dropped: list[str] = []
    for word in _rejoined(list(_words(text, joints))):
        mended = next((candidate for candidate in _candidates(word) if _meant(candidate)), None)
        if mended is None or (mended != word and {"all", "+all"} & set(mended.lower().split(" "))):
            # Authorising everybody is not for us to guess: "allow" may be anything.
            dropped.append(word)
        else:
            kept += mended.split(" ")
    once = list(_without_repeats(kept))
    return Correction(" ".join([VERSION, *once]), tuple(dropped))


def split_at_joint(word: str, offset: int, joints: Sequence[int]) -> tuple[str, str] | None:
    """The two terms that two strings without a space between them ran into one, or None where it was one term.

    `offset` is where the word begins, `joints` where strings meet, both counted in the text of the record.
    """
    for joint in joints[:MOST_JOINTS]:
        left, right = word[: max(joint - offset, 0)], word[max(joint - offset, 0) :]
        if left and right and _stands_alone(right) and _can_be_meant(left):
            return left, right
    return None


def _words(text: str, joints: Sequence[int]) -> Iterator[str]:
    for found in re.finditer(r"[^ ]+", text[len(VERSION) :]):
        offset = len(VERSION) + found.start()
        word = found[0]
        while parts := split_at_joint(word, offset, joints):
            yield from plain(parts[0]).split()
            offset += len(parts[0])
            word = parts[1]
        yield from plain(word).split()


def _rejoined(words: Sequence[str]) -> Iterator[str]:
    """Words that a stray space tore apart, put together again: `- all`, `ip4: 192.0.2.1`, `include :example.com`."""
    held = ""
    for word in words:
        torn = held in ("+", "-", "~", "?") or (held[-1:] in (":", "=") and not _stands_alone(word))
        if (torn or (held and word[0] in ":=/")) and _can_be_meant(held + word):
            held += word
            continue
        if held:
            yield held
        held = word
    if held:
        yield held


def _can_be_meant(word: str) -> bool:
    return any(_meant(candidate) for candidate in _candidates(word))


def _meant(text: str) -> bool:
    """True where every word is a term that a person means: an unknown modifier called `ip4` is valid and means nothing."""
    terms = [_parsed(word) for word in text.split(" ")]
    return all(term is not None and not ignored(term) for term in terms)


def ignored(term: Term) -> bool:
    """True for a modifier that is a mistyped mechanism, `include=...`, or a second `v=spf1`: valid and without effect."""
    return isinstance(term, Modifier) and (term.name in MECHANISM_NAMES or term.name in ("ipv4", "ipv6", "v", "ip"))


def _parsed(word: str) -> Term | None:
    record = parse_record(f"{VERSION} {word}")
    return record.terms[0] if len(record.terms) == 1 and not record.faults else None


def _stands_alone(word: str) -> bool:
    term = _parsed(word)
    return isinstance(term, Mechanism) or (isinstance(term, Modifier) and term.name in ("redirect", "exp"))


def _without_repeats(words: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for word in words:
        name = word.partition("=")[0].lower()
        if name in ("redirect", "exp"):
            if name in seen:
                continue
            seen.add(name)
        yield word


def _candidates(word: str) -> Iterator[str]:
    """What a word may have been meant to be, the likeliest first; the word itself before all."""
    yield word if "//" not in word else ""
    stripped = word.strip("\"'`,;<>()[]{}").rstrip(".:=/\\")
    stripped = re.sub(r"(?:https?:)?//(?=[A-Za-z_])", "", stripped)
    stripped = re.sub(r"\A[+?~-]+(?=[+?~-])", "", stripped)
    yield stripped
    if "," in stripped or ";" in stripped:
        yield from _list(stripped)
    yield from _addresses("", stripped)
    found = _NAMED.match(stripped)
    if found is None:
        return
    qualifier, name, separator, value = found[1], found[2].lower(), found[3], found[4]
    if separator and value:
        if name in ("redirect", "exp"):
            yield f"{name}={value}"
        elif name in _ADDRESS_NAMES:
            yield from _addresses(qualifier, value)
            yield f"{qualifier}a:{value}" if name.startswith("ip") else f"{qualifier}{name}:{value}"
            yield f"{qualifier}{name}:{_cidr_without_zeros(value)}"
    meant = _nearest(name)
    if meant:
        yield f"{qualifier}{meant}:{value}" if value else f"{qualifier}{meant}"
        if value:
            yield f"{qualifier}{meant}:{_cidr_without_zeros(value)}"
    if name in ("redirct", "redirect", "rediret", "redir") and value:
        yield f"redirect={value}"
    if meant == "all" or name == "all":
        yield f"{qualifier}all"


def _list(word: str) -> Iterator[str]:
    """`ip4:192.0.2.1,192.0.2.2` and `a,mx`: a list in one term, which SPF does not have."""
    parts = [part for part in re.split(r"[,;]+", word) if part]
    yield " ".join(parts)
    name, colon, _ = parts[0].partition(":") if parts else ("", "", "")
    if colon:
        yield " ".join([parts[0], *(part if ":" in part else f"{name}:{part}" for part in parts[1:])])


def _addresses(qualifier: str, value: str) -> Iterator[str]:
    """A network, however it was written: without its mechanism, with the wrong one, cut short, with a star."""
    address, _, digits = value.partition("/")
    digits = digits.lstrip("/")
    digits = str(int(digits)) if digits.isdecimal() and digits.isascii() and len(digits) < 4 else digits
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        found = _SHORT_IP4.match(value)
        if found is None:
            return
        octets = found[1].split(".")
        if found[2] or (found[3] and len(octets) < 4):
            length = found[3] or str(8 * len(octets))
            yield f"{qualifier}ip4:{'.'.join([*octets, *['0'] * (4 - len(octets))])}/{length}"
        return
    yield f"{qualifier}ip{version}:{address}" + (f"/{digits}" if digits else "")


def _cidr_without_zeros(value: str) -> str:
    return re.sub(r"/0+(?=\d)", "/", value)


def _nearest(name: str) -> str:
    if name in MECHANISM_NAMES:
        return name
    if len(name) > 16:
        return ""
    import difflib  # 8 ms, and needed for a misspelt record only

    close = difflib.get_close_matches(name, sorted(MECHANISM_NAMES), n=1, cutoff=0.6)
    return close[0] if close else ""
