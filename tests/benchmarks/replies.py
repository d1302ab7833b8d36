"""How many replies are explained in a second, with and without the extra `fast`, and how long one takes with the command.

    python -m tests.benchmarks.replies [--log mail.log] [--seconds 2] [--rounds 3] [--starts 9]

The loads, by how much is alike in them:

- *the same again*: 700 replies over and over, as where a log is read twice or a queue is explained every hour.
- *as logs hold them*: ten replies with other addresses, IP addresses and ids in each.
- *bounce mails*: the diagnostic texts of the bounce mails in the corpora (where these are), with other addresses and ids in each.
- *a mail log*: the replies of the failed deliveries of a Postfix log (`--log`), in its order, each as often as it stands there.
- *none repeats*: each has words of two rules and words of its own; no log looks like that.

Three pieces of work: classifying (parse and decide), explaining as JSON in this process, and the lines
of `healthcheck explain --batch`. The engines take turns, and a fixed piece of work is timed beside each: machines are
noisy. Goals on one core: 20,000 a second, with `fast` 100,000; one reply within 12 times `python -c pass`. Asserts nothing.
"""

import argparse
import random
import re
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.replies import literals
from checks.replies.catalogue import catalogue
from checks.replies.classify import classify
from checks.replies.match import ENGINE
from checks.replies.parse import parse_reply
from checks.replies.shapes import Stream
from tests.conformance import corpus

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
CODES = (
    "550 5.1.1",
    "554 5.7.1",
    "421 4.7.0",
    "450",
    "550",
    "452 4.2.2",
    "smtp; 550 5.7.1",
    "host mx.example.net[192.0.2.7] said: 550 5.1.1",
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


def unique_texts(count: int) -> list[str]:
    """Replies none of which repeats: codes, words that rules look for, and words of their own between them."""
    chance = random.Random(2)
    known = [text for text in literals.texts() if text.isascii() and " " in text]

    def own() -> str:
        return "".join(chance.choices(string.ascii_lowercase, k=chance.randrange(4, 10)))

    return [
        f"{chance.choice(CODES)} {own()} {chance.choice(known)} <{own()}@example.com>: {own()} the message {chance.choice(known)} {own()}"
        for _ in range(count)
    ]


def repeated_texts(count: int) -> list[str]:
    """The same replies over and over."""
    few = texts(700)
    return [few[number % len(few)] for number in range(count)]


def bounce_texts(count: int) -> list[str]:
    """The diagnostic texts of the corpora, with other addresses and ids in each; none where the corpora are absent."""
    path = corpus("bounces/labels.tsv")
    if path is None:
        return []
    chance = random.Random(3)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    known = [text for line in lines if len(text := line.split("\t")[-1]) > 20]

    def other(match: re.Match[str]) -> str:
        return f"{chance.getrandbits(4 * len(match[0])):0{len(match[0])}x}"

    def renewed(text: str) -> str:
        text = re.sub(r"[\w.+-]+@", lambda _: f"user{chance.getrandbits(30)}@", text)
        return re.sub(r"(?<![\w.@-])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{10,40}(?![\w@])", other, text)

    return [renewed(known[number % len(known)]) for number in range(count)]


def log_texts(path: Path) -> list[str]:
    """What a Postfix log says of the deliveries that failed."""
    failed = re.compile(r"status=(?:deferred|bounced) \((.*)\)$")
    with path.open(encoding="utf-8", errors="replace") as file:
        return [found[1] for line in file if (found := failed.search(line)) is not None]


def yardstick() -> float:
    """Seconds that a fixed piece of work takes on this machine now."""
    began = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return time.perf_counter() - began


def rate(work: Callable[[str], object], load: list[str], seconds: float) -> float:
    """How many pieces of the load are done in a second of the processor; the first ones are not counted, and none is met twice."""
    warm = len(load) // 10
    for text in load[:warm]:
        work(text)
    began, done = time.process_time(), 0
    for start in range(warm, len(load), 200):
        for text in load[start : start + 200]:
            work(text)
        done += len(load[start : start + 200])
        if time.process_time() - began > seconds:
            break
    return done / (time.process_time() - began)


def in_process(loads: dict[str, list[str]], engines: list[str], rounds: int, seconds: float) -> None:
    print(f"{'':36} {'engine':8} {'a second':>9}   {'yardstick':>9}")
    for name, load in loads.items():
        for kind in ("classify", "explain"):
            found: dict[str, list[tuple[float, float]]] = {engine: [] for engine in engines}
            for _ in range(rounds):
                for engine in engines:
                    ENGINE.use(engine)
                    work = Stream().explained if kind == "explain" else lambda text: classify(parse_reply(text))
                    found[engine].append((rate(work, load, seconds), yardstick()))
            for engine, pairs in found.items():
                best = statistics.median(one for one, _ in pairs)
                print(f"{kind:9} {name:26} {engine:8} {best:9,.0f}   {statistics.median(y for _, y in pairs):9.3f}")


def of_the_command(loads: dict[str, list[str]], engines: list[str], rounds: int) -> None:
    measure = (
        "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    for name, load in loads.items():
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(load) + "\n")
            file.flush()
            found: dict[str, list[tuple[float, float]]] = {engine: [] for engine in engines}
            most = 0
            for _ in range(rounds):
                for engine in engines:
                    command = [sys.executable, "-m", "healthcheck", "explain", "--batch", "--engine", engine]
                    began = time.perf_counter()
                    with open(file.name, "rb") as replies:
                        done = subprocess.run(
                            [sys.executable, "-c", measure, *command],
                            stdin=replies,
                            capture_output=True,
                            cwd=ROOT,
                            check=True,
                        )
                    found[engine].append((len(load) / (time.perf_counter() - began), yardstick()))
                    most = max(most, int(done.stdout) // 1024)
            for engine, pairs in found.items():
                best = statistics.median(one for one, _ in pairs)
                print(
                    f"{'--batch':9} {name:26} {engine:8} {best:9,.0f}   {statistics.median(y for _, y in pairs):9.3f}   {most} MiB at the most"
                )


def of_one_reply(starts: int) -> None:
    ratios = []
    for _ in range(starts):
        times = []
        for command in (["-c", "pass"], ["-m", "healthcheck", "explain", "550 5.1.1 user unknown", "--format", "json"]):
            began = time.perf_counter()
            subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
            times.append(time.perf_counter() - began)
        ratios.append(times[1] / times[0])
    print(
        f"one reply: {statistics.median(ratios):.1f} times `python -c pass` ({min(ratios):.1f} to {max(ratios):.1f}), goal 12"
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--log", type=Path, help="a Postfix log whose failed deliveries are a load of their own")
    given = parser.parse_args()
    known = catalogue()
    print(f"{len(known.rules)} rules, {len(known.needles)} alternatives of patterns, {len(known.leads)} literals")
    engines = ["default", "fast"] if literals.of_automaton() is not None else ["default"]
    loads = {
        "the same again": repeated_texts(given.texts),
        "as logs hold them": texts(given.texts),
        "bounce mails": bounce_texts(given.texts),
        "a mail log": log_texts(given.log) if given.log is not None else [],
        "none repeats": unique_texts(given.texts),
    }
    loads = {name: load for name, load in loads.items() if load}
    in_process(loads, engines, given.rounds, given.seconds)
    of_the_command(loads, engines, given.rounds)
    of_one_reply(given.starts)


if __name__ == "__main__":
    main()
