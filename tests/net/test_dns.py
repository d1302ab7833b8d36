"""The DNS client against a scripted server: everything that goes wrong on the way to an answer."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net import dns_udp, dns_wire
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint, system_resolvers
from healthcheck.world.live import Live
from tests.net.scripted_dns import Query, Script, ScriptedDns, cut, reply

T = TypeVar("T")

WWW = DnsQuestion("www.example.com", "A")
ADDRESS = "www.example.com. 60 IN A 192.0.2.1"
SOA = "example.com. 900 IN SOA ns.example.com. root.example.com. 1 2 3 4 300"
SOON = 0.15  # seconds until a test's resolver gives a server up


def says(*records: str, **more: object) -> Script:
    """A server that always gives this answer."""
    return lambda query: [reply(query, *records, **more)]  # type: ignore[arg-type]


def silent(_: Query) -> Iterable[bytes]:
    """A server that hears and keeps still."""
    return []


def asked(
    question: DnsQuestion, *servers: ScriptedDns, timeout: float = 2.0, direct_port: int = 53, window: int = 200
) -> Answer:
    """One question to a run's resolvers."""

    async def run() -> Answer:
        async with AsyncExitStack() as stack:
            endpoints = [(await stack.enter_async_context(server)).endpoint for server in servers]
            resolver = Resolver(endpoints, timeout=timeout, direct_port=direct_port, window=window)
            try:
                return await resolver.answer(question)
            finally:
                await resolver.close()

    return asyncio.run(run())


def with_server(server: ScriptedDns, body: Callable[[Resolver], Awaitable[T]], **options: float) -> T:
    """Run a body with a resolver that asks one scripted server."""

    async def run() -> T:
        async with server:
            resolver = Resolver([server.endpoint], **options)  # type: ignore[arg-type]
            try:
                return await body(resolver)
            finally:
                await resolver.close()

    return asyncio.run(run())


# What an answer holds


def test_an_answer_has_sorted_records_and_says_who_gave_it_and_when() -> None:
    server = ScriptedDns(says("www.example.com. 60 IN A 192.0.2.9", "www.example.com. 60 IN A 192.0.2.10"))
    answer = asked(WWW, server)
    assert answer.question == WWW
    assert answer.outcome is Outcome.ANSWERED
    assert answer.records == ("192.0.2.10", "192.0.2.9")
    assert answer.ttl == 60
    assert answer.server == f"127.0.0.1:{server.endpoint.port}"
    assert answer.asked_at.endswith("Z")
    assert len(answer.asked_at) == len("2026-11-22T14:03:00.000Z")
    assert datetime.fromisoformat(answer.asked_at)
    assert 0 < answer.elapsed < 2
    assert not answer.authenticated
    assert answer.detail == ""


def test_the_query_asks_for_recursion_and_takes_1232_octets() -> None:
    server = ScriptedDns(says(ADDRESS))
    asked(WWW, server)
    query = server.asked[0]
    assert query.flags & dns.flags.RD
    assert query.edns == 0
    assert query.payload == 1232


def test_the_ad_bit_is_kept() -> None:
    assert asked(WWW, ScriptedDns(says(ADDRESS, flags=dns.flags.AD))).authenticated


def test_a_name_that_does_not_exist_is_told_from_one_without_such_a_record() -> None:
    missing = asked(WWW, ScriptedDns(says(rcode="NXDOMAIN", authority=[SOA])))
    empty = asked(WWW, ScriptedDns(says(authority=[SOA])))
    bare = asked(WWW, ScriptedDns(says()))
    assert missing.outcome is Outcome.NXDOMAIN
    assert (empty.outcome, empty.ttl) == (Outcome.NO_DATA, 300)
    assert (bare.outcome, bare.ttl) == (Outcome.NO_DATA, None)


def test_a_type_that_nobody_has_heard_of_comes_back_in_the_generic_form() -> None:
    server = ScriptedDns(says("www.example.com. 60 IN TYPE65280 \\# 3 010203"))
    assert asked(DnsQuestion("www.example.com", "TYPE65280"), server).records == ("\\# 3 010203",)


