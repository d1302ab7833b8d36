"""A large log cut into shares at ends of lines, and each counted in a process of its own.

A share is counted without a look at what stands before it. What it would have had to know from there is put aside: attempts
whose sender is not told in it, and messages that ran out of time while it was not told who waits. Its year is guessed by the
months at the cuts. The process that started the others counts the first share itself, then takes in one after the other,
and reads itself what could not be counted so: lines of a mail system that is not Postfix, a wrong guess.
"""

import os
import sys
from datetime import tzinfo
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from checks.delivery.meaning import Said
from healthcheck.intake import stamps
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.fast import Sums
from healthcheck.intake.read import Sample
from healthcheck.intake.servers.postfix import Recent

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection  # start-up time: where a file is large

LEAST = 6 * 1024 * 1024
"""Bytes that are worth a process."""
_BEFORE = 64 * 1024
_LONGEST = 1024 * 1024


class Task(msgspec.Struct, frozen=True):
    """A share to count: from one byte to another (None: to the end), `clock`: the year and the month before it."""

    path: str
    name: str
    begin: int
    end: int | None
    zone: tzinfo
    chosen: Chosen
    traffic: bool
    clock: tuple[int | None, int]
    now: float


class Expired(msgspec.Struct, frozen=True):
    """A message that ran out of time. `waiting`: recipients who wait as far as the share tells; `mentioned`: all of whom it
    had told by then."""

    said: Said
    line: int
    waiting: tuple[str, ...]
    mentioned: frozenset[str]


class Share(msgspec.Struct):
    """What a share came to. Lines are counted from its first. `attempted`: the recipients of attempts put aside, by queue id."""

    sums: Any
    lines: int
    events: int
    forms: set[str]
    unread_lines: int
    unread_bytes: int
    samples: list[Sample]
    later: list[tuple[int, Said]]
    expired: list[Expired]
    senders: Any
    pending: dict[str, dict[str, None]]
    first_month: int
    clock: tuple[int | None, int]


class Running:
    """A share that is being counted. `answer` is a file that is read once the process has ended, or a pipe."""

    def __init__(self, process: Any, answer: Any, task: Task) -> None:
        self.task = task
        self._process, self._answer = process, answer

    def result(self) -> Share | None:
        """What it came to; None where it has to be read in order, by whoever asks."""
        import pickle  # start-up time: as below

        share: Share | None = None
        try:
            if isinstance(self._answer, BufferedRandom):
                self._process.join()
                self._answer.seek(0)
                if self._process.exitcode == 0:
                    share = pickle.load(self._answer)  # noqa: S301 - nobody but our own process has this file
            else:
                share = self._answer.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            share = None
        self.stop()
        return share

    def stop(self) -> None:
        """End it, done or not."""
        self._answer.close()
        self._process.terminate()
        self._process.join()


class Shares:
    """Cuts files, and starts what counts their shares. `jobs`: processes at most, this one among them."""

    def __init__(self, jobs: int | None) -> None:
        self.jobs = jobs if jobs is not None else _processors()

    def cuts(self, path: Path) -> list[int]:
        """Where the shares but the first begin; nothing for a file that is not worth it."""
        try:
            size = path.stat().st_size
            number = min(self.jobs, size // LEAST)
            if number < 2:
                return []
            with path.open("rb") as file:
                return sorted({end for at in range(1, number) if (end := _line_end(file, size * at // number)) < size})
        except OSError:
            return []

    def start(self, task: Task, work: "Callable[[Task], Share | None]") -> Running:
        """Count a share beside this process."""
        import multiprocessing  # start-up time: where a file is large
        import signal
        import threading

        if sys.platform == "linux" and threading.active_count() == 1:
            # What it came to waits in a file without a name: by the time it is read the process and its memory are gone.
            answer = open(os.memfd_create("share"), "w+b")  # noqa: SIM115 - closed by Running
            process: Any = multiprocessing.get_context("fork").Process(
                target=_run, args=(task, work, answer), daemon=True
            )
            # An interruption waits until the process is known to be there, and to ignore it: else it lives on without anybody.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return Running(process, answer, task)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(task, work, theirs), daemon=True)
        process.start()
        theirs.close()
        return Running(process, ours, task)


def tasks_of(task: Task, cuts: list[int]) -> list[Task]:
    """The shares of a file behind each cut. `task` is the first share, and tells what they have in common."""
    tasks = []
    year, month = task.clock
    with Path(task.path).open("rb") as file:
        for begin, end in zip(cuts, [*cuts[1:], None], strict=True):
            file.seek(max(0, begin - _BEFORE))
            found = stamps.last_month(file.read(min(begin, _BEFORE)))
            if found and year is not None:
                year, month = stamps.year_after(year, month, found), found
            tasks.append(msgspec.structs.replace(task, begin=begin, end=end, clock=(year, month)))
    return tasks


def follows(share: Share, guessed: tuple[int | None, int], clock: stamps.YearlessClock) -> bool:
    """True where a share that began with a guess goes on from this clock."""
    if not share.first_month:
        return True
    years = [
        None if year is None else stamps.year_after(year, month, share.first_month)
        for year, month in (guessed, clock.state)
    ]
    return years[0] is not None and years[0] == years[1]


def _line_end(file: Any, at: int) -> int:
    """The first end of a line from there on."""
    file.seek(at)
    while line := file.readline(_LONGEST):
        at += len(line)
        if line[-1] == 10:
            break
    return at


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(task: Task, work: "Callable[[Task], Share | None]", answer: BinaryIO) -> None:
    import pickle  # beside its only use

    _alone()
    pickle.dump(work(task), answer, pickle.HIGHEST_PROTOCOL)
    answer.flush()


def _send(task: Task, work: "Callable[[Task], Share | None]", pipe: "Connection") -> None:
    _alone()
    pipe.send(work(task))
    pipe.close()


def _alone() -> None:
    """Make ready to do one thing and end."""
    import gc  # beside its only use
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one hears it, and ends it
    gc.disable()


__all__ = ["Expired", "Recent", "Running", "Share", "Shares", "Sums", "Task", "follows", "tasks_of"]
