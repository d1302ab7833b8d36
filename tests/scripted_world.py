"""A world that answers as a script says, and checks of what it answers."""

import asyncio
from collections.abc import Callable

from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, ask_dns, together
from checks.model import AnyCheck, Basis, Check, Message, Severity, Target
from healthcheck.engine import examine
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world import World

SEEN = Message("spf.seen.seen", Severity.INFO, "{about}: {records}")
BAD = Message("spf.seen.bad", Severity.ERROR, "{about}: {records}", "Mend it.", ("RFC 7208",))
UNSEEN = Message("spf.seen.unseen", Severity.WARNING, "{about}: {why}", "Ask again.", ("RFC 7208",), Basis.UNDETERMINED)
TARGET = Target("example.com")


class Scripted:
    """A world that answers every question with its own name, after as many turns of the loop as `turns` says.

    Counts how many questions were open at once, and every question it was asked.
    """

    name = "zone"

    def __init__(self, turns: Callable[[DnsQuestion], float] = lambda question: 1) -> None:
        self.turns = turns
        self.asked: list[DnsQuestion] = []
        self.open = self.most_open = 0

    async def answer(self, question: DnsQuestion) -> Answer:
        self.asked.append(question)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            left = self.turns(question)
            while left > 0:
                await asyncio.sleep(0)
                left -= 1
        finally:
            self.open -= 1
        return Answer(question, Outcome.ANSWERED, (question.name,), server=self.name)

    async def close(self) -> None:
        """Nothing is held."""


def says(*answers: Answer) -> list:
    """A judge's findings: what came back, or why nothing did."""
    return [
        UNSEEN(a.question.name, why=a.why_unknown) if a.unknown else SEEN(a.question.name, records=a.records)
        for a in answers
    ]


def check(
    fact: Callable[[Target], Inquiry], name: str = "spf.seen", judge: Callable = lambda fact: says(*fact)
) -> AnyCheck:
    """A check of a fact that is some answers."""
    return Check(name, "All is seen", fact, judge, (SEEN, BAD, UNSEEN))


async def three(target: Target) -> tuple[Answer, ...]:
    """Three questions side by side."""
    return await together(*(ask_dns(f"{label}.{target.domain}", "A") for label in "abc"))


def report(world: World, *checks: AnyCheck, target: Target = TARGET, deadline: float = 30) -> Report:
    """The report of one target."""

    async def one() -> Report:
        return await examine(target, checks, Run(world, deadline))

    return asyncio.run(one())


async def crash(target: Target) -> tuple[Answer, ...]:
    """An inquiry with a bug."""
    await ask_dns(target.domain, "A")
    raise LookupError("a bug \x1b[31m")
