"""How inquiries are driven: in the order of the code whatever comes first, and once where several want the same."""

import asyncio
from math import inf

import pytest

from checks.inquiry import Answer, ask_dns, once, together
from checks.model import Status, Target
from healthcheck import engine
from healthcheck.driving import drive
from healthcheck.engine import examine
from healthcheck.report import Report
from healthcheck.run import Run
from tests.scripted_world import TARGET, Scripted, check, crash, report, three


def test_a_driver_hands_back_the_fact_and_the_questions_in_the_order_of_the_code():
    async def pursued(turns: dict[str, int]) -> list[str]:
        run, asked = Run(Scripted(lambda question: turns[question.name[0]]), 30), []
        await drive(three(TARGET), run, asked)
        return [question.name[0] for question in asked]

    assert asyncio.run(pursued({"a": 9, "b": 5, "c": 1})) == ["a", "b", "c"]


@pytest.mark.parametrize("turns", [0, 3], ids=["at-once", "later"])
def test_an_inquiry_that_several_want_is_pursued_once_and_its_questions_count_for_each(turns):
    begun = []

    async def deep(domain: str) -> tuple[Answer, ...]:
        begun.append(domain)
        return await three(Target(domain))

    async def early(target: Target) -> tuple[Answer, ...]:
        return await once(deep, target.domain)

    async def late(target: Target) -> tuple[Answer, ...]:
        return (await ask_dns("z.example", "A"), *await once(deep, target.domain), *await once(deep, "x.example"))

    found = report(Scripted(lambda question: turns), check(early, "spf.one"), check(late, "spf.two"))
    assert begun == ["example.com", "x.example"]
    assert [len(result.shown) for result in found.checks] == [3, 7]
    assert found.checks[0].shown[0].evidence == (1, 2, 3)
    assert found.checks[1].shown[0].evidence == (1, 2, 3, 4, 5, 6, 7)


def test_a_fault_in_what_several_want_is_said_by_each():
    async def first(target: Target) -> tuple[Answer, ...]:
        return await once(crash, target)

    async def second(target: Target) -> tuple[Answer, ...]:
        told = await together(once(crash, target), three(target))
        return told[1]

    async def third(target: Target) -> tuple[Answer, ...]:
        await three(target)
        await ask_dns("late.example", "A")
        return await once(crash, target)

    found = report(Scripted(), check(first, "spf.one"), check(second, "spf.two"), check(third, "spf.three"))
    assert [result.findings[0].message for result in found.checks] == [engine.CRASHED] * 3


def test_an_inquiry_that_wants_itself_breaks_and_does_not_wait_for_ever():
    async def endless(target: Target) -> tuple[Answer, ...]:
        return await once(endless, target)

    (result,) = report(Scripted(), check(endless)).checks
    assert "wants its own fact" in result.findings[0].text


@pytest.mark.parametrize("slow", ["first", "second", "none"])
def test_inquiries_that_want_each_others_facts_break_and_name_each_other(slow):
    async def first(domain: str) -> tuple[Answer, ...]:
        await ask_dns(f"first.{domain}", "A")
        return (await together(once(second, domain), three(TARGET)))[0]

    async def second(domain: str) -> tuple[Answer, ...]:
        await ask_dns(f"second.{domain}", "A")
        return await once(first, domain)

    async def outside(domain: str) -> tuple[Answer, ...]:
        return await once(first, domain)

    async def last(target: Target) -> tuple[Answer, ...]:
        for number in range(20):
            await ask_dns(f"{number}.last.example", "A")
        raise LookupError("the last to hear an answer breaks, too")

    checks = [
        check(lambda target: once(first, target.domain), "spf.one"),
        check(lambda target: once(second, target.domain), "spf.two"),
        check(lambda target: once(outside, target.domain), "spf.three"),
        check(lambda target: once(outside, target.domain), "spf.four"),
        check(last, "spf.five"),
        check(three, "spf.healthy"),
    ]

    async def one() -> Report:
        run = Run(Scripted(lambda question: 9 if question.name.startswith(slow) else 1), inf)
        examined = asyncio.create_task(examine(TARGET, checks, run))
        for _ in range(100):  # turns of the loop: far more than there are answers to wait for
            await asyncio.sleep(0)
        assert examined.done(), "it waits for ever"
        return examined.result()

    *sick, _, healthy = asyncio.run(one()).checks
    assert healthy.status is Status.PASS
    (told,) = {result.findings[0].args["fault"] for result in sick}
    assert told.startswith("RuntimeError: an inquiry wants its own fact, through ")
    assert "first, " in told
    assert told.endswith("second")
    assert "outside" not in told
