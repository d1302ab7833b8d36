"""The inventory keeps its promises: what is asked by default is alive, and what is closed is never asked."""

import pytest

from checks.dnsbl.inventory import (
    ACCOUNTS,
    BadList,
    BlockList,
    Effect,
    Kind,
    Status,
    all_lists,
    default_lists,
    find_list,
    lists_for,
)
from checks.inquiry import ACCOUNT_KEY
from checks.names import is_hostname

EVERY = all_lists()
ASKABLE = [one for one in EVERY if one.status is Status.ALIVE]


def known(status: Status) -> list[BlockList]:
    return [one for one in EVERY if one.status is status]


def test_a_zone_stands_once():
    zones = [one.zone for one in EVERY]
    assert len(zones) == len(set(zones))


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.zone)
def test_a_zone_can_be_asked_for(one):
    assert is_hostname(one.zone)
    assert one.name
    assert one.codes


@pytest.mark.parametrize("one", default_lists(), ids=lambda one: one.zone)
def test_a_default_list_is_alive_and_says_why_we_think_so(one):
    assert one.status is Status.ALIVE
    assert one.default
    assert one.evidence
    assert Kind.HASH not in one.kinds


@pytest.mark.parametrize("one", default_lists(), ids=lambda one: one.zone)
def test_a_default_blocklist_has_an_entry_that_must_be_there(one):
    for kind in one.kinds:
        assert one.must_list(kind) or one.welcomes
        assert one.must_not_list(kind)


def test_the_lists_that_decide_are_those_that_large_receivers_reject_on():
    assert {one.zone for one in default_lists() if one.decides} == {
        *("zen.spamhaus.org", "dbl.spamhaus.org", "multi.surbl.org", "multi.uribl.com")
    }


@pytest.mark.parametrize("one", ASKABLE, ids=lambda one: one.zone)
def test_what_decides_or_warns_says_where_it_comes_from(one):
    assert one.evidence
    assert "memory" not in one.evidence
    assert "recall" not in one.evidence


@pytest.mark.parametrize("one", known(Status.DEAD), ids=lambda one: one.zone)
def test_a_closed_list_says_what_became_of_it(one):
    assert one.fate
    assert not one.default


def test_there_are_as_many_closed_lists_as_are_known():
    assert len(known(Status.DEAD)) == 159
    assert {"dnsbl.sorbs.net", "ix.dnsbl.manitu.net", "cbl.abuseat.org"} <= {one.zone for one in known(Status.DEAD)}


def test_no_code_of_a_welcome_list_is_bad():
    for zone in ("list.dnswl.org", "dwl.dnswl.org", "wl.mailspike.net", "iadb.isipp.com"):
        assert find_list(zone).welcomes


def test_the_collateral_lists_only_inform():
    for zone in ("dnsbl-2.uceprotect.net", "dnsbl-3.uceprotect.net", "ips.backscatterer.org"):
        assert find_list(zone).effects == {Effect.INFORM}
        assert not find_list(zone).default


def test_127_0_0_1_is_nowhere_a_bad_code():
    for one in EVERY:
        bad = [code for code in one.codes if code.effect not in (Effect.REFUSED, Effect.WELCOME, Effect.NONE)]
        assert not any(code.fits((127, 0, 0, 1)) for code in bad if not code.is_bit), one.zone


def test_the_policy_range_is_policy():
    zen = find_list("zen.spamhaus.org")
    assert {code.effect for code in zen.codes if code.fits((127, 0, 0, 10)) or code.fits((127, 0, 0, 11))} == {
        Effect.POLICY
    }


def test_no_list_named_is_the_default():
    assert lists_for(()) == default_lists()


@pytest.mark.parametrize("one", known(Status.KEY), ids=lambda one: one.zone)
def test_a_list_with_a_key_says_whose_and_is_found_by_its_zone_alone(one):
    assert one.account in ACCOUNTS
    assert one.zone.startswith(f"{ACCOUNT_KEY}.")
    public = one.zone.removeprefix(f"{ACCOUNT_KEY}.")
    assert find_list(public) is find_list("{key}." + public) is find_list(one.zone) is one
    for other in filter(None, (one.within, one.replaces)):
        assert find_list(other).name != other, "the inventory does not know it"


@pytest.mark.parametrize("zone", ["s3cr3tkey99.zen.dq.spamhaus.net", "https://S3cr3tKey99.dyna.spamrats.com/"])
def test_a_key_in_the_name_of_a_list_is_refused_and_not_repeated(zone):
    with pytest.raises(BadList, match="HEALTHCHECK_KEY_SPAM") as fault:
        find_list(zone)
    assert "s3cr3t" not in str(fault.value).lower()


def test_a_zone_that_nobody_knows_is_taken_at_the_word_of_the_rfc():
    one = find_list("BL.Example.NET.")
    assert one.zone == "bl.example.net"
    assert [code.pattern for code in one.codes] == ["127.0.0.2"]
    assert one.must_list(Kind.IPV4) == ("2.0.0.127",)


@pytest.mark.parametrize("zone", ["", "zen", "bl example", "https://zen.spamhaus.org/", "a..b"])
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(BadList):
        find_list(zone)
