"""The engine: pursue every inquiry, judge every fact, isolate what breaks, build the report.

Each fact is pursued once a target (driving.py, side by side) and each question asked once a run, whoever wants it (run.py).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from time import monotonic
from typing import Any, TypeVar

import msgspec

from checks.inquiry import Answer, Inquiry, Question
from checks.model import AnyCheck, Basis, Finding, Message, Severity, Target
from checks.names import to_unicode
from checks.vantage.control import CERTAIN, disbelieved
from checks.vantage.reach import denies
from healthcheck.driving import Asking, Course, Heard, drive_all
from healthcheck.report import CheckResult, Evidence, Report, Shown
from healthcheck.run import Run, utc_now

T = TypeVar("T")

CRASHED = Message(
    "engine.check-crashed",
    Severity.WARNING,
    "the check {about} broke and says nothing about the mail: {fault}",
    "This is a bug in healthcheck. Run again with --record run.json and report it with that file.",
    ("docs/checks/engine/check-crashed.md",),
    Basis.UNDETERMINED,
)

RESOLVED = frozenset({"live", "overlay"})
"""Worlds in which a resolver answers; zone files that deny a name are the truth of their world."""

AT_ONCE = 16
"""Targets examined side by side; how many questions are in flight at a server is kept by net/."""


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
    facts = await believing(lambda asking: _pursue_all(wanted, target, asking), run)
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


async def believing(look: Callable[[Asking], Awaitable[T]], run: Run) -> T:
    """What `look` comes to, given whom to ask; looked at again in doubt where the resolver denies what exists.

    What certainly exists is asked beside the first questions: no round trip more, and where the vantage checks run they
    ask it anyhow.
    """
    if run.world.name not in RESOLVED:
        return await look(run)
    if (certain := run.at_hand(CERTAIN)) is not None:  # another target of this run has asked
        return await look(_Doubting(run) if denies(certain) else run)
    found, _ = await asyncio.gather(look(run), run.answer(CERTAIN), return_exceptions=True)
    if isinstance(found, BaseException):
        raise found
    return await look(_Doubting(run)) if denies(run.at_hand(CERTAIN)) else found


class _Doubting:
    """A run whose resolver denies what certainly exists: its "no such name" counts as not known. The evidence stays as it came."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._heard: dict[Heard, Heard] = {}

    def at_hand(self, question: Question) -> Answer | None:
        known = self._run.at_hand(question)
        return None if known is None else disbelieved(known)

    def want(self, question: Question, step: int, heard: Heard) -> None:
        def doubting(result: Answer | Exception) -> None:
            self._heard.pop(heard, None)
            heard(disbelieved(result) if isinstance(result, Answer) else result)

        self._heard[heard] = doubting
        self._run.want(question, step, doubting)

    def withdraw(self, question: Question, heard: Heard) -> None:
        self._run.withdraw(question, self._heard.pop(heard, heard))


_Asked = Callable[[Target], Inquiry[Any]]


async def _pursue_all(wanted: Sequence[_Asked], target: Target, asking: Asking) -> dict[_Asked, _Fact]:
    courses: dict[_Asked, Course] = {}
    facts: dict[_Asked, _Fact] = {}
    for fact in wanted:
        try:
            courses[fact] = Course(fact(target))
        except Exception as fault:  # a bug in one inquiry must not take the report with it
            facts[fact] = _Fact(None, fault, ())
    await drive_all(tuple(courses.values()), asking)
    return facts | {fact: _Fact(one.fact, one.fault, tuple(one.asked)) for fact, one in courses.items()}


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
