"""Macros: the examples of RFC 7208 section 7.4, and expansion is total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.spf.macros import (
    EXPLANATION_LETTERS,
    NAME_LETTERS,
    ends_in_macro,
    expand,
    has_macros,
    macro_string_fault,
    target_name,
    uses,
)

FOUR = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "p": "mx.example.org",
    "h": "mx.example.org",
    "v": "in-addr",
}
SIX = {**FOUR, "v": "ip6", "i": "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_the_examples_of_the_standard(text: str, expanded: str) -> None:
    assert expand(text, FOUR) == expanded


def test_an_ipv6_address_is_its_nibbles() -> None:
    name = target_name(expand("%{ir}.%{v}._spf.%{d2}", SIX))
    assert name == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("100%%%_sure%-", "100% sure%20"),
        ("%{L}", "strong-bad"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{l1r+-}", "strong"),
        ("%{s.-}", "strong.bad@email.example.com"),
        ("%{d99999999999}", "email.example.com"),
        ("%%{d}", "%{d}"),
    ],
)
def test_escapes_capitals_and_delimiters(text: str, expanded: str) -> None:
    assert expand(text, FOUR) == expanded


def test_what_is_not_ascii_is_escaped_as_utf_8() -> None:
    assert expand("%{L}", {"l": "b\u00fc &=~"}) == "b%C3%BC%20%26%3D~"


@pytest.mark.parametrize(
    "text", ["%", "%a", "%{", "%{d", "%{x}", "%{d0}", "%{d00}", "%{d-1}", "%{dr2}", "%(d)", "a%", "%{c}", "%%%"]
)
def test_what_is_no_macro_is_named(text: str) -> None:
    why = macro_string_fault(text)
    assert why
    assert "%" in why


def test_three_letters_are_for_explanations_only() -> None:
    for letter in "crtCRT":
        assert macro_string_fault(f"%{{{letter}}}", NAME_LETTERS)
        assert not macro_string_fault(f"%{{{letter}}}", EXPLANATION_LETTERS)


def test_a_percent_sign_before_a_brace_is_no_macro() -> None:
    assert not has_macros("%%{d}")
    assert has_macros("%%%{d}")
    assert uses("a.%{P2}", "p")
    assert not uses("%%{p}", "p")


@pytest.mark.parametrize(
    ("text", "ends"), [("a.%{d}", True), ("a%%", True), ("%{d}.", False), ("%{d}.com", False), ("", False)]
)
def test_the_end_is_a_macro_or_not(text: str, ends: bool) -> None:
    assert ends_in_macro(text) is ends


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM.", "example.com"),
        ("a b.example", "a\\032b.example"),
        ('a";(.example', 'a\\"\\;\\(.example'),
        ("a\x01.example", "a\\001.example"),
        ("a..example", ""),
        (".example", ""),
        ("", ""),
        (".", ""),
        ("x" * 64 + ".example", ""),
        ("b\u00fccher.example", ""),
        ("x" * 300, ""),
        ("y" * 10 + "." + ".".join(["x" * 62] * 4), ".".join(["x" * 62] * 4)),
        ("y" * 10 + "." + ".".join(["x" * 63] * 3 + ["x" * 61]), ".".join(["x" * 63] * 3 + ["x" * 61])),
        (".".join(["x" * 63] * 3 + ["x" * 62]), ".".join(["x" * 63] * 2 + ["x" * 62])),
    ],
)
def test_a_target_is_a_name_that_can_be_asked_or_none(text: str, name: str) -> None:
    assert target_name(text) == name


@given(st.one_of(st.text(), st.text("%{}slodiphvcrtSLODIPHVCRT0129rR-.+,/_= ")), st.text(), st.text())
def test_expansion_is_total(text: str, local: str, domain: str) -> None:
    values = {**FOUR, "l": local, "d": domain}
    expanded = expand(text, values)
    name = target_name(expanded)
    assert name == "" or all(" " < char <= "~" for char in name)
    if not macro_string_fault(text) and not has_macros(text):
        assert expanded == text.replace("%_", " ").replace("%-", "%20").replace("%%", "%") or "%%" in text


@given(st.text("%{}dlr019.-", max_size=30))
def test_a_text_without_fault_leaves_no_macro_behind(text: str) -> None:
    if not macro_string_fault(text):
        assert "%" not in expand(text, {"d": "x", "l": "y"}).replace("%20", "") or "%%" in text


def test_long_texts_are_read_in_linear_time() -> None:
    for text in ("%{d" + "1" * 60_000, "%" * 60_000, "%{d" * 20_000, "%{l-" + "-" * 60_000):
        macro_string_fault(text)
        expand(text, FOUR)
        ends_in_macro(text)
