"""Drives inquiries under the event loop: each as far as the answers at hand take it, all of them side by side.

Branches of a `together` are no tasks. A domain has a hundred and fifty of them and a dozen questions of its own, and a task
costs more than all that is done in most of them (measured: half of the processor time of a run). So a branch that waits is
an entry with whoever will have the answer, and goes on when that one calls.
"""

import asyncio
from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from checks.inquiry import Answer, Ask, Inquiry, Once, Question, Together, not_a_question

T = TypeVar("T")

Heard = Callable[[Answer | Exception], None]
"""Called once with the answer, or with the fault of a world that broke."""


class Asking(Protocol):
    """Who is asked: a run, or who stands before one."""

    def at_hand(self, question: Question) -> Answer | None:
        """The answer, where it is known already."""
        ...

    def want(self, question: Question, step: int, heard: Heard) -> None:
        """Call `heard`, later, with the answer. `step`: how many answers the inquiry has waited for before."""
        ...

    def withdraw(self, question: Question, heard: Heard) -> None:
        """It is not wanted any more by this one."""
        ...


class Course:
    """An inquiry on its way. At its end it has a `fact` or the `fault` that ended it, and all that was `asked`, branch by
    branch in the order of the code, whatever order the answers came in."""

    __slots__ = ("above", "asked", "below", "ended", "fact", "fault", "followers", "inquiry", "open", "step")

    def __init__(self, inquiry: Inquiry[Any], above: "Course | None" = None, step: int = -1) -> None:
        self.inquiry = inquiry
        self.above = above
        self.step = step
        self.asked: list[Question] = []
        self.below: list[Course] = []
        self.open = 0
        """Branches below that are under way."""
        self.followers: list[Course] = []
        """Others that want the same fact."""
        self.ended = False
        self.fact: Any = None
        self.fault: Exception | None = None

    def broke(self, fault: Exception) -> None:
        """It ends here."""
        self.fault, self.ended = fault, True
        self.inquiry.close()


async def drive(inquiry: Inquiry[T], asking: Asking, asked: list[Question]) -> T:
    """Drive one inquiry to its fact, or raise the fault that ends it. `asked` receives its questions."""
    course = Course(inquiry)
    try:
        await drive_all([course], asking)
    finally:
        asked.extend(course.asked)
    if course.fault is not None:
        raise course.fault
    fact: T = course.fact
    return fact


async def drive_all(courses: Sequence[Course], asking: Asking) -> None:
    """Drive several side by side, each to its own end. An interrupted drive leaves no question open and no inquiry behind."""
    await _Driver(asking).drive(courses)


class _Driver:
    """Some courses under way, and what each of them waits for."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._waiting: dict[Course, tuple[Question, Heard]] = {}
        self._once: dict[tuple[Any, ...], Course] = {}
        self._open = 0
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def drive(self, courses: Sequence[Course]) -> None:
        self._open = len(courses)
        try:
            self._advance([(course, None) for course in reversed(courses)])
            if self._open:
                await self._end
        finally:
            if self._open:
                self._give_up(courses)

    def _advance(self, ready: list[tuple[Course, Any]]) -> None:
        """All that can go on, until everybody waits or has ended; branches in the order of the code."""
        while ready:
            course, reply = ready.pop()
            self._go_on(course, reply)
            if course.ended:
                self._ended(course, ready)
            elif course.open:
                ready.extend((branch, None) for branch in reversed(course.below))
        if self._open and not self._waiting:
            self._break_circles()

    def _go_on(self, course: Course, reply: Any) -> None:
        """On with a reply, through all that is known already, to the next thing to wait for or to the end."""
        send, at_hand = course.inquiry.send, self._asking.at_hand
        try:
            while True:
                wanted = send(reply)
                course.step += 1
                match wanted:
                    case Ask():
                        course.asked.append(wanted.question)
                        reply = at_hand(wanted.question)
                        if reply is None:
                            self._wait(course, wanted.question)
                            return
                    case Once() if wanted.key in self._once:
                        wanted.branches[0].close()  # never begun
                        first = self._once[wanted.key]
                        if not first.ended:
                            first.followers.append(course)
                            return
                        course.asked.extend(first.asked)
                        if first.fault is not None:
                            raise first.fault
                        reply = (first.fact,)
                    case Together():
                        course.below = [Course(branch, course, course.step - 1) for branch in wanted.branches]
                        course.open = len(course.below)
                        if isinstance(wanted, Once):
                            self._once[wanted.key] = course.below[0]
                        if course.open:
                            return
                        reply = ()
                    case _:
                        raise not_a_question(wanted)
        except StopIteration as end:
            course.fact, course.ended = end.value, True
        except Exception as fault:
            course.broke(fault)

    def _break_circles(self) -> None:
        """No answer is to come and some have not ended: they want each other's facts, or those of others that do."""
        circle = {first: look for (look, _), first in self._once.items() if not first.ended}
        while outside := [one for one in circle if not any(_within(circle, by) for by in (one.above, *one.followers))]:
            for one in outside:
                del circle[one]
        looks = sorted({f"{look.__module__}.{look.__qualname__}" for look in circle.values()})
        fault = RuntimeError(f"an inquiry wants its own fact, through {', '.join(looks)}")
        for first in circle:
            followers, first.followers = first.followers, []
            for follower in followers:
                follower.broke(fault)
                self._ended(follower, [])

    def _wait(self, course: Course, question: Question) -> None:
        heard = partial(self._heard, course)
        self._waiting[course] = question, heard
        self._asking.want(question, course.step, heard)

    def _heard(self, course: Course, result: Answer | Exception) -> None:
        if self._waiting.pop(course, None) is None:
            return  # withdrawn while the call was on its way
        if isinstance(result, Exception):
            course.broke(result)
            ready: list[tuple[Course, Any]] = []
            self._ended(course, ready)
        else:
            ready = [(course, result)]
        self._advance(ready)

    def _ended(self, course: Course, ready: list[tuple[Course, Any]]) -> None:
        """What follows above: with its last branch an inquiry has its reply."""
        while True:
            for follower in course.followers:
                follower.asked.extend(course.asked)
                if course.fault is None:
                    ready.append((follower, (course.fact,)))
                else:
                    follower.broke(course.fault)
                    self._ended(follower, ready)
            course.followers = []
            if (above := course.above) is None:
                break
            above.open -= 1
            if above.open:
                return
            below, above.below = above.below, []
            for branch in below:
                above.asked.extend(branch.asked)
            # All branches were heard out, even where one broke: which one is reported must not hang on who came first.
            fault = next((branch.fault for branch in below if branch.fault is not None), None)
            if fault is None:
                ready.append((above, tuple([branch.fact for branch in below])))
                return
            above.broke(fault)
            course = above
        self._open -= 1
        if not self._open and not self._end.done():
            self._end.set_result(None)

    def _give_up(self, courses: Sequence[Course]) -> None:
        for question, heard in self._waiting.values():
            self._asking.withdraw(question, heard)
        self._waiting.clear()
        left = list(courses)
        while left:
            course = left.pop()
            left += course.below
            course.inquiry.close()


def _within(circle: Container[Course], course: Course | None) -> bool:
    """True for one of them, and for a branch of one."""
    while course is not None and course not in circle:
        course = course.above
    return course is not None
