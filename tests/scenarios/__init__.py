"""Scenarios: a world in a few lines of zone file, and what a check must and must not say of it.

A file is named after its check, `spf/lookup_limit.toml` for `spf.lookup-limit`. Keys of a scenario:

    name      a sentence
    world     master-file lines; what is not in them does not exist (NXDOMAIN). Names are absolute
    faults    {"name TYPE" = "SERVFAIL"}: SERVFAIL, TIMEOUT or REFUSED for "name", "name TYPE", "name TYPE tcp" "*.suffix",
              "@address" (a server that is asked directly) or "@address tcp"
    servers   {"192.0.2.53" = master-file lines}: what this one server says; all others say what the world says
    resolver  {server, detail}: what every answer says of who gave it, as if a resolver had been asked
    target    {domain, ips, selectors, mail_from}; the domain is example.com where nothing is said. signatures: ["s1@example.net"];
              learned: [{origin, mail_from, signatures, ips, source, messages, passed}]
    traffic   lines of tests.scenarios.traffic: what became of the domain's mail. "" is a log in which nothing was sent
    log       lines of a mail log of the year 2026, in place of it
    limits    {name = value}: thresholds that somebody gave
    replies   how many replies were given, and nothing else: no traffic
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
from checks.model import AnyCheck, Finding, Origin, Signature, Stream, Target
from checks.registry import CHECKS
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld
from tests.scenarios.traffic import observed_of

FOLDER = Path(__file__).parent


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario, as written."""

    name: str
    status: str
    world: str = ""
    faults: dict[str, str] = {}
    servers: dict[str, str] = {}
    resolver: dict[str, str] = {}
    target: dict[str, Any] = {}
    traffic: str | None = None
    log: str | None = None
    limits: dict[str, float] = {}
    replies: int = 0
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
    return msgspec.structs.replace(Target("example.com"), **{name: _told(name, value) for name, value in given.items()})


def _told(name: str, value: Any) -> Any:
    """A field of a target or a stream, out of TOML."""
    match name:
        case "ips":
            return tuple(ipaddress.ip_address(text) for text in value)
        case "signatures":
            return tuple(Signature(*reversed(text.split("@"))) for text in value)
        case "learned":
            return tuple(Stream(**{key: _told(key, told) for key, told in stream.items()}) for stream in value)
        case "origin":
            return Origin(value)
    return tuple(value) if isinstance(value, list) else value


def findings(check: AnyCheck, scenario: Scenario) -> tuple[Finding, ...]:
    """What the check says in the scenario's world."""
    servers = {address: [read_zones(text, ".", address)] for address, text in scenario.servers.items()}
    world = ZoneWorld([read_zones(scenario.world, ".", "world")], "zone", scenario.faults, servers=servers)

    def answer(question: DnsQuestion) -> Answer:
        return msgspec.structs.replace(world.look_up(question), **scenario.resolver)

    observed = observed_of(scenario.traffic, scenario.log, scenario.limits, scenario.replies)
    target = msgspec.structs.replace(target_of(scenario.target), observed=observed)
    return tuple(check.judge(pursue(check.fact(target), answer)))
