"""Keeping a run and judging it again: reports and their run to a transcript, a transcript to reports."""

import asyncio
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from checks.inquiry import Answer
from checks.model import AnyCheck, Target
from checks.registry import CHECKS
from checks.text import inert
from healthcheck import __version__
from healthcheck.engine import examine_all
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.streams import as_recorded, as_stream
from healthcheck.world.transcript import (
    NOTHING_OBSERVED,
    BadTranscript,
    Before,
    Laid,
    RecordedTarget,
    Replay,
    Said,
    Transcript,
)

if TYPE_CHECKING:
    from checks.delivery.observed import Observed  # start-up time: most runs are given no log
    from healthcheck.config.rules import Rules  # start-up time: where a configuration has rules
    from healthcheck.what_if import Tried  # start-up time: few runs compare two worlds


def transcript_of(
    reports: Sequence[Report],
    run: Run,
    checks: Sequence[AnyCheck],
    before: Before | UnsetType = UNSET,
    rules: "Rules | None" = None,
) -> Transcript:
    """What is needed to judge the run again: the targets as they were, the checks, every answer, what was said, and the rules by
    which the reports were made."""
    recorded = tuple(
        RecordedTarget(
            report.target.domain,
            report.generated_at,
            tuple(str(address) for address in report.target.ips),
            report.target.selectors,
            report.target.mail_from,
            report.target.deep,
            report.target.lists,
            report.target.helo,
            called=report.target.called,
            signatures=report.target.signatures,
            learned=tuple(as_recorded(stream) for stream in report.target.learned),
            audience=report.target.audience,
            observed=_recorded(report.target),
            said=said_in(report),
        )
        for report in reports
    )
    ids = tuple(check.id for check in checks)
    told: msgspec.Raw | UnsetType = msgspec.Raw(msgspec.json.encode(rules)) if rules is not None else UNSET
    answers = _sorted(run.answers.values())
    return Transcript(__version__, run.world.name, recorded, ids, answers, before=before, rules=told)


def before_of(now: Run, then: Run, tried: "Iterable[Tried]", files: Sequence[str]) -> Before:
    """The world without what was laid over it, as far as it answered otherwise."""
    laid = tuple(Laid(one.name, one.type, one.records) for one in tried)
    otherwise = [answer for question, answer in now.answers.items() if then.answers.get(question) != answer]
    return Before(now.world.name, laid, tuple(files), _sorted(otherwise))


