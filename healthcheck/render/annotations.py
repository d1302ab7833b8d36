"""Findings as annotations in the log of a build: GitHub's workflow commands.

    ::error file=db.example.com,line=7,title=spf.lookup-limit.exceeded::evaluating the SPF record ... needs 12 lookups

GitHub shows ten of a kind for each step, so nine are given and the last one counts the rest. A finding that has no line
in a file is an annotation without one: it stands with the run.
"""

from collections.abc import Sequence

from healthcheck.render.places import Placed, Places, placed, told_of
from healthcheck.report import Report

MOST_OF_A_KIND = 9
LONGEST = 2000
_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(reports: Sequence[Report], places: Places) -> str:
    """One line an annotation, the gravest first; "" where all is well."""
    found = placed(reports, places)
    lines = []
    for level, kind in _KINDS.items():
        alike = [one for one in found if one.level == level]
        lines += [_line(kind, one) for one in alike[:MOST_OF_A_KIND]]
        if len(alike) > MOST_OF_A_KIND:
            lines.append(f"::{kind} title=healthcheck::and {len(alike) - MOST_OF_A_KIND} more, in the report")
    return "".join(f"{line}\n" for line in lines)


def _line(kind: str, one: Placed) -> str:
    properties = {"title": one.finding.message.code}
    if one.place is not None:
        properties = {"file": one.place[0], "line": str(one.place[1]), **properties}
    told = told_of(one.finding)[:LONGEST]
    return f"::{kind} {','.join(f'{key}={_property(value)}' for key, value in properties.items())}::{_data(told)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
