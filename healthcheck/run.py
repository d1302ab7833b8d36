"""A run: a world, a deadline, and every answer so far; each question is asked once, whoever wants it.

When the deadline comes, questions still open are answered TEMPFAIL, so there is always a report.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from math import inf
from time import monotonic

import msgspec

from checks.inquiry import Answer, Outcome, Question
from healthcheck.driving import Heard
from healthcheck.world import World

MOST_QUESTIONS = 20_000
"""Our bound on the questions of one run, for each of its targets; each walk has a far smaller bound of its own."""

AT_A_TIME = 8
"""Questions begun before the loop looks for answers again. Without it a burst of two hundred is written first, and the
one answer that a chain of includes waits for is read when all are out: 40 ms later at 20 ms a question (measured)."""


def utc_now(ago: float = 0.0) -> str:
    """The time of day, or that of `ago` seconds before, as RFC 3339 in UTC, to the second."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Open:
    """A question that is out, or whose turn has not come (no task yet), and who waits for its answer."""

    __slots__ = ("began", "heard", "task")

    def __init__(self) -> None:
        self.began = 0.0
        self.heard: dict[Heard, None] = {}
        self.task: asyncio.Task[None] | None = None


class Run:
    """One run: a world, a deadline (seconds from now) and every answer so far, shared by all targets of the run.

    `late` counts the questions that the deadline left without an answer.
    """

    def __init__(
        self, world: World, deadline: float, on_answer: Callable[[Answer], None] | None = None, targets: int = 1
    ) -> None:
        self.world = world
        self.deadline = deadline
        self.answers: dict[Question, Answer] = {}
        self.late = 0
        self._until = monotonic() + deadline
        self._most = MOST_QUESTIONS * targets
        self._open: dict[Question, _Open] = {}
        self._on_answer = on_answer
        self._pace = _Pace()
        self._clock: asyncio.TimerHandle | None = None

    async def answer(self, question: Question, step: int = 0) -> Answer:
        """The one answer to this question in this run. `step`: how many answers the asker has waited for before."""
        known = self.answers.get(question)
        if known is not None:
            return known
        mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        heard = partial(_told, mine)
        self.want(question, step, heard)
        try:
            return await mine
        finally:
            if not mine.done() or mine.cancelled():
                self.withdraw(question, heard)

    def at_hand(self, question: Question) -> Answer | None:
        """The answer, where it is known already."""
        return self.answers.get(question)

    def want(self, question: Question, step: int, heard: Heard) -> None:
        """Call `heard`, later, with the answer, or with the fault of a world that broke."""
        asked = self._open.get(question)
        if asked is not None:
            asked.heard[heard] = None
            return
        if (known := self.answers.get(question)) is not None:
            asyncio.get_running_loop().call_soon(heard, known)
            return
        asked = _Open()
        asked.heard[heard] = None
        if not self._open:
            self._wind_up()
        self._open[question] = asked
        self._pace.begin(step, partial(self._begin, question, asked))

    def withdraw(self, question: Question, heard: Heard) -> None:
        """It is not wanted any more by this one; a question that nobody wants is given up."""
        asked = self._open.get(question)
        if asked is None or heard not in asked.heard:
            return
        del asked.heard[heard]
        if not asked.heard:
            self._closed(question)
            if asked.task is not None:
                asked.task.cancel()

    def _begin(self, question: Question, asked: _Open) -> None:
        if self._open.get(question) is asked:
            asked.began = monotonic()
            asked.task = asyncio.get_running_loop().create_task(self._ask(question, asked))

    async def _ask(self, question: Question, asked: _Open) -> None:
        result: Answer | Exception
        try:
            result = self._unasked(question) or await self.world.answer(question)
        except asyncio.CancelledError:
            if asked.task is not None and asked.task.cancelling():
                raise
            # The world gave up by itself: that is its failure, and no reason to lose the report.
            result = Answer(question, Outcome.TEMPFAIL, detail="the question was abandoned")
        except Exception as fault:  # a bug in the world: those who wait meet it
            result = fault
        self._land(question, asked, result)

    def _unasked(self, question: Question) -> Answer | None:
        """Why the world is not asked, if it is not."""
        if len(self._open) + len(self.answers) > self._most:
            return Answer(question, Outcome.TEMPFAIL, detail="not asked: too many questions in one run")
        if monotonic() < self._until:
            return None
        self.late += 1
        told = f"not asked: the run's deadline of {self.deadline:g} s had passed"
        return Answer(question, Outcome.TEMPFAIL, detail=told)

    def _land(self, question: Question, asked: _Open, result: Answer | Exception) -> None:
        """Keep an answer and tell whoever waits for it."""
        if self._open.get(question) is not asked:
            return  # the deadline answered first
        if isinstance(result, Answer):
            if not result.asked_at:
                elapsed = monotonic() - asked.began
                result = msgspec.structs.replace(result, asked_at=utc_now(elapsed), elapsed=elapsed)
            self.answers[question] = result
        self._closed(question)
        if self._on_answer is not None and isinstance(result, Answer):
            self._on_answer(result)
        for heard in tuple(asked.heard):
            heard(result)

    def _closed(self, question: Question) -> None:
        del self._open[question]
        if not self._open and self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _wind_up(self) -> None:
        """One clock for all that is out: one for each question would cost as much as sending it."""
        if self._until < inf:
            self._clock = asyncio.get_running_loop().call_later(max(0.0, self._until - monotonic()), self._expire)

    def _expire(self) -> None:
        """The deadline: what is out gets no answer any more."""
        self._clock = None
        told = f"no answer when the run's deadline of {self.deadline:g} s came"
        for question, asked in tuple(self._open.items()):
            if asked.task is not None:
                self.late += 1
                asked.task.cancel()
                self._land(question, asked, Answer(question, Outcome.TEMPFAIL, detail=told))


def _told(mine: "asyncio.Future[Answer]", result: Answer | Exception) -> None:
    if mine.done():
        return
    if isinstance(result, Exception):
        mine.set_exception(result)
    else:
        mine.set_result(result)


class _Pace:
    """Lets questions begin a few at a time, first those whose inquiries have come furthest: they are the long chains."""

    def __init__(self) -> None:
        self._begun = 0
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def begin(self, step: int, start: Callable[[], None]) -> None:
        """Start this one when its turn comes."""
        if self._begun == 0:
            asyncio.get_running_loop().call_soon(self._next)
        if self._begun < AT_A_TIME:
            self._begun += 1
            start()
            return
        self._count += 1
        heappush(self._waiting, (-step, self._count, start))

    def _next(self) -> None:
        """The loop has been round: the next few may begin."""
        self._begun = 0
        while self._waiting and self._begun < AT_A_TIME:
            heappop(self._waiting)[-1]()
            self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._next)
