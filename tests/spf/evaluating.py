"""check_host() against a few lines of zone file, and what it asks on the way."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from checks.inquiry import Answer, Ask, DnsQuestion, Inquiry, Together, pursue
from checks.spf.evaluate import check_host
from checks.spf.trace import Evaluation
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

SENDER = "bob@example.com"
HELO = "mail.example.net"


class Asked:
    """Drives an inquiry against a zone and counts its round trips; a `together` is one."""

    def __init__(self, zone: str, faults: Mapping[str, str] | None = None) -> None:
        self.world = ZoneWorld([read_zones(zone, ".", "world")], "zone", faults or {})
        self.questions: list[DnsQuestion] = []
        self.round_trips = 0

    def drive(self, inquiry: Inquiry[Evaluation]) -> Evaluation:
        reply: Any = None
        try:
            while True:
                step = inquiry.send(reply)
                self.round_trips += 1
                if isinstance(step, Ask):
                    reply = self.answer(step.question)
                else:
                    assert isinstance(step, Together)
                    reply = tuple(pursue(branch, self.answer) for branch in step.branches)
        except StopIteration as done:
            found = done.value
            assert isinstance(found, Evaluation)
            return found

    def answer(self, question: DnsQuestion) -> Answer:
        self.questions.append(question)
        return self.world.look_up(question)


def evaluated(
    zone: str,
    ip: str = "192.0.2.1",
    sender: str = SENDER,
    *,
    domain: str = "example.com",
    helo: str = HELO,
    faults: Mapping[str, str] | None = None,
) -> Evaluation:
    world = ZoneWorld([read_zones(zone, ".", "world")], "zone", faults or {})
    return pursue(check_host(ip_address(ip), domain, sender, helo), world.look_up)


def txt(name: str, text: str) -> str:
    return f'{name}. TXT "{text}"\n'
