"""A run costs as many round trips as its longest chain of questions, and not one more: counted, not timed.

The lower bound of a whole `domain` run is max(4, 1 + the depth of its SPF includes).
"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from checks.inquiry import Answer, DnsQuestion
from checks.model import Target
from checks.registry import CHECKS
from healthcheck.engine import examine
from healthcheck.run import Run
from healthcheck.world import World
from healthcheck.world.lab import open_lab
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

IDLE = 30
"""Turns of the loop without a new question after which everybody is waiting for an answer."""


class Rounds:
    """A world that answers all open questions at once, and only when nobody has another to ask."""

    def __init__(self, base: World) -> None:
        self.base, self.name = base, base.name
        self.open: list[tuple[DnsQuestion, asyncio.Future[None]]] = []
        self.waves: list[list[DnsQuestion]] = []

    async def answer(self, question: DnsQuestion) -> Answer:
        turn = asyncio.get_running_loop().create_future()
        self.open.append((question, turn))
        await turn
        return await self.base.answer(question)

    async def tick(self) -> None:
        """One round trip after the other, as long as there are questions."""
        while True:
            seen, idle = len(self.open), 0
            while idle < IDLE:
                await asyncio.sleep(0)
                idle = idle + 1 if len(self.open) == seen else 0
                seen = len(self.open)
            wave, self.open = self.open, []
            if wave:
                self.waves.append(sorted(question for question, _ in wave))
            for _, turn in wave:
                turn.set_result(None)

    async def close(self) -> None:
        """Nothing is held."""


def waves(base: World, target: Target) -> Sequence[Sequence[DnsQuestion]]:
    """The questions of a run, round trip by round trip."""

    async def one() -> Sequence[Sequence[DnsQuestion]]:
        world = Rounds(base)
        clock = asyncio.create_task(world.tick())
        await examine(target, CHECKS, Run(world, 600))
        clock.cancel()
        return world.waves

    return asyncio.run(one())


def chain(depth: int) -> World:
    """A world with an SPF record that many includes deep, and all else in order."""
    lines = [
        "example.com. 60 SOA ns1.example.com. h.example.com. 1 1 1 1 1",
        "example.com. NS ns1.example.com.",
        "ns1.example.com. A 192.0.2.53",
        "example.com. MX 10 mx1.example.com.",
        "mx1.example.com. A 192.0.2.25",
        '_dmarc.example.com. TXT "v=DMARC1; p=reject; rua=mailto:d@reports.example.net"',
        "25.2.0.192.in-addr.arpa. PTR mx1.example.com.",
        "26.2.0.192.in-addr.arpa. PTR mx1.example.com.",
        'example.com. TXT "v=spf1 include:i1.example.com -all"',
        *(f'i{n}.example.com. TXT "v=spf1 include:i{n + 1}.example.com -all"' for n in range(1, depth)),
        f'i{depth}.example.com. TXT "v=spf1 ip4:192.0.2.25 ip4:192.0.2.26 -all"',
    ]
    return ZoneWorld([read_zones("\n".join(lines) + "\n", ".", "world")])


IPS = (ip_address("192.0.2.25"), ip_address("192.0.2.26"))


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 9])
def test_a_run_takes_no_round_trip_beyond_its_longest_chain(depth):
    found = waves(chain(depth), Target("example.com", IPS))
    assert len(found) <= max(4, 1 + depth), [[f"{q.name} {q.rdtype}" for q in wave][:6] for wave in found]


def test_the_healthy_domain_of_the_lab_takes_four_round_trips():
    found = waves(open_lab(), Target("example.com", IPS, ("s1",)))
    assert len(found) <= 4, [[f"{q.name} {q.rdtype}" for q in wave][:6] for wave in found]
