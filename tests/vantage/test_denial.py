"""A resolver that says "no such name" of everything, a name that certainly exists included, proves nothing by it."""

import asyncio
from ipaddress import ip_address

import msgspec
import pytest

from checks.inquiry import Answer, DnsQuestion
from checks.model import Status, Target, Verdict
from checks.registry import CHECKS
from healthcheck.authorise import INCONCLUSIVE, Mail, authorise
from healthcheck.engine import examine, selected
from healthcheck.run import Run
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld


class Resolver:
    """A resolver at an address that knows a few lines of zone file and denies all else."""

    name = "live"

    def __init__(self, lines: str) -> None:
        self.zones = ZoneWorld([read_zones(lines, ".", "lines")])

    async def answer(self, question: DnsQuestion) -> Answer:
        return msgspec.structs.replace(self.zones.look_up(question), server="192.0.2.53")

    async def close(self) -> None:
        """Nothing is held."""


def report(lines, only=()):
    target = Target("shop.example", (ip_address("192.0.2.25"),), ("s1",), helo="mail.shop.example")
    return asyncio.run(examine(target, selected(CHECKS, only, ()), Run(Resolver(lines), 60)))


def test_a_domain_is_not_called_missing_by_a_resolver_that_denies_everything():
    found = report("test. A 192.0.2.1")
    failed = [result.id for result in found.checks if result.status is Status.FAIL]
    assert (found.verdict, failed) == (Verdict.INCONCLUSIVE, [])


def test_a_domain_is_called_missing_by_a_resolver_that_knows_what_exists():
    assert report("example.com. NS ns1.example.com.").verdict is Verdict.FAIL


def test_the_evidence_stays_as_it_came():
    outcomes = {answer.outcome.value for answer in report("test. A 192.0.2.1").evidence}
    assert outcomes == {"nxdomain"}


@pytest.mark.parametrize("only", ["spf", "dkim", "dmarc", "dnsbl", "mx"])
def test_it_is_noticed_also_where_the_resolver_itself_is_not_asked_about(only):
    found = report("test. A 192.0.2.1", [only])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert Status.FAIL not in {result.status for result in found.checks}


@pytest.mark.parametrize("ip", [None, ip_address("192.0.2.25")])
def test_spf_alone_is_not_known_either(ip):
    found = asyncio.run(authorise(Mail("shop.example", ip), Run(Resolver("test. A 192.0.2.1"), 60)))
    assert found.exit_code == INCONCLUSIVE
