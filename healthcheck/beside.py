"""Two runs side by side: the world as it is, and that world with some records laid over it.

They share their answers: what the records leave as it is goes out once, whichever of the two asks first; only what the records
touch is answered anew. So both together take the round trips of the longer one.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from checks.model import AnyCheck, Target
from healthcheck.engine import examine_all
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.choose import Laid, lay_over
from healthcheck.world.shared import Shared

Places = Mapping[tuple[str, str], tuple[str, int]]


def run_over(now: Run, laid: Laid, targets: int, places: Places | None = None) -> Run:
    """The run in the world as it would be, over the one in the world as it is: that one answers what is not laid over it, and
    has to allow for the questions of both. `places`: where the records of its world stand in zone files."""
    return Run(lay_over(Shared(now.world.name, now.answer, places), laid), now.deadline, None, targets)


async def examine_both(
    targets: Sequence[Target], checks: Sequence[AnyCheck], now: Run, then: Run
) -> AsyncGenerator[tuple[Report, Report]]:
    """The two reports of each target, in the order of the targets, each pair as soon as it can be had."""
    async with (
        aclosing(examine_all(targets, checks, now)) as before,
        aclosing(examine_all(targets, checks, then)) as after,
    ):
        for _ in targets:
            was, will = await asyncio.gather(anext(before), anext(after))
            yield was, will