@pytest.mark.parametrize("rdtype", ["ANY", "AXFR", "OPT", "NONSENSE", "", "TYPE99999"])
def test_what_is_no_type_of_record_is_an_answer_too(rdtype: str) -> None:
    answer = asked(DnsQuestion("www.example.com", rdtype), ScriptedDns(silent))
    assert answer.outcome is Outcome.TEMPFAIL
    assert "is not a type of record" in answer.detail


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..example", ".example", "é.example",
                                  ".".join(["a" * 60] * 5), "\\", "a\\999.example"])  # fmt: skip
def test_a_name_that_dns_cannot_hold_does_not_exist(name: str) -> None:
    answer = asked(DnsQuestion(name, "A"), ScriptedDns(silent))
    assert (answer.outcome, answer.detail) == (Outcome.NXDOMAIN, "not a name that DNS can hold")


def test_escaped_octets_of_a_name_go_on_the_wire_as_they_are_meant() -> None:
    assert dns_wire.encoded_name("a\\.b\\032c.example") == b"\x05a.b c\x07example\0"
    assert dns_wire.encoded_name("") == b"\0"


# Several resolvers


@pytest.mark.parametrize(
    ("first", "note"),
    [
        (says(rcode="SERVFAIL"), "SERVFAIL"),
        (says(rcode="REFUSED"), "refused"),
        (lambda query: [reply(query, ADDRESS)[:-14]], "malformed answer"),
        (silent, "timed out after 0.1 s"),
        (says(authority=["com. 60 IN NS a.example."]), "has no answer, only a referral to the servers of com"),
    ],
)
def test_the_second_resolver_is_asked_where_the_first_fails(first: Script, note: str) -> None:
    servers = ScriptedDns(first), ScriptedDns(says(ADDRESS))
    answer = asked(WWW, *servers, timeout=SOON if first is silent else 2.0)
    assert answer.records == ("192.0.2.1",)
    assert answer.server == servers[1].endpoint.label
    assert answer.detail.replace("0.2 s", "0.1 s") == f"{servers[0].endpoint.label} {note}"


def test_a_resolver_that_is_not_there_is_passed_at_once() -> None:
    async def run() -> tuple[Answer, str]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            nobody = Endpoint("127.0.0.1", sock.getsockname()[1])
        async with ScriptedDns(says(ADDRESS)) as server:
            resolver = Resolver([nobody, server.endpoint], timeout=5)
            answer = await resolver.answer(WWW)
            await resolver.close()
        return answer, nobody.label

    answer, nobody = asyncio.run(run())
    assert answer.outcome is Outcome.ANSWERED
    assert answer.detail == f"{nobody} unreachable"
    assert answer.elapsed < 2


def test_a_resolver_that_went_silent_is_not_waited_for_again() -> None:
    dead, alive = ScriptedDns(silent), ScriptedDns(says(ADDRESS))

    async def run() -> list[Answer]:
        async with dead, alive:
            resolver = Resolver([dead.endpoint, alive.endpoint], timeout=SOON)
            answers = [await resolver.answer(WWW) for _ in range(3)]
            await resolver.close()
        return answers

    answers = asyncio.run(run())
    assert "timed out" in answers[0].detail
    assert answers[2].detail == f"{dead.endpoint.label} was silent before, and not asked again"
    assert len(dead.asked) == 1


def test_a_burst_does_not_queue_for_a_dead_resolver() -> None:
    dead, alive = ScriptedDns(silent), ScriptedDns(says())

    async def run() -> list[Answer]:
        async with dead, alive:
            resolver = Resolver([dead.endpoint, alive.endpoint], timeout=0.3, window=10)
            answers = await asyncio.gather(*[resolver.answer(DnsQuestion(f"n{n}.test", "A")) for n in range(60)])
            await resolver.close()
        return answers

    assert {answer.outcome for answer in asyncio.run(run())} == {Outcome.NO_DATA}
    assert len({query.question[0].name for query in dead.asked}) == 10


