"""Asking the authoritative servers: few of them, public ones only, in three round trips."""

import pytest

from checks.authorities import MOST_ANCESTORS, MOST_SERVERS, Served
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Target
from checks.spf.servers import served_of
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld


def served(world: str, domain: str = "example.com", **servers: str) -> tuple[Served, list[DnsQuestion]]:
    """The fact, and every question it took."""
    held = {address: [read_zones(text, ".", address)] for address, text in servers.items()}
    zone = ZoneWorld([read_zones(world, ".", "world")], servers=held)
    asked: list[DnsQuestion] = []

    def look_up(question: DnsQuestion) -> Answer:
        asked.append(question)
        return zone.look_up(question)

    return pursue(served_of(Target(domain)), look_up), asked


def test_a_zone_with_many_servers_costs_a_bounded_number_of_questions() -> None:
    names = "\n".join(f"example.com. NS ns{n}.example.com.\nns{n}.example.com. A 192.0.2.{n}" for n in range(60))
    found, asked = served(f'{names}\nexample.com. TXT "v=spf1 -all"')
    assert len(found.servers) == MOST_SERVERS
    assert sum(bool(question.server) for question in asked) == MOST_SERVERS


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.53", "169.254.169.254", "192.168.1.1"])
def test_a_name_server_inside_our_own_network_is_never_asked(address: str) -> None:
    found, asked = served(
        f'example.com. NS ns.example.com.\nns.example.com. A {address}\nexample.com. TXT "v=spf1 -all"'
    )
    assert not any(question.server for question in asked)
    assert found.servers[0].said is None


def test_the_public_address_is_asked_where_a_server_has_both() -> None:
    found, _ = served("example.com. NS ns.example.com.\nns.example.com. A 10.0.0.1\nns.example.com. A 192.0.2.53")
    assert found.servers[0].address == "192.0.2.53"


def test_a_name_of_many_labels_is_bounded_and_the_top_level_domain_is_not_asked() -> None:
    deep = ".".join("abcdefghijklmnop") + ".example.com"
    _, asked = served("example.org. NS ns.example.org.", deep)
    zones = [question.name for question in asked if question.rdtype == "NS"]
    assert len(zones) == MOST_ANCESTORS
    assert zones[0] == deep
    assert zones[-1] == "example.com"
    _, asked = served("com. NS ns.example.org.")
    assert [question.name for question in asked if question.rdtype == "NS"] == ["example.com"]


def test_each_server_answers_for_itself() -> None:
    world = "\n".join(f"example.com. NS ns{n}.example.com.\nns{n}.example.com. A 192.0.2.{n}" for n in (1, 2))
    found, _ = served(world + '\nexample.com. TXT "new"', **{"192.0.2.2": 'example.com. TXT "old"'})
    assert [server.said.records for server in found.servers if server.said] == [('"new"',), ('"old"',)]
    assert all(server.said.outcome is Outcome.ANSWERED for server in found.servers if server.said)
