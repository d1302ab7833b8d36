"""Mail that was seen, made up, for the renderings of `healthcheck errors`."""

from checks.delivery.events import Event, Place
from checks.delivery.failures import Failures
from checks.delivery.tally import Tally
from checks.model import Target
from healthcheck.intake.reports.reported import Reported
from healthcheck.render import errors as told
from healthcheck.report import Report

NO_CHECKS = Report(Target("", called="mail.log"), "", "files", "2026-11-22T14:03:00Z", (), ())


def event(number: int, kind: str = "delivered", word: str = "", day: int = 20) -> Event:
    """An event in which a stranger's word stands wherever one can."""
    failed = kind in ("deferred", "bounced", "rejected")
    return Event(
        time=f"2026-11-{day:02}T09:31:{number % 60:02}Z",
        kind=kind,
        recipient=f"kim{word}{number}@example.net{word}",
        recipient_domain=f"example.net{word}",
        sender="news@example.com",
        reply=f"550 5.1.1 no such user {word}" if failed else None,
        basic="550" if failed else None,
        enhanced=f"5.1.1{word}" if failed else None,
        category="recipient_unknown" if failed else None,
        permanence="permanent" if failed else None,
        suppress="yes" if kind == "bounced" else None,
        provider=f"gmail{word}",
        host=None,
        queue_id=f"{number:X}",
        message_id=None,
        local=False,
        format="postfix",
        source=Place("mail.log", number),
    )


def seen(events: list[Event], word: str = "", by: str | None = None, report: Report = NO_CHECKS) -> told.Seen:
    tally, failures = Tally(), Failures()
    for one in events:
        tally.add(one)
        failures.add(one)
    listed, unlisted = failures.listed()
    return told.Seen(
        name=f"mail.log{word}",
        tally=tally,
        sums=tally.sums(),
        begin=None,
        end=None,
        sources=(told.Source(f"mail.log{word}", "duplicate", 3, 3),),
        more_sources=0,
        unread=told.Unread(1, 10, ((f"mail.log{word}", 1, f"no known format{word}", f"text{word}"),)),
        repeated=1,
        report=report,
        thresholds={},
        failures=listed,
        unlisted=unlisted,
        nothing_read=False,
        by=by,
        reports=(
            Reported("dmarc", "r.xml", f"google{word}", "1", f"example.com{word}", None, None, None, 9, 6, 3),
            Reported("tls", "r.json", f"google{word}", "2", None, None, None, None, successful=4, failed_sessions=0),
        ),
    )


def mixed(word: str = "") -> list[Event]:
    kinds = ("delivered", "deferred", "bounced", "rejected", "complained")
    return [event(number, kinds[number % 5], word, 18 + number % 3) for number in range(40)]
