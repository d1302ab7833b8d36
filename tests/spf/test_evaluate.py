"""check_host(): what the suite of RFC 7208 leaves out. The suite itself is tests/conformance/test_spf_suite.py."""

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.spf import evaluate
from checks.spf.evaluate import MOST_AHEAD, check_host
from checks.spf.trace import Result
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld
from tests.spf.evaluating import HELO, SENDER, Asked, evaluated, txt
from tests.spf.worlds import SpfWorld, spf_worlds

# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("localhost", "single label"),
        ("[192.0.2.1]", "an address"),
        ("a..example.com", "a label is empty"),
        ("", "a label is empty"),
        ("x" * 64 + ".example.com", "longer than 63"),
        (".".join(["x" * 60] * 5), "too long"),
        ("exa\0mple.com", "characters"),
        ("b\u00fccher.example", "characters"),
    ],
)
def test_a_domain_that_cannot_be_looked_up_has_no_policy(domain: str, said: str) -> None:
    found = evaluated("", domain=domain)
    assert found.result is Result.NONE
    assert said in found.reason


@pytest.mark.parametrize("fault", ["SERVFAIL", "TIMEOUT", "REFUSED"])
def test_what_could_not_be_asked_is_a_temperror(fault: str) -> None:
    zone = txt("example.com", "v=spf1 a:x.example.com -all") + txt("inc.example.com", "v=spf1 include:example.com -all")
    for faults in ({"example.com TXT": fault}, {"x.example.com": fault}):
        assert evaluated(zone, faults=faults).result is Result.TEMPERROR
        assert evaluated(zone, domain="inc.example.com", faults=faults).result is Result.TEMPERROR


def test_a_mail_host_without_an_answer_is_a_temperror_unless_one_before_it_matches() -> None:
    zone = (
        txt("example.com", "v=spf1 mx -all")
        + "example.com. MX 10 a.example.com.\nexample.com. MX 20 b.example.com.\na.example.com. A 192.0.2.1\n"
    )
    faults = {"b.example.com": "SERVFAIL"}
    assert evaluated(zone, faults=faults).result is Result.PASS
    assert evaluated(zone, "192.0.2.2", faults=faults).result is Result.TEMPERROR


def test_errors_of_reverse_names_are_no_error_of_the_evaluation() -> None:
    zone = txt("example.com", "v=spf1 ptr -all")
    assert evaluated(zone, faults={"1.2.0.192.in-addr.arpa": "SERVFAIL"}).result is Result.FAIL
    zone += "1.2.0.192.in-addr.arpa. PTR a.example.com.\n1.2.0.192.in-addr.arpa. PTR b.example.com.\nb.example.com. A 192.0.2.1\n"
    assert evaluated(zone, faults={"a.example.com": "SERVFAIL"}).result is Result.PASS


def test_an_address_confirms_a_name_below_the_domain_only() -> None:
    zone = (
        txt("example.com", "v=spf1 ptr -all")
        + "1.2.0.192.in-addr.arpa. PTR badexample.com.\nbadexample.com. A 192.0.2.1\n"
    )
    assert evaluated(zone).result is Result.FAIL


def test_include_of_nothing_and_redirect_to_nothing_are_permerrors() -> None:
    for term in ("include:", "redirect="):
        found = evaluated(txt("example.com", f"v=spf1 {term}gone.example.com"))
        assert found.result is Result.PERMERROR
        assert "gone.example.com has no SPF record: the name does not exist" in found.reason


def test_a_redirect_beside_all_is_never_followed() -> None:
    asked = Asked(txt("example.com", "v=spf1 redirect=r.example.com ~all"))
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert (found.result, found.lookups, len(asked.questions)) == (Result.SOFTFAIL, 0, 1)


def test_a_syntax_error_counts_wherever_it_stands() -> None:
    found = evaluated(txt("example.com", "v=spf1 ip4:192.0.2.1 -all inlude:x.example.com"))
    assert found.result is Result.PERMERROR
    assert "at character 27" in found.reason
    assert "include" in found.reason


