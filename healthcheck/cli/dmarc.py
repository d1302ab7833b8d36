"""`healthcheck dmarc`: the tree walk, the organizational domain, and what receivers do with failing mail."""

from enum import StrEnum
from typing import Annotated

import typer

from healthcheck.cli import configured, options
from healthcheck.cli.options import FailOn, Format
from healthcheck.render import WIDTH


class DmarcFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dmarc", short_help="Which DMARC policy applies to a domain, and by which record.")(dmarc)


def dmarc(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", show_default=False)],
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    record: options.Record = None,
    config: configured.ConfigFile = None,
    form: Annotated[DmarcFormat, typer.Option("--format", help="How the answer is written.")] = DmarcFormat.TEXT,
    output: options.Output = None,
    fail_on: options.FailOns = FailOn.FAIL,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Walk the DNS tree as a receiver does (RFC 9989): the record, the organizational domain, the effective policies."""
    name = options.author_domain(domain)
    resolvers, timeout = configured.run_of(context, config, resolver, timeout, offline=bool(lab or zone))
    choice = options.world_choice(lab, zone, overlay, resolvers, timeout)
    from checks.model import Target  # start-up time: the checks are imported to run, not for --help
    from healthcheck.cli import examine
    from healthcheck.cli.hint import hint
    from healthcheck.cli.output import exit_code, terminal_width, write
    from healthcheck.render import dmarc as render

    # Alignment is a matter of streams, which this command is not told.
    wish = examine.Wish((Target(name),), ("dmarc",), ("dmarc.alignment",), timeout, record)
    reports, run = examine.look(wish, choice, examine.Writing(Format.TEXT, output, fail_on, quiet, verbose))
    (report,) = reports
    if form is DmarcFormat.JSON:
        write(render.json(report), output, for_people=False)
    else:
        write(render.text(report, terminal_width() if output is None else WIDTH, verbose), output)
    if not quiet:
        hint(report.evidence, run)
    return exit_code(reports, fail_on)
