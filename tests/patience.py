"""A watchdog for what must not run away: no measurement, a limit that only a hang or an explosion reaches."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIMIT = 60
"""Seconds: a thousand times what sound code takes, so that a busy machine never meets it."""


@contextmanager
def ends() -> Iterator[None]:
    """What stands inside comes to an end; AssertionError where it runs away."""

    def give_up(signum: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still running after {LIMIT} s: it hangs, or its work explodes")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
