"""The engine's promises: each fact once, each question once, side by side, whatever breaks stays where it broke."""

import asyncio
from collections.abc import Sequence
from math import inf

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome, ask, ask_dns, together
from checks.model import Message, Severity, Status, Target, Verdict
from checks.registry import CHECKS
from healthcheck import engine
from healthcheck.engine import examine, examine_all, named, selected
from healthcheck.render import json as json_format
from healthcheck.render import markdown, text
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world import World
from healthcheck.world.lab import open_lab, patients
from tests.scripted_world import BAD, TARGET, Scripted, check, crash, report, three


def test_a_fact_is_pursued_once_for_all_its_checks():
    pursued = []

    async def fact(target: Target) -> tuple[Answer, ...]:
        pursued.append(target)
        return await three(target)

    found = report(Scripted(), check(fact, "spf.one"), check(fact, "spf.two"), check(fact, "spf.three"))
    assert pursued == [TARGET]
    assert [result.status for result in found.checks] == [Status.PASS] * 3


def test_a_question_is_asked_once_whoever_wants_it():
    async def other(target: Target) -> tuple[Answer, ...]:
        return (*await three(target), *await three(target))

    world = Scripted(lambda question: 3)
    report(world, check(three), check(other))
    assert sorted(world.asked) == [DnsQuestion(f"{label}.example.com", "A") for label in "abc"]


def test_a_question_is_asked_once_for_all_targets_of_a_run():
    async def shared(target: Target) -> tuple[Answer, ...]:
        return (await ask(DnsQuestion("shared.example", "TXT")),)

    async def several(world: World) -> list[Report]:
        targets = [Target(f"{label}.example") for label in "abcdef"]
        return [one async for one in examine_all(targets, [check(shared)], Run(world, 30))]

    world = Scripted(lambda question: 5)
    assert len(asyncio.run(several(world))) == 6
    assert len(world.asked) == 1


def test_branches_and_facts_go_side_by_side():
    async def deeper(target: Target) -> tuple[Answer, ...]:
        first, second = await together(three(Target("x.example")), three(Target("y.example")))
        return first + second

    world = Scripted(lambda question: 4)
    report(world, check(three), check(deeper))
    assert world.most_open == 9


def test_questions_one_after_the_other_are_never_open_together():
    async def chain(target: Target) -> tuple[Answer, ...]:
        return tuple([await ask_dns(f"{label}.example", "A") for label in "abcdef"])

    world = Scripted(lambda question: 4)
    report(world, check(chain))
    assert world.most_open == 1


def test_a_slow_branch_holds_back_itself_only():
    finished = []

    async def branch(label: str, depth: int) -> None:
        for number in range(depth):
            await ask_dns(f"{number}.{label}.example", "A")
        finished.append(label)

    async def fact(target: Target) -> tuple[Answer, ...]:
        await together(branch("slow", 2), branch("quick", 5))
        return ()

    report(Scripted(lambda question: 50 if "slow" in question.name else 1), check(fact))
    assert finished == ["quick", "slow"]


def crashes(fact: object) -> Sequence:
    """A judge with a bug."""
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("sick", [check(crash, "spf.sick"), check(three, "spf.sick", crashes)], ids=["fact", "judge"])
def test_a_crash_stays_in_its_check(sick):
    found = report(Scripted(), check(three, "spf.first"), sick, check(three, "spf.last"))
    assert [result.status for result in found.checks] == [Status.PASS, Status.UNKNOWN, Status.PASS]
    (finding,) = found.checks[1].findings
    assert finding.message is engine.CRASHED
    assert finding.text.isprintable()
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_crash_in_a_shared_fact_is_said_by_each_of_its_checks():
    found = report(Scripted(), check(crash, "spf.one"), check(crash, "spf.two"))
    assert [result.findings[0].message.code for result in found.checks] == ["engine.check-crashed"] * 2


@pytest.mark.parametrize("slow", ["a", "b"])
def test_of_several_crashes_the_first_in_the_code_is_said_whoever_came_first(slow):
    async def broken(label: str) -> None:
        await ask_dns(f"{label}.example", "A")
        raise LookupError(label)

    async def fact(target: Target) -> tuple[Answer, ...]:
        await together(broken("a"), broken("b"))
        return ()

    found = report(Scripted(lambda question: 20 if question.name.startswith(slow) else 1), check(fact))
    assert "LookupError: a" in found.checks[0].findings[0].text
    assert len(found.evidence) == 2


