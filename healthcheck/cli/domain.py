"""`healthcheck domain`: the pre-support checklist."""

from typing import Annotated

import typer

from healthcheck.cli import configured, learn, lists, observe, options, window
from healthcheck.cli.options import FailOn, Format


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
    settings = configured.settings_of(context, config, offline=bool(lab or zone))
    options.read_once(domains, message, log, events, bounce, reply)
    from healthcheck.cli import asked, examine  # start-up time: what runs, and not for --help

    examination = asked.asked_for(
        settings,
        configured.domains_of(domains or (), settings.loaded),
        asked.Mail(ip, selector, mail_from, helo, deep, message, report, audience),
        asked.Witnesses(log, events, bounce, reply, (since, until, last, timezone), threshold),
        lists.chosen_zones(named, unnamed, base, forced, offline=settings.offline),
        asked.Answering(lab, zone, overlay, changed, resolver, timeout),
        quiet=quiet,
    )
    wish = examination.wish(only, skip, record)
    places = configured.places_of(settings.loaded) if form in examine.PLACED else {}
    writing = examine.Writing(form, output, fail_on, quiet, verbose, limits, places)
    return examine.examine(wish, examination.choice, writing)
