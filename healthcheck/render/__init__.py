"""Reports to text: one module a format, each `render(...) -> str`.

The particulars of findings are inert already (checks.text); what a renderer adds is its own markup, and the care that
strangers' words stay outside of it.
"""

WIDTH = 110
"""Columns of text where there is no terminal to ask."""


def many(number: int, word: str) -> str:
    """`1 message`, `1,204 messages`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
