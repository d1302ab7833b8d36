"""Reads the plain answer: a few records of the usual types, in names of letters, digits, hyphens and underscores.

That is nearly every answer that a checker of mail sees, and dnspython takes twenty to forty times as long for it, a third of
the processor time of a run. What is in any way unusual (another type, an escape, an EDNS option, two aliases of one name,
a count that does not fit) is not read here: None sends it to dnspython, and so the two never differ
(tests/net/test_dns_plain.py compares them, on any octets whatever).
"""

import struct
from collections.abc import Callable
from socket import AF_INET, inet_ntop
from typing import NamedTuple

import dns.ipv6

_A, _NS, _CNAME, _SOA, _PTR, _MX, _TXT, _AAAA, _OPT = 1, 2, 5, 6, 12, 15, 16, 28, 41
_IN = 1
_SINGLE = frozenset({_CNAME, _SOA})
"""Types of which a name has one record; of several, dnspython keeps the last."""
_COUNTS = struct.Struct("!4H")
_RECORD = struct.Struct("!HHIH")
_NUMBER = struct.Struct("!H")
_NUMBERS = struct.Struct("!5I")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BARE = bytes(range(0x20, 0x7F)).replace(b'"', b"").replace(b"\\", b"")
"""Octets of a character-string that stand for themselves between quotes. RFC 1035 section 5.1"""
_MOST_LINKS = 16
_MOST_POINTERS = 4
_ASKED = b"\xc0\x0c"
"""A pointer to the name in the question, which nearly every record begins with. RFC 1035 section 4.1.4"""


class Plain(NamedTuple):
    """What stands in a plain answer; the fields are those of `Reply`."""

    links: tuple[bytes, ...]
    records: tuple[str, ...]
    ttl: int | None
    ends: bool
    speaks_edns: bool


class _Unusual(Exception):
    """Not for us."""


class _Set:
    """The records of one name and type; `ttl` is the smallest."""

    __slots__ = ("texts", "ttl")

    def __init__(self, ttl: int) -> None:
        self.ttl = ttl
        self.texts: list[str] = []


def read_plain(wire: bytes, asked: bytes) -> Plain | None:
    """Read a whole message with code NOERROR that answers the question section `asked`; None for what is not plain."""
    try:
        return _Message(wire, asked).read()
    except (_Unusual, IndexError, struct.error):
        return None


class _Message:
    def __init__(self, wire: bytes, asked: bytes) -> None:
        self._wire = wire
        self._at = 12 + len(asked)
        self._name, end = _name(asked, 0)
        self._name = self._name.lower()
        self._kind = int.from_bytes(asked[end : end + 2], "big")
        self._speaks_edns = False

    def read(self) -> Plain:
        questions, answers, authorities, others = _COUNTS.unpack_from(self._wire, 4)
        if questions != 1:
            raise _Unusual
        found = self._answers(answers)
        negative = self._authorities(authorities)
        self._others(others)
        name, ttl = self._name, None
        links: list[str] = []
        while (mine := found.get((name, self._kind))) is None:
            alias = found.get((name, _CNAME))
            if alias is None:
                break
            ttl = alias.ttl if ttl is None else min(ttl, alias.ttl)
            name = alias.texts[0].lower()
            if name in links or name == self._name or len(links) >= _MOST_LINKS:
                raise _Unusual
            links.append(name)
        told = mine if mine is not None else negative
        if told is not None:
            ttl = told.ttl if ttl is None else min(ttl, told.ttl)
        elif authorities:
            raise _Unusual  # a referral, perhaps
        records = tuple(sorted(set(mine.texts))) if mine is not None else ()
        if self._kind not in (_A, _AAAA, _TXT) and len({text.lower() for text in records}) != len(records):
            raise _Unusual  # names that differ in case are the same name
        return Plain(tuple(map(_encoded, links)), records, ttl, told is not None or not links, self._speaks_edns)

    def _answers(self, count: int) -> dict[tuple[str, int], _Set]:
        found: dict[tuple[str, int], _Set] = {}
        for _ in range(count):
            owner, kind, ttl, end = self._record()
            read = _READERS.get(kind)
            if read is None:
                raise _Unusual
            key = owner, kind
            mine = found.get(key)
            if mine is None:
                mine = found[key] = _Set(ttl)
            elif kind in _SINGLE:
                raise _Unusual
            elif ttl < mine.ttl:
                mine.ttl = ttl
            mine.texts.append(read(self._wire, self._at, end))
            self._at = end
        return found

    def _authorities(self, count: int) -> _Set | None:
        """How long it may be believed that there is no such record, where the message says so. RFC 2308 section 4"""
        found = None
        for _ in range(count):
            _, kind, ttl, end = self._record()
            if kind == _SOA and found is None:
                # The last of its numbers is the TTL of what is not there.
                minimum = _text_of_soa(self._wire, self._at, end).rpartition(" ")[2]
                found = _Set(min(ttl, int(minimum)))
            elif kind == _NS:
                _text_of_name(self._wire, self._at, end)
            else:
                raise _Unusual
            self._at = end
        return found

    def _others(self, count: int) -> None:
        """Nothing in them is wanted, but that the server speaks EDNS. RFC 6891 section 6.1.2"""
        for _ in range(count):
            if self._wire[self._at] == 0:
                kind, _, flags, length = _RECORD.unpack_from(self._wire, self._at + 1)
                if kind != _OPT or length or flags >> 16 or self._speaks_edns:
                    raise _Unusual  # options, a longer code, another version
                self._speaks_edns = True
                self._at += 11
                continue
            _, kind, _, end = self._record()
            if kind not in (_A, _AAAA) or end - self._at != (4 if kind == _A else 16):
                raise _Unusual
            self._at = end
        if self._at > len(self._wire):
            raise _Unusual

    def _record(self) -> tuple[str, int, int, int]:
        """Owner, type, TTL of the next record, and where it ends; `_at` is then where its data begins."""
        wire, at = self._wire, self._at
        if wire[at : at + 2] == _ASKED:
            owner, at = self._name, at + 2
        else:
            owner, at = _name(wire, at)
            owner = owner.lower()
        kind, rdclass, ttl, length = _RECORD.unpack_from(wire, at)
        self._at = at + 10
        end = self._at + length
        if rdclass != _IN or ttl >> 31 or end > len(wire):
            raise _Unusual
        return owner, kind, ttl, end


