"""From hard changes to alerts: one cause, one message.

What begins at once and names the same culprit (an include that many clients use, a shared address) is one message that names it
and counts the domains; so is what begins at once for many checks of one domain, or for one check of many domains. Such a *topic*
stays open: whoever joins it later is silent, and its end is told once, when the last one has recovered. While the vantage is
sick, nothing is told of domains: what still stands after its end is told then.

Pure: `now` is given, and what comes out is a list of things to write down and to send.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from checks.model import Status
from healthcheck.monitor.alert import MOST_NAMED, Alert, Kind, key_of
from healthcheck.monitor.reading import Seen
from healthcheck.monitor.state import News, is_bad

CULPRIT_FROM = 3
"""Domains that a common culprit takes to be named."""
CHECK_FROM = 5
"""Domains in which the same check changes at once without a culprit: then it is not theirs either."""
DARK_FROM = 5
"""Checks lost at once in one domain: it is dark, as others may be for the same reason."""
SHOWN_CHECKS = 12

VANTAGE_KEY = key_of("vantage")
_ORDER = {"critical": 0, "error": 1, "warning": 2, "info": 3}


class Item(msgspec.Struct, frozen=True):
    """A hard change that nobody was told of. `hard` is the status that counts by now; `topic` and `lost_topic` the keys under
    which its problem, or that it cannot be looked at, was told before."""

    id: int
    domain: str
    old: Status
    new: Status
    since: str
    news: News | None
    found: bool
    seen: Seen
    hard: Status
    topic: str | None = None
    lost_topic: str | None = None

    @property
    def check(self) -> str:
        return self.seen.check


class Topic(msgspec.Struct, frozen=True):
    """What was told and is not over. `count`: domains that it was for; `members`: checks that still are in it."""

    key: str
    opened: str
    kind: str
    title: str
    severity: str
    culprit: str = ""
    count: int = 1
    members: int = 0


class Place(msgspec.Struct, frozen=True):
    """The topics of one check of one domain from now on."""

    domain: str
    check: str
    topic: str | None
    lost_topic: str | None


class Telling(msgspec.Struct, frozen=True):
    """What is to be sent and to be written down: all in one transaction."""

    alerts: tuple[Alert, ...] = ()
    opened: tuple[Topic, ...] = ()
    grown: tuple[Topic, ...] = ()
    closed: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    done: tuple[int, ...] = ()


def tell(items: Sequence[Item], topics: Mapping[str, Topic], sick: bool, now: str) -> Telling:
    """What is told of some changes. `sick`: the vantage is, or was until a moment ago; then the items wait, untold."""
    if sick:
        return Telling()
    teller = _Teller(topics, now)
    ends: list[Item] = []
    problems: list[Item] = []
    losses: list[Item] = []
    for track in _tracks(items):
        last = track[-1]
        if last.news is News.LOST:
            losses += [last] if last.hard is Status.UNKNOWN else []
        elif last.news in (News.PROBLEM, News.FLAPPING) or (last.news is News.SETTLED and is_bad(last.new)):
            problems += [last] if last.news is News.FLAPPING or is_bad(last.new) else []
        elif last.topic or len(track) == 1:
            ends.append(last)
    for item in items:
        if item.found and item.lost_topic:
            teller.leave_lost(item)
    teller.end(ends)
    teller.begin(problems, lost=False)
    teller.begin(losses, lost=True)
    return teller.telling(items)


def _tracks(items: Iterable[Item]) -> list[list[Item]]:
    """The news of each check of each domain in order, that of not being known apart from that of the mail itself."""
    found: dict[tuple[str, str, bool], list[Item]] = defaultdict(list)
    for item in items:
        if item.news is not None and item.news is not News.FOUND:
            found[item.domain, item.check, item.news is News.LOST].append(item)
    return list(found.values())


class _Teller:
    """Gathers what is to be told in one telling."""

    def __init__(self, topics: Mapping[str, Topic], now: str) -> None:
        self._topics = dict(topics)
        self._members = {key: topic.members for key, topic in topics.items()}
        self._now = now
        self._alerts: list[Alert] = []
        self._opened: dict[str, Topic] = {}
        self._grown: dict[str, Topic] = {}
        self._left: dict[str, Item] = {}
        self._places: dict[tuple[str, str], Place] = {}

    def telling(self, items: Sequence[Item]) -> Telling:
        """All of it; topics that nobody is left in are closed, with their one end."""
        closed = []
        for key, last in self._left.items():
            if self._members.get(key, 0) <= 0 and key not in self._opened:
                closed.append(key)
                if (topic := self._topics.get(key)) is not None:
                    self._alerts.append(self._over(topic, last))
        return Telling(
            tuple(self._alerts),
            tuple(self._opened.values()),
            tuple(topic for key, topic in self._grown.items() if key not in closed),
            tuple(closed),
            tuple(self._places.values()),
            tuple(item.id for item in items),
        )

    def leave_lost(self, item: Item) -> None:
        """It can be looked at again."""
        self._move(item, lost_topic=None)

    def end(self, items: Iterable[Item]) -> None:
        """Recoveries, and what is better and still no pass."""
        never_told: list[Item] = []
        better: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            topic = self._topics.get(item.topic or "")
            if is_bad(item.new):
                if topic is None or not topic.culprit:
                    better[item.topic or key_of("problem", item.domain, item.check)].append(item)
            elif item.topic is None:
                never_told.append(item)
            else:
                self._move(item, topic=None)
        self._alerts += [self._better(key, group) for key, group in better.items()]
        for group in _clusters(never_told, {_by_check: CHECK_FROM, _by_domain: 2}):
            self._alerts.append(self._well_again(group))

    def begin(self, items: Iterable[Item], lost: bool) -> None:
        """Problems, or losses: those of an open topic stay in it, the others open as few as explain them."""
        fresh: list[Item] = []
        again: dict[tuple[str, News | None], list[Item]] = defaultdict(list)
        for item in items:
            mine = item.lost_topic if lost else item.topic
            if mine is not None and mine in self._topics:
                again[mine, item.news].append(item)
                continue
            shared = next((key for name in item.seen.blamed if (key := _culprit_key(name, lost)) in self._topics), None)
            if shared is not None and item.news is not News.FLAPPING:
                self._join(shared, (item,), lost)
            else:
                fresh.append(item)
        for (key, _), mine_too in again.items():
            self._more(self._topics[key], mine_too)
        for group, culprit in _causes(fresh, lost):
            self._open(group, culprit, lost)

    def _more(self, topic: Topic, group: Sequence[Item]) -> None:
        """Something new in what was told: one message; of what many domains have in common only where it is graver than before."""
        alert = self._alert(topic, group)
        graver = _ORDER[alert.severity] < _ORDER[topic.severity]
        if graver:
            self._topics[topic.key] = self._grown[topic.key] = msgspec.structs.replace(topic, severity=alert.severity)
        if graver or not (topic.culprit or topic.count > 1):
            self._alerts.append(alert)

    def _open(self, group: Sequence[Item], culprit: str, lost: bool) -> None:
        domains = sorted({item.domain for item in group})
        worst = min(group, key=lambda item: (_ORDER[item.seen.severity], item.domain, item.check))
        if culprit:
            key = _culprit_key(culprit, lost)
        else:
            key = key_of("lost" if lost else "problem", *domains, *sorted({item.check for item in group}))
        kind = Kind.LOST if lost else Kind.FLAPPING if worst.news is News.FLAPPING else Kind.PROBLEM
        if worst.news is News.SETTLED:
            kind = Kind.SETTLED
        severity = "warning" if lost or kind is Kind.FLAPPING else worst.seen.severity
        title = _title(kind, domains, group, culprit, worst)
        topic = Topic(key, self._now, kind.value, title, severity, culprit, 0)
        self._opened[key] = self._topics[key] = topic
        self._join(key, group, lost)
        self._alerts.append(self._alert(self._topics[key], group))

    def _join(self, key: str, group: Sequence[Item], lost: bool) -> None:
        for item in group:
            if lost:
                self._move(item, lost_topic=key)
            else:
                self._move(item, topic=key)
        old = self._topics[key]
        grown = msgspec.structs.replace(old, count=old.count + len({item.domain for item in group}))
        self._topics[key] = grown
        if key in self._opened:
            self._opened[key] = grown
        else:
            self._grown[key] = grown

    def _move(self, item: Item, **to: str | None) -> None:
        """Put a check into a topic, or out of one."""
        spot = (item.domain, item.check)
        before = self._places.get(spot) or Place(*spot, item.topic, item.lost_topic)
        after = msgspec.structs.replace(before, **to)
        for old, new in ((before.topic, after.topic), (before.lost_topic, after.lost_topic)):
            if old != new:
                if old is not None:
                    self._members[old] = self._members.get(old, 0) - 1
                    self._left[old] = item
                if new is not None:
                    self._members[new] = self._members.get(new, 0) + 1
        self._places[spot] = after

    def _alert(self, topic: Topic, group: Sequence[Item]) -> Alert:
        domains = sorted({item.domain for item in group})
        ranked = sorted(group, key=lambda item: (_ORDER[item.seen.severity], item.check, item.domain))
        worst = ranked[0]
        kind = Kind(topic.kind)
        if topic.key not in self._opened and worst.news is not None:  # something new in what was told before
            kind = Kind(worst.news.value)
            title = _title(kind, domains, group, topic.culprit, worst)
        else:
            title = topic.title
        severity = worst.seen.severity if kind in (Kind.PROBLEM, Kind.SETTLED) else "warning"
        return Alert(
            kind,
            topic.key,
            severity,
            title,
            _text(ranked, domains),
            worst.seen.remedy,
            False,
            tuple(domains[:MOST_NAMED]),
            len(domains),
            tuple(dict.fromkeys(item.check for item in ranked))[:SHOWN_CHECKS],
            topic.culprit,
            min(item.since for item in group),
            self._now,
        )

    def _over(self, topic: Topic, last: Item) -> Alert:
        settled = last.news is News.SETTLED
        said = "can be looked at again" if topic.kind == Kind.LOST else "well again"
        count = topic.count
        if topic.culprit:
            title = f"{topic.culprit}: {said}, for {count} domains"
        else:
            title = f"{last.domain if count == 1 else f'{count} domains'}: {said} ({last.check})"
        kind = Kind.SETTLED if settled else Kind.RECOVERY
        domains = () if count > 1 else (last.domain,)
        checks = (last.check,) if count == 1 else ()
        return Alert(
            kind, topic.key, "info", title, f"told at {topic.opened}: {topic.title}", "", True, domains, count, checks,
            topic.culprit, topic.opened, self._now,
        )  # fmt: skip

    def _better(self, key: str, group: Sequence[Item]) -> Alert:
        domains = sorted({item.domain for item in group})
        ranked = sorted(group, key=lambda item: (_ORDER[item.seen.severity], item.check, item.domain))
        worst, checks = ranked[0], tuple(dict.fromkeys(item.check for item in ranked))
        who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
        are = "is" if len(checks) == 1 else "are"
        title = f"{who}: {_listed(checks)} {are} better, and not well: {worst.seen.text}"
        return Alert(
            Kind.RECOVERY, key, worst.seen.severity, title, _text(ranked, domains), worst.seen.remedy, False, tuple(domains[:MOST_NAMED]),
            len(domains), checks[:SHOWN_CHECKS], "", min(item.since for item in group), self._now,
        )  # fmt: skip

    def _well_again(self, group: Sequence[Item]) -> Alert:
        """The end of what was bad when the watching began, and was never told."""
        domains = sorted({item.domain for item in group})
        checks = tuple(sorted({item.check for item in group}))
        who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
        key = key_of("problem", *domains, *checks)
        return Alert(
            Kind.RECOVERY, key, "info", f"{who}: {_listed(checks)} {'is' if len(checks) == 1 else 'are'} well again", "", "", True,
            tuple(domains[:MOST_NAMED]), len(domains), checks[:SHOWN_CHECKS], "", min(item.since for item in group), self._now,
        )  # fmt: skip


def _culprit_key(name: str, lost: bool) -> str:
    return key_of("lost-culprit" if lost else "culprit", name)


def _by_check(item: Item) -> str:
    return item.check


def _by_domain(item: Item) -> str:
    return item.domain


def _causes(items: Sequence[Item], lost: bool) -> list[tuple[Sequence[Item], str]]:
    """The items parted into what has one cause each, with the culprit where one is named."""
    left = [item for item in items if item.news is not News.FLAPPING]
    found: list[tuple[Sequence[Item], str]] = [((item,), "") for item in items if item.news is News.FLAPPING]
    while (culprit := _commonest(left)) is not None:
        found.append(([item for item in left if culprit in item.seen.blamed], culprit))
        left = [item for item in left if culprit not in item.seen.blamed]
    if lost:
        by_domain: dict[str, list[Item]] = defaultdict(list)
        for item in left:
            by_domain[item.domain].append(item)
        dark = {domain for domain, mine in by_domain.items() if len(mine) >= DARK_FROM}
        if len(dark) >= CULPRIT_FROM:
            found.append(([item for item in left if item.domain in dark], ""))
            left = [item for item in left if item.domain not in dark]
    found += [(group, "") for group in _clusters(left, {_by_check: CHECK_FROM, _by_domain: 2})]
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


def _clusters(items: Sequence[Item], ways: Mapping[Callable[[Item], str], int]) -> list[list[Item]]:
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


def _title(kind: Kind, domains: Sequence[str], group: Sequence[Item], culprit: str, worst: Item) -> str:
    checks = tuple(dict.fromkeys(item.check for item in group))
    who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
    if kind is Kind.FLAPPING:
        return f"{who}: {worst.check} goes back and forth; it is told again when it settles"
    if culprit:
        what = "cannot be looked at" if kind is Kind.LOST else "fail" if len(domains) > 1 else "fails"
        return f"{culprit}: {who} {what} because of it ({_listed(checks)})"
    if kind is Kind.LOST:
        return f"{who}: {_listed(checks)} cannot be looked at: {worst.seen.text}"[:500]
    settled = "settled, " if kind is Kind.SETTLED else ""
    if len(group) == 1:
        return f"{who}: {settled}{worst.seen.text}"
    return f"{who}: {_listed(checks)}: {worst.seen.text}"[:500]


def _listed(checks: Sequence[str]) -> str:
    return ", ".join(checks) if len(checks) <= 3 else f"{len(checks)} checks"


def _text(ranked: Sequence[Item], domains: Sequence[str]) -> str:
    lines = [f"{item.domain} {item.check}: {item.seen.text}" for item in ranked[:SHOWN_CHECKS]]
    if len(ranked) > SHOWN_CHECKS:
        lines.append(f"and {len(ranked) - SHOWN_CHECKS} more, in {len(domains)} domains")
    return "\n".join(lines)
