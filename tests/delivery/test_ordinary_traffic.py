"""No false alarm: senders as there are many, over weeks, and not one warning of any check of delivery.

Chance is drawn from fixed seeds: the numbers of a day vary as those of a real sender do, and are the same in every run.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

import pytest

from checks.delivery.observed import Observed
from checks.delivery.traffic import Failed, TrafficTally
from checks.inquiry import pursue
from checks.model import Basis, Severity, Target
from checks.registry import CHECKS

DELIVERY = [check for check in CHECKS if check.id.startswith("delivery.")]
PLACES = ("gmail.com", "gmail.com", "outlook.com", "yahoo.com", "gmx.de", "example.net", "small.example")
WEEKS = 6
MONDAY = datetime(2026, 10, 5)


class Sender:
    """Sends, with the failures that every sender has: some dead addresses, some greylisting, some busy servers."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.tally = TrafficTally()
        self.tally.has_sender_side = True
        self.serial = 0

    def sends(self, at: datetime, stream: str, messages: int, dead: float = 0.004, again: float = 0.05) -> None:
        """Messages of about an hour. `dead`: how many go to addresses that are gone; `again`: of these, how many to old ones."""
        for _ in range(messages):
            self.serial += 1
            moment = at + timedelta(minutes=self.random.randrange(50))
            place, chance = self.random.choice(PLACES), self.random.random()
            if chance < dead:
                who = self.random.randrange(20) if self.random.random() < again else self.serial + 1000
                self.fails("bounced", moment, (stream, place), ("recipient_unknown", "5.1.1", "yes"), who=who)
                continue
            if place == "small.example" or chance < dead + 0.01:
                reason = (
                    "greylisted" if place == "small.example" else self.random.choice(("remote_failure", "sender_rate"))
                )
                for attempt in range(self.random.randrange(1, 4)):
                    self.fails(
                        "deferred", moment + attempt * timedelta(minutes=15), (stream, place), (reason, "4.2.0", "no")
                    )
                moment += timedelta(hours=1)
            self.tally.delivered(moment.isoformat(), stream, "", place, False, 1)

    def fails(
        self, kind: str, at: datetime, way: tuple[str, str], why: tuple[str, str, str], *, who: int | None = None
    ) -> None:
        stream, place = way
        recipient = f"r{self.serial if who is None else who}@{place}"
        self.tally.failed(
            Failed(kind, at.isoformat(), stream, "", place, *why, recipient, f"Q{self.serial} {recipient}")
        )


def days(weeks: int = WEEKS) -> Iterator[tuple[int, datetime]]:
    return ((number, MONDAY + timedelta(days=number)) for number in range(weeks * 7))


def a_shop(sender: Sender) -> None:
    """Receipts all day, fewer at weekends, and one newsletter a week."""
    for number, day in days():
        for hour in (8, 12, 17, 20):
            sender.sends(day + timedelta(hours=hour), "shop.example", sender.random.randrange(15, 60))
        if number % 7 == 1:
            sender.sends(day + timedelta(hours=9), "news.shop.example", 3000, dead=0.012)


def one_newsletter_a_week(sender: Sender) -> None:
    for number, day in days():
        if number % 7 == 3:
            sender.sends(day + timedelta(hours=10), "news.example.com", sender.random.randrange(2500, 3500), dead=0.01)


def an_office(sender: Sender) -> None:
    """People, on weekdays; somebody writes to an old address twice, a domain is mistyped and never answers."""
    for number, day in days():
        if number % 7 < 5:
            for hour in range(8, 18):
                sender.sends(day + timedelta(hours=hour), "example.com", sender.random.randrange(5, 25), dead=0.008)
        if number % 5 == 0:
            for attempt in range(40):
                at = day + timedelta(hours=9 + 3 * attempt)
                sender.fails("deferred", at, ("example.com", "typo.example"), ("network", "4.4.1", "no"))
            sender.fails("bounced", day + timedelta(days=5), ("example.com", "typo.example"), ("expired", "", "no"))
            sender.serial += 1


def a_tiny_sender(sender: Sender) -> None:
    for number, day in days():
        if number % 3 == 0:
            sender.sends(day + timedelta(hours=11), "tiny.example", sender.random.randrange(1, 4), dead=0.1)


def invoices_on_the_first(sender: Sender) -> None:
    """Once a month everything, and reminders in between."""
    for _, day in days(9):
        sender.sends(day + timedelta(hours=7), "invoices.example", 2500 if day.day == 1 else 40)


def two_days_of_a_log(sender: Sender) -> None:
    for _, day in list(days())[:2]:
        sender.sends(day + timedelta(hours=9), "example.com", 800)


def a_forwarder(sender: Sender) -> None:
    """Mail of many others, as they sent it: some of it fails SPF where it arrives."""
    for _, day in days(2):
        for _ in range(30):
            stream = f"s{sender.random.randrange(400)}.example"
            sender.sends(day + timedelta(hours=9), stream, sender.random.randrange(1, 12))
            if sender.random.random() < 0.05:
                sender.serial += 1
                sender.fails("bounced", day, (stream, "gmail.com"), ("auth_failed", "5.7.26", "no"))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "habit",
    [a_shop, one_newsletter_a_week, an_office, a_tiny_sender, invoices_on_the_first, two_days_of_a_log, a_forwarder],
    ids=lambda habit: habit.__name__,
)
def test_ordinary_mail_alarms_nobody(habit: Callable[[Sender], None], seed: int) -> None:
    sender = Sender(seed)
    habit(sender)
    target = Target("example.com", observed=Observed(traffic=sender.tally.traffic()))
    for check in DELIVERY:
        for finding in check.judge(pursue(check.fact(target), _nobody)):
            calm = finding.message.severity < Severity.WARNING
            assert calm or finding.message.basis is Basis.NOT_APPLICABLE, f"{finding.message.code}: {finding.text}"


def _nobody(question: object) -> None:
    raise AssertionError(f"{question}: a check of delivery asks nobody")
