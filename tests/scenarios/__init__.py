"""Scenarios: a world in a few lines of zone file, and what a check must and must not say of it.

A file is named after its check, `spf/lookup_limit.toml` for `spf.lookup-limit`. Keys of a scenario:

    name      a sentence
    world     master-file lines; what is not in them does not exist (NXDOMAIN). Names are absolute
    faults    {"name TYPE" = "SERVFAIL"}: SERVFAIL, TIMEOUT or REFUSED for "name", "name TYPE" or "*.suffix"
    target    {domain, ips, selectors, mail_from}; the domain is example.com where nothing is said
    codes     codes that must be found
    not       codes that must not be found
    status    the status of the check
    args      {code = {name = value}}: particulars that the finding must have
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from checks.inquiry import Answer, DnsQuestion, pursue
from checks.model import AnyCheck, Finding, Target
from checks.registry import CHECKS
from healthcheck.world.zone import ZoneWorld, read_zones

FOLDER = Path(__file__).parent


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario, as written."""

    name: str
    status: str
    world: str = ""
    faults: dict[str, str] = {}
    target: dict[str, Any] = {}
    codes: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = msgspec.field(name="not", default=())
    args: dict[str, dict[str, Any]] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    scenario: tuple[Scenario, ...]


def path_of(check: AnyCheck) -> Path:
    """The scenario file of a check."""
    room, _, condition = check.id.partition(".")
    return FOLDER / room.replace("-", "_") / f"{condition.replace('-', '_')}.toml"


def scenarios(check: AnyCheck) -> tuple[Scenario, ...]:
    """The scenarios of a check; () where the file is missing, which test_catalogue says louder."""
    path = path_of(check)
    if not path.exists():
        return ()
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).scenario


def all_scenarios() -> list[tuple[AnyCheck, Scenario]]:
    """Every check with each of its scenarios."""
    return [(check, scenario) for check in CHECKS for scenario in scenarios(check)]


def target_of(given: Mapping[str, Any]) -> Target:
    """The target of a scenario."""
    ips = tuple(ipaddress.ip_address(text) for text in given.get("ips", ()))
    return msgspec.structs.replace(
        Target(given.get("domain", "example.com"), ips),
        **{name: tuple(x) if isinstance(x, list) else x for name, x in given.items() if name not in ("domain", "ips")},
    )


def findings(check: AnyCheck, scenario: Scenario) -> tuple[Finding, ...]:
    """What the check says in the scenario's world."""
    world = ZoneWorld([read_zones(scenario.world, ".", "world")], "zone", scenario.faults)

    def answer(question: DnsQuestion) -> Answer:
        return world.look_up(question)

    return tuple(check.judge(pursue(check.fact(target_of(scenario.target)), answer)))
