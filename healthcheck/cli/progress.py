"""Progress on long work: one line on standard error, on terminals only, gone when the work is done."""

import sys
from time import monotonic
from types import TracebackType

from checks.inquiry import Answer
from checks.text import inert

QUIET_FOR = 0.5
"""Seconds in which nothing is shown: most runs are over by then."""
EVERY = 0.1
"""Seconds between two updates."""


class Progress:
    """Counts answers and finished targets. Use as a context manager."""

    def __init__(self, targets: int, shown: bool) -> None:
        self._targets, self._done, self._answers = targets, 0, 0
        self._shown = shown and sys.stderr is not None and sys.stderr.isatty()
        self._next = monotonic() + QUIET_FOR
        self._drawn = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def answered(self, answer: Answer) -> None:
        """One more answer has come."""
        self._answers += 1
        if self._shown and monotonic() >= self._next:
            self._next = monotonic() + EVERY
            self._drawn = True
            done = f"{self._done} of {self._targets} domains, " if self._targets > 1 else ""
            sys.stderr.write(f"\r\x1b[2K{done}{self._answers} answers, last: {inert(answer.question.name[:40])}")
            sys.stderr.flush()

    def reported(self) -> None:
        """One more target is done."""
        self._done += 1