def test_where_all_fail_the_detail_names_each_and_what_it_did() -> None:
    servers = ScriptedDns(silent), ScriptedDns(says(rcode="SERVFAIL")), ScriptedDns(says(rcode="REFUSED"))
    answer = asked(WWW, *servers, timeout=0.5)
    labels = [server.endpoint.label for server in servers]
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == f"{labels[0]} timed out after 0.5 s; {labels[1]} SERVFAIL; {labels[2]} refused"
    assert answer.server == labels[1]


def test_refused_is_the_outcome_only_where_all_refuse() -> None:
    refusing = says(rcode="REFUSED")
    assert asked(WWW, ScriptedDns(refusing), ScriptedDns(refusing)).outcome is Outcome.REFUSED
    assert asked(WWW, ScriptedDns(refusing), ScriptedDns(says(rcode="SERVFAIL"))).outcome is Outcome.TEMPFAIL


def test_a_resolver_that_says_why_it_failed_is_quoted() -> None:
    def bogus(query: Query) -> Iterable[bytes]:
        message = dns.message.make_response(query)
        message.set_rcode(dns.rcode.SERVFAIL)
        message.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "\x1b[31m")])
        return [message.to_wire()]

    answer = asked(WWW, server := ScriptedDns(bogus))
    assert answer.detail == f"{server.endpoint.label} SERVFAIL (DNSSEC bogus)"


# EDNS and TCP


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP", "BADVERS"])
def test_a_server_without_edns_is_asked_as_in_1987(rcode: str) -> None:
    def old(query: Query) -> Iterable[bytes]:
        knows = rcode == "BADVERS"
        return [reply(query, rcode=rcode, edns=knows) if query.edns == 0 else reply(query, ADDRESS)]

    server = ScriptedDns(old)
    assert asked(WWW, server).records == ("192.0.2.1",)
    assert [query.edns for query in server.asked] == [0, -1]


def test_an_error_may_come_without_its_question() -> None:
    def header_only(query: Query) -> Iterable[bytes]:
        return [struct.pack("!6H", query.id, 0x8005, 0, 0, 0, 0)]

    assert asked(WWW, ScriptedDns(header_only)).outcome is Outcome.REFUSED


def test_four_kilobytes_of_txt_come_over_tcp() -> None:
    records = [f'example.com. 60 IN TXT "{number:02} {"x" * 200}"' for number in range(20)]
    server = ScriptedDns(lambda query: [cut(query)], says(*records))
    answer = asked(DnsQuestion("example.com", "TXT"), server)
    assert len(answer.records) == 20
    assert len(server.asked) == len(server.asked_over_tcp) == 1


def test_sixty_kilobytes_come_over_tcp() -> None:
    records = [f'example.com. 60 IN TXT "{number:03} {"x" * 250}"' for number in range(240)]
    server = ScriptedDns(silent, says(*records))
    assert len(asked(DnsQuestion("example.com", "TXT", tcp=True), server).records) == 240
    assert server.asked == []


def test_a_truncated_answer_and_no_tcp_is_unknown_and_says_so() -> None:
    server = ScriptedDns(lambda query: [cut(query)])
    answer = asked(WWW, server)
    port = server.endpoint.port
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == f"127.0.0.1:{port} truncated over UDP, and TCP/{port} failed: connection refused"


@pytest.mark.parametrize(
    ("over_tcp", "told"),
    [
        (silent, "connection closed without an answer"),
        (lambda _: [b""], "malformed answer"),
        (lambda _: [b"\0" * 40], "malformed answer"),
        (lambda query: [cut(query)], "truncated over TCP"),
        (lambda query: [reply(query, ADDRESS)[:-14]], "malformed answer"),
    ],
)
def test_nonsense_over_tcp_is_unknown(over_tcp: Script, told: str) -> None:
    answer = asked(DnsQuestion("www.example.com", "A", tcp=True), ScriptedDns(silent, over_tcp))
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail.endswith(told)


# Aliases


def test_a_chain_is_followed_to_its_end_within_the_answer() -> None:
    chain = ["www.example.com. 50 IN CNAME A.example.NET.", "a.example.net. 40 IN CNAME b.example.net.",
             "b.example.net. 90 IN A 192.0.2.7", "other.example.net. 1 IN A 192.0.2.66"]  # fmt: skip
    answer = asked(WWW, ScriptedDns(says(*chain)))
    assert answer.aliases == ("a.example.net", "b.example.net")
    assert answer.records == ("192.0.2.7",)
    assert answer.ttl == 40


