"""From what a person asked for to a world. Nothing falls back: a world that cannot be had is an error that says so."""

from collections.abc import Sequence

import msgspec

from healthcheck.world import World


class BadChoice(ValueError):
    """Options that contradict each other or name nothing; the message is one sentence."""


class Choice(msgspec.Struct, frozen=True):
    """What was said on the command line. `zones`, `overlays`: `FILE` or `FILE@origin`; `resolvers`: `HOST[:PORT]`.

    `timeout`: seconds that one question may take.
    """

    lab: bool = False
    zones: Sequence[str] = ()
    overlays: Sequence[str] = ()
    resolvers: Sequence[str] = ()
    timeout: float = 5.0


def open_world(choice: Choice) -> World:
    """The world that was asked for. BadChoice, or the BadZone of a file, says in one sentence why there is none."""
    if choice.lab and choice.zones:
        raise BadChoice("--lab and --zone are two worlds: choose one")
    if choice.resolvers and (choice.lab or choice.zones):
        raise BadChoice("--resolver asks the network; it has no meaning with --lab or --zone")
    base = _base(choice)
    if not choice.overlays:
        return base
    from healthcheck.world.zone import Overlay, read_zone_file  # start-up time: dnspython, where zones are read only

    return Overlay([read_zone_file(file) for file in choice.overlays], base)


def _base(choice: Choice) -> World:
    # Each world imports what it needs only when it is chosen: start-up time.
    if choice.lab:
        from healthcheck.world.lab import open_lab

        return open_lab()
    if choice.zones:
        from healthcheck.world.zone import ZoneWorld, read_zone_file

        return ZoneWorld([read_zone_file(file) for file in choice.zones])
    from healthcheck.net.dns import Resolver, parse_endpoint, system_resolvers
    from healthcheck.world.live import Live

    try:
        servers = [parse_endpoint(text) for text in choice.resolvers] or system_resolvers()
    except ValueError as fault:
        raise BadChoice(f"--resolver: {fault}") from None
    return Live(Resolver(servers, timeout=choice.timeout))
