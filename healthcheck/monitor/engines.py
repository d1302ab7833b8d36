"""Opening a database: which URL, which settings, and what to do with a broken file. Needs SQLAlchemy (extra `monitor`)."""

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from healthcheck.extras import MissingExtra
from healthcheck.monitor import tables
from healthcheck.monitor.store import BadStore, default_path

PATIENCE = 30.0
"""Seconds that a writer waits for another one."""
_COLUMNS_SQLITE = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
_COLUMNS_POSTGRESQL = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
)
_SCHEMA_LOCK = 0x6865616C


def opened(text: str, say: Callable[[str], None] | None) -> Engine:
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


def _sqlite(url: URL, say: Callable[[str], None] | None) -> Engine:
    if not url.database or url.database == ":memory:":
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        _speak_sqlite(engine)
        _with_tables(engine)
        return engine
    path = Path(url.database)
    if not path.parent.is_dir() and path != default_path(os.environ):
        # A folder that nobody made is a slip of the pen, or a disk that is not there: a store in its place would be lost.
        raise BadStore(
            f"the store cannot be made in {path.parent}: there is no such folder; make it, or give another one"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise BadStore(f"the store's folder {path.parent} cannot be made: {fault.strerror}") from None
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadStore(f"the store {path} cannot be written: a folder is there, or permission is denied")
    if (why := _broken(path)) is not None:
        if say is None:
            raise BadStore(f"the store {path} is broken ({why}): the next pass of healthcheck monitor begins a new one")
        aside = _set_aside(path)
        say(
            f"the store {path} is broken ({why}): it is kept as {aside.name}, and a new one is begun: this pass is the baseline"
        )
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": PATIENCE})
    _speak_sqlite(engine)
    try:
        # It names domains, addresses and what is wrong with them. Before SQLite opens it: its journals take over the mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)
        _with_tables(engine)
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
            there = set(connection.execute(_COLUMNS_SQLITE))
        finally:
            connection.close()
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):
            raise BadStore(f"the store {path} cannot be used: {_words(fault)}") from None
        return _words(fault)
    if said != ("ok",):
        return "its pages do not fit together"
    if there and not any(table == tables.meta.name for table, _ in there) and not _ours(there):
        raise BadStore(f"{path} is the database of another program: give another file with --store sqlite:///FILE")
    return _lost(there)


def _ours(there: set[tuple[str, str]]) -> bool:
    """True where one of our tables is there, as it was made."""
    return any({(name, column.name) for column in table.columns} <= there for name, table in _tables())


def _tables() -> list[tuple[str, Table]]:
    return sorted(tables.METADATA.tables.items())


def _lost(there: set[tuple[str, str]]) -> str | None:
    """What a store has lost of its tables and columns, in a few words; None where all are there, or none was ever made."""
    if not _ours(there):
        return None
    gone = [name for name, _ in _tables() if not any(table == name for table, _ in there)]
    if gone:
        return f"of its tables {', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone"
    for name, table in _tables():
        if lost := sorted(
            {column.name for column in table.columns} - {column for other, column in there if other == name}
        ):
            return f"its table {name} has lost {', '.join(lost)}"
    return None


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
    try:
        _made(engine)
    except BaseException:
        engine.dispose()  # a connection that nobody closes keeps a server from ending
        raise


def _made(engine: Engine) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Two monitors that begin at once: one makes the tables, the other waits.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            there = {(row[0], row[1]) for row in connection.exec_driver_sql(_COLUMNS_POSTGRESQL)}
            if (lost := _lost(there)) is not None:
                # Made anew, they would be a baseline that nobody asked for, and what was told would never be ended.
                raise BadStore(f"the store is broken ({lost}): restore it, or give another database with --store")
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
