"""Why mail is failing, in the report for a ticket: every word of a stranger's stands in a code span."""

from collections.abc import Iterator

from healthcheck.render import why
from healthcheck.render.markdown import Page, code, escaped, filled
from healthcheck.report import Report


def add_why(page: Page, report: Report, level: str) -> bool:
    """Add the causes that were seen and what each provider sees; False where no reply was observed."""
    observed = report.target.observed
    told = why.groups(report.causes)
    if observed is None or not told:
        return False
    page.add(f"{level} {why.HEADING}\n")
    for number, group in enumerate(told, 1):
        page.add("\n".join(_group(number, group, report, observed.replies)), "causes")
    views = why.noteworthy(report.providers)
    if views:
        page.add(f"{level} {why.SEES}\n")
        rows = [
            f"| {escaped(view.name)} | {view.replies:,} | {code(said)} | {escaped(asked)} |"
            for view, (said, asked) in ((view, why.seen_by(view)) for view in views)
        ]
        page.add_lines(
            ["| Provider | Replies | What it said | Asks for, and does not get |", "|---|---|---|---|", *rows],
            "providers",
        )
    return True


def _group(number: int, group: why.Group, report: Report, total: int) -> Iterator[str]:
    first = group.first
    state, who = why.STATES[first.state], why.WHO[first.who_acts]
    yield f"**{number}. {escaped(why.heading(group))}**: {state}, {why.replies(group, total)}, {who}.\n"
    yield f"{code(why.sample(group))}\n"
    told = [
        f"- {said.label or 'and'} {code(said.name)}: {code(said.text)}"
        if said.name
        else f"- {said.label}: {escaped(said.text)}"
        for said in why.lines(group, report)
    ]
    if told:
        yield "\n".join(told) + "\n"
    for cause in why.remedies(group):
        label = "**Do this:** " if cause.state == "confirmed" or not cause.suspect else "**To know it:** "
        finding = why.remedy_finding(report, cause)
        if finding is not None:
            yield from filled(label, finding.remedy_parts)
        else:
            yield f"{label}{escaped(cause.remedy)}\n"
        if cause.check_after and cause.suspect:
            yield f"**After it:** {escaped(cause.check_after)}\n"