def test_asking_for_the_alias_itself_gives_it() -> None:
    answer = asked(DnsQuestion("www.example.com", "CNAME"), ScriptedDns(says("www.example.com. 50 IN CNAME a.test.")))
    assert (answer.records, answer.aliases) == (("a.test.",), ())


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR"])
def test_a_chain_to_nothing_keeps_its_links(rcode: str) -> None:
    outcome = {"NXDOMAIN": Outcome.NXDOMAIN, "NOERROR": Outcome.NO_DATA}[rcode]
    answer = asked(WWW, ScriptedDns(says("www.example.com. 50 IN CNAME gone.test.", rcode=rcode, authority=[SOA])))
    assert (answer.outcome, answer.aliases, answer.ttl) == (outcome, ("gone.test",), 50)


def test_the_rest_of_a_partial_chain_is_asked_for() -> None:
    zone = {"www.example.com.": ["www.example.com. 60 IN CNAME a.test."], "a.test.": ["a.test. 30 IN CNAME b.test."],
            "b.test.": ["b.test. 90 IN A 192.0.2.8"]}  # fmt: skip
    server = ScriptedDns(lambda query: [reply(query, *zone[query.question[0].name.to_text()])])
    answer = asked(WWW, server)
    assert (answer.aliases, answer.records, answer.ttl) == (("a.test", "b.test"), ("192.0.2.8",), 30)
    assert len(server.asked) == 3


@pytest.mark.parametrize("whole", [True, False])
def test_a_cname_loop_is_named_and_cut(whole: bool) -> None:
    links = {"www.example.com.": "b.test.", "b.test.": "www.example.com."}

    def loop(query: Query) -> Iterable[bytes]:
        name = query.question[0].name.to_text()
        return [reply(query, *[f"{a} 60 IN CNAME {b}" for a, b in links.items() if whole or a == name])]

    answer = asked(WWW, ScriptedDns(loop))
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == "CNAME loop: www.example.com -> b.test -> www.example.com"
    assert answer.aliases == ("b.test", "www.example.com")


@pytest.mark.parametrize("whole", [True, False])
def test_an_endless_chain_is_cut(whole: bool) -> None:
    def endless(query: Query) -> Iterable[bytes]:
        first = query.question[0].name.to_text()
        lines, name = [], first
        for _ in range(40 if whole else 1):
            after = f"x{int(name[1:].split('.')[0]) + 1}.test." if name.startswith("x") else "x1.test."
            lines.append(f"{name} 60 IN CNAME {after}")
            name = after
        return [reply(query, *lines)]

    server = ScriptedDns(endless, endless)
    answer = asked(WWW, server)
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == "CNAME chain of more than 16 links"
    assert len(answer.aliases) == 17


def test_a_failure_at_the_end_of_a_chain_is_unknown_and_says_where() -> None:
    def half(query: Query) -> Iterable[bytes]:
        if query.question[0].name.to_text() == "a.test.":
            return [reply(query, rcode="REFUSED")]
        return [reply(query, "www.example.com. 60 IN CNAME a.test.")]

    answer = asked(WWW, server := ScriptedDns(half))
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == f"a.test, at the end of the chain: {server.endpoint.label} refused"
    assert answer.aliases == ("a.test",)


# A server that is asked by its address


def test_a_question_to_one_server_goes_there_without_recursion() -> None:
    async def run() -> tuple[Answer, Query]:
        async with ScriptedDns(says(ADDRESS)) as authority, ScriptedDns(silent) as other:
            resolver = Resolver([other.endpoint], direct_port=authority.endpoint.port)
            answer = await resolver.answer(DnsQuestion("www.example.com", "A", server="127.0.0.1"))
            await resolver.close()
            assert not other.asked
            return answer, authority.asked[0]

    answer, query = asyncio.run(run())
    assert answer.records == ("192.0.2.1",)
    assert not query.flags & dns.flags.RD


