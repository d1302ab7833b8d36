"""Proposals for records over the limit: they are within it, and authorise what the record did."""

import asyncio

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Target
from checks.records import as_published
from checks.spf import lookup_limit
from checks.spf.fix import proposed
from checks.spf.policy import MOST_LOOKUPS, SpfPolicy, spf_policy
from checks.spf.reach import collapsed, permits
from checks.spf.record import parse_record
from healthcheck.engine import examine
from healthcheck.run import Run
from healthcheck.world.lab import open_lab
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import Overlay, ZoneWorld
from tests.spf.worlds import SpfWorld, spf_worlds


def policy_in(record: str, **others: str) -> SpfPolicy:
    """The policy of a record at example.com in a world of more records, `x_net=` being that of x.example.net."""
    texts = {"example.com": record} | {name.replace("_", ".example."): text for name, text in others.items()}
    lines = "\n".join(as_published(name, text) for name, text in texts.items())
    return pursue(spf_policy("example.com"), ZoneWorld([read_zones(lines, ".", "world")]).look_up)


def reach(policy: SpfPolicy) -> tuple[object, bool]:
    """The networks that a policy authorises, and whether it authorises everyone."""
    found = permits(policy)
    return collapsed(p.network for p in found if p.network is not None), any(p.network is None for p in found)


def flat(count: int) -> dict[str, str]:
    """Some records to include, each of one address."""
    return {f"i{n}_net": f"v=spf1 ip4:198.51.100.{n} -all" for n in range(count)}


def test_the_proposal_laid_over_the_lab_passes() -> None:
    over = pursue(spf_policy("shop.example"), open_lab().look_up)
    made = proposed(over)
    assert made is not None
    overlay = Overlay([read_zones(as_published("shop.example", made.record), "shop.example.", "proposal")], open_lab())

    async def run() -> tuple[str, ...]:
        report = await examine(Target("shop.example"), [lookup_limit.CHECK], Run(overlay, 30))
        return tuple(finding.message.code for finding in report.checks[0].findings)

    assert asyncio.run(run()) in (("spf.lookup-limit.within",), ("spf.lookup-limit.near",))
    after = pursue(spf_policy("shop.example"), lambda question: asyncio.run(overlay.answer(question)))
    assert after.lookups == made.lookups
    assert reach(after) == reach(over)


def test_terms_that_lead_nowhere_go_first() -> None:
    terms = " ".join(f"a:gone{n}.example.com" for n in range(12))
    made = proposed(policy_in(f"v=spf1 ip4:192.0.2.1 {terms} -all"))
    assert made is not None
    assert (made.record, made.lookups) == ("v=spf1 ip4:192.0.2.1 -all", 0)
    assert len(made.removed) == 12
    assert made.replaced == made.given_up == ()


def test_terms_that_others_cover_go_before_any_is_frozen() -> None:
    includes = " ".join(f"include:i{n}.example.net" for n in range(11))
    made = proposed(policy_in(f"v=spf1 ip4:198.51.100.0/28 {includes} -all", **flat(11)))
    assert made is not None
    assert made.lookups == 10
    assert len(made.removed) == 1
    assert made.replaced == ()


def test_as_few_terms_as_possible_are_frozen_and_the_domains_own_before_others() -> None:
    includes = " ".join(f"include:i{n}.example.net" for n in range(10))
    own = "v=spf1 ip4:192.0.2.1 -all"
    made = proposed(policy_in(f"v=spf1 {includes} include:own.example.com -all", own_com=own, **flat(10)))
    assert made is not None
    assert made.replaced == ("include:own.example.com",)
    assert made.record.endswith("ip4:192.0.2.1 -all")
    assert made.lookups == 10


def test_what_hangs_on_the_message_cannot_be_frozen_and_is_given_up() -> None:
    terms = " ".join(f"exists:%{{i}}.l{n}.example.com" for n in range(12))
    made = proposed(policy_in(f"v=spf1 {terms} -all"))
    assert made is not None
    assert made.lookups == MOST_LOOKUPS
    assert len(made.given_up) == 2


