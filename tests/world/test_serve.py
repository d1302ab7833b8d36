"""The lab as a DNS server: one message in, one message out, whatever stands in it."""

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.world.lab import open_lab
from healthcheck.world.master_file import read_zones
from healthcheck.world.serve import WITH_EDNS, WITHOUT_EDNS, respond
from healthcheck.world.zone import ZoneWorld

ZONE = """
$ORIGIN example.com.
@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300
@      A     192.0.2.1
hop    60    CNAME end
end    30    A 192.0.2.2
away   CNAME elsewhere.example.net.
gone   CNAME nowhere
loop-a CNAME loop-b
loop-b CNAME loop-a
*.wild A     192.0.2.3
""" + "".join(f'big TXT "{number:02} {"x" * 200}"\n' for number in range(20))
FAULTS = {
    "fails.example.com": "SERVFAIL",
    "mute.example.com": "TIMEOUT",
    "no.example.com": "REFUSED",
    "end.example.com A tcp": "SERVFAIL",
}
WORLD = ZoneWorld([read_zones(ZONE)], "lab", FAULTS)


def ask(name, rdtype="A", over_tcp=False, **options):
    query = dns.message.make_query(name, rdtype, **options)
    wire = respond(WORLD, query.to_wire(), over_tcp)
    if wire is None:
        return None
    reply = dns.message.from_wire(wire)
    assert query.is_response(reply)
    return reply


def answers(reply):
    return [rrset.to_text() for rrset in reply.answer]


def test_a_record_comes_with_authority():
    reply = ask("ExAmPlE.com")
    assert reply.flags & dns.flags.AA
    assert answers(reply) == ["ExAmPlE.com. 3600 IN A 192.0.2.1"]


def test_an_alias_is_followed_and_each_link_is_shown_with_its_own_ttl():
    assert answers(ask("hop.example.com")) == [
        "hop.example.com. 60 IN CNAME end.example.com.",
        "end.example.com. 30 IN A 192.0.2.2",
    ]


def test_a_wildcard_answers_in_the_name_that_was_asked():
    assert answers(ask("a.wild.example.com")) == ["a.wild.example.com. 3600 IN A 192.0.2.3"]


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode"),
    [("nope.example.com", "A", "NXDOMAIN"), ("example.com", "MX", "NOERROR"), ("gone.example.com", "A", "NXDOMAIN")],
)
def test_what_is_not_there_comes_with_the_soa(name, rdtype, rcode):
    reply = ask(name, rdtype)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    (soa,) = reply.authority
    assert (soa.name.to_text(), soa.ttl) == ("example.com.", 300)


def test_a_chain_that_leaves_the_zones_is_given_as_far_as_it_is_known():
    reply = ask("away.example.com")
    assert reply.rcode() == dns.rcode.NOERROR
    assert answers(reply) == ["away.example.com. 3600 IN CNAME elsewhere.example.net."]


def test_a_loop_is_given_once_around():
    reply = ask("loop-a.example.com")
    assert reply.rcode() == dns.rcode.NOERROR
    assert [rrset.name.to_text() for rrset in reply.answer][:1] == ["loop-a.example.com."]


def test_faults_are_acted_out():
    assert ask("fails.example.com").rcode() == dns.rcode.SERVFAIL
    assert ask("no.example.com").rcode() == dns.rcode.REFUSED
    assert ask("mute.example.com") is None
    assert ask("end.example.com").rcode() == dns.rcode.NOERROR
    assert ask("end.example.com", over_tcp=True).rcode() == dns.rcode.SERVFAIL


def test_names_outside_are_refused():
    reply = ask("example.net")
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.flags & dns.flags.AA


def test_what_does_not_fit_is_truncated_over_udp_and_whole_over_tcp():
    query = dns.message.make_query("big.example.com", "TXT")
    wire = respond(WORLD, query.to_wire(), over_tcp=False)
    assert len(wire) <= WITHOUT_EDNS
    assert wire[2] & 0x02, "TC"
    whole = ask("big.example.com", "TXT", over_tcp=True)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 20


def test_a_client_with_edns_gets_more_but_no_fragments():
    query = dns.message.make_query("big.example.com", "TXT", use_edns=0, payload=65535)
    wire = respond(WORLD, query.to_wire(), over_tcp=False)
    assert len(wire) <= WITH_EDNS
    assert wire[2] & 0x02, "TC"


@pytest.mark.parametrize(("rdtype", "rcode"), [("ANY", "NOTIMP"), ("AXFR", "REFUSED")])
def test_what_is_not_for_us_is_declined(rdtype, rcode):
    assert dns.rcode.to_text(ask("example.com", rdtype).rcode()) == rcode


def test_other_classes_opcodes_and_versions_are_declined():
    assert ask("version.bind", "TXT", rdclass=dns.rdataclass.CH).rcode() == dns.rcode.REFUSED
    assert ask("example.com", use_edns=1).rcode() == dns.rcode.BADVERS
    notify = dns.message.make_query("example.com", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    assert dns.message.from_wire(respond(WORLD, notify.to_wire(), False)).rcode() == dns.rcode.NOTIMP


def test_an_answer_is_not_answered():
    query = dns.message.make_query("example.com", "A")
    assert respond(WORLD, dns.message.make_response(query).to_wire(), False) is None


def test_a_cut_question_is_a_format_error_with_its_id():
    wire = dns.message.make_query("example.com", "A").to_wire()
    reply = dns.message.from_wire(respond(WORLD, wire[:-3], False))
    assert reply.rcode() == dns.rcode.FORMERR
    assert reply.id == int.from_bytes(wire[:2], "big")


@given(st.binary(max_size=100), st.booleans())
def test_garbage_never_ends_it(wire, over_tcp):
    respond(WORLD, wire, over_tcp)


@given(st.data())
def test_a_damaged_question_never_ends_it(data):
    wire = bytearray(dns.message.make_query("a.b.example.com", "TXT", use_edns=0).to_wire())
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    respond(open_lab() if data.draw(st.booleans()) else WORLD, bytes(wire), data.draw(st.booleans()))


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=6), st.integers(0, 65535))
def test_names_of_any_octets_are_answered(labels, rdtype):
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\x07example\x03com\0"
    header = b"\x12\x34\x01\x00\x00\x01" + bytes(6)
    wire = respond(WORLD, header + question + rdtype.to_bytes(2, "big") + b"\0\1", False)
    assert wire is not None
    assert wire[:2] == b"\x12\x34"
