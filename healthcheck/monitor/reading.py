"""What a monitor keeps of one report: statuses, what is bad, whom it blames, the records, and whether anything was seen at all."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.inquiry import Answer, Outcome
from checks.model import Basis, Finding, Severity, Status, Verdict, could_have_failed
from checks.names import is_hostname
from healthcheck.identity import instance, listed
from healthcheck.monitor.state import Why
from healthcheck.report import CheckResult, Report, Shown
from healthcheck.world.streams import is_address

VANTAGE = "vantage"
"""The checks of the place from which one looks: they are about no domain, and are watched once for all."""
CANARIES = ("vantage.resolver-answers", "vantage.nxdomain-honest")
"""Those of them without which nothing can be known of any domain."""
NETWORK = (
    "dnsbl",
    "iprev",
    "vantage",
    "spf.servers-agree",
    "spf.servers-take-tcp",
    "mx.servers-agree",
    "mx.exchanges-valid",
    "tls",
)
"""Checks (ids or their first words) that hang on a network or on somebody's server, and of which one look proves little."""
OWN_ONLY = frozenset({"A", "AAAA"})
"""Types of which only the domain's own names are kept: strangers' addresses rotate."""
MOST_CANDIDATES = 12
MOST_REASONS = 32
MOST_TOLD = 5
"""New reasons of one check of which one alert gives the words."""
MOST_LOOKED_AT = 200
"""Answers of a finding in which somebody is looked for who did not answer."""
_KNOWN = frozenset({Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NXDOMAIN})
_WORDS = {Severity.CRITICAL: "critical", Severity.ERROR: "error", Severity.WARNING: "warning"}


