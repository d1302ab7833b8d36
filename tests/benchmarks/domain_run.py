"""A whole `domain` run beside its lower bound in round trips, and beside checkdmarc on the same domain, taking turns.

    python tests/benchmarks/domain_run.py --resolver 192.0.2.53 --domain ref.example:5 [--delay 0.02] [--rounds 7]

The resolver must answer each question `delay` seconds late. A domain is given with the depth of its SPF includes: the
lower bound is max(4, 1 + depth) round trips. Start-up is apart: both tools are imported and warmed up before. Each of
our runs has a resolver, sockets and caches of its own. Machines are noisy, so what counts is the ratio within a round.
`--waves` prints which questions went out in which round trip: there one sees what costs one too many. Asserts nothing.
"""

import argparse
import asyncio
import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.inquiry import Answer, Question
from checks.model import Target
from checks.registry import CHECKS
from healthcheck.engine import examine
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.live import Live

GOAL = 1.25


class Watched(Live):
    """The live world, noting when each question went out and came back, in seconds."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self.began = time.perf_counter()
        self.times: dict[Question, tuple[float, float]] = {}

    async def answer(self, question: Question) -> Answer:
        asked = time.perf_counter() - self.began
        found = await super().answer(question)
        self.times[question] = (asked, time.perf_counter() - self.began)
        return found


def queued() -> float:
    """Seconds that this process was ready to run and had no processor, where the system tells (Linux)."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


async def ours(endpoint: Endpoint, target: Target) -> tuple[float, Report, Watched]:
    """Wall seconds of one run, its report, and when its questions went out."""
    world = Watched(Resolver([endpoint]))
    began = time.perf_counter()
    report = await examine(target, CHECKS, Run(world, 60))
    took = time.perf_counter() - began
    await world.close()
    return took, report, world


def theirs(endpoint: Endpoint, domain: str) -> Callable[[], float] | None:
    """A function that runs checkdmarc once and gives wall seconds; None where it is not installed."""
    try:
        import checkdmarc
    except ImportError:
        return None
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [endpoint.address], endpoint.port

    def once() -> float:
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            checkdmarc.check_domains([domain], nameservers=[endpoint.address], timeout=5.0, skip_tls=True)
        return time.perf_counter() - began

    return once


def waves(world: Watched, delay: float) -> str:
    """The questions of a run by the round trip in which they went out."""
    found: dict[int, list[Question]] = {}
    for question, (asked, _) in sorted(world.times.items(), key=lambda pair: pair[1]):
        found.setdefault(int(asked / delay + 0.1), []).append(question)
    told = []
    for wave, questions in found.items():
        shown = ", ".join(f"{q.name} {q.rdtype}{' tcp' if q.tcp else ''}" for q in questions[:8])
        told.append(f"  {wave:2}  {len(questions):3}  {shown}{' ...' if len(questions) > 8 else ''}")
    last = max(back for _, back in world.times.values())
    return "\n".join([*told, f"  last answer after {last / delay:.2f} round trips"])


def wall(inquiry: Coroutine[Any, Any, Any]) -> Any:
    """Run one coroutine in a loop of its own."""
    return asyncio.run(inquiry)


def main() -> None:
    """Run all in turn and print both ratios for each domain."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--resolver", required=True, type=parse_endpoint)
    parser.add_argument("--domain", required=True, action="append", metavar="DOMAIN:DEPTH")
    parser.add_argument("--ip", action="append", default=[])
    parser.add_argument("--selector", action="append", default=[])
    parser.add_argument("--delay", type=float, default=0.02)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--waves", action="store_true")
    given = parser.parse_args()
    for word in given.domain:
        domain, _, depth = word.partition(":")
        bound = max(4, 1 + int(depth or 0)) * given.delay
        target = Target(domain, tuple(ip_address(text) for text in given.ip), tuple(given.selector))
        other = theirs(given.resolver, domain)
        to_bound, to_other, waited = [], [], []
        for number in range(-1, given.rounds):  # the first round warms up, and does not count
            before = queued()
            took, report, world = wall(ours(given.resolver, target))
            waited.append(queued() - before)
            rival = other() if other is not None else 0.0
            if number >= 0:
                to_bound.append(took / bound)
                to_other.append(rival / took)
        median = statistics.median(to_bound)
        print(
            f"{domain}: {median:.2f} times the lower bound of {bound * 1000:.0f} ms "
            f"({min(to_bound):.2f} to {max(to_bound):.2f}), goal {GOAL}{'' if median <= GOAL else '  over'}; "
            f"{len(report.evidence)} answers, {report.verdict.value}; "
            f"{statistics.median(waited) * 1000:.0f} ms of a run it waited for a processor"
        )
        if other is not None:
            print(f"{domain}: checkdmarc takes {statistics.median(to_other):.1f} times as long")
        if given.waves:
            print(waves(world, given.delay))


if __name__ == "__main__":
    main()
