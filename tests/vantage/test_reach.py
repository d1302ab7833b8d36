"""Who answered, and how many round trips it takes to know."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.vantage.reach import is_outside, reach, resolver_address


@given(st.ip_addresses(v=4), st.integers(1, 65535))
def test_an_ipv4_resolver_is_known_with_and_without_its_port(address, port):
    assert resolver_address(str(address)) == address
    assert resolver_address(f"{address}:{port}") == address


@given(st.ip_addresses(v=6), st.integers(1, 65535))
def test_an_ipv6_resolver_is_known_with_and_without_its_port(address, port):
    assert resolver_address(str(address)) == address
    assert resolver_address(f"[{address}]:{port}") == address


@given(st.text())
def test_no_label_makes_the_reading_fail(text):
    resolver_address(text)


@pytest.mark.parametrize("label", ["", "zone", "lab", "overlay", "[", "]:53", "a:b:c"])
def test_a_world_is_no_resolver(label):
    assert resolver_address(label) is None


def test_only_a_world_of_files_holds_a_name_not():
    question = DnsQuestion("example.com", "A")
    assert is_outside(Answer(question, Outcome.REFUSED, server="zone"))
    assert not is_outside(Answer(question, Outcome.REFUSED, server="192.0.2.53"))
    assert not is_outside(Answer(question, Outcome.REFUSED))
    assert not is_outside(Answer(question, Outcome.TEMPFAIL, server="zone"))


def test_seven_questions_tell_it_all_and_one_of_them_over_tcp():
    asked = []

    def answer(question):
        asked.append(question)
        return Answer(question, Outcome.NXDOMAIN, server=str(ipaddress.ip_address("192.0.2.53")))

    pursue(reach("example.com"), answer)
    assert len(asked) == 7
    assert sum(question.tcp for question in asked) == 1
