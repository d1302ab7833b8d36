"""`healthcheck history DOMAIN`: what became of a domain that is watched."""

from enum import StrEnum
from typing import Annotated

import typer

from checks.bad_input import BadInput
from healthcheck.cli import configured, options, window

DAYS = "30d"


class HistoryFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


class NeverWatched(BadInput):
    """A domain that nothing is remembered of; the message is one sentence."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("history", short_help="What became of a domain that healthcheck monitor watches.")(history)


def history(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", show_default=False)],
    since: window.Since = None,
    config: configured.ConfigFile = None,
    store: configured.StoreUrl = None,
    form: Annotated[HistoryFormat, typer.Option("--format", help="How it is written.")] = HistoryFormat.TEXT,
    output: options.Output = None,
) -> int:
    """Transitions, the last 30 days at a glance, and the records as they changed, since 30 days ago or --since."""
    # start-up time: none of it is wanted for --help
    import os
    from datetime import UTC

    from healthcheck.cli.monitor_run import opened, store_url
    from healthcheck.cli.output import must_be_writable, write
    from healthcheck.cli.window import window_of
    from healthcheck.config.read import load
    from healthcheck.monitor.store import BadStore, StoreLost, default_path
    from healthcheck.run import utc_now

    name = options.author_domain(domain)
    must_be_writable(output)
    start, _ = window_of(since or DAYS, None, None, UTC)
    url = store_url(load(config), store)
    if url is None and not default_path(os.environ).exists():
        raise NeverWatched(f"nothing is remembered of {name}: healthcheck monitor was not run yet")
    kept = opened(url, to_read=True)  # says which extra is missing, where one is
    from healthcheck.render import history as rendering  # it needs that extra

    try:
        found = kept.history(name, start or "", utc_now())
    except StoreLost as fault:
        raise BadStore(str(fault)) from fault
    finally:
        kept.close()
    if found is None:
        raise NeverWatched(f"nothing is remembered of {name}: healthcheck monitor has not examined it yet")
    if form is HistoryFormat.JSON:
        write(rendering.json(found), output, for_people=False)
    else:
        write(rendering.text(found), output)
    return 0
