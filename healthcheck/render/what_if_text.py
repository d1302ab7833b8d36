"""What would change, in the report for a terminal."""

from collections.abc import Iterator

from checks.text import inert
from healthcheck.render import what_if as words
from healthcheck.render.text import VERDICT_STYLES, Line, Span, wrapped
from healthcheck.what_if import WhatIf

_LABEL = 13


def what_if_lines(what_if: WhatIf, name: str, width: int) -> Iterator[Line]:
    """What would change, and an empty line."""
    change = what_if.difference
    style = "fail" if what_if.is_worse else VERDICT_STYLES[change.new_verdict]
    told = tuple(wrapped("", f"{name}, {words.headline(what_if)}", width, style))
    yield told[0]
    yield from ((Span("     "), *line[1:]) for line in told[1:])
    for one in words.lines(what_if):
        head = f"     {one.label:<{_LABEL}}"
        if one.value and not one.text:
            yield (Span(head), Span(str(inert(one.value)), "do" if one.label == "with" else ""))
        else:
            yield from wrapped(head, f"{one.text}{inert(one.value)}", width)
    yield ()
