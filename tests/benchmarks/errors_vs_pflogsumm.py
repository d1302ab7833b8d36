"""A Postfix log counted, with every reply classified, and the whole command on it, beside pflogsumm reading it, taking turns.

    python tests/benchmarks/errors_vs_pflogsumm.py LOG [--rounds 3] [--jobs 1,2] [--pflogsumm /usr/sbin/pflogsumm]

LOG is any Postfix log, such as a generator writes; short ones measure how long an interpreter takes to start. Each run is a process
of its own, whole: start, imports, reading, counting, end; `errors` is what a person runs, who gets it judged and told besides. What counts are the ratios within a round: of the times by the clock, since
several processors are wanted, and of the processors' time, which other work on the machine disturbs less. The memory is the most that this process and its workers held together, by their
proportional shares, looked at every 20 ms. Asserts nothing but that every number of processes comes to the same.
"""

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = """
import hashlib, sys
from healthcheck.intake.count import count
from healthcheck.intake.stamps import zone_named
found = count([sys.argv[1]], zone_named(None), jobs=int(sys.argv[2]))
print(hashlib.sha256(repr((found.tally.sums(), found.failures.listed())).encode()).hexdigest())
"""


def commands(log: str, jobs: str) -> dict[str, list[str]]:
    """What is measured, by the name it is given in the answer."""
    return {
        f"count, {jobs} jobs": [sys.executable, "-c", OURS, log, jobs],
        f"errors --jobs {jobs}": [
            sys.executable,
            "-m",
            "healthcheck",
            "errors",
            log,
            "--jobs",
            jobs,
            "--format",
            "json",
        ],
    }


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [pid, *(int(child) for child in children.read_text().split())]
    except OSError:
        return [pid]


def held(pid: int) -> int:
    """KiB that a process and its children hold, pages that they share counted once."""
    total = 0
    for one in family(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def processor_time() -> float:
    """Seconds that the processes which ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command: list[str], watch: bool) -> tuple[tuple[float, float], int, bytes]:
    """Seconds by the clock and of processors, KiB at most, and what it printed, as a hash; modules compiled as of an installed
    package, but in the first round."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "healthcheck-benchmark")
    begun, used = time.perf_counter(), processor_time()
    most = 0
    with tempfile.TemporaryFile() as printed:  # a pipe that nobody empties would stop it
        process = subprocess.Popen(command, stdout=printed, cwd=ROOT, env=environment)
        while watch and process.poll() is None:
            most = max(most, held(process.pid))
            time.sleep(0.02)
        process.wait()
        printed.seek(0)
        output = printed.read()
    if process.returncode not in (0, 1, 3):  # what the command says of the mail
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return (time.perf_counter() - begun, processor_time() - used), most, hashlib.sha256(output).digest()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("log", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--jobs", default="1,2")
    arguments.add_argument("--pflogsumm", default=shutil.which("pflogsumm") or "/usr/sbin/pflogsumm")
    given = arguments.parse_args()
    log = str(given.log.resolve())
    size = given.log.stat().st_size / 2**20
    measured = {name: command for jobs in given.jobs.split(",") for name, command in commands(log, jobs).items()}
    theirs: list[tuple[float, float]] = []
    ours: dict[str, list[tuple[float, float]]] = {name: [] for name in measured}
    outputs = set()
    for _ in range(given.rounds):
        if Path(given.pflogsumm).exists():
            theirs.append(run(["perl", given.pflogsumm, log], watch=False)[0])
        for name, command in measured.items():
            seconds, _, output = run(command, watch=False)
            ours[name].append(seconds)
            outputs.add((name.split()[0], output))
    assert len(outputs) == 2, "every number of processes comes to the same"
    print(f"{size:.0f} MiB, {given.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    if theirs:
        print(f"pflogsumm          {size / statistics.median(x for x, _ in theirs):8.1f} MiB/s")
    else:
        print(f"pflogsumm          there is no {given.pflogsumm}: no ratio")
    for name, command in measured.items():
        memory = run(command, watch=True)[1]
        speed = size / statistics.median(x for x, _ in ours[name])
        pairs = list(zip(theirs, ours[name], strict=True)) if theirs else []
        ratios = [statistics.median(x[of] / y[of] for x, y in pairs) for of in (0, 1)] if pairs else [0.0, 0.0]
        print(
            f"{name:18} {speed:8.1f} MiB/s  {ratios[0]:.1f} times by the clock, {ratios[1]:.1f} by processors' time, "
            f"{memory / 1024:.0f} MiB at most"
        )


if __name__ == "__main__":
    main()