def test_a_server_given_by_name_is_not_looked_up() -> None:
    answer = asked(DnsQuestion("www.example.com", "A", server="ns1.example.com"), ScriptedDns(silent))
    assert answer.outcome is Outcome.TEMPFAIL
    assert "'ns1.example.com' is not a resolver" in answer.detail


def test_a_silent_authoritative_server_is_not_waited_for_as_long_as_a_resolver() -> None:
    async def run() -> Answer:
        async with ScriptedDns(silent) as authority:
            resolver = Resolver([authority.endpoint], timeout=60, direct_port=authority.endpoint.port)
            assert resolver.direct_timeout == 2
            resolver.direct_timeout = 0.2  # for the sake of those who wait for this test
            answer = await resolver.answer(DnsQuestion("www.example.com", "A", server="127.0.0.1"))
            await resolver.close()
            return answer

    answer = asyncio.run(run())
    assert answer.outcome is Outcome.TEMPFAIL
    assert "timed out after 0.2 s" in answer.detail


def test_a_shorter_timeout_holds_for_authoritative_servers_too() -> None:
    async def run() -> Answer:
        async with ScriptedDns(silent) as authority:
            resolver = Resolver([authority.endpoint], timeout=0.1, direct_port=authority.endpoint.port)
            answer = await resolver.answer(DnsQuestion("www.example.com", "A", server="127.0.0.1"))
            await resolver.close()
            return answer

    assert "timed out after 0.1 s" in asyncio.run(run()).detail


# Datagrams


def test_answers_to_other_questions_are_ignored() -> None:
    def confused(query: Query) -> Iterable[bytes]:
        good = reply(query, ADDRESS)
        other = dns.message.make_query("www.example.org", "A")
        other.id = query.id
        wrong_type = dns.message.make_query("www.example.com", "AAAA")
        wrong_type.id = query.id
        yield bytes([good[0] ^ 1]) + good[1:]  # another id
        yield reply(other, "www.example.org. 60 IN A 192.0.2.66")
        yield reply(wrong_type)
        yield query.to_wire()  # our own question
        yield from (b"", b"\0", good[:11], b"\xff" * 50)
        yield good

    async def body(resolver: Resolver) -> tuple[Answer, int]:
        answer = await resolver.answer(WWW)
        return answer, resolver.ignored

    answer, ignored = with_server(ScriptedDns(confused), body)
    assert answer.records == ("192.0.2.1",)
    assert ignored == 8


def test_the_case_of_the_name_does_not_matter() -> None:
    def shouting(query: Query) -> Iterable[bytes]:
        return [reply(query, ADDRESS).replace(b"\x03www\x07example", b"\x03WwW\x07eXAMPLE")]

    assert asked(WWW, ScriptedDns(shouting)).records == ("192.0.2.1",)


def test_a_lost_datagram_is_sent_again_with_its_id() -> None:
    losses = iter([True, True, False])
    server = ScriptedDns(lambda query: [] if next(losses) else [reply(query, ADDRESS)])

    async def body(resolver: Resolver) -> Answer:
        for server in resolver.servers:
            server.link.round_trip.measured(0.001)
        return await resolver.answer(WWW)

    answer = with_server(server, body, timeout=5.0)
    assert answer.outcome is Outcome.ANSWERED
    assert len(server.asked) == 3
    assert len({query.id for query in server.asked}) == 1


def test_the_wait_follows_the_round_trip_time() -> None:
    quick, slow = dns_udp.RoundTrip(), dns_udp.RoundTrip()
    for _ in range(50):
        quick.measured(0.001)
        slow.measured(0.2)
    assert quick.wait == dns_udp.LEAST_WAIT
    assert 0.6 <= slow.wait < 0.7
    quick.overdue(0.3)
    assert quick.wait == 0.3


