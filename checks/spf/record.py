"""One SPF record: text -> terms and faults. RFC 7208 sections 4.5, 4.6 and 12.

Reading never fails. What does not parse becomes a `Fault` that says where and why, and the terms beside it are still
read: a person wants to see every fault at once, and the lookups of an invalid record as well.
"""

import ipaddress
import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import NamedTuple

import msgspec

from checks.spf.macros import EXPLANATION_LETTERS, ends_in_macro, has_macros, macro_string_fault

__all__ = ["has_macros", "macro_string_fault"]  # part of reading a record, for those who read one

VERSION = "v=spf1"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

COUNTED_MECHANISMS = frozenset({"include", "a", "mx", "ptr", "exists"})
"""With `redirect=`, the terms that cause DNS queries: ten of them at most in a whole evaluation. RFC 7208 section 4.6.4"""

_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(.*)\Z", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_DUAL_CIDR = re.compile(r"(?P<spec>.*?)(?:/(?P<four>\d*))?(?://(?P<six>\d*))?\Z", re.DOTALL)
_PREFIX_LENGTH = re.compile(r"(?:0|[1-9]\d{0,2})\Z")
_ALPHANUM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_READ_BEFORE = 128
"""Records kept with what was read in them: the same record is met by several checks and for several senders."""
_LONGEST_SLIP = 16
"""Characters of an unknown mechanism for which a suggestion is looked up."""


class Fault(msgspec.Struct, frozen=True):
    """Something that makes the record invalid: `position` counts characters from 1, `text` is the term as published."""

    position: int
    text: str
    reason: str


class Mechanism(msgspec.Struct, frozen=True):
    """`name` in lower case; `spec` the domain-spec as published ("" where the current domain is meant).

    `network` for ip4 and ip6 only; `prefix4` and `prefix6` for a and mx only, 32 and 128 where nothing is said.
    """

    text: str
    position: int
    qualifier: str
    name: str
    spec: str = ""
    network: Network | None = None
    prefix4: int = 32
    prefix6: int = 128

    @property
    def counted(self) -> bool:
        return self.name in COUNTED_MECHANISMS


class Modifier(msgspec.Struct, frozen=True):
    """`name` in lower case; `spec` its domain-spec (redirect, exp) or macro-string, as published."""

    text: str
    position: int
    name: str
    spec: str

    @property
    def counted(self) -> bool:
        return self.name == "redirect"


Term = Mechanism | Modifier


class SpfRecord(msgspec.Struct, frozen=True, dict=True):
    """`terms` in the order published, without those that do not parse; `faults` in the same order."""

    text: str
    terms: tuple[Term, ...]
    faults: tuple[Fault, ...]

    @cached_property
    def all_term(self) -> Mechanism | None:
        """The first `all`: what stands behind it is never tested. RFC 7208 section 5.1"""
        return next((term for term in self.terms if isinstance(term, Mechanism) and term.name == "all"), None)

    @cached_property
    def redirect(self) -> Modifier | None:
        """The redirect that counts: none where there is an `all` anywhere. RFC 7208 section 6.1"""
        if self.all_term is not None:
            return None
        return next((term for term in self.terms if isinstance(term, Modifier) and term.name == "redirect"), None)

    @cached_property
    def evaluated(self) -> tuple[Term, ...]:
        """The terms an evaluation may come to, in its order: mechanisms up to the first `all`, then the redirect."""
        found: list[Term] = []
        redirect: Modifier | None = None
        for term in self.terms:
            if isinstance(term, Mechanism):
                found.append(term)
                if term.name == "all":
                    return tuple(found)
            elif term.name == "redirect" and redirect is None:
                redirect = term
        return (*found, redirect) if redirect else tuple(found)


def is_spf(text: str) -> bool:
    """True for `v=spf1` in any case, then a space or the end: all else is discarded. RFC 7208 section 4.5"""
    head = text[: len(VERSION) + 1].lower()
    return head in (VERSION, VERSION + " ")


@lru_cache(_READ_BEFORE)
def parse_record(text: str) -> SpfRecord:
    """Read a record for which `is_spf` holds."""
    terms: list[Term] = []
    faults: list[Fault] = []
    for found in re.finditer(r"[^ ]+", text[len(VERSION) :]):
        position = len(VERSION) + found.start() + 1
        term = _parse_term(found[0], position)
        if isinstance(term, Fault):
            faults.append(term)
        else:
            terms.append(term)
    faults.extend(_repeated_modifiers(terms))
    return SpfRecord(text, tuple(terms), tuple(sorted(faults, key=lambda fault: fault.position)))


def _repeated_modifiers(terms: Iterable[Term]) -> Iterable[Fault]:
    # "redirect" and "exp" must not appear more than once each. RFC 7208 section 6
    seen: set[str] = set()
    for term in terms:
        if isinstance(term, Modifier) and term.name in ("redirect", "exp"):
            if term.name in seen:
                yield Fault(term.position, term.text, f"{term.name}= stands a second time; it may stand once")
            seen.add(term.name)


def _parse_term(text: str, position: int) -> Term | Fault:
    if not text.isascii() or not text.isprintable():
        return Fault(position, text, "holds a character that is not printable ASCII")
    if "=" in text and (found := _MODIFIER.match(text)):
        return _parse_modifier(text, position, found[1].lower(), found[2])
    found = _DIRECTIVE.match(text)
    if found is None:
        return Fault(position, text, "is neither a mechanism nor a modifier")
    qualifier, name, rest = found[1] or "+", found[2].lower(), found[3]
    reader = _MECHANISMS.get(name)
    if reader is None:
        return Fault(position, text, f"{_shown(name)} is not a mechanism{_meant(name)}")
    term = reader(_Head(text, position, qualifier, name), rest)
    return Fault(position, text, term) if isinstance(term, str) else term


def _shown(name: str) -> str:
    return f'"{name}"'


@lru_cache(_READ_BEFORE)
def _meant(name: str) -> str:
    """A suggestion for a name one slip away: `inlude`, `ipv4`."""
    if len(name) > _LONGEST_SLIP:
        return ""
    import difflib  # 8 ms, and needed for a misspelt record only

    close = difflib.get_close_matches(name, _MECHANISMS, n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _parse_modifier(text: str, position: int, name: str, value: str) -> Term | Fault:
    # A redirect= or exp= that names no domain is a syntax error of the whole record. RFC 7208 sections 6.1, 6.2
    named = name in ("redirect", "exp")
    why = domain_spec_fault(value) if named else macro_string_fault(value, EXPLANATION_LETTERS)
    return Fault(position, text, why) if why else Modifier(text, position, name, value)


# Each reader takes what a mechanism begins with and what follows, and returns it whole or says why it is none.
class _Head(NamedTuple):
    """What a mechanism begins with: the text of the whole term, where it stands, its qualifier and its name."""

    text: str
    position: int
    qualifier: str
    name: str


def _read_all(head: _Head, rest: str) -> Mechanism | str:
    return "all takes nothing after it" if rest else Mechanism(*head)


def _read_required_spec(head: _Head, rest: str) -> Mechanism | str:
    if not rest.startswith(":") or rest == ":":
        return f'{head.name} needs a domain after a colon: "{head.name}:example.com"'
    why = domain_spec_fault(rest[1:])
    return why or Mechanism(*head, rest[1:])


def _read_ptr(head: _Head, rest: str) -> Mechanism | str:
    return _read_required_spec(head, rest) if rest else Mechanism(*head)


def _read_hosts(head: _Head, rest: str) -> Mechanism | str:
    """`a` and `mx`: [":" domain-spec] ["/" ip4-cidr] ["//" ip6-cidr]"""
    found = _DUAL_CIDR.match(rest)
    assert found is not None  # every part of the pattern may be empty
    spec = found["spec"]
    if spec and not spec.startswith(":"):
        return f"{_shown(spec)} cannot follow {head.name}"
    if spec:
        why = domain_spec_fault(spec[1:])
        if why:
            return why
    for digits, widest, family in ((found["four"], 32, "IPv4"), (found["six"], 128, "IPv6")):
        if digits is not None and (why := _prefix_fault(digits, widest, family)):
            return why
    return Mechanism(*head, spec[1:], None, int(found["four"] or 32), int(found["six"] or 128))


def _read_ip4(head: _Head, rest: str) -> Mechanism | str:
    return _read_network(head, rest, ipaddress.IPv4Network, 32)


def _read_ip6(head: _Head, rest: str) -> Mechanism | str:
    return _read_network(head, rest, ipaddress.IPv6Network, 128)


def _read_network(head: _Head, rest: str, family: type[Network], widest: int) -> Mechanism | str:
    if not rest.startswith(":") or rest == ":":
        return f"{head.name} needs a network after a colon"
    address, slash, digits = rest[1:].partition("/")
    if slash and (why := _prefix_fault(digits, widest, "IPv4" if widest == 32 else "IPv6")):
        return why
    if "%" in address:  # a zone index is no part of an address in the DNS
        return f"{_shown(address)} is not an {head.name} address"
    try:
        # Host bits may be set: "ip4:192.0.2.1/24" means the /24. RFC 7208 section 5.6
        network = family((address, int(digits) if slash else widest), strict=False)
    except ValueError:
        other = {"ip4": "an IPv6", "ip6": "an IPv4"}[head.name]
        hint = f'; this is {other} address, write "{ {"ip4": "ip6", "ip6": "ip4"}[head.name] }:"'
        return f"{_shown(address)} is not an {head.name} address{hint if _is_address(address) else ''}"
    return Mechanism(*head, "", network)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _prefix_fault(digits: str, widest: int, family: str) -> str:
    if not _PREFIX_LENGTH.match(digits):
        return f'"/{digits}" is not a prefix length (no leading zero, at most {widest})'
    return f"/{digits} is longer than an {family} address (at most {widest})" if int(digits) > widest else ""


_MECHANISMS = {
    "all": _read_all,
    "include": _read_required_spec,
    "a": _read_hosts,
    "mx": _read_hosts,
    "ptr": _read_ptr,
    "ip4": _read_ip4,
    "ip6": _read_ip6,
    "exists": _read_required_spec,
}


def domain_spec_fault(spec: str) -> str:
    """Why a text is no domain-spec, or "". RFC 7208 section 7.1: it ends in a macro or in a dot and a top label."""
    if not spec:
        return "the domain is empty"
    if why := macro_string_fault(spec):
        return why
    if ends_in_macro(spec):
        return ""
    _, dot, top = spec.removesuffix(".").rpartition(".")
    if not dot:
        return f'"{spec}" is not a whole domain name'
    return "" if _is_top_label(top) else f'"{top}" cannot be the last label of a domain name'


def _is_top_label(label: str) -> bool:
    """Letters, digits and, inside, hyphens; not digits alone. RFC 7208 section 7.1"""
    return (
        bool(label)
        and label[0] in _ALPHANUM
        and label[-1] in _ALPHANUM
        and not label.isdecimal()
        and _ALPHANUM.issuperset(label.replace("-", ""))
    )
