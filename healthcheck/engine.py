"""The engine: pursue every inquiry, judge every fact, isolate what breaks, build the report.

Each fact is pursued once a target and each question asked once a run, whoever wants it. Branches of an inquiry run
side by side. When the run's deadline comes, questions still open are answered TEMPFAIL, so there is always a report.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import inf
from time import monotonic
from typing import Any, TypeVar

import msgspec

from checks.inquiry import Answer, Ask, Inquiry, Outcome, Question, Together, not_a_question
from checks.model import AnyCheck, Basis, Finding, Message, Severity, Target
from checks.names import to_unicode
from checks.vantage.control import CERTAIN, disbelieved
from checks.vantage.reach import denies
from healthcheck.report import CheckResult, Evidence, Report, Shown
from healthcheck.world import World

T = TypeVar("T")

CRASHED = Message(
    "engine.check-crashed",
    Severity.WARNING,
    "the check {about} broke and says nothing about the mail: {fault}",
    "This is a bug in healthcheck. Run again with --record run.json and report it with that file.",
    ("docs/checks/engine/check-crashed.md",),
    Basis.UNDETERMINED,
)

MOST_QUESTIONS = 20_000
"""Our bound on the questions of one run, for each of its targets; each walk has a far smaller bound of its own."""

AT_A_TIME = 8
"""Questions begun before the loop looks for answers again. Without it a burst of two hundred is written first, and the
one answer that a chain of includes waits for is read when all are out: 40 ms later at 20 ms a question (measured)."""

RESOLVED = frozenset({"live", "overlay"})
"""Worlds in which a resolver answers; zone files that deny a name are the truth of their world."""

AT_ONCE = 16
"""Targets examined side by side; how many questions are in flight at a server is kept by net/."""


def utc_now(ago: float = 0.0) -> str:
    """The time of day, or that of `ago` seconds before, as RFC 3339 in UTC, to the second."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


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
        self._open: dict[Question, asyncio.Future[Answer]] = {}
        self._on_answer = on_answer
        self._pace = _Pace()

    async def answer(self, question: Question, step: int = 0) -> Answer:
        """The one answer to this question in this run. `step`: how many answers the inquiry has waited for before."""
        while (known := self.answers.get(question)) is None:
            asked = self._open.get(question)
            if asked is None:
                return await self._ask(question, step)
            try:
                return await asyncio.shield(asked)
            except asyncio.CancelledError:
                if not asked.cancelled() or _is_interrupted():
                    raise
                # Whoever asked was interrupted, and we were not: ask anew.
        return known

    async def _ask(self, question: Question, step: int) -> Answer:
        """Ask in the asker's own task: a task for each question would cost as much as all else that is done for it."""
        mine = self._open[question] = asyncio.get_running_loop().create_future()
        try:
            await self._pace.turn(step)
            started = monotonic()
            answer = await self._from_world(question, self._until - started)
        except asyncio.CancelledError:
            del self._open[question]
            mine.cancel()
            raise
        except Exception as fault:  # a bug in the world: those who wait meet it as well
            mine.set_exception(fault)
            mine.exception()  # it may be that nobody waits
            raise
        if not answer.asked_at:
            elapsed = monotonic() - started
            answer = msgspec.structs.replace(answer, asked_at=utc_now(elapsed), elapsed=elapsed)
        self.answers[question] = answer
        del self._open[question]
        mine.set_result(answer)
        if self._on_answer is not None:
            self._on_answer(answer)
        return answer

    async def _from_world(self, question: Question, left: float) -> Answer:
        """What the world says within the `left` seconds, or why it was not heard."""
        if len(self._open) + len(self.answers) > self._most:
            return Answer(question, Outcome.TEMPFAIL, detail="not asked: too many questions in one run")
        if left <= 0:
            self.late += 1
            told = f"not asked: the run's deadline of {self.deadline:g} s had passed"
            return Answer(question, Outcome.TEMPFAIL, detail=told)
        try:
            async with asyncio.timeout(left if left < inf else None) as clock:
                return await self.world.answer(question)
        except TimeoutError:
            if not clock.expired():
                raise
            self.late += 1
            told = f"no answer when the run's deadline of {self.deadline:g} s came"
            return Answer(question, Outcome.TEMPFAIL, detail=told)
        except asyncio.CancelledError:
            if _is_interrupted():
                raise
            # The world gave up by itself: that is its failure, and no reason to lose the report.
            return Answer(question, Outcome.TEMPFAIL, detail="the question was abandoned")