def _sorted(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    return tuple(sorted(answers, key=lambda answer: answer.question))


def said_in(report: Report) -> tuple[Said, ...]:
    """What each check came to."""
    return tuple(
        Said(result.id, result.status, tuple(sorted({finding.message.code for finding in result.findings})))
        for result in report.checks
    )


def said_otherwise(transcript: Transcript, reports: Iterable[Report]) -> tuple[str, ...]:
    """What today's checks say otherwise than was said when the run was made, a line each; () where nobody wrote that down.

    A check that this version does not know says nothing any more, and that is told too.
    """
    told = []
    for target, report in zip(transcript.targets, reports, strict=True):
        name = report.target.called or target.domain
        today = {one.check: one for one in said_in(report)}
        for was in target.said:
            now = today.get(was.check)
            if now is None:
                told.append(f"{name}: {was.check} was {was.status.value}, and is no check of this version")
            elif (was.status, was.codes) != (now.status, now.codes):
                told.append(f"{name}: {was.check} {_both(was.status.value, now.status.value)}{_changed(was, now)}")
    return tuple(told)


def _both(was: str, now: str) -> str:
    return f"{was} -> {now}" if was != now else f"{now} as before"


def _changed(was: Said, now: Said) -> str:
    """The codes that went and those that came, without the check's id in front."""
    gone = [code.rpartition(".")[2] for code in was.codes if code not in now.codes]
    come = [code.rpartition(".")[2] for code in now.codes if code not in was.codes]
    return f" ({', '.join(gone) or 'nothing'} -> {', '.join(come) or 'nothing'})" if gone or come else ""


def judge_again(transcript: Transcript) -> tuple[Report, ...]:
    """The reports of a recorded run, by the checks of today that it ran. BadTranscript where none of them is known here."""
    return run_again(transcript).reports


class Again(NamedTuple):
    """A recorded run, judged again. `run` knows what was asked this time; `before` is the world without what was laid over
    it, left out where nothing was."""

    reports: tuple[Report, ...]
    run: Run
    checks: tuple[AnyCheck, ...]
    before: Before | UnsetType
    rules: "Rules | None" = None


def run_again(transcript: Transcript) -> Again:
    """As `judge_again`, with all that is needed to keep it once more."""
    checks = tuple(check for check in CHECKS if check.id in transcript.checks)
    if not checks:
        raise BadTranscript("the recorded run holds no check that this version knows")
    return asyncio.run(_run_again(transcript, checks))


async def _run_again(transcript: Transcript, checks: tuple[AnyCheck, ...]) -> Again:
    targets = [
        Target(
            one.domain,
            tuple(ip_address(text) for text in one.ips),
            one.selectors,
            one.mail_from,
            one.deep,
            one.lists,
            one.helo,
            signatures=one.signatures,
            learned=tuple(as_stream(stream) for stream in one.learned),
            audience=one.audience,
            called=one.called,
            observed=_observed(one),
        )
        for one in transcript.targets
    ]
    reports, run = await _judged(transcript, transcript.world, transcript.answers, targets, checks)
    before, rules = transcript.before, rules_in(transcript)
    if not before:
        return Again(_ruled(reports, rules), run, checks, UNSET, rules)
    from healthcheck.what_if import tried_in, with_difference  # start-up time: where something was laid over the world

    # What was answered otherwise comes last, and counts.
    earlier, now = await _judged(transcript, before.world, (*transcript.answers, *before.answers), targets, checks)
    tried = tried_in(((one.name, one.type, one.records) for one in before.laid), transcript.answers)
    domains = [target.domain for target in targets]
    pairs = zip(_ruled(earlier, rules), _ruled(reports, rules), strict=True)
    compared = tuple(with_difference(was, will, tried, before.files, domains) for was, will in pairs)
    return Again(compared, run, checks, before_of(now, run, tried, before.files), rules)


def rules_in(transcript: Transcript) -> "Rules | None":
    """The owner's rules that the reports of a run were made by. BadTranscript where they are none."""
    if not transcript.rules:
        return None
    from healthcheck.config.rules import Rules  # start-up time: as above
    from healthcheck.config.valid import SEVERITIES

    try:
        rules = msgspec.json.decode(transcript.rules, type=Rules)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadTranscript("the recorded run is damaged: its rules are none") from None
    texts = [word for word, _ in rules.severity]
    texts += [text for one in rules.waivers for text in (one.id, one.domain, *one.reason.split("\n"))]
    if any(level not in SEVERITIES for _, level in rules.severity) or any(inert(text) != text for text in texts):
        raise BadTranscript("the recorded run is damaged: its rules are none")
    return rules


def _ruled(reports: tuple[Report, ...], rules: "Rules | None") -> tuple[Report, ...]:
    if rules is None:
        return reports
    from healthcheck.config.rules import applied  # start-up time: as above

    return tuple(applied(report, rules) for report in reports)


async def _judged(
    transcript: Transcript,
    world: str,
    answers: Sequence[Answer],
    targets: Sequence[Target],
    checks: Sequence[AnyCheck],
) -> tuple[tuple[Report, ...], Run]:
    run = Run(Replay(world, answers), inf, targets=len(targets))
    reports = [report async for report in examine_all(targets, checks, run)]
    # The report speaks of the time when somebody looked.
    dated = tuple(
        msgspec.structs.replace(report, generated_at=one.generated_at)
        for report, one in zip(reports, transcript.targets, strict=True)
    )
    return dated, run


def _observed(target: RecordedTarget) -> "Observed | None":
    if target.observed == NOTHING_OBSERVED:
        return None
    from healthcheck.world.observed import as_observed  # start-up time: where something was observed

    return as_observed(target.observed)


def _recorded(target: Target) -> msgspec.Raw:
    if target.observed is None:
        return NOTHING_OBSERVED
    from healthcheck.world.observed import as_recorded  # start-up time: as above

    return as_recorded(target.observed)
