"""Stores to test with: SQLite in a folder of its own, and PostgreSQL where Debian's is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the store needs SQLAlchemy (extra monitor)")

from healthcheck.monitor.store import Store, open_store

USER = "healthcheck"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _unprivileged() -> str | None:
    """Whom PostgreSQL runs as, since it refuses to run as root; None where we are nobody special."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL that was started for these tests, on a socket in a folder of its own."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg (extra postgres)")
    folder = Path(tempfile.mkdtemp(prefix="healthcheck-pg-", dir="/tmp"))
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user, cwd=folder, env=environment, check=True, capture_output=True,
        )  # fmt: skip
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            user=user, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ready = [programs / "pg_isready", "-h", folder, "-q", "-t", "30"]
            for _ in range(300):
                if subprocess.run(ready, env=environment, check=False).returncode == 0:
                    break
                assert server.poll() is None, "PostgreSQL did not start"
                server.poll()
                _wait()
            yield f"postgresql://{USER}@/postgres?host={folder}"
        finally:
            server.terminate()
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait() -> None:
    import time

    time.sleep(0.1)


def emptied(url: str) -> str:
    """The database without any table."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/monitor.db"
    return emptied(request.getfixturevalue("postgresql"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store, of each kind."""
    complaints: list[str] = []
    opened = open_store(url, complaints.append)
    yield opened
    opened.close()
    assert not complaints


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in SQLite, for what does not hang on the database."""
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db", pytest.fail)
    yield opened
    opened.close()
