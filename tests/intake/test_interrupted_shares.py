"""A process that counts a share beside this one hears no interruption, from its first moment on."""

import signal
import sys

import pytest

from healthcheck.intake.chosen import Chosen
from healthcheck.intake.shares import Shares, Task
from healthcheck.intake.stamps import zone_named


def blocked(task: Task | None = None) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(sys.platform != "linux", reason="only there a share is counted by a process that was forked")
def test_an_interruption_waits_until_a_process_is_there_and_never_reaches_it():
    task = Task("log", "log", 0, None, zone_named(None), Chosen(None, None), False, (None, 0), 0.0)
    assert Shares(2).start(task, blocked).result() is True
    assert not blocked()
