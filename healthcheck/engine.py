"""The engine: pursue every inquiry, judge every fact, isolate what breaks, build the report.

Each fact is pursued once a target and each question asked once a run, whoever wants it. Branches of an inquiry run
side by side. When the run's deadline comes, questions still open are answered TEMPFAIL, so there is always a report.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

import msgspec

from checks.inquiry import Answer, Ask, Inquiry, Outcome, Question, Together, not_a_question
from checks.model import AnyCheck, Basis, Finding, Message, Severity, Target
from checks.names import to_unicode
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
"""Our bound on the questions of one run; each walk has a far smaller bound of its own."""

AT_ONCE = 16
"""Targets examined side by side; how many questions are in flight at a server is kept by net/."""


def utc_now() -> str:
    """The time of day as RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Run:
    """One run: a world, a deadline (seconds from now) and every answer so far, shared by all targets of the run."""

    def __init__(self, world: World, deadline: float, on_answer: Callable[[Answer], None] | None = None) -> None:
        self.world = world
        self.deadline = deadline
        self.answers: dict[Question, Answer] = {}
        self._until = monotonic() + deadline
        self._open: dict[Question, asyncio.Task[Answer]] = {}
        self._on_answer = on_answer

    async def answer(self, question: Question) -> Answer:
        """The one answer to this question in this run."""
        if (known := self.answers.get(question)) is not None:
            return known
        task = self._open.get(question)
        if task is None:
            task = asyncio.create_task(self._ask(question))
            self._open[question] = task
        # Shielded: another inquiry may be waiting for the same answer.
        return await asyncio.shield(task)

    async def _ask(self, question: Question) -> Answer:
        started, asked_at = monotonic(), utc_now()
        left = self._until - started
        if left <= 0 or len(self._open) > MOST_QUESTIONS:
            reason = (
                f"the run's deadline of {self.deadline:g} s had passed"
                if left <= 0
                else "too many questions in one run"
            )
            answer = Answer(question, Outcome.TEMPFAIL, detail=f"not asked: {reason}")
        else:
            try:
                answer = await asyncio.wait_for(self.world.answer(question), left)
            except TimeoutError:
                answer = Answer(
                    question, Outcome.TEMPFAIL, detail=f"no answer when the run's deadline of {self.deadline:g} s came"
                )
        if not answer.asked_at:
            answer = msgspec.structs.replace(answer, asked_at=asked_at, elapsed=monotonic() - started)
        self.answers[question] = answer
        if self._on_answer is not None:
            self._on_answer(answer)
        return answer


async def drive(inquiry: Inquiry[T], answer: Callable[[Question], Awaitable[Answer]], asked: list[Question]) -> T:
    """Drive an inquiry under the event loop, a task for each branch of a `together`.

    `asked` receives the questions in the order of the code, branch by branch, whatever order the answers come in.
    """
    reply: Any = None
    try:
        while True:
            step = inquiry.send(reply)
            match step:
                case Ask():
                    asked.append(step.question)
                    reply = await answer(step.question)
                case Together():
                    lists: list[list[Question]] = [[] for _ in step.branches]
                    reply = await _side_by_side(
                        [drive(branch, answer, part) for branch, part in zip(step.branches, lists, strict=True)]
                    )
                    asked.extend(question for part in lists for question in part)
                case _:
                    raise not_a_question(step)
    except StopIteration as done:
        fact: T = done.value
        return fact
    finally:
        inquiry.close()


async def _side_by_side(branches: Sequence[Awaitable[Any]]) -> tuple[Any, ...]:
    if len(branches) == 1:
        return (await branches[0],)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(branch)) for branch in branches]
    except BaseExceptionGroup as several:
        # The first branch's error says what went wrong; the group around it would hide it.
        raise several.exceptions[0] from None
    return tuple(task.result() for task in tasks)


async def _awaited(branch: Awaitable[T]) -> T:
    return await branch


class _Fact(msgspec.Struct, frozen=True):
    """What an inquiry came to: its fact or the fault that ended it, and all that it asked."""

    value: Any
    fault: Exception | None
    asked: tuple[Question, ...]


async def examine(target: Target, checks: Sequence[AnyCheck], run: Run) -> Report:
    """Run some checks on a target and report. What breaks in one check stays in that check."""
    started = monotonic()
    wanted = list(dict.fromkeys(check.fact for check in checks))
    facts = dict(zip(wanted, await asyncio.gather(*(_pursue(fact, target, run) for fact in wanted)), strict=True))
    evidence = Evidence(run.answers.values())
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


async def _pursue(fact: Callable[[Target], Inquiry[Any]], target: Target, run: Run) -> _Fact:
    asked: list[Question] = []
    try:
        value = await drive(fact(target), run.answer, asked)
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
