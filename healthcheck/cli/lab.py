"""`healthcheck lab`: the built-in patients, listed or served."""

import ipaddress
from typing import Annotated

import typer

from healthcheck.cli.options import BadOption, ListFormat

DEFAULT_PORT = 5300


def add_to(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        help="The built-in example domains: list them, or serve them to other programs.",
        rich_markup_mode=None,
        add_completion=False,
    )
    group.callback(invoke_without_command=True)(patients)
    group.command("serve")(serve)
    app.add_typer(group, name="lab")


def patients(
    context: typer.Context,
    form: Annotated[ListFormat, typer.Option("--format", help="How the list is written.")] = ListFormat.TEXT,
) -> int:
    """List the patients by their illness, each with the options that show it."""
    if context.invoked_subcommand is not None:
        return 0
    from healthcheck.cli.output import must_be_writable, terminal_width, write  # start-up time, as the next
    from healthcheck.render import lab
    from healthcheck.world.lab import patients as all_patients

    must_be_writable(None)
    beds = [lab.Bed(one.domain, one.illness, one.options, one.codes) for one in all_patients()]
    as_json = form is ListFormat.JSON
    write(lab.as_json(beds) if as_json else lab.render(beds, terminal_width()), for_people=not as_json)
    return 0


def serve(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="UDP and TCP; 0 takes a free one.")
    ] = DEFAULT_PORT,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
) -> int:
    """Serve the lab's zones as a DNS server, to dig, swaks or another checker, until Ctrl-C."""
    # start-up time: dnspython and asyncio, for those who serve only
    import asyncio

    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        raise BadOption(f"--host {host!a} is not an address: give one of this machine's, such as 127.0.0.1") from None
    try:
        asyncio.run(_serve(address, port))
    except OSError as fault:
        raise BadOption(f"cannot serve on {address} port {port}: {fault.strerror}") from None
    return 0


async def _serve(host: str, port: int) -> None:
    # start-up time: as above
    import asyncio
    import contextlib
    import signal

    from healthcheck.world.lab import open_lab
    from healthcheck.world.serve import serving

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(open_lab(), host, port) as bound:
        typer.echo(f"serving the lab on {host} port {bound}, UDP and TCP, until Ctrl-C", err=True)
        typer.echo(f"    dig @{host} -p {bound} shop.example TXT", err=True)
        where = f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}"
        typer.echo(f"    healthcheck domain shop.example --resolver {where}", err=True)
        await ended.wait()
