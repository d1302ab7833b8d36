"""One DMARC Policy Record: text -> tags, their meaning, and faults. RFC 9989 sections 4.7 and 4.8.

Reading never fails. The version decides whether a text is a record at all; a name that stands twice makes the whole list
invalid (RFC 6376 section 3.2); every other fault costs its own tag only: unknown tags are ignored, and a value that is
none of its tag's makes the tag default. For `p`, `sp` and `np` that is not so: see `DmarcRecord.policy_faults`.
"""

import re
from enum import StrEnum
from functools import lru_cache

import msgspec

from checks.names import is_hostname, normalised
from checks.tags import Kind, Tag, TagList, parse_tags

VERSION = "v=DMARC1"

# "v" is an ABNF string and has no case, %s"DMARC1" has one. RFC 9989 section 4.8
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):((?:[A-Za-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9A-Fa-f]{2})+)\Z")
_OBSOLETE_SIZE = re.compile(r"!\d+[kmgtKMGT]?\Z")
_DIGITS = re.compile(r"\d{1,10}\Z")
_READ_BEFORE = 128
"""Records kept with what was read in them: the same record is met by several checks."""

KNOWN_TAGS = ("v", "p", "sp", "np", "t", "psd", "adkim", "aspf", "rua", "ruf", "fo")
HISTORIC_TAGS = ("pct", "rf", "ri")
"""Known to RFC 7489, ignored since RFC 9989. Appendix C.5.2"""


class Policy(StrEnum):
    """What the owner asks of a receiver for mail that fails DMARC. RFC 9989 section 4.7, tag p"""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def strength(self) -> int:
        return ("none", "quarantine", "reject").index(self.value)

    @property
    def lowered(self) -> "Policy":
        """The policy one level lower, which is what `t=y` asks for. RFC 9989 section 4.7, tag t"""
        return Policy.QUARANTINE if self is Policy.REJECT else Policy.NONE


class Mode(StrEnum):
    """How closely an authenticated domain must match the RFC5322.From domain. RFC 9989 section 4.4"""

    RELAXED = "r"
    STRICT = "s"


class Fault(msgspec.Struct, frozen=True):
    """A value that is none of its tag's: `position` counts characters from 1, `text` is the tag as published."""

    position: int
    tag: str
    text: str
    reason: str


class ReportUri(msgspec.Struct, frozen=True):
    """One URI of rua or ruf, as published, with the obsolete size limit ("!10m") cut off into `size`.

    `host` is the domain that must agree to the reports, in normal form; `fault` says why the text is no URI, or is "".
    """

    text: str
    position: int
    scheme: str = ""
    host: str = ""
    size: str = ""
    fault: str = ""