def test_a_judge_that_says_what_it_did_not_declare_is_a_crash():
    undeclared = Message("spf.other.code", Severity.ERROR, "no", "no", ("no",))
    found = report(Scripted(), check(three, judge=lambda fact: [undeclared("x")]))
    assert found.checks[0].status is Status.UNKNOWN
    assert "does not declare" in found.checks[0].findings[0].text


@pytest.mark.parametrize(
    "what", [lambda: asyncio.sleep(0), lambda: asyncio.sleep(0.01), lambda: asyncio.Event().wait()]
)
def test_an_inquiry_that_awaits_anything_else_is_a_type_error_in_its_check(what):
    async def impure(target: Target) -> tuple[Answer, ...]:
        await what()
        return ()

    found = report(Scripted(), check(impure, "spf.impure"), check(three, "spf.other"))
    assert "TypeError" in found.checks[0].findings[0].text
    assert [result.status for result in found.checks] == [Status.UNKNOWN, Status.PASS]


def test_at_the_deadline_open_questions_become_answers_and_the_report_comes():
    async def fact(target: Target) -> tuple[Answer, ...]:
        quick, slow = await together(ask_dns("quick.example", "A"), ask_dns("slow.example", "A"))
        later = await ask_dns("later.example", "A")
        return quick, slow, later

    async def one() -> tuple[Report, Run]:
        run = Run(Scripted(lambda question: inf if "slow" in question.name else 1), 0.05)
        return await examine(TARGET, [check(fact)], run), run

    found, run = asyncio.run(one())
    by_name = {answer.question.name: answer for answer in found.evidence}
    assert by_name["quick.example"].outcome is Outcome.ANSWERED
    assert by_name["slow.example"].outcome is Outcome.TEMPFAIL
    assert "deadline of 0.05 s came" in by_name["slow.example"].detail
    assert "not asked" in by_name["later.example"].detail
    assert found.verdict is Verdict.INCONCLUSIVE
    assert run.late == 2


def test_a_deadline_that_has_passed_asks_nothing():
    world = Scripted()
    found = report(world, check(three), deadline=0)
    assert world.asked == []
    assert found.verdict is Verdict.INCONCLUSIVE


class Sick(Scripted):
    """A world with a bug, or one that gives up."""

    def __init__(self, fault: BaseException) -> None:
        super().__init__()
        self.fault = fault

    async def answer(self, question: DnsQuestion) -> Answer:
        if question.name.startswith("b."):
            raise self.fault
        return await super().answer(question)


def test_a_world_that_gives_a_question_up_leaves_it_unknown():
    found = report(Sick(asyncio.CancelledError()), check(three))
    assert found.checks[0].status is Status.UNKNOWN
    assert [answer.outcome for answer in found.evidence] == [Outcome.ANSWERED, Outcome.TEMPFAIL, Outcome.ANSWERED]


@pytest.mark.parametrize("fault", [OSError("no socket"), TimeoutError(), RecursionError()])
def test_a_bug_in_a_world_stays_in_the_checks_that_asked(fault):
    async def other(target: Target) -> tuple[Answer, ...]:
        return (await ask_dns("z.example", "A"),)

    found = report(Sick(fault), check(three, "spf.one"), check(other, "spf.two"))
    assert [result.status for result in found.checks] == [Status.UNKNOWN, Status.PASS]
    assert found.checks[0].findings[0].message is engine.CRASHED


def test_an_interrupted_run_leaves_no_inquiry_behind(recwarn):
    async def interrupted() -> None:
        run = Run(Scripted(lambda question: inf), 30)
        task = asyncio.create_task(examine(TARGET, [check(three)], run))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert [str(warning.message) for warning in recwarn] == []


