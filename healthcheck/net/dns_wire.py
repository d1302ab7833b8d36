"""DNS messages as octets: one question out, one answer in. RFC 1035 section 4, RFC 6891

A message is a header of twelve octets, the question, and three sections of records: answer, authority, additional.
A record is owner name, type, class, TTL and data; a name may end in a pointer to an earlier name. What a stub resolver
wants of an answer is little: the code in the header, the CNAME chain (RFC 1034 section 3.6.2), the records at its end,
and of a negative answer the SOA that says how long to believe it (RFC 2308).

So this reads headers and owner names itself, with `struct`, and gives dnspython only the data of the records that
were asked for. dnspython's whole-message parser costs ten times as much, and most answers to a checker, above all
those of block lists, carry no record at all.

What arrives is hostile: `read` raises Malformed, and nothing else, for any octets whatever.
"""

import struct

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import msgspec

PAYLOAD = 1232
"""UDP octets we say we take: no fragments on any path in use. DNS flag day 2020, RFC 9715"""
MOST_LINKS = 16
"""Links of a CNAME chain that are followed; resolvers stop at 8 to 16."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "refused", 6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET",
           9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS"}  # fmt: skip

_A, _NS, _CNAME, _SOA, _OPT, _IN = 1, 2, 5, 6, 41, 1
_EDE = 15  # the option "extended DNS error", RFC 8914
_COUNTS = struct.Struct("!HHHH")
_RECORD = struct.Struct("!HHIH")
_TWO = struct.Struct("!HH")
# The pseudo-record of EDNS: root name, type OPT, payload size, no flags, no options. RFC 6891 section 6.1.2
_OPT_RECORD = b"\0" + _RECORD.pack(_OPT, PAYLOAD, 0, 0)
_TO_QUESTION = b"\xc0\x0c"  # the pointer to octet 12, where the question's name stands: how most owners are written


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
    hint: int | None = None

    @property
    def code_name(self) -> str:
        """The RCODE in a word, and the resolver's reason beside it where it gave one (RFC 8914)."""
        word = _RCODES.get(self.code, f"RCODE {self.code}")
        return f"{word} ({_hint_text(self.hint)})" if self.hint is not None else word


def _hint_text(code: int) -> str:
    import dns.edns  # 3 ms, and wanted only where a resolver explains a failure

    try:
        return dns.edns.EDECode(code).name.replace("_", " ").lower().replace("dnssec", "DNSSEC")
    except ValueError:
        return f"extended error {code}"


def encoded_name(name: str) -> bytes | None:
    """A name in normal form as lower-case labels on the wire; None where DNS cannot hold it.

    A label has 1 to 63 octets, a name 255 with its lengths (RFC 1035 section 2.3.4). `\\DDD` and `\\X` are escapes as in
    a master file; a character outside ASCII is no A-label and has no place here.
    """
    if not name.isascii():
        return None
    if "\\" in name:
        try:
            return dns.name.from_text(name + ".").to_wire().lower()  # type: ignore[union-attr]  # no file: octets
        except (dns.exception.DNSException, ValueError, IndexError):
            return None
    if not name:
        return b"\0"
    if len(name) > 253:
        return None
    labels = name.lower().encode("ascii").split(b".")
    if any(not 0 < len(label) < 64 for label in labels):
        return None
    return b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"


def decoded_name(wire: bytes) -> str:
    """A wire name without pointers as text in normal form."""
    return dns.name.from_wire(wire, 0)[0].to_text(omit_final_dot=True).removesuffix(".").lower()


def type_number(rdtype: str) -> int | None:
    """The number of a record type, `TYPE65280` included (RFC 3597); None if no record can have it, as with ANY."""
    try:
        number = dns.rdatatype.from_text(rdtype)
    except (dns.exception.DNSException, ValueError):
        return None
    return None if number == 0 or dns.rdatatype.is_metatype(number) else int(number)


def question(name: bytes, kind: int) -> bytes:
    """The question section for a wire name: name, type, class IN."""
    return name + _TWO.pack(kind, _IN)


def query(asked: bytes, *, recursion: bool, edns: bool) -> bytes:
    """A query but for its first two octets, the id.

    A resolver is asked for recursion (RD), and with AD to say whether it validated (RFC 6840 section 5.7); an
    authoritative server is asked for neither.
    """
    flags = b"\x01\x20" if recursion else b"\0\0"
    counts = _COUNTS.pack(1, 0, 0, 1 if edns else 0)
    return flags + counts + asked + (_OPT_RECORD if edns else b"")


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
    try:
        return _read(wire, asked)
    except (struct.error, IndexError, ValueError, dns.exception.DNSException) as fault:
        raise Malformed(type(fault).__name__) from None


def _read(wire: bytes, asked: bytes) -> Reply:
    reply = Reply(wire[3] & 15, truncated=bool(wire[2] & 2), authenticated=bool(wire[3] & 0x20))
    if reply.truncated:
        return reply  # what stands in it is cut anywhere: RFC 2181 section 9
    at = _read_answers(wire, asked, reply)
    if not reply.records:
        _read_negative(wire, at, reply)
    return reply


