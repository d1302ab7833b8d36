"""What the MX records lead to expect of SPF: the data, the addresses that are covered, and the record that is proposed."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import Inquiry, pursue
from checks.model import Target
from checks.providers.fingerprint import Place, fingerprints, recognised
from checks.records import as_published
from checks.spf.evaluate import check_host
from checks.spf.expected import asked_includes, expectations_of
from checks.spf.expected_senders import CHECK, judge
from checks.spf.policy import MOST_LOOKUPS, spf_policy
from checks.spf.record import is_spf, parse_record
from checks.spf.trace import Result
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

GOOGLE = """
example.com. MX 1 smtp.google.com.
_spf.google.com. TXT "v=spf1 include:_netblocks.google.com ~all"
_netblocks.google.com. TXT "v=spf1 ip4:203.0.113.0/25 ip6:2001:db8:4000::/36 ~all"
""" + "\n".join(f"h{n}.example.com. A 192.0.2.{n}" for n in range(1, 13))
SENDS = ipaddress.ip_address("203.0.113.77")


def world(*records: str) -> ZoneWorld:
    return ZoneWorld([read_zones("\n".join((GOOGLE, *records, "")), ".", "world")])


def test_what_is_asked_for_is_known_by_both_of_its_fingerprints() -> None:
    providers = {one.provider for one in fingerprints(Place.MX)}
    for provider, asked in asked_includes().items():
        assert provider in providers
        assert recognised(Place.SPF, [asked.include]) == (provider,)
        assert asked.source
        assert asked.confidence in ("high", "medium")


TERMS = st.sampled_from(
    ["ip4:192.0.2.0/28", "ip6:2001:db8:4000::/37", "ip4:203.0.113.0/26", *(f"a:h{n}.example.com" for n in range(1, 13))]
)
ENDS = st.sampled_from(
    ["", "-all", "~all", "?all", "-all ra=x", "redirect=_spf.example.com", "exp=why.example.com -all"]
)


@given(st.lists(TERMS, max_size=14, unique=True), ENDS)
def test_the_record_that_is_proposed_lets_the_provider_send_within_the_limit(terms: list[str], end: str) -> None:
    text = " ".join(["v=spf1", *terms, *([end] if end else [])])
    below = '_spf.example.com. TXT "v=spf1 a:h1.example.com -all"'
    expectations = pursue(
        expectations_of(Target("example.com")), world(as_published("example.com", text), below).look_up
    )
    (finding,) = judge(expectations)
    if "record" not in finding.args:
        assert finding.message.code in (f"{CHECK.id}.named", f"{CHECK.id}.sends-nothing")
        return
    after = world(str(finding.args["record"]), below)
    evaluation = pursue(check_host(SENDS, "example.com", "ann@example.com", "mx.google.com"), after.look_up)
    assert evaluation.result is Result.PASS
    assert pursue(spf_policy("example.com"), after.look_up).lookups == finding.args["after"]
    assert finding.args["after"] <= MOST_LOOKUPS


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 ", "V=SPF1  MX   -ALL", "v=spf1 include:_spf.google.co -all"])
def test_the_include_goes_into_any_record(text: str) -> None:
    found = pursue(expectations_of(Target("example.com")), world(f'example.com. TXT "{text}"').look_up)
    (finding,) = judge(found)
    record = str(finding.args["record"]).partition('"')[2].removesuffix('"')
    assert is_spf(record)
    assert not parse_record(record).faults
    assert "include:_spf.google.com" in [term.text for term in parse_record(record).terms]


def test_more_providers_than_a_domain_has_lead_to_no_expectation() -> None:
    many = ["example.com. MX 1 in1-smtp.messagingengine.com.", "example.com. MX 2 mail.protonmail.ch."]
    inquiry: Inquiry[object] = expectations_of(Target("example.com"))
    found = pursue(inquiry, world(*many, 'example.com. TXT "v=spf1 mx -all"').look_up)
    assert [finding.message.code for finding in judge(found)] == [f"{CHECK.id}.nothing-expected"]  # type: ignore[arg-type]
