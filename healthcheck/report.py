"""The report: what every check found, the verdict, and the evidence it rests on."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from checks.inquiry import Answer, Question
from checks.model import Finding, Status, Target, Verdict, status_of, verdict_of

if TYPE_CHECKING:
    from checks.providers.requirements import Judged  # start-up time: as below


class Shown(msgspec.Struct, frozen=True):
    """A finding with the ids of the evidence that shows it."""

    finding: Finding
    evidence: tuple[int, ...]


class CheckResult(msgspec.Struct, frozen=True):
    """What became of one check. The status follows from the findings."""

    id: str
    title: str
    shown: tuple[Shown, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(shown.finding for shown in self.shown)

    @property
    def status(self) -> Status:
        return status_of(self.findings)


class Report(msgspec.Struct, frozen=True):
    """One examined target. `generated_at` is RFC 3339 in UTC; `evidence` in the order in which the checks use it."""

    target: Target
    unicode_domain: str
    world: str
    generated_at: str
    checks: tuple[CheckResult, ...]
    evidence: tuple[Answer, ...]
    elapsed: float = 0.0

    @property
    def verdict(self) -> Verdict:
        return verdict_of((result.status, result.findings) for result in self.checks)

    @property
    def requirements(self) -> "tuple[Judged, ...]":
        """What the mailbox providers ask for who were named, judged by the findings; it has no part in the verdict."""
        if not self.target.audience:
            return ()
        from checks.providers.requirements import judged  # start-up time: data that few runs want

        return judged(self.target.audience, {result.id: result.findings for result in self.checks})

    @property
    def summary(self) -> dict[Status, int]:
        """How many checks have each status; all statuses are there."""
        counts = dict.fromkeys(Status, 0)
        for result in self.checks:
            counts[result.status] += 1
        return counts


class Evidence:
    """Numbers answers, from 1, in the order in which the report first needs them: never in the order of arrival."""

    def __init__(self, answers: Mapping[Question, Answer]) -> None:
        self._answers = answers
        self._ids: dict[Question, int] = {}

    def ids(self, questions: Iterable[Question]) -> tuple[int, ...]:
        """The ids of some questions' answers, ascending. A question that was never asked has none."""
        found = {self._ids.setdefault(q, len(self._ids) + 1) for q in questions if q in self._answers}
        return tuple(sorted(found))

    def numbered(self) -> tuple[Answer, ...]:
        """The answers by id, the first one having id 1."""
        return tuple(self._answers[question] for question in self._ids)
