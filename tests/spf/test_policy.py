"""The tree of an SPF policy: whatever is published, the walk ends within its bounds and every check has something to say."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, pursue
from checks.model import Status, Target, status_of
from checks.registry import CHECKS
from checks.spf.policy import MOST_LEVELS, MOST_LOOKUPS, MOST_QUESTIONS, MOST_STEPS, SpfPolicy, spf_policy
from tests.rounds import rounds
from tests.spf.worlds import SpfWorld, spf_worlds

SPF_CHECKS = [check for check in CHECKS if check.id.startswith("spf.")]
TARGET = Target("example.com")

CONTROL = 4
"""Questions that show whether the resolver invents addresses: asked once, beside the first for an address."""


def texts(records: dict[str, str]) -> Callable[[DnsQuestion], Answer]:
    """A world of TXT records; everything else does not exist."""

    def look_up(question: DnsQuestion) -> Answer:
        if question.rdtype == "TXT" and question.name in records:
            text = records[question.name]
            strings = [text[at : at + 255] for at in range(0, len(text), 255)]
            return Answer(question, Outcome.ANSWERED, (" ".join(f'"{string}"' for string in strings),))
        return Answer(question, Outcome.NXDOMAIN)

    return look_up


def endless(question: DnsQuestion) -> Answer:
    """Every name includes a name one longer, three times over: a chain and a tree that never end."""
    number = int(question.name.partition(".")[0].removeprefix("n") or 0) if question.name.startswith("n") else 0
    following = " ".join(f"include:n{number + 1}.{side}.example.com" for side in "xyz")
    if question.rdtype != "TXT":
        return Answer(question, Outcome.NXDOMAIN)
    return Answer(question, Outcome.ANSWERED, (f'"v=spf1 {following} -all"',))


def round_trips(inquiry: Inquiry[SpfPolicy], look_up: Callable[[DnsQuestion], Answer]) -> tuple[SpfPolicy, int]:
    """The fact, and after how many answers, one upon the other, it came."""
    policy, trips = rounds(inquiry, look_up)
    return policy, len(trips)


@given(spf_worlds())
@settings(max_examples=150, deadline=None)
def test_a_random_tree_stays_within_the_bounds(world: SpfWorld) -> None:
    asked: Counter[DnsQuestion] = Counter()

    def look_up(question: DnsQuestion) -> Answer:
        asked[question] += 1
        return world.look_up(question)

    policy = pursue(spf_policy("example.com"), look_up)
    assert len(asked) <= MOST_QUESTIONS + CONTROL
    assert max(asked.values()) == 1, "each question is asked once"
    steps = list(policy.steps())
    assert len(steps) <= MOST_STEPS
    numbered = [step.nth for _, step in steps if step.nth]
    assert sorted(numbered) == list(range(1, policy.lookups + 1))


@given(spf_worlds())
@settings(max_examples=100, deadline=None)
def test_every_check_has_a_status_in_a_random_world(world: SpfWorld) -> None:
    for check in SPF_CHECKS:
        findings = tuple(check.judge(pursue(check.fact(TARGET), world.look_up)))
        assert findings, f"{check.id} says nothing"
        assert {finding.message for finding in findings} <= set(check.messages)
        assert status_of(findings) in Status
        for finding in findings:
            assert finding.text
            assert "{" not in finding.message.text or finding.text != finding.message.text
            _ = finding.remedy


def test_an_endless_tree_ends_by_its_levels_and_is_above_the_limit() -> None:
    policy, trips = round_trips(spf_policy("example.com"), endless)
    assert trips <= MOST_LEVELS
    assert policy.cut
    assert policy.lookups > MOST_LOOKUPS
    assert len(list(policy.steps())) <= MOST_STEPS


def test_an_endless_chain_costs_a_round_trip_a_level_and_no_more_than_the_bound() -> None:
    records = {f"n{n}.example.com": f"v=spf1 include:n{n + 1}.example.com -all" for n in range(100)}
    policy, trips = round_trips(spf_policy("n0.example.com"), texts(records))
    assert trips == MOST_LEVELS
    assert policy.cut
    assert policy.lookups > MOST_LOOKUPS


def test_a_chain_of_three_takes_four_round_trips() -> None:
    records = {f"n{n}.example.com": f"v=spf1 include:n{n + 1}.example.com -all" for n in range(3)}
    _, trips = round_trips(spf_policy("n0.example.com"), texts(records | {"n3.example.com": "v=spf1 -all"}))
    assert trips == 4


def test_a_record_included_twice_at_every_level_doubles_without_end_and_is_cut() -> None:
    records = {
        f"n{n}.example.com": f"v=spf1 include:n{n + 1}.example.com include:n{n + 1}.example.com -all" for n in range(18)
    }
    policy = pursue(spf_policy("n0.example.com"), texts(records | {"n18.example.com": "v=spf1 -all"}))
    assert policy.cut
    assert len(list(policy.steps())) == MOST_STEPS


def test_records_beyond_the_bound_on_text_stay_unread() -> None:
    long = "v=spf1 " + "m" * 56_000
    includes = " ".join(f"include:n{n}.example.com" for n in range(4))
    records = {f"n{n}.example.com": long for n in range(4)} | {"example.com": f"v=spf1 {includes} -all"}
    policy = pursue(spf_policy("example.com"), texts(records))
    assert policy.cut
    assert [node.record is not None for node in policy.nodes()] == [True, True, True, False, False]


def test_more_terms_than_are_ever_asked_about() -> None:
    record = "v=spf1 " + " ".join(f"a:n{n}.example.com" for n in range(3000))
    asked: list[DnsQuestion] = []
    look_up = texts({"example.com": record})
    policy = pursue(spf_policy("example.com"), lambda question: (asked.append(question), look_up(question))[1])
    assert len(asked) == MOST_QUESTIONS + CONTROL
    assert policy.cut


@pytest.mark.parametrize("check", SPF_CHECKS, ids=lambda check: check.id)
def test_a_check_of_a_huge_policy_keeps_its_findings_small(check) -> None:
    record = "v=spf1 " + " ".join(f"inlude:n{n}.example.com ptr:x{n}.example.com" for n in range(900))
    for finding in check.judge(pursue(check.fact(TARGET), texts({"example.com": record}))):
        assert len(finding.text) + len(finding.remedy) < 60_000
