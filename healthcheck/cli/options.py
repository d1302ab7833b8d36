"""The options that commands share, each declared once, and what becomes of them."""

import ipaddress
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from checks.names import Address, BadName, domain_from_input, is_hostname
from healthcheck.world.choose import Choice

DEFAULT_TIMEOUT = 30.0


class BadOption(ValueError):
    """An option that cannot be used; the message is one sentence."""


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """From which status on the exit code is 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


Ips = Annotated[
    list[str] | None, typer.Option("--ip", metavar="ADDRESS", help="An address that sends mail; repeatable.")
]
Selectors = Annotated[list[str] | None, typer.Option("--selector", metavar="NAME", help="A DKIM selector; repeatable.")]
MailFrom = Annotated[
    str | None, typer.Option("--mail-from", metavar="DOMAIN", help="The return path: its domain, or an address in it.")
]
Resolvers = Annotated[
    list[str] | None, typer.Option("--resolver", metavar="HOST[:PORT]", help="Ask this resolver; repeatable, in order.")
]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="The whole run ends after this long.")]
ZoneFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--zone", metavar="FILE[@ORIGIN]", help="Answer from this master file instead of the network; repeatable."
    ),
]
Overlays = Annotated[
    list[str] | None,
    typer.Option(
        "--overlay", metavar="FILE[@ORIGIN]", help="What if this were published: these records replace the real ones."
    ),
]
Lab = Annotated[
    bool, typer.Option("--lab", help="Ask the built-in example domains; no network (see `healthcheck lab`).")
]
Record = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="Write all answers, for `healthcheck replay`.")
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID", help="Only these checks, by id or its first words.")
]
Skip = Annotated[list[str] | None, typer.Option("--skip", metavar="ID", help="All but these checks.")]
Formats = Annotated[Format, typer.Option("--format", help="How the report is written.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.")]
FailOns = Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no hints.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every answer that the report rests on.")]

# Nobody can send mail across the internet from these; the documentation ranges are not among them, since the lab and
# every example use them. RFC 6890 and its registries
_CANNOT_SEND = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared (carrier-grade NAT)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.168.0.0/16", "private"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)


def sending_address(text: str) -> Address:
    """An address given with --ip. BadOption for text that is none, and for one that nobody can send from."""
    try:
        address = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        raise BadOption(f"--ip {text!a} is not an address: give one such as 192.0.2.10 or 2001:db8::10") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            raise BadOption(f"--ip {text!a} names a zone of this machine; give the address alone")
        address = address.ipv4_mapped or address
    for network, kind in _CANNOT_SEND:
        if address in ipaddress.ip_network(network):
            raise BadOption(f"--ip {address} is a {kind} address: no receiver ever sees it; give the public one")
    return address


def selector_name(text: str) -> str:
    """A selector given with --selector, in lower case. BadOption for what cannot be one."""
    name = text.strip().lower().removesuffix(".").removesuffix("._domainkey")
    if not is_hostname(name):
        raise BadOption(f"--selector {text!a} is not a selector: it is the s= of a DKIM-Signature, such as s1")
    return name


def mail_from_domain(text: str | None) -> str | None:
    """The domain of --mail-from, which takes an address or a domain. BadOption for neither."""
    if text is None:
        return None
    try:
        return domain_from_input(text)[0]
    except BadName as fault:
        raise BadOption(f"--mail-from: {fault}") from None


def world_choice(
    lab: bool,
    zones: Sequence[str] | None,
    overlays: Sequence[str] | None,
    resolvers: Sequence[str] | None,
    timeout: float,
) -> Choice:
    """The world that the options ask for. One question may take five seconds, or the whole run where that is less."""
    if not 0 < timeout <= 86400:
        raise BadOption(f"--timeout {timeout:g} is not a number of seconds between 0 and a day")
    return Choice(lab, zones or (), overlays or (), resolvers or (), min(timeout, Choice().timeout))