def test_the_qualifier_of_an_include_gives_the_result() -> None:
    inner = txt("i.example.com", "v=spf1 ip4:192.0.2.1 -all")
    for qualifier, result in (("", "pass"), ("+", "pass"), ("-", "fail"), ("~", "softfail"), ("?", "neutral")):
        found = evaluated(txt("example.com", f"v=spf1 {qualifier}include:i.example.com -all") + inner)
        assert found.result == result
        assert found.matched == f"{qualifier}include:i.example.com"
        assert found.decisions[-1].term.text == "ip4:192.0.2.1"


def test_what_matched_behind_a_redirect_is_the_term_there() -> None:
    found = evaluated(
        txt("example.com", "v=spf1 redirect=r.example.com") + txt("r.example.com", "v=spf1 ip4:192.0.2.1 -all")
    )
    assert (found.result, found.matched) == (Result.PASS, "ip4:192.0.2.1")


def test_prefix_length_zero_matches_wherever_there_is_an_address() -> None:
    zone = txt("example.com", "v=spf1 a/0 -all")
    assert evaluated(zone).result is Result.FAIL
    assert evaluated(zone + "example.com. A 203.0.113.7\n").result is Result.PASS


# --- macros and explanations ------------------------------------------------------------------------------------------


def test_the_domain_macro_is_the_current_domain_inside_an_include() -> None:
    found = evaluated(
        txt("example.com", "v=spf1 include:i.example.net -all")
        + txt("i.example.net", "v=spf1 exists:%{d}.list.example -all")
        + "i.example.net.list.example. A 127.0.0.2\n"
    )
    assert found.result is Result.PASS
    assert found.trace.terms[0].record is not None
    assert found.trace.terms[0].record.terms[0].target == "i.example.net.list.example"


def test_the_name_macro_is_a_confirmed_name_and_best_one_below_the_domain() -> None:
    zone = (
        txt("example.com", "v=spf1 exists:%{p}.list.example -all")
        + "1.2.0.192.in-addr.arpa. PTR a.example.net.\n1.2.0.192.in-addr.arpa. PTR b.example.com.\n"
        + "a.example.net. A 192.0.2.1\n"
    )
    assert evaluated(zone).trace.terms[0].target == "a.example.net.list.example"
    assert evaluated(zone + "b.example.com. A 192.0.2.1\n").trace.terms[0].target == "b.example.com.list.example"
    assert evaluated(zone, "192.0.2.2").trace.terms[0].target == "unknown.list.example"


def test_a_sender_without_a_local_part_is_the_postmaster() -> None:
    zone = txt("example.com", "v=spf1 exists:%{l}.%{o}.list.example -all")
    for sender in ("@example.com", "example.com", ""):
        assert evaluated(zone, sender=sender).trace.terms[0].target == "postmaster.example.com.list.example"


def test_a_target_too_long_loses_labels_on_the_left() -> None:
    found = evaluated(
        txt("example.com", "v=spf1 exists:" + "%{l}." * 5 + "example.com -all"), sender="x" * 60 + "@example.com"
    )
    assert found.trace.terms[0].target == ".".join(["x" * 60] * 3 + ["example.com"])


def test_a_target_that_dns_cannot_hold_is_not_asked_for_and_does_not_match() -> None:
    asked = Asked(txt("example.com", "v=spf1 a:%{l}.example.com -all"))
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", "x" * 64 + "@example.com", HELO))
    assert (found.result, found.lookups, found.void_lookups) == (Result.FAIL, 1, 0)
    assert len(asked.questions) == 1


def test_an_explanation_is_that_of_the_record_that_failed_the_sender() -> None:
    zone = (
        txt("example.com", "v=spf1 include:i.example.com redirect=r.example.com exp=x0.example.com")
        + txt("i.example.com", "v=spf1 -all exp=x1.example.com")
        + txt("r.example.com", "v=spf1 -all exp=x2.example.com")
        + txt("x2.example.com", "%{i} may not send as %{d}, says %{r}")
    )
    found = evaluated(zone)
    assert found.explanation == "192.0.2.1 may not send as r.example.com, says unknown"
    assert found.lookups == 2  # exp= costs nothing


