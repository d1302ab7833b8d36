"""Delivery: tries, waits, giving up, telling so; with a clock of its own and real receivers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from healthcheck.config.model import AlertTable
from healthcheck.config.secrets import Secret
from healthcheck.monitor.alerts import CLAIMED_FOR, GRACE, KEPT_TRYING, LONGEST_WAIT, deliver, wait_after
from healthcheck.monitor.channels import Channel
from healthcheck.monitor.store import Keep, StoreLost, open_store
from healthcheck.monitor.times import after
from healthcheck.run import utc_now
from tests.monitor.delivering import DOWN, GONE, OK, START, Clock, alert, channel, over, put, titles
from tests.monitor.receivers import receiver

ROOT = Path(__file__).parent.parent.parent


def test_what_is_in_the_outbox_is_sent_once(file_store):
    put(file_store, alert(1), alert(2))
    with receiver() as told:
        done = deliver(file_store.outbox, [channel("ops", told.url)], Clock())
        assert (done.sent, done.sentences) == (2, ())
        assert deliver(file_store.outbox, [channel("ops", told.url)], Clock()).sent == 0
    assert titles(told) == ["problem 1", "problem 2"]


def test_a_receiver_that_is_down_for_a_moment_is_tried_again_in_the_same_pass(file_store):
    put(file_store, alert())
    clock = Clock()
    with receiver(DOWN, DOWN, OK) as told:
        done = deliver(file_store.outbox, [channel("ops", told.url)], clock)
    assert done.complete
    assert len(told.got) == 3
    assert clock.waited == [5.0, 20.0], "4 s and 16 s, a quarter longer by this chance"


def test_waits_grow_with_chance_up_to_their_limit():
    assert [wait_after(n, 0.0) for n in range(1, 7)] == [4.0, 16.0, 64.0, 256.0, 1024.0, 3600.0]
    assert wait_after(1, 0.999) < 6.0
    assert wait_after(10**6, 1.0) == LONGEST_WAIT * 1.5
    assert wait_after(1, 0.0, asked=120.0) == 120.0


def test_a_receiver_that_asks_for_time_gets_it(file_store):
    put(file_store, alert())
    clock = Clock()
    with receiver((429, {"Retry-After": "30"}, b"slow down"), OK) as told:
        assert deliver(file_store.outbox, [channel("ops", told.url)], clock).complete
    assert clock.waited == [30.0]


def test_a_channel_that_is_down_costs_one_try_and_not_one_for_each_alert(file_store):
    put(file_store, *(alert(number) for number in range(50)))
    with receiver(DOWN) as told:
        done = deliver(file_store.outbox, [channel("ops", told.url)], Clock(), budget=0)
    assert len(told.got) == 1
    assert done.sentences == (
        "50 alerts are not delivered by ops yet: it answered 503; it is tried again after 2026-11-22T14:00:05Z",
    )


def test_one_channel_that_is_down_holds_back_no_other(file_store):
    put(file_store, alert(), to=("down", "ops"))
    with receiver(DOWN) as down, receiver() as told:
        done = deliver(file_store.outbox, [channel("down", down.url), channel("ops", told.url)], Clock(), budget=0)
    assert titles(told) == ["problem 1"]
    assert len(done.sentences) == 1


def test_4xx_is_given_up_at_once_kept_and_told(file_store):
    put(file_store, alert())
    with receiver(GONE) as told:
        done = deliver(file_store.outbox, [channel("ops", told.url)], Clock())
    assert len(told.got) == 1
    assert done.sentences == (
        'the alert "problem 1" cannot be delivered by ops: it answered 404 no_service; mend the channel, then '
        "healthcheck monitor test-alert --channel ops --resend sends what was given up",
    )
    (kept,) = file_store.outbox.undelivered()
    assert kept.given_up
    assert kept.error == "answered 404 no_service"


def test_what_was_given_up_can_be_sent_again(file_store):
    put(file_store, alert())
    with receiver(GONE, OK) as told:
        ops = channel("ops", told.url)
        deliver(file_store.outbox, [ops], Clock())
        assert file_store.outbox.again("ops", START) == 1
        assert deliver(file_store.outbox, [ops], Clock()).complete
    assert titles(told) == ["problem 1"] * 2


def test_what_has_waited_for_three_days_is_given_up(file_store):
    put(file_store, alert())
    late = Clock(after(START, KEPT_TRYING + 60))
    with receiver(DOWN) as told:
        done = deliver(file_store.outbox, [channel("ops", told.url)], late)
    assert "cannot be delivered" in done.sentences[0]
    assert file_store.outbox.undelivered()[0].given_up


def test_an_undelivered_alert_is_told_through_another_channel_and_so_is_the_end(file_store):
    put(file_store, alert(), to=("down",))
    with receiver(DOWN, DOWN, DOWN, OK) as down, receiver() as told:
        both = [channel("down", down.url), channel("ops", told.url)]
        clock = Clock()
        deliver(file_store.outbox, both, clock, budget=100)
        assert titles(told) == ["alerts by down are not delivered: it answered 503"]
        assert "problem 1" in json.loads(told.got[0][2])["text"]
        clock.wait(3600)
        deliver(file_store.outbox, both, clock)
    assert titles(told)[1:] == ["alerts by down are delivered again"]
    first, last = (json.loads(body) for _, _, body in told.got)
    assert first["dedup_key"] == last["dedup_key"]
    assert (first["over"], last["over"]) == (False, True)


def test_what_is_ours_to_mend_is_told_at_once_and_waits_for_it(file_store):
    put(file_store, alert(), to=("unset",))
    unset = Channel(AlertTable(name="unset", kind="slack", url=Secret("env", "OPS_URL")), {})
    clock = Clock()
    with receiver() as told:
        done = deliver(file_store.outbox, [unset, channel("ops", told.url)], clock)
    assert clock.waited in ([], [0.0]), "nobody sets a variable within a minute"
    assert "the environment variable OPS_URL is not set" in done.sentences[0]
    assert titles(told) == [
        "alerts by unset are not delivered: it has a secret that cannot be had: the environment variable OPS_URL is not set"
    ]
    assert not file_store.outbox.undelivered()[0].given_up


def test_a_store_that_fails_in_the_middle_is_no_bug_of_ours(file_store, tmp_path):
    put(file_store, alert())
    file_store.close()
    (tmp_path / "monitor.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreLost):
        deliver(file_store.outbox, [channel("ops", "http://127.0.0.1:1/")], Clock())


def test_two_broken_channels_do_not_tell_of_each_other_for_ever(file_store):
    put(file_store, alert(), to=("a", "b"))
    clock = Clock()
    with receiver(GONE) as one, receiver(GONE) as two:
        both = [channel("a", one.url), channel("b", two.url)]
        for _ in range(5):
            deliver(file_store.outbox, both, clock)
            clock.wait(3600)
    assert len(one.got) == len(two.got) == 1, "the alert; that the other one is broken too is told to nobody who hears"


def test_what_is_told_elsewhere_is_not_told_to_those_of_some_domains(file_store):
    put(file_store, alert(), to=("down",))
    with receiver(GONE) as down, receiver() as theirs:
        client = channel("client", theirs.url, domains=("client.example",))
        deliver(file_store.outbox, [channel("down", down.url), client], Clock())
    assert not theirs.got


def test_an_end_goes_where_its_beginning_went_and_nowhere_else(file_store):
    one = alert()
    put(file_store, one, to=("ops",))
    put(file_store, over(one, after(START, 60)), to=("another",))
    with receiver() as told, receiver() as other:
        deliver(file_store.outbox, [channel("ops", told.url), channel("another", other.url)], Clock())
    assert len(told.got) == 2
    assert not other.got


def test_what_is_not_over_is_remembered_for_as_long_as_it_lasts(file_store):
    from sqlalchemy import insert

    from healthcheck.monitor.tables import topics

    lasting, short = alert(1), alert(2)
    put(file_store, lasting, short)
    row = {"opened": START, "kind": "problem", "title": "problem 1", "severity": "error"}
    with file_store.outbox._engine.begin() as connection:
        connection.execute(insert(topics).values(key=lasting.dedup_key, **row))
    months_later = after(START, 100 * 86_400)
    with receiver() as told:
        ops = channel("ops", told.url)
        deliver(file_store.outbox, [ops], Clock())
        file_store.prune(Keep(), months_later)
        put(file_store, over(lasting, months_later), over(short, months_later), to=("elsewhere",), now=months_later)
        deliver(file_store.outbox, [ops], Clock(months_later), others=["elsewhere"])
    assert [json.loads(body)["title"] for _, _, body in told.got] == ["problem 1", "problem 2", "problem 1"]


def test_a_clock_that_is_put_back_in_the_middle_is_not_waited_for(file_store):
    put(file_store, alert(), to=("down", "ops"))
    clock = Clock()
    with receiver(DOWN, OK) as down, receiver() as told:
        told.on_post = lambda: setattr(clock, "time", after(START, -86_400))
        both = [channel("down", down.url), channel("ops", told.url)]
        assert not deliver(file_store.outbox, both, clock).complete
        assert clock.waited == []
        assert deliver(file_store.outbox, both, clock).complete


def test_what_was_to_be_tried_by_a_clock_that_was_put_back_is_tried_in_the_next_pass(file_store):
    put(file_store, alert(1), alert(2), now=after(START, 86_400))
    earlier = Clock(after(START, 3600))
    with receiver() as told:
        assert deliver(file_store.outbox, [channel("ops", told.url)], earlier).sent == 2


def test_a_monitor_that_is_to_end_tells_what_is_due_for_some_seconds_and_leaves_the_rest_to_the_next(file_store):
    put(file_store, alert(1), alert(2), alert(3))
    clock = Clock()
    clock.is_over = True
    with receiver() as told:
        told.on_post = lambda: clock.wait(GRACE - 5)
        done = deliver(file_store.outbox, [channel("ops", told.url)], clock)
        assert (done.sent, len(done.sentences)) == (2, 1)
        assert "is not delivered by ops yet" in done.sentences[0]
        assert deliver(file_store.outbox, [channel("ops", told.url)], clock).complete
    assert titles(told) == ["problem 1", "problem 2", "problem 3"]


def test_who_ends_the_monitor_waits_for_no_second_try(file_store):
    put(file_store, alert())
    clock = Clock()
    with receiver(DOWN) as told:
        told.on_post = lambda: setattr(clock, "is_over", True)
        assert not deliver(file_store.outbox, [channel("ops", told.url)], clock).complete
    assert (len(told.got), clock.waited) == (1, [])


def test_an_end_never_overtakes_its_beginning(file_store):
    one = alert()
    put(file_store, one, over(one, after(START, 60)), to=("ops",))
    with receiver(DOWN, OK) as told:
        deliver(file_store.outbox, [channel("ops", told.url)], Clock())
    assert [json.loads(body)["over"] for _, _, body in told.got] == [False, False, True]


def test_a_channel_that_is_configured_no_longer_is_said_once(file_store):
    put(file_store, alert(), to=("gone", "output"))
    done = deliver(file_store.outbox, [], Clock(), others=["output"])
    assert done.sentences == ('the alert "problem 1" is dropped: there is no channel gone in the configuration',)
    assert deliver(file_store.outbox, [], Clock(), others=["output"]).complete


def test_what_stands_at_an_alertmanager_is_said_again_with_every_delivery(file_store):
    one, two = alert(1), alert(2)
    put(file_store, one, two, over(two, after(START, 60)))
    with receiver() as told:
        ops = channel("ops", told.url, kind="alertmanager")
        deliver(file_store.outbox, [ops], Clock())
        before = len(told.got)
        deliver(file_store.outbox, [ops], Clock())
    (again,) = told.got[before:]
    assert [one_alert["labels"]["domain"] for one_alert in json.loads(again[2])] == ["d1.example"]


CHILD = """
import sys
from healthcheck.monitor.alerts import SystemClock, deliver
from healthcheck.monitor.channels import Channel
from healthcheck.config.model import AlertTable
from healthcheck.config.secrets import Secret
from healthcheck.monitor.store import open_store
store = open_store(sys.argv[1], print)
deliver(store.outbox, [Channel(AlertTable(name="ops", kind="webhook", url=Secret("literal", "", sys.argv[2])), {})], SystemClock())
"""


def test_a_kill_between_sending_and_the_note_sends_the_same_once_more(tmp_path):
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url, pytest.fail)
    put(store, alert())
    with receiver() as told:
        child = subprocess.Popen([sys.executable, "-c", CHILD, url, told.url], cwd=ROOT)
        told.on_post = lambda: os.kill(child.pid, signal.SIGKILL) if child.returncode is None else None
        child.wait(30)
        assert child.returncode == -signal.SIGKILL
        told.on_post = lambda: None
        ops = channel("ops", told.url)
        now = utc_now()
        assert deliver(store.outbox, [ops], Clock(now)).sent == 0, (
            "it is claimed: nobody else sends it at the same time"
        )
        assert deliver(store.outbox, [ops], Clock(after(now, CLAIMED_FOR + 5))).sent == 1
    store.close()
    assert len(told.got) == 2
    assert len({headers["Idempotency-Key"] for _, headers, _ in told.got}) == 1
