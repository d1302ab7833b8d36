"""What is said of the mail that was seen: the values that all forms of `healthcheck errors` are written from.

`errors_text` writes them for a person, `errors_markdown` for a ticket, `errors_json` in schema healthcheck.errors/1.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from checks.delivery.observed import Failure
from checks.delivery.tally import OTHER, UNKNOWN, Rate, Suppressed, Tally
from checks.model import Status, Verdict
from checks.text import inert
from healthcheck.report import Report

if TYPE_CHECKING:
    from healthcheck.intake.reports.reported import Reported  # start-up time: few runs are given reports

BY = ("provider", "day", "hour", "code", "category")
"""The words of --by, and the tables that they choose."""
RATES = (
    ("bounce", "bounced", "messages"),
    ("hard_bounce", "address dead", "messages"),
    ("deferral", "put off", "attempts"),
    ("complaint", "complaints", "delivered"),
)
"""Each rate: its name, what people are told, what it is a part of."""
JUDGES_OF_RATES = frozenset(f"delivery.few-{what}" for what in ("bounces", "hard-bounces", "deferrals", "complaints"))
SPOKEN = {"deferred": "put off", "bounced": "bounced", "rejected": "refused"}

_UNJUDGED = ": too few to judge a rate by"
_SERVERS = "other servers"
_BLOCKS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▅▇"
_PLAIN_SPARKS = "_.:=#"


class Source(NamedTuple):
    """A file that was read: as it was named, what it is, its lines, its events."""

    file: str
    format: str
    lines: int
    events: int


class Unread(NamedTuple):
    """What was not read. `samples`: file, line, why, the beginning of the text."""

    lines: int = 0
    bytes: int = 0
    samples: tuple[tuple[str, int | None, str, str], ...] = ()


class Seen(NamedTuple):
    """All that is said.

    `name` heads it. `sums` are those of the tally, made once. `begin` and `end`: the window that was asked for. `report`:
    what the checks of delivery found.
    `thresholds`: the limits that they judged by. `failures`: the failed replies in groups, most first; `unlisted` counts
    those of smaller groups. `nothing_read`: nothing at all could be read. `reports`: what receivers told, in sums;
    `more_reports` counts those beyond.
    """

    name: str
    tally: Tally
    sums: dict[str, Any]
    begin: str | None
    end: str | None
    sources: tuple[Source, ...]
    more_sources: int
    unread: Unread
    repeated: int
    report: Report
    thresholds: Mapping[str, float]
    failures: tuple[Failure, ...]
    unlisted: int
    nothing_read: bool
    by: str | None = None
    reports: "tuple[Reported, ...]" = ()
    more_reports: int = 0

    @property
    def events(self) -> int:
        """How many events are counted."""
        return sum(self.tally.counts.values())

    @property
    def verdict(self) -> Verdict:
        """What the checks of delivery come to. Too little mail to judge a rate by is no answer, and neither is no mail at all."""
        found = self.report.verdict
        if found is Verdict.FAIL:
            return found
        return Verdict.INCONCLUSIVE if self.nothing_read or not self.events or _no_rate_judged(self.report) else found


def percent(value: float) -> str:
    """A share as people read it: 0.02 %, 4.3 %, 31 %."""
    number = value * 100
    if not number:
        return "0 %"
    return f"{number:.2f} %" if number < 1 else f"{number:.1f} %" if number < 99.95 else f"{number:.0f} %"


def answer(seen: Seen) -> str:
    """What came of the mail, in one line."""
    messages, rates = seen.sums["messages"], seen.sums["rates"]
    if seen.nothing_read:
        return "nothing could be read"
    if not seen.events:
        number = len(seen.reports) + seen.more_reports
        beside = f", but {number:,} {'report' if number == 1 else 'reports'} of receivers" if number else ""
        return f"no event of delivery was found{beside}"
    bounce = rates["bounce"]
    if bounce.value is None:
        if not messages["total"]:
            kinds = [f"{number:,} {kind}" for kind, number in seen.tally.counts.items() if number]
            return f"{', '.join(kinds)}, and no message that was tried"
        told = f"{messages['bounced']:,} bounced, {messages['pending']:,} put off"
        return f"{told}; how many were tried is not told, so there is no rate"
    words = [f"{percent(bounce.value)} of {bounce.of:,} {'message' if bounce.of == 1 else 'messages'} bounced"]
    hard, deferral, complaint = rates["hard_bounce"], rates["deferral"], rates["complaint"]
    if hard.count and hard.value is not None:
        words[0] += f" ({percent(hard.value)} dead addresses)"
    if deferral.count and deferral.value is not None:
        words.append(f"{percent(deferral.value)} of attempts put off")
    if complaint.count and complaint.value is not None:
        words.append(f"{percent(complaint.value)} complaints")
    unjudged = seen.verdict is not Verdict.FAIL and _no_rate_judged(seen.report)
    return ", ".join(words) + (_UNJUDGED if unjudged else "")


def _no_rate_judged(report: Report) -> bool:
    """True where rates were to be judged and none could be, for want of mail."""
    judged = [result.status for result in report.checks if result.id in JUDGES_OF_RATES]
    return bool(judged) and all(status in (Status.UNKNOWN, Status.SKIPPED) for status in judged)


def spoken_minute(time: str) -> str:
    """A time to the minute, as people write it."""
    return str(inert(time[:16])).replace("T", " ")


def spoken_window(seen: Seen) -> str:
    """From when to when the mail is, UTC; "" where no time is known."""
    begin, end = seen.begin or seen.tally.first, seen.end or seen.tally.last
    return f"{spoken_minute(begin)} to {spoken_minute(end)} UTC" if begin and end else ""


def bar(value: float, cells: int, plain: bool) -> str:
    """A share of one as a bar of so many cells; something is always seen of what is not nothing."""
    if value <= 0 or cells <= 0:
        return ""
    value = min(value, 1.0)
    if plain:
        return "#" * round(value * cells) or "."
    whole, rest = divmod(max(1, round(value * cells * 8)), 8)
    return "█" * whole + (_BLOCKS[rest] if rest else "")


def sparkline(numbers: Sequence[int], plain: bool) -> str:
    """Numbers side by side as little columns: nothing is a dot, and the largest of them the highest."""
    sparks, most = (_PLAIN_SPARKS if plain else _SPARKS), max(numbers, default=0)
    if not most:
        return ""
    dot = " " if plain else "·"
    return "".join(dot if not number else sparks[max(0, -(-number * len(sparks) // most) - 1)] for number in numbers)


def days_of(rows: Mapping[str, Mapping[str, int]], most: int) -> list[tuple[str, Mapping[str, int]]]:
    """The last `most` days, those without mail too."""
    known = sorted(day for day in rows if day != OTHER)
    if not known:
        return []
    try:
        end, first = date.fromisoformat(known[-1]), date.fromisoformat(known[0])
    except ValueError:
        return [(day, rows[day]) for day in known[-most:]]
    length = min((end - first).days + 1, most)
    days = [(end - timedelta(days=ago)).isoformat() for ago in range(length - 1, -1, -1)]
    nothing = {"delivered": 0, "deferred": 0, "bounced": 0}
    return [(day, rows.get(day, nothing)) for day in days]


class Reason(NamedTuple):
    """Why mail failed: a category with its replies, their share, what it means and what to do, and one of them."""

    category: str
    replies: int
    share: float
    title: str
    who_acts: str
    action: str
    sample: str


def reasons(seen: Seen, most: int) -> list[Reason]:
    """The commonest reasons, with what to do. The explanation is that of the commonest reply of each."""
    from checks.replies.catalogue import catalogue  # start-up time: JSON does without the words
    from checks.replies.explain import explain

    rows = seen.sums["by_category"]
    total = sum(rows.values())
    stops = {one.reason for one in seen.sums["suppress"]}
    found = []
    for category, number in list(rows.items())[:most]:
        commonest = next((one for one in seen.failures if one.category == category), None)
        known: Any = catalogue().categories.get(category)
        if commonest is not None:
            told = explain(commonest.reply, commonest.provider)
            # What the reply alone leaves open, a service's own class may have decided: the address is on the list then.
            unsure = told.suppress == "no" and category in stops
            known = told if told.category == category and not unsure else known
        title, who, action = (known.title, known.who_acts, known.action) if known is not None else (category, "", "")
        sample = str(inert(commonest.reply)) if commonest is not None else ""
        found.append(Reason(category, number, number / total if total else 0.0, title, who, action, sample))
    return found


class Latest(NamedTuple):
    """The latest failed reply of a kind."""

    kind: str
    time: str
    domain: str
    reply: str


def latest(seen: Seen) -> list[Latest]:
    """The latest reply of each kind of failure, as far as the groups tell them apart."""
    found = []
    for kind in SPOKEN:
        of_kind = [one for one in seen.failures if getattr(one, kind)]
        one = max(of_kind, key=lambda one: (one.last or "", one.replies), default=None)
        if one is not None:
            domain = one.recipient_domains[0][0] if one.recipient_domains else ""
            found.append(Latest(kind, spoken_minute(one.last or ""), str(inert(domain)), str(inert(one.reply))))
    return found


def to_stop(seen: Seen) -> list[Suppressed]:
    """The addresses not to send to any more, those that were tried most often first."""
    return sorted(seen.sums["suppress"], key=lambda one: (-one.times, one.recipient))


def table(seen: Seen, by: str) -> tuple[str, dict[str, dict[str, int]]]:
    """A table of attempts, or of failed replies, by what --by names: its heading and rows, the most first or by time."""
    sums = seen.sums
    match by:
        case "provider":
            return "By provider", _by_mailbox_provider(sums["by_provider"])
        case "day":
            return "By day (UTC)", sums["by_day"]
        case "hour":
            return "By hour (UTC)", sums["by_hour"]
        case "code":
            return "By code", {key: {"replies": number} for key, number in sums["by_enhanced"].items()}
        case _:
            return "By category", {key: {"replies": number} for key, number in sums["by_category"].items()}


def _by_mailbox_provider(rows: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The same rows, those of servers by the name of their software, which tells not whose they are, as one."""
    from checks.replies.catalogue import catalogue  # start-up time: as above

    known = {*catalogue().hosts.values(), OTHER, UNKNOWN}
    folded: dict[str, dict[str, int]] = {}
    for name, row in rows.items():
        one = folded.setdefault(name if name in known else _SERVERS, dict.fromkeys(row, 0))
        for kind, number in row.items():
            one[kind] += number
    return dict(sorted(folded.items(), key=lambda item: (item[0] == OTHER, -sum(item[1].values()), item[0])))


