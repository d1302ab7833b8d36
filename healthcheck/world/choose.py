"""From what a person asked for to a world. Nothing falls back: a world that cannot be had is an error that says so."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from checks.bad_input import BadInput
from healthcheck.world import World

if TYPE_CHECKING:
    from healthcheck.world.master_file import Zones  # start-up time: dnspython, where zones are read only
    from healthcheck.world.set_record import SetRecords


class BadChoice(BadInput):
    """Options that contradict each other or name nothing; the message is one sentence."""


class Choice(msgspec.Struct, frozen=True):
    """What was said on the command line. `zones`, `overlays`: `FILE` or `FILE@origin`; `resolvers`: `HOST[:PORT]`.

    `timeout`: seconds that one question may take. `accounts`: those whose keys the questions need. `sets`: records that
    are to be, instead of those that are.
    """

    lab: bool = False
    zones: Sequence[str] = ()
    overlays: Sequence[str] = ()
    resolvers: Sequence[str] = ()
    timeout: float = 5.0
    accounts: Sequence[str] = ()
    sets: "tuple[SetRecords, ...]" = ()


class Laid(msgspec.Struct, frozen=True):
    """What is laid over a world: the zones of files, named as they were given, and above them the records that were set."""

    files: "tuple[Zones, ...]" = ()
    sets: "tuple[SetRecords, ...]" = ()

    @property
    def anything(self) -> bool:
        """False where the world stays as it is."""
        return bool(self.files or self.sets)


def open_world(choice: Choice, bare: bool = False) -> World:
    """The world that was asked for; with `bare` without what is to be laid over it.

    BadChoice, or the BadZone of a file, says in one sentence why there is none.
    """
    if choice.lab and choice.zones:
        raise BadChoice("--lab and --zone are two worlds: choose one")
    if choice.resolvers and (choice.lab or choice.zones):
        given = "--lab" if choice.lab else "--zone"
        raise BadChoice(f"--resolver asks the network and {given} does not: leave one of them out")
    base = _base(choice)
    if bare:
        return base
    laid = laid_over(choice)
    return lay_over(base, laid) if laid.anything else base


def laid_over(choice: Choice) -> Laid:
    """What was asked to be laid over the world. The BadZone of a file says in one sentence what is wrong."""
    if not choice.overlays:
        return Laid(sets=choice.sets)
    from healthcheck.world.master_file import read_zone_file  # start-up time: dnspython, where zones are read only

    return Laid(tuple(read_zone_file(file) for file in choice.overlays), choice.sets)


def lay_over(base: World, laid: Laid) -> World:
    """The world as it would be."""
    # Start-up time: dnspython, as above.
    from healthcheck.world.set_record import zones_of
    from healthcheck.world.zone import Overlay

    world = Overlay(laid.files, base) if laid.files else base
    if not laid.sets:
        return world
    return Overlay([zones_of(laid.sets)], world, [one.name for one in laid.sets if one.others_stay])


def _base(choice: Choice) -> World:
    # Each world imports what it needs only when it is chosen: start-up time.
    if choice.lab:
        from healthcheck.world.lab import open_lab

        return open_lab()
    if choice.zones:
        from healthcheck.world.master_file import read_zone_file
        from healthcheck.world.zone import ZoneWorld

        return ZoneWorld([read_zone_file(file) for file in choice.zones])
    from healthcheck.net.dns import Resolver, parse_endpoint, system_resolvers
    from healthcheck.net.keys import keys_of
    from healthcheck.world.live import Live

    try:
        servers = [parse_endpoint(text) for text in choice.resolvers] or system_resolvers()
    except ValueError as fault:
        source = "--resolver" if choice.resolvers else "the resolvers of this system (--resolver asks another)"
        raise BadChoice(f"{source}: {fault}") from None
    return Live(Resolver(servers, timeout=choice.timeout, keys=keys_of(choice.accounts, os.environ)))
