"""Reading a list's answer: nothing that is not documented is a listing, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.dnsbl.inventory import BadList, Effect, default_lists, find_list, parse_code
from checks.dnsbl.reading import octets_of, read_answer
from checks.inquiry import Answer, DnsQuestion, Outcome

LISTS = st.sampled_from(default_lists())
OCTET = st.integers(0, 255)
ADDRESS = st.tuples(OCTET, OCTET, OCTET, OCTET).map(lambda four: ".".join(map(str, four)))
LOOPBACK = st.tuples(st.just(127), st.sampled_from([0, 255]), st.sampled_from([0, 1, 255]), OCTET).map(
    lambda four: ".".join(map(str, four))
)


def answer(*records: str, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    return Answer(DnsQuestion("25.2.0.192.bl.example", "A"), outcome, records)


def codes(zone: str, *records: str) -> list[str]:
    return [code.effect.value for code in read_answer(find_list(zone), answer(*records)).codes]


@given(LISTS, st.lists(ADDRESS | LOOPBACK | st.text(max_size=40), max_size=5))
def test_an_answer_is_a_listing_by_documented_codes_or_unknown(one, records):
    reading = read_answer(one, answer(*records))
    if reading.codes:
        assert set(reading.codes) <= set(one.codes)
        assert all(record.startswith("127.") for record in records)
        assert not any(record.startswith("127.255.255.") for record in records)
        assert not any(code.effect is Effect.REFUSED for code in reading.codes)
    else:
        assert reading.unknown


@given(LISTS, st.lists(LOOPBACK, max_size=4), st.sampled_from(["127.255.255.252", "127.255.255.254", "203.0.113.7"]))
def test_a_refusal_or_a_foreign_address_outweighs_whatever_stands_beside_it(one, records, foreign):
    for at in range(len(records) + 1):
        reading = read_answer(one, answer(*records[:at], foreign, *records[at:]))
        assert reading.unknown
        assert not reading.codes


@given(LISTS, st.permutations(["127.0.0.2", "127.0.0.4", "127.0.0.10", "127.0.0.99"]))
def test_the_order_of_the_records_does_not_matter(one, records):
    first = read_answer(one, answer(*sorted(records)))
    again = read_answer(one, answer(*records))
    assert set(first.codes) == set(again.codes)
    assert bool(first.unknown) == bool(again.unknown)


@pytest.mark.parametrize("outcome", [Outcome.TEMPFAIL, Outcome.REFUSED])
def test_no_answer_is_unknown(outcome):
    reading = read_answer(find_list("zen.spamhaus.org"), answer(outcome=outcome))
    assert reading.unknown
    assert not reading.absent


@pytest.mark.parametrize("outcome", [Outcome.NXDOMAIN, Outcome.NO_DATA])
def test_what_is_not_there_is_not_listed(outcome):
    assert read_answer(find_list("zen.spamhaus.org"), answer(outcome=outcome)).absent


def test_an_exact_code_is_not_read_as_bits():
    assert codes("zen.spamhaus.org", "127.0.0.3") == ["fail"]


def test_every_bit_of_a_mask_is_read():
    assert codes("multi.uribl.com", "127.0.0.14") == ["fail", "warn", "inform"]


def test_no_bit_of_a_mask_is_a_code_that_is_not_documented():
    assert read_answer(find_list("multi.uribl.com"), answer("127.0.0.16")).unknown


def test_the_same_code_twice_is_told_once():
    assert codes("zen.spamhaus.org", "127.0.0.4", "127.0.0.5") == ["fail"]


@pytest.mark.parametrize(
    "record", ["127.0.0", "127.0.0.2.1", "127.0.0.256", "127.0.0.-2", "127.0.0.²", "0127.0.0.2", "", "::1"]
)
def test_what_is_no_address_is_none(record):
    assert octets_of(record) is None


@given(st.text(max_size=60))
def test_a_line_of_codes_is_read_or_refused_with_a_sentence(line):
    try:
        code = parse_code(line)
    except BadList:
        return
    assert len(code.octets) == 4
    assert code.meaning


@pytest.mark.parametrize(
    "line", ["", "127.0.0.2", "127.0.0.2 fail", "127.0.0.2 bad why", "127.0.0 fail why", "127.0.0.300 warn x"]
)
def test_a_line_that_says_too_little_is_refused(line):
    with pytest.raises(BadList):
        parse_code(line)
