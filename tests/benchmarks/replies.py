"""How many replies are explained in a second, by how they come, and how long one takes with the start of the command.

    python tests/benchmarks/replies.py [--seconds 3] [--rounds 9]

Three loads: replies that differ in everything (each met once), a queue that says the same with other addresses and ids
(what logs hold), and the command's --batch with its memory. Goals: 20,000 a second on one core, one reply within 12 times
`python -c pass`. Machines are noisy: a fixed piece of work is timed beside each load, and printed. It asserts nothing.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from checks.replies.catalogue import catalogue
from checks.replies.explain import explain
from checks.replies.match import hits
from checks.replies.shapes import Stream

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "550 5.1.1 <{a}>: Recipient address rejected: User unknown in virtual mailbox table {q}",
    "421-4.7.28 Our system has detected an unusual rate of mail originating from your IP address {q} - gsmtp",
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated. {q} - gsmtp",
    "452 4.2.2 The email account that you tried to reach is over quota {q} gsmtp",
    "554 5.7.1 Service unavailable; Client host [{i}] blocked using zen.spamhaus.org {q}",
    "421 4.7.0 [TSS04] Messages from {i} temporarily deferred due to unexpected volume or user complaints - {q}",
    "host mx.example.net[{i}] said: 550 5.7.1 {q} Message rejected due to local policy (in reply to end of DATA command)",
    "450 4.7.1 <{a}>: Recipient address rejected: Greylisted, see {q}",
    "connect to mx.example.net[{i}]:25: Connection timed out {q}",
    "550 5.4.1 [{a}]: Recipient address rejected: Access denied [{q}.prod.outlook.com]",
)


def texts(count: int) -> list[str]:
    """Replies with addresses, sending addresses and ids of their own, always the same ones."""
    chance = random.Random(1)
    return [
        WORDS[number % len(WORDS)].format(
            a=f"user{chance.getrandbits(40)}@example.com",
            i=f"192.0.2.{chance.randrange(256)}",
            q=f"{chance.getrandbits(48):x}.{chance.getrandbits(24)}",
        )
        for number in range(count)
    ]


def yardstick() -> float:
    """Seconds that a fixed piece of work takes on this machine now."""
    began = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return time.perf_counter() - began


def rate(work: Callable[[str], object], load: Iterator[str], seconds: float) -> float:
    """How many pieces of the load are done in a second."""
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            work(next(load))
        done += 100
    return done / (time.perf_counter() - began)


def endless(load: list[str]) -> Iterator[str]:
    while True:
        yield from load


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    known = catalogue()
    print(f"{len(known.rules)} rules, {len(known.needles)} alternatives of patterns")
    encode = msgspec.json.Encoder().encode
    load = texts(200_000)
    for text in load[:1000]:
        explain(text)

    def cold(text: str) -> None:
        hits.cache_clear()
        encode(explain(text))

    for name, work in (("each met once", cold), ("as logs hold them", Stream().explained)):
        before = yardstick()
        found = rate(work, endless(load), given.seconds)
        print(f"{name:20} {found:8,.0f} replies a second (yardstick {before:.3f} and {yardstick():.3f} s)")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(load) + "\n")
        file.flush()
        command = [sys.executable, "-m", "healthcheck", "explain", "--batch"]
        measure = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
        began = time.perf_counter()
        with open(file.name, "rb") as replies:
            done = subprocess.run(
                [sys.executable, "-c", measure, *command], stdin=replies, capture_output=True, cwd=ROOT, check=True
            )
        took = time.perf_counter() - began
        print(
            f"{'--batch':20} {len(load) / took:8,.0f} replies a second, {int(done.stderr.split()[-1]) / 1024:.0f} MiB at the most"
        )
    ratios = []
    for _ in range(given.rounds):
        times = []
        for command in (["-c", "pass"], ["-m", "healthcheck", "explain", "550 5.1.1 user unknown", "--format", "json"]):
            began = time.perf_counter()
            subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
            times.append(time.perf_counter() - began)
        ratios.append(times[1] / times[0])
    print(
        f"{'one reply':20} {statistics.median(ratios):8.1f} times `python -c pass` ({min(ratios):.1f} to {max(ratios):.1f}), goal 12"
    )


if __name__ == "__main__":
    main()
