"""Remedies that can be tried before they are published: the records of a remedy as `--set` options, to copy and paste."""

import re
from collections.abc import Iterator

from checks.model import Basis, Finding, Severity
from checks.text import Part
from healthcheck.render.text import Line, Span
from healthcheck.render.words import blocks, chosen
from healthcheck.report import Report

HEADING = "Try it before you publish it: the same command with"
_RECORD = re.compile(r"(\S+\.) ([A-Z]{1,10}) (\S.*)")
_NOT_READY = re.compile(r"[<…]")
"""What stands for something that only the reader knows, and what was cut."""


def try_lines(report: Report) -> Iterator[Line]:
    """The options for every remedy that names records, with the code of the finding; nothing where none does."""
    found = chosen(report, Basis.OBSERVED, Severity.CRITICAL, Severity.ERROR, Severity.WARNING)
    told = [(shown.finding.message.code, options) for shown in found for options in set_options(shown.finding)]
    if told:
        yield ()
        yield (Span(HEADING, "heading"),)
    for code, options in dict.fromkeys(told):
        yield (Span(f"  {code}", "quiet"),)
        yield (Span(f"    {options}", "do"),)


def set_options(finding: Finding) -> tuple[str, ...]:
    """What to add to a command line to try what a finding's remedy names; several where they are alternatives.

    Records of different names or types belong together, those of one name and type are a choice.
    """
    records = _records(finding.remedy_parts)
    if len({(name, rdtype) for name, rdtype, _ in records}) < len(records):
        return tuple(_option(*record) for record in records)
    return (" ".join(_option(*record) for record in records),) if records else ()


def _records(parts: tuple[Part, ...]) -> list[tuple[str, str, str]]:
    lines = [line for block in blocks(parts) if block.verbatim for line in block.text.split("\n")]
    found = [_RECORD.fullmatch(line) for line in lines]
    return [(one[1], one[2], one[3]) for one in found if one and not _NOT_READY.search(one[0])]


def _option(name: str, rdtype: str, value: str) -> str:
    """Quoted as every shell reads it; a finding's words hold no character that does not print."""
    record = f"{name} {rdtype} {value}".replace("'", "'\\''")
    return f"--set '{record}'"
