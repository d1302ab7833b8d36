"""Which provider a name in the DNS gives away: `aspmx.l.google.com` as mail exchanger means Google Workspace.

The patterns are data, in fingerprints.toml. Reading them takes a few milliseconds, so it happens when somebody asks, and
only those patterns are compiled of which some word stands in the text. A guess from a fingerprint is a guess: it leads to
a question worth asking or to a better remedy, never to a failure.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache, cached_property

import msgspec

from checks.data import read_toml

LONGEST_TEXT = 512
"""Characters of a text that are looked at: a name has 253, and what a verification record begins with says whose it is."""

# `\.`, `\d`, and a letter that may be missing
_NOT_LITERAL = re.compile(r"\\.|[a-z0-9][?*]", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]{3,}", re.IGNORECASE)
_COMMON = frozenset({"com", "net", "org", "spf"})


class Place(StrEnum):
    """Where a name or a text was met."""

    MX = "mx"
    SPF = "spf"
    """What an include or a redirect names."""
    DKIM_CNAME = "dkim-cname"
    """What the CNAME at a selector points to."""
    CNAME = "cname"
    """What the CNAME at another name points to: return path, tracking."""
    PTR = "ptr"
    TXT = "txt"
    RUA = "rua"
    """The host of a DMARC report address."""


class Fingerprint(msgspec.Struct, frozen=True, dict=True):
    """One entry of the data: a regular expression to be searched for, and whether several sources agree on it."""

    provider: str
    pattern: str
    sure: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """Pieces of the pattern, one of which stands in whatever it matches, unless there are none."""
        return frozenset(_WORD.findall(_NOT_LITERAL.sub(" ", self.pattern).lower())) - _COMMON


@cache
def fingerprints(place: Place) -> tuple[Fingerprint, ...]:
    """The data for one place, the sure ones first, in the order of the file."""
    data = _data()
    return tuple(
        Fingerprint(provider, pattern, sure=confidence == "high")
        for confidence in ("high", "medium")
        for provider, pattern in data[confidence].get(place.value, {}).items()
    )


@cache
def _data() -> dict[str, dict[str, dict[str, str]]]:
    return read_toml("checks.providers", "fingerprints.toml")


def recognised(place: Place, texts: Iterable[str]) -> tuple[str, ...]:
    """The providers that names in normal form (or texts, for Place.TXT) give away: the surest first, each once."""
    shown = [text[:LONGEST_TEXT] for text in texts]
    if not shown:
        return ()
    everything = "\n".join(shown).lower()
    # Compiling all patterns of one place takes up to 10 ms; hardly any of them has a word in common with the texts.
    likely = [one for one in fingerprints(place) if any(word in everything for word in one.words or ("",))]
    return tuple(dict.fromkeys(one.provider for one in likely if any(re.search(one.pattern, text) for text in shown)))
