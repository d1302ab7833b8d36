"""Every scenario gets its verdict, and every message is reached by one."""

import pytest

from checks.model import Basis, Severity, status_of
from checks.registry import CHECKS
from tests.scenarios import all_scenarios, findings, path_of, scenarios


@pytest.mark.parametrize(
    ("check", "scenario"), all_scenarios(), ids=[f"{check.id}: {scenario.name}" for check, scenario in all_scenarios()]
)
def test_a_scenario_gets_its_verdict(check, scenario):
    found = findings(check, scenario)
    codes = {finding.message.code for finding in found}
    said = "\n".join(f"{finding.message.code}: {finding.text}" for finding in found)
    assert set(scenario.codes) <= codes, said
    assert not set(scenario.forbidden) & codes, said
    assert status_of(found) == scenario.status, said
    for code, args in scenario.args.items():
        told = [finding.args for finding in found if finding.message.code == code]
        wanted = {name: tuple(x) if isinstance(x, list) else x for name, x in args.items()}
        assert any(wanted.items() <= given.items() for given in told), f"{wanted} not in {told}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_message_of_a_check_is_reached_by_a_scenario(check):
    reached = {f.message.code for scenario in scenarios(check) for f in findings(check, scenario)}
    missing = {message.code for message in check.messages} - reached
    assert not missing, f"{path_of(check)} reaches none of {sorted(missing)}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_code_in_a_scenario_is_one_of_the_checks(check):
    known = {message.code for message in check.messages}
    named = {code for scenario in scenarios(check) for code in (*scenario.codes, *scenario.forbidden, *scenario.args)}
    assert named <= known


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_what_could_not_be_seen_is_never_a_pass_or_a_fail(check):
    for scenario in scenarios(check):
        found = findings(check, scenario)
        unseen = any(finding.message.basis is Basis.UNDETERMINED for finding in found)
        failed = any(f.message.basis is Basis.OBSERVED and f.message.severity >= Severity.ERROR for f in found)
        if unseen and not failed:
            assert status_of(found) == "unknown"
