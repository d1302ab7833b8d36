"""`healthcheck monitor` and `healthcheck history` as a person and as cron meet them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from healthcheck.monitor.store import open_store
from tests.cli import ROOT, command, complains, run
from tests.patience import ends

ONLY = ("--only", "spf", "--skip", "spf.servers-agree", "--skip", "spf.servers-take-tcp")
WELL = """
$TTL 300
example.com. SOA ns1.example.com. root.example.com. 1 3600 600 86400 300
example.com. NS ns1.example.com.
ns1.example.com. A 192.0.2.53
example.com. MX 10 mail.example.com.
mail.example.com. A 192.0.2.25
example.com. TXT "v=spf1 mx -all"
"""
BROKEN = WELL + 'example.com. TXT "v=spf1 +all"\n'


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """A store, a configuration and a clock of nobody else's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("HEALTHCHECK_STORE", raising=False)
    monkeypatch.setenv("HEALTHCHECK_CONFIG", "/dev/null")


@pytest.fixture
def zone(tmp_path):
    path = tmp_path / "example.zone"
    path.write_text(WELL)
    return path


def watch(capsys, zone, *more):
    return run(capsys, "monitor", "--zone", zone, "--domain", "example.com", *ONLY, *more)


def test_a_first_pass_is_the_baseline_and_a_quiet_one_says_nothing(capsys, zone):
    first = watch(capsys, zone)
    assert first.code == 0
    assert "1 domain: 1 passing; nothing changed" in first.out
    assert "baseline" in first.out
    second = watch(capsys, zone, "-q")
    assert (second.code, second.out, second.err) == (0, "", "")


def test_a_break_and_its_mending_are_told_once_each(capsys, zone):
    watch(capsys, zone)
    zone.write_text(BROKEN)
    told = watch(capsys, zone, "-q")
    assert told.code == 1
    assert told.out.startswith("problem    example.com: ")
    assert "2 SPF records" in told.out
    again = watch(capsys, zone, "-q")
    assert (again.code, again.out) == (1, "")
    zone.write_text(WELL)
    assert watch(capsys, zone, "-q").out == ""
    ended = watch(capsys, zone, "-q")
    assert ended.code == 0
    assert ended.out.startswith("recovered  example.com: well again")
    assert watch(capsys, zone, "-q").out == ""


def test_the_record_to_publish_stands_on_a_line_of_its_own(capsys, zone):
    watch(capsys, zone)
    zone.write_text(WELL.replace("mx -all", "mx include:gone.example.com -all"))
    told = watch(capsys, zone, "-q")
    assert '               example.com. TXT "v=spf1 mx -all"\n' in told.out
    assert "\\x0a" not in told.out


def test_what_nobody_printed_for_a_crash_is_printed_by_the_next_pass(capsys, zone, monkeypatch):
    watch(capsys, zone)
    zone.write_text(BROKEN)
    from healthcheck.cli import monitor_run

    with monkeypatch.context() as patch:
        patch.setattr(monitor_run, "_printed", lambda store: None)
        assert watch(capsys, zone, "-q").out == ""
    assert watch(capsys, zone, "-q").out.startswith("problem ")


def test_history_tells_what_changed_with_old_and_new_records(capsys, zone):
    watch(capsys, zone)
    zone.write_text(BROKEN)
    watch(capsys, zone)
    said = run(capsys, "history", "example.com")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("example.com: FAIL   last examined ")
    assert "F|" in lines[2]
    assert any("spf.published-once" in line and "pass -> fail" in line for line in lines)
    assert '    + "v=spf1 +all"' in lines
    told = json.loads(run(capsys, "history", "example.com", "--format", "json").out)
    assert told["schema"] == "healthcheck.history/1"
    assert told["strip"] == " " * 29 + "F"
    assert [one["new"] for one in told["transitions"] if one["check"] == "spf.published-once"] == ["fail"]
    changed = next(one for one in told["records"] if one["name"] == "example.com" and one["type"] == "TXT")
    assert changed["old"] == ['"v=spf1 mx -all"']
    assert (
        json.loads(run(capsys, "history", "example.com", "--since", "2999-01-01", "--format", "json").out)["records"]
        == []
    )


@pytest.mark.parametrize("table", ["transitions", "days"])
def test_history_of_a_store_that_lost_a_part_is_one_sentence(capsys, zone, tmp_path, table):
    store = tmp_path / "state" / "healthcheck" / "monitor.db"
    watch(capsys, zone)
    with sqlite3.connect(store) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN domain TO elsewhere")
    found = run(capsys, "history", "example.com")
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert f"is broken (its table {table} has lost domain)" in found.err
    assert store.exists()  # who only reads sets nothing aside


@pytest.mark.parametrize("domain", ["example.com", "never.example"])
def test_history_of_what_was_never_watched_is_one_sentence(capsys, domain):
    assert complains(run(capsys, "history", domain))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--domain", "not a domain"),
        ("--domain", "example.com", "--every", "often"),
        ("--domain", "example.com", "--store", "mysql://u:geheim@h/d"),
        ("--domain", "example.com", "--only", "nonsense"),
        ("--domain", "example.com", "--config", "/nowhere.toml"),
    ],
)
def test_what_cannot_be_run_is_one_sentence_and_exit_code_2(capsys, arguments):
    said = run(capsys, "monitor", "--lab", *arguments)
    assert complains(said)
    assert "geheim" not in said.err


