"""One DMARC record is read as RFC 9989 wants it, and any text at all is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.dmarc.discarded import discarded
from checks.dmarc.record import Mode, Policy, is_dmarc, parse_record, parse_uri
from checks.tags import write_tags

WORDS = st.sampled_from(["none", "quarantine", "reject", "Reject", "rejct", "", "x"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "p": WORDS,
        "sp": WORDS,
        "np": WORDS,
        "t": st.sampled_from(["y", "n", "Y", "2"]),
        "psd": st.sampled_from(["y", "n", "u", "x"]),
        "adkim": st.sampled_from(["r", "s", "strict"]),
        "rua": st.sampled_from(["mailto:r@example.com", "r@example.com", "mailto:a@example.com,https://example.com/"]),
    },
)


@given(st.text(max_size=300))
def test_any_text_behind_the_version_is_read(text):
    record = parse_record("v=DMARC1;" + text)
    for fault in (*record.faults, *record.policy_faults):
        assert fault.position >= 1
        assert fault.reason


@given(VALUES)
def test_a_record_says_none_or_nothing_where_a_policy_is_faulty(values):
    record = parse_record(write_tags([("v", "DMARC1"), *values.items()]))
    faulty = any(values.get(tag, "none").lower() not in set(Policy) for tag in ("p", "sp", "np")) or "p" not in values
    assert bool(record.policy_faults) == faulty
    if faulty:
        assert record.asked("np", "sp") == (Policy.NONE, "")
        assert record.works == ("mailto:" in values.get("rua", ""))
    else:
        assert record.works
        assert record.asked()[0] == values["p"].lower()


@given(st.sampled_from(["np", "sp"]), VALUES)
def test_what_is_not_said_for_subdomains_is_said_for_the_domain(tag, values):
    values.pop(tag, None)
    record = parse_record(write_tags([("v", "DMARC1"), *values.items()]))
    if not record.policy_faults:
        assert record.asked(tag) == record.asked()


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=DMARC1; p=none", True),
        ("v=DMARC1", True),
        ("V = DMARC1 ; p=none", True),
        ("v\t=\tDMARC1;p=none", True),
        ("v=DMARC1 p=none", False),
        ("v=dmarc1; p=none", False),
        (" v=DMARC1; p=none", False),
        ("v=DMARC12; p=none", False),
        ("p=none; v=DMARC1", False),
        ('"v=DMARC1; p=none"', False),
        ("v=spf1 -all", False),
        ("", False),
    ],
)
def test_the_version_decides_what_is_a_record(text, is_one):
    assert is_dmarc(text) is is_one


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("v=DMARC1 p=none", "v=DMARC1; p=none"),
        ("v=DMARC1, p=none, rua=mailto:r@example.com", "v=DMARC1; p=none; rua=mailto:r@example.com"),
        ("v=dmarc1; p=reject; rua=mailto:a@example.com,mailto:b@example.com", "v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.com"),
        (" v=DMARC1; p=none", "v=DMARC1; p=none"),
        ('"v=DMARC1; p=none"', "v=DMARC1; p=none"),
        ("DMARC1; p=none", "v=DMARC1; p=none"),
        ("v=DMARC; p=none", "v=DMARC1; p=none"),
        ("v:DMARC1; p=none", "v=DMARC1; p=none"),
        ("p=none; v=DMARC1", "v=DMARC1; p=none"),
        ("v=DMARC2; p=none", ""),
        ("v=DMARC1: something else", ""),
    ],
)  # fmt: skip
def test_a_look_alike_tells_the_record_that_was_meant(text, meant):
    found = discarded(text)
    assert found is not None
    assert found.meant == meant
    assert found.reason


@pytest.mark.parametrize(
    "text", ["v=DMARC1; p=none", "v=spf1 -all", "", "site-verification=dmarc", "see dmarc.example.com"]
)
def test_other_texts_are_no_look_alikes(text):
    assert discarded(text) is None


@given(st.text(alphabet='vV=dDmMaArRcC12 ;,:"p\t', max_size=40))
def test_a_look_alike_is_never_a_record_and_its_remedy_always_one(text):
    found = discarded(text)
    if found is not None:
        assert not is_dmarc(text)
        assert found.meant == "" or is_dmarc(found.meant)


def test_values_are_read_in_any_case_and_names_too():
    record = parse_record("v=DMARC1; P=ReJect; ADKIM=S; T=Y; PSD=N")
    assert (record.p, record.adkim, record.testing, record.psd) == (Policy.REJECT, Mode.STRICT, True, "n")


def test_sp_is_not_taken_for_p():
    record = parse_record("v=DMARC1; sp=none; p=reject")
    assert (record.p, record.sp) == (Policy.REJECT, Policy.NONE)


@pytest.mark.parametrize(
    ("text", "host", "size"),
    [
        ("mailto:r@example.com", "example.com", ""),
        ("MAILTO:r@Example.COM.", "example.com", ""),
        ("mailto:r@example.com!10m", "example.com", "!10m"),
        ("mailto:r+tag%2C1@example.com?subject=x", "example.com", ""),
        ("https://user@reports.example.com:8443/x", "reports.example.com", ""),
    ],
)
def test_a_uri_tells_its_host(text, host, size):
    uri = parse_uri(text)
    assert (uri.host, uri.size, uri.fault) == (host, size, "")


@pytest.mark.parametrize(
    "text",
    ["", "r@example.com", "mailto:", "mailto:example.com", "mailto:r@", "mailto:@example.com", "mailto:r@localhost",
     "mailto:a@b@example.com", "mailto:r@example.com!", "mailto:r@example.com!10p", "mailto:a!b@example.com", "mailto:r @example.com",
     "mailto:r@[192.0.2.1]", "mailto:r@example..com", "bogus", "mailto:r%zz@example.com"],
)  # fmt: skip
def test_what_is_no_uri_says_why(text):
    assert parse_uri(text).fault


@given(st.text(max_size=80))
def test_any_text_is_a_uri_or_has_a_fault(text):
    uri = parse_uri(text)
    assert bool(uri.fault) or bool(uri.scheme)


def test_a_huge_record_is_read_in_linear_time():
    assert len(parse_record("v=DMARC1; rua=" + "mailto:r@example.com!1," * 20_000).rua) == 20_001
