"""How keys are looked for: which questions, in how many round trips, and what is believed."""

import string
from collections.abc import Sequence

import pytest

from checks.dkim.keys import CONTROL, Keys, dkim_keys
from checks.dkim.more_selectors import TIER_2, TIER_3
from checks.dkim.selectors import TIER_1, UNGUESSABLE, target_of
from checks.inquiry import DnsQuestion, Outcome
from checks.names import is_hostname
from checks.text import fields
from tests.rounds import rounds, world


def keys(zone: str, selectors: Sequence[str] = (), deep: bool = False) -> tuple[Keys, list[list[DnsQuestion]]]:
    return rounds(dkim_keys("example.com", selectors, deep), world(zone))


KEY = "YiWrRfgTct6rTXsibdffAeuHHrvja8mnQN/XkpYWpao="
HEALTHY = f's1._domainkey.example.com. TXT "v=DKIM1; k=ed25519; p={KEY}"\n'


@pytest.mark.parametrize("selectors", [(), ("s1",), ("mine", "s1")])
def test_one_round_trip_asks_for_everything(selectors):
    _, trips = keys(HEALTHY, selectors)
    assert len(trips) == 1
    assert len(set(trips[0])) == len(trips[0]) == 44 + len({"mine"} & set(selectors)) + 4
    assert DnsQuestion(f"{CONTROL}._domainkey.example.com", "TXT") in trips[0]
    assert DnsQuestion("_domainkey.example.com", "TXT") in trips[0]


def test_deep_takes_one_round_trip_as_well():
    _, trips = keys(HEALTHY, deep=True)
    assert len(trips) == 1
    assert 350 < len(trips[0]) < 420


def test_a_second_round_trip_asks_for_the_selectors_of_a_recognised_provider_only_where_nothing_was_found():
    mx = "example.com. MX 5 mx1.hostinger.com.\n"
    found, trips = keys(mx)
    assert found.providers == ("Hostinger",)
    assert [question.name for question in trips[1]] == [
        f"hostingermail{x}._domainkey.example.com" for x in ("-a", "-b", "-c", "")
    ]
    for more in ({"zone": mx + HEALTHY}, {"zone": mx, "selectors": ["s9"]}, {"zone": mx, "deep": True}):
        assert len(keys(**more)[1]) == 1


def test_a_name_that_is_too_long_to_exist_has_no_key():
    domain = ".".join(["a" * 63] * 3) + "." + "b" * 50
    found, _ = rounds(dkim_keys(domain, ("s1",)), world(""))
    assert found.given[0].answer.outcome is Outcome.NXDOMAIN


def test_the_order_of_what_is_found_is_that_of_the_names():
    found, _ = keys("".join(f'{x}._domainkey.example.com. TXT "v=DKIM1; p="\n' for x in ("s2", "google", "dkim", "s1")))
    assert [key.selector for key in found.found] == ["dkim", "google", "s1", "s2"]


def test_a_selector_given_twice_or_in_capitals_is_one():
    found, _ = keys(HEALTHY, ("S1", "s1"))
    assert [key.selector for key in found.given] == ["s1"]
    assert not found.found


def test_the_first_tier_has_44_selectors_and_no_name_stands_twice():
    names = [known.name for known in TIER_1]
    assert len(names) == len(set(names)) == 44


@pytest.mark.parametrize("known", [*TIER_1, *TIER_2, *TIER_3], ids=lambda known: known.name)
def test_a_selector_can_be_asked_for_and_its_target_stands_in_a_cname(known):
    assert is_hostname(known.name)
    assert known.confidence in ("high", "medium", "low")
    assert fields(known.target) <= {"domain", "dashed"}
    target = target_of(known, "example.com")
    assert set(target) <= set(string.ascii_lowercase + string.digits + "._-<>")


def test_what_cannot_be_guessed_says_where_the_gap_is():
    assert all("<" in known.name and known.provider for known in UNGUESSABLE)
