"""Commands that show the same to whoever types them: every name in them is quoted, since it may be a stranger's."""

import re
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import NamedTuple

from checks.inquiry import Answer, DnsQuestion
from checks.model import Basis, Severity
from checks.text import inert
from healthcheck.redact import ToldReport
from healthcheck.report import Report
from healthcheck.ticket.case import Case

LAB_PORT = 5353
MOST_DIGS = 60
MOST_OF_UNKNOWN = 4
"""Questions that are shown of a finding that says what is not known: it may rest on four hundred."""
MOST_HOSTS = 3
MOST_REPLIES = 3
TYPED = "--reply"
"""What stands among the sources of what was observed for replies that somebody typed."""
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE)


class Commands(NamedTuple):
    """Command lines for one purpose."""

    purpose: str
    lines: tuple[str, ...]


def commands(case: Case) -> tuple[Commands, ...]:
    """All, the records first."""
    report = case.report
    found = (
        Commands(_digs_for(report), tuple(_digs(report))),
        Commands("The mail servers of the domain: do they answer, and with which certificate", tuple(_servers(report))),
        Commands(
            "The refusal again, up to the recipient, from the sending server itself; nothing is sent",
            tuple(_refusals(report)),
        ),
        Commands("Log in by hand, over TLS: put in your own host and name; the password is asked for", (_LOG_IN,)),
        Commands("This run again, and the recorded one", tuple(_runs(case))),
    )
    nowhere = " (in the lab nobody answers)" if report.world == "lab" else ""
    return tuple(
        one._replace(purpose=one.purpose + nowhere) if one.lines[0].startswith(_ASK_SERVERS) else one
        for one in found
        if one.lines
    )


_LOG_IN = "swaks --server SUBMISSION-HOST --port 587 --tls --auth --auth-user NAME --quit-after AUTH"

_ASK_SERVERS = ("openssl", "swaks")


def _digs_for(report: Report) -> str:
    match report.world:
        case "lab":
            return f"The records, from the lab: start `healthcheck lab serve --port {LAB_PORT}` beside it"
        case "zone" | "overlay":
            return "The records as they are published; this report read zone files"
        case _:
            return "The records that matter"


def _digs(report: Report) -> Iterator[str]:
    at = f" @127.0.0.1 -p {LAB_PORT}" if report.world == "lab" else ""
    questions = list(dict.fromkeys(_questions(report)))
    for question in questions[:MOST_DIGS]:
        server = f" @{quote(_shown(question.server))}" if question.server and not at else at
        tcp = " +tcp" if question.tcp else ""
        yield f"dig{server} +noall +comments +answer{tcp} -t {quote(_shown(question.rdtype))} -q {quote(_shown(question.name))}"
    if len(questions) > MOST_DIGS:
        yield f"# and {len(questions) - MOST_DIGS} more: report.json has every question"


def _questions(report: Report) -> Iterator[DnsQuestion]:
    """What every ticket is asked for, then what the findings rest on, the bad ones first."""
    target = report.target
    asked = {answer.question for answer in report.evidence}
    usual = (
        DnsQuestion.about(target.envelope_domain, "TXT"),
        *(DnsQuestion.about(f"{one}._domainkey.{target.domain}", "TXT") for one in target.signing_selectors),
        DnsQuestion.about(f"_dmarc.{target.domain}", "TXT"),
        DnsQuestion.about(target.domain, "MX"),
        *(DnsQuestion.about(address.reverse_pointer, "PTR") for address in target.sending_ips),
    )
    yield from (question for question in usual if question in asked)
    for bad in (True, False):
        for result in report.checks:
            for shown in result.shown:
                message = shown.finding.message
                if bad and message.basis is Basis.OBSERVED and message.severity >= Severity.WARNING:
                    yield from (report.evidence[number - 1].question for number in shown.evidence)
                elif not bad and message.basis is Basis.UNDETERMINED:
                    some = shown.evidence[:MOST_OF_UNKNOWN]
                    yield from (report.evidence[number - 1].question for number in some)


def _servers(report: Report) -> Iterator[str]:
    for host in _mail_hosts(report.evidence, report.target.domain):
        name = quote(host)
        yield f"openssl s_client -starttls smtp -connect {name}:25 -servername {name} -verify_hostname {name} -brief </dev/null"


def _mail_hosts(evidence: Iterable[Answer], domain: str) -> list[str]:
    wanted = DnsQuestion.about(domain, "MX")
    records = next((answer.records for answer in evidence if answer.question == wanted), ())
    hosts = (record.split(" ")[-1].rstrip(".") for record in records)
    return [host for host in dict.fromkeys(hosts) if _HOST.fullmatch(host)][:MOST_HOSTS]


def _refusals(report: ToldReport) -> Iterator[str]:
    seen = report.target.observed
    if seen is None:
        return
    target = report.target
    helo = f" --helo {quote(_shown(target.helo))}" if target.helo else ""
    hosts = dict.fromkeys(one.host.rstrip(".") for one in seen.failures if one.host)
    for host in [host for host in hosts if _HOST.fullmatch(host)][:MOST_HOSTS]:
        sender = quote(f"postmaster@{_shown(target.envelope_domain)}")
        yield f"swaks --server {quote(host)} --port 25 --tls{helo} --from {sender} --to RECIPIENT --quit-after RCPT"


def _runs(case: Case) -> Iterator[str]:
    yield f"healthcheck domain {_options(case.report)}"
    if case.transcript is not None:
        yield "healthcheck replay TICKET.zip"


def _options(report: Report) -> str:
    """The options that this run was given, as far as they tell of the mail; files by their names."""
    target = report.target
    words = [quote(target.domain)]
    words += [f"--ip {address}" for address in target.ips]
    words += [f"--selector {quote(name)}" for name in (*target.selectors, *(one.key_name for one in target.signatures))]
    words += [f"--mail-from {quote(target.mail_from)}"] if target.mail_from else []
    words += [f"--helo {quote(target.helo)}"] if target.helo else []
    words += ["--deep"] if target.deep else []
    words += [f"--for {quote(name)}" for name in target.audience]
    words += ["--lab"] if report.world == "lab" else []
    seen = target.observed
    if seen is None or report.world == "lab":  # the lab has its own logs
        return " ".join(words)
    words += [f"--log {quote(_shown(source))}" for source in seen.sources if source != TYPED]
    if TYPED in seen.sources:
        words += [f"--reply {quote(_shown(one.reply))}" for one in seen.failures[:MOST_REPLIES]]
    return " ".join(words)


def _shown(text: str) -> str:
    return str(inert(text))