def test_no_more_questions_are_out_than_the_window_lets() -> None:
    server = ScriptedDns(silent)

    async def body(resolver: Resolver) -> int:
        tasks = [asyncio.create_task(resolver.answer(DnsQuestion(f"n{n}.test", "A"))) for n in range(20)]
        await asyncio.sleep(0.1)
        out = len({query.question[0].name for query in server.asked})
        for task in tasks[:10]:
            task.cancel()
        await asyncio.sleep(0.1)
        assert (
            len({query.question[0].name for query in server.asked}) == out + 5
        )  # places of the cancelled are passed on
        answers = await asyncio.gather(*tasks[10:])
        assert {answer.outcome for answer in answers} == {Outcome.TEMPFAIL}
        assert max(answer.elapsed for answer in answers) < 1.0  # the wait for a place is not in it
        return out

    assert with_server(server, body, timeout=0.4, window=5) == 5
    assert len({query.question[0].name for query in server.asked}) == 15


def test_an_id_that_is_used_again_belongs_to_the_later_question(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(1_000_000))
    monkeypatch.setattr(dns_udp, "token_bytes", lambda _: bytes((0, next(numbers) % 64)))
    server = ScriptedDns(lambda query: [reply(query)])

    async def body(resolver: Resolver) -> set[Outcome]:
        answers = await asyncio.gather(*[resolver.answer(DnsQuestion(f"n{n}.test", "A")) for n in range(500)])
        return {answer.outcome for answer in answers}

    assert with_server(server, body, window=60) == {Outcome.NO_DATA}
    assert 1 < len(server.sources) <= dns_udp.SOCKETS


def test_closing_lands_what_is_still_out() -> None:
    async def body(resolver: Resolver) -> Answer:
        task = asyncio.create_task(resolver.answer(WWW))
        await asyncio.sleep(0.05)
        await resolver.close()
        return await task

    assert with_server(ScriptedDns(silent), body, timeout=30).outcome is Outcome.TEMPFAIL


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


# Which servers


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("192.0.2.53", Endpoint("192.0.2.53", 53)),
        (" 192.0.2.53:5353 ", Endpoint("192.0.2.53", 5353)),
        ("2001:DB8::53", Endpoint("2001:db8::53", 53)),
        ("[2001:db8::53]", Endpoint("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Endpoint("2001:db8::53", 5353)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize("text", ["", "ns.example.com", "ns.example.com:53", "192.0.2", "192.0.2.1:", "192.0.2.1:0",
                                  "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:٣", "[2001:db8::1", "[2001:db8::1]53",
                                  "[2001:db8::1]:x", "\x1b[31m", ":53", "1:2:3"])  # fmt: skip
def test_anything_else_is_refused_in_one_clear_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=" is not a resolver: ") as caught:
        parse_endpoint(text)
    assert str(caught.value).isprintable()
    assert "\n" not in str(caught.value)


def test_labels_leave_out_the_usual_port() -> None:
    endpoints = [Endpoint("192.0.2.53"), Endpoint("192.0.2.53", 5353), Endpoint("2001:db8::1", 5353)]
    assert [each.label for each in endpoints] == ["192.0.2.53", "192.0.2.53:5353", "[2001:db8::1]:5353"]


def test_the_system_resolvers_are_those_of_resolv_conf(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text("# x\nsearch example\nnameserver 192.0.2.1\n; nameserver 192.0.2.9\nnameserver\t2001:db8::1 #\n")
    assert system_resolvers(conf) == (Endpoint("192.0.2.1"), Endpoint("2001:db8::1"))
    assert system_resolvers(tmp_path / "none") == (Endpoint("127.0.0.1"),)
    conf.write_text("nameserver resolver.example\n")
    with pytest.raises(ValueError, match="is not a resolver"):
        system_resolvers(conf)


def test_a_resolver_needs_a_server_and_a_timeout() -> None:
    with pytest.raises(ValueError, match="no resolver"):
        Resolver([])
    for timeout in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="timeout"):
            Resolver([Endpoint("192.0.2.1")], timeout=timeout)


def test_the_live_world_answers_through_the_resolver() -> None:
    async def run() -> Answer:
        async with ScriptedDns(says(ADDRESS)) as server:
            world = Live(Resolver([server.endpoint]))
            assert world.name == "live"
            answer = await world.answer(WWW)
            await world.close()
            return answer

    assert asyncio.run(run()).outcome is Outcome.ANSWERED
