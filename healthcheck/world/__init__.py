"""The one seam to outside: a *world* answers questions.

`live` asks the network, `zone` master files (alone, or laid over another world), `lab` the built-in hospital of
example domains, `transcript` a recorded run. A report names its world, and nothing falls back from one to another.
"""

from typing import Protocol

from checks.inquiry import Answer, Question


class World(Protocol):
    """Who answers. `answer` never raises for what the world does: a failure is an Answer with its outcome.

    `name` is the word of the report: live, zone, overlay or lab.
    """

    name: str

    async def answer(self, question: Question) -> Answer:
        """What came back for one question."""
        ...

    async def close(self) -> None:
        """Give back sockets and tasks; no answer is wanted any more."""
        ...
