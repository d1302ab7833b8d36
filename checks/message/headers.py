"""The header of one message: who it says it is from, how it bounces, who signed it, and where it came from.

The sender writes the header; each server that takes the message over puts lines on top: a `Received` line that says from
which address it came (RFC 5321 section 4.4), what SPF said (`Received-SPF`, RFC 7208 section 9.1), and at the end the
`Return-Path`. Only what the receiver wrote can be believed, and nothing marks where its lines end. So the sending address is
taken as known where the receiver says it twice: in a `Received` line and in a result of its own. Otherwise it is `claimed`.

Reading never fails: what is not there, or nonsense, is empty.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from checks.addresses import parsed, special_kind
from checks.model import Origin, Signature, Stream
from checks.names import Address, BadName, domain_from_input, is_hostname, normalised
from checks.tags import parse_tags

LARGEST = 1024 * 1024
"""Bytes of a message that are read at most: the header stands first."""
MOST_FIELDS = 1000
LONGEST_FIELD = 16 * 1024
"""Characters of one field that are read."""
MOST_SIGNATURES = 16
MOST_HOPS = 64

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)\Z", re.DOTALL)
_FROM = re.compile(r"\s*from\s+(\S{1,255})", re.IGNORECASE)
_BY = re.compile(r"\sby\s+(\S{1,255})", re.IGNORECASE)
_AUTHENTICATED = re.compile(r"\bwith\s+\S{0,10}SMTPS?A\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[\[(](?:IPv6:)?([0-9a-f.:]{3,45})[\])]", re.IGNORECASE)
_SAID_HELO = re.compile(r"\b(?:helo=|HELO |EHLO )([^\s()\[\];]{1,255})", re.IGNORECASE)
_SEEN_FROM = re.compile(r"(?:client-ip=|remote-ip=|sender ip is |designates? )\[?([0-9a-f.:]{3,45})", re.IGNORECASE)
_MAIL_FROM = re.compile(r"\bsmtp\.mailfrom=([^\s;()]{1,320})", re.IGNORECASE)


class Field(msgspec.Struct, frozen=True):
    """One header field: its name in lower case, its value unfolded, without the line ends."""

    name: str
    value: str


class Hop(msgspec.Struct, frozen=True):
    """What one `Received` line says: the name and the address of the client, and who wrote the line, in normal form.

    `submission`: the client had logged in (ESMTPA, RFC 3848), so it is a person and not a sending server.
    """

    helo: str
    address: Address | None
    by: str
    submission: bool


class Header(msgspec.Struct, frozen=True):
    """What a message says of its way.

    `authors` are the domains of the RFC5322.From, of which there should be one. `return_path` is the domain of the
    RFC5321.MailFrom, "" for `<>`, None where nobody wrote it down. `address` and `helo` are those of the server that handed
    the message over, where the receiver says so twice; `claimed` is the address of the topmost `Received` line otherwise.
    `delivered`: a receiver wrote on it, so it is as it was sent, signatures included.
    """

    authors: tuple[str, ...]
    return_path: str | None
    signatures: tuple[Signature, ...]
    hops: tuple[Hop, ...]
    address: Address | None
    helo: str | None
    claimed: Address | None
    delivered: bool

    @property
    def stream(self) -> Stream:
        """The stream that the message belongs to."""
        signatures = self.signatures if self.signatures or self.delivered else None
        ips = (self.address,) if self.address is not None else ()
        return Stream(Origin.MESSAGE, self.return_path, signatures, self.helo, ips)


def read_header(raw: bytes) -> Header:
    """Read a message (RFC 5322, with any line ends); its body is not looked at."""
    fields = split_fields(raw)
    hops = tuple(_hop(field.value) for field in fields if field.name == "received")[:MOST_HOPS]
    seen = _seen_from(fields)
    hop = next((hop for hop in hops if hop.address is not None and hop.address in seen and not hop.submission), None)
    outside = (hop for hop in hops if hop.address is not None and not special_kind(hop.address) and not hop.submission)
    first = next(outside, None)
    path = _return_path(fields)
    return Header(
        authors=_authors(field.value for field in fields if field.name == "from"),
        return_path=path,
        signatures=_signatures(field.value for field in fields if field.name == "dkim-signature"),
        hops=hops,
        address=hop.address if hop else None,
        helo=(hop.helo or None) if hop else None,
        claimed=first.address if first and not hop else None,
        delivered=hop is not None or any(field.name == "return-path" for field in fields),
    )


def split_fields(raw: bytes) -> tuple[Field, ...]:
    """The header fields in order, the topmost first; lines that are no fields are passed over."""
    text = raw[:LARGEST].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff\n")
    header = text.partition("\n\n")[0]
    folded: list[list[str]] = []
    for line in header.split("\n"):
        if line[:1] in (" ", "\t"):
            if folded:
                folded[-1].append(line)
        elif len(folded) < MOST_FIELDS:
            folded.append([line])
    fields = []
    for lines in folded:
        found = _FIELD.match("".join(lines)[:LONGEST_FIELD])
        if found:
            fields.append(Field(found[1].lower(), found[2].strip()))
    return tuple(fields)


def _authors(values: Iterable[str]) -> tuple[str, ...]:
    """The domains of all addresses in the From fields, each once. RFC 5322 section 3.6.2"""
    found = (_domain(address) for value in values for address in addresses(value))
    return tuple(dict.fromkeys(domain for domain in found if domain))


def addresses(value: str) -> tuple[str, ...]:
    """The addresses of an address list: `A <a@example.com>, b@example.com` -> the two addr-specs. RFC 5322 section 3.4"""
    found = []
    for mailbox in _bare(value).split(","):
        _, angle, inside = mailbox.rpartition("<")
        address = (inside.partition(">")[0] if angle else mailbox.rpartition(":")[2].partition(";")[0]).strip()
        if "@" in address:
            found.append(address)
    return tuple(found)


def _bare(value: str) -> str:
    """A structured value without its comments and quoted strings, in which anything may stand. RFC 5322 section 3.2"""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (depth or quoted):
            escaped = True
        elif quoted:
            quoted = char != '"'
        elif char == '"' and not depth:
            quoted = True
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _domain(address: str) -> str:
    """The domain of an address in normal form, "" where it is none."""
    try:
        return domain_from_input(address.rpartition("@")[2])[0]
    except BadName:
        return ""


def _return_path(fields: Sequence[Field]) -> str | None:
    """The domain of the return path: as the receiver wrote it down, or as its SPF result names it."""
    for field in fields:
        if field.name == "return-path":
            value = field.value.strip()
            return "" if value == "<>" else _domain(value.strip("<> ")) or None
    for field in fields:
        if field.name == "authentication-results" and (found := _MAIL_FROM.search(field.value)):
            return _domain(found[1].strip("<>")) or None
    return None


def _signatures(values: Iterable[str]) -> tuple[Signature, ...]:
    """d= and s= of each DKIM signature. RFC 6376 section 3.5"""
    found = []
    for value in values:
        tags = parse_tags(value)
        domain, selector = (normalised("".join((tags.get(name) or "").split())) for name in ("d", "s"))
        if is_hostname(domain) and "." in domain and is_hostname(selector):
            found.append(Signature(domain, selector))
    return tuple(dict.fromkeys(found))[:MOST_SIGNATURES]


def _hop(value: str) -> Hop:
    by = _BY.search(value)
    client = value[: by.start()] if by else value
    sender = _FROM.match(client)
    told = _SAID_HELO.search(client)
    helo = normalised((told[1] if told else sender[1] if sender else "").strip("[]()"))
    address = next((one for text in _ADDRESS.findall(client) if (one := parsed(text)) is not None), None)
    return Hop(
        helo if is_hostname(helo) and parsed(helo) is None else "",
        address,
        normalised(by[1].strip("();")) if by else "",
        _AUTHENTICATED.search(value) is not None,
    )


def _seen_from(fields: Sequence[Field]) -> frozenset[Address]:
    """The addresses that the topmost results name as the sender's: those further down may be anybody's."""
    found: set[Address] = set()
    for name in ("received-spf", "authentication-results"):
        top = next((field.value for field in fields if field.name == name), "")
        for text in _SEEN_FROM.findall(top):
            address = parsed(text.rstrip(".:"))
            if address is not None and not special_kind(address):
                found.add(address)
    return frozenset(found)
