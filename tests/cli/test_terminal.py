"""On a terminal: colour, a line of progress on long work, and a clean screen when it ends, interrupted or not."""

import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing

import pytest

from tests.cli import QUICK, ROOT, command

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")


def on_a_terminal(*arguments: object, interrupt_at: bytes = b"") -> tuple[int, bytes]:
    """Run a command line on a terminal, interrupting it when something is shown; the exit code and all that was shown."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    running = subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment | {"TERM": "xterm"}
    )
    os.close(theirs)
    shown, ends = b"", time.monotonic() + 30
    while time.monotonic() < ends:
        if not select.select([ours], [], [], 0.1)[0]:
            if running.poll() is not None:
                break
            continue
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if interrupt_at and interrupt_at in shown:
            running.send_signal(signal.SIGINT)
            interrupt_at = b""
    code = running.wait(30)
    os.close(ours)
    return code, shown


def test_a_report_is_coloured_and_holds_no_other_control_character():
    code, shown = on_a_terminal("domain", "shop.example", *QUICK)
    assert code == 1
    assert b"\x1b[1;31mFAIL" in shown
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", shown).replace(b"\r\n", b"\n").decode()
    assert plain.startswith("shop.example: FAIL")
    assert all(line.isprintable() for line in plain.split("\n"))


def refuse_late(server: socket.socket) -> None:
    """Answer two questions, after the time in which no progress is shown, and no other."""
    asked = [server.recvfrom(512) for _ in range(2)]
    time.sleep(0.7)
    for query, asker in asked:
        server.sendto(query[:2] + b"\x81\x85" + query[4:], asker)


def test_an_interruption_on_long_work_clears_the_line_of_progress():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind(("127.0.0.1", 0))
        threading.Thread(target=refuse_late, args=(server,), daemon=True).start()
        resolver = "{}:{}".format(*server.getsockname())
        code, shown = on_a_terminal("domain", "example.com", "--resolver", resolver, interrupt_at=b"answers, last")
    assert code == 130
    assert b"Traceback" not in shown
    assert shown.rstrip().endswith(b"\x1b[2K")
