"""The options that commands share, each declared once, and what becomes of them."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from healthcheck.given import (
    BadOption,
    author_domain,
    helo_name,
    mail_from_domain,
    selector_name,
    sending_address,
)

if TYPE_CHECKING:
    from checks.model import Target  # start-up time: msgspec, which --help does without
    from healthcheck.render.nagios import Limits
    from healthcheck.world.choose import Choice

__all__ = ["BadOption", "author_domain", "helo_name", "mail_from_domain", "selector_name", "sending_address"]
"""What commands want of what was given, beside the options below."""

DEFAULT_TIMEOUT = 30.0
LONGEST_RUN = 86400.0


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    HTML = "html"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


class ListFormat(StrEnum):
    """How a list of what there is is written."""

    TEXT = "text"
    JSON = "json"


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
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="'NAME TYPE VALUE'", help="What if this record were published; without VALUE, taken away."
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
WarningRanges = Annotated[
    list[str] | None,
    typer.Option("--warning", metavar="METRIC=RANGE", help="With nagios: warn when a figure leaves it; repeatable."),
]
CriticalRanges = Annotated[
    list[str] | None,
    typer.Option(
        "--critical", metavar="METRIC=RANGE", help="With nagios: critical when a figure leaves it; repeatable."
    ),
]
MaxSeries = Annotated[
    int | None,
    typer.Option("--max-series", metavar="N", min=0, help="With prometheus: at most so many statuses of checks."),
]
FailOns = Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no hints.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every answer that the report rests on.")]


def read_once(*given: Sequence[str | Path] | None) -> None:
    """BadOption where more than one of these wants standard input."""
    if sum(str(word) == "-" for words in given for word in words or ()) > 1:
        raise BadOption(
            "standard input can be read once: only one DOMAIN, --message, --log, --events, --bounce or --reply can be -"
        )


def world_choice(
    lab: bool,
    zones: Sequence[str] | None,
    overlays: Sequence[str] | None,
    resolvers: Sequence[str] | None,
    timeout: float,
    accounts: Sequence[str] = (),
    sets: Sequence[str] | None = None,
    targets: "Sequence[Target]" = (),
) -> "Choice":
    """The world that the options ask for. One question may take five seconds, or the whole run where that is less.

    The names of what is to be set are relative to the domains of the `targets`. BadOption, or BadSet for what is no record.
    """
    if not 0 < timeout <= LONGEST_RUN:  # NaN compares false
        raise BadOption(f"--timeout {timeout:g} is not a time to wait: give seconds, such as 30 or 0.5, at most a day")
    from healthcheck.world.choose import Choice  # as above

    wait = min(timeout, Choice().timeout)
    choice = Choice(lab, zones or (), overlays or (), resolvers or (), wait, accounts)
    if not sets:
        return choice
    from msgspec.structs import replace  # start-up time: dnspython, where something is set

    from healthcheck.world.set_record import parse_sets

    domains = tuple(dict.fromkeys(target.domain for target in targets if target.domain))
    known = tuple(name for target in targets for name in (target.mail_from, target.helo) if name)
    return replace(choice, sets=parse_sets(sets, domains, known))


def format_limits(
    form: Format, warning: Sequence[str] | None, critical: Sequence[str] | None, most: int | None
) -> "FormatLimits":
    """What --warning, --critical and --max-series say. BadOption with a format that they are not for, BadRange for what is none."""
    for option, given, wanted in (
        ("--warning", warning, Format.NAGIOS),
        ("--critical", critical, Format.NAGIOS),
        ("--max-series", most, Format.PROMETHEUS),
    ):
        if given not in (None, []) and form is not wanted:
            raise BadOption(f"{option} is for --format {wanted.value} alone")
    limits = FormatLimits(tuple(warning or ()), tuple(critical or ()), most)
    if warning or critical:
        limits.ranges()  # what is wrong is said before the work
    return limits


class FormatLimits(NamedTuple):
    """Limits that one format alone knows: ranges of figures (nagios), a number of series (prometheus)."""

    warning: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    most_series: int | None = None

    def ranges(self) -> "Limits":
        """The ranges, read. BadRange for what is none."""
        from healthcheck.render.measures import NAMES  # start-up time: for one format alone
        from healthcheck.render.nagios import Limits
        from healthcheck.render.ranges import parse_limits

        return Limits(parse_limits(self.warning, "--warning", NAMES), parse_limits(self.critical, "--critical", NAMES))
