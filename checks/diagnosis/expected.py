"""What the findings lead to where no reply was seen: expected, not seen. The data, with a source each, is in expected.toml.

    SPF permerror, nothing signs       Gmail refuses such mail as 5.7.26
    the address has no name            Gmail refuses such mail as 5.7.25

A fault that another method makes good (a broken SPF record beside a DKIM signature that passes, aligned) leads to no more than
what bulk mail meets. Nothing is said of what could not be looked at.
"""

from functools import cache
from typing import Any

import msgspec

from checks.data import read_toml
from checks.diagnosis.cause import Cause
from checks.diagnosis.looked import Looked, Results
from checks.diagnosis.relevance import BRINGS_NOTHING, CONSEQUENCES, PROVIDER_ACTS, begins, check_of, failing
from checks.diagnosis.words import check_after, provider_called
from checks.model import Finding, Target

SUSPECTS = (
    ("auth_failed", "spf"),
    ("auth_failed", "dkim"),
    ("auth_failed", "dmarc.alignment"),
    ("auth_failed", "dmarc"),
    ("sender_dns", "iprev"),
    ("sender_dns", "mx"),
    ("blocklisted", "dnsbl"),
)
"""The category of the replies that each suspect's faults lead to."""
NARROWER = ("dmarc.alignment",)
SOMEBODY = "Receivers that check"


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reply that some findings lead to; the fields are explained at the head of expected.toml."""

    provider: str
    code: str
    scope: str
    findings: tuple[str, ...]
    source: str
    unless: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    list: str = ""


@cache
def replies() -> tuple[Expected, ...]:
    """All that is known to follow, in the order of the data."""
    tables: dict[str, Any] = read_toml("checks.diagnosis", "expected.toml")
    return msgspec.convert(tables["expected"], tuple[Expected, ...])


def expected(results: Results, target: Target) -> tuple[Cause, ...]:
    """The causes of mail that will fail, by the findings of a run alone: in the order of the suspects, roots first."""
    faults = [
        finding
        for found in results.values()
        for finding in failing(found)
        if check_of(finding.message.code) not in BRINGS_NOTHING
    ]
    if not faults:
        return ()
    run = Looked(results, target)
    found = (_cause(category, suspect, faults, run) for category, suspect in SUSPECTS)
    return tuple(cause for cause in found if cause is not None)


def _cause(category: str, suspect: str, faults: list[Finding], run: Looked) -> Cause | None:
    others = [word for word in NARROWER if word != suspect and begins(word, suspect)]
    mine = [
        finding
        for finding in faults
        if begins(finding.message.code, suspect) and not any(begins(finding.message.code, word) for word in others)
    ]
    told = [one for one in replies() if any(_leads(finding, one, run) for finding in mine)]
    if not told:
        return None
    mine.sort(key=lambda finding: finding.message.code in CONSEQUENCES)
    codes = tuple(dict.fromkeys(finding.message.code for finding in mine))
    return Cause(
        id=f"{category}:{suspect}",
        title=_title(told),
        state="confirmed",
        category=category,
        suspect=suspect,
        suspects=(suspect,),
        who_acts="provider" if PROVIDER_ACTS.issuperset(codes) else "sender",
        share=None,
        replies=0,
        confirmed_by=codes,
        remedy=mine[0].remedy,
        explains=tuple(dict.fromkeys(one.code for one in told)),
        seen=False,
        check_after=check_after(suspect, mine),
    )


def _leads(finding: Finding, reply: Expected, run: Looked) -> bool:
    if not any(begins(finding.message.code, word) for word in reply.findings):
        return False
    if run.carried_by.intersection(reply.unless):
        return False
    if reply.policy and finding.args.get("policy") not in reply.policy:
        return False
    return reply.list in f"{finding.args.get('zone', '')} {finding.args.get('list', '')}".lower()


def _title(told: list[Expected]) -> str:
    """Who refuses what as which code: what meets all mail before what meets bulk mail alone."""
    parts: dict[tuple[str, str, str], list[str]] = {}
    for one in sorted(told, key=lambda one: one.scope != "all"):
        parts.setdefault((one.provider, one.scope, " or ".join(one.unless)), []).append(one.code)
    said = [
        f"{provider_called(provider) or SOMEBODY} will refuse {'bulk mail' if scope == 'bulk' else 'it'} as "
        f"{' or '.join(dict.fromkeys(codes))}{f', unless {unless} passes' if unless else ''}"
        for (provider, scope, unless), codes in parts.items()
    ]
    return "; ".join(said)
