"""Why mail is failing, in the report for a terminal."""

from collections.abc import Iterator

from checks.diagnosis.views import View
from healthcheck.render import why
from healthcheck.render.text import Line, Span, filled, wrapped
from healthcheck.report import Report

_HEADING = 48
_LABEL = 11
_NAME = 22
_STATE_STYLES = {"confirmed": "fail", "open": "unknown", "ruled-out": "pass"}


def why_lines(report: Report, width: int) -> Iterator[Line]:
    """The causes that were seen, by kind of failure; nothing where no reply was observed."""
    observed = report.target.observed
    causes = report.causes
    told = why.groups(causes)
    if observed is None or not told:
        return
    yield ()
    yield (Span(why.HEADING, "heading"),)
    for number, group in enumerate(told[: why.MOST_GROUPS], 1):
        yield from _group(number, group, report, observed.replies, width)
    if len(told) > why.MOST_GROUPS:
        yield (Span(f"     and {len(told) - why.MOST_GROUPS} more kinds of failure (--format json has all)", "quiet"),)
    views = why.noteworthy(report.providers)
    if views:
        yield ()
        yield (Span(why.SEES, "heading"),)
        for view in views:
            yield from _view(view, width)


def _group(number: int, group: why.Group, report: Report, total: int, width: int) -> Iterator[Line]:
    first = group.first
    lead = f"{number:3}  {why.heading(group)}"
    state = Span(why.STATES[first.state], _STATE_STYLES[first.state])
    tail = f"   {why.replies(group, total)}   {why.WHO[first.who_acts]}"
    padded = f"{lead:<{_HEADING}}"
    if len(padded) + len(state.text) + len(tail) <= width and len(lead) <= _HEADING - 2:
        yield (Span(lead, "do"), Span(padded[len(lead) :]), state, Span(tail))
    else:
        yield from wrapped("", lead, width, "do")
        yield (Span("     "), state, Span(tail))
    yield from wrapped("     ", why.sample(group), width, "quiet")
    label = ""
    for said in why.lines(group, report):
        shown = "" if said.label == label else said.label
        label = said.label or label
        head = f"     {shown:<{_LABEL}}"
        yield from wrapped(f"{head}{said.name:<{_NAME}}  " if said.name else head, said.text, width)
    for cause in why.remedies(group):
        label = "do this" if cause.state == "confirmed" or not cause.suspect else "to know it"
        head = f"     {label:<{_LABEL}}"
        finding = why.remedy_finding(report, cause)
        yield from filled(head, finding.remedy_parts, width) if finding else wrapped(head, cause.remedy, width)
        if cause.check_after and cause.suspect:
            yield from wrapped(f"     {'after it':<{_LABEL}}", cause.check_after, width, "quiet")


def _view(view: View, width: int) -> Iterator[Line]:
    said, asked = why.seen_by(view)
    head = f"     {view.name:<{_LABEL}} " if len(view.name) <= _LABEL else f"     {view.name} "
    yield from wrapped(head, said, width)
    if asked:
        yield from wrapped(f"     {'':<{_LABEL}} ", f"asks for, and does not get: {asked}", width)
