"""The blocklists answer, and pass their own tests.

A list that refuses the resolver, is closed, or is answered by somebody else says nothing of an address; counting its
silence as "not listed" or its refusal as "listed" is the commonest fault of blocklist checkers. So every list is tested
in every run with the entries that it must and must not have (RFC 5782 section 5), and what fails is dropped and named.
"""

from collections.abc import Iterable

from checks.dnsbl.inventory import variable_of
from checks.dnsbl.listings import Listings, Result, Source, State, listings_of
from checks.inquiry import Outcome
from checks.model import Basis, Check, Finding, Message, Severity

TEST_POINTS = "RFC 5782 section 5"
OWN_RESOLVER = (
    "Ask through a resolver that recurses for you alone: install unbound on this machine without a forwarder, and give "
    "--resolver 127.0.0.1. "
)

REFUSED = Message(
    "dnsbl.lists-answer.refused",
    Severity.WARNING,
    "{about} refuses to answer, which says nothing of any address: {why}",
    OWN_RESOLVER + "Its terms: {policy}.",
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
KEY_REFUSED = Message(
    "dnsbl.lists-answer.key-refused",
    Severity.WARNING,
    "{about} does not answer to the key in {variable}, which says nothing of any address: {why}",
    "Compare {variable} with the key on the account page of the list, and see there that the account is active, covers "
    "this list and has questions left. Without the variable the public list is asked, where there is one.",
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
SILENT = Message(
    "dnsbl.lists-answer.silent",
    Severity.WARNING,
    "{about} could not be asked: {why}",
    "Run again later. If it stays so: " + OWN_RESOLVER,
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
BROKEN = Message(
    "dnsbl.lists-answer.broken",
    Severity.WARNING,
    "{about} fails its own test and was left out of this run: {why}",
    "If it is so through another resolver too (--resolver), the list is closed or broken, and only its operator can mend "
    "it. " + OWN_RESOLVER,
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
REWRITTEN = Message(
    "dnsbl.lists-answer.rewritten",
    Severity.WARNING,
    "no list can be asked through this resolver: it gives addresses to names that do not exist, and every address would "
    "seem to be listed everywhere",
    OWN_RESOLVER,
    (TEST_POINTS, "RFC 8020"),
    Basis.UNDETERMINED,
)
MINOR = Message(
    "dnsbl.lists-answer.minor-unanswered",
    Severity.NOTICE,
    "smaller lists that say nothing in this run were left out ({count}): {lists}",
    "They change little: no large receiver rejects on them. " + OWN_RESOLVER,
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
OUTSIDE = Message(
    "dnsbl.lists-answer.outside",
    Severity.NOTICE,
    "lists that are not in the zone files asked here were left out ({count}): {lists}",
    "Ask the network: run again without --zone.",
    (TEST_POINTS,),
    Basis.UNDETERMINED,
)
NOT_ASKED = Message(
    "dnsbl.lists-answer.not-asked",
    Severity.INFO,
    "no list was asked: none of those named lists what was given",
    basis=Basis.NOT_APPLICABLE,
)
ANSWERING = Message(
    "dnsbl.lists-answer.answering",
    Severity.INFO,
    "{answered} of {asked} lists passed their own tests and answered",
    references=(TEST_POINTS,),
)

_BY_STATE = {State.REFUSES: REFUSED, State.SILENT: SILENT, State.EMPTY: BROKEN, State.BROKEN: BROKEN}


def judge(listings: Listings) -> Iterable[Finding]:
    """Each list whose word would decide is told of on its own, the smaller ones together."""
    if listings.control is None or not listings.sources:
        yield NOT_ASKED(listings.domain)
        return
    if listings.control.rewrites:
        yield REWRITTEN(listings.domain, evidence=listings.control.invented)
        return
    asked = [Tried(source, results) for source, results in listings.by_source() if not source.list.welcomes]
    if outside := [tried for tried in asked if tried.source.state is State.OUTSIDE]:
        names = [tried.source.list.zone for tried in outside]
        evidence = [answer for tried in outside for answer in tried.evidence]
        yield OUTSIDE(listings.domain, count=len(outside), lists=names, evidence=evidence)
    asked = [tried for tried in asked if tried.source.state is not State.OUTSIDE]
    troubled = [tried for tried in asked if tried.why]
    for tried in troubled:
        if tried.source.list.decides:
            yield _deciding(tried)
    if minor := [tried for tried in troubled if not tried.source.list.decides]:
        lists = [f"{tried.source.list.zone} ({tried.why})" for tried in minor]
        evidence = [answer for tried in minor for answer in tried.evidence]
        yield MINOR(listings.domain, count=len(minor), lists=lists, evidence=evidence)
    if asked:
        evidence = [answer for tried in asked for answer in tried.source.points]
        answered = len(asked) - len(troubled)
        yield ANSWERING(listings.domain, answered=answered, asked=len(asked), evidence=evidence)


class Tried:
    """A list with all that it was asked; `why` it says nothing, or nothing of somebody, "" where all is well."""

    def __init__(self, source: Source, results: Iterable[Result]) -> None:
        self.source = source
        silent = [result for result in results if result.unknown]
        self.why = source.why if not source.counts else silent[0].unknown if silent else ""
        self.refused = any(result.reading.refused for result in silent)
        self.evidence = (*source.points, *(result.answer for result in silent if source.counts))


def _deciding(tried: Tried) -> Finding:
    source = tried.source
    # A list that passed its test and then answered no more was silent, or had enough of us: over its quota mid-run.
    message = _BY_STATE.get(source.state, REFUSED if tried.refused else SILENT)
    name = f"{source.list.name} ({source.list.zone})"
    if source.list.account and (tried.refused or source.state in (State.REFUSES, State.EMPTY) or _denied(source)):
        variable = variable_of(source.list.account)
        return KEY_REFUSED(name, variable=variable, why=tried.why, evidence=tried.evidence)
    return message(name, why=tried.why, policy=source.list.policy or "not known", evidence=tried.evidence)


def _denied(source: Source) -> bool:
    """True where the name servers decline the key in DNS's own way, as Abusix's do."""
    return any(point.outcome is Outcome.REFUSED for point in source.points)


CHECK = Check(
    "dnsbl.lists-answer",
    "The blocklists answer, and pass their own tests",
    listings_of,
    judge,
    (REFUSED, KEY_REFUSED, SILENT, BROKEN, REWRITTEN, MINOR, OUTSIDE, NOT_ASKED, ANSWERING),
)
