"""Which store is opened, and what becomes of one that is broken."""

import sqlite3
from pathlib import Path

import pytest

from healthcheck.monitor.store import BadStore, StoreLost, default_path, open_store
from tests.monitor import FAIL, NOON, PASS, at, claim, observation, seen
from tests.monitor.conftest import emptied
from tests.monitor.test_store import one_pass


def test_the_file_is_in_the_state_folder_of_systemd_or_of_the_user():
    assert default_path({"STATE_DIRECTORY": "/var/lib/healthcheck"}) == Path("/var/lib/healthcheck/monitor.db")
    assert default_path({"STATE_DIRECTORY": "/a:/b"}) == Path("/a/monitor.db")
    assert default_path({"XDG_STATE_HOME": "/s", "HOME": "/h"}) == Path("/s/healthcheck/monitor.db")
    assert default_path({"XDG_STATE_HOME": "s", "HOME": "/h"}) == Path("/h/.local/state/healthcheck/monitor.db")


def damaged(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[100:20000] = b"\xff" * 19900
    path.write_bytes(bytes(raw))


def rubbish(path: Path) -> None:
    path.write_bytes(b"this is not a database, however long one looks at it" * 100)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("harm", [damaged, rubbish, cut])
def test_a_broken_file_is_set_aside_with_one_warning_and_begun_anew(tmp_path, harm):
    path = tmp_path / "monitor.db"
    store = open_store(f"sqlite:///{path}", pytest.fail)
    one_pass(store, observation("example.com", seen("spf.x", PASS)))
    store.close()
    harm(path)
    said: list[str] = []
    store = open_store(f"sqlite:///{path}", said.append)
    assert one_pass(store, observation("example.com", seen("spf.x", PASS))) == ()
    store.close()
    assert len(said) == 1
    assert "monitor.db.broken-1" in said[0]
    assert (tmp_path / "monitor.db.broken-1").exists()
    open_store(f"sqlite:///{path}", pytest.fail).close()


def test_an_empty_file_is_a_store_that_was_not_begun(tmp_path):
    (tmp_path / "monitor.db").touch()
    open_store(f"sqlite:///{tmp_path}/monitor.db", pytest.fail).close()


def test_a_store_of_another_version_is_not_touched(tmp_path):
    path = tmp_path / "monitor.db"
    open_store(f"sqlite:///{path}", pytest.fail).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    connection.close()
    with pytest.raises(BadStore, match="another version"):
        open_store(f"sqlite:///{path}", pytest.fail)


def test_the_file_is_its_owners_and_so_are_its_journals(tmp_path):
    (tmp_path / "deep/er").mkdir(parents=True)
    store = open_store(f"sqlite:///{tmp_path}/deep/er/monitor.db", pytest.fail)
    one_pass(store, observation("example.com", seen("spf.x", PASS)))
    modes = {each.name: each.stat().st_mode & 0o077 for each in (tmp_path / "deep/er").iterdir()}
    store.close()
    assert modes == dict.fromkeys(("monitor.db", "monitor.db-wal", "monitor.db-shm"), 0)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "URL is none"),
        ("mysql://host/db", "no store of the kind"),
        ("sqlite:////proc/nowhere/monitor.db", "cannot be"),
        ("sqlite:////", "folder"),
        ("postgresql://kim:geheim@127.0.0.1:1/db?connect_timeout=2", "cannot be used"),
    ],
)
def test_a_store_that_cannot_be_had_is_one_sentence_without_a_password(url, words):
    with pytest.raises(BadStore, match=words) as raised:
        open_store(url, pytest.fail)
    assert "geheim" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_lease_of_a_process_that_is_gone_is_taken_over(tmp_path):
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url, pytest.fail, alive=lambda holder: holder != "dead")
    store.lease(["a.example", "b.example"], claim("dead"))
    store.lease(["c.example"], claim("living"))
    assert store.lease(["a.example", "b.example", "c.example"], claim("me", NOON)) == ("a.example", "b.example")
    store.close()


@pytest.mark.parametrize("damage", ["UPDATE state SET packed = '{bad'", "UPDATE domains SET published = x'00'"])
def test_a_store_whose_rows_are_damaged_is_said_and_is_no_bug_of_ours(tmp_path, damage):
    path = tmp_path / "monitor.db"
    store = open_store(f"sqlite:///{path}", pytest.fail)
    one_pass(store, observation("example.com", seen("spf.published-once", PASS)))
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    try:
        with pytest.raises(StoreLost, match="the store is damaged, move it away"):
            one_pass(store, observation("example.com", seen("spf.published-once", FAIL), now=at(1)), now=at(1))
    finally:
        store.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("DROP TABLE state", "of its tables state is gone"),
        ("DROP TABLE meta", "of its tables meta is gone"),
        ("DROP TABLE topics; DROP TABLE outbox", "of its tables outbox, topics are gone"),
        ("ALTER TABLE outbox DROP COLUMN payload", "its table outbox has lost payload"),
    ],
)
def test_a_store_without_some_of_its_tables_is_set_aside_and_not_silently_begun_anew(tmp_path, harm, words):
    path = tmp_path / "monitor.db"
    store = open_store(f"sqlite:///{path}", pytest.fail)
    one_pass(store, observation("example.com", seen("spf.x", PASS)))
    store.close()
    with sqlite3.connect(path) as connection:
        connection.executescript(harm)
    connection.close()
    said: list[str] = []
    open_store(f"sqlite:///{path}", said.append).close()
    assert len(said) == 1
    assert words in said[0]
    assert "monitor.db.broken-1" in said[0]
    open_store(f"sqlite:///{path}", pytest.fail).close()


def test_the_database_of_another_program_is_not_touched(tmp_path):
    path = tmp_path / "monitor.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE state (bookmark TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BadStore, match="database of another program"):
        open_store(f"sqlite:///{path}", pytest.fail)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["monitor.db"]


def test_in_postgresql_a_store_without_some_of_its_tables_is_refused_and_one_beside_others_is_not(postgresql):
    import psycopg

    url = emptied(postgresql)
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("CREATE TABLE bookmarks (name TEXT)")
        open_store(url, pytest.fail).close()
        open_store(url, pytest.fail).close()
        connection.execute("DROP TABLE state")
        with pytest.raises(BadStore, match="of its tables state is gone"):
            open_store(url, pytest.fail)
        assert connection.execute("SELECT to_regclass('state')").fetchone() == (None,)
