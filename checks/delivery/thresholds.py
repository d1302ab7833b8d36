"""From where on a rate is too high: the limits with their sources, and those that somebody gives instead.

Mailbox providers and sending services publish some; the rest is ours, and says so (thresholds.toml). All can be set.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from math import isfinite

import msgspec

from checks.bad_input import BadInput
from checks.data import read_toml

SURE_SHARE = 0.1
"""A bare number above it is refused as a share: who writes 0.3 may mean 0.3 %."""

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}")


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One limit. `unit`: share (of one), count or times. `source` says whose it is, `date` when that was read."""

    name: str
    value: float
    unit: str
    meaning: str
    source: str
    url: str = ""
    date: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    threshold: tuple[Threshold, ...]


@cache
def thresholds() -> Mapping[str, Threshold]:
    """All limits by name, in the order of the file."""
    found = msgspec.convert(read_toml("checks.delivery", "thresholds.toml"), _File).threshold
    return {one.name: one for one in found}


def limits(own: Iterable[tuple[str, float]] = ()) -> dict[str, float]:
    """Every limit by name: those given, and the defaults for the rest."""
    given = dict(own)
    return {name: given.get(name, one.value) for name, one in thresholds().items()}


def parse_threshold(text: str) -> tuple[str, float]:
    """`complaint.fail=0.3%` -> its name and its value as a number: 0.003. BadInput, with one sentence, for anything else."""
    name, equals, value = text.partition("=")
    name, value = name.strip().lower(), value.strip()
    known = thresholds().get(name)
    if known is None:
        raise BadInput(f"there is no threshold {name[:60]!a}; there are {', '.join(thresholds())}")
    example = {"share": "2%", "count": "200", "times": "3"}[known.unit]
    number = value.removesuffix("%").strip()
    if not equals or not _NUMBER.fullmatch(number) or (value != number and known.unit != "share"):
        raise BadInput(f"{text[:80]!a} sets no threshold: give for instance {name}={example}")
    found = float(number)
    if known.unit == "share":
        found = _share(name, value, found)
    elif known.unit == "count" and (found < 1 or found != int(found)):
        raise BadInput(f"{name} is a number of things: give a whole number of at least 1, for instance {example}")
    elif known.unit == "times" and found < 1:
        raise BadInput(f"{name} says how many times as much: give a number of at least 1, for instance {example}")
    return name, found


def parse_thresholds(given: Iterable[str]) -> dict[str, float]:
    """Several of them, by name; of the same name the last counts. BadInput where a warning would come after the failure."""
    own = dict(map(parse_threshold, given))
    every = limits(own.items())
    for name in own:
        kind = name.rpartition(".")[0]
        warn, fail = every.get(f"{kind}.warn"), every.get(f"{kind}.fail")
        if warn is not None and fail is not None and warn > fail:
            raise BadInput(f"{kind}.warn ({warn:.4%}) is above {kind}.fail ({fail:.4%}): nothing would be warned of")
    return own


def _share(name: str, value: str, found: float) -> float:
    share = round(found / 100, 12) if value.endswith("%") else found
    if not value.endswith("%") and share > SURE_SHARE:
        raise BadInput(f"{name}={value} would be {share:.0%}: write {value}% or {found / 100:g}")
    if not isfinite(share) or not 0 < share <= 1:
        raise BadInput(f"{name} is a share: give more than 0% and at most 100%")
    return share
