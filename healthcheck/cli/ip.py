"""`healthcheck ip`: what receivers know of a sending address."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.names import domain_from_input
from healthcheck.cli import configured, lists, options
from healthcheck.cli.options import BadOption, FailOn, Format

if TYPE_CHECKING:
    from checks.model import Target  # start-up time: msgspec, which --help does without

ABOUT_ADDRESSES = ("vantage", "iprev.forward-confirmed", "iprev.not-generic", "dnsbl.not-listed", "dnsbl.lists-answer")
"""The checks that need an address and no more."""
ABOUT_HELO = ("iprev.helo-resolves", "spf.helo-authorised")
ABOUT_DOMAIN = ("spf.senders-authorised", "dnsbl.domain-not-listed")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ip", short_help="Check sending addresses: blocklists, names, SPF.")(ip)


def ip(
    context: typer.Context,
    addresses: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS...", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="More addresses, one a line; # begins a comment, - is stdin."),
    ] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="DOMAIN", help="Does its SPF authorise the addresses?")
    ] = None,
    mail_from: options.MailFrom = None,
    helo: options.Helo = None,
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
    record: options.Record = None,
    config: configured.ConfigFile = None,
    only: options.Only = None,
    skip: options.Skip = None,
    form: options.Formats = Format.TEXT,
    output: options.Output = None,
    fail_on: options.FailOns = FailOn.FAIL,
    warning: options.WarningRanges = None,
    critical: options.CriticalRanges = None,
    max_series: options.MaxSeries = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Check addresses that send mail: are they on blocklists, do they have a name that leads back, and, with --domain,
    does its SPF authorise them? One report an address."""
    limits = options.format_limits(form, warning, critical, max_series)
    given = (*(addresses or ()), *(lists.lines_of(file, "--file") if file else ()))
    offline = bool(lab or zone)
    resolvers, timeout = configured.run_of(context, config, resolver, timeout, offline=offline)
    zones = lists.chosen_zones(named, unnamed, base, forced, offline=offline)
    targets = _targets(given, domain, mail_from, helo, zones)
    choice = options.world_choice(lab, zone, overlay, resolvers, timeout, lists.accounts_of(zones), changed, targets)
    from healthcheck.cli import examine  # start-up time: the checks are imported to run, not for --help

    if domain is None:
        _must_do_without_a_domain(only or ())
    usual = ABOUT_ADDRESSES + ABOUT_HELO * (helo is not None) + ABOUT_DOMAIN * (domain is not None)
    wish = examine.Wish(targets, tuple(only or usual), tuple(skip or ()), timeout, record)
    writing = examine.Writing(form, output, fail_on, quiet, verbose, limits)
    return examine.examine(wish, choice, writing)


def _must_do_without_a_domain(only: Sequence[str]) -> None:
    from checks.registry import CHECKS  # start-up time: as above
    from healthcheck.engine import named, selected

    for word in only:
        checks = selected(CHECKS, (word,), ())
        of_addresses = any(named(check.id, one) for check in checks for one in ABOUT_ADDRESSES)
        if checks and not of_addresses and not all(check.id in ABOUT_HELO for check in checks):
            raise BadOption(f"--only {word} examines a domain, and none was given: add --domain DOMAIN")


def _targets(
    given: Sequence[str], domain: str | None, mail_from: str | None, helo: str | None, zones: tuple[str, ...]
) -> "tuple[Target, ...]":
    from checks.model import Target  # as above

    if not given:
        raise BadOption("no address was given: healthcheck ip 192.0.2.25, or --file FILE with one a line")
    addresses = dict.fromkeys(options.sending_address(text) for text in given)
    name = domain_from_input(domain)[0] if domain is not None else ""
    envelope = options.mail_from_domain(mail_from)
    greeting = options.helo_name(helo)
    return tuple(
        Target(
            name,
            (address,),
            mail_from=envelope,
            lists=zones,
            helo=greeting,
            called=f"{address} for {name}" if name else str(address),
        )
        for address in addresses
    )
