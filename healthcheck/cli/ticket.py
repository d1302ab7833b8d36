"""`healthcheck ticket`: the bundle for a support ticket, redacted."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from healthcheck.cli import configured, learn, lists, observe, options, window
from healthcheck.cli.options import BadOption
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from healthcheck.cli.examine import Wish
    from healthcheck.report import Report
    from healthcheck.ticket.case import Case
    from healthcheck.ticket.recipients import Recipient
    from healthcheck.world.choose import Choice
    from healthcheck.world.transcript import Transcript  # start-up time: msgspec


class Redact(StrEnum):
    """How much is taken out."""

    STRICT = "strict"
    STANDARD = "standard"
    NONE = "none"


Place = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Write it there: FILE.zip, FILE.md or FILE.html.")
]
FromReport = Annotated[
    Path | None, typer.Option("--from-report", metavar="FILE", help="Of a report in JSON, instead of asking anew.")
]
FromRecord = Annotated[
    Path | None,
    typer.Option("--from-record", metavar="FILE", help="Of a run that --record kept, or of another bundle."),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="PROVIDER", help="Put first what gmail, microsoft, spamhaus ... ask for."),
]


class Source(NamedTuple):
    """What a ticket is made of; `recorded_by` is the version that asked."""

    report: "Report"
    transcript: "Transcript | None"
    recorded_by: str


OF_WHAT_WAS_KEPT = frozenset({"output", "domain", "from_report", "from_record", "to", "redact", "quiet"})
"""Parameters that have a sense where nothing is asked anew."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ticket", short_help="Write the bundle for a support ticket, redacted.")(ticket)


def ticket(
    context: typer.Context,
    output: Place,
    domain: Annotated[str | None, typer.Argument(metavar="[DOMAIN]", show_default=False)] = None,
    from_report: FromReport = None,
    from_record: FromRecord = None,
    to: To = None,
    redact: Annotated[Redact, typer.Option("--redact", help="How much is taken out.")] = Redact.STANDARD,
    ip: options.Ips = None,
    selector: options.Selectors = None,
    mail_from: options.MailFrom = None,
    helo: options.Helo = None,
    message: learn.Messages = None,
    report: learn.Reports = None,
    audience: learn.Audience = None,
    log: observe.Logs = None,
    events: observe.EventFiles = None,
    bounce: observe.Bounces = None,
    reply: observe.Replies = None,
    since: window.Since = None,
    until: window.Until = None,
    last: window.Last = None,
    timezone: window.Timezone = None,
    threshold: window.Thresholds = None,
    deep: options.Deep = False,
    named: lists.Named = None,
    unnamed: lists.Unnamed = None,
    base: lists.Base = "default",
    forced: lists.Forced = False,
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    changed: options.Sets = None,
    lab: options.Lab = False,
    config: configured.ConfigFile = None,
    only: options.Only = None,
    skip: options.Skip = None,
    quiet: options.Quiet = False,
) -> int:
    """Write what support asks for, with people and secrets taken out: verdict, causes, proof, commands, the run itself.

    Exit code 0 as soon as the bundle is written, whatever it says.
    """
    from healthcheck.cli.output import must_be_writable  # start-up time: not for --help
    from healthcheck.ticket.bundle import writer_for
    from healthcheck.ticket.recipients import recipient_named

    writer_for(output.suffix)
    recipient = recipient_named(to) if to is not None else None
    must_be_writable(output)
    if from_report is not None or from_record is not None:
        source = _kept(configured.given_options(context), from_report, from_record, domain)
        return _write(source, output, redact, recipient, quiet)
    if domain is None:
        raise BadOption("name the domain that the ticket is about, or give --from-report FILE or --from-record FILE")
    options.read_once(message, log, events, bounce, reply)
    settings = configured.settings_of(context, config, offline=bool(lab or zone))
    from healthcheck.cli import asked  # start-up time: as above

    examination = asked.asked_for(
        settings,
        [domain],
        asked.Mail(ip, selector, mail_from, helo, deep, message, report, audience),
        asked.Witnesses(log, events, bounce, reply, (since, until, last, timezone), threshold),
        lists.chosen_zones(named, unnamed, base, forced, offline=settings.offline),
        asked.Answering(lab, zone, overlay, changed, resolver, timeout),
        quiet=quiet,
    )
    source = _looked(examination.wish(only, skip), examination.choice, quiet)
    return _write(source, output, redact, recipient, quiet)


