"""Which changes have one cause: those that name the same culprit, those of one domain, and those of one check everywhere."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from healthcheck.monitor.items import Item
from healthcheck.monitor.state import News

CULPRIT_FROM = 3
"""Domains that a common culprit takes to be named."""
CHECK_FROM = 5
"""Domains in which the same check changes at once without a culprit: then it is not theirs either."""
DARK_FROM = 5
"""Checks lost at once in one domain: it is dark, as others may be for the same reason."""


def by_check(item: Item) -> str:
    """A way of grouping."""
    return item.check


def by_domain(item: Item) -> str:
    """A way of grouping."""
    return item.domain


def causes(items: Sequence[Item], lost: bool) -> list[tuple[Sequence[Item], str]]:
    """The items parted into what has one cause each, with the culprit where one is named."""
    left = [item for item in items if item.news is not News.FLAPPING]
    found: list[tuple[Sequence[Item], str]] = [((item,), "") for item in items if item.news is News.FLAPPING]
    while (culprit := _commonest(left)) is not None:
        found.append(([item for item in left if culprit in item.seen.blamed], culprit))
        left = [item for item in left if culprit not in item.seen.blamed]
    if lost:
        lost_in: dict[str, list[Item]] = defaultdict(list)
        for item in left:
            lost_in[item.domain].append(item)
        dark = {domain for domain, mine in lost_in.items() if len(mine) >= DARK_FROM}
        if len(dark) >= CULPRIT_FROM:
            found.append(([item for item in left if item.domain in dark], ""))
            left = [item for item in left if item.domain not in dark]
    found += [(group, "") for group in clusters(left, {by_check: CHECK_FROM, by_domain: 2})]
    return found


def _commonest(items: Iterable[Item]) -> str | None:
    """The name that most domains blame, if CULPRIT_FROM do; of several the one that is blamed first, then by name."""
    domains: dict[str, set[str]] = defaultdict(set)
    place: dict[str, int] = defaultdict(int)
    for item in items:
        for rank, name in enumerate(item.seen.blamed):
            domains[name].add(item.domain)
            place[name] += rank
    best = min(domains, key=lambda name: (-len(domains[name]), place[name], name), default=None)
    return best if best is not None and len(domains[best]) >= CULPRIT_FROM else None


def clusters(items: Sequence[Item], ways: Mapping[Callable[[Item], str], int]) -> list[list[Item]]:
    """The items in groups, the largest that are possible first; each way of grouping needs so many. The rest stay alone."""
    left = list(items)
    found: list[list[Item]] = []
    while left:
        groups: list[tuple[int, str, list[Item]]] = []
        for way, least in ways.items():
            shared: dict[str, list[Item]] = defaultdict(list)
            for item in left:
                shared[way(item)].append(item)
            groups += [(-len(mine), name, mine) for name, mine in shared.items() if len(mine) >= least]
        if not groups:
            return found + [[item] for item in left]
        best = min(groups, key=lambda group: group[:2])[2]
        found.append(best)
        taken = {item.id for item in best}
        left = [item for item in left if item.id not in taken]
    return found
