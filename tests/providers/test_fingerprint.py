"""The fingerprints: every pattern compiles, matches whole labels, and is fast on anything."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.data import read_toml
from checks.dkim.more_selectors import TIER_2, TIER_3
from checks.dkim.selectors import TIER_1, target_of
from checks.providers.fingerprint import LONGEST_TEXT, Fingerprint, Place, fingerprints, recognised
from tests.patience import ends

ALL = [(place, one) for place in Place for one in fingerprints(place)]
HOSTILE = [x * LONGEST_TEXT for x in ("a", "1", ".", "-", "a.", "u1.wl1.", "selector1-", "._domainkey.", "_", "0a")]


def test_every_table_of_the_data_is_a_place():
    data = read_toml("checks.providers", "fingerprints.toml")
    assert set(data) == {"high", "medium"}
    assert set(data["high"]) | set(data["medium"]) == {place.value for place in Place}


@pytest.mark.parametrize(("place", "one"), ALL, ids=lambda x: getattr(x, "provider", x))
def test_a_pattern_compiles_and_matches_no_stranger(place, one: Fingerprint):
    pattern = re.compile(one.pattern)
    assert not pattern.search("")
    assert not pattern.search("mail.example.com")


@pytest.mark.parametrize(("place", "one"), ALL, ids=lambda x: getattr(x, "provider", x))
def test_no_pattern_repeats_a_repetition(place, one: Fingerprint):
    # (a+)+ and its like are what makes matching exponential
    assert not re.search(r"[+*]\)[+*{]", one.pattern)


def test_no_pattern_runs_away_on_hostile_text():
    patterns = [re.compile(one.pattern) for _, one in ALL]
    with ends():
        for text in HOSTILE:
            for pattern in patterns:
                pattern.search(text[:LONGEST_TEXT])


@given(st.data())
@settings(max_examples=300)
def test_whatever_a_pattern_matches_is_recognised_although_most_patterns_are_passed_over(data):
    place, one = data.draw(st.sampled_from(ALL))
    text = data.draw(st.from_regex(re.compile(one.pattern, re.ASCII)))
    if re.search(one.pattern, text[:LONGEST_TEXT]):
        assert one.provider in recognised(place, [text])


@pytest.mark.parametrize("place", [Place.MX, Place.SPF, Place.DKIM_CNAME])
def test_a_stranger_whose_name_ends_alike_is_not_recognised(place):
    for one in fingerprints(place):
        for name in ("google.com", "outlook.com", "sendgrid.net", "amazonses.com", "hubspotemail.net", "iphmx.com"):
            assert not re.search(one.pattern, f"evil{name}"), one


@pytest.mark.parametrize(
    ("place", "name", "provider"),
    [
        (Place.MX, "aspmx.l.google.com", "Google Workspace"),
        (Place.MX, "example-com.mail.protection.outlook.com", "Microsoft 365"),
        (Place.SPF, "_spf.google.com", "Google Workspace"),
        (Place.SPF, "sendgrid.net", "Twilio SendGrid"),
        (Place.DKIM_CNAME, "selector1-example-com._domainkey.contoso.onmicrosoft.com", "Microsoft 365"),
        (Place.DKIM_CNAME, "selector2-example-com._domainkey.contoso.n-v1.dkim.mail.microsoft", "Microsoft 365"),
        (Place.DKIM_CNAME, "s1.domainkey.u123.wl4.sendgrid.net", "Twilio SendGrid"),
        (Place.DKIM_CNAME, "s1.domainkey.u123.sendgrid.net", "Twilio SendGrid"),
        (Place.TXT, "MS=ms12345678", "Microsoft 365"),
        (Place.RUA, "rua.easydmarc.com", "EasyDMARC"),
    ],
)
def test_a_well_known_name_is_recognised(place, name, provider):
    assert recognised(place, [name]) == (provider,)


def test_the_targets_that_are_offered_as_a_remedy_are_recognised_as_the_providers_own():
    for known in (*TIER_1, *TIER_2, *TIER_3):
        if known.target:
            target = target_of(known, "example.com").replace("<letter>", "n")
            target = re.sub(r"<\w+>", "123", target)
            assert recognised(Place.DKIM_CNAME, [target]) == (known.provider,), known


def test_nothing_is_read_where_nothing_is_asked():
    assert recognised(Place.MX, []) == ()
