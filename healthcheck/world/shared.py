"""A world that answers through a run: what one of two runs has asked, the other need not ask."""

from collections.abc import Awaitable, Callable, Mapping

from checks.inquiry import Answer, Question


class Shared:
    """The world of a run, by its name, answering as the run does: each question once, whoever asks it first.

    `places`: where its records stand in zone files.
    """

    def __init__(
        self,
        name: str,
        answer: Callable[[Question], Awaitable[Answer]],
        places: Mapping[tuple[str, str], tuple[str, int]] | None = None,
    ) -> None:
        self.name = name
        self.places = places or {}
        self._answer = answer

    async def answer(self, question: Question) -> Answer:
        """The one answer of that run."""
        return await self._answer(question)

    async def close(self) -> None:
        """The run's world is closed by whoever opened it."""
