"""DNS messages: one question out, one answer in. RFC 1035 section 4, RFC 6891

What a stub resolver wants of an answer is little: the code in the header, the CNAME chain (RFC 1034 section 3.6.2), the
records at its end, and of a negative answer the SOA that says how long to believe it (RFC 2308). dnspython writes and
reads the messages. Two kinds are not given to it, since it would cost ten times as much: an answer without records that says
"no such name", which is most of what a checker hears, above all from block lists, and whose header says it all; and the plain
answer (dns_plain.py), which is most of the rest.

What arrives is hostile: `read` raises Malformed, and nothing else, for any octets whatever.
"""

import struct
from functools import cache

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import msgspec

from healthcheck.net.dns_plain import read_plain

PAYLOAD = 1232
"""UDP octets we say we take: no fragments on any path in use. DNS flag day 2020, RFC 9715"""
MOST_LINKS = 16
"""Links of a CNAME chain that are followed; resolvers stop at 8 to 16."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "refused", 6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET",
           9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS"}  # fmt: skip
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_TYPE_AND_CLASS = struct.Struct("!HH")


class Malformed(Exception):
    """These octets are no DNS answer."""


class Reply(msgspec.Struct):
    """What one message says about one question.

    `links` are the targets of the CNAME chain as lower-case wire names, the last one being the name `records` belong
    to. `ttl` is the smallest of chain and records, or that of the negative answer. `ends` is False where the message
    stops in the middle of a chain: the last link is to be asked for. `zone` is the zone a referral points to.
    """

    code: int
    truncated: bool = False
    authenticated: bool = False
    links: tuple[bytes, ...] = ()
    records: tuple[str, ...] = ()
    ttl: int | None = None
    ends: bool = True
    zone: str | None = None
    speaks_edns: bool = False
    hint: str = ""

    @property
    def code_name(self) -> str:
        """The RCODE in a word, and the resolver's reason beside it where it gave one (RFC 8914)."""
        word = _RCODES.get(self.code, f"RCODE {self.code}")
        return f"{word} ({self.hint})" if self.hint else word


def encoded_name(name: str) -> bytes | None:
    """A name in normal form as lower-case labels on the wire; None where DNS cannot hold it.

    A label has 1 to 63 octets, a name 255 with its lengths (RFC 1035 section 2.3.4). `\\DDD` and `\\X` are escapes as in
    a master file; a character outside ASCII is no A-label and has no place here.
    """
    if not name.isascii():
        return None
    labels = name.split(".")
    if _PLAIN.issuperset(name) and len(name) < 254 and all(0 < len(label) < 64 for label in labels):
        # Nearly every name; dnspython takes four times as long for it.
        return b"".join([bytes((len(label),)) + label.encode() for label in labels]) + b"\0"
    try:
        return _wire(dns.name.from_text(name, dns.name.root))
    except (dns.exception.DNSException, ValueError, IndexError):
        return None


def _wire(name: dns.name.Name) -> bytes:
    wire = name.canonicalize().to_wire()
    assert wire is not None  # dnspython returns None only where it was given a file
    return wire


def decoded_name(wire: bytes) -> str:
    """A wire name without pointers as text in normal form."""
    return _text(dns.name.from_wire(wire, 0)[0])


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).removesuffix(".").lower()


def type_number(rdtype: str) -> int | None:
    """The number of a record type, `TYPE65280` included (RFC 3597); None if no record can have it, as with ANY."""
    try:
        number = dns.rdatatype.from_text(rdtype)
    except (dns.exception.DNSException, ValueError):
        return None
    return None if number == 0 or dns.rdatatype.is_metatype(number) else int(number)


def question(name: bytes, kind: int) -> bytes:
    """The question section for a wire name: name, type, class IN."""
    return name + _TYPE_AND_CLASS.pack(kind, dns.rdataclass.IN)


def query(asked: bytes, *, recursion: bool, edns: bool) -> bytes:
    """A query but for its first two octets, the id.

    A resolver is asked for recursion (RD), and with AD to say whether it validated (RFC 6840 section 5.7); an
    authoritative server is asked for neither.
    """
    before, after = _frame(recursion, edns)
    return before + asked + after


@cache
def _frame(recursion: bool, edns: bool) -> tuple[bytes, bytes]:
    """What stands before and after the question section: it is the same for every question."""
    message = dns.message.make_query(dns.name.root, "A", use_edns=0 if edns else False, payload=PAYLOAD)
    message.flags = dns.flags.RD | dns.flags.AD if recursion else dns.flags.Flag(0)
    wire = message.to_wire()
    root_question = question(b"\0", dns.rdatatype.A)
    return wire[2:12], wire[12 + len(root_question) :]