def test_the_questions_of_a_run_are_bounded(monkeypatch):
    monkeypatch.setattr("healthcheck.run.MOST_QUESTIONS", 10)

    async def greedy(target: Target) -> tuple[Answer, ...]:
        return await together(*(ask_dns(f"n{number}.example", "A") for number in range(100)))

    world = Scripted()
    found = report(world, check(greedy))
    assert len(world.asked) <= 10
    assert found.verdict is Verdict.INCONCLUSIVE


def test_reports_come_in_the_order_of_the_targets():
    async def several() -> list[str]:
        world = Scripted(lambda question: 40 if "slow" in question.name else 1)
        targets = [Target("slow.example"), Target("quick.example"), Target("other.example")]
        return [one.target.domain async for one in examine_all(targets, [check(three)], Run(world, 30))]

    assert asyncio.run(several()) == ["slow.example", "quick.example", "other.example"]


def test_a_report_comes_as_soon_as_it_can():
    world = Scripted(lambda question: 1 if "quick" in question.name else inf)

    async def first() -> str:
        stream = examine_all([Target("quick.example"), Target("slow.example")], [check(three)], Run(world, 30))
        one = await anext(stream)
        await stream.aclose()
        return one.target.domain

    assert asyncio.run(first()) == "quick.example"


def test_evidence_is_numbered_as_the_checks_use_it():
    async def later(target: Target) -> tuple[Answer, ...]:
        return (await ask_dns("z.example", "A"), await ask_dns("a.example.com", "A"))

    found = report(Scripted(), check(later, "spf.later"), check(three, "spf.earlier"))
    assert [answer.question.name for answer in found.evidence] == [
        *("z.example", "a.example.com", "b.example.com", "c.example.com"),
    ]
    assert [shown.evidence for shown in found.checks[1].shown] == [(2, 3, 4)] * 3


def test_a_finding_may_point_at_less_than_its_whole_fact():
    found = report(Scripted(), check(three, judge=lambda fact: [BAD("x", records=(), evidence=fact[1:2])]))
    assert [found.evidence[at - 1].question.name for at in found.checks[0].shown[0].evidence] == ["b.example.com"]


class Shuffled:
    """The lab, each answer after as many turns of the loop as drawn for it."""

    name = "lab"

    def __init__(self, turns: Sequence[int]) -> None:
        self.lab, self.turns, self.count = open_lab(), turns, 0

    async def answer(self, question: DnsQuestion) -> Answer:
        self.count += 1
        for _ in range(self.turns[self.count % len(self.turns)]):
            await asyncio.sleep(0)
        return msgspec.structs.replace(await self.lab.answer(question), asked_at="2026-11-22T14:03:00Z", elapsed=0.001)

    async def close(self) -> None:
        """Nothing is held."""


PATIENTS = [Target(patient.domain, selectors=("s1",)) for patient in patients()[:6]]


def rendered(turns: Sequence[int]) -> str:
    """Some patients in every format, with answers in an order of their own."""

    async def several() -> list[Report]:
        return [one async for one in examine_all(PATIENTS, CHECKS, Run(Shuffled(turns), 60))]

    reports = [msgspec.structs.replace(one, generated_at="2026-11-22T14:03:00Z") for one in asyncio.run(several())]
    return text.render(reports, verbose=True) + json_format.render(reports) + markdown.render(reports)


@pytest.fixture(scope="module")
def in_order():
    """The patients' reports with answers in the order of the questions."""
    return rendered([0])


@settings(deadline=None, max_examples=25)
@given(turns=st.lists(st.integers(0, 12), min_size=1, max_size=40))
def test_answers_in_any_order_give_the_same_bytes(in_order, turns):
    assert rendered(turns) == in_order


@pytest.mark.parametrize(
    ("word", "chosen"),
    [("spf", True), ("spf.lookup", True), ("spf.lookup-limit", True), ("spf.look", False), ("sp", False), ("", False)],
)
def test_a_check_is_chosen_by_its_id_or_the_words_it_begins_with(word, chosen):
    assert named("spf.lookup-limit", word) is chosen


def test_what_is_skipped_is_not_run():
    checks = [check(three, "spf.one"), check(three, "spf.two"), check(three, "mx.one")]
    assert [one.id for one in selected(checks, (), ("spf.two",))] == ["spf.one", "mx.one"]
    assert [one.id for one in selected(checks, ("spf",), ("spf.two",))] == ["spf.one"]