def _name(wire: bytes, at: int) -> tuple[str, int]:
    """A name as it is written, with the final dot, and where it ends. RFC 1035 section 4.1.4"""
    labels: list[bytes] = []
    start, bound, after, pointers = at, len(wire), 0, 0
    while count := wire[at]:
        if count < 64:
            labels.append(wire[at + 1 : at + 1 + count])
            at += 1 + count
        elif count >= 192:
            to = (count & 63) << 8 | wire[at + 1]
            if to >= start or at + 1 >= bound or pointers == _MOST_POINTERS:
                raise _Unusual  # forward, or in circles
            pointers += 1
            after = after or at + 2
            at, start, bound = to, to, start
        else:
            raise _Unusual
        if at >= bound:
            raise _Unusual  # what a pointer leads to runs into the name itself
    if not labels:
        return ".", after or at + 1
    text = b".".join(labels)
    if len(text) > 253 or b"".join(labels).translate(None, _LETTERS):
        raise _Unusual
    return text.decode("ascii") + ".", after or at + 1


def _encoded(name: str) -> bytes:
    """A name of plain letters on the wire."""
    if name == ".":
        return b"\0"
    return b"".join([bytes((len(label),)) + label.encode("ascii") for label in name.split(".")])


def _text_of_a(wire: bytes, at: int, end: int) -> str:
    if end - at != 4:
        raise _Unusual
    return inet_ntop(AF_INET, wire[at:end])


def _text_of_aaaa(wire: bytes, at: int, end: int) -> str:
    if end - at != 16:
        raise _Unusual
    return dns.ipv6.inet_ntoa(wire[at:end])  # the system's writes some addresses in another way


def _text_of_name(wire: bytes, at: int, end: int) -> str:
    text, after = _name(wire, at)
    if after != end:
        raise _Unusual
    return text


def _text_of_mx(wire: bytes, at: int, end: int) -> str:
    return f"{_NUMBER.unpack_from(wire, at)[0]} {_text_of_name(wire, at + 2, end)}"


def _text_of_soa(wire: bytes, at: int, end: int) -> str:
    primary, at = _name(wire, at)
    mailbox, at = _name(wire, at)
    if at + _NUMBERS.size != end:
        raise _Unusual
    serial, refresh, retry, expire, minimum = _NUMBERS.unpack_from(wire, at)
    return f"{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}"


def _text_of_txt(wire: bytes, at: int, end: int) -> str:
    strings = []
    while at < end:
        after = at + 1 + wire[at]
        string = wire[at + 1 : after]
        if after > end or string.translate(None, _BARE):
            raise _Unusual
        strings.append('"' + string.decode("ascii") + '"')
        at = after
    if not strings:
        raise _Unusual
    return " ".join(strings)


_READERS: dict[int, Callable[[bytes, int, int], str]] = {
    _A: _text_of_a,
    _SOA: _text_of_soa,
    _NS: _text_of_name,
    _CNAME: _text_of_name,
    _PTR: _text_of_name,
    _MX: _text_of_mx,
    _TXT: _text_of_txt,
    _AAAA: _text_of_aaaa,
}