def _read_answers(wire: bytes, asked: bytes, reply: Reply) -> int:
    """Fill in chain, records and TTL from the answer section; return where it ends."""
    questions, count = _TWO.unpack_from(wire, 4)
    at = 12 + len(asked) if questions else 12
    if not count:
        return at
    name, kind = asked[:-4], int.from_bytes(asked[-4:-2], "big")
    chain: dict[bytes, tuple[int, int]] = {}  # owner -> TTL and place of the target
    found: dict[bytes, list[tuple[int, int, int]]] = {}  # owner -> TTL, place and length of the data
    for _ in range(count):
        if wire[at : at + 2] == _TO_QUESTION:
            owner, at = name, at + 2
        else:
            owner, at = _name(wire, at)
        rdtype, rdclass, ttl, length = _RECORD.unpack_from(wire, at)
        at += 10
        if at + length > len(wire):
            raise Malformed("a record reaches beyond the message")
        if rdclass == _IN:
            ttl = ttl if ttl < 0x80000000 else 0  # RFC 2181 section 8
            if rdtype == kind:
                found.setdefault(owner, []).append((ttl, at, length))
            elif rdtype == _CNAME:
                chain.setdefault(owner, (ttl, at))
        at += length
    seen: set[bytes] = {name}
    links: list[bytes] = []
    while name in chain and name not in found and len(links) <= MOST_LINKS:
        ttl, place = chain[name]
        name, _ = _name(wire, place)
        links.append(name)
        _shorten(reply, ttl)
        if name in seen:  # a loop: the name that closes it is the last link
            break
        seen.add(name)
    records = found.get(name, [])
    for ttl, _, _ in records:
        _shorten(reply, ttl)
    reply.links = tuple(links)
    reply.records = tuple(sorted({_text(wire, kind, start, length) for _, start, length in records}))
    reply.ends = bool(records) or not links
    if records and reply.code == NXDOMAIN:
        raise Malformed("records of a name that does not exist")
    return at


def _read_negative(wire: bytes, at: int, reply: Reply) -> None:
    """Tell "no such record" from "ask elsewhere", and find the TTL and the server's reason. RFC 2308 section 2.2"""
    authorities, additionals = _TWO.unpack_from(wire, 8)
    delegation: int | None = None
    has_soa = False
    for number in range(authorities + additionals):
        owner_at = at
        at = _past_name(wire, at)
        rdtype, _, ttl, length = _RECORD.unpack_from(wire, at)
        at += 10
        end = at + length
        if end > len(wire):
            raise Malformed("a record reaches beyond the message")
        if number < authorities:
            if rdtype == _SOA and length >= 22:
                # The last of the SOA's numbers is the TTL of what is not there. RFC 2308 section 4
                minimum = int.from_bytes(wire[end - 4 : end], "big")
                has_soa = True
                _shorten(reply, min(ttl, minimum, 0x7FFFFFFF))
            elif rdtype == _NS and delegation is None:
                delegation = owner_at
        elif rdtype == _OPT:
            reply.speaks_edns = True
            reply.code |= ttl >> 24 << 4  # the upper bits of the RCODE: RFC 6891 section 6.1.3
            reply.hint = _hint(wire, at, end)
        at = end
    if has_soa or reply.code != NOERROR:
        reply.ends = True
    elif delegation is not None and not reply.links and not wire[2] & 4:
        reply.zone = decoded_name(_name(wire, delegation)[0])


def _hint(wire: bytes, at: int, end: int) -> int | None:
    """The code of the first extended error among the EDNS options. RFC 8914 section 2"""
    while at + 4 <= end:
        option, length = _TWO.unpack_from(wire, at)
        if option == _EDE and length >= 2 and at + 6 <= end:
            return int.from_bytes(wire[at + 4 : at + 6], "big")
        at += 4 + length
    return None


def _shorten(reply: Reply, ttl: int) -> None:
    reply.ttl = ttl if reply.ttl is None else min(reply.ttl, ttl)


def _text(wire: bytes, kind: int, start: int, length: int) -> str:
    if kind == _A and length == 4:
        # Every listing of a block list is one of these, and the general way costs eight times as much.
        return f"{wire[start]}.{wire[start + 1]}.{wire[start + 2]}.{wire[start + 3]}"
    try:
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.RdataType.make(kind), wire, start, length).to_text()
    except Exception as fault:  # the parsers of a hundred types, fed by strangers: one's bug is no crash of ours
        raise Malformed(type(fault).__name__) from None


def _name(wire: bytes, at: int) -> tuple[bytes, int]:
    """The name at `at` without pointers and in lower case, and where what follows it begins."""
    out, total = [], 1
    after = 0  # set by the first pointer
    lowest = at
    while size := wire[at]:
        if size >= 0xC0:
            target = (size & 0x3F) << 8 | wire[at + 1]
            # Each pointer must lead further back than where we have been: so no loop is possible.
            if target >= lowest:
                raise Malformed("a compression pointer leads forward")
            after = after or at + 2
            at = lowest = target
            continue
        label = wire[at : at + 1 + size]
        total += len(label)
        if size > 63 or total > 255 or len(label) <= size:
            raise Malformed("a label is not one")
        out.append(label)
        at += 1 + size
    return b"".join(out).lower() + b"\0", after or at + 1


def _past_name(wire: bytes, at: int) -> int:
    while size := wire[at]:
        if size >= 0xC0:
            return at + 2
        at += 1 + size
    return at + 1
