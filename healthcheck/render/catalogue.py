"""The catalogue of checks as text: what is checked, and everything that may be said about it."""

import textwrap
from collections.abc import Iterable, Sequence

from checks.model import AnyCheck, Message
from checks.text import spelled_out
from healthcheck.render import WIDTH


def overview(checks: Sequence[AnyCheck]) -> str:
    """A line a check: its id and the healthy condition."""
    longest = max(len(check.id) for check in checks)
    return "".join(f"{check.id:<{longest}}  {check.title}\n" for check in checks)


def details(checks: Sequence[AnyCheck], others: Sequence[Message], wanted: str) -> str:
    """All that the checks with this id, these first words or this code may say; "" where there is none.

    `others` are messages that belong to no check of the catalogue.
    """
    chosen = [check for check in checks if wanted == check.id or check.id.startswith(wanted + ".")]
    if chosen:
        return "\n".join(f"{check.id}\n  {check.title}\n\n" + _messages(check.messages) for check in chosen)
    coded = [message for check in checks for message in check.messages if message.code == wanted]
    return _messages(coded or [message for message in others if message.code == wanted])


def _messages(messages: Iterable[Message]) -> str:
    return "".join(
        f"  {message.code}   {message.severity.name.lower()}, {message.basis.value}\n"
        + _paragraph("    ", spelled_out(message.text))
        + (_paragraph("    do this: ", spelled_out(message.remedy)) if message.remedy else "")
        + (_paragraph("    see: ", ", ".join(message.references)) if message.references else "")
        + "\n"
        for message in messages
    )


def _paragraph(prefix: str, text: str) -> str:
    return (
        textwrap.fill(
            " ".join(text.split()), WIDTH, initial_indent=prefix, subsequent_indent="    ", break_on_hyphens=False
        )
        + "\n"
    )
