"""A pass of the monitor over many domains: domains a second and memory, and beside checkdmarc on the same domains, taking turns.

    python tests/benchmarks/monitor_pass.py --resolver 192.0.2.53 --domains domains.txt [--count 1000] [--rounds 3]

Three things are printed: a pass over `count` domains with the checks of a usual run (domains a second, and the memory after each
tenth of them, which must be flat); the second pass, where nothing has changed; then, round by round, a whole process of
`healthcheck monitor` and one of checkdmarc over the first `rivals` of them with the checks that both have. Memory is that of this
process. Asserts nothing.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.model import Target
from checks.registry import CHECKS, usual
from healthcheck.engine import selected
from healthcheck.monitor.rounds import Plan, Round, Watch
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import open_store
from healthcheck.net.dns import Endpoint, Resolver, parse_endpoint
from healthcheck.report import Report
from healthcheck.run import utc_now
from healthcheck.world.live import Live

BOTH = ("spf", "dmarc.published", "dmarc.valid-record", "mx.published", "mx.exchanges-valid")
"""What checkdmarc looks at too: SPF with all its lookups, DMARC, MX with addresses. Without the questions to each server of a zone,
which it does not ask."""
NOT_BOTH = ("spf.servers-agree", "spf.servers-take-tcp")
RIVAL = """
import contextlib, io, sys
import checkdmarc
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    checkdmarc.check_domains(sys.argv[2:], nameservers=[sys.argv[1]], timeout=5.0, skip_tls=True, wait=0.0)
"""


def resident() -> float:
    """MiB that this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def watched(endpoint: Endpoint, names: list[str], url: str, only: tuple[str, ...], marks: list[float]) -> Watch:
    """A monitor of these domains that notes its memory after each tenth of them."""
    checks = selected(CHECKS, only, NOT_BOTH) if only else usual(observed=False)
    seen = 0

    def settle(report: Report) -> Report:
        nonlocal seen
        seen += 1
        if seen % max(1, len(names) // 10) == 0:
            marks.append(resident())
        return report

    plan = Plan(tuple(map(Target, names)), checks, Patience(), 30.0, lambda _: ("output",), settle)
    return Watch(plan, open_store(url, print), Live(Resolver([endpoint], timeout=5.0)), utc_now)


async def one_pass(at_work: Watch) -> Round:
    """One pass, and the sockets given back."""
    try:
        return await at_work.round(lambda _domain, _last: True)
    finally:
        await at_work.world.close()


def passes(endpoint: Endpoint, names: list[str], only: tuple[str, ...]) -> None:
    """Two passes over all, the first of which finds everything new."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/monitor.db"
        for number in (1, 2):
            marks: list[float] = []
            at_work = watched(endpoint, names, url, only, marks)
            began, cpu = time.perf_counter(), time.process_time()
            done = asyncio.run(one_pass(at_work))
            took, used = time.perf_counter() - began, time.process_time() - cpu
            at_work.store.close()
            print(
                f"pass {number}: {done.examined:,} domains in {took:.1f} s, {done.examined / took:.1f} a second, "
                f"{1000 * used / max(1, done.examined):.1f} ms of processor each; {dict(done.verdicts)}"
            )
            print(f"  MiB after each tenth: {' '.join(f'{mark:.0f}' for mark in marks)}")
        size = Path(folder, "monitor.db").stat().st_size
        print(f"  the store holds {size / 2**20:.1f} MiB, {size / len(names) / 1024:.1f} KiB a domain")


def commands(endpoint: Endpoint, names: list[str], only: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Ours and theirs, over the same domains."""
    ours = [sys.executable, "-m", "healthcheck", "monitor", "-q", "--resolver", f"{endpoint.address}:{endpoint.port}"]
    ours += [word for check in NOT_BOTH for word in ("--skip", check)]
    ours += [word for check in only for word in ("--only", check)]
    ours += ["--timeout", "600", *(word for name in names for word in ("--domain", name))]
    return ours, [sys.executable, "-c", RIVAL, endpoint.address, *names]


def timed(command: list[str], cache: str) -> tuple[float, float]:
    """Seconds by the clock and of processor of a whole process, with a store of its own and modules compiled as of an installed package."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment |= {"XDG_STATE_HOME": folder, "HEALTHCHECK_CONFIG": "/dev/null", "PYTHONPYCACHEPREFIX": cache}
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=environment, capture_output=True, check=False, cwd=Path(__file__).parents[2])
        took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rivals(endpoint: Endpoint, names: list[str], rounds: int, only: tuple[str, ...]) -> None:
    """Whole processes, taking turns."""
    ratios = []
    with tempfile.TemporaryDirectory() as cache:
        for command in commands(endpoint, names[:1], only):
            timed(command, cache)  # it compiles
        for number in range(rounds):
            (took, used), (theirs, theirs_used) = (timed(each, cache) for each in commands(endpoint, names, only))
            ratios.append(theirs / took)
            print(
                f"round {number + 1}: ours {took:.2f} s ({used:.2f} of processor), checkdmarc {theirs:.2f} s "
                f"({theirs_used:.2f}), ratio {ratios[-1]:.1f}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    print(f"checkdmarc takes {statistics.median(ratios):.1f} times as long over {len(names)} domains (median)")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--resolver", required=True, type=parse_endpoint)
    parser.add_argument("--domains", required=True, type=Path, help="a file with a domain a line")
    parser.add_argument("--count", type=int, default=1000, help="domains of the pass; 0 for no such pass")
    parser.add_argument("--rivals", type=int, default=100, help="domains of the comparison; 0 for none")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    names = given.domains.read_text().split()
    print(f"load {os.getloadavg()[0]:.1f}")
    if given.count:
        passes(given.resolver, names[: given.count], ())
    if given.rivals:
        rivals(given.resolver, names[: given.rivals], given.rounds, BOTH)


if __name__ == "__main__":
    main()
