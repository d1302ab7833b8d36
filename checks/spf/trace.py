"""What an SPF evaluation came to, and how: the trace, record by record and term by term.

A `RecordTrace` is one call of check_host() (RFC 7208 section 4): the domain, the record found there, the terms in the
order in which they were come to, the result. A `TermTrace` is one term: the name it asked about, the answers, what it
cost, what it gave. An include or redirect holds the trace of the record it leads to.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from checks.inquiry import Answer
from checks.names import Address
from checks.spf.record import Term


class Result(StrEnum):
    """The result of check_host(). RFC 7208 section 2.6"""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a protocol word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class TermTrace(msgspec.Struct, frozen=True):
    """One term that the evaluation came to.

    `result` is None where the term did not match, else what it gives: that of its qualifier, an error, or, for a
    redirect, that of the record it leads to. `nth` numbers the terms that query the DNS, from 1, `void` those whose
    question came to nothing; 0 where the term is not counted. `target` is the name asked about, macros expanded.
    `answers` are those that it looked at.
    """

    term: Term
    result: Result | None
    why: str
    target: str = ""
    nth: int = 0
    void: int = 0
    answers: tuple[Answer, ...] = ()
    record: "RecordTrace | None" = None


class RecordTrace(msgspec.Struct, frozen=True):
    """The evaluation of one domain's record. `text` is the record, "" where there is none; `answer` None where the
    name is such that nobody can ask."""

    domain: str
    result: Result
    why: str
    answer: Answer | None = None
    text: str = ""
    terms: tuple[TermTrace, ...] = ()

    @property
    def decided_by(self) -> TermTrace | None:
        """The term that gave the result: None where no record could be used and where no term matched."""
        last = self.terms[-1] if self.terms else None
        return last if last is not None and last.result is not None else None

    @property
    def answers(self) -> Iterator[Answer]:
        """All answers, in the order in which they were come to; as many levels as lookups are allowed, at most."""
        if self.answer is not None:
            yield self.answer
        for term in self.terms:
            yield from term.answers
            if term.record is not None:
                yield from term.record.answers


class Decision(msgspec.Struct, frozen=True):
    """One step of the way to the deciding term: a term, and the domain in whose record it stands."""

    domain: str
    term: Term


class Evaluation(msgspec.Struct, frozen=True):
    """The answer to "may this address send mail as this sender?".

    `domain`, `sender` and `helo` are the arguments of check_host() as it used them. `reason` is one clause. `lookups`
    and `void_lookups` are what the sequential evaluation counted. `explanation` is the domain's own words to the
    sender, with a fail only, and `explained_by` where they were looked for.
    """

    ip: Address
    domain: str
    sender: str
    helo: str
    result: Result
    reason: str
    lookups: int
    void_lookups: int
    trace: RecordTrace
    explanation: str | None = None
    explained_by: Answer | None = None

    @property
    def deciding(self) -> tuple[TermTrace, ...]:
        """The way to the deciding term: from the record of the domain down, through redirects and includes."""
        way: list[TermTrace] = []
        record: RecordTrace | None = self.trace
        while record is not None and (last := record.decided_by) is not None:
            way.append(last)
            record = last.record
        return tuple(way)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The same way as names and terms."""
        domains = (self.trace.domain, *(one.record.domain for one in self.deciding if one.record is not None))
        return tuple(Decision(domain, one.term) for domain, one in zip(domains, self.deciding, strict=False))

    @property
    def matched(self) -> str:
        """The text of the term that decided, as it stands in the record of the domain or of its redirect; "" where none did.

        For an include that is the include: the term of the included record that matched is the last of `decisions`.
        """
        record = self.trace
        while (last := record.decided_by) is not None:
            if last.term.name != "redirect" or last.record is None or last.record.decided_by is None:
                return last.term.text
            record = last.record
        return ""
