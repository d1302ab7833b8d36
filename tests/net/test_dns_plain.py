"""The reader of plain answers and dnspython come to the same, or the one leaves the message to the other."""

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcheck.net import dns_wire
from healthcheck.net.dns_plain import read_plain
from healthcheck.net.dns_wire import Malformed, Reply

NAMES = ("example.com.", "a.example.net.", "c.example.org.", "ns1.example.net.", "Www.Example.com.", "a.example.com.", "b.a.example.com.", "mx-1.example.net.", ".", "com.",
         "_dmarc.example.com.", "x" * 63 + ".example.com.", r"we\.ird.example.com.", r"\200.example.com.")  # fmt: skip
NAME = st.sampled_from(NAMES)
TEXT = st.one_of(
    st.sampled_from(['"v=spf1 -all"', '"a" "b"', '""', r'"\"q\""', r'"\\\000\255"', f'"{"x" * 255}" "y"']),
    st.text("abc =;~%", max_size=20).map(lambda text: f'"{text}"'),
)
ADDRESS = st.integers(0, 2**32 - 1).map(lambda n: ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0)))
GROUP = st.sampled_from(["0", "0", "0", "1", "ffff", "db8", "a0"])
SIX = st.lists(GROUP, min_size=8, max_size=8).map(":".join)
RECORDS = {
    "A": ADDRESS,
    "AAAA": SIX,
    "TXT": TEXT,
    "NS": NAME,
    "CNAME": NAME,
    "PTR": NAME,
    "MX": st.tuples(st.integers(0, 65535), NAME).map(lambda pair: f"{pair[0]} {pair[1]}"),
    "SOA": st.tuples(NAME, NAME).map(lambda pair: f"{pair[0]} {pair[1]} 1 2 3 4 60"),
    "SRV": NAME.map(lambda name: f"1 2 3 {name}"),
}
KINDS = ("A", "AAAA", "TXT", "NS", "CNAME", "PTR", "MX", "SOA")


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A response, and the question section that it answers."""
    name, kind = draw(NAME), draw(st.sampled_from(KINDS))
    query = dns.message.make_query(name, kind)
    told = dns.message.make_response(query)
    if draw(st.booleans()):
        told.flags |= dns.flags.AA
    usual = {id(told.answer): (kind, "CNAME"), id(told.authority): ("NS", "SOA"), id(told.additional): ("A", "AAAA")}
    for section in (told.answer, told.authority, told.additional):
        for _ in range(draw(st.integers(0, 3))):
            rdtype = draw(st.sampled_from((*usual[id(section)] * 4, *RECORDS)))
            owner, ttl = draw(st.sampled_from((name, *NAMES))), draw(st.integers(0, 2**31 - 1))
            section.append(dns.rrset.from_text(owner, ttl, "IN", rdtype, draw(RECORDS[rdtype])))
    if draw(st.booleans()):
        told.use_edns(0, payload=1232, options=[dns.edns.EDEOption(15, "x")] if draw(st.booleans()) else [])
    else:
        told.use_edns(False)
    wire = told.to_wire(max_size=65535)
    asked = dns.name.from_text(name).canonicalize().to_wire()
    assert asked is not None
    return wire, dns_wire.question(asked, dns.rdatatype.from_text(kind))


def whole(wire: bytes, asked: bytes) -> Reply | None:
    """As dnspython reads it; None where it cannot."""
    try:
        return dns_wire.read_whole(wire, asked)
    except Malformed:
        return None


def same(wire: bytes, asked: bytes) -> bool:
    """Whether it was plain; both ways must agree on what is."""
    plain = read_plain(wire, asked)
    if plain is None:
        return False
    reply = whole(wire, asked)
    assert reply is not None, "dnspython cannot read it"
    assert (reply.links, reply.records, reply.ttl, reply.ends, reply.speaks_edns) == tuple(plain)
    assert (reply.zone, reply.hint, reply.code) == (None, "", dns.rcode.NOERROR)
    return True


@settings(deadline=None, max_examples=600)
@given(messages())
def test_what_is_plain_is_read_as_dnspython_reads_it(message):
    same(*message)


@settings(deadline=None, max_examples=600)
@given(messages(), st.lists(st.tuples(st.integers(12, 400), st.integers(0, 255)), min_size=1, max_size=3), st.data())
def test_of_garbled_messages_nothing_is_read_that_dnspython_reads_otherwise(message, changes, data):
    wire, asked = bytearray(message[0]), message[1]
    for at, octet in changes:
        # The question and the code are looked at before: they are as they were.
        if 12 + len(asked) <= at < len(wire):
            wire[at] = octet
    end = data.draw(st.integers(12 + len(asked), len(wire)))
    same(bytes(wire), asked)
    same(bytes(wire[:end]), asked)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300), st.lists(st.integers(0, 4), min_size=3, max_size=3))
def test_any_octets_are_read_or_left(behind, counts):
    asked = dns_wire.question(b"\7example\3com\0", 1)
    head = bytes(2) + b"\x80\0\0\1" + b"".join(count.to_bytes(2, "big") for count in counts)
    same(head + asked + behind, asked)


def answered(records: str, kind: str, name: str = "example.com.") -> tuple[bytes, bytes]:
    """A response with records, one a line as in a master file."""
    told = dns.message.from_text(
        f"id 1\nopcode QUERY\nrcode NOERROR\nflags QR RD RA\n;QUESTION\n{name} IN {kind}\n{records}"
    )
    asked = dns.name.from_text(name).to_wire()
    assert asked is not None
    return told.to_wire(), dns_wire.question(asked, dns.rdatatype.from_text(kind))


@pytest.mark.parametrize(
    ("kind", "records"),
    [
        ("A", ";ANSWER\nexample.com. 60 IN A 192.0.2.1\nexample.com. 60 IN A 192.0.2.2"),
        ("AAAA", ";ANSWER\nexample.com. 60 IN AAAA 2001:db8::1"),
        ("TXT", ';ANSWER\nexample.com. 60 IN TXT "v=spf1 -all"\nexample.com. 60 IN TXT "a" "b"'),
        ("MX", ";ANSWER\nexample.com. 60 IN MX 10 mx1.example.com.\n;ADDITIONAL\nmx1.example.com. 60 IN A 192.0.2.1"),
        ("MX", ";ANSWER\nexample.com. 60 IN MX 0 ."),
        ("NS", ";ANSWER\nexample.com. 60 IN NS ns1.example.net."),
        ("TXT", ';ANSWER\nexample.com. 60 IN CNAME a.example.net.\na.example.net. 50 IN TXT "x"'),
        ("SOA", ";ANSWER\nexample.com. 60 IN SOA ns.example.com. root.example.com. 1 2 3 4 5"),
        ("TXT", ";AUTHORITY\nexample.com. 60 IN SOA ns.example.com. root.example.com. 1 2 3 4 5"),
    ],
)
def test_the_usual_answers_are_plain(kind, records):
    assert same(*answered(records, kind))


@pytest.mark.parametrize(
    ("kind", "records"),
    [
        ("TXT", r";ANSWER" + "\n" + r'example.com. 60 IN TXT "a\"b"'),
        ("NS", ";AUTHORITY\nexample.com. 60 IN NS ns1.example.net."),
        ("TXT", ";ANSWER\nexample.com. 60 IN CNAME example.com."),
    ],
)
def test_what_is_not_usual_is_left_to_dnspython(kind, records):
    assert read_plain(*answered(records, kind)) is None
