"""What became of mail, in a few lines, for scenarios and tests.

    2026-11-02T09:00 news.example.com gmail.com delivered 1000
    2026-11-02T09:01 news.example.com gmail.com bounced 20 recipient_unknown 5.1.1
    2026-11-02T09:01 news.example.com gmail.com deferred 50 sender_rate 4.7.28 tries=5 every=30m days=1-14

When, the stream (`<>` for the null sender), the recipients' domain, the kind, how many messages, and of failures the category and
the code. The nth message of each line is for the nth recipient of the domain, so two lines meet the same addresses.

    tries, every   each message is tried so often, so far apart (10m, 4h)
    days=A-B       the line counts again on each of so many days after its own, B included; days=0-28/7 on every seventh
    to=N           recipients are numbered from N, not from 0
    from=A         the messages left from that address; as events, so give few
    over=C         they went over that connection
    mails          what a bounce mail or a feedback loop tells: no log of ours
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from checks.delivery.events import Event, Place
from checks.delivery.meaning import judged
from checks.delivery.observed import Failure, Observed
from checks.delivery.traffic import TrafficTally
from healthcheck.intake.log import LogReader
from healthcheck.intake.stamps import YearlessClock, zone_named

HARD = frozenset({"recipient_unknown", "recipient_disabled", "recipient_domain"})
ENDS = 1798675200.0
"""2026-12-31: the time at which a log of a scenario was last written."""


def observed_of(traffic: str | None, log: str | None, limits: dict[str, float], replies: int = 0) -> Observed | None:
    """What a scenario tells of the mail; None where it tells nothing."""
    if traffic is None and log is None:
        failure = Failure("450 4.2.0 try again", "450", "4.2.0", "unknown", "temporary", "no", None, deferred=replies)
        return Observed((failure,)) if replies else None
    if traffic is not None:
        tally = tally_of(traffic)
    else:
        tally = TrafficTally()
        for event in logged(log or ""):
            tally.add(event)
    return Observed(traffic=tally.traffic(tuple(sorted(limits.items()))))


def tally_of(traffic: str) -> TrafficTally:
    """The tally of some lines. What was delivered is given in bulk, as a fast reader does."""
    tally = TrafficTally()
    for line in (line.split() for line in traffic.splitlines() if _is_bulk(line)):
        at, stream, domain, _, count, *rest = line
        days = next((word.removeprefix("days=") for word in rest if word.startswith("days=")), "0-0")
        for day in _days(days):
            minute = (datetime.fromisoformat(at) + timedelta(days=day)).isoformat()
            tally.delivered(minute, "" if stream == "<>" else stream, "", domain, False, int(count))
            tally.has_sender_side = True
    for event in events_of(traffic):
        tally.add(event)
    return tally


def logged(log: str) -> Iterator[Event]:
    """The events of a mail log."""
    reader = LogReader(zone_named(None))
    reader.begin(YearlessClock(2026, ENDS, zone_named(None)))
    for number, line in enumerate(log.splitlines(), 1):
        for said in reader.read(line) or ():
            yield judged(said, Place("mail.log", number))


def events_of(traffic: str) -> Iterator[Event]:
    """The events of some lines, in the order of the lines, but for the deliveries."""
    for number, line in enumerate(traffic.splitlines(), 1):
        if line.strip() and not _is_bulk(line):
            yield from _of_line(number, line.split())


def _is_bulk(line: str) -> bool:
    return " delivered " in line and " from=" not in line and " over=" not in line


def _of_line(number: int, words: list[str]) -> Iterator[Event]:
    at, stream, domain, kind, count, *rest = words
    options = dict(word.split("=") if "=" in word else (word, "") for word in rest if "=" in word or word == "mails")
    category, code = (*(word for word in rest if word not in options and "=" not in word), "", "")[:2]
    for day in _days(options.get("days", "0-0")):
        for attempt in range(int(options.get("tries", "1"))):
            time = datetime.fromisoformat(at) + timedelta(days=day) + attempt * _length(options.get("every", "30m"))
            for index in range(int(count)):
                yield Event(
                    time=time.isoformat() + "Z",
                    kind=kind,
                    recipient=f"r{index + int(options.get('to', '0'))}@{domain}",
                    recipient_domain=domain,
                    sender="" if stream == "<>" else f"bounce@{stream}",
                    reply=None,
                    basic=None,
                    enhanced=code or None,
                    category=category or None,
                    permanence=None,
                    suppress="yes" if category in HARD else "no",
                    provider=None,
                    host=None,
                    queue_id=f"{number}-{day}-{index}",
                    message_id=None,
                    local=False,
                    format="arf" if "mails" in options else "postfix",
                    source=Place("mail.log", number, index),
                    source_address=options.get("from"),
                    connection=options.get("over"),
                )


def _days(told: str) -> range:
    days, _, step = told.partition("/")
    first, _, last = days.partition("-")
    return range(int(first), int(last) + 1, int(step or 1))


def _length(told: str) -> timedelta:
    return timedelta(minutes=int(told[:-1]) * {"m": 1, "h": 60, "d": 1440}[told[-1]])