@pytest.mark.parametrize("result", ["~all", "?all", "+all"])
def test_there_is_no_explanation_unless_it_is_a_fail(result: str) -> None:
    asked = Asked(txt("example.com", f"v=spf1 {result} exp=x.example.com") + txt("x.example.com", "no"))
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert found.explanation is None
    assert len(asked.questions) == 1


def test_the_time_in_an_explanation_is_that_of_its_answer() -> None:
    world = ZoneWorld(
        [read_zones(txt("example.com", "v=spf1 -all exp=x.example.com") + txt("x.example.com", "%{t}"), ".", "w")]
    )

    def answer(question: DnsQuestion) -> Answer:
        answer = world.look_up(question)
        return Answer(question, answer.outcome, answer.records, asked_at="2026-11-22T14:03:00Z")

    found = pursue(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO), answer)
    assert found.explanation == "1795356180"


# --- the order of asking ---------------------------------------------------------------------------------------------


@given(spf_worlds())
@settings(max_examples=120, deadline=None, derandomize=True, database=None)
def test_asking_ahead_changes_neither_result_nor_trace(world: SpfWorld) -> None:
    """Against the same evaluation with one question at a time."""
    results = []
    for ahead in (MOST_AHEAD, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(evaluate, "MOST_AHEAD", ahead)
            results.append(
                pursue(check_host(ip_address(world.ip), "example.com", world.sender, world.helo), world.look_up)
            )
    assert results[0] == results[1]


# --- whatever comes ---------------------------------------------------------------------------------------------------

TERMS = st.one_of(
    st.sampled_from(
        ["a", "mx", "ptr", "all", "-all", "include:%{l}.example.com", "exists:%{ir}.%{p}.example.com", "exp=%{d}"]
    ),
    st.builds(
        "{}:{}".format, st.sampled_from(["a", "mx", "ptr", "include", "exists"]), st.text("ab.%{}ldp/1", max_size=12)
    ),
    st.text(max_size=8),
)
RECORDS = st.lists(TERMS, max_size=12).map(lambda terms: " ".join(["v=spf1", *terms]))


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Answer]:
    """An answer for each type, whatever the name: the evaluation sees loops, nonsense and failures."""
    outcomes = st.sampled_from(Outcome)
    texts = draw(st.lists(RECORDS, min_size=1, max_size=2))
    quoted = ['"' + "".join(f"\\{ord(c):03d}" if ord(c) < 256 else "?" for c in text) + '"' for text in texts]
    shapes = {
        "TXT": tuple(quoted),
        "MX": tuple(draw(st.lists(st.text("0 ab.", max_size=6), max_size=12))),
        "A": tuple(draw(st.lists(st.sampled_from(["192.0.2.1", "x", "2001:db8::1"]), max_size=2))),
        "AAAA": tuple(draw(st.lists(st.sampled_from(["2001:db8::1", "", "192.0.2.1"]), max_size=2))),
        "PTR": tuple(draw(st.lists(st.text("ab.\\", max_size=6), max_size=12))),
    }
    return {rdtype: Answer(DnsQuestion("", rdtype), draw(outcomes), records) for rdtype, records in shapes.items()}


@given(worlds(), st.ip_addresses(), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_there_is_always_a_result_with_a_reason(
    world: dict[str, Answer], ip: Any, domain: str, sender: str, helo: str
) -> None:
    def answer(question: DnsQuestion) -> Answer:
        given = world[question.rdtype]
        return Answer(question, given.outcome, given.records)

    for name in (domain, "example.com"):
        found = pursue(check_host(ip, name, sender, helo), answer)
        assert found.reason
        assert found.lookups <= 11
        assert found.void_lookups <= 3
        if found.result in (Result.PASS, Result.FAIL, Result.SOFTFAIL):
            assert found.matched