class DmarcRecord(msgspec.Struct, frozen=True):
    """A record as published. Values of tags that are absent or faulty are their defaults; p, sp and np then are None.

    `policy_faults` are those of p, sp and np: with one of them a receiver acts as if the record said `p=none` where rua
    holds a URI, and applies no DMARC where it does not. RFC 9989 section 4.10.1. A missing p counts as one, too.
    """

    text: str
    tags: TagList
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    testing: bool = False
    psd: str = "u"
    adkim: Mode = Mode.RELAXED
    aspf: Mode = Mode.RELAXED
    rua: tuple[ReportUri, ...] = ()
    ruf: tuple[ReportUri, ...] = ()
    policy_faults: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Those of the other tags, the historic ones included."""

    @property
    def is_valid(self) -> bool:
        """False where a tag stands twice: the whole list is then invalid, and no receiver sees a record."""
        return not self.tags.has(Kind.DUPLICATE)

    @property
    def follows_grammar(self) -> bool:
        """True where every tag is what RFC 9989 section 4.8 wants. A missing p is no fault of grammar."""
        return not self.tags.faults and not self.faults and all(not fault.text for fault in self.policy_faults)

    @property
    def asks_for_reports(self) -> bool:
        """True where rua holds at least one syntactically valid URI."""
        return any(not uri.fault for uri in self.rua)

    @property
    def works(self) -> bool:
        """False where a receiver applies no DMARC at all, for want of a policy. RFC 9989 section 4.10.1"""
        return (self.p is not None and not self.policy_faults) or self.asks_for_reports

    def asked(self, *order: str) -> tuple[Policy, str]:
        """The policy and the tag that says it: the first of `order` ("np", "sp", "p") that is there, `t` not heeded.

        ("none", "") where a faulty or missing policy makes the record one that says `p=none`.
        """
        if self.policy_faults or self.p is None:
            return Policy.NONE, ""
        said = {"p": self.p, "sp": self.sp, "np": self.np}
        return next((policy, tag) for tag in (*order, "p") if (policy := said[tag]) is not None)


def is_dmarc(text: str) -> bool:
    """True for a text that begins with the version, exactly; all else is discarded. RFC 9989 sections 4.7, 4.10 step 2"""
    return _VERSION.match(text) is not None


@lru_cache(_READ_BEFORE)
def parse_record(text: str) -> DmarcRecord:
    """Read a record for which `is_dmarc` holds."""
    tags = parse_tags(text, fold=True)
    reader = _Reader(tags)
    policies = {name: reader.policy(name) for name in ("p", "sp", "np")}
    if tags.tag("p") is None:
        reader.policy_faults.insert(0, Fault(len(text) + 1, "p", "", "the tag p, which says the policy, is missing"))
    record = DmarcRecord(
        text,
        tags,
        p=policies["p"],
        sp=policies["sp"],
        np=policies["np"],
        testing=reader.word("t", ("y", "n"), "n") == "y",
        psd=reader.word("psd", ("y", "n", "u"), "u"),
        adkim=Mode(reader.word("adkim", ("r", "s"), "r")),
        aspf=Mode(reader.word("aspf", ("r", "s"), "r")),
        rua=reader.uris("rua"),
        ruf=reader.uris("ruf"),
    )
    reader.failure_options()
    reader.historic()
    return msgspec.structs.replace(
        record,
        policy_faults=tuple(reader.policy_faults),
        faults=tuple(sorted(reader.faults, key=lambda fault: fault.position)),
    )


class _Reader:
    """Reads the values of one tag list and gathers their faults."""

    def __init__(self, tags: TagList) -> None:
        self.tags = tags
        self.policy_faults: list[Fault] = []
        self.faults: list[Fault] = []

    def policy(self, name: str) -> Policy | None:
        tag = self.tags.tag(name)
        if tag is None:
            return None
        try:
            return Policy(tag.value.lower())  # values are ABNF strings: p=Reject is reject. RFC 9989 section 4.8
        except ValueError:
            reason = f'"{tag.value[:40]}" is not a policy: none, quarantine or reject'
            self.policy_faults.append(Fault(tag.value_position, name, tag.text, reason))
            return None

    def word(self, name: str, words: tuple[str, ...], default: str) -> str:
        tag = self.tags.tag(name)
        if tag is None:
            return default
        value = tag.value.lower()
        if value in words:
            return value
        self._blame(tag, f'"{tag.value[:40]}" is none of {", ".join(words)}: receivers take {default}')
        return default

    def uris(self, name: str) -> tuple[ReportUri, ...]:
        tag = self.tags.tag(name)
        if tag is None:
            return ()
        uris: list[ReportUri] = []
        position = tag.value_position
        for piece in tag.value.split(","):
            text = piece.strip(" \t")
            indent = len(piece) - len(piece.lstrip(" \t")) if text else 0
            uris.append(parse_uri(text, position + indent))
            position += len(piece) + 1
        self.faults.extend(Fault(uri.position, name, uri.text, uri.fault) for uri in uris if uri.fault)
        return tuple(uris)

    def failure_options(self) -> None:
        tag = self.tags.tag("fo")
        if tag is None:
            return
        options = tag.value.lower().split(":")
        known = set(options) <= {"0", "1", "d", "s"}
        if not known or len(set(options)) < len(options) or {"0", "1"} <= set(options):
            self._blame(tag, f'"{tag.value[:40]}" is no list of 0 or 1, d and s, each once: receivers take 0')

    def historic(self) -> None:
        for name in HISTORIC_TAGS:
            tag = self.tags.tag(name)
            if tag is not None and (why := _historic_fault(name, tag.value)):
                self._blame(tag, why)

    def _blame(self, tag: Tag, reason: str) -> None:
        self.faults.append(Fault(tag.value_position, tag.name.lower(), tag.text, reason))


def _historic_fault(name: str, value: str) -> str:
    """Why a historic tag's value was none in RFC 7489 section 6.3 either, or ""."""
    match name:
        case "pct":
            fits = _DIGITS.match(value) is not None and int(value) <= 100
            return "" if fits else f'"{value[:40]}" is not a percentage from 0 to 100'
        case "ri":
            fits = _DIGITS.match(value) is not None and int(value) < 2**32
            return "" if fits else f'"{value[:40]}" is not a number of seconds'
        case _:
            formats = [word.strip(" \t") for word in value.split(":")]
            fits = all(re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", word) for word in formats)
            return "" if fits else f'"{value[:40]}" is not a list of report formats'


def parse_uri(text: str, position: int = 1) -> ReportUri:
    """One reporting URI. RFC 9989 section 4.8: commas and exclamation marks inside must be percent-encoded."""
    if not text:
        return ReportUri(text, position, fault="there is no URI between two commas or at an end of the list")
    size = _OBSOLETE_SIZE.search(text)
    bare = text[: size.start()] if size else text
    made = ReportUri(bare, position, size=size[0] if size else "")
    found = _URI.match(bare)
    if found is None:
        return msgspec.structs.replace(made, text=text, size="", fault=_uri_fault(bare))
    scheme, rest = found[1].lower(), found[2]
    host = _mail_domain(rest) if scheme == "mailto" else _authority_host(rest)
    if scheme == "mailto" and not host:
        return msgspec.structs.replace(made, scheme=scheme, fault=f'"{rest[:60]}" is not an e-mail address')
    return msgspec.structs.replace(made, scheme=scheme, host=host)


def _uri_fault(text: str) -> str:
    shown = text[:60]
    if ":" not in text and "@" in text:
        return f'"{shown}" is no URI: write "mailto:{shown}"'
    if "!" in text:
        return f'"{shown}" holds an exclamation mark, which must be written %21'
    return f'"{shown}" is not a URI such as mailto:reports@example.com'


def _mail_domain(rest: str) -> str:
    """The domain of the one address of a mailto URI, or "" where there is none. RFC 6068 section 2"""
    address = rest.partition("?")[0]
    local, at, domain = address.rpartition("@")
    host = normalised(domain)
    return host if at and local and "@" not in local and "." in host and is_hostname(host) else ""


def _authority_host(rest: str) -> str:
    if not rest.startswith("//"):
        return ""
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0].rpartition("@")[2]
    host = normalised(authority.partition(":")[0])
    return host if is_hostname(host) else ""
