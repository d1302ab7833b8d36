"""Why mail is failing, as people are told it: the causes of one kind of failure together, the replies first, then the proof.

    1  Gmail: The mail is not authenticated      confirmed   812 of 1,204 failed replies (67 %)   you must act
       550-5.7.26 This mail has been blocked because the sender is unauthenticated ...
       proved by  spf.lookup-limit     evaluating SPF needs 12 DNS lookups, the limit is 10
       ruled out  dnsbl.not-listed     192.0.2.40 is on none of the 14 blocklists that answered

One kind of failure has one heading, whatever the number of its suspects: a person wants to know why Gmail refuses, and not
five times that it does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from checks.diagnosis.cause import Cause, State
from checks.diagnosis.views import View
from checks.diagnosis.words import WORDERS, provider_called
from checks.model import Basis, Finding, Severity
from checks.text import inert
from healthcheck.render import many
from healthcheck.report import Report

HEADING = "Why mail is failing"
SEES = "What each provider sees"
MOST_GROUPS = 12
MOST_PROOFS = 4
"""Findings that are named as proof of one cause."""
LONGEST_SAMPLE = 200
LONGEST_TEXT = 160
_FIRST_CODE = 12
"""Characters in which the code of a reply's first line stands."""
_REPEATED = re.compile(r"(?<![\d.])[245]\d\d[ -][245]\.\d{1,3}\.\d{1,3} ")
MOSTLY = 0.8
"""The part of the replies from which on a provider's name heads them."""
STATES: dict[State, str] = {"confirmed": "confirmed", "open": "open", "ruled-out": "ruled out"}
WHO = {
    "sender": "you must act",
    "recipient": "the recipient's side must act",
    "provider": "the service that sends for you must act",
    "nobody": "nobody has to act",
    "unknown": "who must act is not known",
}


class Said(NamedTuple):
    """A line under a heading: what it is for, whose it is, and the text."""

    label: str
    name: str
    text: str


class Group(NamedTuple):
    """The causes of one category, the one that explains most first."""

    causes: tuple[Cause, ...]

    @property
    def first(self) -> Cause:
        return self.causes[0]

    def of(self, state: State) -> list[Cause]:
        """Those of one state."""
        return [cause for cause in self.causes if cause.state == state]


def groups(causes: Iterable[Cause]) -> list[Group]:
    """The causes that replies were seen of, by category, in their order."""
    found: dict[str, list[Cause]] = {}
    for cause in causes:
        if cause.seen:
            found.setdefault(cause.category, []).append(cause)
    return [Group(tuple(members)) for members in found.values()]


def heading(group: Group) -> str:
    """What fails, and at whom where it is mostly one."""
    first = group.first
    what = first.title.partition(":")[0]
    named = [(name, count) for name, count in first.providers if name not in WORDERS][:2]
    for some in (named[:1], named):
        if sum(count for _, count in some) >= MOSTLY * first.replies:
            return f"{' and '.join(provider_called(name) for name, _ in some)}: {what[:1].lower()}{what[1:]}"
    return what


def replies(group: Group, total: int) -> str:
    """How many failed replies of how many that explains."""
    first = group.first
    share = "" if first.share is None else f" ({_percent(first.share)})"
    return f"{first.replies:,} of {many(total, 'failed reply', 'failed replies')}{share}"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 or not share else "under 1 %"


def sample(group: Group) -> str:
    """The latest reply, bounded, without the codes that stand before each of its further lines."""
    text = " ".join(str(inert(group.first.sample)).split())
    begin = text[:_FIRST_CODE]
    text = begin + _REPEATED.sub("", text[_FIRST_CODE : 4 * LONGEST_SAMPLE])
    return text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE].rstrip()}…"


def lines(group: Group, report: Report) -> Iterator[Said]:
    """What proves, what is ruled out, what is open, in this order."""
    for cause in group.of("confirmed"):
        found = _findings(report, cause)
        label = "proved by"
        for finding in found[:MOST_PROOFS]:
            yield Said(label, _check(finding.message.code), shortened(finding.text))
            label = ""
    for names, text in _together(
        (cause.suspect or cause.category, _well(report, cause)) for cause in group.of("ruled-out")
    ):
        yield Said("ruled out", names, text)
    for cause in group.of("open"):
        yield Said("not known", cause.suspect or cause.category, _open(report, cause))


def _together(told: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is said of several suspects in the same words is said once."""
    names: dict[str, list[str]] = {}
    for name, text in told:
        names.setdefault(text, []).append(name)
    return [(", ".join(members), text) for text, members in names.items()]


def remedies(group: Group) -> list[Cause]:
    """The causes whose remedies are told: the confirmed ones, each remedy once; else the first open one that has any."""
    told: dict[str, Cause] = {}
    for cause in group.of("confirmed") or [one for one in group.of("open") if one.remedy][:1]:
        if cause.remedy:
            told.setdefault(cause.remedy, cause)
    return list(told.values())


def _findings(report: Report, cause: Cause) -> list[Finding]:
    """The findings that confirm a cause, those that fail first."""
    by_code: dict[str, list[Finding]] = {}
    for result in report.checks:
        for finding in result.found:  # whoever ignores it does not make it untrue
            if finding.message.code in cause.confirmed_by:
                by_code.setdefault(finding.message.code, []).append(finding)
    return [finding for code in cause.confirmed_by for finding in by_code.get(code, ())]


def remedy_finding(report: Report, cause: Cause) -> Finding | None:
    """The finding whose remedy a cause has; its parts tell our words from a stranger's."""
    return next((one for one in _findings(report, cause) if one.remedy == cause.remedy), None)


def _well(report: Report, cause: Cause) -> str:
    """Which checks passed, or the one thing that the only one of them says."""
    if len(cause.ruled_out_by) == 1:
        found = [x for result in report.checks if result.id == cause.ruled_out_by[0] for x in result.findings]
        told = [x.text for x in found if x.message.basis is Basis.OBSERVED and x.message.severity <= Severity.NOTICE]
        if len(told) == 1:
            return shortened(told[0])
    named = [check.removeprefix(f"{cause.suspect}.") for check in cause.ruled_out_by]
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    return f"{', '.join(named[:4])}{more} passed"


def _open(report: Report, cause: Cause) -> str:
    """Why a cause is open: sentences as they are, codes as what their findings say."""
    texts = {x.message.code: x.text for result in report.checks for x in result.found}
    return "; ".join(dict.fromkeys(shortened(texts.get(why, why)) for why in cause.open_because[:2]))


def shortened(text: str) -> str:
    """A sentence, cut where it is long: behind a sentence inside, where there is one."""
    if len(text) <= LONGEST_TEXT:
        return text
    end = max(text.rfind(mark, 60, LONGEST_TEXT) for mark in (". ", "; "))
    return text[:end] if end > 0 else f"{text[:LONGEST_TEXT].rstrip()}…"


def _check(code: str) -> str:
    return ".".join(code.split(".")[:2])


def noteworthy(views: Sequence[View]) -> list[View]:
    """The providers of which there is something to say: several said something, or one asks for what is not there."""
    heard = [view for view in views if view.replies]
    return heard if len(heard) > 1 else [view for view in heard if view.not_met]


def seen_by(view: View) -> tuple[str, str]:
    """What a provider said, and what it asks for and does not get."""
    codes = ", ".join(f"{code} {count:,} times" if count > 1 else code for code, count in view.codes)
    said = f"said {codes}" if codes else "said nothing in what was observed"
    asked = "; ".join(f"{judged.requirement.text} ({judged.requirement.scope})" for judged in view.not_met)
    return said, asked
