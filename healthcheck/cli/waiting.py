"""A sign of life while files are read: one line on standard error, on terminals only, gone when the work is done."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from time import monotonic
from types import FrameType, TracebackType
from typing import Any

from checks.text import inert

QUIET_FOR = 1.0
"""Seconds in which nothing is shown."""
EVERY = 0.5
"""Seconds between two updates."""


class Waiting:
    """Says what is read and for how long. Use as a context manager in the main thread.

    An alarm and no thread: files may be read by processes that are forked from this one, and what a second thread
    held at that moment would stay locked in them for ever.
    """

    def __init__(self, paths: Sequence[str], shown: bool) -> None:
        on_terminal = shown and sys.stderr is not None and sys.stderr.isatty()
        self._able = (
            on_terminal and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        )
        self._what = _described(paths) if self._able else ""
        self._began = monotonic()
        self._before: Any = None
        self._drawn = False
        self._owner = os.getpid()

    def __enter__(self) -> "Waiting":
        if self._able:
            self._before = signal.signal(signal.SIGALRM, self._tick)
            signal.setitimer(signal.ITIMER_REAL, QUIET_FOR, EVERY)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._able:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
        if self._drawn:
            self._put("\r\x1b[2K")

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() == self._owner:
            self._drawn = True
            self._put(f"\r\x1b[2Kreading {self._what}: {monotonic() - self._began:.0f} s")

    def _put(self, text: str) -> None:
        try:
            os.write(sys.stderr.fileno(), text.encode(errors="replace"))
        except (OSError, ValueError):
            self._drawn = False


def _described(paths: Sequence[str]) -> str:
    """The one path by its name, or how many there are; with the size of plain files."""
    size = 0
    for path in paths:
        try:
            size += os.stat(path).st_size if os.path.isfile(path) else 0
        except (OSError, ValueError):
            continue
    name = (
        str(inert(os.path.basename(paths[0].rstrip("/")) or paths[0]))[:40]
        if len(paths) == 1
        else f"{len(paths)} files"
    )
    return f"{name} ({size / 2**20:,.0f} MiB)" if size >= 2**20 else name
