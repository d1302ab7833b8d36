"""The catalogue: categories, codes, rules, errors of services, and the sources of all that.

People write TOML in catalogue/; compiled.json is made of it (docs/decisions/0014-replies-catalogue.md), decodes in a few
milliseconds, and holds beside the rules the words by which those few are found that are worth trying on a text.
"""

import re
from functools import cache, lru_cache

import msgspec

from checks.data import read_bytes

Wait = tuple[int, int]
"""Seconds: least, most."""


class Category(msgspec.Struct, frozen=True):
    """What a reply can come to, with what follows where a rule does not say otherwise."""

    title: str
    retry: str
    suppress: str
    who_acts: str
    meaning: str
    action: str
    suspects: tuple[str, ...]
    permanence: str | None = None
    wait_s: Wait | None = None


class Source(msgspec.Struct, frozen=True):
    """Where an entry comes from; `seen` is the day on which it was read, `url` None for what has no address to open."""

    title: str
    url: str | None = None
    seen: str = ""


class Rule(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """What certain words mean. What is None has the category's value.

    `provider` is "" for words that anybody says, and `rank` orders those. `basic` and `enhanced` are regular expressions
    for the codes that these words come with. `token`: the words are a code of that provider's own.
    `told`: anybody may say the words, so they are that provider's only where it is known from elsewhere.
    `phase`: only where the reply came in that phase of SMTP. `sure`: seen in the
    source, told by a secondary one, or the plain meaning of the words.
    """

    id: str
    category: str
    sources: tuple[str, ...]
    sure: str
    provider: str = ""
    rank: int = 0
    basic: str = ""
    enhanced: str = ""
    token: bool = False
    told: bool = False
    phase: str = ""
    permanence: str | None = None
    retry: str | None = None
    wait_s: Wait | None = None
    suppress: str | None = None
    who_acts: str | None = None
    meaning: str = ""
    action: str = ""
    suspects: tuple[str, ...] | None = None


class Enhanced(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """One subject.detail of the registry. `firm`: the number alone is trusted where no words decide."""

    title: str
    meaning: str
    category: str
    classes: tuple[int, ...]
    reference: str
    firm: bool
    sure: str
    also: tuple[str, ...] = ()
    """What else the number is used for, commonest first."""


class Basic(msgspec.Struct, frozen=True):
    """One three-digit code."""

    meaning: str
    reference: str
    also: tuple[str, ...] = ()


class Advice(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """What the usual references advise for a code or an error, by name; `practice` says where to deviate and why."""

    id: str
    title: str
    meaning: str
    action: str
    category: str
    basic: str = ""
    enhanced: str = ""
    name: str = ""
    http: tuple[int, ...] = ()
    permanence: str | None = None
    retry: str | None = None
    wait_s: Wait | None = None
    suppress: str | None = None
    practice: str = ""


class ClassMeaning(msgspec.Struct, frozen=True):
    """What the first digit says."""

    title: str
    meaning: str


class ApiError(msgspec.Struct, frozen=True):
    """One error of one sending service. `like`: the common name of the same thing."""

    provider: str
    category: str
    permanence: str
    retry: str
    who_acts: str
    meaning: str
    sources: tuple[str, ...]
    names: tuple[str, ...] = ()
    text: str = ""
    http: tuple[int, ...] = ()
    like: str = ""
    wait_s: Wait | None = None
    action: str = ""


class Needle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One alternative of a rule's pattern, and how it is tried.

    `plain`: the one string that it matches, "" where it matches several. `begins` and `ends`: it begins and ends with a whole
    word, as people mean it: `service refuse` is not found in `service refused`. `also`: numbers of literals one of which must
    stand in the text beside the one that led here (none: nothing more is needed).
    """

    rule: int
    pattern: str
    plain: str
    begins: bool
    ends: bool
    also: frozenset[int]


class Catalogue(msgspec.Struct, frozen=True):
    """All of it. `needles` are the alternatives of the rules' patterns. `literals`: strings, one a line, and in `leads` the
    needles that each leads to where it stands in a text.

    `index` (decoded where many replies are explained) leads from words to literals: `=word` a whole word, `>` the beginning
    of one, `<` the end, `*` any part, `~` a part of less than three characters, and "" to those that no word leads to."""

    categories: dict[str, Category]
    sources: dict[str, Source]
    enhanced: dict[str, Enhanced]
    basic: dict[str, Basic]
    guide_codes: tuple[Advice, ...]
    guide_errors: tuple[Advice, ...]
    classes: dict[str, ClassMeaning]
    hosts: dict[str, str]
    signs: dict[str, str]
    rules: tuple[Rule, ...]
    needles: tuple[Needle, ...]
    literals: str
    leads: tuple[tuple[int, ...], ...]
    index: msgspec.Raw
    api: tuple[ApiError, ...]


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    return msgspec.json.decode(read_bytes("checks.replies", "catalogue/compiled.json"), type=Catalogue)


@cache
def loose_pattern(pattern: str) -> re.Pattern[str]:
    """A needle's pattern without regard to the edges of words. Patterns that no text ever needs are never compiled. As in RE2,
    digits and words are those of ASCII."""
    return re.compile(pattern, re.ASCII)


@cache
def strict_pattern(number: int) -> re.Pattern[str]:
    """The pattern of a needle with the edges of words where it has them."""
    needle = catalogue().needles[number]
    before, after = "(?<![a-z0-9])" if needle.begins else "", "(?![a-z0-9])" if needle.ends else ""
    return re.compile(f"{before}(?:{needle.pattern}){after}", re.ASCII)


class Lazily:
    """A pattern that is compiled when it is first used: the wrappers' patterns would take a tenth of a short run."""

    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._text, self._flags = text, flags
        self._compiled: re.Pattern[str] | None = None

    def __call__(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        return self._compiled


@lru_cache(8192)
def code_fits(pattern: str, code: str) -> bool:
    """True if a rule's pattern for codes fits the whole code."""
    return re.fullmatch(pattern, code) is not None


@lru_cache(4096)
def advice_for(basic: str | None, enhanced: str | None) -> Advice | None:
    """The usual advice for a pair of codes: the entry for both, or for a basic code that comes alone."""
    entries = catalogue().guide_codes
    for advice in entries:
        if enhanced and advice.enhanced == enhanced and (not basic or advice.basic == basic):
            return advice
    return next((one for one in entries if not enhanced and not one.enhanced and one.basic == basic), None)


@lru_cache(4096)
def advice_named(name: str) -> Advice | None:
    """The usual advice for an API error, by its common name."""
    return next((one for one in catalogue().guide_errors if one.name == name), None)
