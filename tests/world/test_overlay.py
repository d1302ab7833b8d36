"""`--overlay`: what would be if this were published, wildcards included (RFC 4592)."""

import asyncio

from checks.inquiry import DnsQuestion, Outcome
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import Overlay, ZoneWorld


def told(base, given, name, rdtype="TXT"):
    """What an overlay says of a name; its base and its own RRsets are lines of one zone each."""
    world = Overlay([read_zones(given, "example.com.", "given")], ZoneWorld([read_zones(base, ".", "base")]))
    return asyncio.run(world.answer(DnsQuestion(name, rdtype)))


WILD = '* TXT "new"'


def test_a_wildcard_counts_for_a_name_that_the_base_does_not_have():
    for name in ("a.example.com", "b.a.example.com"):
        answer = told("www.example.com. A 192.0.2.1", WILD, name)
        assert (answer.outcome, answer.records) == (Outcome.ANSWERED, ('"new"',))


def test_a_wildcard_does_not_count_for_a_name_that_the_base_has():
    assert told("www.example.com. A 192.0.2.1", WILD, "www.example.com").outcome is Outcome.NO_DATA
    assert told('www.example.com. TXT "old"', WILD, "www.example.com").records == ('"old"',)


def test_a_wildcard_does_not_count_below_a_name_that_the_base_has():
    assert told("www.example.com. A 192.0.2.1", WILD, "a.www.example.com").outcome is Outcome.NXDOMAIN
    assert told("b.a.example.com. A 192.0.2.1", WILD, "c.a.example.com").outcome is Outcome.NXDOMAIN


def test_a_wildcard_gives_only_the_types_it_has():
    assert told("www.example.com. A 192.0.2.1", WILD, "a.example.com", "MX").outcome is Outcome.NXDOMAIN


def test_a_name_that_is_given_itself_is_not_the_wildcards():
    given = f"{WILD}\nb A 192.0.2.2\nd.c A 192.0.2.2"
    for name in ("b.example.com", "c.example.com", "a.b.example.com"):
        assert told("www.example.com. A 192.0.2.1", given, name).records == ()


def test_a_wildcard_replaces_that_of_the_base_and_no_record_of_a_name():
    base = '*.example.com. TXT "old"\nwww.example.com. TXT "own"'
    assert told(base, WILD, "a.example.com").records == ('"new"',)
    assert told(base, WILD, "www.example.com").records == ('"own"',)


def test_an_alias_of_the_base_may_lead_to_a_wildcard():
    answer = told("www.example.com. CNAME a.example.com.", WILD, "www.example.com")
    assert (answer.question.name, answer.aliases, answer.records) == ("www.example.com", ("a.example.com",), ('"new"',))


def test_a_given_alias_may_lead_to_a_wildcard():
    answer = told("www.example.com. A 192.0.2.1", f"{WILD}\nb CNAME a", "b.example.com")
    assert (answer.aliases, answer.records) == (("a.example.com",), ('"new"',))


def test_a_wildcard_alias_leads_on_into_the_base_and_its_circle_ends():
    base = 'there.example.net. TXT "far"\nback.example.net. CNAME a.example.com.'
    answer = told(base, "* CNAME there.example.net.", "a.example.com")
    assert (answer.aliases, answer.records) == (("there.example.net",), ('"far"',))
    assert told(base, "* CNAME back.example.net.", "a.example.com").records == ()


def test_a_server_that_fails_is_not_answered_for_by_a_wildcard():
    base = ZoneWorld([read_zones("www.example.com. A 192.0.2.1", ".", "base")], faults={"a.example.com": "SERVFAIL"})
    world = Overlay([read_zones(WILD, "example.com.", "given")], base)
    assert asyncio.run(world.answer(DnsQuestion("a.example.com", "TXT"))).outcome is Outcome.TEMPFAIL
