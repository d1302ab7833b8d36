"""What the vantage checks make of real resolvers: an honest one, one that invents, one without TCP, one that is silent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checks.model import AnyCheck, Target
from checks.vantage import nxdomain_honest, resolver_answers, resolver_private, tcp_works
from healthcheck.engine import examine
from healthcheck.net.dns import Endpoint, Resolver
from healthcheck.run import Run
from healthcheck.world.live import Live
from healthcheck.world.master_file import read_zones
from healthcheck.world.serve import respond, serving
from healthcheck.world.zone import ZoneWorld

CHECKS: tuple[AnyCheck, ...] = (resolver_answers.CHECK, nxdomain_honest.CHECK, tcp_works.CHECK, resolver_private.CHECK)
HOST = "127.0.0.1"
HONEST = ZoneWorld([read_zones("example.com. MX 10 mail.example.com.", ".")])
INVENTING = ZoneWorld([read_zones("*. A 203.0.113.7", ".")])


async def codes(port: int, timeout: float = 5) -> list[str]:
    """The codes that are found through the resolver at this port."""
    world = Live(Resolver([Endpoint(HOST, port)], timeout=timeout))
    try:
        report = await examine(Target("example.com"), CHECKS, Run(world, 20))
    finally:
        await world.close()
    return [shown.finding.message.code for result in report.checks for shown in result.shown]


@asynccontextmanager
async def without_tcp() -> AsyncIterator[int]:
    """An honest resolver behind a firewall that lets only UDP through."""

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            self.transport.sendto(respond(HONEST, data, over_tcp=False), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Protocol, (HOST, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def test_an_honest_resolver_passes(unbound: Endpoint) -> None:
    assert asyncio.run(codes(unbound.port)) == [
        "vantage.resolver-answers.answers",
        "vantage.nxdomain-honest.honest",
        "vantage.tcp-works.works",
        "vantage.resolver-private.private",
    ]


def test_a_resolver_that_invents_is_found_out() -> None:
    async def found() -> list[str]:
        async with serving(INVENTING, HOST, 0) as port:
            return await codes(port)

    assert asyncio.run(found())[:2] == ["vantage.resolver-answers.answers", "vantage.nxdomain-honest.rewrites"]


def test_tcp_that_does_not_work_is_told() -> None:
    async def found() -> list[str]:
        async with without_tcp() as port:
            return await codes(port)

    assert asyncio.run(found())[1:3] == ["vantage.nxdomain-honest.honest", "vantage.tcp-works.fails"]


def test_of_a_silent_resolver_nothing_is_known() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        found = asyncio.run(codes(silent.getsockname()[1], timeout=0.2))
    assert found == [
        "vantage.resolver-answers.silent",
        "vantage.nxdomain-honest.unknown",
        "vantage.tcp-works.unknown",
        "vantage.resolver-private.unknown",
    ]
