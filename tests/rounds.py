"""Round trips, counted and not timed: what an inquiry asks, and after how many answers.

Branches of a `together` stand side by side, as under the engine; a question that two branches ask counts in each.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from checks.inquiry import Answer, DnsQuestion, Inquiry, Together
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

T = TypeVar("T")
Answering = Callable[[DnsQuestion], Answer]


def world(text: str) -> Answering:
    """Answers from a few lines of master file; whatever is not in them does not exist."""
    return ZoneWorld([read_zones(text, ".", "world")]).look_up


def rounds(inquiry: Inquiry[T], answer: Answering) -> tuple[T, list[list[DnsQuestion]]]:
    """Drive an inquiry to its fact, with the questions of each round trip in the order of the code."""
    trips: list[list[DnsQuestion]] = []

    def drive(branch: Inquiry[Any], depth: int) -> tuple[Any, int]:
        reply = None
        while True:
            try:
                step = branch.send(reply)
            except StopIteration as done:
                return done.value, depth
            if isinstance(step, Together):
                ended = [drive(one, depth) for one in step.branches]
                reply, depth = tuple(value for value, _ in ended), max((end for _, end in ended), default=depth)
            else:
                trips.extend([] for _ in range(depth + 1 - len(trips)))
                trips[depth].append(step.question)
                reply, depth = answer(step.question), depth + 1

    return drive(inquiry, 0)[0], trips
