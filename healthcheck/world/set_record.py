"""`--set 'NAME TYPE VALUE'`: a record as dig or a zone file writes it -> what is laid over the world.

People forget what a zone file asks for, and here it costs them nothing: the final dot, the quotes around a text, its parting
into strings of 255 octets. What is left unsaid stays harmless: a name that lies under an examined domain is that name.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.txtbase
import msgspec

from checks.bad_input import BadInput
from checks.names import BadName, domain_from_input, is_below, is_hostname, normalised, parents
from checks.records import LONGEST_STRING, character_strings
from healthcheck.world.master_file import DEFAULT_TTL, LONGEST_RDATA, Rrset, Zones

TAKEN_AWAY = frozenset({"", "-", "none"})
TEXTS = frozenset({"TXT", "SPF"})
LAST_IS_NAME = frozenset({"CNAME", "DNAME", "MX", "NS", "PTR", "SRV"})
"""Types whose last field is a name."""
EXAMPLES = {
    "A": "mail.example.com. A 192.0.2.25",
    "AAAA": "mail.example.com. AAAA 2001:db8::25",
    "CNAME": "s1._domainkey.example.com. CNAME s1.keys.example.net.",
    "MX": "example.com. MX 10 mail.example.com.",
    "NS": "example.com. NS ns1.example.com.",
    "PTR": "25.2.0.192.in-addr.arpa. PTR mail.example.com.",
    "SRV": "_submission._tcp.example.com. SRV 0 1 587 mail.example.com.",
    "TLSA": "_25._tcp.mail.example.com. TLSA 3 1 1 HEX",
}
FORM = "NAME TYPE VALUE, such as '_dmarc TXT v=DMARC1; p=none', or NAME TYPE alone to take it away"
MOST_SHOWN = 120
"""Characters of what was typed that an error repeats."""

_HEAD = re.compile(r"\s*(\S+)((?:\s+(?:\d{1,10}|IN))*)\s+(\S+)(?:\s+(.*))?\Z", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(r'\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


class BadSet(BadInput):
    """A record that cannot be read; the message is one sentence that shows the right form."""


class SetRecords(msgspec.Struct, frozen=True):
    """The records of one name and type to be: in presentation form, none where they are taken away.

    `others_stay`: what is there now of another kind remains, as with texts at the name of a domain.
    """

    name: str
    type: str
    records: tuple[str, ...] = ()
    others_stay: bool = False


def parse_sets(typed: Sequence[str], domains: Sequence[str], known: Sequence[str] = ()) -> tuple[SetRecords, ...]:
    """What was typed, by name and type, in the order of the first of each. A relative name is one under each of the domains;
    one that lies under a domain, or under a `known` name, is taken as it stands.

    BadSet for what is no record.
    """
    found: dict[tuple[str, str], list[str]] = {}
    whole: set[tuple[str, str]] = set()
    for text in typed:
        for name, rdtype, record in _parsed(text, domains, known):
            records = found.setdefault((name, rdtype), [])
            if record is None:
                whole.add((name, rdtype))
            elif record not in records:
                records.append(record)
    return tuple(
        SetRecords(*key, tuple(sorted(records)), bool(records) and key not in whole and _is_shared(*key))
        for key, records in found.items()
    )


def zones_of(given: Iterable[SetRecords]) -> Zones:
    """What was set as one zone that begins at the root."""
    names: dict[str, dict[str, Rrset]] = {}
    existing = {""}
    for one in given:
        names.setdefault(one.name, {})[one.type] = Rrset(one.records, DEFAULT_TTL)
        # A name from which all is taken away is not one that exists for it; the parent of a wildcard does.
        if one.records:
            existing.update((one.name, *parents(one.name)))
        elif one.name.startswith("*."):
            existing.update(parents(one.name))
    return Zones(("",), names, existing, "--set")


def _is_shared(name: str, rdtype: str) -> bool:
    """True where many may publish texts beside each other: at the plain name of a host or a domain."""
    return rdtype == "TXT" and not any(label.startswith("_") for label in name.split("."))


def _parsed(text: str, domains: Sequence[str], known: Sequence[str]) -> Iterable[tuple[str, str, str | None]]:
    """The name, the type, and the record, None to take away what is there; of a relative name for each domain."""
    found = _HEAD.match(text)
    if found is None:
        raise BadSet(f"--set {_shown(text)} is no record: give {FORM}")
    rdtype = _type(found[3], text)
    value = (found[4] or "").strip()
    for name, domain in _names(found[1], rdtype, domains, known, text):
        if value.lower() in TAKEN_AWAY:
            yield name, rdtype, None
        elif rdtype in TEXTS:
            yield name, rdtype, _text(value, text)
        else:
            yield name, rdtype, _record(value, rdtype, domain, text)


def _type(word: str, text: str) -> str:
    try:
        number = dns.rdatatype.from_text(word)
    except (dns.exception.DNSException, ValueError):
        raise BadSet(f"--set {_shown(text)}: {_shown(word)} is no type of record: give {FORM}") from None
    if dns.rdatatype.is_metatype(number) or number == dns.rdatatype.NONE:
        raise BadSet(f"--set {_shown(text)}: {_shown(word)} is nothing that can be published: give {FORM}")
    return dns.rdatatype.to_text(number)


def _names(
    typed: str, rdtype: str, domains: Sequence[str], known: Sequence[str], text: str
) -> tuple[tuple[str, str], ...]:
    """The names that are meant, absolute and in normal form, each with the domain that a name in its value is relative to."""
    if rdtype == "PTR" and (reverse := _reverse(typed)):
        return ((reverse, ""),)
    if typed == "@" and domains:
        return tuple((domain, domain) for domain in dict.fromkeys(domains))
    name = normalised(typed) if typed.isascii() else _ascii(typed, text)
    above = [domain for domain in (*domains, *known) if domain and is_below(name, domain)]
    if above or not domains or typed.endswith(".") or name.endswith(".arpa"):
        names: tuple[tuple[str, str], ...] = ((name, max(above, key=len, default="")),)
    else:
        names = tuple((f"{name}.{domain}", domain) for domain in dict.fromkeys(domains))
    if not all(is_hostname(each.removeprefix("*.")) for each, _ in names):
        raise _no_name(typed, text)
    return names


def _no_name(typed: str, text: str) -> BadSet:
    return BadSet(f"--set {_shown(text)}: {_shown(typed)} is no name that can be published: give {FORM}")


def _ascii(typed: str, text: str) -> str:
    """An international name in A-labels; an underscore beside it is no fault."""
    try:
        labels = [x if x.isascii() else domain_from_input(f"{x}.example")[0] for x in typed.rstrip(".").split(".")]
    except BadName:
        raise _no_name(typed, text) from None
    return ".".join(label.removesuffix(".example") for label in labels).lower()


def _reverse(typed: str) -> str:
    """The name of the PTR record of an address; "" for what is none."""
    try:
        return ipaddress.ip_address(typed).reverse_pointer
    except ValueError:
        return ""


def _text(value: str, text: str) -> str:
    """A text in strings of at most 255 octets, with or without quotes around it. RFC 1035 section 3.3"""
    if value.startswith("(") and value.endswith(")"):
        value = value[1:-1].strip()  # how long texts are written over several lines
    # As octets, a character each, whatever the terminal's encoding made of them.
    octets = value.encode("utf-8", "surrogateescape").decode("latin-1")
    strings = _quoted(octets, text) if octets.startswith('"') else character_strings(f'"{_unquoted(octets, text)}"')
    parts = [part for string in strings for part in _split(string)]
    if sum(len(part) + 1 for part in parts) > LONGEST_RDATA:
        raise BadSet(f"--set {_shown(text)}: the text is longer than the {LONGEST_RDATA} octets that a record holds")
    raw = [part.encode("latin-1") for part in parts]
    return dns.rdtypes.txtbase.TXTBase(dns.rdataclass.IN, dns.rdatatype.TXT, raw).to_text()


def _quoted(octets: str, text: str) -> tuple[str, ...]:
    strings: list[str] = []
    at = 0
    while found := _QUOTED.match(octets, at):
        strings.extend(character_strings(found[1]) or ("",))
        at = found.end()
    rest = octets[at:].lstrip()
    if rest and not rest.startswith(";"):  # what dig writes behind a record is a comment
        raise BadSet(
            f'--set {_shown(text)}: put quotes around the whole text or leave them out: give NAME TXT "v=spf1 mx -all"'
        )
    return tuple(strings)


def _unquoted(octets: str, text: str) -> str:
    if '"' in octets or octets.endswith("\\"):
        raise BadSet(
            f'--set {_shown(text)}: put quotes around the whole text or leave them out: give NAME TXT "v=spf1 mx -all"'
        )
    return octets


def _split(string: str) -> list[str]:
    """A string of any length in pieces that a record may hold, cut before a space where there is one."""
    pieces, at = [], 0
    while len(string) - at > LONGEST_STRING:
        space = string.rfind(" ", at + 1, at + LONGEST_STRING + 1)
        end = space if space > at else at + LONGEST_STRING
        pieces.append(string[at:end])
        at = end
    return [*pieces, string[at:]]


def _record(value: str, rdtype: str, domain: str, text: str) -> str:
    """The data of any other type in presentation form. `domain` is what a name of one label is relative to."""
    words, typed = value.split(), value
    if rdtype in LAST_IS_NAME and not words[-1].endswith("."):
        # A zone file would take mail.example.com without its final dot for a name under the zone, which nobody means here.
        relative = "." not in words[-1] and domain
        value = " ".join([*words[:-1], f"{words[-1]}.{domain}." if relative else f"{words[-1]}."])
    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), value, dns.name.root, False)
        if len(rdata.to_wire() or b"") > LONGEST_RDATA:
            raise BadSet(f"--set {_shown(text)}: no DNS message holds a record of more than {LONGEST_RDATA} octets")
        return rdata.to_text()
    except (dns.exception.DNSException, ValueError, UnicodeError, AssertionError, IndexError):
        example = EXAMPLES.get(rdtype)
        right = f"give it as in '{example}'" if example else f"give it as a zone file writes it: {FORM}"
        raise BadSet(f"--set {_shown(text)}: {_shown(typed)} is no value of type {rdtype}: {right}") from None


def _shown(text: str) -> str:
    return ascii(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")
