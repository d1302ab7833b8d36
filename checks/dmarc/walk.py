"""The DNS Tree Walk: who has a DMARC record above a name, and what is its organizational domain. RFC 9989 section 4.10.

A receiver asks `_dmarc.` before the name, then before each name above it, down to the top-level domain; a name of more
than eight labels is cut to its seven rightmost after the first question, so that nobody can be made to ask more than
eight. A record with `psd=y` or `psd=n` ends the walk.

We ask all eight at once, one round trip instead of eight, and apply the stops to the answers. What a receiver would
never have asked is then never looked at.
"""

from collections.abc import Sequence

import msgspec

from checks import records
from checks.dmarc.record import DmarcRecord, is_dmarc, parse_record
from checks.inquiry import Answer, Inquiry, Outcome, ask_dns, together

MOST_QUESTIONS = 8
"""Questions of one walk. RFC 9989 section 4.10"""
LABELS_KEPT = 7
"""Labels of the second name asked about where the first has eight or more. RFC 9989 section 4.10 step 4"""


class Rung(msgspec.Struct, frozen=True):
    """One name of a walk with the answer for `_dmarc.` before it.

    `published` are the texts that begin as DMARC records do; `record` is the one that receivers see, which is none where
    several stand there or its tag list is invalid.
    """

    name: str
    answer: Answer
    published: tuple[str, ...] = ()
    record: DmarcRecord | None = None

    @property
    def psd(self) -> str:
        return self.record.psd if self.record else "u"


class Walk(msgspec.Struct, frozen=True):
    """A walk that begins at `domain`: the rungs a receiver comes to, from the longest name to the shortest."""

    domain: str
    rungs: tuple[Rung, ...]

    @property
    def found(self) -> tuple[Rung, ...]:
        """The rungs with a record, longest name first."""
        return tuple(rung for rung in self.rungs if rung.record is not None)

    @property
    def unknown(self) -> tuple[Rung, ...]:
        """The rungs that could not be asked, longest name first."""
        return tuple(rung for rung in self.rungs if rung.answer.unknown)

    @property
    def organizational_domain(self) -> str:
        """As RFC 9989 section 4.10.2 selects it; a rung that could not be asked counts as one without a record."""
        for rung in self.found:
            if rung.psd == "n":
                return rung.name
            if rung.psd == "y" and rung.name != self.domain:
                return below(self.domain, rung.name)
        return self.found[-1].name if self.found else self.domain

    @property
    def suffix(self) -> Rung | None:
        """The rung of the public suffix domain above, where the walk came to one (`psd=y`)."""
        last = self.rungs[-1]
        return last if last.psd == "y" and last.name != self.domain else None


def walk_names(domain: str) -> tuple[str, ...]:
    """The names asked about, longest first: at most eight. RFC 9989 section 4.10 steps 1, 4, 7"""
    labels = domain.split(".")
    rest = labels[-LABELS_KEPT:] if len(labels) > LABELS_KEPT else labels[1:]
    return (domain, *(".".join(rest[at:]) for at in range(len(rest))))


def below(domain: str, ancestor: str) -> str:
    """The name one label below `ancestor` on the way to `domain`."""
    count = len(ancestor.split(".")) + 1
    return ".".join(domain.split(".")[-count:])


def question_name(domain: str) -> str:
    """Where the record of a domain stands."""
    return f"_dmarc.{domain}"


def to_publish(domain: str, text: str) -> str:
    """A DMARC record of a domain as a line of a zone file, for a remedy."""
    return records.as_published(question_name(domain), text)


def climb(domain: str, rungs: Sequence[Rung]) -> Walk:
    """The rungs that a receiver comes to: all up to the first whose record says `psd=y` or `psd=n`, steps 2 and 6."""
    visited: list[Rung] = []
    for rung in rungs:
        visited.append(rung)
        if rung.psd != "u":
            break
    return Walk(domain, tuple(visited))


def rung(name: str, answer: Answer) -> Rung:
    """What one answer says about a name. Several records count as none. RFC 9989 section 4.10 steps 2, 6"""
    published = tuple(text for text in records.texts(answer) if is_dmarc(text))
    if len(published) != 1:
        return Rung(name, answer, published)
    record = parse_record(published[0])
    return Rung(name, answer, published, record if record.is_valid else None)


async def rungs_of(domain: str) -> tuple[Rung, ...]:
    """All rungs of a domain, in one round trip; `climb` says which of them a receiver comes to."""
    names = walk_names(domain)
    answers: tuple[Answer, ...] = await together(*(ask_dns(question_name(name), "TXT") for name in names))
    return tuple(rung(name, answer) for name, answer in zip(names, answers, strict=True))


async def walk(domain: str) -> Walk:
    """The walk that begins at a domain, in one round trip. The domain in normal form; failures are in the answers."""
    return climb(domain, await rungs_of(domain))


def organizational_domain(domain: str) -> Inquiry[Walk]:
    """The walk that decides relaxed alignment for a domain: read its `organizational_domain` and `unknown`."""
    return walk(domain)


def exists(answers: Sequence[Answer]) -> bool | None:
    """Whether a name exists, from answers for records of it; None where nobody could tell.

    NXDOMAIN for the name itself is what counts: a CNAME that leads nowhere stands there. RFC 9989 section 3.2.13, App. A.4
    Any sign of life outweighs an NXDOMAIN, which some servers say of every type that they do not know.
    """
    if any(answer.aliases or answer.outcome in (Outcome.ANSWERED, Outcome.NO_DATA) for answer in answers):
        return True
    return False if any(answer.outcome is Outcome.NXDOMAIN for answer in answers) else None
