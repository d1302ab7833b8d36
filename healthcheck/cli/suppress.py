"""`--suppress-list`: the addresses to stop sending to, as a file for the program that sends."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from checks.delivery.tally import Suppressed
from healthcheck.cli.output import write_file
from healthcheck.cli.say import say

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula where a cell begins with it."""


def write_list(path: Path, found: Sequence[Suppressed], cut: bool, quiet: bool) -> None:
    """Write the list whole or not at all: one address a line, or a table where the name ends in .csv.

    `cut`: there were more than are remembered. BadOutput where it cannot be written.
    """
    content = as_csv(found) if path.suffix.lower() == ".csv" else as_lines(found)
    write_file(path, content.encode())
    if quiet:
        return
    say(f"{path}: {len(found):,} {'address' if len(found) == 1 else 'addresses'} to stop sending to")
    if cut:
        say(f"{path} is not whole: there are more addresses than are remembered; read fewer files at once")


def as_lines(found: Sequence[Suppressed]) -> str:
    """One address a line, as the mail system had it."""
    return "".join(f"{one.recipient}\n" for one in found)


def as_csv(found: Sequence[Suppressed]) -> str:
    """A table for people: address, reason, last, times. A cell that a spreadsheet would compute begins with an apostrophe."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("address", "reason", "last", "times"))
    for one in found:
        writer.writerow((_cell(one.recipient), _cell(one.reason), one.last or "", one.times))
    return table.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
