"""A program that watches and is killed: `python -m tests.monitor.crash kill|pair URL FOLDER [KILLS]`.

`kill`: again and again a process begins a pass over domains of which one more breaks each time, and is killed (SIGKILL) at a
random moment; what it "sends" it writes to FOLDER/sent. At the end one pass is let through. `pair`: two processes make a pass
at the same time; which of them asked for which domain is in FOLDER/asked-N.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.model import Target
from checks.registry import CHECKS
from healthcheck.engine import selected
from healthcheck.monitor.rounds import Plan, Watch, is_alive
from healthcheck.monitor.state import Patience
from healthcheck.monitor.store import Store, open_store
from healthcheck.monitor.times import after
from healthcheck.run import utc_now
from tests.monitor import to_output

DOMAINS = tuple(f"d{number:02}.example" for number in range(8))
CHECKED = selected(CHECKS, ["spf.published-once"], [])


class World:
    """Of these domains the first `broken` have two SPF records."""

    name = "zone"

    def __init__(self, broken: int, asked: Path | None = None) -> None:
        self._sick = frozenset(DOMAINS[:broken])
        self._asked = asked

    async def answer(self, question: DnsQuestion) -> Answer:
        await asyncio.sleep(0 if self._asked is None else 0.002)  # two at once are to meet
        if self._asked is not None:
            with self._asked.open("a") as file:
                file.write(f"{question.name} {question.rdtype}\n")
        if question.rdtype != "TXT":
            return Answer(question, Outcome.NO_DATA)
        one = ('"v=spf1 -all"',)
        return Answer(question, Outcome.ANSWERED, ('"v=spf1 +all"', *one) if question.name in self._sick else one)

    async def close(self) -> None:
        """Nothing is held."""


def watch(url: str, world: World) -> Watch:
    plan = Plan(tuple(map(Target, DOMAINS)), CHECKED, Patience(recovery=1), 20.0, to_output)
    return Watch(plan, open_store(url, print, is_alive), world, utc_now)


def one_pass(url: str, broken: int, sent: Path) -> None:
    at_work = watch(url, World(broken))
    asyncio.run(at_work.round(lambda _domain, _last: True))
    deliver(at_work.store, sent)
    at_work.store.close()


def deliver(store: Store, sent: Path) -> None:
    # What a killed process claimed is due again a second later: here at once.
    while waiting := store.outbox.claim(["output"], after(utc_now(), 120), after(utc_now(), 60)):
        for one in waiting:
            with sent.open("a") as file:
                file.write(f"{one.alert.event_key} {' '.join(one.alert.domains)}\n")
            store.outbox.sent(one.id, utc_now())


def killed_again_and_again(url: str, sent: Path, kills: int) -> None:
    chance = random.Random(110)
    one_pass(url, 0, sent)
    began = time.monotonic()
    one_pass(url, 0, sent)
    length = time.monotonic() - began
    for number in range(kills):
        broken = number * len(DOMAINS) // kills
        child = os.fork()
        if child == 0:
            try:
                while True:
                    one_pass(url, broken, sent)
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0, 1.2 * length))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    one_pass(url, len(DOMAINS), sent)
    one_pass(url, len(DOMAINS), sent)


def pair(url: str, folder: Path) -> None:
    open_store(url, print).close()
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            try:
                at_work = watch(url, World(0, folder / f"asked-{number}"))
                asyncio.run(at_work.round(lambda _, last: last is None))
                at_work.store.close()
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1] == "kill":
        killed_again_and_again(sys.argv[2], Path(sys.argv[3]) / "sent", int(sys.argv[4]))
    else:
        pair(sys.argv[2], Path(sys.argv[3]))
