"""`healthcheck explain --domain`: the suspects of a reply looked at, at once: confirmed, ruled out, or open."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from checks.addresses import special_kind
from checks.model import Basis, Finding, Severity, Status, Target
from checks.names import Address
from checks.registry import CHECKS
from checks.replies.catalogue import catalogue
from checks.replies.explanation import Explanation
from healthcheck.cli import examine, options
from healthcheck.cli.explain_run import Looking
from healthcheck.cli.hint import hint
from healthcheck.cli.options import FailOn, Format
from healthcheck.cli.output import exit_code, must_be_writable, rendered, terminal_width, write
from healthcheck.engine import named
from healthcheck.render import explain as rendering
from healthcheck.render.explain import Cause
from healthcheck.report import CheckResult, Report
from healthcheck.world.choose import Choice

MOST_ADDRESSES = 8
_ADDRESSES = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:]*\w)"
)
_NAME = r"((?:[a-z0-9_-]{1,63}\.){1,6}[a-z][a-z0-9-]{1,23})(?![\w@-]|\.\w)"
_DOMAINS = re.compile(rf"\b(?:domain|from|for|of|by)\b[\s=:]{{0,3}}[\[<'\"(]{{0,2}}\s?{_NAME}", re.IGNORECASE)
_SENDERS = re.compile(
    rf"\b(?:from|sender|mailfrom)\b[\s=:]{{0,3}}[\[<'\"(]{{0,2}}[^\s@<>]{{1,64}}@{_NAME}"
    rf"|[^\s@<>]{{1,64}}@{_NAME}>?:? ?sender",
    re.IGNORECASE,
)
_LISTED = re.compile(rf"(?<![\w@.-]){_NAME} (?:is |was )?(?:listed|blocked|blacklisted)\b", re.IGNORECASE)
_OF_SENDERS = frozenset(
    ("blocklisted", "reputation", "auth_failed", "sender_dns", "sender_rate", "sender_invalid", "policy")
)
"""Categories of replies in which an address or a name is the sender's."""


def look_for_causes(
    found: Sequence[Explanation], looking: Looking, choice: Choice, form: str, output: Path | None
) -> int:
    """Run the checks that could prove or refute the replies, write both, and return the exit code of the report."""
    must_be_writable(output, looking.record)
    suspects = tuple(dict.fromkeys(word for one in found for word in one.suspects))
    known = tuple(word for word in suspects if any(named(check.id, word) for check in CHECKS))
    domain = options.author_domain(looking.domain)
    report = _report(found, looking, choice, domain, known) if known else None
    causes = _causes(found, report, known, domain)
    if form == "text":
        text = rendering.render(found, terminal_width() if output is None else rendering.WIDTH, causes, domain)
        write(text, output)
    else:
        content = rendered([report], Format.JSON, False) if report is not None else None
        document = rendering.as_json(found, content, causes)
        if form == "ndjson":
            document = msgspec.json.format(document.encode(), indent=-1).decode() + "\n"
        write(document, output, for_people=False)
    return exit_code([report], FailOn.FAIL) if report is not None else 0


def _report(
    found: Sequence[Explanation], looking: Looking, choice: Choice, domain: str, only: tuple[str, ...]
) -> Report:
    given = tuple(dict.fromkeys(options.sending_address(text) for text in looking.ips))
    addresses = (*given, *(one for one in _addresses(found) if one not in given))
    selectors = tuple(dict.fromkeys(options.selector_name(text) for text in looking.selectors))
    target = Target(domain, addresses, selectors, options.mail_from_domain(looking.mail_from), helo=looking.helo)
    wish = examine.Wish((target,), only, (), looking.timeout, looking.record)
    writing = examine.Writing(Format.JSON, None, FailOn.FAIL, looking.quiet, False)
    reports, run = examine.look(wish, choice, writing)
    if not looking.quiet:
        hint(reports[0].evidence, run)
    return reports[0]


def _addresses(found: Iterable[Explanation]) -> tuple[Address, ...]:
    """The sending addresses that the replies name: not that of the server that spoke, which stands in the wrapper."""
    addresses: dict[Address, None] = {}
    for one in found:
        for address in _stated(one):
            if not special_kind(address) and len(addresses) < MOST_ADDRESSES:
                addresses[address] = None
    return tuple(addresses)


def _stated(one: Explanation) -> tuple[Address, ...]:
    """Every address that a reply about the sender names, also those that cannot be looked up."""
    if one.category not in _OF_SENDERS:
        return ()
    return _read(_own_words(one))


def _read(text: str) -> tuple[Address, ...]:
    addresses: dict[Address, None] = {}
    for word in _ADDRESSES.findall(text):
        try:
            addresses[ipaddress.ip_address(word)] = None
        except ValueError:
            continue
    return tuple(addresses)


def _own_words(one: Explanation) -> str:
    """The reply without the wrapper's `host name[address] said:`."""
    return re.sub(r"\bhost \S+ ?\[[^\]]*\]|relay=\S+|H=\S+ \[[^\]]*\]|127\.\d+\.\d+\.\d+", " ", one.input)


