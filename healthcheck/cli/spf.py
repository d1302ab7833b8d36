"""`healthcheck spf`: may this address send as this domain, and if not, why?"""

from enum import StrEnum
from typing import Annotated

import typer

from checks.names import Address, BadName, domain_from_input
from healthcheck.cli import configured, options
from healthcheck.cli.options import BadOption


class SpfFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


NULL_PATHS = ("", "<>")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("spf", short_help="May this address send as this domain? SPF with its trace.")(spf)


def spf(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", show_default=False)],
    ip: options.Ips = None,
    mail_from: Annotated[
        str | None,
        typer.Option(
            "--mail-from", metavar="ADDRESS", help="The return path: an address, its domain, or <> for the null one."
        ),
    ] = None,
    helo: Annotated[
        str | None, typer.Option("--helo", metavar="NAME", help="The name given with HELO or EHLO.")
    ] = None,
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    record: options.Record = None,
    config: configured.ConfigFile = None,
    form: Annotated[SpfFormat, typer.Option("--format", help="How the answer is written.")] = SpfFormat.TEXT,
    output: options.Output = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Evaluate SPF (RFC 7208) as a receiver does: the result, the term that decided, and the way to it.

    Without --ip: the whole policy, with what it costs in DNS lookups. Exit code: 0 the address may send (pass), 1 any
    other result, 3 not known (temperror).
    """
    name, _ = domain_from_input(domain)
    addresses: tuple[Address | None, ...] = tuple(dict.fromkeys(options.sending_address(text) for text in ip or ()))
    sender = return_path(mail_from)
    greeting = (helo or "").strip()
    if sender == "" and not greeting:
        raise BadOption("--mail-from <> is the null return path: SPF then judges the HELO name, give it with --helo")
    resolvers, timeout = configured.run_of(context, config, resolver, timeout, offline=bool(lab or zone))
    choice = options.world_choice(lab, zone, overlay, resolvers, timeout)
    from healthcheck.authorise import Mail  # start-up time: as above
    from healthcheck.cli import spf_run

    mails = tuple(Mail(name, address, sender, greeting) for address in addresses or (None,))
    return spf_run.look_and_write(mails, choice, timeout, record, spf_run.Writing(form, output, quiet, verbose))


def return_path(text: str | None) -> str | None:
    """The RFC5321.MailFrom given with --mail-from: an address or a domain, its domain in A-labels; "" for the null path.

    BadOption for what is none of these.
    """
    if text is None:
        return None
    bare = text.strip()
    if bare in NULL_PATHS:
        return ""
    local, at, host = bare.removeprefix("<").removesuffix(">").rpartition("@")
    try:
        return f"{local}{at}{domain_from_input(host)[0]}" if local else domain_from_input(host)[0]
    except BadName as fault:
        raise BadOption(f"--mail-from: {fault}") from None
