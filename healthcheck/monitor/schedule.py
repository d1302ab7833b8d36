"""When each domain's turn is: a stable place in the interval, so that a thousand domains do not all come at once."""

import hashlib
from datetime import UTC, datetime

from checks.bad_input import BadInput
from healthcheck.monitor.times import as_text, as_time


class BadInterval(BadInput):
    """An interval that is none; the message is one sentence."""


def interval(text: str) -> int:
    """Seconds of `90s`, `15m`, `1h` or `1d`. BadInterval for anything else."""
    from healthcheck.config.times import SHORTEST_INTERVAL, seconds  # start-up time: not for --help

    try:
        found = seconds(text)
    except ValueError as fault:
        raise BadInterval(str(fault)) from None
    if found < SHORTEST_INTERVAL:
        raise BadInterval(
            f"an interval of {text[:40]} asks the same caches again and again: give at least {SHORTEST_INTERVAL}s"
        )
    return found


def place(domain: str, seconds: int) -> int:
    """The second of the interval in which the domain's turn is: the same on every machine and on every day."""
    return int.from_bytes(hashlib.sha256(domain.encode()).digest()[:8]) % seconds


def latest_turn(domain: str, seconds: int, now: str) -> str:
    """When the domain's turn was last, counted from the epoch: now, or up to an interval before."""
    clock = int(as_time(now).timestamp())
    turn = clock - (clock - place(domain, seconds)) % seconds
    return as_text(datetime.fromtimestamp(turn, UTC))


def is_due(domain: str, seconds: int, last: str | None, now: str) -> bool:
    """True where the domain was not examined since its latest turn. A `last` that is still to come was the work of a clock
    that has since been put back, and proves nothing."""
    return last is None or last > now or last < latest_turn(domain, seconds, now)
