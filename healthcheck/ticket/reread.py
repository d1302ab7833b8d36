"""A report in JSON read back, for a ticket: as far as the contract tells of it. It may have been written by anybody.

What JSON has is what people are told: sentences and not templates, sums and not every reply. So the sentences stand as values (code
spans in Markdown), and there is no run that could be judged again; a run of --record has everything.
"""

import re
from ipaddress import ip_address
from typing import Any

import msgspec

from checks.bad_input import BadInput
from checks.delivery.observed import Observed
from checks.diagnosis.cause import Cause
from checks.diagnosis.views import View
from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.model import Finding, Message, Severity, Signature, Stream, Target
from checks.names import is_hostname
from checks.text import inert
from healthcheck.compare import Difference
from healthcheck.redact import ToldReport
from healthcheck.render.json import JsonCheck, JsonEvidence, JsonFinding, JsonReport, JsonReports, JsonStream
from healthcheck.render.what_if_json import JsonWhatIf
from healthcheck.render.why_json import JsonCause
from healthcheck.report import CheckResult, Ignored, Shown
from healthcheck.what_if import Tried, WhatIf

MOST_DEPTH = 40
_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+){0,20}")
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LEAST = frozenset(
    (
        "schema",
        "tool",
        "generated_at",
        "world",
        "target",
        "verdict",
        "summary",
        "causes",
        "checks",
        "explanations",
        "evidence",
    )
)


class BadReport(BadInput):
    """What is no report that a ticket can be made of; the message is one sentence."""


def reports_from(raw: bytes, name: str) -> tuple[tuple[ToldReport, str], ...]:
    """The reports in a file that `healthcheck domain --format json` wrote, each with the version that wrote it.

    BadReport, with the file's name, for anything else.
    """
    try:
        told = _harmless(msgspec.json.decode(raw))
        many = isinstance(told, dict) and "reports" in told
        read = msgspec.convert(told, JsonReports).reports if many else [msgspec.convert(_whole(told), JsonReport)]
        return tuple((_report(one), _line(one.tool.version)) for one in read)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as fault:
        why = str(inert(str(fault)))[:200]
        raise BadReport(
            f"{name} is no report that a ticket can be made of: {why}; a run of --record has more"
        ) from None


def _whole(told: Any) -> Any:
    """A report with what later versions added; what the contract always had must be there."""
    if not isinstance(told, dict) or not told.keys() >= _LEAST:
        return told
    return {"requirements": [], "providers": [], **told}


def _harmless(value: Any, depth: int = 0) -> Any:
    """The same with every text inert; in remedies the ends of lines part the records to publish."""
    if depth > MOST_DEPTH:
        raise ValueError("it is nested too deeply")
    match value:
        case str():
            return "\n".join(str(inert(line)) for line in value.split("\n")[:200])
        case list():
            return [_harmless(one, depth + 1) for one in value]
        case dict():
            return {str(inert(key)): _harmless(one, depth + 1) for key, one in value.items()}
        case _:
            return value


def _report(told: JsonReport) -> ToldReport:
    if not _WHEN.fullmatch(told.generated_at):
        raise ValueError("its time is none")
    if len({one.id for one in told.checks}) < len(told.checks):
        raise ValueError("it tells of one check twice")
    if any(one.replies < 0 for one in told.causes):
        raise ValueError("a number of replies in it is below zero")
    return ToldReport(
        what_if=_what_if(told.what_if) if told.what_if is not None else None,
        target=_target(told),
        unicode_domain=_line(told.target.unicode),
        world=told.world,
        generated_at=told.generated_at,
        checks=tuple(_check(one, len(told.evidence)) for one in told.checks),
        evidence=tuple(map(_answer, told.evidence)),
        told_causes=tuple(map(_cause, told.causes)),
        told_providers=tuple(
            View(
                _line(one.provider),
                _line(one.name),
                one.replies,
                tuple((_line(code), count) for code, count in one.codes.items()),
                _line(one.sample or ""),
                tuple(one.causes),
                (),
                one.met,
                one.unknown,
            )
            for one in told.providers
        ),
    )


def _what_if(told: JsonWhatIf) -> WhatIf:
    """What would change, as it was told. The records stand as values, whatever they say."""
    names = {field.name for field in msgspec.structs.fields(Difference)}
    plain = msgspec.to_builtins(told)
    difference = msgspec.convert({name: plain[name] for name in names}, Difference)
    tried = (Tried(_line(one.name), _line(one.type), tuple(map(_line, one.records)), one.asked) for one in told.set)
    return WhatIf(difference, tuple(tried), tuple(map(_line, told.overlays)))


