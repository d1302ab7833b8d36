"""Reports to text: one module a format, each `render(...) -> str`.

The particulars of findings are inert already (checks.text); what a renderer adds is its own markup, and the care that
strangers' words stay outside of it.
"""

WIDTH = 110
"""Columns of text where there is no terminal to ask."""


def indented(value: object, *, in_order: bool = False) -> str:
    """A value as JSON that a person can read, with an end of line; `in_order`: keys of mappings sorted."""
    import msgspec  # start-up time: where JSON is written

    return (
        msgspec.json.format(msgspec.json.encode(value, order="sorted" if in_order else None), indent=2).decode() + "\n"
    )


def many(number: int, word: str, words: str = "") -> str:
    """`1 message`, `1,204 messages`; `words` is the plural where that is not the word with an s."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {words or word + 's'}"
