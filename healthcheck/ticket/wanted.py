"""The facts that support asks for, each with what the report knows of it, or with how to come by it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from checks.model import Status
from checks.text import inert
from healthcheck.render.words import PROTOCOLS, protocol_of
from healthcheck.report import CheckResult, Report
from healthcheck.ticket.recipients import Recipient

if TYPE_CHECKING:
    from checks.delivery.observed import Failure  # start-up time: where something was observed

MOST = 8
"""Values of one fact that are spelled out."""


class Fact(NamedTuple):
    """One fact that is asked for: what it is called, what is known, () where nothing is, and how to know it or what to add."""

    label: str
    values: tuple[str, ...]
    how: str = ""


Known = Callable[[Report, Recipient], Sequence[str]]


def facts_for(report: Report, recipient: Recipient) -> list[Fact]:
    """What a recipient asks for, in its order."""
    return [_fact(name, report, recipient) for name in recipient.wants]


def _fact(name: str, report: Report, recipient: Recipient) -> Fact:
    label, known, how = FACTS[name]
    values = tuple(str(inert(one)) for one in known(report, recipient))
    more = (f"and {len(values) - MOST} more",) if len(values) > MOST else ()
    return Fact(label, (*values[:MOST], *more), "" if values and known is not nothing else how)


def nothing(report: Report, recipient: Recipient) -> Sequence[str]:
    """For what no run can know: a person writes it in."""
    return ()


def _domain(report: Report, recipient: Recipient) -> Sequence[str]:
    return (report.target.domain,)


def _ips(report: Report, recipient: Recipient) -> Sequence[str]:
    stated = (one for failure in _failures(report) for one in failure.stated if one[:1].isdigit() or ":" in one)
    return tuple(dict.fromkeys((*map(str, report.target.sending_ips), *stated)))


def _mail_from(report: Report, recipient: Recipient) -> Sequence[str]:
    told = (stream.mail_from for stream in report.target.streams if stream.mail_from is not None)
    return tuple(dict.fromkeys(name or "<> (the null sender)" for name in told))


def _selectors(report: Report, recipient: Recipient) -> Sequence[str]:
    named = (one.key_name for stream in report.target.streams for one in stream.signatures or ())
    return tuple(
        dict.fromkeys((*(f"{one}._domainkey.{report.target.domain}" for one in report.target.selectors), *named))
    )


def _helo(report: Report, recipient: Recipient) -> Sequence[str]:
    return tuple(dict.fromkeys(name for _, name in report.target.greetings)) or tuple(
        filter(None, (report.target.helo,))
    )


def _replies(report: Report, recipient: Recipient) -> Sequence[str]:
    """Their own words first, and only theirs where they said anything."""
    words = {recipient.id, *recipient.says}
    theirs = [one for one in _failures(report) if one.provider in words]
    told = theirs or ([] if recipient.lists else list(_failures(report)))
    if recipient.lists:
        told = [one for one in _failures(report) if any(name in one.reply.lower() for name in recipient.lists)]
    if told:
        return [f"{one.replies}x {one.reply}"[:600] for one in told[:5]]
    views = [view.sample for view in report.providers if view.provider in words and view.sample]
    return views or [cause.sample for cause in report.causes if cause.sample][:5]


def _codes(report: Report, recipient: Recipient) -> Sequence[str]:
    return tuple(dict.fromkeys(code for cause in report.causes if cause.seen for code in cause.explains))


def _window(report: Report, recipient: Recipient) -> Sequence[str]:
    seen = report.target.observed
    return (f"{seen.first} to {seen.last} (UTC)",) if seen is not None and seen.first and seen.last else ()


def _volume(report: Report, recipient: Recipient) -> Sequence[str]:
    seen = report.target.observed
    if seen is None or seen.traffic is None or not seen.traffic.has_sender_side:
        return ()
    flows = seen.traffic.flows
    delivered, bounced = sum(flow.delivered for flow in flows), sum(flow.bounced for flow in flows)
    return (f"{delivered:,} messages delivered and {bounced:,} bounced in what was read",)


def _recipient_domains(report: Report, recipient: Recipient) -> Sequence[str]:
    words = {recipient.id, *recipient.says, "microsoft365"}
    counts: dict[str, int] = {}
    for failure in _failures(report):
        if failure.provider in words:
            for domain, count in failure.recipient_domains:
                counts[domain] = counts.get(domain, 0) + count
    return [f"{name} ({counts[name]})" for name in sorted(counts, key=lambda name: (-counts[name], name))]


def _authentication(report: Report, recipient: Recipient) -> Sequence[str]:
    words = {
        Status.PASS: "passes",
        Status.WARN: "passes, with warnings",
        Status.FAIL: "FAILS",
        Status.UNKNOWN: "not known",
    }
    told = []
    for protocol in ("spf", "dkim", "dmarc"):
        results = [one for one in report.checks if protocol_of(one.id) == protocol]
        worst = worst_status(results)
        if worst in words:
            failing = ", ".join(one.id for one in results if one.status is Status.FAIL)
            told.append(f"{PROTOCOLS[protocol]} {words[worst]}{f' ({failing})' if failing else ''}")
    return told


def _listed(report: Report, recipient: Recipient) -> Sequence[str]:
    told = [
        finding.text
        for result in report.checks
        if protocol_of(result.id) == "dnsbl"
        for finding in result.findings
        if result.status in (Status.FAIL, Status.WARN) and finding.message.severity >= 2
    ]
    if not recipient.lists:
        return told
    return [text for text in told if any(name in text.lower() for name in recipient.lists)]


def _failures(report: Report) -> Sequence["Failure"]:
    return report.target.observed.failures if report.target.observed is not None else ()


def worst_status(results: Sequence[CheckResult]) -> Status:
    """The gravest status; SKIPPED where there is none."""
    order = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS)
    found = {result.status for result in results}
    return next((status for status in order if status in found), Status.SKIPPED)


FACTS: Mapping[str, tuple[str, Known, str]] = {
    "domain": ("Sending domain", _domain, ""),
    "ips": ("Sending addresses", _ips, "give each with --ip, or a log that names them"),
    "mail-from": ("Return path", _mail_from, "give it with --mail-from"),
    "selectors": ("DKIM keys", _selectors, "give the s= of the DKIM-Signature with --selector"),
    "helo": ("Name in EHLO", _helo, "give it with --helo"),
    "reply": ("What the server answered, word for word", _replies, "give it with --reply, --log or --bounce"),
    "codes": ("Codes", _codes, "as above"),
    "window": ("From when to when", _window, "give the log with --log: it has the times"),
    "volume": ("How much is sent", _volume, "give the whole log with --log, or write it in"),
    "recipient-domains": ("Domains written to", _recipient_domains, "give the log with --log, or write them in"),
    "authentication": ("Authentication", _authentication, "run it without --only and --skip"),
    "listed": ("Listings found", _listed, "no listing was found by this run: write in what their page says, and when"),
    "postmaster": (
        "What Postmaster Tools say",
        nothing,
        "write in the spam rate and the compliance status, with their dates",
    ),
    "headers": (
        "Headers of one message",
        nothing,
        "add the whole header of one message that was refused or went to spam",
    ),
    "credentials": (
        "Are the credentials right",
        nothing,
        "log in by hand once (see below) and write in what was answered",
    ),
    "cause-mended": ("What was mended", nothing, "write in what led to it, what you changed, and when"),
    "company": ("Who you are", nothing, "write in the company's name and what it sends"),
    "contact": ("Whom to answer", nothing, "write in a name and an address at another domain than the one that fails"),
    "phone": ("Telephone", nothing, "write it in"),
    "shared": ("Dedicated or shared addresses", nothing, "write in whether others send from these addresses"),
    "description": ("What happens since when", nothing, "write in one sentence"),
}
