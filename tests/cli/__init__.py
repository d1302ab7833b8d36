"""The command line as a person meets it: what is typed, what is said, and the exit code.

`run` calls it in this process; `spawn` starts a process of its own, for what only a process can show: signals, closed
streams, start-up.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from healthcheck import cli

ROOT = Path(__file__).parents[2]
QUICK = ("--lab", "--only", "spf.lookup-limit")
"""A run that needs no network and does not change as checks are added."""


class Said(NamedTuple):
    """What came of one command line."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Run a command line in this process."""
    code = cli.run([str(word) for word in arguments])
    out, err = capsys.readouterr()
    return Said(code, out, err)


def command(*arguments: object) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "healthcheck", *map(str, arguments)]


def spawn(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in a process of its own; a shell line if `shell` is given."""
    return subprocess.run(command(*arguments), capture_output=True, cwd=ROOT, timeout=60, check=False, **options)


def shell(line: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `line`, a line of sh in which `"$@"` is the command."""
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", *command(*arguments)],
        capture_output=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


def complains(said: Said) -> bool:
    """True if the person was told one sentence, on standard error, and nothing else happened."""
    one_line = said.err.count("\n") == 1 and said.err.startswith("healthcheck: ")
    return said.code == 2 and not said.out and one_line and "Traceback" not in said.err
