"""The report: what every check found, the verdict, and the evidence it rests on."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from checks.inquiry import Answer, Question
from checks.model import Basis, Finding, Status, Target, Verdict, status_of, verdict_of

if TYPE_CHECKING:
    from checks.diagnosis.cause import Cause  # start-up time: as below
    from checks.diagnosis.views import View
    from checks.providers.requirements import Judged
    from healthcheck.what_if import WhatIf

_DECIDING = {Status.UNKNOWN: Basis.UNDETERMINED, Status.SKIPPED: Basis.NOT_APPLICABLE}


class Shown(msgspec.Struct, frozen=True):
    """A finding with the ids of the evidence that shows it."""

    finding: Finding
    evidence: tuple[int, ...]


class Ignored(msgspec.Struct, frozen=True):
    """A finding that somebody chose to ignore: told, and counted for nothing.

    `by` is what the waiver names (a code, a check, or the words that one begins with), `until` the last day on which it
    holds, "" for one that is permanent.
    """

    shown: Shown
    by: str
    reason: str
    until: str = ""


class WaiverState(StrEnum):
    """What became of a waiver in a report."""

    USED = "used"
    EXPIRED = "expired"
    """What it matches counts again."""
    UNMATCHED = "unmatched"
    """Nothing of what it names was found to be wrong."""
    UNKNOWN = "unknown"
    """What it names could not be looked at, which no waiver makes well."""


class Waiver(msgspec.Struct, frozen=True):
    """A waiver that concerns a report, and how many findings it matched (used) or would have matched (expired, unknown)."""

    id: str
    domain: str
    reason: str
    until: str
    state: WaiverState
    findings: int = 0


class CheckResult(msgspec.Struct, frozen=True, dict=True):
    """What became of one check. The status follows from the findings, those that are ignored left out."""

    id: str
    title: str
    shown: tuple[Shown, ...]
    ignored: tuple[Ignored, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that count."""
        return tuple([shown.finding for shown in self.shown])

    @property
    def found(self) -> tuple[Finding, ...]:
        """All that was found, whether somebody wants to know it or not: what is ignored is true all the same."""
        return (*self.findings, *(one.shown.finding for one in self.ignored))

    @cached_property  # it is read ten times in the making of one report
    def status(self) -> Status:
        return status_of(self.findings)

    @property
    def deciding(self) -> tuple[Shown, ...]:
        """The findings of the kind that gave it its status: of an unknown check those that could not be determined."""
        wanted = _DECIDING.get(self.status, Basis.OBSERVED)
        return tuple(shown for shown in self.shown if shown.finding.message.basis is wanted)

    @property
    def worst(self) -> Finding | None:
        """The first of the gravest deciding findings; None for a check that says nothing."""
        told = (shown.finding for shown in self.deciding)
        return max(told, key=lambda finding: finding.message.severity, default=None)


class Report(msgspec.Struct, frozen=True):
    """One examined target. `generated_at` is RFC 3339 in UTC; `evidence` in the order in which the checks use it."""

    target: Target
    unicode_domain: str
    world: str
    generated_at: str
    checks: tuple[CheckResult, ...]
    evidence: tuple[Answer, ...]
    elapsed: float = 0.0
    what_if: "WhatIf | None" = None
    """What differs from the world as it is, where records were laid over it."""
    waivers: tuple[Waiver, ...] = ()
    """Those of the configuration that concern what was examined."""

    @property
    def verdict(self) -> Verdict:
        return verdict_of((result.status, result.findings) for result in self.checks)

    @property
    def requirements(self) -> "tuple[Judged, ...]":
        """What the mailbox providers ask for who were named, judged by the findings; it has no part in the verdict."""
        if not self.target.audience:
            return ()
        from checks.providers.requirements import judged  # start-up time: data that few runs want

        return judged(self.target.audience, self._found)

    @property
    def causes(self) -> "tuple[Cause, ...]":
        """Why mail is failing, by what was observed and what was found; it has no part in the verdict."""
        found = self._found
        if self.target.observed is None:
            from checks.diagnosis.expected import expected  # start-up time: a run that passes needs none

            return expected(found, self.target) if self.verdict is Verdict.FAIL else ()
        from checks.diagnosis.causes import causes  # start-up time: where something was observed

        return causes(self.target.observed, found, self.target)

    @property
    def providers(self) -> "tuple[View, ...]":
        """What each mailbox provider sees; () where no reply was observed."""
        if self.target.observed is None:
            return ()
        from checks.diagnosis.views import views  # start-up time: as above

        return views(self.target.observed, self._found, self.causes)

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """What was found and is ignored, in report order."""
        return tuple(one for result in self.checks for one in result.ignored)

    @property
    def _found(self) -> dict[str, tuple[Finding, ...]]:
        """All that was found, by check: what providers ask for and what explains failed mail does not hang on a waiver."""
        return {result.id: result.found for result in self.checks}

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
