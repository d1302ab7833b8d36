"""Addresses at blocklists: round trips of one address, and throughput of many, beside pydnsbl where it is installed.

    python tests/benchmarks/dnsbl_round_trips.py --resolver 192.0.2.53 --zones FILE [--ip 192.0.2.25] [--delay 0.02]
        [--addresses 100] [--rounds 5]

The resolver must answer each question `delay` seconds late; FILE has a zone a line. One address is measured with the
health probes beside it, and another one when the probes are known: that must cost at most 1.6 round trips. (A listing's
reason costs one more.) Then many addresses at all lists in one run: questions asked, questions that got no answer (lost
to our own buffers, or to a server that cannot keep up), seconds. Machines are noisy: rounds take turns, the ratio
counts. Asserts nothing.
"""

import argparse
import asyncio
import gc
import ipaddress
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.dnsbl import lists_answer, not_listed
from checks.dnsbl.inventory import find_list
from checks.inquiry import Answer
from checks.model import Target
from healthcheck.engine import examine, examine_all
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint
from healthcheck.run import Run
from healthcheck.world.live import Live

GOAL = 1.6


async def one_and_another(endpoint: Endpoint, first: Target, second: Target) -> tuple[float, float, int]:
    """Wall seconds of one address with the health probes beside it, and of another one after them; questions asked."""
    world = Live(Resolver([endpoint]))
    run = Run(world, 120)
    took = []
    for target in (first, second):
        began = time.perf_counter()
        await examine(target, (not_listed.CHECK, lists_answer.CHECK), run)
        took.append(time.perf_counter() - began)
    await world.close()
    return took[0], took[1], len(run.answers)


async def ours(endpoint: Endpoint, targets: Sequence[Target]) -> tuple[float, float, list[Answer]]:
    """Wall seconds, CPU seconds and all answers of one run over some targets."""
    world = Live(Resolver([endpoint]))
    wall, cpu = time.perf_counter(), time.process_time()
    run = Run(world, 120)
    async for _ in examine_all(targets, (not_listed.CHECK, lists_answer.CHECK), run):
        pass
    spent = time.perf_counter() - wall, time.process_time() - cpu
    await world.close()
    return *spent, list(run.answers.values())


def theirs(endpoint: Endpoint, zones: Sequence[str], ips: Sequence[str]) -> float | None:
    """Wall seconds of pydnsbl for the same addresses and lists; None where it is not installed."""
    try:
        import pydnsbl
        from pydnsbl.providers import Provider
    except ImportError:
        return None
    asyncio.set_event_loop(asyncio.new_event_loop())  # it asks for the current one
    checker = pydnsbl.DNSBLIpChecker(providers=[Provider(zone) for zone in zones])
    checker._resolver.nameservers = [endpoint.address]
    began = time.perf_counter()
    checker.bulk_check(list(ips))
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolver", required=True)
    parser.add_argument("--zones", type=Path, required=True)
    parser.add_argument("--ip", default="192.0.2.25")
    parser.add_argument("--delay", type=float, default=0.02)
    parser.add_argument("--addresses", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    gc.set_threshold(100_000, 50, 1000)  # as the command does, for both sides
    endpoint = parse_endpoint(given.resolver)
    lines = (line.partition("#")[0].split() for line in given.zones.read_text().splitlines())
    # The generic reading of a zone: the benchmark's lists need be none of ours.
    zones = tuple(line[0] for line in lines if line and (len(line) == 1 or line[1] == "ip"))
    for zone in zones:
        find_list(zone)
    first = ipaddress.ip_address(given.ip)
    targets = [Target("", (first + at,), lists=zones) for at in range(given.addresses)]

    asyncio.run(ours(endpoint, targets[:1]))  # imports and caches
    firsts, seconds, ratios = [], [], []
    for number in range(given.rounds):
        both = asyncio.run(one_and_another(endpoint, targets[0], targets[1]))
        first_trips, second_trips = (took / given.delay for took in both[:2])
        firsts.append(first_trips)
        seconds.append(second_trips)
        print(
            f"round {number + 1}: {len(zones)} lists; an address beside the health probes {first_trips:.2f} round trips, "
            f"another after them {second_trips:.2f}; {both[2]} questions"
        )
        wall, cpu, answers = asyncio.run(ours(endpoint, targets))
        lost = sum(answer.unknown for answer in answers)
        print(
            f"         {len(targets)} addresses: {len(answers)} questions in {wall:.2f} s ({cpu:.2f} s CPU), {lost} without an answer"
        )
        other = theirs(endpoint, zones, [str(target.ips[0]) for target in targets])
        if other is not None:
            ratios.append(other / wall)
            print(f"         pydnsbl: {other:.2f} s, {other / wall:.2f} times ours")
    print(
        f"median: {statistics.median(firsts):.2f} round trips beside the health probes, "
        f"{statistics.median(seconds):.2f} after them (goal {GOAL})"
    )
    if ratios:
        print(f"median: pydnsbl takes {statistics.median(ratios):.2f} times as long")


if __name__ == "__main__":
    main()
