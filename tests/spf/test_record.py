"""Reading one SPF record: the grammar of RFC 7208 section 12, and reading is total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.spf.record import Mechanism, Modifier, domain_spec_fault, is_spf, parse_record


def faults(term: str) -> list[str]:
    return [fault.reason for fault in parse_record(f"v=spf1 {term}").faults]


@pytest.mark.parametrize("text", ["v=spf1", "V=SPF1 -all", "v=spf1 ", "v=Spf1  a"])
def test_a_record_begins_with_its_version_and_a_space_or_the_end(text: str) -> None:
    assert is_spf(text)


@pytest.mark.parametrize(
    "text", ["", "v=spf10", "v=spf1;", " v=spf1", '"v=spf1', "v=spf2.0/pra", "v=spf1\t-all", "v=spf"]
)
def test_everything_else_is_discarded(text: str) -> None:
    assert not is_spf(text)


@pytest.mark.parametrize(
    "term",
    [
        "all", "+all", "-ALL", "a", "A/24", "a//64", "a/28//64", "a/0", "a//0", "mx", "mx:example.com/32//128", "ptr",
        "ptr:example.com", "a:example.com.", "a:foo:bar/baz.example.com", "a:example.xn--zckzah", "a:1-2.3-4", "a:%{d}",
        "a:%{d2}/24", "a:foo.%{d}", "a:foo%%", "include:_spf.example.com", "exists:%{ir}.%{v}._spf.%{d}",
        "exists:%{l1r+-./,_=}.example.com", "ip4:192.0.2.0/24", "ip4:192.0.2.1", "ip4:0.0.0.0/0", "ip6:2001:db8::/32",
        "ip6:::1", "ip6:::ffff:192.0.2.1", "ip6:::/0", "redirect=example.com", "exp=x.%{d}", "moo=", "moo.cow-far_out=man:dog/cat",
        "ra=postmaster", "x=%{c}%{r}%{t}", "v=spf1",
    ],
)  # fmt: skip
def test_a_valid_term(term: str) -> None:
    record = parse_record(f"v=spf1 {term}")
    assert record.faults == ()
    assert [read.text for read in record.terms] == [term]


@pytest.mark.parametrize(
    "term",
    [
        "inlude:example.com", "all.", "all:x", "-all/8", "-all;", "a:", "mx:", "include", "include:", "exists", "exists:", "ptr:",
        "ptr/24", "a/33", "a//129", "a/24/64", "a/", "a//", "a/024", "a/+1", "a:com", "a:com.", "a:111.222.33.44", "a:example.-com",
        "a:example.com-", "a:example.com:8080", "a:example.com,", "a:%{d}.", "a:%{x}", "a:%", "a:%{d0}", "a:%{c}.example.com",
        "include:example.com/24", "ip4", "ip4:", "ip4:1.2.3", "ip4:192.0.2.1/33", "ip4:192.0.2.1/032", "ip4:192.0.2.1//32",
        "ip4:192.0.02.1", "ip4:192.0.2.256", "ip4:2001:db8::1", "ip4:192.0.2.1:25", "ip6:192.0.2.1", "ip6::/0", "ip6:::/129",
        "ip6:fe80::1%eth0", "ip6:2001:db8::/32/32", "redirect=", "exp=", "redirect:example.com", "redirect=-all", "exp=-all",
        "1up=foo", "=all", "-redirect=example.com", "moo=%abc", "moo/cow=x", "++all", "b\u00fc", "a:b\u00fc.example.com", "a\tb",
    ],
)  # fmt: skip
def test_a_faulty_term_says_why(term: str) -> None:
    record = parse_record(f"v=spf1 mx {term} -all")
    assert len(record.faults) == 1
    fault = record.faults[0]
    assert (fault.position, fault.text) == (11, term)
    assert fault.reason
    assert [read.text for read in record.terms] == ["mx", "-all"]


def test_every_fault_is_found_and_in_order() -> None:
    record = parse_record("v=spf1 foo mx bar redirect=a.example redirect=b.example exp=com")
    assert [fault.text for fault in record.faults] == ["foo", "bar", "redirect=b.example", "exp=com"]


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    assert 'did you mean "include"?' in faults("inlude:x.example")[0]
    assert 'did you mean "ip4"?' in faults("ipv4:192.0.2.1")[0]
    assert "did you mean" not in faults("x" * 500)[0]


def test_an_address_of_the_other_family_is_named() -> None:
    assert 'write "ip6:"' in faults("ip4:2001:db8::1")[0]
    assert 'write "ip4:"' in faults("ip6:192.0.2.1")[0]


def test_terms_behind_all_are_read_and_not_evaluated() -> None:
    record = parse_record("v=spf1 a -all mx redirect=x.example")
    assert [term.text for term in record.terms] == ["a", "-all", "mx", "redirect=x.example"]
    assert [term.text for term in record.evaluated] == ["a", "-all"]
    assert record.redirect is None


def test_a_redirect_comes_last_wherever_it_stands() -> None:
    record = parse_record("v=spf1 redirect=x.example a exp=y.example mx")
    assert [term.text for term in record.evaluated] == ["a", "mx", "redirect=x.example"]


def test_what_a_term_says() -> None:
    record = parse_record("v=spf1 ~A:Mail.Example.com/24//64 ?ip4:192.0.2.9/29 exp=%{d}.example")
    first, second, third = record.terms
    assert isinstance(first, Mechanism)
    assert (first.name, first.qualifier, first.spec, first.prefix4, first.prefix6) == (
        "a",
        "~",
        "Mail.Example.com",
        24,
        64,
    )
    assert isinstance(second, Mechanism)
    assert str(second.network) == "192.0.2.8/29"
    assert isinstance(third, Modifier)
    assert (third.name, third.spec) == ("exp", "%{d}.example")


@given(st.one_of(st.text(), st.text("aimxlpr:=/%{}d0124. ~-+?"), st.text("a.-%{d}/1")))
def test_reading_is_total_and_every_position_points_into_the_record(text: str) -> None:
    record = parse_record("v=spf1 " + text)
    for read in (*record.terms, *record.faults):
        assert record.text[read.position - 1 :].startswith(read.text)
    assert len(record.terms) + len(record.faults) >= len([word for word in text.split(" ") if word])
    assert parse_record(text).text == text


@given(st.text("a.-%{d}/1r", max_size=20))
def test_what_is_a_domain_spec_is_one_in_a_term(spec: str) -> None:
    read = parse_record(f"v=spf1 exists:{spec}")
    assert bool(read.faults) == bool(domain_spec_fault(spec))


def test_long_records_are_read_in_linear_time() -> None:
    for text in (
        "a:x." + "a" * 60_000 + "!",
        "a" + "/1" * 30_000,
        "x" * 60_000,
        "moo " * 16_000,
        "a:x." + "1" * 60_000,
    ):
        parse_record("v=spf1 " + text)
