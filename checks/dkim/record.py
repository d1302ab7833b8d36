"""One DKIM key record: text -> what it says, and its faults. RFC 6376 section 3.6.1, RFC 8301, RFC 8463.

    s1._domainkey.example.com. TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A..."

A signer names a selector and a domain; the public key stands in a TXT record at `<selector>._domainkey.<domain>`, as a
list of tags: `v` version, `k` key type, `p` the key in base64, `h` hash algorithms, `s` services, `t` flags, `n` notes
and, from the time before RFC 6376, `g`. An empty `p=` says that the key is revoked.

Reading never fails. What does not parse becomes a `Fault` that says where and why, and the rest is still read.
"""

import re
from binascii import a2b_base64
from enum import StrEnum

import msgspec

from checks.tags import WHITE_SPACE, Kind, Tag, TagList, parse_tags

VERSION = "DKIM1"
LEAST_BITS = 1024
"""An RSA key of fewer bits verifies nothing. RFC 8301 section 3.2"""
ED25519_OCTETS = 32
"""The bare key of RFC 8463 section 4.2, without any wrapping."""

_FOLDING = str.maketrans("", "", WHITE_SPACE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
# A list ends with its last tag or with a semicolon, and not with white space behind that. RFC 6376 section 3.2
_SPACE_AT_END = re.compile(r";[ \t\r\n]+\Z")


class Problem(StrEnum):
    """What a fault does to the record."""

    SYNTAX = "syntax"
    """The tag list is broken: the whole record is of no use."""
    VERSION = "version"
    KEY = "key"
    """The key itself cannot be read."""
    UNTIDY = "untidy"
    """Against the grammar, and most receivers look past it."""


class Fault(msgspec.Struct, frozen=True):
    """Something wrong with the record: `position` counts characters from 1, `text` is the piece as published."""

    problem: Problem
    position: int
    text: str
    reason: str


class KeyRecord(msgspec.Struct, frozen=True):
    """What a key record says.

    `key_type` is in lower case, "rsa" where nothing is said. `hashes` and `services` in lower case, None where the tag is
    absent and all are meant; `flags` in lower case. `revoked`: `p=` is there and empty. `bits` is the size of the key,
    0 where it could not be read; `granularity` the historic `g=`, None where absent.
    """

    text: str
    tags: TagList
    faults: tuple[Fault, ...]
    key_type: str = "rsa"
    bits: int = 0
    revoked: bool = False
    hashes: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()
    granularity: str | None = None

    @property
    def known_type(self) -> bool:
        """True for the key types that receivers know. RFC 6376 section 3.6.1, RFC 8463 section 4.2"""
        return self.key_type in _READERS

    @property
    def testing(self) -> bool:
        """`t=y`: "this domain is testing DKIM"."""
        return "y" in self.flags

    @property
    def same_domain_only(self) -> bool:
        """`t=s`: the domain of a signature's i= must equal its d=; a subdomain does not verify."""
        return "s" in self.flags

    @property
    def allows_sha256(self) -> bool:
        """False where `h=` leaves out the one hash that receivers accept. RFC 8301 section 3.1"""
        return self.hashes is None or "sha256" in self.hashes

    @property
    def for_mail(self) -> bool:
        """False where `s=` names other services only."""
        return self.services is None or bool({"*", "email"} & set(self.services))

    def fault(self, *problems: Problem) -> Fault | None:
        """The first fault that does one of these things."""
        return next((fault for fault in self.faults if fault.problem in problems), None)


def is_key_record(text: str) -> bool:
    """True for a text that is meant to be a DKIM key, sound or not: its version says so, or it has none and has a key.

    Other TXT records come to stand at a selector's name too, mostly by a wildcard above: SPF, DMARC, site verification.
    """
    tags = parse_tags(text, fold=True)
    version = tags.get("v")
    if version is not None:
        return version.lower().startswith("dkim")
    return tags.get("p") is not None or tags.get("k") is not None


def parse_record(text: str) -> KeyRecord:
    """Read a key record: the strings of one TXT record, joined with nothing between (RFC 6376 section 3.6.2.2)."""
    tags = parse_tags(text)
    faults = [*_list_faults(tags), *_version_faults(tags)]
    key_type = (tags.get("k") or "rsa").lower()
    key = tags.tag("p")
    bits = 0
    if key is None:
        faults.append(Fault(Problem.SYNTAX, len(text) + 1, "", "there is no p= tag, which holds the key"))
    elif key.value:
        size = _key_size(key, key_type)
        if isinstance(size, Fault):
            faults.append(size)
        else:
            bits = size
    return KeyRecord(
        text,
        tags,
        tuple(sorted(faults, key=lambda fault: fault.position)),
        key_type,
        bits,
        revoked=key is not None and not key.value,
        hashes=_words(tags.get("h")),
        services=_words(tags.get("s")),
        flags=_words(tags.get("t")) or (),
        granularity=tags.get("g"),
    )


def _words(value: str | None) -> tuple[str, ...] | None:
    """A colon-separated list, in lower case. An absent tag and an empty one are not the same."""
    if value is None:
        return None
    return tuple(word for piece in value.split(":") if (word := piece.strip(WHITE_SPACE).lower()))


def _list_faults(tags: TagList) -> list[Fault]:
    faults = []
    for fault in tags.faults:
        # RFC 8616 section 5 lets UTF-8 stand in notes; what it does elsewhere is seen where the tag is read.
        problem = Problem.UNTIDY if fault.kind is Kind.BAD_CHARACTER else Problem.SYNTAX
        faults.append(Fault(problem, fault.position, fault.text, fault.reason))
    if found := _SPACE_AT_END.search(tags.text):
        faults.append(Fault(Problem.UNTIDY, found.start() + 2, "", "white space stands behind the last semicolon"))
    return faults


def _version_faults(tags: TagList) -> list[Fault]:
    # Absent is fine; present, it is the first tag and exactly DKIM1, or the record is discarded. RFC 6376 section 3.6.1
    version = tags.tag("v")
    if version is None:
        return []
    faults = []
    if version.value != VERSION:
        why = "the version is not DKIM1, written like this"
        if "\\" in version.value:
            why = (
                "there is a backslash in the record itself: it was to keep a semicolon in a zone file, and went too far"
            )
        elif version.value.startswith(VERSION + " "):
            why = "a semicolon is missing behind v=DKIM1"
        faults.append(Fault(Problem.VERSION, version.value_position, version.text[:60], why))
    if tags.tags[0].name != "v":
        faults.append(
            Fault(Problem.VERSION, version.position, version.text[:60], "v= stands behind other tags; it must be first")
        )
    return faults


def _key_size(key: Tag, key_type: str) -> int | Fault:
    """The size in bits of what `p=` holds; 0 for a key type that nobody knows."""
    # White space inside p= is allowed and means nothing. RFC 6376 sections 2.10, 3.6.1
    text = key.value.translate(_FOLDING)
    if stray := _NOT_BASE64.search(text):
        return Fault(Problem.KEY, key.value_position, stray[0], f'the character "{stray[0]}" is not base64')
    if not _BASE64.match(text):
        return Fault(Problem.KEY, key.value_position, "", 'the "=" of base64 stands before the end')
    if len(text) % 4:
        reason = f"its base64 is cut off: {len(text)} characters, which is not a multiple of four"
        return Fault(Problem.KEY, key.value_position, "", reason)
    reader = _READERS.get(key_type)
    if reader is None:
        return 0
    size = reader(a2b_base64(text))
    return Fault(Problem.KEY, key.value_position, "", size) if isinstance(size, str) else size


def _rsa_size(der: bytes) -> int | str:
    """The modulus length in bits, or why there is none. A SubjectPublicKeyInfo is what everybody publishes; the bare
    RSAPublicKey (PKCS#1) is what RFC 6376 section 3.6.1 says. cryptography reads both, and nothing with more behind it."""
    if len(der) == ED25519_OCTETS:
        return "it is 32 octets long, like an Ed25519 key, and k=ed25519 is missing"
    # Start-up time: 20 ms, in runs that meet a key only. docs/decisions/0011-reading-dkim-keys.md
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return f"its {len(der)} octets are not an RSA public key"
    if not isinstance(key, RSAPublicKey):
        return "it is a public key of another kind than RSA"
    # The product of two odd primes is odd: this was damaged on its way, and verifies nothing.
    return key.key_size if key.public_numbers().n % 2 else "its modulus is even, so it is no key"


def _ed25519_size(raw: bytes) -> int | str:
    if len(raw) == ED25519_OCTETS:
        return 8 * ED25519_OCTETS
    if raw.startswith(_ED25519_SPKI):
        return "the Ed25519 key is wrapped in a SubjectPublicKeyInfo; DKIM wants its last 32 octets alone"
    return f"it is {len(raw)} octets long; an Ed25519 key has {ED25519_OCTETS}"


_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
_READERS = {"rsa": _rsa_size, "ed25519": _ed25519_size}
