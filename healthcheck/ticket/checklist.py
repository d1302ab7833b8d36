"""The six questions that support asks first, each with what was done for it, what was not, and how to do that.

what do the SMTP replies mean; are the credentials right; are SPF, DKIM and DMARC in order; what do Postmaster Tools say;
what do the blocklists say; what do recent error rates and sending patterns show
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from checks.model import Severity, Status
from checks.text import Part, Value, fill
from healthcheck.render import why
from healthcheck.render.words import PROTOCOLS, protocol_of
from healthcheck.report import CheckResult, Report
from healthcheck.ticket.wanted import worst_status

MOST_TOLD = 5
State = Literal["done", "partly", "not done"]
Told = tuple[Part, ...]


class Point(NamedTuple):
    """One question: how far it was answered, what was found, and how to answer the rest ("" where nothing is left)."""

    question: str
    state: State
    found: tuple[Told, ...]
    how: str = ""


def checklist(report: Report) -> tuple[Point, ...]:
    """The six, in order."""
    return (
        _replies(report),
        _credentials(report),
        _authentication(report),
        _judged(report, "What do Postmaster Tools say?", "reputation", _POSTMASTER),
        _judged(report, "What do the blocklists say?", "dnsbl", _LISTS),
        _judged(report, "What do recent error rates and sending patterns show?", "delivery", _RATES),
    )


_POSTMASTER = (
    "Read them by hand: Gmail at https://postmaster.google.com (spam rate below 0.3 %, compliance status), "
    "Microsoft at https://substrate.office.com/ip-domain-management-snds/snds, Yahoo at https://senders.yahooinc.com. "
    "Write in what they say, and of which day."
)
_LISTS = (
    "Give every sending address with --ip; a list that refuses this resolver is asked through your own (--resolver HOST) "
    "or with a key."
)
_RATES = "Give the logs or events of some days with --log or --events."
_TELL = "Give what was answered, word for word, with --reply, or a log with --log, or a bounce mail with --bounce."
_LOG_IN = (
    "Log in once by hand, over TLS, on the submission port of your service (see the commands below): 235 is right, 535 is wrong, 454 "
    "says nothing. Do not try again and again: accounts are locked for it."
)


def _say(template: str, **args: Value) -> Told:
    return fill(template, args)


def _replies(report: Report) -> Point:
    question = "What do the SMTP replies mean?"
    groups = why.groups(report.causes)
    seen = report.target.observed
    if not groups:
        if seen is None:
            return Point(question, "not done", (_say("nobody told what was answered"),), _TELL)
        return Point(question, "done", (_say("no failed reply was found in what was given"),))
    told = [
        _say(
            "{codes}: {title}, {replies} of the failed replies",
            codes=", ".join(group.first.explains[:3]) or group.first.category,
            title=group.first.title,
            replies=group.first.replies,
        )
        for group in groups
    ]
    unread = [group for group in groups if group.first.category == "unknown"]
    return Point(question, "partly" if unread else "done", _few(told))


def _credentials(report: Report) -> Point:
    question = "Are the credentials right?"
    results = _of(report, "credentials")
    if results:
        return _judged(report, question, "credentials", _LOG_IN)
    refused = [cause for cause in report.causes if cause.seen and cause.category == "credentials"]
    if refused:
        told = _say(
            "{replies} replies say that they are not: {sample}",
            replies=refused[0].replies,
            sample=refused[0].sample[:300],
        )
        return Point(question, "done", (told,))
    seen = report.target.observed
    delivered = (
        sum(flow.delivered for flow in seen.traffic.flows) if seen is not None and seen.traffic is not None else 0
    )
    if delivered:
        told = _say(
            "no log-in was tried; messages taken for delivery: {number}, so those who sent them could log in",
            number=delivered,
        )
        return Point(question, "partly", (told,), _LOG_IN)
    return Point(question, "not done", (_say("no log-in was tried, and no reply speaks of one"),), _LOG_IN)


def _authentication(report: Report) -> Point:
    question = "Are SPF, DKIM and DMARC in order?"
    told: list[Told] = []
    states: list[Status] = []
    for protocol in ("spf", "dkim", "dmarc"):
        results = _of(report, protocol)
        if not results:
            told.append(_say(f"{PROTOCOLS[protocol]} was not looked at"))
            states.append(Status.UNKNOWN)
            continue
        states.append(worst_status(results))
        passed = sum(result.status is Status.PASS for result in results)
        faults = [result for result in results if result.status in (Status.FAIL, Status.WARN, Status.UNKNOWN)]
        if not faults:
            told.append(_say(f"{PROTOCOLS[protocol]} is in order: {passed} checks passed"))
        told += [
            _say(f"{PROTOCOLS[protocol]}, {_WORDS[result.status]}: {{text}}", text=_worst(result)) for result in faults
        ]
    open_ones = Status.UNKNOWN in states
    how = "What is not known has its remedy below: most often --selector, --ip and --message FILE." if open_ones else ""
    return Point(question, "partly" if open_ones else "done", _few(told, 9), how)


_WORDS = {
    Status.FAIL: "failed",
    Status.WARN: "warning",
    Status.UNKNOWN: "not known",
    Status.PASS: "passed",
    Status.SKIPPED: "not applicable",
}


def _judged(report: Report, question: str, protocol: str, how: str) -> Point:
    """A question that the checks of one protocol answer."""
    results = _of(report, protocol)
    looked = [result for result in results if result.status in (Status.PASS, Status.WARN, Status.FAIL)]
    unknown = [result for result in results if result.status is Status.UNKNOWN]
    if not looked:
        why_not = _say("{text}", text=_worst(unknown[0])) if unknown else _say("it was not looked at")
        return Point(question, "not done", (why_not,), how)
    faults = [result for result in results if result.status in (Status.FAIL, Status.WARN)]
    told = [_say(f"{_WORDS[result.status]}: {{text}}", text=_worst(result)) for result in (*faults, *unknown)]
    if not faults:
        passed = sum(result.status is Status.PASS for result in results)
        told.insert(0, _say(f"nothing bad was found: {passed} {'check' if passed == 1 else 'checks'} passed"))
    return Point(question, "partly" if unknown else "done", _few(told), how if unknown else "")


def _of(report: Report, protocol: str) -> list[CheckResult]:
    return [result for result in report.checks if protocol_of(result.id) == protocol]


def _worst(result: CheckResult) -> str:
    """What made a check what it is, in its own words."""
    worst = result.worst
    return worst.text if worst is not None and worst.message.severity > Severity.INFO else result.id


def _few(told: Sequence[Told], most: int = MOST_TOLD) -> tuple[Told, ...]:
    left = len(told) - most
    return (*told[:most], _say(f"and {left} more, below")) if left > 0 else tuple(told)
