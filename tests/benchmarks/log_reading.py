"""Lines a second of `healthcheck errors` on a Postfix log, beside reading the file and splitting its lines, taking turns.

    python tests/benchmarks/log_reading.py LOG [--rounds 3] [--lines 200000]

LOG is any Postfix log, such as a generator writes; its first `--lines` lines are copied to a temporary file. Times are those of the
processor, what counts is the ratio within a round. Last comes the most memory that a run over the whole LOG took, in a
process of its own. Asserts nothing but that every round counts the same.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.delivery.tally import Tally
from healthcheck.intake.read import Reading
from healthcheck.intake.stamps import zone_named


def lower_bound(path: Path) -> int:
    """Read, split, decode: what any line reader pays."""
    with path.open("rb") as file:
        return sum(bool(line.decode("utf-8", "replace")) for line in file)


def counted(path: Path) -> int:
    tally = Tally()
    for event in Reading([str(path)], zone_named(None)).events():
        tally.add(event)
    return sum(tally.counts.values())


def timed(work, path: Path) -> tuple[float, int]:
    start = time.process_time()
    result = work(path)
    return time.process_time() - start, result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("log", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--lines", type=int, default=200_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.log"
        with given.log.open("rb") as file, part.open("wb") as copy:
            copy.writelines(islice(file, given.lines))
        size = part.stat().st_size / 2**20
        rounds = [(timed(lower_bound, part), timed(counted, part)) for _ in range(given.rounds)]
    assert len({ours[1] for _, ours in rounds}) == 1
    lines = rounds[0][0][1]
    bound, ours = (statistics.median(one[which][0] for one in rounds) for which in (0, 1))
    ratio = statistics.median(one[1][0] / one[0][0] for one in rounds)
    print(f"{lines:,} lines, {size:.0f} MiB, {rounds[0][1][1]:,} events")
    print(f"lower bound  {lines / bound:12,.0f} lines a second")
    print(
        f"errors       {lines / ours:12,.0f} lines a second, {size / ours:.1f} MiB a second, {ratio:.1f} times the bound"
    )
    command = [sys.executable, "-m", "healthcheck", "errors", str(given.log), "--format", "json", "-q"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(
        f"memory       {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB for the whole of {given.log.name}"
    )


if __name__ == "__main__":
    main()
