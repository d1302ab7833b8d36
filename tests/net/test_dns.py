"""The DNS client against scripted servers: what an answer holds, who is asked next, and aliases to their end."""

import asyncio
import socket
from collections.abc import Iterable
from datetime import datetime

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net import dns_wire
from healthcheck.net.dns import Endpoint, Resolver
from tests.net.asking import ADDRESS, SOA, SOON, WWW, asked, says, silent
from tests.net.scripted_dns import Query, Script, ScriptedDns, reply

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
