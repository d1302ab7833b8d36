"""`healthcheck domain`: the pre-support checklist."""

from collections.abc import Sequence
from typing import Annotated

import typer

from checks.model import Target
from checks.names import domain_from_input
from healthcheck.cli import options
from healthcheck.cli.options import FailOn, Format


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("domain")(domain)


def domain(
    domains: Annotated[list[str], typer.Argument(metavar="DOMAIN...", show_default=False)],
    ip: options.Ips = None,
    selector: options.Selectors = None,
    mail_from: options.MailFrom = None,
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    record: options.Record = None,
    only: options.Only = None,
    skip: options.Skip = None,
    form: options.Formats = Format.TEXT,
    output: options.Output = None,
    fail_on: options.FailOns = FailOn.FAIL,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Run the checklist on one domain or several: what fails, why, is it proven, and what to change."""
    targets = _targets(domains, ip or (), selector or (), mail_from)
    choice = options.world_choice(lab, zone, overlay, resolver, timeout)
    from healthcheck.cli import examine  # start-up time: the checks are imported to run, not for --help

    wish = examine.Wish(targets, tuple(only or ()), tuple(skip or ()), timeout, record)
    writing = examine.Writing(form, output, fail_on, quiet, verbose)
    return examine.examine(wish, choice, writing)


def _targets(
    domains: Sequence[str], ips: Sequence[str], selectors: Sequence[str], mail_from: str | None
) -> tuple[Target, ...]:
    addresses = tuple(dict.fromkeys(options.sending_address(text) for text in ips))
    names = tuple(dict.fromkeys(options.selector_name(text) for text in selectors))
    envelope = options.mail_from_domain(mail_from)
    asked = dict.fromkeys(domain_from_input(text)[0] for text in domains)
    return tuple(Target(name, addresses, names, envelope) for name in asked)
