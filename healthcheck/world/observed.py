"""What was observed, as a transcript keeps it: the sums and the groups of replies, and nobody who received the mail.

The logs and mails themselves are not kept: they are somebody's mail, and the run rests on what was read from them.
"""

import re
from typing import Any

import msgspec

from checks.delivery.flow import Traffic
from checks.delivery.observed import Failure, Observed

LARGEST_NUMBER = 2**53
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class RecordedObserved(msgspec.Struct, frozen=True):
    """All that was seen of one target's mail. The fields are those of Observed, with types that can be read back."""

    failures: tuple[Failure, ...] = ()
    unlisted: int = 0
    traffic: Traffic | None = None
    first: str | None = None
    last: str | None = None
    sources: tuple[str, ...] = ()


def as_recorded(observed: Observed | None) -> msgspec.Raw:
    """It as JSON; `null` where nothing was observed."""
    return msgspec.Raw(msgspec.json.encode(observed))


def as_observed(recorded: msgspec.Raw) -> Observed | None:
    """It as it was. msgspec.ValidationError for anything else, ValueError for numbers and times that no log gives."""
    found = msgspec.json.decode(recorded, type=RecordedObserved | None)
    if found is None:
        return None
    if any(time is not None and not _WHEN.fullmatch(time) for time in _times(found)):
        raise ValueError("a time that is none")
    if not _plausible(msgspec.to_builtins(found)):
        raise ValueError("a number that is none")
    return Observed(**msgspec.structs.asdict(found))


def _times(found: RecordedObserved) -> list[str | None]:
    told = [found.first, found.last]
    for failure in found.failures:
        told += [failure.first, failure.last]
    return told


def _plausible(value: Any) -> bool:
    """True where every number inside counts something."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
        elif isinstance(one, int | float) and not 0 <= one <= LARGEST_NUMBER:  # NaN compares false
            return False
    return True
