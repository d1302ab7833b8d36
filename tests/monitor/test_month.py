"""A month of a monitor: real checks, a real store, a scripted world, and a clock that is turned by hand.

Nine domains are examined every three hours, and every twelve where nothing happens for long. Things happen; what must be told of
them, and when, is in the table. Nothing else may be told.
"""

import asyncio
import ipaddress
from datetime import date, datetime, timedelta

import msgspec

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.model import Target
from checks.registry import CHECKS
from checks.vantage.control import CERTAIN
from healthcheck.config.model import Ignore
from healthcheck.config.rules import Rules, applied
from healthcheck.engine import selected
from healthcheck.monitor.rounds import Plan, Watch
from healthcheck.monitor.state import Patience
from healthcheck.monitor.times import as_text, as_time
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld
from tests.monitor import to_output

BEGINNING = as_time("2026-11-01T00:00:00Z")
HOURS = 3
DAYS = 30

NAMES = ("alone", "client-1", "client-2", "client-3", "flappy", "listed", "slow", "waived", "well")
CHECKED = (
    *("vantage.resolver-answers", "vantage.nxdomain-honest", "spf.published-once", "spf.includes-exist"),
    *("mx.exchanges-valid", "dnsbl.not-listed", "dnsbl.lists-answer"),
)

# What happens: from (day, hour) until before (day, hour).
RESOLVER_STUMBLES = [((2, 6), (2, 9))]
RESOLVER_IS_DEAD = [((3, 0), (3, 12))]
LIST_IS_SILENT = [((5, 0), (5, 15)), ((6, 0), (6, 6))]
ALONE_HAS_TWO_RECORDS = [((7, 6), (8, 6))]
INCLUDE_IS_GONE = [((9, 12), (10, 12))]
MAIL_SERVER_IS_SLOW = [((12, 0), (12, 6)), ((13, 0), (14, 0))]
IS_LISTED = [((15, 0), (15, 3)), ((16, 0), (17, 0))]
NETWORK_IS_DEAD = [((18, 0), (18, 12))]
FLAPS = [((day, hour), (day, hour + 3)) for day in (20, 21, 22) for hour in (0, 6, 12, 18)]
WAIVED_HAS_TWO_RECORDS = [((25, 9), (28, 9))]
WAIVER = Ignore(
    id="spf.published-once", domain="waived.example", reason="until the move is done", expires=date(2026, 11, 26)
)

# Where nothing happens and nothing is waited for: a look in twelve hours is enough to see that nothing is told.
QUIET = [
    *[
        ((1, 3), (2, 6)),
        ((3, 15), (5, 0)),
        ((6, 9), (7, 6)),
        ((8, 12), (9, 12)),
        ((10, 18), (12, 0)),
        ((14, 3), (15, 0)),
    ],
    *[((17, 6), (18, 0)), ((18, 15), (20, 0)), ((24, 21), (27, 0)), ((28, 15), (31, 0))],
]

# When, what, of whom, and the end of which it is, if of any.
TOLD = """
03 03:00  incident                             the resolver is dead, seen twice
03 12:00  recovery  over
05 06:00  lost              zen.test           9 domains cannot be looked at because of one list, seen three times
05 15:00  recovery  over    zen.test
07 06:00  problem           alone.example      what a record says is told at once
08 09:00  recovery  over    alone.example      and its end when it was seen twice
09 12:00  problem           spf.esp.test       three clients, one culprit
10 15:00  recovery  over    spf.esp.test
13 06:00  lost              slow.example       three times in a row; twice was nothing to tell
14 00:00  recovery  over    slow.example
16 03:00  problem           listed.example     a listing is told when it was seen twice; once was nothing to tell
17 03:00  recovery  over    listed.example
18 03:00  incident                             the network is dead, though the resolver's canaries still answer
18 12:00  recovery  over
20 00:00  problem           flappy.example
21 00:00  flapping          flappy.example     nine changes in a day and a bit
24 18:00  settled   over    flappy.example     two days of calm
27 00:00  problem           waived.example     the waiver has expired
28 12:00  recovery  over    waived.example
"""


class Clock:
    """The time of day, as somebody sets it."""

    def __init__(self) -> None:
        self.time = BEGINNING

    def now(self) -> str:
        return as_text(self.time)

    def is_in(self, spans: list[tuple[tuple[int, int], tuple[int, int]]]) -> bool:
        """True within one of these stretches; days are those of the month, from 1."""
        return any(_moment(first) <= self.time < _moment(last) for first, last in spans)


def _moment(when: tuple[int, int]) -> datetime:
    return BEGINNING + timedelta(days=when[0] - 1, hours=when[1])


