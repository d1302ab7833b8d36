"""`healthcheck monitor`: watch the domains of the configuration, and tell what changed."""

from typing import Annotated

import typer

from healthcheck.cli import configured, monitor_alerts, options


def add_to(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        help="Watch the domains of the configuration: one pass, or --every interval a loop.",
        rich_markup_mode=None,
        add_completion=False,
    )
    group.callback(invoke_without_command=True)(monitor)
    monitor_alerts.add_to(group)
    app.add_typer(group, name="monitor")


def monitor(
    context: typer.Context,
    domain: Annotated[
        list[str] | None,
        typer.Option("--domain", metavar="NAME", help="Only this domain; repeatable. It need not be configured."),
    ] = None,
    config: configured.ConfigFile = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every", metavar="TIME", help="Go on for ever: each domain once in 15m, 1h, 1d; auto: as configured."
        ),
    ] = None,
    store: configured.StoreUrl = None,
    resolver: options.Resolvers = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="What one domain may take, at least.")
    ] = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    only: options.Only = None,
    skip: options.Skip = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print what changed, and nothing else: for cron.")
    ] = False,
) -> int:
    """Examine every domain once, remember what was found, and tell what changed since the last pass.

    Exit code of a pass: 0 no domain fails, 1 one does, 3 one could not be judged, 2 it cannot be run, 4 somebody
    could not be told (docs/operate.md).
    """
    if context.invoked_subcommand is not None:
        return 0
    from healthcheck.cli import monitor_run  # start-up time: not for --help

    given = configured.given_options(context)
    asked = monitor_run.Asked(lab, tuple(zone or ()), tuple(overlay or ()), tuple(resolver or ()), config, store)
    wish = monitor_run.Wish(tuple(domain or ()), tuple(only or ()), tuple(skip or ()), timeout, every, quiet, given)
    return monitor_run.watch(wish, asked)
