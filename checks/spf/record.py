"""One SPF record: text -> terms and faults. RFC 7208 sections 4.5, 4.6 and 12.

Reading never fails. What does not parse becomes a `Fault` that says where and why, and the terms beside it are still
read: a person wants to see every fault at once, and the lookups of an invalid record as well.
"""

import ipaddress
import re
from collections.abc import Iterable

import msgspec

VERSION = "v=spf1"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

COUNTED_MECHANISMS = frozenset({"include", "a", "mx", "ptr", "exists"})
"""With `redirect=`, the terms that cause DNS queries: ten of them at most in a whole evaluation. RFC 7208 section 4.6.4"""

_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(.*)\Z", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_DUAL_CIDR = re.compile(r"(?P<spec>.*?)(?:/(?P<four>\d*))?(?://(?P<six>\d*))?\Z", re.DOTALL)
_PREFIX_LENGTH = re.compile(r"(?:0|[1-9]\d{0,2})\Z")
_MACRO = re.compile(r"%(?:\{(?P<letter>[A-Za-z])(?P<digits>\d*)(?P<reverse>[rR]?)(?P<delimiters>[-.+,/_=]*)\}|[%_-])")
_TOPLABEL = re.compile(r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\Z")


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


class SpfRecord(msgspec.Struct, frozen=True):
    """`terms` in the order published, without those that do not parse; `faults` in the same order."""

    text: str
    terms: tuple[Term, ...]
    faults: tuple[Fault, ...]

    @property
    def all_term(self) -> Mechanism | None:
        """The first `all`: what stands behind it is never tested. RFC 7208 section 5.1"""
        return next((term for term in self.terms if isinstance(term, Mechanism) and term.name == "all"), None)

    @property
    def redirect(self) -> Modifier | None:
        """The redirect that counts: none where there is an `all` anywhere. RFC 7208 section 6.1"""
        if self.all_term is not None:
            return None
        return next((term for term in self.terms if isinstance(term, Modifier) and term.name == "redirect"), None)

    @property
    def evaluated(self) -> tuple[Term, ...]:
        """The terms an evaluation may come to, in its order: mechanisms up to the first `all`, then the redirect."""
        mechanisms: list[Term] = []
        for term in self.terms:
            if isinstance(term, Mechanism):
                mechanisms.append(term)
                if term.name == "all":
                    break
        return (*mechanisms, self.redirect) if self.redirect else tuple(mechanisms)


def is_spf(text: str) -> bool:
    """True for `v=spf1` in any case, then a space or the end: all else is discarded. RFC 7208 section 4.5"""
    head = text[: len(VERSION) + 1].lower()
    return head in (VERSION, VERSION + " ")


def has_macros(spec: str) -> bool:
    """True where a domain-spec depends on the message at hand (`%{...}`), not only on the record."""
    return "%{" in spec


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
    if found := _MODIFIER.match(text):
        return _parse_modifier(text, position, found[1].lower(), found[2])
    found = _DIRECTIVE.match(text)
    if found is None:
        return Fault(position, text, "is neither a mechanism nor a modifier")
    qualifier, name, rest = found[1] or "+", found[2].lower(), found[3]
    reader = _MECHANISMS.get(name)
    if reader is None:
        return Fault(position, text, f"{_shown(name)} is not a mechanism{_meant(name)}")
    term = reader(Mechanism(text, position, qualifier, name), rest)
    return term if isinstance(term, Mechanism) else Fault(position, text, term)


def _shown(name: str) -> str:
    return f'"{name}"'


def _meant(name: str) -> str:
    """A suggestion for a name one slip away: `inlude`, `ipv4`."""
    import difflib  # 8 ms, and needed for a misspelt record only

    close = difflib.get_close_matches(name, _MECHANISMS, n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _parse_modifier(text: str, position: int, name: str, value: str) -> Term | Fault:
    # A redirect= or exp= that names no domain is a syntax error of the whole record. RFC 7208 sections 6.1, 6.2
    named = name in ("redirect", "exp")
    why = domain_spec_fault(value) if named else macro_string_fault(value, letters="slodiphcrtv")
    return Fault(position, text, why) if why else Modifier(text, position, name, value)


# Each reader takes the mechanism so far and what follows its name, and returns it whole or says why it is none.
def _read_all(term: Mechanism, rest: str) -> Mechanism | str:
    return "all takes nothing after it" if rest else term


def _read_required_spec(term: Mechanism, rest: str) -> Mechanism | str:
    if not rest.startswith(":") or rest == ":":
        return f'{term.name} needs a domain after a colon: "{term.name}:example.com"'
    why = domain_spec_fault(rest[1:])
    return why or msgspec.structs.replace(term, spec=rest[1:])


def _read_ptr(term: Mechanism, rest: str) -> Mechanism | str:
    return _read_required_spec(term, rest) if rest else term


def _read_hosts(term: Mechanism, rest: str) -> Mechanism | str:
    """`a` and `mx`: [":" domain-spec] ["/" ip4-cidr] ["//" ip6-cidr]"""
    found = _DUAL_CIDR.match(rest)
    assert found is not None  # every part of the pattern may be empty
    spec = found["spec"]
    if spec and not spec.startswith(":"):
        return f"{_shown(spec)} cannot follow {term.name}"
    if spec:
        why = domain_spec_fault(spec[1:])
        if why:
            return why
    for digits, widest, family in ((found["four"], 32, "IPv4"), (found["six"], 128, "IPv6")):
        if digits is not None and (why := _prefix_fault(digits, widest, family)):
            return why
    return msgspec.structs.replace(
        term, spec=spec[1:], prefix4=int(found["four"] or 32), prefix6=int(found["six"] or 128)
    )


def _read_ip4(term: Mechanism, rest: str) -> Mechanism | str:
    return _read_network(term, rest, ipaddress.IPv4Network, 32)


def _read_ip6(term: Mechanism, rest: str) -> Mechanism | str:
    return _read_network(term, rest, ipaddress.IPv6Network, 128)


def _read_network(term: Mechanism, rest: str, family: type[Network], widest: int) -> Mechanism | str:
    if not rest.startswith(":") or rest == ":":
        return f"{term.name} needs a network after a colon"
    address, slash, digits = rest[1:].partition("/")
    if slash and (why := _prefix_fault(digits, widest, "IPv4" if widest == 32 else "IPv6")):
        return why
    if "%" in address:  # a zone index is no part of an address in the DNS
        return f"{_shown(address)} is not an {term.name} address"
    try:
        # Host bits may be set: "ip4:192.0.2.1/24" means the /24. RFC 7208 section 5.6
        network = family(f"{address}/{digits}" if slash else address, strict=False)
    except ValueError:
        other = {"ip4": "an IPv6", "ip6": "an IPv4"}[term.name]
        hint = f'; this is {other} address, write "{ {"ip4": "ip6", "ip6": "ip4"}[term.name] }:"'
        return f"{_shown(address)} is not an {term.name} address{hint if _is_address(address) else ''}"
    return msgspec.structs.replace(term, network=network)


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


def macro_string_fault(text: str, letters: str = "slodiphv") -> str:
    """Why a text is no macro-string, or "". `letters`: the macros allowed here; c, r and t only in explanations.

    RFC 7208 sections 7.1, 7.2
    """
    rest = _MACRO.sub(lambda found: "" if not found["letter"] or _good_macro(found, letters) else found[0], text)
    at = rest.find("%")
    if at < 0:
        return ""
    return f'"{rest[at : at + 12]}" is not a macro that may stand here'


def _good_macro(found: re.Match[str], letters: str) -> bool:
    # Keeping zero labels is not possible: DIGIT must be above 0. RFC 7208 section 7.3
    return found["letter"].lower() in letters and (not found["digits"] or int(found["digits"][:9]) > 0)


def domain_spec_fault(spec: str) -> str:
    """Why a text is no domain-spec, or "". RFC 7208 section 7.1: it ends in a macro or in a top label."""
    if not spec:
        return "the domain is empty"
    if why := macro_string_fault(spec):
        return why
    last_macro = [found for found in _MACRO.finditer(spec) if found["letter"]]
    if last_macro and last_macro[-1].end() == len(spec):
        return ""
    _, dot, top = spec.removesuffix(".").rpartition(".")
    if not dot:
        return f'"{spec}" is not a whole domain name'
    return "" if _TOPLABEL.match(top) else f'"{top}" cannot be the last label of a domain name'
