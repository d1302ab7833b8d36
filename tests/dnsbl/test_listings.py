"""What is asked, in how many round trips, and that nothing but a list's own word makes a listing."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.dnsbl import domain_not_listed, lists_answer, not_listed
from checks.dnsbl.inventory import Effect
from checks.dnsbl.listings import State, listings_of
from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, pursue
from checks.model import Basis, Severity, Target, status_of
from tests.rounds import rounds

ADDRESS = ipaddress.ip_address("192.0.2.25")
ZEN = "zen.spamhaus.org"
POINTS = {f"2.0.0.127.{ZEN}": ("127.0.0.2",)}

World = Callable[[DnsQuestion], Answer]


def world(records: dict[str, tuple[str, ...]], outcomes: dict[str, Outcome] | None = None) -> World:
    """Names with their A records; all others do not exist, or fail as `outcomes` says."""

    def answer(question: DnsQuestion) -> Answer:
        if outcomes and question.name in outcomes:
            return Answer(question, outcomes[question.name], server="192.0.2.53")
        found = records.get(question.name, ()) if question.rdtype == "A" else ()
        return Answer(question, Outcome.ANSWERED if found else Outcome.NXDOMAIN, found, server="192.0.2.53")

    return answer


def trips_of(inquiry: Inquiry[Any], answer: World) -> list[list[DnsQuestion]]:
    """The questions of each round trip."""
    return rounds(inquiry, answer)[1]


def test_everything_goes_out_at_once_health_probes_included():
    asked = trips_of(listings_of(Target("example.com", (ADDRESS,))), world(POINTS))
    assert len(asked) == 1
    assert DnsQuestion(f"25.2.0.192.{ZEN}", "A") in asked[0]
    assert DnsQuestion(f"2.0.0.127.{ZEN}", "A") in asked[0]
    assert DnsQuestion(f"1.0.0.127.{ZEN}", "A") in asked[0]


def test_reasons_and_the_name_cost_a_second_round_trip_and_are_asked_for_hits_only():
    listed = POINTS | {f"25.2.0.192.{ZEN}": ("127.0.0.2",), "25.2.0.192.psbl.surriel.com": ("127.0.0.2",)}
    asked = trips_of(listings_of(Target("example.com", (ADDRESS,))), world(listed))
    assert asked[1:] == [[DnsQuestion(f"25.2.0.192.{ZEN}", "TXT"), DnsQuestion("25.2.0.192.in-addr.arpa", "PTR")]]


def test_a_good_word_is_not_asked_for_its_reason():
    listed = POINTS | {"25.2.0.192.list.dnswl.org": ("127.0.5.2",)}
    assert len(trips_of(listings_of(Target("example.com", (ADDRESS,))), world(listed))) == 1


def test_a_hundred_addresses_need_no_more_health_probes_than_one():
    def probes(count: int) -> int:
        ips = tuple(ipaddress.ip_address("192.0.2.0") + at for at in range(count))
        (wave,) = trips_of(listings_of(Target("example.com", ips)), world(POINTS))
        return sum(question.name.split(".")[1:4] == ["0", "0", "127"] for question in wave)

    assert probes(1) == probes(100) > 40


def test_the_spf_record_costs_a_round_trip_where_no_address_is_given_and_domain_lists_do_not_wait_for_it():
    def answer(question: DnsQuestion) -> Answer:
        if question == DnsQuestion("example.com", "TXT"):
            return Answer(question, Outcome.ANSWERED, ('"v=spf1 ip4:192.0.2.25 -all"',))
        return world(POINTS)(question)

    asked = trips_of(listings_of(Target("example.com")), answer)
    assert len(asked) == 2
    assert DnsQuestion("example.com.dbl.spamhaus.org", "A") in asked[0]
    assert DnsQuestion(f"25.2.0.192.{ZEN}", "A") in asked[1]


def test_nothing_is_asked_where_there_is_nobody_to_ask_about():
    assert trips_of(listings_of(Target("")), world({})) == []


def test_a_domain_list_is_never_asked_about_an_address():
    (wave,) = trips_of(listings_of(Target("example.com", (ADDRESS,))), world(POINTS))
    names = [question.name for question in wave if question.name.endswith((".dbl.spamhaus.org", ".multi.surbl.org"))]
    assert names
    assert not any("192" in name or "127" in name for name in names)


RECORDS = st.lists(
    st.sampled_from(
        [
            *("127.0.0.1", "127.0.0.2", "127.0.0.4", "127.0.0.10", "127.0.0.77", "127.255.255.252", "127.255.255.254"),
            *("127.255.255.255", "203.0.113.7", "0.0.0.0", "10.0.0.1"),
        ]
    ),
    max_size=3,
    unique=True,
).map(lambda found: tuple(sorted(found)))
OUTCOMES = st.sampled_from([Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.TEMPFAIL, Outcome.REFUSED])
ANSWERS = st.fixed_dictionaries(
    dict.fromkeys(
        (
            *(f"{labels}.{ZEN}" for labels in ("2.0.0.127", "1.0.0.127", "25.2.0.192")),
            *("no-such-name.example.net", "no-such-name.invalid"),
        ),
        RECORDS | OUTCOMES,
    )
)


@settings(max_examples=400)
@given(ANSWERS)
def test_a_listing_needs_a_healthy_list_an_honest_resolver_and_a_documented_code(given_answers):
    def answer(question: DnsQuestion) -> Answer:
        said = given_answers.get(question.name, Outcome.NXDOMAIN)
        if isinstance(said, Outcome):
            return Answer(question, said, server="192.0.2.53")
        return Answer(question, Outcome.ANSWERED if said else Outcome.NXDOMAIN, said, server="192.0.2.53")

    target = Target("example.com", (ADDRESS,), lists=(ZEN,))
    fact = pursue(listings_of(target), answer)
    found = tuple(not_listed.judge(fact))
    about = given_answers[f"25.2.0.192.{ZEN}"]
    healthy = (
        isinstance(given_answers[f"2.0.0.127.{ZEN}"], tuple)
        and bool(given_answers[f"2.0.0.127.{ZEN}"])
        and given_answers[f"1.0.0.127.{ZEN}"] in ((), Outcome.NXDOMAIN, Outcome.NO_DATA)
        and not any(
            given_answers[name] and isinstance(given_answers[name], tuple)
            for name in ("no-such-name.example.net", "no-such-name.invalid")
        )
    )
    bad = any(f.message.basis is Basis.OBSERVED and f.message.severity >= Severity.WARNING for f in found)
    clean = any(f.message is not_listed.CLEAN for f in found)
    if bad or clean:
        assert healthy
    if bad:
        assert about
        assert set(about) <= {"127.0.0.1", "127.0.0.2", "127.0.0.4", "127.0.0.10", "127.0.0.77"}
        assert set(about) & {"127.0.0.2", "127.0.0.4", "127.0.0.10"}
    if clean:
        assert about in ((), Outcome.NXDOMAIN, Outcome.NO_DATA)
    assert found
    for check in (not_listed, lists_answer, domain_not_listed):
        status_of(check.judge(fact))


@pytest.mark.parametrize(
    ("points", "state"),
    [
        ({f"2.0.0.127.{ZEN}": ("127.0.0.2",)}, State.ANSWERS),
        ({}, State.EMPTY),
        ({f"2.0.0.127.{ZEN}": ("127.0.0.2",), f"1.0.0.127.{ZEN}": ("127.0.0.2",)}, State.BROKEN),
        ({f"2.0.0.127.{ZEN}": ("127.0.0.1",), f"1.0.0.127.{ZEN}": ("127.0.0.1",)}, State.BROKEN),
        ({f"2.0.0.127.{ZEN}": ("127.0.0.1",)}, State.BROKEN),
        ({f"2.0.0.127.{ZEN}": ("127.255.255.254",)}, State.REFUSES),
        ({"no-such-name.example.net": ("203.0.113.7",), f"2.0.0.127.{ZEN}": ("127.0.0.2",)}, State.REWRITTEN),
    ],
)
def test_a_list_is_judged_by_its_test_entries_first(points, state):
    fact = pursue(listings_of(Target("example.com", (ADDRESS,), lists=(ZEN,))), world(points))
    assert [source.state for source in fact.sources] == [state]


def test_a_list_without_a_known_entry_is_believed_when_it_lists_and_not_when_it_is_silent():
    hit = pursue(
        listings_of(Target("example.com", lists=("rhsbl.zapbl.net",))),
        world({"example.com.rhsbl.zapbl.net": ("127.0.0.2",)}),
    )
    assert [code.effect for code in hit.results[0].codes] == [Effect.WARN]
    silent = pursue(listings_of(Target("example.com", lists=("rhsbl.zapbl.net",))), world({}))
    assert silent.results[0].unknown


def test_findings_do_not_depend_on_the_order_of_the_lists():
    def said(lists: tuple[str, ...]) -> set[tuple[str, str]]:
        records = POINTS | {f"25.2.0.192.{ZEN}": ("127.0.0.2",), "2.0.0.127.psbl.surriel.com": ("127.0.0.2",)}
        fact = pursue(listings_of(Target("example.com", (ADDRESS,), lists=lists)), world(records))
        return {(finding.message.code, finding.about) for finding in not_listed.judge(fact)}

    assert said((ZEN, "psbl.surriel.com")) == said(("psbl.surriel.com", ZEN))