def _looked(wish: "Wish", choice: "Choice", quiet: bool) -> Source:
    """A run of now."""
    from healthcheck import __version__  # start-up time: as above
    from healthcheck.again import transcript_of
    from healthcheck.cli import examine

    writing = examine.Writing(options.Format.TEXT, None, options.FailOn.NEVER, quiet, False)
    found = examine.looked(wish, choice, writing)
    return Source(found.reports[0], transcript_of(*found), __version__)


def _kept(given: frozenset[str], from_report: Path | None, from_record: Path | None, domain: str | None) -> Source:
    """What was seen before: of several domains, the one that is named. BadOption where something was given that asks anew."""
    if not given <= OF_WHAT_WAS_KEPT:
        raise BadOption(
            "--from-report and --from-record ask nothing anew: of the other options they take --to, --redact and -o"
        )
    if from_report is not None and from_record is not None:
        raise BadOption("--from-report and --from-record are two sources: give one of them")
    wanted = options.author_domain(domain) if domain is not None else None
    if from_report is not None:
        from healthcheck.ticket.reread import reports_from  # start-up time: as above

        reports = reports_from(_content(from_report), str(from_report))
        one = _chosen([report.target.domain for report, _ in reports], wanted, from_report)
        return Source(reports[one][0], None, reports[one][1])
    assert from_record is not None  # one of the two was given
    return _of_record(from_record, wanted)


def _of_record(path: Path, wanted: str | None) -> Source:
    from msgspec.structs import replace  # start-up time: as above

    from healthcheck.again import run_again, transcript_of
    from healthcheck.ticket.opened import run_in
    from healthcheck.world.transcript import DOMAIN_COMMAND

    transcript = run_in(path)
    if transcript.command != DOMAIN_COMMAND:
        raise BadOption(f"{path} records healthcheck {transcript.command}, of which no ticket is made")
    one = _chosen([target.domain for target in transcript.targets], wanted, path)
    # Nothing of the other domains of that run: neither their targets nor the answers that only they needed.
    alone = replace(transcript, targets=(transcript.targets[one],))
    again = run_again(alone)
    kept = replace(transcript_of(*again), version=transcript.version, world=transcript.world)
    return Source(again.reports[0], kept, transcript.version)


def _chosen(domains: list[str], wanted: str | None, path: Path) -> int:
    if wanted is None and len(domains) == 1:
        return 0
    if wanted in domains:
        return domains.index(wanted)
    named = ", ".join(domains[:5]) + (f" and {len(domains) - 5} more" if len(domains) > 5 else "")
    raise BadOption(f"{path} is about {named}: name one of them" if domains else f"{path} is about nothing")


def _content(path: Path) -> bytes:
    from healthcheck.ticket.opened import file_content  # start-up time: as above

    return file_content(path)


def _write(source: Source, output: Path, redact: Redact, recipient: "Recipient | None", quiet: bool) -> int:
    import os  # start-up time: as above

    from healthcheck.cli.output import write, write_file
    from healthcheck.redact import Mode
    from healthcheck.ticket.bundle import writer_for
    from healthcheck.ticket.case import environment_here
    from healthcheck.ticket.make import case_of

    case = case_of(
        source.report,
        source.transcript,
        source.recorded_by,
        environment_here(),
        Mode(redact.value),
        recipient,
        os.environ,
    )
    content = writer_for(output.suffix)(case)
    write_file(output, content)
    if not quiet:
        write(_told(case, output, len(content)))
    if case.redaction == Mode.NONE:
        say("nothing but credentials was taken out (--redact none): read it before you send it to anybody")
    return 0


def _told(case: "Case", output: Path, size: int) -> str:
    """What was written, in two lines."""
    from checks.text import inert  # start-up time: as above
    from healthcheck.render.words import counted

    report = case.report
    mark = f"{case.mark}\n" if case.mark else ""
    if report.what_if is not None:
        from healthcheck.render.what_if import headline  # start-up time: where something was laid over the world

        mark += f"{report.target.domain}, {headline(report.what_if)}\n"
    return (
        f"{mark}{report.target.domain}: {report.verdict.value.upper()}   {counted(report)}\n"
        f"written to {inert(str(output))}, {size:,} bytes; redacted ({case.redaction}): {case.taken_in_words}\n"
    )
