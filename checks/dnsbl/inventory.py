"""What is known about the lists: an inventory in TOML -> values.

`inventory/default.toml` holds what a usual run asks, and its head explains the form; the other files are read only when
a list is named. Every entry says why it is believed to be alive, or to be dead.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from checks.bad_input import BadInput
from checks.data import read_toml
from checks.inquiry import ACCOUNT_KEY
from checks.names import is_hostname, normalised

ACCOUNTS = ("abusix", "spamhaus", "spamrats", "trendmicro")
"""Whose keys there can be: the values of `account` in keyed.toml."""


def variable_of(account: str) -> str:
    """The environment variable that holds an account's key; with _FILE behind it, the name of a file that does."""
    return f"HEALTHCHECK_KEY_{account.upper()}"


class Kind(StrEnum):
    """What a list lists, and so what it can be asked about."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    HASH = "hash"
    """Hashes of addresses and texts: only a message can be asked about."""


class Effect(StrEnum):
    """What a return code means for mail."""

    FAIL = "fail"
    """Large receivers reject on it."""
    WARN = "warn"
    POLICY = "policy"
    """Not for spam: nobody expects mail to come from there directly."""
    INFORM = "inform"
    WELCOME = "welcome"
    NONE = "none"
    REFUSED = "refused"
    """The list declined to answer: it says nothing about who was asked about."""


class Status(StrEnum):
    """What is known about the list itself."""

    ALIVE = "alive"
    KEY = "key"
    """Alive, and answers only with a key in the name."""
    UNVERIFIED = "unverified"
    DEAD = "dead"


class Code(msgspec.Struct, frozen=True):
    """One line of `codes`: four octet patterns, each (lowest, highest, bits), and what an answer that fits them means."""

    pattern: str
    octets: tuple[tuple[int, int, int], ...]
    effect: Effect
    meaning: str

    def fits(self, octets: Sequence[int]) -> bool:
        """True if an answer's four octets fit."""
        return all(
            low <= octet <= high and octet & bits == bits
            for octet, (low, high, bits) in zip(octets, self.octets, strict=True)
        )

    @property
    def is_bit(self) -> bool:
        """True for a code of a bit mask: several can stand in one answer."""
        return any(bits for _, _, bits in self.octets)


