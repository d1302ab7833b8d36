"""Reading what came back: any octets whatever are a reply or malformed."""

import struct
from collections.abc import Iterable
from contextlib import suppress

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.inquiry import Outcome
from healthcheck.net import dns_wire
from tests.net.asking import WWW, asked
from tests.net.scripted_dns import Query, ScriptedDns, reply

# Hostile octets

ASKED = dns_wire.question(b"\x03www\x07example\x03com\0", 16)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 0xFFFF), st.tuples(*[st.integers(0, 4)] * 3))
def test_whatever_octets_come_the_reader_says_reply_or_malformed(
    tail: bytes, flags: int, counts: tuple[int, int, int]
) -> None:
    wire = struct.pack("!6H", 1, flags | 0x8000, 1, *counts) + ASKED + tail
    dns_wire.replies_to(wire, ASKED)
    dns_wire.replies_to(tail, ASKED)
    try:
        found = dns_wire.read(wire, ASKED)
    except dns_wire.Malformed:
        return
    assert isinstance(found.records, tuple)
    assert all(isinstance(dns_wire.decoded_name(link), str) for link in found.links)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["A", "AAAA", "TXT", "MX", "CNAME", "PTR", "NS", "SOA", "TLSA", "CAA", "DNSKEY", "SVCB", "LOC"]),
    st.binary(max_size=120),
)
def test_records_with_any_data_never_crash_the_reader(rdtype: str, data: bytes) -> None:
    asked_for = dns_wire.question(b"\x03www\x07example\x03com\0", dns.rdatatype.from_text(rdtype))
    record = b"\xc0\x0c" + asked_for[-4:] + struct.pack("!IH", 60, len(data)) + data
    with suppress(dns_wire.Malformed):
        dns_wire.read(struct.pack("!6H", 1, 0x8180, 1, 1, 0, 0) + asked_for + record, asked_for)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4), st.booleans())
def test_a_server_of_arbitrary_octets_never_raises(tails: list[bytes], keep_question: bool) -> None:
    def babbling(query: Query) -> Iterable[bytes]:
        head = reply(query)[: 33 if keep_question else 2]
        return [head + tail for tail in tails]

    answer = asked(WWW, ScriptedDns(babbling, babbling), timeout=0.03)
    assert answer.outcome in Outcome


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=5))
def test_txt_records_read_as_dnspython_writes_them(strings: list[bytes]) -> None:
    data = b"".join(bytes((len(each),)) + each for each in strings)
    record = b"\xc0\x0c" + ASKED[-4:] + struct.pack("!IH", 60, len(data)) + data
    wire = struct.pack("!6H", 1, 0x8180, 1, 1, 0, 0) + ASKED + record
    theirs = dns.message.from_wire(wire).answer[0][0].to_text()
    assert dns_wire.read(wire, ASKED).records == (theirs,)


def test_pointers_that_lead_in_circles_are_malformed() -> None:
    for loop in (b"\xc0\x21", b"\xc0\x23", b"\x01a\xc0\x21", b"\xff\xff", b"\x40a\0", b"\x80a\0"):
        wire = struct.pack("!6H", 1, 0x8180, 1, 1, 0, 0) + ASKED + loop + struct.pack("!HHIH", 16, 1, 0, 0)
        with pytest.raises(dns_wire.Malformed):
            dns_wire.read(wire, ASKED)
