"""What mailbox providers ask of senders, judged by what a run found. Data, with a source each, in requirements.toml.

    SPF or DKIM passes            met       dkim.key-published.published
    mail is sent over TLS         unknown   your server's log says whether ...

A requirement is met only where a finding proves it, and not met only where one refutes it. What was skipped or not told
proves nothing, and what the DNS cannot show stays unknown, with the way to know it.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from checks.bad_input import BadInput
from checks.data import read_toml
from checks.model import Basis, Finding, Severity, Status, status_of

EVERYBODY = "all"
"""The word for all providers of the data."""
MOST_CODES = 4
"""Codes that are named as the reason of one judgement."""


class UnknownProvider(BadInput):
    """A provider that the data do not know; the message is one sentence."""


class State(StrEnum):
    """What became of a requirement."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a run can prove; the fields are explained at the head of requirements.toml."""

    must: tuple[str, ...]
    proof: tuple[str, ...]
    to_know: str
    only_with: tuple[str, ...] = ()
    refuted_by: tuple[str, ...] = ()
    undermined_by: tuple[str, ...] = ()


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing a provider asks for. `scope` is all, bulk or marketing; `threshold` the number in it, "" for none."""

    id: str
    provider: str
    scope: str
    text: str
    source: str
    date: str
    needs: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    threshold: str = ""
    to_know: str = ""


class Judged(msgspec.Struct, frozen=True):
    """A requirement and what became of it. `by` are the codes that say so; `to_know` how to know it, "" unless unknown."""

    requirement: Requirement
    provider: str
    state: State
    by: tuple[str, ...] = ()
    to_know: str = ""


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    condition: dict[str, Condition]
    provider: dict[str, str]
    requirement: tuple[Requirement, ...]


@cache
def _data() -> _Data:
    tables: dict[str, Any] = read_toml("checks.providers", "requirements.toml")
    return msgspec.convert(tables, _Data)


def providers() -> Mapping[str, str]:
    """The providers by the word that stands for them: `gmail` -> `Gmail`, in the order of the data."""
    return _data().provider


def conditions() -> Mapping[str, Condition]:
    """All conditions by name."""
    return _data().condition


def requirements(audience: Iterable[str] = ()) -> tuple[Requirement, ...]:
    """The requirements of some providers, in the order of the data; of all where none is named."""
    wanted = frozenset(audience) or frozenset(_data().provider)
    return tuple(one for one in _data().requirement if one.provider in wanted)


def audience_of(words: Iterable[str]) -> tuple[str, ...]:
    """The providers that words mean, in the order of the data: `gmail`, `WEB.DE`, `all`. UnknownProvider for any other."""
    known = tuple(_data().provider)
    also = {
        "web.de": "gmx",
        "webde": "gmx",
        "icloud": "apple",
        "outlook": "microsoft",
        "hotmail": "microsoft",
        "aol": "yahoo",
    }
    also |= {"google": "gmail", "wanadoo": "orange", "laposte.net": "laposte"}
    found: set[str] = set()
    for word in words:
        name = word.strip().lower()
        if name == EVERYBODY:
            found.update(known)
        elif also.get(name, name) in known:
            found.add(also.get(name, name))
        else:
            raise UnknownProvider(
                f"--for {word!a} is no provider whose requirements are known: {', '.join(known)}, or all"
            )
    return tuple(name for name in known if name in found)


def judged(audience: Sequence[str], results: Mapping[str, Sequence[Finding]]) -> tuple[Judged, ...]:
    """Judge the requirements of an audience by the findings of a run, by check id. Nothing for an empty audience."""
    if not audience:
        return ()
    return tuple(_judge(requirement, results) for requirement in requirements(audience))


def _judge(requirement: Requirement, results: Mapping[str, Sequence[Finding]]) -> Judged:
    data = _data()
    names = requirement.needs or requirement.either
    found = [(name, *_hold(data.condition[name], results)) for name in names]
    state = _together([state for _, state, _ in found], bool(requirement.either))
    decisive = [codes for _, one, codes in found if one is state]
    by = tuple(dict.fromkeys(code for codes in decisive for code in codes))[:MOST_CODES]
    ways = [data.condition[name].to_know for name, one, _ in found if one is State.UNKNOWN]
    to_know = requirement.to_know or "; ".join(dict.fromkeys(ways))
    return Judged(
        requirement, data.provider[requirement.provider], state, by, to_know if state is State.UNKNOWN else ""
    )


def _together(states: Sequence[State], either: bool) -> State:
    """All of them, or either; nothing at all is unknown."""
    strong, weak = (State.MET, State.NOT_MET) if either else (State.NOT_MET, State.MET)
    if strong in states:
        return strong
    return weak if states and set(states) == {weak} else State.UNKNOWN


def _hold(condition: Condition, results: Mapping[str, Sequence[Finding]]) -> tuple[State, tuple[str, ...]]:
    """Whether a condition holds, and the codes that say so."""
    findings = [finding for check in condition.must for finding in results.get(check, ())]
    refuted = [one.message.code for one in findings if _fails(one) or one.message.code in condition.refuted_by]
    if refuted:
        return State.NOT_MET, tuple(dict.fromkeys(refuted))
    open_checks = [check for check in condition.must if status_of(results.get(check, ())) is Status.UNKNOWN]
    said = {finding.message.code for found in results.values() for finding in found}
    proven = tuple(code for code in condition.proof if code in said)
    counts = not condition.only_with or bool(said.intersection(condition.only_with))
    if proven and counts and not open_checks and all(check in results for check in condition.must):
        return State.MET, proven
    below = [one.message.code for check in condition.undermined_by for one in results.get(check, ()) if _fails(one)]
    if below and not proven:
        return State.NOT_MET, tuple(dict.fromkeys(below))
    unseen = (one.message.code for one in findings if one.message.basis is not Basis.OBSERVED)
    return State.UNKNOWN, tuple(dict.fromkeys(unseen))


def _fails(finding: Finding) -> bool:
    return finding.message.basis is Basis.OBSERVED and finding.message.severity >= Severity.ERROR
