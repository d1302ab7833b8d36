"""The live world: questions are answered by the network, through the resolvers of the run."""

from checks.inquiry import Answer, DnsQuestion, Question
from healthcheck.net.dns import Resolver


class Live:
    """Answers every question by asking those who know. See `World` for the contract."""

    name = "live"

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def answer(self, question: Question) -> Answer:
        """What came back for one question; a failure is an Answer too."""
        match question:
            case DnsQuestion():
                return await self._resolver.answer(question)

    async def close(self) -> None:
        """Give the sockets back."""
        await self._resolver.close()
