"""`--set`: what can be set, in which words, and what the world says of it then."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import DnsQuestion, Outcome
from healthcheck.world.choose import Laid, lay_over
from healthcheck.world.master_file import read_zones
from healthcheck.world.set_record import BadSet, parse_sets, zones_of
from healthcheck.world.zone import ZoneWorld
from tests.cli import complains, run
from tests.cli.acme import ZONE


@pytest.mark.parametrize(
    ("typed", "name", "rdtype", "records"),
    [
        ("_dmarc TXT v=DMARC1; p=none", "_dmarc.acme.test", "TXT", ['"v=DMARC1; p=none"']),
        ('_dmarc TXT "v=DMARC1; p=none"', "_dmarc.acme.test", "TXT", ['"v=DMARC1; p=none"']),
        ('_dmarc.acme.test TXT "v=DMARC1;" " p=none" ; dig', "_dmarc.acme.test", "TXT", ['"v=DMARC1;" " p=none"']),
        ("@ 300 IN txt x", "acme.test", "TXT", ['"x"']),
        ("x.other.test. A 192.0.2.9", "x.other.test", "A", ["192.0.2.9"]),
        ("@ MX 10 mail", "acme.test", "MX", ["10 mail.acme.test."]),
        ("@ MX 10 mail.other.test", "acme.test", "MX", ["10 mail.other.test."]),
        ("@ MX 0 .", "acme.test", "MX", ["0 ."]),
        ("192.0.2.1 PTR mail.acme.test", "1.2.0.192.in-addr.arpa", "PTR", ["mail.acme.test."]),
        ("s._domainkey TXT " + "k" * 300, "s._domainkey.acme.test", "TXT", [f'"{"k" * 255}" "{"k" * 45}"']),
        ('x TXT ("a"\n  "b")', "x.acme.test", "TXT", ['"a" "b"']),
        ("x TXT", "x.acme.test", "TXT", []),
        ("x TXT -", "x.acme.test", "TXT", []),
        ("x CNAME None", "x.acme.test", "CNAME", []),
        ('x TXT "none"', "x.acme.test", "TXT", ['"none"']),
        ("_dmarc.bücher TXT ü", "_dmarc.xn--bcher-kva.acme.test", "TXT", ['"\\195\\188"']),
    ],
)
def test_a_record_is_read_as_dig_or_a_person_writes_it(typed, name, rdtype, records):
    (found,) = parse_sets([typed], ["acme.test"])
    assert (found.name, found.type, list(found.records)) == (name, rdtype, records)


def test_a_relative_name_is_one_under_each_domain():
    found = parse_sets(["_dmarc TXT x", "@ MX 1 mail"], ["a.test", "b.test"])
    assert [one.name for one in found] == ["_dmarc.a.test", "_dmarc.b.test", "a.test", "b.test"]
    assert found[3].records == ("1 mail.b.test.",)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "x",
            'TXT "v=spf1 -all"',
            "x ANY y",
            "x MX mail",
            "x A 192.0.2",
            'x TXT "open',
            'x TXT a "b"',
            "x TXT a\\",
        ),
        *(". TXT x", "a..b TXT x", "x\x1b TXT y", "x TLSA 3 1 1 zz", "x TYPE0 1", "x TXT " + "a" * 70_000, "x SRV 1"),
        "x MX 10 " + "a" * 300,
    ],
)
def test_what_is_no_record_is_one_sentence_that_shows_the_form(capsys, typed):
    said = run(capsys, "domain", "acme.test", "--lab", "--set", typed)
    assert complains(said), said
    assert said.code == 2
    assert "give " in said.err or "no DNS message holds" in said.err or "longer than" in said.err
    assert len(said.err) < 700


@given(st.text(max_size=60))
def test_anything_typed_is_a_record_or_a_sentence(typed):
    for text in (typed, f"x TXT {typed}", f"x MX {typed}", f"{typed} TXT x", f'x TXT "{typed}"'):
        try:
            found = parse_sets([text], ["acme.test"])
        except BadSet as fault:
            words = [str(fault)]
        else:
            words = [record for one in found for record in one.records]
            assert zones_of(found).existing
        assert all(word.isprintable() for word in words)


def told(typed, name, rdtype="TXT"):
    """What the world of ZONE says of a name once something is set."""
    base = ZoneWorld([read_zones(ZONE)])
    world = lay_over(base, Laid(sets=parse_sets(typed, ["acme.test"])))
    return asyncio.run(world.answer(DnsQuestion(name, rdtype)))


def test_an_spf_record_takes_the_place_of_the_spf_record_and_of_nothing_else():
    answer = told(["@ TXT v=spf1 a -all"], "acme.test")
    assert answer.records == ('"google-site-verification=abc"', '"v=spf1 a -all"')
    assert told(["@ TXT none", "@ TXT v=spf1 a -all"], "acme.test").records == ('"v=spf1 a -all"',)
    assert len(told(["@ TXT hello"], "acme.test").records) == 3


def test_what_is_taken_away_is_gone_and_its_name_stays():
    assert told(["@ TXT none"], "acme.test").outcome is Outcome.NO_DATA
    assert told(["@ TXT none"], "acme.test", "MX").outcome is Outcome.ANSWERED
    assert told(["no TXT none"], "no.acme.test").outcome is Outcome.NXDOMAIN
    assert told(["mail A none"], "mail.acme.test", "A").outcome is Outcome.NO_DATA


def test_an_alias_is_taken_away_with_what_it_leads_to():
    assert told([], "news.acme.test").records == ('"v=spf1 -all"',)
    assert told(["news CNAME none"], "news.acme.test").outcome is Outcome.NO_DATA
    assert told(["news CNAME none"], "elsewhere.acme.test").records == ('"v=spf1 -all"',)
    assert told(["elsewhere TXT none"], "news.acme.test").records == ()


def test_a_wildcard_can_be_set_and_taken_away():
    assert told(["*.free A 192.0.2.7"], "a.free.acme.test", "A").records == ("192.0.2.7",)
    base = ZoneWorld([read_zones(ZONE + '*.wild TXT "x"\n')])
    world = lay_over(base, Laid(sets=parse_sets(["*.wild TXT none"], ["acme.test"])))
    assert asyncio.run(world.answer(DnsQuestion("a.wild.acme.test", "TXT"))).outcome is Outcome.NO_DATA


def test_a_name_above_what_is_set_exists():
    assert told(["s._domainkey TXT x"], "_domainkey.acme.test").outcome is Outcome.NO_DATA
    assert told([], "_domainkey.acme.test").outcome is Outcome.NXDOMAIN
