"""`healthcheck init`: a first configuration, written from what the DNS tells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli import options
from healthcheck.cli.options import BadOption
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from healthcheck.config.first import Found  # start-up time: as below
    from healthcheck.world.choose import Choice

USUAL = Path("healthcheck.toml")
STDOUT = Path("-")
NOT_KNOWN = 3


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init", short_help="Write a first healthcheck.toml from what the DNS tells.")(init)


def init(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Write it there (- is standard output).")
    ] = USUAL,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    deep: options.Deep = False,
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    quiet: options.Quiet = False,
) -> int:
    """Look at a domain and write a first configuration, with a comment on all that its owner has to say himself.

    Exit code: 0 written, 2 it cannot be, 3 nobody answered and nothing was written.
    """
    name = options.author_domain(domain)
    choice = options.world_choice(lab, zone, overlay, resolver, timeout)
    import asyncio  # start-up time, as the next

    from healthcheck.cli.output import must_be_writable, write
    from healthcheck.config.first import as_toml
    from healthcheck.run import utc_now

    place = None if output == STDOUT else output
    _must_be_free(place, force)
    must_be_writable(place)
    found = asyncio.run(_looked(name, choice, timeout, deep))
    if found.silent:
        say(f"nobody answered ({found.unknown[0]}): nothing was written; --lab and --zone FILE need no network")
        return NOT_KNOWN
    if found.nothing:
        raise BadOption(f"there is no domain {name}: nothing was written")
    _must_be_free(place, force)
    write(as_toml(found, utc_now()[:10]), place, for_people=False)
    if place is not None and not quiet:
        options_too = (f" --config {place}" if place != USUAL else "") + (" --lab" if lab else "")
        say(f"{place} is written: read it, then run healthcheck domain{options_too}")
    return 0


def _must_be_free(place: Path | None, force: bool) -> None:
    try:
        taken = place is not None and not force and (place.exists() or place.is_symlink())
    except (OSError, ValueError) as fault:
        raise BadOption(f"cannot write {place}: {getattr(fault, 'strerror', None) or 'its name is none'}") from None
    if taken:
        raise BadOption(f"{place} is there already: --force writes over it, --output FILE writes another")


async def _looked(domain: str, choice: "Choice", timeout: float, deep: bool) -> "Found":
    from healthcheck.config.first import look  # start-up time: as above
    from healthcheck.driving import drive
    from healthcheck.engine import believing
    from healthcheck.run import Run
    from healthcheck.world.choose import open_world

    world = open_world(choice)
    try:
        run = Run(world, timeout)
        return await believing(lambda asking: drive(look(domain, deep), asking, []), run)
    finally:
        await world.close()
