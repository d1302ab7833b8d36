"""Corrections: they parse, they leave what is valid alone, and they never authorise everyone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import records
from checks.records import as_published
from checks.spf.correct import MOST_JOINTS, corrected, plain, split_at_joint, without_term
from checks.spf.discarded import discarded
from checks.spf.record import Mechanism, is_spf, parse_record

pieces = st.sampled_from(
    ["ip4", "ip6", "include", "inlude", "all", "allow", "mx", "a", "redirect", "exp", "ptr", "exists", "ipv4", ":", "=", "/", "//", "-", "~",
     "?", "+", " ", " ", ";", ",", '"', "192.0.2.1", "192.0.2", "2001:db8::1", "example.com", "%{d}", "%{x}", "%", "24", "024", "33", ".*",
     "\t", "\xe2\x80\x93", "\xc2\xa0", "\x00", "\xff", "v=spf1", "https://"]
)  # fmt: skip
bodies = st.lists(pieces, max_size=24).map("".join)
networks = [
    "ip4:192.0.2.1",
    "ip4:192.0.2.0/24",
    "ip6:2001:db8::/32",
    "a",
    "mx:example.com//64",
    "include:_spf.example.com",
    "~all",
    "-mx",
]


def passes_all(text: str) -> bool:
    return any(isinstance(t, Mechanism) and t.name == "all" and t.qualifier == "+" for t in parse_record(text).terms)


@given(bodies, st.lists(st.integers(0, 120), max_size=5).map(sorted))
def test_a_correction_parses(body: str, joints: list[int]) -> None:
    meant = corrected("v=spf1 " + body, joints)
    assert is_spf(meant.text)
    assert parse_record(meant.text).faults == ()


@given(bodies)
def test_a_correction_never_authorises_everyone_where_nobody_wrote_so(body: str) -> None:
    text = "v=spf1 " + body
    plain_all = {"all", "+all"} & {word.lower() for word in plain(text).split()}
    if not plain_all and not passes_all(text):
        assert not passes_all(corrected(text).text)


@given(st.lists(st.sampled_from(networks), max_size=8))
def test_a_valid_record_is_left_alone(terms: list[str]) -> None:
    text = " ".join(["v=spf1", *terms])
    assert corrected(text).text == text
    assert corrected(text).dropped == ()


@given(bodies)
def test_correcting_twice_changes_nothing_more(body: str) -> None:
    once = corrected("v=spf1 " + body).text
    assert corrected(once).text == once


@pytest.mark.parametrize(
    ("faulty", "meant"),
    [
        ("inlude:x.example", "include:x.example"),
        ("-all;", "-all"),
        ("- all", "-all"),
        ("~~all", "~all"),
        ("ip4: 192.0.2.1", "ip4:192.0.2.1"),
        ("ip4:2001:db8::1", "ip6:2001:db8::1"),
        ("ip6:192.0.2.1", "ip4:192.0.2.1"),
        ("192.0.2.1", "ip4:192.0.2.1"),
        ("a:192.0.2.1", "ip4:192.0.2.1"),
        ("ip4:mail.example.com", "a:mail.example.com"),
        ("ip4:192.0.2.0/024", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2/24", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.*", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.1,192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
        ("a,mx", "a mx"),
        ("redirect:x.example", "redirect=x.example"),
        ("include=x.example", "include:x.example"),
        ("include:https://x.example/", "include:x.example"),
        ("mx:", "mx"),
        ("\xe2\x80\x93all", "-all"),
        ("include:\xe2\x80\x8bx.example", "include:x.example"),
    ],
)
def test_what_was_meant(faulty: str, meant: str) -> None:
    assert corrected("v=spf1 " + faulty).text == "v=spf1 " + meant


@pytest.mark.parametrize(
    "hopeless", ["ip4:192.0.2.0/33", "exists:%{x}.example.com", "allow", "gibberish", "ip6::/0", "all:x.example"]
)
def test_what_nobody_can_guess_is_left_out(hopeless: str) -> None:
    assert corrected(f"v=spf1 mx {hopeless} -all") == corrected("v=spf1 mx -all").__class__(
        "v=spf1 mx -all", (hopeless,)
    )


def test_a_joint_is_split_only_where_two_terms_meet() -> None:
    assert split_at_joint("ip4:192.0.2.1-all", 7, [20]) == ("ip4:192.0.2.1", "-all")
    assert split_at_joint("ip4:192.0.2.1", 7, [15]) is None
    assert split_at_joint("ip4:192.0.2.1-all", 7, [*range(MOST_JOINTS + 1)][-1:] * MOST_JOINTS + [20]) is None


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=900))
def test_a_published_line_reads_back_as_the_record(text: str) -> None:
    name, rdtype, strings = as_published("example.com", text).split(" ", 2)
    assert (name, rdtype) == ("example.com.", "TXT")
    assert records.text(strings) == text
    assert all(len(string) <= 255 for string in records.character_strings(strings))


def test_a_record_without_its_end_gets_one() -> None:
    assert without_term("v=spf1 mx redirect=x.example", "redirect=x.example") == "v=spf1 mx ~all"
    assert without_term("v=spf1 mx a -all", "a") == "v=spf1 mx -all"


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_text_is_read_for_a_look_alike(text: str) -> None:
    found = discarded(text)
    assert found is None or is_spf(found.meant)


@given(st.sampled_from([" ", '"', "'", "\xef\xbb\xbf", "\t"]), bodies)
def test_what_hides_a_record_is_found(before: str, body: str) -> None:
    found = discarded(f"{before}v=spf1 {body}")
    assert found is not None
    assert parse_record(found.meant).faults == ()


@pytest.mark.parametrize(
    "text",
    ["v=spf1", "v=spf1 -all", "v=DMARC1; p=none", "spf2.0/pra -all", "hello", "google-site-verification=spf", "spf"],
)
def test_what_does_not_look_like_a_broken_record(text: str) -> None:
    assert discarded(text) is None