def test_an_included_record_with_exceptions_is_not_a_list_of_networks() -> None:
    includes = " ".join(f"include:i{n}.example.net" for n in range(10))
    excepting = "v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all"
    made = proposed(policy_in(f"v=spf1 include:x.example.net {includes} -all", x_net=excepting, **flat(10)))
    assert made is not None
    assert "include:x.example.net" in made.record
    assert len(made.replaced) == 1


def test_a_redirect_that_is_given_up_leaves_an_end() -> None:
    inner = " ".join(f"exists:%{{i}}.l{n}.example.com" for n in range(12))
    made = proposed(policy_in("v=spf1 ip4:192.0.2.1 redirect=r.example.com", r_com=f"v=spf1 {inner} -all"))
    assert made is not None
    assert made.record == "v=spf1 ip4:192.0.2.1 ~all"


networks = st.builds(
    "ip4:192.0.2.{}/{}".format, st.sampled_from([0, 16, 32, 64, 128, 129]), st.sampled_from([25, 28, 30, 32])
)
odd = st.sampled_from(
    ["exists:%{i}.example.com", "-ip4:192.0.2.7", "?include:n7.example.com", "ptr", "exp=x.example.com"]
)


@st.composite
def long_worlds(draw: st.DrawFn) -> SpfWorld:
    """A record of many terms, and records below it that include only those behind them: over the limit, without circles."""
    names = ["example.com", *(f"n{n}.example.{'com' if n % 2 else 'net'}" for n in range(8))]
    records: dict[tuple[str, str], tuple[str, ...]] = {}
    for at, name in enumerate(names):
        includes = st.builds("include:{}".format, st.sampled_from([*names[at + 1 :], "gone.example.org"]))
        hosts = st.builds("{}:{}".format, st.sampled_from(["a", "mx"]), st.sampled_from(names))
        least, most = (0, 3) if at else (8, 18)
        terms = draw(st.lists(st.one_of(networks, includes, includes, hosts, odd), min_size=least, max_size=most))
        end = draw(st.sampled_from(["-all", "~all", "", *(f"redirect={name}" for name in names[at + 1 :])]))
        text = " ".join(["v=spf1", *terms, end]).strip()
        records[name, "TXT"] = (as_published("x", text).split(" ", 2)[2],)
        if draw(st.booleans()):
            records[name, "A"] = (f"192.0.2.{draw(st.integers(1, 9))}",)
        if draw(st.booleans()):
            records[name, "MX"] = (f"10 {draw(st.sampled_from(names))}.",)
    return SpfWorld(records, frozenset(), "192.0.2.1", "bob@example.com", "example.com")


@given(st.one_of(long_worlds(), long_worlds(), spf_worlds()))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_proposal_is_within_the_limit_and_authorises_nobody_new(world: SpfWorld) -> None:
    policy = pursue(spf_policy("example.com"), world.look_up)
    made = proposed(policy)
    if made is None:
        assert policy.root.record is None
        return
    assert parse_record(made.record).faults == ()
    changed = msgspec.structs.replace(
        world, records=world.records | {("example.com", "TXT"): (as_published("x", made.record).split(" ", 2)[2],)}
    )
    after = pursue(spf_policy("example.com"), changed.look_up)
    loops = any(node.loops for node in policy.nodes())
    if not loops and not policy.cut:
        assert after.lookups == made.lookups <= MOST_LOOKUPS
    (four, six), everyone = reach(policy)  # type: ignore[misc]
    (new_four, new_six), new_everyone = reach(after)  # type: ignore[misc]
    if loops:
        return
    assert not new_everyone or everyone
    assert collapsed([*four, *new_four])[0] == four
    assert collapsed([*six, *new_six])[1] == six
    if not made.given_up:
        assert (new_four, new_six, new_everyone) == (four, six, everyone)


@pytest.mark.parametrize("texts", [(), ("v=spf1 a", "v=spf1 mx")])
def test_there_is_no_proposal_without_one_record(texts: tuple[str, ...]) -> None:
    def look_up(question: DnsQuestion) -> Answer:
        return Answer(question, Outcome.ANSWERED if texts else Outcome.NO_DATA, tuple(f'"{text}"' for text in texts))

    assert proposed(pursue(spf_policy("example.com"), look_up)) is None
