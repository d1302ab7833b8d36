"""A list with a key at a real rbldnsd: the right key is answered, a wrong one refused, and neither is in any answer."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address

import msgspec
import pytest

from checks.dnsbl import lists_answer
from checks.dnsbl.inventory import find_list
from checks.dnsbl.listings import Listings, State, address_subject, listings
from healthcheck.driving import drive
from healthcheck.net.dns import Endpoint, Resolver
from healthcheck.net.keys import Keys
from healthcheck.run import Run
from healthcheck.world.live import Live
from tests.integration import real_servers
from tests.integration.real_servers import Absent

KEY, WRONG = "abcdefgh12345678ijklmnop90", "zyxwvuts12345678ijklmnop90"
ENTRIES = ["127.0.0.2:127.0.0.2:test point", f"192.0.2.66:127.0.0.4:see https://example.net/?key={KEY}"]


@pytest.fixture(scope="module")
def rbldnsd() -> Iterator[Endpoint]:
    try:
        with real_servers.rbldnsd({f"{KEY}.zen.dq.spamhaus.net": ENTRIES}) as endpoint:
            yield endpoint
    except Absent as reason:
        pytest.skip(str(reason))


def asked(server: Endpoint, key: str) -> Listings:
    """A listed address at the list, with this key."""

    async def run() -> Listings:
        world = Live(Resolver([server], timeout=5, keys=Keys({"spamhaus": key})))
        subjects = [address_subject(ip_address("192.0.2.66"))]
        try:
            return await drive(listings(subjects, [find_list("zen.dq.spamhaus.net")], ""), Run(world, 10), [])
        finally:
            await world.close()

    return asyncio.run(run())


def test_the_right_key_is_answered_and_the_reason_is_told_without_it(rbldnsd: Endpoint) -> None:
    found = asked(rbldnsd, KEY)
    assert [source.state for source in found.sources] == [State.ANSWERS]
    assert found.results[0].words == ("see https://example.net/?key=account-key",)
    assert KEY.encode() not in msgspec.json.encode([result.proof for result in found.results])


def test_a_wrong_key_says_nothing_of_the_address(rbldnsd: Endpoint) -> None:
    found = asked(rbldnsd, WRONG)
    assert not any(result.codes for result in found.results)
    codes = [finding.message.code for finding in lists_answer.judge(found)]
    assert "dnsbl.lists-answer.key-refused" in codes
    assert not any(WRONG in finding.text for finding in lists_answer.judge(found))
