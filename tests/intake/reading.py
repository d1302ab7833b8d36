"""What the tests of the readers share: a file's bytes to events."""

import os
from pathlib import Path

from checks.delivery.events import Event
from healthcheck.intake.read import Reading
from healthcheck.intake.stamps import zone_named

MODIFIED = 1795262400  # 2026-11-21 12:00 UTC


def read(
    folder: Path, content: bytes | str, name: str = "mail.log", zone: str | None = None, modified: int = MODIFIED
) -> tuple[list[Event], Reading]:
    """The events of one file with that content, last written at `modified`."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (modified, modified))
    reading = Reading([str(path)], zone_named(zone))
    return list(reading.events()), reading


def told(event: Event, *fields: str) -> tuple[object, ...]:
    return tuple(getattr(event, field) for field in fields)
