"""What if this were published: the world as it is and the world with some records laid over it, side by side.

The two runs share their answers (healthcheck.world.shared): what the records leave as it is, is asked once, by whichever run
comes first. Only what the records touch is answered anew.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from checks import records
from checks.inquiry import Answer
from checks.names import is_below
from checks.spf.record import is_spf
from checks.text import inert
from healthcheck.compare import Difference, compare
from healthcheck.report import Report

MOST_SHOWN = 100
"""Records that were set and are named in a report."""
LONGEST = 2048
"""Characters of an SPF record in which it is looked for who may send."""
_AUTHORISES_NONE = re.compile(r"v=spf1(?:\s+(?:-\S*|exp=\S*))*\s+-all(?:\s+(?:-\S*|exp=\S*))*\s*", re.IGNORECASE)
"""An SPF record in which nothing passes. RFC 7208 section 4.6.2"""


class Tried(msgspec.Struct, frozen=True):
    """The records of one name and type that were set; none where they were taken away. `asked`: did any check ask for them?"""

    name: str
    type: str
    records: tuple[str, ...] = ()
    asked: bool = True

    @property
    def lines(self) -> tuple[str, ...]:
        """As a zone file writes them."""
        head = f"{inert(self.name)}. {inert(self.type)}"
        return tuple(f"{head} {inert(record)}" for record in self.records) or (f"{head} (taken away)",)


class WhatIf(msgspec.Struct, frozen=True):
    """What would be different, and with what: records that were set, files that were laid over."""

    difference: Difference
    tried: tuple[Tried, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def closing(self) -> tuple[str, ...]:
        """The names whose SPF record would let nobody send."""
        return tuple(one.name for one in self.difference.records if one.type == "TXT" and _closed(one.new))

    @property
    def closed(self) -> tuple[str, ...]:
        """Those of them whose record lets somebody send now: the mail that passes SPF there would fail."""
        return tuple(
            one.name
            for one in self.difference.records
            if one.type == "TXT" and _closed(one.new) and _lets_somebody_send(one.old)
        )

    @property
    def is_worse(self) -> bool:
        """True where the world as it would be is worse: a check, a finding, or mail that would pass SPF no more."""
        return self.difference.is_worse or bool(self.closed)


def _lets_somebody_send(answers: Iterable[str]) -> bool:
    return not _closed(answers) and any(is_spf(records.text(answer)) for answer in answers)


def _closed(answers: Iterable[str]) -> bool:
    return any(_AUTHORISES_NONE.fullmatch(records.text(answer)[:LONGEST]) for answer in answers)


def with_difference(
    now: Report, then: Report, tried: Sequence[Tried], files: Sequence[str], domains: Sequence[str]
) -> Report:
    """The report of what would be, with what differs from what is. `domains` are all of the run: what was set for another of
    them is not told of here, and who asks for what was set for none of them is not known domain by domain."""
    # Not above: the JSON report, by which reports are compared, tells of what is declared here.
    from healthcheck.reports_in import as_read

    domain = then.target.domain
    told = []
    for one in tried[:MOST_SHOWN]:
        if is_below(one.name, domain):
            told.append(one)
        elif not any(is_below(one.name, other) for other in domains):
            told.append(one if len(domains) == 1 else msgspec.structs.replace(one, asked=True))
    before, after = as_read((now, then))
    return msgspec.structs.replace(then, what_if=WhatIf(compare(before, after), tuple(told), tuple(files)))


def tried_in(set_records: Iterable[tuple[str, str, tuple[str, ...]]], answers: Iterable[Answer]) -> tuple[Tried, ...]:
    """The records that were set, each with whether any check asked for it: what nobody asks for changes nothing."""
    asked = set()
    for answer in answers:
        question = answer.question
        for name in (question.name, *answer.aliases):
            asked |= {(name, question.rdtype), (name, "CNAME")}
    wild = {name.partition(".")[2] for name, _ in asked}
    return tuple(
        Tried(name, rdtype, values, (name, rdtype) in asked or (name.startswith("*.") and name[2:] in wild))
        for name, rdtype, values in set_records
    )
