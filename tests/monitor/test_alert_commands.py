"""`healthcheck monitor test-alert`, and a pass that could not tell somebody."""

import json

import pytest

from healthcheck.cli import run
from healthcheck.monitor.alerts import deliver
from healthcheck.monitor.store import open_store
from tests.monitor.delivering import GONE, OK, START, Clock, alert, channel, put
from tests.monitor.receivers import receiver

CONFIG = """
[[domain]]
name = "lookups.example"
[[alert]]
name = "ops"
kind = "slack"
url = "{url}"
"""


def written(folder, url, more=""):
    file = folder / "healthcheck.toml"
    file.write_text(CONFIG.format(url=url) + more)
    file.chmod(0o600)
    return str(file)


def test_test_alert_says_what_came_back(tmp_path, capsys):
    with receiver() as told, receiver(GONE) as broken:
        more = f'[[alert]]\nname = "old"\nkind = "webhook"\nurl = "{broken.url}/SECRETSECRET"\n'
        code = run(["monitor", "test-alert", "--config", written(tmp_path, told.url, more)])
    assert code == 4  # as a pass that could not tell somebody
    assert capsys.readouterr().out.splitlines() == [
        "ops (slack): sent: it answered 200 ok",
        "old (webhook): NOT SENT: it answered 404 no_service",
    ]
    assert "this is a test of healthcheck: nothing is wrong" in json.loads(told.got[0][2])["text"]


def test_a_test_at_pagerduty_is_over_at_once(tmp_path):
    with receiver((202, {}, b"")) as told:
        more = f'[[alert]]\nname = "pd"\nkind = "pagerduty"\nurl = "{told.url}"\nkey = "0123456789abcdef"\n'
        config = written(tmp_path, told.url, more)
        code = run(["monitor", "test-alert", "--channel", "pd", "--config", config])
    assert code == 0
    trigger, resolve = (json.loads(body) for _, _, body in told.got)
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]


def test_a_channel_that_is_not_there_is_a_usage_error(tmp_path, capsys):
    assert (
        run(["monitor", "test-alert", "--channel", "nobody", "--config", written(tmp_path, "http://127.0.0.1:1/")]) == 2
    )
    assert "there are ops" in capsys.readouterr().err


def test_a_pass_whose_alert_is_not_delivered_says_so_and_ends_with_4(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url, pytest.fail)
    with receiver(GONE) as told:
        config = written(tmp_path, told.url)
        put(store, alert(), now=START)
        store.close()
        code = run(["monitor", "--lab", "--quiet", "--config", config, "--store", url])
    assert code == 4
    assert 'the alert "problem 1" cannot be delivered by ops: it answered 404 no_service' in capsys.readouterr().err


def test_test_alert_sends_what_was_given_up_when_asked_to(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url, pytest.fail)
    put(store, alert())
    with receiver(GONE, OK) as told:
        deliver(store.outbox, [channel("ops", told.url)], Clock())
        store.close()
        code = run(["monitor", "test-alert", "--resend", "--store", url, "--config", written(tmp_path, told.url)])
    assert code == 0
    assert "ops: 1 given up before, 1 sent now" in capsys.readouterr().out