def test_a_domain_of_the_lab_and_its_namesake_elsewhere_are_two(capsys, zone):
    zone.write_text(BROKEN)
    watch(capsys, zone)
    said = run(capsys, "monitor", "--lab", "--domain", "example.com", *ONLY, "-q")
    assert (said.code, said.out) == (0, ""), "another world is another baseline, and no recovery"


def test_a_configuration_says_what_is_watched_and_what_is_waived(capsys, zone, tmp_path):
    zone.write_text(BROKEN)
    config = tmp_path / "healthcheck.toml"
    config.write_text(
        '[[domain]]\nname = "example.com"\n'
        '[[ignore]]\nid = "spf"\ndomain = "example.com"\nreason = "a test"\npermanent = true\n'
    )
    said = run(capsys, "monitor", "--zone", zone, "--config", config, *ONLY)
    assert said.code == 0
    assert "1 domain: 1 passing" in said.out


def test_a_domain_that_could_not_be_judged_is_exit_code_3(capsys, zone):
    said = run(capsys, "monitor", "--zone", zone, "--domain", "elsewhere.example", *ONLY)
    assert said.code == 3
    assert "1 inconclusive" in said.out
    assert "  ?     elsewhere.example  spf." in said.out, "which one it is, and what leaves it so"


def test_history_says_which_world_it_tells_of_and_that_there_are_others(capsys, zone):
    watch(capsys, zone)
    assert "in the zone world" in run(capsys, "history", "example.com").out
    run(capsys, "monitor", "--lab", "--domain", "example.com", *ONLY, "-q")
    told = run(capsys, "history", "example.com").out
    assert "in the lab world" in told
    assert "Seen before in another world: zone" in told
    found = json.loads(run(capsys, "history", "example.com", "--format", "json").out)
    assert found["world"] == "lab"
    assert [one["world"] for one in found["worlds"]] == ["lab", "zone"]


def test_a_store_makes_no_folder_that_nobody_made(capsys, zone, tmp_path):
    said = watch(capsys, zone, "--store", f"sqlite:///{tmp_path}/absent/x.db")
    assert complains(said)
    assert "no such folder" in said.err
    assert not (tmp_path / "absent").exists()


def test_a_broken_store_is_set_aside_with_one_warning(capsys, zone, tmp_path):
    watch(capsys, zone)
    path = tmp_path / "state/healthcheck/monitor.db"
    path.write_bytes(b"rubbish" * 1000)
    said = watch(capsys, zone)
    assert said.code == 0
    assert said.err.count("is broken") == 1
    assert "baseline" in said.out
    assert watch(capsys, zone, "-q").err == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_ends_when_it_is_told_to(zone, tmp_path, number):
    words = ("monitor", "--zone", zone, "--domain", "example.com", *ONLY, "--every", "10s")
    process = subprocess.Popen(command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    path = tmp_path / "state/healthcheck/monitor.db"
    assert process.stdout is not None
    line = process.stdout.readline()  # the first round is over
    assert b"1 domain: 1 passing" in line
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    store = open_store(f"sqlite:///{path}", pytest.fail)
    assert set(store.last_runs()) == {"example.com"}
    store.close()


def test_a_loop_whose_store_breaks_under_it_begins_a_new_one_as_a_pass_does(zone, tmp_path):
    words = ("monitor", "--zone", zone, "--domain", "example.com", *ONLY, "--every", "10s")
    process = subprocess.Popen(command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()  # the first round is over
    path = tmp_path / "state/healthcheck/monitor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, 100)
    try:
        with ends():
            begun = any(b"a new one is begun" in line for line in process.stderr)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert begun
    assert (path.parent / "monitor.db.broken-1").exists()


def test_a_pass_that_is_stopped_gives_its_leases_back(tmp_path):
    """Many domains of a world that does not answer: the pass would take long."""
    domains = [word for number in range(200) for word in ("--domain", f"d{number}.example")]
    words = ("monitor", "--resolver", "127.0.0.1:9", "--timeout", "60", *domains)
    process = subprocess.Popen(command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    path = tmp_path / "state/healthcheck/monitor.db"
    for _ in range(600):
        if path.exists() and _leases(path):
            break
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert _leases(path) == 0


def _leases(path: Path) -> int:
    try:
        with sqlite3.connect(path, timeout=5) as connection:
            return connection.execute("SELECT count(*) FROM leases").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # not made yet
    finally:
        connection.close()


@pytest.mark.parametrize(
    "words", [["monitor", "--lab", "--domain", "example.com"], ["history", "example.com"]], ids=" ".join
)
def test_without_the_extra_a_sentence_names_it(words, tmp_path):
    hidden = (
        "import sys; sys.modules['sqlalchemy'] = None; from healthcheck.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    (tmp_path / "healthcheck").mkdir()
    (tmp_path / "healthcheck/monitor.db").touch()  # history opens no store that is not there
    done = subprocess.run(
        [sys.executable, "-c", hidden, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "mail-healthcheck[monitor]" in done.stderr
    assert len(done.stderr.splitlines()) == 1
