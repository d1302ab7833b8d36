"""Generic names are known when one sees them, and good names are let be."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.iprev.reverse import MOST_NAMES, is_generic, reverse
from checks.names import reverse_name

FOUR = ipaddress.ip_address("192.0.2.25")
SIX = ipaddress.ip_address("2001:db8::25")


@pytest.mark.parametrize(
    "name",
    [
        "192-0-2-25.isp.example",
        "host-192-0-2-25.isp.example",
        "host192.0.2.25.isp.example",
        "25.2.0.192.isp.example",
        "ip-025-002-000-192.isp.example",
        "192000002025.isp.example",
        "c0000219.isp.example",
        "ec2-192-0-2-25.compute-1.cloud.example",
        "static.25.2.0.192.clients.isp.example",
        "p17.dsl.isp.example",
        "a-b.dynamic.isp.example",
        "cust9.dhcp.isp.co.example",
        "unassigned.isp.example",
    ],
)
def test_a_name_of_a_series_is_generic(name):
    assert is_generic(name, FOUR)


@pytest.mark.parametrize(
    "name",
    [
        "mx1.example.com",
        "mail.example.co.uk",
        "smtp-out-25.example.com",
        "o1.ptr4711.news.example.com",
        "a8-31.smtp-out.provider.example",
        "mail-pool-3.example.com",
        "static-relay.example.com",
        "customer-mail.example.com",
        "mail-ej1-f54.provider.example",
        "m2-25.provider.example",
        "198-51-100-7.isp.example",
        "example.com",
        "dsl.example",
        "mail.dsl-net.example",
    ],
)
def test_a_name_of_its_own_is_not(name):
    assert not is_generic(name, FOUR)


@pytest.mark.parametrize(
    "name",
    [
        "2001-db8--25.isp.example",
        "2001-db8-0-0-0-0-0-25.isp.example",
        "20010db8000000000000000000000025.isp.example",
        "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.isp.example",
    ],
)
def test_an_ipv6_address_spelled_out_is_generic(name):
    assert is_generic(name, SIX)


def test_an_ipv6_host_with_a_good_name_is_not():
    assert not is_generic("mx6.example.com", SIX)


@given(st.text(max_size=260), st.ip_addresses())
def test_any_text_gets_an_answer(name, address):
    assert is_generic(name, address) in (True, False)


@given(st.ip_addresses(v=4))
def test_every_address_spelled_out_is_generic(address):
    octets = str(address).split(".")
    assert is_generic(f"{'-'.join(octets)}.isp.example", address)
    assert is_generic(f"host-{'-'.join(reversed(octets))}.isp.example", address)


def test_many_names_are_followed_to_a_bound_and_the_rest_is_counted():
    def answer(question: DnsQuestion) -> Answer:
        names = tuple(f"host{at:03}.example.com." for at in range(200))
        if question.rdtype == "PTR":
            return Answer(question, Outcome.ANSWERED, names)
        asked.append(question)
        return Answer(question, Outcome.NXDOMAIN)

    asked: list[DnsQuestion] = []
    found = pursue(reverse(FOUR), answer)
    assert len(asked) == len(found.names) == MOST_NAMES
    assert found.cut == 200 - MOST_NAMES


def test_a_name_that_only_exists_in_ascii_art_is_not_asked_for():
    def answer(question: DnsQuestion) -> Answer:
        assert question == DnsQuestion(reverse_name(FOUR), "PTR")
        return Answer(question, Outcome.ANSWERED, ("\\027[31m.", "localhost.", ".", "a\\032b.example."))

    assert len(pursue(reverse(FOUR), answer).odd) == 4
