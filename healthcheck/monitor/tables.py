"""The tables of the monitor's store. Times are RFC 3339 texts in UTC, which sort as they pass; JSON is text, packed JSON zlib.

This module needs SQLAlchemy (extra `monitor`): `healthcheck.monitor.store.open_store` imports it, and says what is missing.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1
"""Of the schema. A store with another one is not touched."""

METADATA = MetaData()

meta = Table("meta", METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

runs = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", Text, nullable=False),
    Column("finished", Text),
    Column("world", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("examined", Integer, nullable=False, default=0),
    Column("blind", Integer, nullable=False, default=0),
)

domains = Table(
    "domains",
    METADATA,
    Column("domain", Text, primary_key=True),
    Column("last_run", Text),
    Column("report_id", Integer),
    Column("published", LargeBinary),
)
"""What is current of a domain: its last report, and (packed) the records that it published when they were last seen."""

reports = Table(
    "reports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("domain", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("digest", Text, nullable=False),
    Column("same_as", Integer),
    Column("packed", LargeBinary),
    Index("reports_of_domain", "domain", "at"),
    Index("reports_by_time", "at"),
    Index("reports_same_as", "same_as"),
)
"""Every report; the whole of it (packed) where it says something else than the one before, whose id is in `same_as`."""

findings = Table(
    "findings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("check_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text),
    Index("findings_of_domain", "domain", "until"),
)
"""Findings of warning or worse with the time they were there; `until` is NULL while they are."""

state = Table(
    "state",
    METADATA,
    Column("domain", Text, primary_key=True),
    Column("check_id", Text, primary_key=True),
    Column("packed", Text, nullable=False),
    Column("hard", Text, nullable=False),
    Column("topic", Text),
    Column("lost_topic", Text),
    Index("state_of_topic", "topic"),
    Index("state_of_lost_topic", "lost_topic"),
)
"""What is remembered of each check of each domain (JSON of `State`). `topic`: the key under which its problem was told,
`lost_topic`: that under which it was told that it cannot be looked at."""

transitions = Table(
    "transitions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("domain", Text, nullable=False),
    Column("check_id", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("news", Text),
    Column("found", Boolean, nullable=False, default=False),
    Column("untold", Boolean, nullable=False, default=False),
    Column("details", Text, nullable=False),
    Index("transitions_of_domain", "domain", "at"),
    Index("transitions_untold", "untold"),
)
"""Hard changes. `untold`: it is news, and no alert was made of it yet."""

records = Table(
    "records",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("records_of_domain", "domain", "at"),
)
"""Records as they changed: JSON arrays of their texts."""

topics = Table(
    "topics",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("opened", Text, nullable=False),
    Column("culprit", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("concerned", Integer, nullable=False, default=1),
)
"""What was told and is not over: one problem of one domain, one culprit of many, or the vantage."""

days = Table(
    "days",
    METADATA,
    Column("domain", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("worst", Text, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("inconclusive", Integer, nullable=False),
)
"""The daily roll-up."""

leases = Table(
    "leases",
    METADATA,
    Column("domain", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Text, nullable=False),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("event_key", Text, nullable=False),
    Column("dedup_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", Text, nullable=False),
    Column("sent", Text),
    Column("given_up", Text),
    Column("error", Text),
    UniqueConstraint("channel", "event_key", name="outbox_once"),
    Index("outbox_waiting", "sent", "given_up", "next_try"),
)
"""Alerts for one channel each, filled in the transaction that changes the state, emptied by whoever delivers."""
