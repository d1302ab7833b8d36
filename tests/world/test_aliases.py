"""Where a chain of aliases ends, and names that nobody can look up."""

import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

ZONE = """
example.com. SOA ns.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
a.example.com. CNAME b.example.com.
b.example.com. CNAME c.example.com.
c.example.com. CNAME b.example.com.
self.example.com. CNAME self.example.com.
gone.example.com. CNAME no-such.example.com.
"""


def asked(name: str) -> Answer:
    return ZoneWorld([read_zones(ZONE)]).look_up(DnsQuestion(name, "TXT"))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.example.com", ("b.example.com", "c.example.com", "b.example.com")),
        ("b.example.com", ("c.example.com", "b.example.com")),
        ("self.example.com", ("self.example.com",)),
    ],
)
def test_a_loop_of_aliases_ends_at_the_name_that_closes_it(name, path):
    answer = asked(name)
    assert answer.aliases == path
    assert answer.loops
    assert answer.unknown
    assert answer.detail == "CNAME loop: " + " -> ".join((name, *path))


def test_an_alias_that_leads_nowhere_is_no_loop():
    answer = asked("gone.example.com")
    assert answer.outcome is Outcome.NXDOMAIN
    assert not answer.loops


def test_a_chain_longer_than_anybody_follows_is_cut_and_is_no_loop():
    links = "".join(f"n{number}.example.com. CNAME n{number + 1}.example.com.\n" for number in range(30))
    answer = ZoneWorld([read_zones(links, "example.com.")]).look_up(DnsQuestion("n0.example.com", "TXT"))
    assert answer.unknown
    assert not answer.loops
    assert "16 links" in answer.detail


@pytest.mark.parametrize("zone", ["example.com", "example.net"])
def test_a_name_that_dns_cannot_hold_does_not_exist_inside_the_zones_and_outside(zone):
    answer = asked(".".join(["a" * 60] * 4 + [zone]))
    assert answer.outcome is Outcome.NXDOMAIN


def test_escapes_make_a_name_longer_in_text_only():
    octets = r"\230\188\162" * 20  # 60 octets in 240 characters
    assert asked(f"{octets}.example.com").outcome is Outcome.NXDOMAIN
    assert asked(f"{octets}.example.net").outcome is Outcome.REFUSED