def replies_to(wire: bytes, asked: bytes) -> bool:
    """True if this is a response to that question section; who sent it and its id are the caller's to compare.

    Names are compared without case: servers may or may not keep it. An error may come without its question.
    """
    if len(wire) < 12 or wire[2] & 0xF8 != 0x80:  # QR set, opcode QUERY
        return False
    if wire[4] == 0 and wire[5] == 1:
        end = 12 + len(asked)
        # The last four octets are type and class: numbers, not letters. A length octet is below 64, never a letter.
        return wire[12 : end - 4].lower() == asked[:-4] and wire[end - 4 : end] == asked[-4:]
    return wire[4:12] == b"\0\0\0\0\0\0\0\0" and wire[3] & 15 in (FORMERR, SERVFAIL, NOTIMP, REFUSED)


def read(wire: bytes, asked: bytes) -> Reply:
    """Read a message that `replies_to` the question section `asked`. Malformed if it cannot be read."""
    reply = _head(wire)
    if reply.truncated:
        return reply  # what stands in it is cut anywhere: RFC 2181 section 9
    if reply.code == NXDOMAIN and wire[6:8] == b"\0\0":
        return reply  # no answer record; how long this may be believed stands in the SOA behind, and stays unread
    if reply.code == NOERROR and (plain := read_plain(wire, asked)) is not None:
        reply.links, reply.records, reply.ttl, reply.ends, reply.speaks_edns = plain
        return reply
    return read_whole(wire, asked)


def read_whole(wire: bytes, asked: bytes) -> Reply:
    """Read whatever there may be in a message, with dnspython. Malformed as above."""
    reply = _head(wire)
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True)
        _fill(reply, message, asked)
    except Malformed:
        raise
    except Exception as fault:  # the parsers of a hundred types, fed by strangers: one's bug is no crash of ours
        raise Malformed(type(fault).__name__) from None
    return reply


def _head(wire: bytes) -> Reply:
    return Reply(wire[3] & 15, truncated=bool(wire[2] & 2), authenticated=bool(wire[3] & 0x20))


def _fill(reply: Reply, message: dns.message.Message, asked: bytes) -> None:
    reply.code = message.rcode()
    reply.speaks_edns = message.edns >= 0
    reply.hint = _hint(message)
    name = dns.name.from_wire(asked, 0)[0]
    kind = dns.rdatatype.RdataType.make(int.from_bytes(asked[-4:-2], "big"))
    seen = {name}
    links: list[dns.name.Name] = []
    while (found := _rrset(message, name, kind)) is None and len(links) <= MOST_LINKS:
        alias = _rrset(message, name, dns.rdatatype.CNAME)
        if alias is None:
            break
        _shorten(reply, alias.ttl)
        name = alias[0].target
        links.append(name)
        if name in seen:  # a loop: the name that closes it is the last link
            break
        seen.add(name)
    reply.links = tuple(map(_wire, links))
    if found is None:
        reply.ends = not links
        _fill_negative(reply, message)
        return
    if reply.code == NXDOMAIN:
        raise Malformed("records of a name that does not exist")
    _shorten(reply, found.ttl)
    reply.records = tuple(sorted({rdata.to_text() for rdata in found}))


def _rrset(message: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
    return message.get_rrset(dns.message.ANSWER, name, dns.rdataclass.IN, kind)


def _fill_negative(reply: Reply, message: dns.message.Message) -> None:
    """Tell "no such record" from "ask elsewhere", and find how long that is to be believed. RFC 2308 section 2.2"""
    soa = next((rrset for rrset in message.authority if rrset.rdtype == dns.rdatatype.SOA), None)
    referral = next((rrset for rrset in message.authority if rrset.rdtype == dns.rdatatype.NS), None)
    if soa is not None:
        # The last of the SOA's numbers is the TTL of what is not there. RFC 2308 section 4
        _shorten(reply, min(soa.ttl, soa[0].minimum))
    if soa is not None or reply.code != NOERROR:
        reply.ends = True
    elif referral is not None and not reply.links and not message.flags & dns.flags.AA:
        reply.zone = _text(referral.name)


def _hint(message: dns.message.Message) -> str:
    """The first extended error among the EDNS options, in words. RFC 8914 section 2"""
    found = message.extended_errors()
    if not found:
        return ""
    code = int(found[0].code)
    try:
        return dns.edns.EDECode(code).name.replace("_", " ").lower().replace("dnssec", "DNSSEC")
    except ValueError:
        return f"extended error {code}"


def _shorten(reply: Reply, ttl: int) -> None:
    reply.ttl = ttl if reply.ttl is None else min(reply.ttl, ttl)