def _is_interrupted() -> bool:
    """True where the running task itself is being cancelled, and not something that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class _Pace:
    """Lets questions begin a few at a time, first those whose inquiries have come furthest: they are the long chains."""

    def __init__(self) -> None:
        self._begun = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    async def turn(self, step: int) -> None:
        """Wait until it is this question's turn."""
        if self._begun == 0:
            asyncio.get_running_loop().call_soon(self._next)
        if self._begun < AT_A_TIME:
            self._begun += 1
            return
        self._count += 1
        mine = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (-step, self._count, mine))
        await mine

    def _next(self) -> None:
        """The loop has been round: the next few may begin."""
        self._begun = 0
        while self._waiting and self._begun < AT_A_TIME:
            *_, turn = heappop(self._waiting)
            if not turn.done():  # an interrupted run leaves cancelled ones behind
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._next)


Answering = Callable[[Question, int], Awaitable[Answer]]


class _Course:
    """An inquiry on its way: what it has asked, and what it waits for now or has come to."""

    __slots__ = ("asked", "done", "fact", "inquiry", "step", "wanted")

    def __init__(self, inquiry: Inquiry[Any], asked: list[Question], step: int) -> None:
        self.inquiry = inquiry
        self.asked = asked
        self.step = step
        self.wanted: Ask | Together | None = None
        self.done = False
        self.fact: Any = None

    def go_on(self, reply: Any, known: Mapping[Question, Answer]) -> None:
        """On with a reply, through all that is known already, to the next thing to wait for or to the end."""
        while True:
            try:
                wanted = self.inquiry.send(reply)
            except StopIteration as end:
                self.done, self.fact = True, end.value
                return
            self.step += 1
            match wanted:
                case Ask():
                    self.asked.append(wanted.question)
                    reply = known.get(wanted.question)
                    if reply is None:
                        self.wanted = wanted
                        return
                case Together():
                    self.wanted = wanted
                    return
                case _:
                    raise not_a_question(wanted)


NOTHING_KNOWN: Mapping[Question, Answer] = {}


async def drive(
    inquiry: Inquiry[T], answer: Answering, asked: list[Question], known: Mapping[Question, Answer] = NOTHING_KNOWN
) -> T:
    """Drive an inquiry under the event loop, a task for each branch of a `together` that has to wait.

    `asked` receives the questions in the order of the code, branch by branch, whatever order the answers come in.
    `answer` is told how many steps the inquiry has made before each question. `known` are answers at hand.
    """
    course = _Course(inquiry, asked, -1)
    try:
        course.go_on(None, known)
        fact: T = await _finish(course, answer, known)
        return fact
    finally:
        inquiry.close()


async def _finish(course: _Course, answer: Answering, known: Mapping[Question, Answer]) -> Any:
    while not course.done:
        match course.wanted:
            case Ask() as wanted:
                course.go_on(await answer(wanted.question, course.step), known)
            case Together() as wanted:
                course.go_on(await _side_by_side(wanted.branches, answer, course, known), known)
    return course.fact


async def _side_by_side(
    branches: Sequence[Inquiry[Any]], answer: Answering, above: _Course, known: Mapping[Question, Answer]
) -> tuple[Any, ...]:
    courses = [_Course(branch, [], above.step - 1) for branch in branches]
    # All branches are heard out, even where one broke: which one is reported must not hang on who came first.
    faults: dict[_Course, BaseException] = {}
    try:
        for course in courses:
            try:
                course.go_on(None, known)
            except Exception as fault:
                faults[course] = fault
        # A task costs more than all else that is done for a question: only who has to wait gets one.
        waiting = [course for course in courses if not course.done and course not in faults]
        ends = await asyncio.gather(*(_finish(course, answer, known) for course in waiting), return_exceptions=True)
        faults.update(
            (course, end) for course, end in zip(waiting, ends, strict=True) if isinstance(end, BaseException)
        )
    finally:
        for branch in branches:
            branch.close()  # those that broke, and those that an interrupted run never finished
    above.asked.extend(question for course in courses for question in course.asked)
    for course in courses:
        if course in faults:
            raise faults[course]
    return tuple(course.fact for course in courses)


class _Fact(msgspec.Struct, frozen=True):
    """What an inquiry came to: its fact or the fault that ended it, and all that it asked."""

    value: Any
    fault: Exception | None
    asked: tuple[Question, ...]


