"""kill -9 at random points of a pass, a hundred times on SQLite and twenty on PostgreSQL (where a crash of ours is only a connection
that ends): nothing is lost, and nothing is sent twice. Real processes."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from healthcheck.monitor.store import open_store
from tests.monitor import FAIL, at
from tests.monitor.crash import DOMAINS

ROOT = Path(__file__).parent.parent.parent
SPF = "spf.published-once"


def run(what: str, url: str, folder: Path, *more: str) -> None:
    command = [sys.executable, "-m", "tests.monitor.crash", what, url, str(folder), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_hundred_kills_lose_nothing_and_tell_nothing_twice(url, tmp_path):
    run("kill", url, tmp_path, "100" if url.startswith("sqlite") else "20")
    store = open_store(url, pytest.fail)
    try:
        assert store.outbox.undelivered() == ()
        sent = [line.split() for line in (tmp_path / "sent").read_text().splitlines()]
        events = {event: tuple(domains) for event, *domains in sent}
        told = Counter(domain for domains in events.values() for domain in domains)
        assert told == dict.fromkeys(DOMAINS, 1), "each break is told in one event"
        # Between sending and noting that it was sent lies a moment that no transaction spans: the same event, by its key.
        assert all(events[event] == tuple(domains) for event, *domains in sent)
        for domain in DOMAINS:
            assert store.statuses(domain) == {SPF: FAIL}
            found = store.history(domain, "2000-01-01T00:00:00Z", at(0))
            assert [change.new for change in found.transitions] == [FAIL]
            assert len(found.records) == 1
    finally:
        store.close()


def test_two_monitors_at_once_do_not_run_a_domain_twice(url, tmp_path):
    run("pair", url, tmp_path)
    asked = [path.read_text().splitlines() for path in tmp_path.glob("asked-*")]
    everything = Counter(line for lines in asked for line in lines)
    assert {line.split()[0] for line in everything} >= set(DOMAINS)
    assert set(everything.values()) == {1}
