"""The openspf.org suite for RFC 7208: 203 cases, each with the results it allows and, for some, the explanation."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.spf.evaluate import check_host
from tests.conformance import absent, corpus

SUITE = "spf/rfc7208.jsonl"
CASES = 203


class Case(msgspec.Struct, frozen=True):
    """One case. `explanation` is "DEFAULT" where the domain's own must not be used, None where nothing is said."""

    id: str
    host: str
    mailfrom: str
    helo: str
    results: tuple[str, ...]
    explanation: str | None
    zone: dict[str, list[tuple[str, Any]]]


def cases() -> list[Case]:
    path = corpus(SUITE)
    return [msgspec.json.decode(line, type=Case) for line in path.read_bytes().splitlines()] if path else []


class SuiteWorld:
    """The zone data of a case. A name or type that is not there does not exist; "*": "TIMEOUT" stands for all others."""

    def __init__(self, zone: Mapping[str, Sequence[tuple[str, Any]]]) -> None:
        self.names = {name.lower().removesuffix(".").replace(" ", "\\032"): list(data) for name, data in zone.items()}

    def look_up(self, question: DnsQuestion) -> Answer:
        """The answer, aliases followed; a loop is a failure, as everywhere."""
        aliases: list[str] = []
        name = question.name
        while True:
            data = self.names.get(name)
            if data is None:
                return Answer(question, Outcome.NXDOMAIN, aliases=tuple(aliases))
            alias = next((str(value) for rdtype, value in data if rdtype == "CNAME"), None)
            if alias is None:
                break
            name = alias.lower().removesuffix(".")
            if name in aliases:
                return Answer(question, Outcome.TEMPFAIL, aliases=tuple(aliases), detail="CNAME loop")
            aliases.append(name)
        found = sorted({presented(rdtype, value) for rdtype, value in data if rdtype == question.rdtype})
        if found:
            return Answer(question, Outcome.ANSWERED, tuple(found), tuple(aliases))
        if ("*", "TIMEOUT") in data:
            return Answer(question, Outcome.TEMPFAIL, aliases=tuple(aliases), detail="timed out")
        return Answer(question, Outcome.NO_DATA, aliases=tuple(aliases))


def presented(rdtype: str, value: Any) -> str:
    """A record of the suite in presentation form."""
    if rdtype == "TXT":
        strings = value if isinstance(value, list) else [value]
        return " ".join(f'"{"".join(quoted(char) for char in string)}"' for string in strings)
    if rdtype == "MX":
        preference, exchange = value
        return f"{preference} {absolute(exchange)}"
    return absolute(value) if rdtype in ("PTR", "CNAME") else str(value)


def absolute(name: str) -> str:
    return name.removesuffix(".") + "."


def quoted(char: str) -> str:
    return char if " " <= char <= "~" and char not in '"\\' else f"\\{ord(char):03d}"


@absent(SUITE)
def test_the_suite_is_whole() -> None:
    assert len(cases()) == CASES


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_a_case_gives_a_result_that_the_suite_allows(case: Case) -> None:
    # The identity: the RFC5321.MailFrom, or the HELO name where it is empty. RFC 7208 section 2.4
    sender = case.mailfrom or f"postmaster@{case.helo}"
    world = SuiteWorld(case.zone)
    found = pursue(
        check_host(ip_address(case.host), sender.rpartition("@")[2], sender, case.helo),
        world.look_up,
    )
    assert found.result in case.results, found.reason
    assert found.reason
    if case.explanation == "DEFAULT":
        assert found.explanation is None
    elif case.explanation is not None:
        assert found.explanation == case.explanation
