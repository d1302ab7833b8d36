"""`healthcheck domain`: the pre-support checklist."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli import configured, learn, lists, observe, options, window
from healthcheck.cli.options import FailOn, Format

if TYPE_CHECKING:
    from checks.model import Target  # start-up time: msgspec, which --help does without


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("domain", short_help="Run the checklist: what fails, why, what to change.")(domain)


def domain(
    context: typer.Context,
    domains: Annotated[list[str] | None, typer.Argument(metavar="[DOMAIN]...", show_default=False)] = None,
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
    """Run the checklist on one domain or several: what fails, why, is it proven, and what to change.

    Without DOMAIN: on all that the configuration names.
    """
    limits = options.format_limits(form, warning, critical, max_series)
    given, offline = configured.given_options(context), bool(lab or zone)
    loaded = configured.loaded_or_none(config)
    configured.hold_accounts(loaded, offline=offline)
    options.read_once(domains, message, log, events, bounce, reply)
    names = configured.domains_of(domains or (), loaded)
    timeout = configured.timeout_of(loaded, timeout, given)
    zones = lists.chosen_zones(named, unnamed, base, forced, offline=offline)
    targets = targets_of(names, ip or (), selector or (), mail_from, deep, zones, options.helo_name(helo))
    targets = configured.with_tables(targets, loaded, given, offline=offline, quiet=quiet)
    times, known = (since, until, last, timezone), configured.has_logs(loaded, [target.domain for target in targets])
    told = observe.told_of(log, events, bounce, reply, times, threshold or (), lab, quiet, configured=known)
    targets = with_streams(targets, message or (), report or (), audience or (), quiet)
    choice = options.world_choice(
        lab,
        zone,
        overlay,
        configured.resolvers_of(loaded, resolver, offline=offline),
        timeout,
        configured.accounts_of(targets),
        changed,
        targets,
    )
    from msgspec.structs import replace  # start-up time: the checks are imported to run, not for --help

    from healthcheck.cli import examine  # as above

    examine.chosen(only or (), skip or ())  # before a long log is read, not after it
    targets = configured.with_observed(targets, told, loaded, given)
    rules = configured.rules_of(loaded)
    wish = examine.Wish(targets, tuple(only or ()), tuple(skip or ()), timeout, record, rules)
    writing = examine.Writing(form, output, fail_on, quiet, verbose, limits)
    if form in examine.PLACED:
        writing = replace(writing, tables=configured.places_of(loaded))
    return examine.examine(wish, choice, writing)


def targets_of(
    domains: Sequence[str],
    ips: Sequence[str],
    selectors: Sequence[str],
    mail_from: str | None,
    deep: bool,
    zones: tuple[str, ...],
    helo: str | None,
) -> "tuple[Target, ...]":
    from checks.model import Target  # as above

    addresses = tuple(dict.fromkeys(options.sending_address(text) for text in ips))
    names = tuple(dict.fromkeys(options.selector_name(text) for text in selectors))
    envelope = options.mail_from_domain(mail_from)
    asked = dict.fromkeys(options.author_domain(text) for text in domains)
    plain, whole = learn.signatures(names, tuple(asked))
    return tuple(Target(name, addresses, plain, envelope, deep, zones, helo, whole) for name in asked)


def with_streams(
    targets: "tuple[Target, ...]",
    messages: Sequence[Path],
    reports: Sequence[Path],
    audience: Sequence[str],
    quiet: bool,
) -> "tuple[Target, ...]":
    """The targets with what messages and reports tell of their streams, and whose requirements are to be judged."""
    if not (messages or reports or audience):
        return targets
    from msgspec.structs import replace  # start-up time: as above

    from checks.providers.requirements import audience_of

    judges = audience_of(audience)
    streams = learn.learned([target.domain for target in targets], messages, reports, quiet)
    return tuple(
        replace(target, learned=(*target.learned, *streams[target.domain]), audience=judges or target.audience)
        for target in targets
    )
