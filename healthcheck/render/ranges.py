"""Ranges as monitoring plugins take them: `10` is 0 to 10, `10:` from 10 on, `~:10` up to 10, `5:10` between; `@` turns it round.

A value outside the range is one to alert on; its ends belong to it. Monitoring Plugins Development Guidelines, "Threshold and
Ranges".
"""

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from checks.bad_input import BadInput

_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(rf"(@?)(?:(~|{_NUMBER})?(:))?({_NUMBER})?")


class BadRange(BadInput):
    """A limit that cannot be read; the message is one sentence."""


class Range(NamedTuple):
    """From `low` to `high`; `inside`: it is bad to be within, ends included. `text` is how it was given."""

    low: float
    high: float
    inside: bool
    text: str

    def is_bad(self, value: float) -> bool:
        """True for a value to alert on."""
        return (self.low <= value <= self.high) is self.inside


def parse_range(text: str) -> Range:
    """`10`, `10:`, `~:10`, `5:10`, `@5:10`. BadRange for anything else, and for one that ends before it begins."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not text.strip(" @") or (found[3] is None and found[4] is None):
        raise BadRange(f"{text[:40]!a} is no range: give 10, 10:, ~:10, 5:10 or @5:10")
    low = -math.inf if found[2] == "~" else float(found[2] or 0)
    high = math.inf if found[4] is None else float(found[4])
    if low > high:
        raise BadRange(f"the range {text[:40]!a} ends before it begins")
    return Range(low, high, bool(found[1]), text.strip())


def parse_limits(texts: Iterable[str], option: str, known: Iterable[str]) -> dict[str, Range]:
    """`metric=RANGE`, each metric once. BadRange, with the option before it, for what is none."""
    names = tuple(known)
    limits: dict[str, Range] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or name not in names:
            raise BadRange(f"{option} {text[:60]!a} is not METRIC=RANGE: the metrics are {', '.join(names)}")
        if name in limits:
            raise BadRange(f"{option} gives {name} two ranges: give one")
        try:
            limits[name] = parse_range(value)
        except BadRange as fault:
            raise BadRange(f"{option} {name}: {fault}") from None
    return limits