def rate_words(rate: Rate, of: str) -> str:
    """`3 of 69 messages`, or why there is no rate."""
    if rate.value is None:
        return f"{rate.count:,} seen, and nothing to divide by"
    return f"{rate.count:,} of {rate.of:,} {of}"


def told_by_receivers(seen: Seen) -> list[str]:
    """What receivers reported, a line for each of them and each domain, the most mail first."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for one in seen.reports:
        key = (str(inert(one.organization)) or "unknown", str(inert(one.domain or "")), one.form)
        sums = lines.setdefault(key, [0, 0, 0])
        good, bad = (one.passed, one.failed) if one.form == "dmarc" else (one.successful, one.failed_sessions)
        sums[0] += 1
        sums[1] += good or 0
        sums[2] += bad or 0
    ordered = sorted(lines.items(), key=lambda item: (-item[1][1] - item[1][2], item[0]))
    return [_receiver(key, sums) for key, sums in ordered]


def _receiver(key: tuple[str, str, str], sums: Sequence[int]) -> str:
    (organization, domain, form), (reports, good, bad) = key, sums
    told = f"{organization} of {domain}, {reports:,} {'report' if reports == 1 else 'reports'}: "
    what = "messages passed DMARC" if form == "dmarc" else "TLS sessions succeeded"
    share = f" ({percent(good / (good + bad))})" if good + bad else ""
    return f"{told}{good:,} of {good + bad:,} {what}{share}"
