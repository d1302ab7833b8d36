"""Every known pitfall of checkers has its proof: a scenario or a test that is there, by name. pitfalls.toml is the list."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from checks.inquiry import pursue
from checks.model import Status, Target, status_of
from checks.registry import CHECKS
from tests.rounds import world
from tests.scenarios import scenarios

ROOT = Path(__file__).parent.parent
KNOWN = [*(str(number) for number in range(1, 103)), "62a", "105", "106", "109", "110"]


class Pitfall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    case: str
    proof: tuple[str, ...] = ()
    waits: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    pitfall: tuple[Pitfall, ...]


PITFALLS = msgspec.convert(tomllib.loads((ROOT / "tests/pitfalls.toml").read_text(encoding="utf-8")), _File).pitfall
CHECK_BY_ID = {check.id: check for check in CHECKS}


def test_every_number_stands_once():
    assert sorted(one.number for one in PITFALLS) == sorted(KNOWN)


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda one: one.number)
def test_a_pitfall_is_proven_or_says_what_it_waits_for(pitfall):
    assert pitfall.proof or pitfall.waits
    missing = [proof for proof in pitfall.proof if not is_there(proof)]
    assert not missing, "this proof is gone: rename it here too, or prove the case anew"


def is_there(proof: str) -> bool:
    """True if a scenario or a test of this name exists."""
    where, _, name = proof.partition(": ")
    if where.endswith(".py"):
        path = ROOT / where
        return (
            path.exists()
            and re.search(rf"^ *(async )?def {re.escape(name)}\(", path.read_text(encoding="utf-8"), re.M) is not None
        )
    return where in CHECK_BY_ID and name in {scenario.name for scenario in scenarios(CHECK_BY_ID[where])}


def test_a_proof_that_is_gone_is_noticed():
    assert not is_there("spf.lookup-limit: no such scenario")
    assert not is_there("spf.no-such-check: ten lookups are allowed, and one away from trouble")
    assert not is_there("tests/test_pitfalls.py: test_of_another_name")


def test_a_helo_name_without_spf_fails_nothing():
    look_up = world('example.com. TXT "v=spf1 ip4:192.0.2.25 -all"\nmail.example.com. A 192.0.2.25\n')
    target = Target("example.com", helo="mail.example.com")
    for check in CHECKS:
        if check.id.startswith("spf."):
            assert status_of(check.judge(pursue(check.fact(target), look_up))) is not Status.FAIL, check.id
