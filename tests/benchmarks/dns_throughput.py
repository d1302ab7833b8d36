"""DNS questions per CPU-second: our resolver beside dnspython's, same server, same names, taking turns.

    python tests/benchmarks/dns_throughput.py --resolver 192.0.2.53 --names FILE [--count 5000] [--rounds 5]

FILE holds `name` or `name TYPE` a line (dnsperf's form). Machines are noisy, so the rounds alternate and what counts is
the ratio; CPU time is this process's own, the server's is not in it. Not a test: it asserts nothing.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import dns.asyncresolver
import dns.exception
import dns.resolver

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.inquiry import DnsQuestion
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint

Asker = Callable[[DnsQuestion], Awaitable[str]]


def questions_from(path: Path, count: int) -> list[DnsQuestion]:
    """The first `count` questions of a file, beginning again where it is short."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    asked = [DnsQuestion.about(row[0], row[1] if len(row) > 1 else "A") for row in rows]
    return list(itertools.islice(itertools.cycle(asked), count))


async def spent(ask: Asker, questions: list[DnsQuestion], at_once: int) -> tuple[float, float, Counter[str]]:
    """CPU seconds, wall seconds and outcomes of asking them all, `at_once` at a time."""
    outcomes: Counter[str] = Counter()
    remaining = iter(questions)

    async def worker() -> None:
        for question in remaining:
            outcomes[await ask(question)] += 1

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[worker() for _ in range(at_once)])
    return time.process_time() - cpu, time.perf_counter() - wall, outcomes


async def ours(endpoint: Endpoint, questions: list[DnsQuestion], at_once: int) -> tuple[float, float, Counter[str]]:
    """One round of our resolver."""
    resolver = Resolver([endpoint], timeout=5.0)

    async def ask(question: DnsQuestion) -> str:
        return (await resolver.answer(question)).outcome.value

    try:
        return await spent(ask, questions, at_once)
    finally:
        await resolver.close()


async def theirs(endpoint: Endpoint, questions: list[DnsQuestion], at_once: int) -> tuple[float, float, Counter[str]]:
    """One round of dns.asyncresolver."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [endpoint.address]
    resolver.port = endpoint.port
    resolver.lifetime = 5.0
    resolver.use_edns(0, 0, 1232)

    async def ask(question: DnsQuestion) -> str:
        try:
            found = await resolver.resolve(question.name + ".", question.rdtype, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return "nxdomain"
        except dns.exception.DNSException:
            return "tempfail"
        if found.rrset is None:
            return "no-data"
        sorted(rdata.to_text() for rdata in found.rrset)  # as ours hands them out
        return "answered"

    return await spent(ask, questions, at_once)


def main() -> None:
    """Run both in turn and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--resolver", required=True, type=parse_endpoint)
    parser.add_argument("--names", required=True, type=Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=200)
    given = parser.parse_args()
    questions = questions_from(given.names, given.count)
    ratios = []
    for number in range(-1, given.rounds):  # the first round warms up server and imports, and does not count
        rates = []
        for name, run in (("healthcheck", ours), ("dnspython", theirs)):
            cpu, wall, outcomes = asyncio.run(run(given.resolver, questions, given.at_once))
            rates.append(len(questions) / cpu)
            if number >= 0:
                told = " ".join(f"{key}={value}" for key, value in sorted(outcomes.items()))
                print(f"{number} {name:12} {rates[-1]:8.0f} /CPU s  {len(questions) / wall:8.0f} /s  {told}")
        if number >= 0:
            ratios.append(rates[0] / rates[1])
    print(f"ratio: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
