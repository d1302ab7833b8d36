"""The patients of the built-in lab: grouped by what they are ill of, for a person and as JSON."""

import shlex
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from healthcheck.render import WIDTH, indented
from healthcheck.render.words import PROTOCOLS

NOT_ILL = "Well, and shown as such"


class Bed(NamedTuple):
    """A patient as it is shown: `options` make the illness visible beside --lab, `codes` are then found."""

    domain: str
    illness: str
    options: tuple[str, ...]
    codes: tuple[str, ...]


def render(beds: Sequence[Bed], width: int = WIDTH) -> str:
    """A heading a protocol, and under it a patient a line, with what else is to be typed where that is needed."""
    longest = max((len(bed.domain) for bed in beds), default=0)
    lines = [f"{len(beds)} example domains, no network. To see one:  healthcheck domain NAME [OPTIONS] --lab"]
    for group, ill in _grouped(beds).items():
        lines += ["", group]
        for bed in ill:
            lines += _lines(f"  {bed.domain:<{longest}}  ", bed.illness, width)
            if bed.options:
                lines += _lines(f"  {'':<{longest}}  ", shlex.join(bed.options), width)
    return "\n".join(lines) + "\n"


def as_json(beds: Iterable[Bed]) -> str:
    """Schema healthcheck.lab/1: fields are added, never renamed."""
    told: dict[str, Any] = {"schema": "healthcheck.lab/1", "world": "lab", "patients": [bed._asdict() for bed in beds]}
    return indented(told)


def _grouped(beds: Iterable[Bed]) -> dict[str, list[Bed]]:
    groups: dict[str, list[Bed]] = {}
    for bed in beds:
        protocol = bed.codes[0].partition(".")[0] if bed.codes else ""
        name = PROTOCOLS.get(protocol, protocol) or NOT_ILL
        groups.setdefault(name, []).append(bed)
    return groups


def _lines(prefix: str, text: str, width: int) -> list[str]:
    """The text behind the prefix, on as many lines as it needs; an option stays with its value as long as words do."""
    return textwrap.wrap(
        text, max(width, 60), initial_indent=prefix, subsequent_indent=" " * len(prefix), break_on_hyphens=False
    )
