"""Paths that are no files: a pipe, as the shell makes of `<(...)`, gives what it holds once; most devices never end."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

PATIENCE = 30.0
"""Seconds that a pipe is waited for which nobody has opened to write."""


def refused(path: Path, told: os.stat_result) -> str | None:
    """Why it is not read, in a few words; None for a pipe and for the devices that end."""
    if stat.S_ISSOCK(told.st_mode):
        return "it is a socket"
    return None if stat.S_ISFIFO(told.st_mode) or _ends(path, told) else "it is a device, which has no end"


def _ends(path: Path, told: os.stat_result) -> bool:
    """True for a terminal, and for the device that is always empty."""
    if not stat.S_ISCHR(told.st_mode):
        return False
    try:
        if told.st_rdev == os.stat(os.devnull).st_rdev:
            return True
        with path.open("rb", buffering=0) as device:
            return device.isatty()
    except OSError:
        return False


def awaited(path: Path, buffering: int) -> BinaryIO:
    """A pipe, as soon as somebody writes to it. OSError where nobody has it open within PATIENCE."""
    import threading  # start-up time: where there is a pipe

    ends: list[BinaryIO | OSError] = []

    def wait() -> None:
        try:
            ends.append(path.open("rb", buffering=buffering))
        except OSError as fault:
            ends.append(fault)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(PATIENCE)
    late = waiting.is_alive()
    if late:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))  # so that the thread ends
        waiting.join()
    (end,) = ends
    if isinstance(end, OSError):
        raise end
    if late:
        end.close()
        raise TimeoutError(0, f"it is a pipe, and nobody has opened it to write for {PATIENCE:.0f} seconds")
    return end