def zone_of(clock: Clock) -> str:
    """All that is published now."""
    lines = [
        "example.com. NS ns1.example.com.",
        "2.0.0.127.zen.test. A 127.0.0.2",
        "zen.test. NS ns.zen.test.",
        "esp.test. NS ns.esp.test.",
    ]
    if not clock.is_in(INCLUDE_IS_GONE):
        lines.append('spf.esp.test. TXT "v=spf1 ip4:198.51.100.0/24 -all"')
    for number, name in enumerate(NAMES, 10):
        include = " include:spf.esp.test" if name.startswith("client") else ""
        lines += [
            f'{name}.example. TXT "v=spf1 ip4:192.0.2.{number}{include} -all"',
            f"{name}.example. MX 10 mail.{name}.example.",
            f"mail.{name}.example. A 192.0.2.{number}",
        ]
    two = {"alone": ALONE_HAS_TWO_RECORDS, "flappy": FLAPS, "waived": WAIVED_HAS_TWO_RECORDS}
    lines += [f'{name}.example. TXT "v=spf1 -all"' for name, spans in two.items() if clock.is_in(spans)]
    if clock.is_in(IS_LISTED):
        number = 10 + NAMES.index("listed")
        lines.append(f"{number}.2.0.192.zen.test. A 127.0.0.2")
    return "$TTL 300\n" + "\n".join(lines) + "\n"


class World:
    """A network with a resolver in it."""

    name = "live"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: tuple[str, str, ZoneWorld] = ("", "", ZoneWorld([]))

    async def answer(self, question: DnsQuestion) -> Answer:
        return msgspec.structs.replace(self._answer(question), server="192.0.2.53")

    def _answer(self, question: DnsQuestion) -> Answer:
        clock = self._clock
        canary = question == CERTAIN or question.name.startswith("no-such-name.")
        timed_out = Answer(question, Outcome.TEMPFAIL, detail="timed out")
        if clock.is_in(RESOLVER_IS_DEAD) or clock.is_in(RESOLVER_STUMBLES):
            return timed_out
        if clock.is_in(NETWORK_IS_DEAD) and not canary:
            return timed_out
        if clock.is_in(LIST_IS_SILENT) and question.name.endswith("zen.test"):
            return timed_out
        if clock.is_in(MAIL_SERVER_IS_SLOW) and question.name == "mail.slow.example":
            return timed_out
        now = clock.now()
        if self._told[0] != now:
            _, before, world = self._told
            told = zone_of(clock)
            self._told = (now, told, world if told == before else ZoneWorld([read_zones(told, ".", "world")]))
        found = self._told[2].look_up(question)
        return msgspec.structs.replace(found, outcome=Outcome.NXDOMAIN) if found.outcome is Outcome.REFUSED else found

    async def close(self) -> None:
        """Nothing is held."""


def expected() -> list[tuple[str, str, bool, str]]:
    """The table as values: when, which kind, whether it is an end, and whom it names."""
    rows = []
    for line in TOLD.strip().splitlines():
        when, kind, end, whom = line[:8], line[10:20].strip(), line[20:28].strip(), line[28:47].strip()
        rows.append((when, kind, end == "over", whom))
    return rows


def test_in_a_month_of_trouble_exactly_the_right_alerts_are_told(file_store):
    clock = Clock()
    targets = tuple(
        Target(f"{name}.example", (ipaddress.ip_address(f"192.0.2.{number}"),), lists=("zen.test",))
        for number, name in enumerate(NAMES, 10)
    )
    rules = Rules(waivers=(WAIVER,))

    def settle(report):
        return applied(msgspec.structs.replace(report, generated_at=clock.now()), rules)

    plan = Plan(targets, selected(CHECKS, CHECKED, []), Patience(), 30.0, to_output, settle)
    watch = Watch(plan, file_store, World(clock), clock.now)
    told = []
    for step in range(DAYS * 24 // HOURS):
        clock.time = BEGINNING + timedelta(hours=step * HOURS)
        if clock.is_in(QUIET) and clock.time.hour % 12:
            continue
        done = asyncio.run(watch.round(lambda _domain, _last: True))
        assert done.examined == len(NAMES)
        for alert in done.alerts:
            whom = alert.culprit or (alert.domains[0] if len(alert.domains) == 1 else "")
            told.append((clock.time.strftime("%d %H:%M"), alert.kind.value, alert.over, whom))
    assert told == expected()
    # Every end has the key of its beginning, and nothing is left open.
    begun = [one.alert.dedup_key for one in file_store.outbox.undelivered() if not one.alert.over]
    ended = [one.alert.dedup_key for one in file_store.outbox.undelivered() if one.alert.over]
    assert set(begun) == set(ended)
