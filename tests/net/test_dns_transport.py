"""How a question travels: EDNS, TCP where the answer is cut, datagrams that are lost, late, or not for us."""

import asyncio
import struct
from collections.abc import Iterable

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net import dns_udp
from healthcheck.net.dns import Resolver
from tests.net.asking import ADDRESS, WWW, asked, says, silent, with_server
from tests.net.scripted_dns import Query, Script, ScriptedDns, cut, reply

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