async def examine(target: Target, checks: Sequence[AnyCheck], run: Run) -> Report:
    """Run some checks on a target and report. What breaks in one check stays in that check."""
    started = monotonic()
    if target.observed is not None:
        from checks.diagnosis.widened import widened  # start-up time: where something was observed

        target = widened(target)
    wanted = list(dict.fromkeys(check.fact for check in checks))
    facts = await believing(lambda answer, known: _pursue_all(wanted, target, answer, known), run)
    evidence = Evidence(run.answers)
    results = tuple(_judge(check, facts[check.fact], evidence) for check in checks)
    return Report(
        target=target,
        unicode_domain=to_unicode(target.domain),
        world=run.world.name,
        generated_at=utc_now(),
        checks=results,
        evidence=evidence.numbered(),
        elapsed=monotonic() - started,
    )


async def examine_all(targets: Sequence[Target], checks: Sequence[AnyCheck], run: Run) -> AsyncGenerator[Report]:
    """Examine several targets side by side; the reports come in the order of the targets, each as soon as it can."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(target: Target) -> Report:
        async with gate:
            return await examine(target, checks, run)

    tasks = [asyncio.create_task(one(target)) for target in targets]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def believing(look: Callable[[Answering, Mapping[Question, Answer]], Awaitable[T]], run: Run) -> T:
    """What `look` comes to, given who answers and what is known; looked at again in doubt where the resolver denies what exists.

    What certainly exists is asked beside the first questions: no round trip more, and where the vantage checks run they
    ask it anyhow.
    """
    if run.world.name not in RESOLVED:
        return await look(run.answer, run.answers)
    found, _ = await asyncio.gather(look(run.answer, run.answers), run.answer(CERTAIN), return_exceptions=True)
    if isinstance(found, BaseException):
        raise found
    return await look(_Doubting(run).answer, NOTHING_KNOWN) if denies(run.answers.get(CERTAIN)) else found


class _Doubting:
    """A run whose resolver denies what certainly exists: its "no such name" counts as not known. The evidence stays as it came."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def answer(self, question: Question, step: int = 0) -> Answer:
        return disbelieved(await self._run.answer(question, step))


_Asked = Callable[[Target], Inquiry[Any]]


async def _pursue_all(
    wanted: Sequence[_Asked], target: Target, answer: Answering, known: Mapping[Question, Answer]
) -> dict[_Asked, _Fact]:
    facts = await asyncio.gather(*(_pursue(fact, target, answer, known) for fact in wanted))
    return dict(zip(wanted, facts, strict=True))


async def _pursue(fact: _Asked, target: Target, answer: Answering, known: Mapping[Question, Answer]) -> _Fact:
    asked: list[Question] = []
    try:
        value = await drive(fact(target), answer, asked, known)
    except Exception as fault:  # a bug in one inquiry must not take the report with it
        return _Fact(None, fault, tuple(asked))
    return _Fact(value, None, tuple(asked))


def _judge(check: AnyCheck, fact: _Fact, evidence: Evidence) -> CheckResult:
    findings = (_crashed(check, fact.fault),) if fact.fault else _findings(check, fact.value)
    shown = tuple(Shown(finding, evidence.ids(finding.evidence or fact.asked)) for finding in findings)
    return CheckResult(check.id, check.title, shown)


def _findings(check: AnyCheck, fact: Any) -> tuple[Finding, ...]:
    try:
        findings = tuple(check.judge(fact))
        undeclared = {finding.message.code for finding in findings} - {message.code for message in check.messages}
        if undeclared:
            raise ValueError(f"says {', '.join(sorted(undeclared))}, which it does not declare")
    except Exception as fault:  # as above: isolated, and said
        return (_crashed(check, fault),)
    return findings


def _crashed(check: AnyCheck, fault: BaseException) -> Finding:
    return CRASHED(check.id, fault=f"{type(fault).__name__}: {fault}"[:300])


def selected(checks: Iterable[AnyCheck], only: Sequence[str], skip: Sequence[str]) -> tuple[AnyCheck, ...]:
    """The checks a person asked for, by id or by the words an id begins with (`spf`, `spf.lookup-limit`)."""
    return tuple(
        check
        for check in checks
        if (not only or any(named(check.id, word) for word in only)) and not any(named(check.id, word) for word in skip)
    )


def named(check_id: str, word: str) -> bool:
    """True if `word` is the id or leading words of it."""
    return check_id == word or check_id.startswith((word + ".", word + "-"))
