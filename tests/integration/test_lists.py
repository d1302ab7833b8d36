"""The DNSBL checks against a real rbldnsd, straight and through unbound: healthy, refusing, wildcard and dead lists."""

import asyncio
import ipaddress

import pytest

from checks.dnsbl import lists_answer, not_listed
from checks.dnsbl.inventory import find_list
from checks.dnsbl.listings import Listings, State, listings
from checks.dnsbl.listings import address_subject as subject
from healthcheck.driving import drive
from healthcheck.net.dns import Endpoint, Resolver
from healthcheck.run import Run
from healthcheck.world.live import Live

HEALTHY, REFUSING, WILDCARD, DEAD = (f"{name}.dnsbl.test" for name in ("healthy", "refusing", "wildcard", "dead"))


def asked(server: Endpoint, *zones: str) -> Listings:
    """Two addresses at some lists; one of them is listed at the healthy one, with a code of no meaning to RFC 5782."""

    async def run() -> Listings:
        world = Live(Resolver([server], timeout=5))
        subjects = [subject(ipaddress.ip_address(text)) for text in ("127.0.0.2", "192.0.2.66", "192.0.2.25")]
        try:
            return await drive(listings(subjects, [find_list(zone) for zone in zones], ""), Run(world, 10), [])
        finally:
            await world.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("zone", "state"),
    [(HEALTHY, State.ANSWERS), (REFUSING, State.REFUSES), (WILDCARD, State.BROKEN), (DEAD, State.EMPTY)],
)
def test_each_list_is_known_for_what_it_is(unbound: Endpoint, zone: str, state: State) -> None:
    (source,) = asked(unbound, zone).sources
    assert source.state is state, source.why


def test_only_the_healthy_list_has_listings(unbound: Endpoint) -> None:
    found = asked(unbound, HEALTHY, REFUSING, WILDCARD, DEAD)
    believed = [(result.subject.about, result.source.list.zone) for result in found.results if result.codes]
    assert believed == [("127.0.0.2", HEALTHY)]


def test_the_reason_is_the_lists_own(unbound: Endpoint) -> None:
    hit = next(result for result in asked(unbound, HEALTHY).results if result.codes)
    assert hit.words == ("test point",)


def test_a_code_that_is_not_documented_is_unknown_and_an_absent_address_clean(unbound: Endpoint) -> None:
    said = [
        (finding.about, finding.message.code.rsplit(".", 1)[1]) for finding in not_listed.judge(asked(unbound, HEALTHY))
    ]
    assert said == [("127.0.0.2", "listed-minor"), ("192.0.2.66", "unknown"), ("192.0.2.25", "clean")]


def test_sick_lists_alone_say_nothing_of_anybody(unbound: Endpoint) -> None:
    found = asked(unbound, REFUSING, WILDCARD, DEAD)
    assert {finding.message for finding in not_listed.judge(found)} == {not_listed.UNKNOWN}
    (minor, *_) = lists_answer.judge(found)
    assert minor.message is lists_answer.MINOR
    assert minor.args["count"] == 3
