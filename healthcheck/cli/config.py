"""`healthcheck config`: the configuration as it counts, whether it is right, and its schema."""

from enum import StrEnum
from typing import Annotated

import typer

from healthcheck.cli import configured
from healthcheck.cli.options import BadOption
from healthcheck.render import indented, many


class ConfigFormat(StrEnum):
    """How the values are written."""

    TEXT = "text"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        help="The configuration: what counts and who said so, whether it is right, its schema.",
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
    )
    group.command("show")(show)
    group.command("check")(check)
    group.command("schema")(schema)
    app.add_typer(group, name="config")


def show(
    config: configured.ConfigFile = None,
    origin: Annotated[bool, typer.Option("--origin", help="Say of each value where it was said.")] = False,
    form: Annotated[ConfigFormat, typer.Option("--format", help="How the values are written.")] = ConfigFormat.TEXT,
) -> int:
    """Print every value that counts, defaults included; secrets are never printed, only where they are."""
    from healthcheck.cli.output import must_be_writable, write  # start-up time, as the next
    from healthcheck.config import show as showing
    from healthcheck.config.model import Config, Loaded

    must_be_writable(None)
    loaded = configured.loaded_or_none(config) or Loaded(Config())
    text = loaded.path.read_bytes().decode("utf-8-sig") if loaded.path is not None else ""
    found = tuple(showing.values(loaded, text))
    if form is ConfigFormat.JSON:
        answer = {"schema": "healthcheck.config/1", "path": str(loaded.path) if loaded.path else None, "values": found}
        write(indented(answer), for_people=False)
        return 0
    # Of a table that somebody wrote, only what he wrote: what it leaves out, the defaults tell.
    found = tuple(one for one in found if one.origin != showing.BUILT_IN or one.key.partition(".")[0] in showing.SINGLE)
    lines = [f"{one.key} = {one.text}" for one in found]
    if origin:
        widest = min(max(map(len, lines)), 70)
        lines = [f"{line:<{widest}}   # {one.origin}" for line, one in zip(lines, found, strict=True)]
    where = f"# {loaded.path}" if loaded.path is not None else "# no configuration was found: all of this is built in"
    write("\n".join([where, *lines]) + "\n")
    return 0


def check(config: configured.ConfigFile = None) -> int:
    """Read the configuration and say whether it is right: the first thing that is wrong, with its line. Exit code 0 or 2."""
    from healthcheck.cli.output import must_be_writable, write  # start-up time, as the next
    from healthcheck.run import utc_now

    must_be_writable(None)
    loaded = configured.loaded_or_none(config)
    if loaded is None:
        raise BadOption("no configuration was found: give --config FILE, or write one with healthcheck init DOMAIN")
    told = loaded.config
    over = [one for one in told.ignore if one.expires is not None and one.expires.isoformat() < utc_now()[:10]]
    counts = (
        many(len(told.domain), "domain"),
        many(len(told.ignore), "waiver") + (f" ({len(over)} expired)" if over else ""),
        many(len(told.alert), "alert channel"),
    )
    write(f"{loaded.path} is right: {', '.join(counts)}\n")
    for one in over:
        write(f"  the waiver for {one.id} on {one.domain} expired on {one.expires}\n")
    return 0


def schema() -> int:
    """Print the JSON Schema of healthcheck.toml: editors complete and check with it."""
    from healthcheck.cli.output import must_be_writable, write  # start-up time, as the next
    from healthcheck.config.show import schema as written

    must_be_writable(None)
    write(written(), for_people=False)
    return 0
