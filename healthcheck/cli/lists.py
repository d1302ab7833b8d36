"""`healthcheck lists`: the inventory of blocklists; and the options that choose among them."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli.options import BadOption

if TYPE_CHECKING:
    from checks.dnsbl.inventory import BlockList  # start-up time: msgspec, which --help does without

LARGEST_FILE = 1024 * 1024
"""Bytes of a file of zones or addresses that are read at most."""

Named = Annotated[
    list[str] | None, typer.Option("--list", metavar="ZONE", help="Ask this blocklist as well; repeatable.")
]
Unnamed = Annotated[
    list[str] | None, typer.Option("--no-list", metavar="ZONE", help="Do not ask this blocklist; repeatable.")
]
Base = Annotated[
    str, typer.Option("--lists", metavar="default|all|FILE", help="Which blocklists to ask; FILE has a zone a line.")
]
Forced = Annotated[bool, typer.Option("--closed-lists", help="Ask blocklists that are named even if they are closed.")]


class Form(StrEnum):
    """How the inventory is written."""

    TEXT = "text"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lists", short_help="Print the blocklists that are known, and which are asked.")(lists)


def lists(
    zones: Annotated[list[str] | None, typer.Argument(metavar="[ZONE]...", show_default=False)] = None,
    named: Named = None,
    unnamed: Unnamed = None,
    base: Base = "default",
    forced: Forced = False,
    closed: Annotated[bool, typer.Option("--closed", help="Print the lists that are closed, too.")] = False,
    form: Annotated[Form, typer.Option("--format", help="How the inventory is written.")] = Form.TEXT,
) -> int:
    """Print the blocklists that are known: which are asked, which when named, which never; or all about single ones."""
    from checks.dnsbl.inventory import all_lists, find_list, lists_for  # start-up time, as the next
    from healthcheck.cli.output import must_be_writable, write
    from healthcheck.render import lists as rendering

    must_be_writable(None)
    if zones:
        told = tuple(find_list(zone) for zone in zones)
        write(rendering.as_json(told) if form is Form.JSON else rendering.details(told), for_people=form is Form.TEXT)
        return 0
    chosen = lists_for(chosen_zones(named, unnamed, base, forced))
    asked = frozenset(one.zone for one in chosen)
    known = tuple({one.zone: one for one in (*all_lists(), *chosen)}.values())
    if form is Form.JSON:
        write(rendering.as_json(known, asked), for_people=False)
    else:
        write(rendering.overview(known, asked, closed))
    return 0


def chosen_zones(
    named: Sequence[str] | None, unnamed: Sequence[str] | None, base: str, forced: bool, *, offline: bool = False
) -> tuple[str, ...]:
    """The zones that the options choose; () for the default lists. BadOption for one that cannot be asked.

    Lists with a key are there for those whose key is in the environment, and replace the public ones; `offline`, where
    zone files answer, no key is needed and none is looked for.
    """
    held = frozenset[str]() if offline else _held()
    if not named and not unnamed and base == "default" and not held:
        return ()
    # start-up time: as above
    from checks.dnsbl.inventory import default_lists, find_list

    chosen = {one.zone: one for one in _base(base, held)}
    chosen |= {one.zone: one for one in map(find_list, named or ())}
    for zone in unnamed or ():
        left_out = find_list(zone).zone
        same = [one.zone for one in chosen.values() if left_out in (one.zone, one.replaces)]
        for each in same:
            del chosen[each]
        if not same:
            raise BadOption(f"--no-list {zone!a} would not be asked anyway: healthcheck lists prints those that are")
    if not chosen:
        raise BadOption("--no-list leaves no blocklist to ask: use --skip dnsbl instead")
    for one in chosen.values():
        _must_be_askable(one, forced, held, offline)
    return () if tuple(chosen) == tuple(one.zone for one in default_lists()) else tuple(chosen)


def accounts_of(zones: Iterable[str]) -> tuple[str, ...]:
    """The accounts whose keys it takes to ask these zones."""
    if not zones:
        return ()
    from checks.dnsbl.inventory import find_list  # start-up time: as above

    return tuple(sorted({find_list(zone).account for zone in zones} - {""}))


def _held() -> frozenset[str]:
    """The accounts whose key is in the environment. Without one, nothing is imported to find that out."""
    if not any(name.startswith("HEALTHCHECK_KEY_") for name in os.environ):
        return frozenset()
    from checks.dnsbl.inventory import ACCOUNTS  # start-up time: as above
    from healthcheck.net.keys import is_given

    return frozenset(account for account in ACCOUNTS if is_given(account, os.environ))


def _base(base: str, held: Collection[str]) -> "Iterable[BlockList]":
    from checks.dnsbl.inventory import Kind, all_lists, default_lists, find_list  # start-up time: as above

    if base == "default":
        return _with_keyed(default_lists(), held)
    if base == "all":
        asked = _with_keyed([one for one in all_lists() if _is_alive(one, held) and not one.within], held)
        return tuple(one for one in asked if Kind.HASH not in one.kinds)
    return tuple(find_list(zone) for zone in lines_of(Path(base), "--lists"))


def _is_alive(one: "BlockList", held: Collection[str]) -> bool:
    from checks.dnsbl.inventory import Status  # start-up time: as above

    return one.status is Status.ALIVE or one.account in held


def _with_keyed(lists: "Sequence[BlockList]", held: Collection[str]) -> "tuple[BlockList, ...]":
    """The same lists, each public one replaced by the one that answers to a key which is held."""
    if not held:
        return tuple(lists)
    from checks.dnsbl.inventory import all_lists  # start-up time: as above

    keyed = {one.replaces: one for one in all_lists() if one.replaces and one.account in held}
    return tuple(dict.fromkeys(keyed.get(one.zone, one) for one in lists))


def _must_be_askable(one: "BlockList", forced: bool, held: Collection[str], offline: bool) -> None:
    from checks.dnsbl.inventory import Kind, Status, variable_of  # start-up time: as above

    if one.status is Status.DEAD and not forced:
        source = f" ({one.evidence})" if one.evidence else " (no source is known that says so)"
        raise BadOption(
            f"{one.zone} is not asked: {one.fate}{source}; a closed list answers nothing or everything. "
            "--closed-lists asks it all the same"
        )
    if one.status is Status.KEY and one.account not in held and not offline:
        variable = variable_of(one.account)
        raise BadOption(
            f"{one.zone} answers only with a key of yours in the name: set the environment variable {variable} to it, or "
            f"{variable}_FILE to the name of a file that holds it"
        )
    if one.kinds == (Kind.HASH,):
        raise BadOption(f"{one.zone} lists hashes of addresses in messages: no domain or address can be asked about")


def lines_of(path: Path, option: str) -> tuple[str, ...]:
    """The lines of a file that say something, `-` being standard input: without comments (#), spaces around and empty lines.

    BadOption where it cannot be read.
    """
    try:
        if str(path) == "-":
            if sys.stdin is None:
                raise BadOption(f"{option} - reads standard input, which is closed")
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise BadOption(f"{option} {path}: {fault.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise BadOption(f"{option} {path} is larger than {LARGEST_FILE} bytes: give fewer lines")
    text = content.decode("utf-8", "replace")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    found = tuple(line for line in lines if line)
    if not found:
        raise BadOption(f"{option} {path} has no line that says anything")
    return found
