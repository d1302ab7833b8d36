"""Which servers are asked: how one is written, and those of the system."""

import asyncio
from pathlib import Path

import pytest

from checks.inquiry import Answer, Outcome
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint, system_resolvers
from healthcheck.world.live import Live
from tests.net.asking import ADDRESS, WWW, says
from tests.net.scripted_dns import ScriptedDns

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