class BlockList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list. `listed` and `unlisted` are its test points by kind, as the labels before the zone; () where none is known.

    `used`: who asks it. `removal`: the page, or the site, where removal is asked for; `removed`: how a listing ends
    without. `registration`: where a resolver is registered, for lists that answer no other. `ipv6_prefix`: how much
    of an IPv6 address a listing covers. `fate`: what became of a list that is closed. `within`: the
    list that holds all of this one, which need not be asked twice. `account`: whose key stands in the zone, where
    ACCOUNT_KEY is; `replaces`: the public zone of the same list.
    """

    zone: str
    name: str
    kinds: tuple[Kind, ...]
    codes: tuple[Code, ...] = ()
    status: Status = Status.ALIVE
    default: bool = False
    used: str = ""
    removal: str = ""
    removed: str = ""
    policy: str = ""
    registration: str = ""
    ipv6_prefix: int = 128
    listed: tuple[str, ...] | None = None
    unlisted: str = ""
    fate: str = ""
    within: str = ""
    evidence: str = ""
    account: str = ""
    replaces: str = ""

    # Worked out once, since every judgement asks for them.
    decides: bool = False
    """True if a listing here can fail a report: not to have its answer leaves the report open."""
    welcomes: bool = False
    """True for a list of the good: not to be on it means nothing."""

    def __post_init__(self) -> None:
        bad = self.effects & {Effect.FAIL, Effect.WARN, Effect.POLICY, Effect.INFORM}
        msgspec.structs.force_setattr(self, "decides", Effect.FAIL in bad)
        msgspec.structs.force_setattr(self, "welcomes", bool(self.codes) and not bad)

    @property
    def effects(self) -> frozenset[Effect]:
        return frozenset(code.effect for code in self.codes)

    def must_list(self, kind: Kind) -> tuple[str, ...]:
        """The labels of which at least one must be listed while the list is alive; () where none is known."""
        if self.listed is not None and not self.listed:
            return ()
        own = tuple(label for label in self.listed or () if _kind_of(label) is kind)
        return own or (_POINTS[kind][0],)

    def must_not_list(self, kind: Kind) -> str:
        """The label that a list never has. RFC 5782 section 5"""
        return self.unlisted or _POINTS[kind][1]


_REVERSED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")

# Test entries. RFC 5782 section 5; those of IPv6 are 127.0.0.2 and 127.0.0.1 mapped into it.
_MAPPED = ".0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
_POINTS = {
    Kind.IPV4: ("2.0.0.127", "1.0.0.127"),
    Kind.IPV6: ("2" + _MAPPED, "1" + _MAPPED),
    Kind.DOMAIN: ("test", "invalid"),
}


def _kind_of(label: str) -> Kind:
    return Kind.IPV4 if _REVERSED.match(label) else Kind.DOMAIN


class BadList(BadInput):
    """A list that cannot be asked, or data that describes none; the message is one sentence."""


def parse_code(line: str) -> Code:
    """One line of `codes`: `127.0.0.4-7 fail XBL: infected`. BadList for anything else."""
    pattern, _, rest = line.strip().partition(" ")
    effect, _, meaning = rest.strip().partition(" ")
    parts = pattern.split(".")
    if len(parts) != 4 or effect not in list(Effect) or not meaning.strip():
        raise BadList(f"{line!a} is no return code: write it as 127.0.0.2 warn what it means")
    return Code(pattern, tuple(_octet(part, line) for part in parts), Effect(effect), meaning.strip())


def _octet(part: str, line: str) -> tuple[int, int, int]:
    low, dash, high = part.removeprefix("&").partition("-")
    if part == "*":
        return 0, 255, 0
    numbers = [low, high] if dash else [low]
    if not all(number.isdecimal() and number.isascii() and int(number) <= 255 for number in numbers):
        raise BadList(f"{line!a} has an octet that is no number from 0 to 255")
    if part.startswith("&"):
        return 0, 255, int(low)
    return int(low), int(high) if dash else int(low), 0


GENERIC_CODES = (Code("127.0.0.2", ((127, 127, 0), (0, 0, 0), (0, 0, 0), (2, 2, 0)), Effect.WARN, "listed"),)
"""What is believed of a list that the inventory does not describe: the one code of RFC 5782 section 2.3."""


@cache
def default_lists() -> tuple[BlockList, ...]:
    """The lists that a run asks when nothing else is said, in the order of the inventory."""
    return _read("default.toml", default=True)


@cache
def all_lists() -> tuple[BlockList, ...]:
    """The whole inventory: the default lists first, then optional, keyed, unverified and dead ones."""
    return (*default_lists(), *_read("optional.toml"), *_read("keyed.toml"), *_read("retired.toml"))


def _read(name: str, default: bool = False) -> tuple[BlockList, ...]:
    tables: list[dict[str, Any]] = read_toml("checks.dnsbl", f"inventory/{name}")["list"]
    return tuple(_list(table, default) for table in tables)


def _list(table: dict[str, Any], default: bool) -> BlockList:
    given = dict(table, default=default)
    given["zone"] = table["zone"].replace("{key}", ACCOUNT_KEY)
    given.setdefault("name", given["zone"])
    given["kinds"] = table.get("kinds", "ipv4 ipv6").split()
    lines = table.get("codes", "").splitlines()
    codes = tuple(parse_code(line) for line in lines if line.strip()) or GENERIC_CODES
    if "listed" in table:
        given["listed"] = table["listed"].split()
    given.pop("codes", None)
    return msgspec.structs.replace(msgspec.convert(given, BlockList), codes=codes)


@cache
def _by_zone(all_known: bool) -> dict[str, BlockList]:
    return {one.zone: one for one in (all_lists() if all_known else default_lists())}


def find_list(zone: str) -> BlockList:
    """The list of a zone, from the smallest file that has it; a zone that no file has is taken at RFC 5782's word.

    BadList where the name is none.
    """
    name = normalised(zone.strip()).replace("{key}", ACCOUNT_KEY)
    known = _by_zone(all_known=False).get(name) or _by_zone(all_known=True).get(name)
    if known is not None:
        return known
    if keyed := _keyed(name):
        return keyed
    if not is_hostname(name) or "." not in name:
        raise BadList(f"{zone!a} is not the zone of a list: give one such as zen.spamhaus.org")
    kinds = (Kind.IPV4, Kind.IPV6)
    return BlockList(name, name, kinds, GENERIC_CODES, status=Status.UNVERIFIED, evidence="not in the inventory")


def _keyed(name: str) -> BlockList | None:
    """The keyed list whose zone this is without its key; BadList where something else stands in the key's place."""
    for one in _by_zone(all_known=True).values():
        public = one.zone.removeprefix(f"{ACCOUNT_KEY}.") if one.account else ""
        if public and name == public:
            return one
        if public and f".{public}" in name:
            # It is most likely the key, and what is named here ends up in reports: the text must not repeat it.
            raise BadList(
                f"{public} is to be named without what stands before it: the key belongs in {variable_of(one.account)}"
            )
    return None


def lists_for(zones: Sequence[str]) -> tuple[BlockList, ...]:
    """The lists of some zones, in the order given, each once; the default lists where none is named."""
    return tuple(find_list(zone) for zone in dict.fromkeys(zones)) if zones else default_lists()


def listing(lists: Iterable[BlockList], kind: Kind) -> tuple[BlockList, ...]:
    """Those of the lists that can be asked about this kind."""
    return tuple(one for one in lists if kind in one.kinds)
