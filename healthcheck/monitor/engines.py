"""Opening a database: which URL, which settings, and what to do with a broken file. Needs SQLAlchemy (extra `monitor`)."""

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from healthcheck.extras import MissingExtra
from healthcheck.monitor import tables
from healthcheck.monitor.store import BadStore

PATIENCE = 30.0
"""Seconds that a writer waits for another one."""
_BROKEN = ("not a database", "malformed", "file is encrypted", "disk image")
_SCHEMA_LOCK = 0x6865616C


def opened(text: str, say: Callable[[str], None]) -> Engine:
    """The database at a URL, with its tables. BadStore in one sentence, without any password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadStore("the store's URL is none: give sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url, say)
        case "postgresql":
            return _postgresql(url)
        case other:
            raise BadStore(f"there is no store of the kind {other[:20]!a}: give sqlite:///FILE or postgresql://...")


def _sqlite(url: URL, say: Callable[[str], None]) -> Engine:
    if not url.database or url.database == ":memory:":
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        _speak_sqlite(engine)
        _with_tables(engine)
        return engine
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise BadStore(f"the store's folder {path.parent} cannot be made: {fault.strerror}") from None
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadStore(f"the store {path} cannot be written: a folder is there, or permission is denied")
    if (why := _broken(path)) is not None:
        aside = _set_aside(path)
        say(
            f"the store {path} is broken ({why}): it is kept as {aside.name}, and a new one is begun: this pass is the baseline"
        )
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": PATIENCE})
    _speak_sqlite(engine)
    try:
        _with_tables(engine)
        os.chmod(path, 0o600)  # it names domains, addresses and what is wrong with them
    except (SQLAlchemyError, OSError) as fault:
        raise BadStore(f"the store {path} cannot be used: {_words(fault)}") from None
    return engine


def _broken(path: Path) -> str | None:
    """Why a file is no store, in a few words; None where it is one, or is not there yet."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE)
        try:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):
            raise BadStore(f"the store {path} cannot be used: {_words(fault)}") from None
        return _words(fault)
    return None if said == ("ok",) else "its pages do not fit together"


def _set_aside(path: Path) -> Path:
    """Rename a broken file, with its journals: they would be taken for those of the new one."""
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.rename(aside)
    for suffix in ("-wal", "-shm", "-journal"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + suffix))
    return aside


def _speak_sqlite(engine: Engine) -> None:
    """Transactions that take the write lock at their beginning, so that none fails in its middle for another writer."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own idea of transactions ends them at odd places
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "PRAGMA synchronous=NORMAL"
        )  # in WAL no crash of ours loses anything, and none breaks the file
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise MissingExtra("a store in PostgreSQL", "postgres") from None
    try:
        _with_tables(engine)
    except SQLAlchemyError as fault:
        raise BadStore(f"the store at {url.host or 'the local socket'} cannot be used: {_words(fault)}") from None
    return engine


def _with_tables(engine: Engine) -> None:
    """Make the tables where they are not there yet. BadStore for those of another version."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Two monitors that begin at once: one makes the tables, the other waits.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
        tables.METADATA.create_all(connection)
        found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == "version")).scalar()
        if found is None:
            connection.execute(tables.meta.insert().values(key="version", value=str(tables.VERSION)))
        elif found != str(tables.VERSION):
            raise BadStore(
                f"the store was made by another version (schema {found[:20]!a}, this one is {tables.VERSION}): use that version, "
                "or give another store"
            )


def _words(fault: BaseException) -> str:
    """The fault in one line, without anything that may be a password."""
    inner = fault.orig if isinstance(fault, DatabaseError) and fault.orig is not None else fault
    text = " ".join(str(inner).split())
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", text)[:200]
