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
from healthcheck.monitor.grouping import CHECK_FROM, by_check, by_domain, causes, clusters
from healthcheck.monitor.items import Item, Place, Telling, Topic
from healthcheck.monitor.state import News, is_bad
from healthcheck.monitor.wording import SHOWN_CHECKS, listed, text, title

VANTAGE_KEY = key_of("vantage")
_ORDER = {"critical": 0, "error": 1, "warning": 2, "info": 3}


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
        elif last.news in (News.PROBLEM, News.CHANGED, News.FLAPPING) or (
            last.news is News.SETTLED and is_bad(last.new)
        ):
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
            if item.topic is None or item.topic not in self._topics:
                never_told.append(item)
            elif is_bad(item.new):
                better[item.topic].append(item)
            else:
                self._move(item, topic=None)
        for key, group in better.items():
            self._improve(key, group)
        ways: dict[Callable[[Item], str], int] = {by_check: CHECK_FROM, by_domain: 2}
        for group in clusters([item for item in never_told if is_bad(item.new)], ways):
            self._improve_untold(group)
        for group in clusters([item for item in never_told if not is_bad(item.new)], ways):
            self._alerts.append(self._well_again(group))

    def begin(self, items: Iterable[Item], lost: bool) -> None:
        """Problems, or losses: those of an open topic stay in it, the others open as few as explain them."""
        fresh: list[Item] = []
        again: dict[tuple[str, News | None], list[Item]] = defaultdict(list)
        for item in items:
            mine = self._topics.get((item.lost_topic if lost else item.topic) or "")
            if mine is not None and mine.culprit and item.news is News.CHANGED:
                if item.seen.blamed[:1] == (mine.culprit,):
                    continue  # who is to blame was told, and is to blame still
                mine = mine if mine.culprit in item.seen.blamed else None
            if mine is not None:
                again[mine.key, item.news].append(item)
                continue
            shared = next((key for name in item.seen.blamed if (key := _culprit_key(name, lost)) in self._topics), None)
            if shared is None or item.news is News.FLAPPING:
                fresh.append(item)
                continue
            self._join(shared, (item,), lost)
            if not lost and _ORDER[item.seen.severity] < _ORDER[self._topics[shared].severity]:
                again[shared, item.news].append(item)
        for (key, _), mine_too in again.items():
            self._more(self._topics[key], mine_too)
        for group, culprit in causes(fresh, lost):
            self._open(group, culprit, lost)

    def _more(self, topic: Topic, group: Sequence[Item]) -> None:
        """Something new in what was told: one message; of what many have a culprit for only where it is graver than was told,
        or has another reason besides."""
        alert = self._alert(topic, group)
        graver = _ORDER[alert.severity] < _ORDER[topic.severity]
        if graver:
            self._weigh(topic.key, alert.severity)
        if graver or not topic.culprit or group[0].news is News.CHANGED:
            self._alerts.append(alert)

    def _improve(self, key: str, group: Sequence[Item]) -> None:
        """What is better and still no pass; of what many have a culprit for when it fails for nobody any more."""
        topic = self._topics[key]
        if topic.culprit and topic.failing:
            return
        alert = self._better(key, group)
        self._alerts.append(alert)
        self._weigh(key, alert.severity)  # if it grows worse again, that is news again

    def _improve_untold(self, group: Sequence[Item]) -> None:
        """What was bad when the watching began is better: whoever is told of it now is owed its end."""
        key = _problem_key(group)
        alert = self._better(key, group)
        topic = Topic(key, self._now, Kind.PROBLEM.value, alert.title, alert.severity, count=0)
        self._opened[key] = self._topics[key] = topic
        self._join(key, group, lost=False)
        self._alerts.append(alert)

    def _weigh(self, key: str, severity: str) -> None:
        self._topics[key] = self._grown[key] = msgspec.structs.replace(self._topics[key], severity=severity)

    def _open(self, group: Sequence[Item], culprit: str, lost: bool) -> None:
        domains = sorted({item.domain for item in group})
        worst = min(group, key=lambda item: (_ORDER[item.seen.severity], item.domain, item.check))
        key = _culprit_key(culprit, lost) if culprit else _problem_key(group, lost)
        kind = Kind.LOST if lost else Kind.FLAPPING if worst.news is News.FLAPPING else Kind.PROBLEM
        if worst.news is News.SETTLED:
            kind = Kind.SETTLED
        severity = "warning" if lost or kind is Kind.FLAPPING else worst.seen.severity
        topic = Topic(key, self._now, kind.value, title(kind, domains, group, culprit, worst), severity, culprit, 0)
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
            headline = title(kind, domains, group, topic.culprit, worst)
        else:
            headline = topic.title
        severity = worst.seen.severity if kind in (Kind.PROBLEM, Kind.CHANGED, Kind.SETTLED) else "warning"
        return Alert(
            kind,
            topic.key,
            severity,
            headline,
            text(ranked, domains),
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
            headline = f"{topic.culprit}: {said}, for {count} domains"
        else:
            headline = f"{last.domain if count == 1 else f'{count} domains'}: {said} ({last.check})"
        kind = Kind.SETTLED if settled else Kind.RECOVERY
        domains = () if count > 1 else (last.domain,)
        checks = (last.check,) if count == 1 else ()
        return Alert(
            kind, topic.key, "info", headline, f"told at {topic.opened}: {topic.title}", "", True, domains, count, checks,
            topic.culprit, topic.opened, self._now,
        )  # fmt: skip

    def _better(self, key: str, group: Sequence[Item]) -> Alert:
        domains = sorted({item.domain for item in group})
        ranked = sorted(group, key=lambda item: (_ORDER[item.seen.severity], item.check, item.domain))
        worst, checks = ranked[0], tuple(dict.fromkeys(item.check for item in ranked))
        who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
        are = "is" if len(checks) == 1 else "are"
        headline = f"{who}: {listed(checks)} {are} better, and not well: {worst.seen.text}"
        return Alert(
            Kind.RECOVERY, key, worst.seen.severity, headline, text(ranked, domains), worst.seen.remedy, False, tuple(domains[:MOST_NAMED]),
            len(domains), checks[:SHOWN_CHECKS], "", min(item.since for item in group), self._now,
        )  # fmt: skip

    def _well_again(self, group: Sequence[Item]) -> Alert:
        """The end of what was bad when the watching began, and was never told."""
        domains = sorted({item.domain for item in group})
        checks = tuple(sorted({item.check for item in group}))
        who = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
        headline = f"{who}: {listed(checks)} {'is' if len(checks) == 1 else 'are'} well again"
        return Alert(
            Kind.RECOVERY, _problem_key(group), "info", headline, "", "", True,
            tuple(domains[:MOST_NAMED]), len(domains), checks[:SHOWN_CHECKS], "", min(item.since for item in group), self._now,
        )  # fmt: skip


def _problem_key(group: Sequence[Item], lost: bool = False) -> str:
    domains, checks = {item.domain for item in group}, {item.check for item in group}
    return key_of("lost" if lost else "problem", *sorted(domains), *sorted(checks))


def _culprit_key(name: str, lost: bool) -> str:
    return key_of("lost-culprit" if lost else "culprit", name)
