"""The owner's own rules, applied to a report: how much findings matter to him, and what he chose to ignore for a while.

Two things no rule can do. What could not be looked at stays unknown: it is neither ignored nor made less. And what was found
to be well stays well: a rule for a check is about what it finds amiss, and only a rule for the very code reaches an `info`.
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from checks.model import Basis, Finding, Message, Severity
from healthcheck.config.model import OFF, Config, Ignore
from healthcheck.config.patterns import matches
from healthcheck.engine import named
from healthcheck.report import CheckResult, Ignored, Report, Shown, Waiver, WaiverState

PROFILE = "the severity profile says off"


class Rules(msgspec.Struct, frozen=True):
    """What of a configuration changes how reports are judged. `severity`: the longest words first."""

    severity: tuple[tuple[str, str], ...] = ()
    waivers: tuple[Ignore, ...] = ()


def rules_of(config: Config) -> Rules | None:
    """The rules of a configuration; None where it has none."""
    if not (config.severity or config.ignore):
        return None
    by_length = sorted(config.severity.items(), key=lambda item: (-len(item[0]), item[0]))
    return Rules(tuple(by_length), config.ignore)


def applied(report: Report, rules: Rules | None) -> Report:
    """The report by these rules, on the day on which it was made."""
    if rules is None:
        return report
    weighed = tuple(_weighed(result, rules.severity) for result in report.checks)
    today = report.generated_at[:10]
    mine = [one for one in rules.waivers if matches(report.target.domain, one.domain)]
    valid = [one for one in mine if not _is_over(one, today)]
    checks = tuple(_waived(result, valid) for result in weighed)
    notes = (_note(waiver, weighed, today) for waiver in mine)
    return replace(report, checks=checks, waivers=tuple(note for note in notes if note is not None))


def _weighed(result: CheckResult, profile: Iterable[tuple[str, str]]) -> CheckResult:
    """The result with the severities of the profile."""
    kept: list[Shown] = []
    ignored: list[Ignored] = list(result.ignored)
    for shown in result.shown:
        word, by = _word_for(shown.finding, profile)
        if word == OFF and _can_be_ignored(shown.finding):
            ignored.append(Ignored(shown, by, PROFILE))
        else:
            kept.append(_with_severity(shown, word))
    return replace(result, shown=tuple(kept), ignored=tuple(ignored))


def _word_for(finding: Finding, profile: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The severity that the profile gives to a finding, and the words by which; "" where it gives none."""
    message = finding.message
    amiss = message.basis is Basis.OBSERVED and message.severity > Severity.INFO
    for words, severity in profile:
        if message.code == words or (amiss and named(message.code, words)):
            return severity, words
    return "", ""


def _with_severity(shown: Shown, word: str) -> Shown:
    message = shown.finding.message
    if word in ("", OFF) or message.basis is Basis.NOT_APPLICABLE:
        return shown
    severity = Severity[word.upper()]
    if message.basis is Basis.UNDETERMINED:
        # Less severe, it would count as merely not told, and a run that could not look might pass.
        severity = max(severity, message.severity)
    return replace(shown, finding=replace(shown.finding, message=_as_severe(message, severity)))


def _as_severe(message: Message, severity: Severity) -> Message:
    return message if message.severity is severity else replace(message, severity=severity)


def _can_be_ignored(finding: Finding) -> bool:
    return finding.message.basis is Basis.OBSERVED and finding.message.severity > Severity.INFO


def _waived(result: CheckResult, waivers: Iterable[Ignore]) -> CheckResult:
    kept: list[Shown] = []
    ignored: list[Ignored] = list(result.ignored)
    for shown in result.shown:
        by = next((one for one in waivers if named(shown.finding.message.code, one.id)), None)
        if by is None or not _can_be_ignored(shown.finding):
            kept.append(shown)
        else:
            ignored.append(Ignored(shown, by.id, by.reason.strip(), _until(by)))
    return replace(result, shown=tuple(kept), ignored=tuple(ignored))


def _note(waiver: Ignore, results: Iterable[CheckResult], today: str) -> Waiver | None:
    """What became of a waiver; None where the checks that it names were not run."""
    about = [one for one in results if named(one.id, waiver.id) or named(waiver.id, one.id)]
    if not about:
        return None
    meant = [one for result in about for one in result.findings if named(one.message.code, waiver.id)]
    amiss = sum(map(_can_be_ignored, meant))
    blind = sum(one.message.basis is Basis.UNDETERMINED for result in about for one in result.findings)
    if _is_over(waiver, today):
        state, count = WaiverState.EXPIRED, amiss
    elif amiss:
        state, count = WaiverState.USED, amiss
    elif blind:
        state, count = WaiverState.UNKNOWN, blind
    else:
        state, count = WaiverState.UNMATCHED, 0
    return Waiver(waiver.id, waiver.domain, waiver.reason.strip(), _until(waiver), state, count)


def _is_over(waiver: Ignore, today: str) -> bool:
    return waiver.expires is not None and waiver.expires.isoformat() < today


def _until(waiver: Ignore) -> str:
    return waiver.expires.isoformat() if waiver.expires is not None else ""
