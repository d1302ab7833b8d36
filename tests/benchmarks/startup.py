"""How long the command takes to start, beside `python -c pass`, in interleaved rounds, and what memory it needs.

    python tests/benchmarks/startup.py [--rounds 9] [--domain example.com]

Machines are noisy, so what counts is the median of the ratios within a round. Goals: --version 3, --help 8, a
one-domain lab run 30, and 80 MiB for that run. Not a test: it asserts nothing, and says `over` where a goal is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOALS = {"--version": 3.0, "--help": 8.0, "lab run": 30.0}
MOST_MEMORY = 80.0


def spent(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MiB, of this child alone) of one command."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment)
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return time.perf_counter() - began, usage.ru_maxrss / unit


def main() -> None:
    """Run the rounds and print ratios and memory beside their goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--domain", default="example.com")
    given = parser.parse_args()
    healthcheck = [sys.executable, "-m", "healthcheck"]
    commands = {
        "--version": [*healthcheck, "--version"],
        "--help": [*healthcheck, "--help"],
        "lab run": [*healthcheck, "domain", given.domain, "--lab", "--ip", "192.0.2.25", "--ip", "192.0.2.26"],
    }
    ratios: dict[str, list[float]] = {name: [] for name in commands}
    memory: dict[str, float] = dict.fromkeys(commands, 0.0)
    with tempfile.TemporaryDirectory() as cache:
        # As installed: with bytecode, which a checkout may be told not to keep.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(-1, given.rounds):  # the first round warms the caches and does not count
            base, _ = spent([sys.executable, "-c", "pass"], environment)
            for name, command in commands.items():
                took, peak = spent(command, environment)
                memory[name] = max(memory[name], peak)
                if number >= 0:
                    ratios[name].append(took / base)
    for name, found in ratios.items():
        median = statistics.median(found)
        told = f"{median:5.1f} times `python -c pass` ({min(found):.1f} to {max(found):.1f}), goal {GOALS[name]:g}"
        print(f"{name:10} {told}{'' if median <= GOALS[name] else '  over'}")
    peak = memory["lab run"]
    print(f"{'memory':10} {peak:5.1f} MiB at the most, goal {MOST_MEMORY:g}{'' if peak < MOST_MEMORY else '  over'}")


if __name__ == "__main__":
    main()
