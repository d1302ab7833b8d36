"""The difference of two reports, for people, for tickets and as JSON (schema healthcheck.diff/1)."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.text import inert
from healthcheck.compare import CauseChange, Difference, ReadFinding, RecordChange, StatusChange
from healthcheck.render import WIDTH, indented, many
from healthcheck.render.markdown import code, escaped
from healthcheck.render.paragraph import paragraph

_HEADINGS = (
    ("worse", "Worse"),
    ("applying", "Applies now"),
    ("better", "Better"),
    ("lost", "No longer known"),
    ("regained", "Known again"),
)


def json(differences: Sequence[Difference], missing: Sequence[str] = (), added: Sequence[str] = ()) -> str:
    """`missing` are domains that only the earlier file has, `added` those that only the later one has."""
    told = {
        "schema": "healthcheck.diff/1",
        "worse": any(one.is_worse for one in differences),
        "missing": list(missing),
        "added": list(added),
        "domains": [{**msgspec.structs.asdict(one), "is_worse": one.is_worse} for one in differences],
    }
    return indented(told)


def text(differences: Sequence[Difference], missing: Sequence[str] = (), added: Sequence[str] = ()) -> str:
    """The answer in the first line of each domain, then what differs."""
    lines = [line for one in differences for line in (*_lines(one), "")]
    lines += [f"{_plain(name)}: only in the earlier report" for name in missing]
    lines += [f"{_plain(name)}: only in the later report" for name in added]
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(one: Difference) -> Iterator[str]:
    if one.is_empty:
        yield f"{_plain(one.domain)}: nothing has changed, {one.new_verdict.value.upper()} as before"
        return
    yield f"{_plain(one.domain)}: {headline(one)}"
    for name, heading in _HEADINGS:
        changes: tuple[StatusChange, ...] = getattr(one, name)
        if changes:
            yield ""
            yield heading
            yield from (f"  {change.check:<32} {change.old.value} -> {change.new.value}" for change in changes)
    yield from _findings("Appeared", one.appeared, with_remedy=True)
    yield from _findings("Cleared", one.cleared, with_remedy=False)
    if one.causes:
        yield ""
        yield "Causes"
        for cause in one.causes:
            yield from paragraph(f"{_plain(cause.title or cause.id)}: {_cause(cause)}", WIDTH, "  ")
    if one.records:
        yield ""
        yield "Records"
        for record in one.records:
            yield f"  {_plain(record.name)} {_plain(record.type)}"
            yield from (f"  {sign} {_plain(value)}" for sign, value in changed_values(record))


def headline(one: Difference) -> str:
    """What has become of the domain, in one clause."""
    if one.old_verdict is not one.new_verdict:
        verdict = f"{one.old_verdict.value.upper()} -> {one.new_verdict.value.upper()}"
    else:
        verdict = f"still {one.new_verdict.value.upper()}"
    counts = (
        (len(one.appeared), "appeared"),
        (len(one.cleared), "cleared"),
        (len(one.worse), "worse"),
        (len(one.applying), "applying now"),
        (len(one.better), "better"),
        (len(one.lost), "no longer known"),
        (len(one.records), "changed records" if len(one.records) != 1 else "changed record"),
    )
    return ", ".join((verdict, *(f"{number} {word}" for number, word in counts if number)))


def changed_values(record: RecordChange) -> list[tuple[str, str]]:
    """The values that went (`-`) and that came (`+`); a name without any is said in words."""
    gone = [value for value in record.old if value not in record.new] or ([] if record.old else ["(nothing)"])
    come = [value for value in record.new if value not in record.old] or ([] if record.new else ["(nothing)"])
    return [*(("-", value) for value in gone), *(("+", value) for value in come)]


def _cause(change: CauseChange) -> str:
    if not change.old:
        return f"new, {change.new}{_replies(change.new_replies)}"
    if not change.new:
        return f"explained no more: {change.old}{_replies(change.old_replies)} before"
    states = f"{change.old} -> {change.new}" if change.old != change.new else change.new
    return f"{states}, {change.old_replies:,} -> {change.new_replies:,} failed replies"


def _replies(count: int) -> str:
    return f", {many(count, 'failed reply', 'failed replies')}" if count else ""


def _findings(heading: str, findings: Iterable[ReadFinding], with_remedy: bool) -> Iterator[str]:
    found = list(findings)
    if found:
        yield ""
        yield heading
    for one in found:
        yield f"  {_plain(one.severity)}  {_plain(one.code)}"
        yield from paragraph(_plain(one.text), WIDTH, "    ")
        if with_remedy and one.remedy:
            first, *records = one.remedy.split("\n")
            yield from paragraph(f"do this: {_plain(first)}", WIDTH, "    ")
            yield from (f"    {_plain(record)}" for record in records if record)


def _plain(value: str) -> str:
    """A word out of a file that anybody may have written."""
    return str(inert(value))


def markdown(differences: Sequence[Difference], missing: Sequence[str] = (), added: Sequence[str] = ()) -> str:
    """For a ticket: strangers' words in code spans, as in the Markdown report."""
    parts = [part for one in differences for part in _paragraphs(one)]
    parts += [f"{code(_plain(name))}: only in the earlier report\n" for name in missing]
    parts += [f"{code(_plain(name))}: only in the later report\n" for name in added]
    return "\n".join(parts)


def _paragraphs(one: Difference) -> Iterator[str]:
    told = "nothing has changed" if one.is_empty else escaped(headline(one))
    yield f"# {code(_plain(one.domain))}: {told}\n"
    for name, heading in _HEADINGS:
        changes: tuple[StatusChange, ...] = getattr(one, name)
        if changes:
            yield f"## {heading}\n"
            yield "".join(f"- {code(_plain(x.check))}: {x.old.value} → {x.new.value}\n" for x in changes)
    for heading, findings in (("Appeared", one.appeared), ("Cleared", one.cleared)):
        if findings:
            yield f"## {heading}\n"
            yield "".join(
                f"- {code(_plain(x.code))} ({escaped(_plain(x.severity))}): {code(_plain(x.text))}\n" for x in findings
            )
    if one.causes:
        yield "## Causes\n"
        yield "".join(f"- {code(_plain(x.title or x.id))}: {escaped(_cause(x))}\n" for x in one.causes)
    if one.records:
        yield "## Records\n"
        for record in one.records:
            values = "".join(f"  - {sign} {code(_plain(value))}\n" for sign, value in changed_values(record))
            yield f"- {code(_plain(record.name))} {escaped(_plain(record.type))}\n{values}"
