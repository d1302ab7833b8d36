"""Rates: how sure a measured share is, and the judgement that the checks of rates have in common.

A share of few messages says little: 3 of 50 are 6 %, and could as well come of a true 2 % as of 15 %. Wilson's interval says
between which true shares what was seen lies (95 %: one in forty times the truth is below it, one in forty above; E. B. Wilson,
J. Amer. Statist. Assoc. 22, 1927). A limit counts as passed where the whole interval is at or beyond it.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from math import sqrt
from typing import Any

import msgspec

from checks.delivery.fact import MORE, PAGE, Told, by_stream, codes_of, spoken, worst
from checks.delivery.flow import Flow
from checks.delivery.thresholds import limits
from checks.model import Basis, Finding, Message, Severity

Z = 1.959964
"""Of the normal distribution, for 95 %."""


class Standing(StrEnum):
    """Where a measured share stands to a limit. The limit itself is over it: Gmail says "never 0.30 % or higher"."""

    WITHIN = "within"
    UNCERTAIN = "uncertain"
    BEYOND = "beyond"


def wilson(count: int, of: int) -> tuple[float, float]:
    """The interval of the true share, `count` of `of` having been seen; everything for nothing."""
    if of <= 0:
        return 0.0, 1.0
    share, square = min(count / of, 1.0), Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if count <= 0 else max(0.0, middle - half)
    return low, 1.0 if count >= of else min(1.0, middle + half)


def surely(count: int, of: int, limit: float) -> bool:
    """True where the share is surely at or over the limit."""
    return of > 0 and wilson(count, of)[0] >= limit


def standing(count: int, of: int, limit: float) -> Standing:
    """Where `count` of `of` stands to a limit."""
    if surely(count, of, limit):
        return Standing.BEYOND
    return Standing.UNCERTAIN if of > 0 and count / of >= limit else Standing.WITHIN


def percent(share: float) -> float:
    """A share as a number of percent, to three digits or two decimals."""
    value = share * 100
    return round(value, 2) if value >= 1 else round(value, 3)


def figures(count: int, of: int) -> dict[str, Any]:
    """The particulars of a rate: count, of, percent, and the interval as low and high, in percent."""
    low, high = wilson(count, of)
    return {
        "count": count,
        "of": of,
        "percent": percent(count / of) if of else None,
        "low": percent(low),
        "high": percent(high),
    }


class Measure(msgspec.Struct, frozen=True):
    """A rate: what is counted, of how many; the limits by the first word of their names; the categories of its reasons.

    `needs_one`: a group in which nothing was counted is not judged. `attempts`: the reasons are those of deferrals.
    `as_measured`: from so many counted on the measured share is what the limit is for, whatever chance had to do with it; 0 for
    a rate whose limit is for the true share.
    """

    kind: str
    least: str
    count: Callable[[Flow], int]
    of: Callable[[Flow], int]
    categories: frozenset[str] | None = None
    needs_one: bool = False
    attempts: bool = False
    as_measured: int = 0


class Words(msgspec.Struct, frozen=True):
    """The messages of a check of a rate."""

    beyond: Message
    high: Message
    uncertain: Message
    too_few: Message
    within: Message
    not_told: Message

    @property
    def all(self) -> tuple[Message, ...]:
        return (self.beyond, self.high, self.uncertain, self.too_few, self.within, self.not_told)


class _Group(msgspec.Struct, frozen=True):
    about: str
    stream: str
    provider: str | None
    flows: tuple[Flow, ...]
    count: int
    of: int


def too_few(check_id: str, what: str) -> Message:
    """The message for a sample below the minimum. `what` is counted."""
    return Message(
        f"{check_id}.too-few",
        Severity.NOTICE,
        f"messages of {{about}} that {what}: {{count}} of {{of}}; too few to judge, at least {{least}} are needed",
        MORE,
        (PAGE,),
        Basis.UNDETERMINED,
    )


def judged(told: Told, measure: Measure, words: Words) -> Iterable[Finding]:
    """What is said of a rate: of each stream, and of each provider where its own rate tells more than that."""
    if told.traffic is None:
        yield words.not_told(told.name)
        return
    limit = limits(told.traffic.own)
    least = int(limit[measure.least])
    groups = list(_groups(told, measure, least)) if told.traffic.has_sender_side else []
    enough = [group for group in groups if group.of >= least and (group.count or not measure.needs_one)]
    if not enough:
        whole = [group for group in groups if group.provider is None]
        count, of = sum(x.count for x in whole), sum(x.of for x in whole)
        yield words.too_few(told.name, count=count, of=of, least=least) if told.flows else words.not_told(told.name)
        return
    found = [finding for group in enough if (finding := _of_group(group, measure, words, limit)) is not None]
    yield from _most_telling(found)
    if not found:
        largest = max((group for group in enough if group.provider is None), key=lambda x: x.of, default=enough[0])
        small = sum(group.provider is None and group.of < least for group in groups)
        yield words.within(largest.about, **_particulars(largest, measure, limit), not_judged=small)


def _groups(told: Told, measure: Measure, least: int) -> Iterable[_Group]:
    """Every stream as a whole, then each of its providers of whom there is enough."""
    for stream, flows in by_stream(told.flows).items():
        of = sum(map(measure.of, flows))
        if of:
            yield _Group(spoken(stream), stream, None, flows, sum(map(measure.count, flows)), of)
        if len(flows) > 1:
            for flow in flows:
                if (of := measure.of(flow)) >= least:
                    about = f"{spoken(stream)} -> {flow.provider}"
                    yield _Group(about, stream, flow.provider, (flow,), measure.count(flow), of)


def _of_group(group: _Group, measure: Measure, words: Words, limit: dict[str, float]) -> Finding | None:
    fail = _stands(group, measure, limit[f"{measure.kind}.fail"])
    warn = _stands(group, measure, limit[f"{measure.kind}.warn"])
    if fail is Standing.BEYOND:
        message = words.beyond
    elif warn is Standing.BEYOND:
        message = words.high
    elif warn is Standing.UNCERTAIN:
        message = words.uncertain
    else:
        return None
    explains = codes_of(group.flows, measure.categories, of_class="4" if measure.attempts else "5")
    return message(group.about, explains=explains, **_particulars(group, measure, limit))


def _stands(group: _Group, measure: Measure, limit: float) -> Standing:
    found = standing(group.count, group.of, limit)
    if found is Standing.UNCERTAIN and measure.as_measured and group.count >= measure.as_measured:
        return Standing.BEYOND
    return found


def _particulars(group: _Group, measure: Measure, limit: dict[str, float]) -> dict[str, Any]:
    most = sorted(group.flows, key=lambda flow: (-measure.count(flow), flow.provider))
    return {
        **figures(group.count, group.of),
        "warn_percent": percent(limit[f"{measure.kind}.warn"]),
        "fail_percent": percent(limit[f"{measure.kind}.fail"]),
        "settled": sum(flow.settled for flow in group.flows),
        "attempts": sum(flow.deferred for flow in group.flows),
        "stream": group.stream,
        "provider": group.provider,
        "providers": tuple(flow.provider for flow in most[:3] if measure.count(flow)),
    }


def _most_telling(found: list[Finding]) -> Iterable[Finding]:
    """The gravest first. A provider is told where its stream as a whole is not told as something as grave."""
    whole = {finding.args["stream"]: finding.message.severity for finding in found if finding.args["provider"] is None}
    told = [
        finding
        for finding in found
        if finding.args["provider"] is None or finding.message.severity > whole.get(finding.args["stream"], -1)
    ]
    # What is sure makes what is uncertain about the rest of the same stream beside the point.
    sure = {finding.args["stream"] for finding in told if finding.message.basis is Basis.OBSERVED}
    told = [x for x in told if x.message.basis is Basis.OBSERVED or x.args["stream"] not in sure]
    return worst(told)
