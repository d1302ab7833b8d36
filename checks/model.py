"""The words healthcheck speaks: messages, findings, checks, and the status that follows from them.

A *message* is a thing we may say, declared once. Called with its particulars it gives a *finding*. A *check* is one
healthy condition: an inquiry that gets its fact, and a pure function that judges the fact. Statuses are derived from
findings and never assigned, so that "could not look" can become neither a pass nor a fail.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from checks.inquiry import Answer, Inquiry, Question
from checks.names import Address
from checks.text import Part, Value, fields, fill, inert

F = TypeVar("F")


class Severity(IntEnum):
    """How much a message matters to the owner of the mail. docs/severities.md has a sentence for each."""

    INFO = 0
    NOTICE = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4


class Basis(StrEnum):
    """What a message rests on."""

    OBSERVED = "observed"
    UNDETERMINED = "undetermined"
    """We could not look: never good and never bad."""
    NOT_APPLICABLE = "not-applicable"


class Status(StrEnum):
    """The state of one check. Not to be confused with the lower-case results of SPF and DMARC (RFC 8601)."""

    PASS = "pass"  # noqa: S105 - a status word
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """The answer of a whole report."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Target(msgspec.Struct, frozen=True):
    """What is examined. Names are in normal form (checks.names); `selectors` as given, lower-case.

    `mail_from` is the domain of the RFC5321.MailFrom where it is known to differ from the Author Domain.
    """

    domain: str
    ips: tuple[Address, ...] = ()
    selectors: tuple[str, ...] = ()
    mail_from: str | None = None

    @property
    def envelope_domain(self) -> str:
        """The domain whose SPF record receivers evaluate: that of the RFC5321.MailFrom. RFC 7208 section 2.4"""
        return self.mail_from or self.domain


class Message(msgspec.Struct, frozen=True):
    """A thing we may say. `text` and `remedy` are templates whose `{fields}` are filled from a finding's particulars."""

    code: str
    severity: Severity
    text: str
    remedy: str = ""
    references: tuple[str, ...] = ()
    basis: Basis = Basis.OBSERVED

    def __call__(
        self, about: object = "", *, evidence: Iterable[Answer] = (), explains: tuple[str, ...] = (), **args: object
    ) -> "Finding":
        """Say it of `about` (a name, an address, a stream). `evidence`: the answers that show it, where they are fewer
        than all that the check's fact rests on. `explains`: the reply codes this leads to. TypeError if a field of the
        text or the remedy is not given."""
        wanted = (fields(self.text) | fields(self.remedy)) - {"about"}
        if missing := wanted - args.keys():
            raise TypeError(f"{self.code} needs {', '.join(sorted(missing))}")
        return Finding(
            message=self,
            about=str(inert(str(about))),
            args={name: inert(value) for name, value in args.items()},
            explains=explains,
            evidence=tuple(answer.question for answer in evidence),
        )


class Finding(msgspec.Struct, frozen=True):
    """A message said about something. Its particulars are inert: no control character survives in them."""

    message: Message
    about: str
    args: dict[str, Value]
    explains: tuple[str, ...] = ()
    evidence: tuple[Question, ...] = ()
    """Empty where all the answers of the check's fact show it."""

    @property
    def text(self) -> str:
        return "".join(self.text_parts)

    @property
    def remedy(self) -> str:
        return "".join(self.remedy_parts)

    @property
    def text_parts(self) -> tuple[Part, ...]:
        return fill(self.message.text, {"about": self.about, **self.args})

    @property
    def remedy_parts(self) -> tuple[Part, ...]:
        return fill(self.message.remedy, {"about": self.about, **self.args})


class Check(msgspec.Struct, Generic[F], frozen=True):
    """One healthy condition: `title` states it, `fact` is how it is looked at, `judge` what follows from it.

    Checks that share a fact name the same function: it is pursued once a target. `messages` are all that `judge` may say.
    """

    id: str
    title: str
    fact: Callable[[Target], Inquiry[F]]
    judge: Callable[[F], Iterable[Finding]]
    messages: tuple[Message, ...]


AnyCheck = Check[Any]


def status_of(findings: Iterable[Finding]) -> Status:
    """The state of a check: FAIL > UNKNOWN > WARN > PASS, and SKIPPED only if all that was found is not applicable."""
    seen = {(finding.message.basis, finding.message.severity) for finding in findings}
    bases = {basis for basis, _ in seen}
    worst = max((severity for basis, severity in seen if basis is Basis.OBSERVED), default=Severity.INFO)
    if worst >= Severity.ERROR:
        return Status.FAIL
    if Basis.UNDETERMINED in bases:
        return Status.UNKNOWN
    if worst is Severity.WARNING:
        return Status.WARN
    if bases == {Basis.NOT_APPLICABLE}:
        return Status.SKIPPED
    return Status.PASS


def could_have_failed(finding: Finding) -> bool:
    """True for what was looked for and could not be seen; false for what was merely not told (severity NOTICE)."""
    return finding.message.basis is Basis.UNDETERMINED and finding.message.severity >= Severity.WARNING


def verdict_of(results: Iterable[tuple[Status, Iterable[Finding]]]) -> Verdict:
    """The answer of a report. It passes only where something was seen to be well and nothing that matters is unknown."""
    looked = False
    open_questions = False
    for status, findings in results:
        if status is Status.FAIL:
            return Verdict.FAIL
        looked = looked or status in (Status.PASS, Status.WARN)
        open_questions = open_questions or (status is Status.UNKNOWN and any(map(could_have_failed, findings)))
    return Verdict.PASS if looked and not open_questions else Verdict.INCONCLUSIVE
