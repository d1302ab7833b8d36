"""Causes, what each provider sees, and what the codes mean, in the shape of the report's JSON."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from checks.diagnosis.cause import Cause
from checks.text import inert
from healthcheck.report import Report

MOST_EXPLAINED = 100
"""Codes that are explained in one report."""


class JsonCause(msgspec.Struct):
    """A cause. `share` is its part of all failed replies seen, null where none were; `seen` is false for what is expected
    from the findings alone. `providers` says which mailbox providers said so how often."""

    id: str
    title: str
    state: Literal["confirmed", "ruled-out", "open"]
    category: str
    suspect: str
    suspects: list[str]
    who_acts: Literal["sender", "recipient", "provider", "nobody", "unknown"]
    share: float | None
    replies: int
    confirmed_by: list[str]
    ruled_out_by: list[str]
    open_because: list[str]
    remedy: str
    explains: list[str]
    seen: bool
    sample: str | None
    providers: dict[str, int]
    check_after: str


class JsonUnmet(msgspec.Struct):
    """A requirement of a provider that the run proved not to be met, and the codes that say so."""

    id: str
    requirement: str
    by: list[str]
    source: str
    source_date: str


class JsonView(msgspec.Struct):
    """What one mailbox provider sees. `causes` are ids; `met` and `unknown` count requirements."""

    provider: str
    name: str
    replies: int
    codes: dict[str, int]
    sample: str | None
    causes: list[str]
    not_met: list[JsonUnmet]
    met: int
    unknown: int


def json_causes(causes: Sequence[Cause]) -> list[JsonCause]:
    """The causes, as they rank."""
    return [
        JsonCause(
            id=_safe(one.id),
            title=_safe(one.title),
            state=one.state,
            category=one.category,
            suspect=one.suspect,
            suspects=list(one.suspects),
            who_acts=one.who_acts,  # type: ignore[arg-type]  # the catalogue's words are these
            share=one.share,
            replies=one.replies,
            confirmed_by=list(one.confirmed_by),
            ruled_out_by=list(one.ruled_out_by),
            open_because=[_safe(why) for why in one.open_because],
            remedy=_prose(one.remedy),
            explains=[_safe(code) for code in one.explains],
            seen=one.seen,
            sample=_safe(one.sample) or None,
            providers={_safe(name): count for name, count in one.providers},
            check_after=one.check_after,
        )
        for one in causes
    ]


def json_views(report: Report) -> list[JsonView]:
    """What each provider sees."""
    return [
        JsonView(
            provider=view.provider,
            name=view.name,
            replies=view.replies,
            codes={_safe(code): count for code, count in view.codes},
            sample=_safe(view.sample) or None,
            causes=list(view.causes),
            not_met=[
                JsonUnmet(
                    one.requirement.id, one.requirement.text, list(one.by), one.requirement.source, one.requirement.date
                )
                for one in view.not_met
            ],
            met=view.met,
            unknown=view.unknown,
        )
        for view in report.providers
    ]


def json_explanations(report: Report) -> dict[str, dict[str, Any]]:
    """What the codes that were seen mean, by code: the reading that most replies have."""
    observed = report.target.observed
    if observed is None or not observed.failures:
        return {}
    from checks.replies.explain import explain  # start-up time: where a reply was seen

    found: dict[str, dict[str, Any]] = {}
    for failure in sorted(observed.failures, key=lambda one: -one.replies):
        code = _safe(failure.enhanced or failure.basic or failure.category)
        if code in found:
            if failure.category not in (found[code]["category"], *found[code]["also"]):
                found[code]["also"].append(failure.category)
        elif len(found) < MOST_EXPLAINED:
            found[code] = _explained(explain(failure.reply, failure.provider, None, failure.host))
    return found


def _explained(one: Any) -> dict[str, Any]:
    """The parts of an explanation that speak of the code; the fields are those of `healthcheck explain`."""
    told = (
        "category",
        "title",
        "meaning",
        "action",
        "permanence",
        "retry",
        "wait_s",
        "suppress",
        "who_acts",
        "provider",
    )
    return {name: getattr(one, name) for name in told} | {
        "registry": one.registry,
        "sources": list(one.sources),
        "also": [],
    }


def _safe(text: str) -> str:
    return str(inert(text))


def _prose(text: str) -> str:
    """A remedy, whose line ends are ours: they part the records to publish."""
    return "\n".join(map(_safe, text.split("\n")))