class Reason(msgspec.Struct, frozen=True):
    """A finding by which a check is as bad as it is, with what an alert says of it.

    `keys` are the same for the same finding, whatever its words: its code, what it is about, and the names in it, a key for each of
    the names that it lists.
    """

    keys: tuple[str, ...]
    code: str
    severity: str
    text: str
    remedy: str
    blamed: tuple[str, ...] = ()


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One check: its status, and of the finding that decides it what an alert says.

    `blamed` are the names and addresses outside the domain that its findings name, the likeliest first. `reasons`: of a bad one
    the findings that make it so, the one that decides it first; they are compared, and not kept.
    """

    check: str
    status: Status
    code: str = ""
    severity: str = "info"
    text: str = ""
    remedy: str = ""
    blamed: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def why(self) -> Why:
        """The keys of its reasons."""
        return tuple(reason.keys for reason in self.reasons)

    def told(self, news: tuple[str, ...]) -> "Seen":
        """What is told of it: what decides it, or what is new by these keys."""
        new = [reason for reason in self.reasons if set(reason.keys) & set(news)]
        if not new:
            return msgspec.structs.replace(self, reasons=())
        first = new[0]
        text = "; ".join(reason.text for reason in new[:MOST_TOLD])
        more = f"; and {len(new) - MOST_TOLD} more" if len(new) > MOST_TOLD else ""
        blamed = tuple(dict.fromkeys((*(name for reason in new for name in reason.blamed), *self.blamed)))
        return Seen(
            self.check, self.status, first.code, first.severity, text + more, first.remedy, blamed[:MOST_CANDIDATES]
        )


class Bad(msgspec.Struct, frozen=True, order=True):
    """A finding of warning or worse."""

    check: str
    code: str
    about: str
    severity: str
    text: str


class Observation(msgspec.Struct, frozen=True):
    """One report, as far as it is remembered. `published` maps "name type" to records; `raw` is the report in JSON.

    `blind`: the place one looks from is sick, and the report says nothing of the domain. `dim`: most of what could be bad was
    not known. `digest` is the same for reports that say the same.
    """

    domain: str
    at: str
    world: str
    verdict: Verdict
    seconds: float
    checks: tuple[Seen, ...]
    bad: tuple[Bad, ...]
    published: dict[str, list[str]]
    blind: bool
    dim: bool
    digest: str
    raw: bytes


def hangs_on_network(check: str) -> bool:
    """True for a check of which one look proves little."""
    return any(check == word or check.startswith((word + ".", word + "-")) for word in NETWORK)


def read(report: Report) -> Observation:
    """A report, as far as it is remembered."""
    from healthcheck.render.json import as_json  # start-up time: not for --help

    told = as_json(report)
    published = dict(sorted(_published(report.evidence, report.target.domain)))
    same = msgspec.json.encode((told.verdict, told.checks, told.causes, published), order="deterministic")
    own = [result for result in report.checks if not result.id.startswith(VANTAGE + ".")]
    statuses = {result.id: result.status for result in report.checks}
    return Observation(
        domain=report.target.domain,
        at=report.generated_at,
        world=report.world,
        verdict=report.verdict,
        seconds=report.elapsed,
        checks=tuple(_seen(result, report) for result in own),
        bad=tuple(sorted(_bad(own))),
        published=published,
        blind=any(statuses.get(canary) in (Status.UNKNOWN, Status.WARN, Status.FAIL) for canary in CANARIES),
        dim=_dim(own),
        digest=hashlib.sha256(same).hexdigest(),
        raw=msgspec.json.encode(told),
    )


def _seen(result: CheckResult, report: Report) -> Seen:
    status = result.status
    if status in (Status.PASS, Status.SKIPPED):
        return Seen(result.id, status)
    domain = report.target.domain
    deciding, worst = result.deciding, result.worst
    assert worst is not None  # a check with neither of those two statuses has said something
    grave = [one for one in deciding if one.finding.message.severity >= min(Severity.WARNING, worst.message.severity)]
    ranked = (worst, *(one.finding for one in grave if one.finding is not worst))
    blamed = [name for one in ranked for name in _blamed(one, domain)]
    if status is Status.UNKNOWN:
        blamed += [name for one in grave for name in _silent(one, report, domain)]
    return Seen(
        result.id,
        status,
        worst.message.code,
        _WORDS.get(worst.message.severity, "info"),
        worst.text,
        worst.remedy,
        tuple(dict.fromkeys(blamed))[:MOST_CANDIDATES],
        tuple(_reasons(ranked, status, domain)),
    )


def _reasons(ranked: Sequence[Finding], status: Status, domain: str) -> Iterator[Reason]:
    """The findings without which the check would not have this status. What is not known has no reason of its own."""
    least = {Status.FAIL: Severity.ERROR, Status.WARN: Severity.WARNING}.get(status)
    if least is None:
        return
    for one in [finding for finding in ranked if finding.message.severity >= least][:MOST_REASONS]:
        severity = _WORDS[one.message.severity]
        blamed = tuple(dict.fromkeys(_blamed(one, domain)))
        yield Reason(_keys(one), one.message.code, severity, one.text, one.remedy, blamed)


def _keys(finding: Finding) -> tuple[str, ...]:
    """A key for each name that it lists, or one: of several that are gone, one may come back."""
    whole = instance(finding)
    return tuple(_key((*whole, name)) for name in listed(finding)) or (_key(whole),)


def _key(parts: Iterable[str]) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=6).hexdigest()


def _silent(shown: Shown, report: Report, domain: str) -> Iterator[str]:
    """The names outside the domain that nobody answered for; of a blocklist's, the list: the rest is somebody's address."""
    for number in shown.evidence[:MOST_LOOKED_AT]:
        answer = report.evidence[number - 1]
        labels = answer.question.name.split(".")
        while len(labels) > 2 and (labels[0].isdigit() or len(labels[0]) == 1):
            del labels[0]
        name = ".".join(labels)
        if answer.unknown and not _is_own(name, domain):
            yield name


def _blamed(finding: Finding, domain: str) -> Iterator[str]:
    """Names and addresses outside the domain, as they stand alone in a finding's particulars."""
    for value in (finding.about, *finding.args.values()):
        for text in value[:MOST_CANDIDATES] if isinstance(value, tuple) else (value,):
            if not isinstance(text, str) or len(text) > 255:
                continue
            name = text.lower().removesuffix(".")
            if is_address(name) or ("." in name and is_hostname(name) and not _is_own(name, domain)):
                yield name


def _is_own(name: str, domain: str) -> bool:
    return name == domain or name.endswith("." + domain)


def _bad(results: Iterable[CheckResult]) -> Iterator[Bad]:
    for result in results:
        for one in result.findings:
            if one.message.basis is Basis.OBSERVED and one.message.severity >= Severity.WARNING:
                yield Bad(result.id, one.message.code, one.about, _WORDS[one.message.severity], one.text)


def _dim(results: Iterable[CheckResult]) -> bool:
    """True where more than half of what could be judged was looked for and not seen."""
    known = unknown = 0
    for result in results:
        if result.status is Status.UNKNOWN:
            unknown += any(map(could_have_failed, result.findings))
        elif result.status is not Status.SKIPPED:
            known += 1
    return unknown > known


def _published(evidence: Iterable[Answer], domain: str) -> Iterator[tuple[str, list[str]]]:
    """What the names of the report hold. What blocklists say of an address is no record of anybody's mail."""
    for answer in evidence:
        question = answer.question
        if question.server or question.account or answer.outcome not in _KNOWN:
            continue
        if any(record.startswith("127.") for record in answer.records):
            continue
        if question.rdtype in OWN_ONLY and not _is_own(question.name, domain):
            continue
        if answer.records or _is_own(question.name, domain):
            yield f"{question.name} {question.rdtype}", sorted(answer.records)
