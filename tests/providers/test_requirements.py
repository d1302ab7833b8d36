"""What mailbox providers ask for: the data are sound, and nothing is met or refuted without a finding that says so."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Basis, Finding, Message, Severity
from checks.providers.requirements import (
    State,
    UnknownProvider,
    audience_of,
    conditions,
    judged,
    providers,
    requirements,
)
from checks.registry import CHECKS
from tests.requirements import PAGE, TABLES, tables

MESSAGES = {message.code: message for check in CHECKS for message in check.messages}
IDS = {check.id for check in CHECKS}


@pytest.mark.parametrize("name", conditions())
def test_a_condition_names_checks_and_codes_that_are_there(name):
    condition = conditions()[name]
    assert {*condition.must, *condition.undermined_by} <= IDS
    codes = (*condition.proof, *condition.only_with, *condition.refuted_by)
    assert set(codes) <= MESSAGES.keys()
    assert all(MESSAGES[code].basis is Basis.OBSERVED for code in codes)
    assert all(MESSAGES[code].severity < Severity.ERROR for code in condition.proof), "what fails proves nothing"
    assert all(code.startswith(tuple(f"{check}." for check in condition.must)) for code in condition.proof)
    assert condition.to_know


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.id)
def test_a_requirement_is_whole(requirement):
    assert requirement.provider in providers()
    assert requirement.id.startswith(f"{requirement.provider}.")
    assert requirement.scope in ("all", "bulk", "marketing")
    assert {*requirement.needs, *requirement.either} <= conditions().keys()
    assert not (requirement.needs and requirement.either)
    assert requirement.needs or requirement.either or requirement.to_know, "nobody could ever know it"
    assert re.fullmatch(r"https://[a-z0-9.-]+(/\S*)?", requirement.source)
    assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", requirement.date)
    assert requirement.date <= date(2026, 11, 22).isoformat()


def test_ids_are_unique_and_every_condition_is_asked_for():
    ids = [requirement.id for requirement in requirements()]
    assert len(ids) == len(set(ids))
    assert {name for one in requirements() for name in (*one.needs, *one.either)} == conditions().keys()


def test_the_page_shows_the_data():
    assert TABLES.search(PAGE.read_text(encoding="utf-8"))[0] == tables(), "run: python -m tests.requirements"


def said(*codes: str) -> dict[str, list[Finding]]:
    """The findings of a run, by check; the checks of all conditions have run."""
    found = {check: [] for condition in conditions().values() for check in (*condition.must, *condition.undermined_by)}
    for code in codes:
        found[code.rpartition(".")[0]].append(Finding(MESSAGES[code], "example.com", {}))
    return found


def states(results, *audience):
    return {one.requirement.id: one.state for one in judged(audience, results)}


def test_a_run_that_saw_nothing_meets_nothing():
    assert set(states({}, *providers()).values()) == {State.UNKNOWN}
    assert set(states(said(), *providers()).values()) == {State.UNKNOWN}


def test_either_of_two_is_enough():
    told = said("dkim.key-published.published", "spf.senders-authorised.fail")
    found = states(told, "gmail")
    assert found["gmail.authenticated"] is State.MET
    assert found["gmail.authenticated-twice"] is State.NOT_MET


def test_a_key_that_probing_found_does_not_show_that_mail_is_signed():
    found = states(said("dkim.key-published.found", "dkim.key-strong.strong"), "gmail")
    assert (found["gmail.authenticated"], found["gmail.key"]) == (State.UNKNOWN, State.UNKNOWN)


def test_a_broken_record_refutes_spf_where_no_address_was_given():
    found = judged(("microsoft",), said("spf.lookup-limit.exceeded"))
    (spf,) = [one for one in found if one.requirement.id == "microsoft.spf"]
    assert (spf.state, spf.by) == (State.NOT_MET, ("spf.lookup-limit.exceeded",))


def test_spf_that_passes_for_its_own_return_path_outweighs_the_record_of_the_from_domain():
    told = said("spf.lookup-limit.exceeded", "spf.senders-authorised.pass")
    assert states(told, "microsoft")["microsoft.spf"] is State.MET


def test_spf_alone_is_not_enough_for_gmx():
    told = said("dmarc.alignment.spf-alone", "dkim.key-published.missing")
    assert states(told, "gmx")["gmx.aligned-dkim"] is State.NOT_MET
    assert states(told, "laposte")["laposte.aligned"] is State.MET


def test_one_stream_that_nobody_could_judge_leaves_it_open():
    told = said("dmarc.alignment.passes", "dmarc.alignment.partly-told")
    assert states(told, "laposte")["laposte.aligned"] is State.UNKNOWN


def test_what_is_unknown_says_how_to_know_it():
    assert all(one.to_know for one in judged(tuple(providers()), said()) if one.state is State.UNKNOWN)


def test_nobody_asked_nothing_judged():
    assert judged((), said("dmarc.published.found")) == ()


@given(st.sets(st.sampled_from(sorted(code for code in MESSAGES if code.rpartition(".")[0] in said()))))
def test_nothing_is_decided_without_a_code_that_was_said(codes):
    for one in judged(tuple(providers()), said(*codes)):
        assert set(one.by) <= codes
        assert one.state is State.UNKNOWN or one.by


@given(st.sets(st.sampled_from(sorted(code for code in MESSAGES if code.rpartition(".")[0] in said()))))
def test_what_could_not_be_seen_never_meets_or_refutes(codes):
    unseen = {code for code in codes if MESSAGES[code].basis is Basis.UNDETERMINED}
    for one in judged(tuple(providers()), said(*codes)):
        if one.state is not State.UNKNOWN:
            assert not unseen & set(one.by)


@pytest.mark.parametrize(
    ("words", "names"),
    [(["gmail"], ("gmail",)), (["WEB.DE", "gmail"], ("gmail", "gmx")), (["all"], tuple(providers())), ([], ())],
)
def test_words_name_providers(words, names):
    assert audience_of(words) == names


def test_an_unknown_provider_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownProvider, match="gmail"):
        audience_of(["example"])


def test_a_failing_finding_of_any_kind_refutes():
    made_up = Message("dmarc.alignment.made-up", Severity.CRITICAL, "x", "y", ("z",))
    told = said("dmarc.alignment.passes")
    told["dmarc.alignment"].append(made_up("example.com"))
    assert states(told, "laposte")["laposte.aligned"] is State.NOT_MET
