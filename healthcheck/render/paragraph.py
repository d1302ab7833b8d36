"""A paragraph in plain text, for the renderings that have no styles."""

import textwrap


def paragraph(text: str, width: int, indent: str = "", further: str | None = None) -> list[str]:
    """The lines of a text, behind an indent, from the second on behind `further` where that is another one.

    Words stay whole, since names and terms get copied. An empty text has no line.
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )
