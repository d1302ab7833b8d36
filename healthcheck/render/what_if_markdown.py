"""What would change, in the report for a ticket: strangers' words in code spans."""

from checks.text import inert
from healthcheck.render import what_if as words
from healthcheck.render.markdown import Page, code, escaped
from healthcheck.what_if import WhatIf


def add_what_if(page: Page, what_if: WhatIf, name: str, level: str) -> None:
    """Add what would change, before the report of what would be."""
    page.add(f"{level} {code(name)}, {escaped(words.headline(what_if))}\n")
    told, label = [], ""
    for one in words.lines(what_if):
        label = one.label or label
        told.append(f"- {escaped(label)}: {escaped(one.text)}{code(str(inert(one.value)))}".rstrip())
    page.add_lines(told, "changes")
