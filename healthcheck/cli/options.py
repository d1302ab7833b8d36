"""The options that commands share, each declared once, and what becomes of them."""

import ipaddress
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.addresses import special_kind
from checks.bad_input import BadInput
from checks.names import MAX_NAME, Address, BadName, domain_from_input, is_hostname

if TYPE_CHECKING:
    from healthcheck.world.choose import Choice  # start-up time: msgspec, which --help does without

DEFAULT_TIMEOUT = 30.0
LONGEST_RUN = 86400.0


class BadOption(BadInput):
    """An option that cannot be used; the message is one sentence."""


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


class FailOn(StrEnum):
    """From which status on the exit code is 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


Ips = Annotated[
    list[str] | None, typer.Option("--ip", metavar="ADDRESS", help="An address that sends mail; repeatable.")
]
Selectors = Annotated[
    list[str] | None,
    typer.Option("--selector", metavar="NAME", help="A DKIM selector, or a key's whole name; repeatable."),
]
MailFrom = Annotated[
    str | None, typer.Option("--mail-from", metavar="DOMAIN", help="The return path: its domain, or an address in it.")
]
Helo = Annotated[str | None, typer.Option("--helo", metavar="NAME", help="The name the sending servers give in EHLO.")]
Deep = Annotated[bool, typer.Option("--deep", help="Try every known DKIM selector (some 400 questions), not only 44.")]
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
    if kind := special_kind(address):
        raise BadOption(f"--ip {address} is a {kind} address: no receiver ever sees it; give the public one")
    return address


def selector_name(text: str) -> str:
    """A selector given with --selector, in lower case. BadOption for what cannot be one."""
    name = text.strip().lower().removesuffix(".").removesuffix("._domainkey")
    if not is_hostname(name):
        raise BadOption(f"--selector {text!a} is not a selector: it is the s= of a DKIM-Signature, such as s1")
    return name


def helo_name(text: str | None) -> str | None:
    """The name of --helo, lower-case; a bare label is let through, to be judged. BadOption for what no server says."""
    if text is None:
        return None
    name = text.strip().lower().removesuffix(".")
    if not is_hostname(name):
        raise BadOption(f"--helo {text!a} is not a name: give what your server says in EHLO, such as mail.example.com")
    return name


def author_domain(text: str) -> str:
    """A domain whose DMARC is asked for, as it was typed. BadName for no domain, and for one too long to have a record."""
    name = domain_from_input(text)[0]
    longest = MAX_NAME - len("_dmarc.")
    if len(name) > longest:
        raise BadName(
            f"the name is {len(name)} characters long: its DMARC record at _dmarc.<name> would be longer than the {MAX_NAME} "
            f"that DNS holds; a domain that sends mail has at most {longest}"
        )
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
    accounts: Sequence[str] = (),
) -> "Choice":
    """The world that the options ask for. One question may take five seconds, or the whole run where that is less."""
    if not 0 < timeout <= LONGEST_RUN:  # NaN compares false
        raise BadOption(f"--timeout {timeout:g} is not a time to wait: give seconds, such as 30 or 0.5, at most a day")
    from healthcheck.world.choose import Choice  # as above

    return Choice(lab, zones or (), overlays or (), resolvers or (), min(timeout, Choice().timeout), accounts)
