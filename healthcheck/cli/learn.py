"""What --message and --report tell: the streams of each domain that is examined. Files are read here, and judged elsewhere."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from healthcheck.cli.options import BadOption
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from checks.model import Signature, Stream  # start-up time: msgspec, which --help does without

Messages = Annotated[
    list[Path] | None,
    typer.Option(
        "--message", metavar="FILE", help="A message that was sent, with all headers (- is stdin); repeatable."
    ),
]
Reports = Annotated[
    list[Path] | None,
    typer.Option("--report", metavar="FILE", help="A DMARC aggregate report (xml, gz, zip or its mail); repeatable."),
]
Audience = Annotated[
    list[str] | None,
    typer.Option(
        "--for", metavar="PROVIDER", help="Judge what gmail, yahoo, microsoft ... ask for; or all. Repeatable."
    ),
]

STDIN = Path("-")


def learned(
    domains: Sequence[str], messages: Sequence[Path], reports: Sequence[Path], quiet: bool
) -> "dict[str, tuple[Stream, ...]]":
    """The streams of each domain, messages before reports. BadOption for a file that tells of none of the domains."""
    found: dict[str, list[Stream]] = {domain: [] for domain in domains}
    for path in messages:
        domain, stream = _from_message(path, domains, quiet)
        if stream not in found[domain]:
            found[domain].append(stream)
    if reports:
        from healthcheck.intake.reports.learned import (  # start-up time: where a report is given
            read_reports,
            streams_of,
        )

        told = [report for path in reports for report in read_reports(path)]
        for domain in domains:
            found[domain].extend(streams_of(told, domain))
        silent = [domain for domain in domains if not found[domain]]
        if silent:
            others = sorted({report.domain for report in told if report.domain})[:3]
            about = f": they are about {', '.join(others)}" if others else ""
            raise BadOption(f"--report tells of no message in the name of {', '.join(silent[:3])}{about}")
    return {domain: tuple(streams) for domain, streams in found.items()}


def _from_message(path: Path, domains: Sequence[str], quiet: bool) -> "tuple[str, Stream]":
    from checks.message.headers import LARGEST, read_header  # start-up time: where a message is given
    from checks.text import inert

    header, shown = read_header(_bytes(path, LARGEST)), f"--message {inert(str(path))}"
    if len(header.authors) != 1:
        several = (
            f"names {len(header.authors)} domains ({', '.join(header.authors[:3])})" if header.authors else "has none"
        )
        raise BadOption(f"{shown}: a message has one From with one address, and this one {several}")
    (author,) = header.authors
    if author not in domains:
        raise BadOption(f"{shown} is from {author}: run healthcheck domain {author} with it")
    if header.claimed is not None and not quiet:
        say(
            f"{shown} seems to come from {header.claimed}, and only one line of it says so; "
            f"if that is your server, give --ip {header.claimed}"
        )
    return author, header.stream


def _bytes(path: Path, most: int) -> bytes:
    from checks.text import inert  # as above

    try:
        if path == STDIN:
            if sys.stdin is None:
                raise BadOption("--message - reads standard input, which is closed")
            return sys.stdin.buffer.read(most)
        with path.open("rb") as file:
            return file.read(most)
    except OSError as fault:
        raise BadOption(f"cannot read {inert(str(path))}: {fault.strerror}") from None


def signatures(selectors: Sequence[str], domains: Sequence[str]) -> "tuple[tuple[str, ...], tuple[Signature, ...]]":
    """What --selector names: selectors of the domain itself, and keys by their whole name, `s1._domainkey.example.net`."""
    from checks.model import Signature  # as above

    plain: dict[str, None] = {}
    whole: dict[Signature, None] = {}
    for name in selectors:
        selector, _, domain = name.partition("._domainkey.")
        if domain and not (len(domains) == 1 and domain == domains[0]):
            whole[Signature(domain, selector)] = None
        else:
            plain[selector] = None
    return tuple(plain), tuple(whole)