def _causes(
    found: Sequence[Explanation], report: Report | None, suspects: Sequence[str], domain: str
) -> tuple[Cause, ...]:
    if report is None:
        return ()
    causes = []
    for suspect in suspects:
        speaking = [one for one in found if suspect in one.suspects]
        results = [result for result in report.checks if named(result.id, suspect)]
        causes.append(_cause(speaking, suspect, results, domain, report))
    order = {"confirmed": 0, "open": 1, "ruled-out": 2}
    return tuple(sorted(causes, key=lambda cause: order[cause.state]))


def _cause(
    speaking: Sequence[Explanation], suspect: str, results: Sequence[CheckResult], domain: str, report: Report
) -> Cause:
    one = speaking[0]
    failed = [result for result in results if result.status is Status.FAIL]
    named_ones = tuple(dict.fromkeys(address for x in speaking for address in _stated(x)))
    failing = _failing(failed)
    bad = [finding for finding in failing if _speaks_of(finding, named_ones)] if _of_addresses(suspect) else failing
    passed = tuple(result.id for result in results if result.status in (Status.PASS, Status.WARN))
    blind = [result for result in results if result.status is Status.UNKNOWN]
    elsewhere = _elsewhere(speaking, suspect, named_ones, domain, report)
    because: tuple[str, ...] = ()
    if failing and (elsewhere or not bad):
        # What fails at another name or address than the reply's is a fault, and not proved to be this one.
        state = "open"
        told = elsewhere or f"the reply speaks of {', '.join(map(str, named_ones))}"
        because = (f"{told}; there was found: {', '.join(dict.fromkeys(x.message.code for x in failing))}",)
    elif bad:
        state = "confirmed"
    elif blind or not passed:
        state = "open"
        because = tuple(dict.fromkeys(shown.finding.text for result in blind for shown in result.shown)) or (
            "no check of it applies to what is known of the domain",
        )
    elif elsewhere:
        state = "open"
        because = (elsewhere,)
    elif _needs_addresses(suspect) and not report.target.ips:
        state = "open"
        because = ("no sending address is known: give it with --ip",)
    else:
        state = "ruled-out"
    category = catalogue().categories[one.category]
    return Cause(
        id=f"{one.category}:{suspect}",
        category=one.category,
        suspect=suspect,
        title=category.title,
        state=state,
        who_acts=one.who_acts,
        confirmed_by=tuple(dict.fromkeys(finding.message.code for finding in bad)) if state == "confirmed" else (),
        ruled_out_by=passed if state == "ruled-out" else (),
        open_because=because,
        remedy=bad[0].remedy if state == "confirmed" else "",
        explains=tuple(
            dict.fromkeys(" ".join(c for c in (x.basic, x.enhanced, x.name) if c) or x.category for x in speaking)
        ),
    )


def _failing(results: Sequence[CheckResult]) -> list[Finding]:
    findings = (shown.finding for result in results for shown in result.shown)
    return [one for one in findings if one.message.basis is Basis.OBSERVED and one.message.severity >= Severity.ERROR]


def _speaks_of(finding: Finding, stated: Sequence[Address]) -> bool:
    """False for a finding about another address than those that the reply names."""
    told = _read(finding.text)
    return not stated or not told or any(address in stated for address in told)


def _elsewhere(
    speaking: Sequence[Explanation], suspect: str, stated: Sequence[Address], domain: str, report: Report
) -> str:
    """What the replies speak of and the run did not look at, as a sentence; "" where it looked at all of it."""
    if _of_addresses(suspect):
        looked_at = {str(address) for address in report.target.ips}
        unseen = [str(address) for address in stated if str(address) not in looked_at]
        if unseen:
            return f"the reply speaks of {unseen[0]}, which was not looked at"
    if suspect.startswith("iprev") or suspect == "dnsbl.not-listed" or (suspect == "dnsbl" and stated):
        return ""  # the address decides
    other = _other_domain(speaking, suspect, {domain, report.target.mail_from or domain}, domain)
    return f"the reply speaks of {other}, and {domain} was looked at" if other else ""


def _other_domain(speaking: Sequence[Explanation], suspect: str, seen: set[str], domain: str) -> str:
    """A domain that the replies name as the sender's and that is not one that was looked at.

    A name below the domain counts as looked at for DMARC alone, whose policy it inherits (RFC 7489 section 6.6.3).
    """
    for one in speaking:
        if one.category not in _OF_SENDERS:
            continue
        words = _own_words(one)
        found = [*_SENDERS.findall(words), *_LISTED.findall(words)]
        if one.category == "auth_failed" or suspect == "dnsbl.domain-not-listed":
            found += _DOMAINS.findall(words)
        for text in (x for match in found for x in (match if isinstance(match, tuple) else (match,)) if x):
            name: str = text.lower()
            below = name.endswith("." + domain) or domain.endswith("." + name)
            if name not in seen and not (below and suspect.startswith("dmarc")) and name not in _signs():
                return name
    return ""


def _signs() -> frozenset[str]:
    """Names of the providers themselves: their help pages are no senders."""
    return frozenset(catalogue().hosts) | frozenset(catalogue().signs)


def _needs_addresses(suspect: str) -> bool:
    """True for what is said of addresses: without one nothing was looked at."""
    return suspect in ("dnsbl", "dnsbl.not-listed", "spf") or suspect.startswith("iprev")


def _of_addresses(suspect: str) -> bool:
    """True for what is looked at for each sending address."""
    return suspect in ("dnsbl", "dnsbl.not-listed", "spf", "spf.senders-authorised") or suspect.startswith("iprev")