def _target(told: JsonReport) -> Target:
    one = told.target
    for name in (one.domain, *one.selectors, *filter(None, (one.mail_from,))):
        if not is_hostname(name):
            raise ValueError(f"it names {name[:60]!a}, which is no name")
    seen = one.observed
    observed = None
    if seen is not None:
        window = (seen.window.from_, seen.window.to)
        if any(time is not None and not _WHEN.fullmatch(time) for time in window):
            raise ValueError("a time in it is none")
        observed = Observed((), max(0, seen.replies), None, *window, tuple(map(_line, seen.sources)))
    given = {ip_address(text) for text in one.ips}
    return Target(
        one.domain,
        tuple(sorted(given, key=lambda address: (address.version, int(address)))),
        tuple(one.selectors),
        one.mail_from,
        learned=tuple(stream for stream in map(_stream, one.streams) if stream.origin != "given"),
        audience=tuple(dict.fromkeys(judged.provider for judged in told.requirements if is_hostname(judged.provider))),
        observed=observed,
    )


def _stream(told: JsonStream) -> Stream:
    signed = None if told.signatures is None else tuple(Signature(x.domain, x.selector) for x in told.signatures)
    names = [name for name in (told.mail_from, told.helo) if name]
    names += [name for one in signed or () for name in (one.domain, one.selector)]
    if not all(map(is_hostname, names)):
        raise ValueError("a stream in it has a name that is none")
    ips = tuple(ip_address(text) for text in told.ips)
    return Stream(
        told.origin, told.mail_from, signed, told.helo, ips, "", _line(told.source), told.messages, told.passed
    )


def _check(told: JsonCheck, answers: int) -> CheckResult:
    if not _ID.fullmatch(told.id):
        raise ValueError(f"{told.id[:60]!a} is no check")
    shown: list[Shown] = []
    ignored: list[Ignored] = []
    for one in told.findings:
        each = Shown(_finding(one), tuple(number for number in one.evidence if 0 < number <= answers))
        if one.ignored is None:
            shown.append(each)
        else:
            why = one.ignored
            ignored.append(Ignored(each, _line(why.by), _line(why.reason), _line(why.expires or "")))
    return CheckResult(told.id, _line(told.title), tuple(shown), tuple(ignored))


def _finding(told: JsonFinding) -> Finding:
    """A message of its own for each finding: what was filled in once is a value now."""
    if not _ID.fullmatch(told.code):
        raise ValueError(f"{told.code[:60]!a} is no code")
    remedy = told.remedy.split("\n") if told.remedy else []
    fields = {f"line_{number}": line for number, line in enumerate(remedy) if line}
    template = "\n".join(f"{{line_{number}}}" if line else "" for number, line in enumerate(remedy))
    message = Message(
        told.code,
        Severity[told.severity.upper()],
        "{sentence}",
        template,
        tuple(map(_line, told.references)),
        told.basis,
    )
    explains = tuple(map(_line, told.explains))
    # Not called as a message is: the particulars of a stranger's report may have any name.
    particulars = {name: inert(value) for name, value in told.args.items()} | {"sentence": _line(told.text)}
    return Finding(
        message, _line(told.about), particulars | {name: _line(line) for name, line in fields.items()}, explains
    )


def _cause(told: JsonCause) -> Cause:
    lists = {name: tuple(value) for name, value in msgspec.structs.asdict(told).items() if isinstance(value, list)}
    rest = {
        "title": _line(told.title),
        "sample": _line(told.sample or ""),
        "check_after": _line(told.check_after),
        "providers": tuple((_line(name), count) for name, count in told.providers.items()),
    }
    return Cause(**(msgspec.structs.asdict(told) | lists | rest))


def _answer(told: JsonEvidence) -> Answer:
    asked = told.question
    return Answer(
        DnsQuestion(
            _line(str(asked.get("name", ""))),
            _line(str(asked.get("type", ""))),
            _line(str(asked.get("server", ""))),
            asked.get("tcp") is True,
            _line(str(asked.get("account", ""))),
        ),
        Outcome(told.outcome),
        tuple(map(_line, told.records)),
        tuple(map(_line, told.aliases)),
        told.ttl,
        told.authenticated,
        _line(told.server),
        _line(told.asked_at),
        told.elapsed_ms / 1000,
        _line(told.detail),
    )


def _line(text: str) -> str:
    """On one line, whatever it was."""
    return str(inert(text))
