"""Lengths of time as they stand in a configuration: `90s`, `15m`, `6h`, `30d`, `2w`."""

import re

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH = re.compile(r"([0-9]{1,6})([smhdw])")
LENGTH_PATTERN = r"^[0-9]{1,6}[smhdw]$"
"""The same for editors (JSON Schema)."""

SHORTEST_INTERVAL = 10
"""Seconds between two looks at a domain, at least: records are cached for longer anyhow."""
LONGEST = 1000 * 365 * 86400
"""Seconds of the longest length: calendars end somewhere."""


def seconds(text: str) -> int:
    """`1h` -> 3600. ValueError, in one sentence, for what is no length of time, and for none at all."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text[:40]!a} is no length of time: give for instance 90s, 15m, 6h, 30d or 2w")
    length = int(found[1]) * UNITS[found[2]]
    if length > LONGEST:
        raise ValueError(f"{text[:40]!a} is longer than a thousand years")
    return length
