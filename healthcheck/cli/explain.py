"""`healthcheck explain` and `healthcheck codes`: what a reply, a code, an API error or a bounce mail means."""

from enum import StrEnum
from typing import Annotated

import typer

from healthcheck.cli import options
from healthcheck.cli.options import BadOption, ListFormat


class ExplainFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


class Engine(StrEnum):
    """How the rules are found that fit a reply."""

    AUTO = "auto"
    DEFAULT = "default"
    FAST = "fast"


_Provider = Annotated[
    str | None,
    typer.Option("--provider", metavar="NAME", help="Who said it: gmail, yahoo, sendgrid, postmark, ses ..."),
]
_Engine = Annotated[
    Engine,
    typer.Option("--engine", help="How rules are found: the same answers; fast needs the extra of that name."),
]
_Form = Annotated[
    ExplainFormat | None,
    typer.Option("--format", show_default=False, help="How the answer is written: text; with --batch ndjson."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("explain", short_help="What does this reply, code, API error or bounce mail mean, and what to do?")(
        explain
    )
    app.command("codes", short_help="List or search the codes, API errors and rules that are known.")(codes)


def explain(
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT|FILE|-", show_default=False)] = None,
    provider: _Provider = None,
    http: Annotated[
        int | None, typer.Option("--http", metavar="STATUS", help="The HTTP status of an API's error.")
    ] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Read replies from standard input, one a line; one JSON object each.")
    ] = False,
    engine: _Engine = Engine.AUTO,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="DOMAIN", help="Look for the cause at this domain of yours, too.")
    ] = None,
    ip: options.Ips = None,
    selector: options.Selectors = None,
    mail_from: options.MailFrom = None,
    helo: options.Helo = None,
    resolver: options.Resolvers = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    zone: options.ZoneFiles = None,
    overlay: options.Overlays = None,
    lab: options.Lab = False,
    record: options.Record = None,
    form: _Form = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> int:
    """Explain a reply of a mail server, a code, an API's error, or a bounce mail: what it means, what to do, who acts.

    TEXT is the reply as you have it, log line or wrapper included; FILE a bounce mail, a mailbox of them (mbox, Maildir)
    or a text, packed or not; - standard input. With --domain the checks that could prove the cause are run at once:
    confirmed, ruled out, or open; the header that a bounce gives back tells which selector and return path to look at.
    """
    if http is not None and not 100 <= http <= 599:
        raise BadOption(f"--http {http} is not an HTTP status: give one such as 429")
    # start-up time: for --help of other commands nothing of this is needed
    from healthcheck.cli import explain_run

    if engine is not Engine.AUTO:
        explain_run.use_engine(engine.value)
    if batch:
        _must_suit_a_batch(text, domain, form)
        return explain_run.explain_lines(provider, http, output)
    if not text:
        raise BadOption("give the reply, a file or - for standard input: healthcheck explain '550 5.7.26 ...'")
    read = explain_run.explained(text, provider, http)
    written = (form or ExplainFormat.TEXT).value
    if domain is None:
        explain_run.write_explained(read.answers, written, output)
        return 0
    given = (tuple(ip or ()), tuple(selector or ()), mail_from, options.helo_name(helo))
    looking = explain_run.Looking(domain, *given, timeout, record, quiet)
    choice = options.world_choice(lab, zone, overlay, resolver, timeout)
    from healthcheck.cli import explain_domain  # start-up time: the checks and the engine, for --domain only

    looking = explain_run.with_returned(looking, read, options.author_domain(domain))
    return explain_domain.look_for_causes(read.answers, looking, choice, written, output)


def _must_suit_a_batch(text: list[str] | None, domain: str | None, form: ExplainFormat | None) -> None:
    """BadOption for what one reply may have, and a stream of them not."""
    if (text and text != ["-"]) or domain:
        raise BadOption("--batch reads replies from standard input, and takes neither TEXT nor --domain")
    if form is ExplainFormat.TEXT:
        raise BadOption(
            "--batch writes one JSON object a line: leave out --format text, or give one reply without --batch"
        )


def codes(
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]", show_default=False)] = None,
    form: Annotated[ListFormat, typer.Option("--format", help="How the catalogue is written.")] = ListFormat.TEXT,
) -> int:
    """List what is known of replies, or search it: QUERY is a code, an API error's name, a provider, a category, or words."""
    from checks.replies.catalogue import catalogue  # start-up time, as the next
    from healthcheck.cli.output import must_be_writable, terminal_width, write
    from healthcheck.render import codes as rendering

    must_be_writable(None)
    known = catalogue()
    if not query and form is ListFormat.TEXT:
        write(rendering.overview(known))
        return 0
    kept = rendering.found(known, " ".join(query or ()))
    if not kept:
        raise BadOption(
            f"{' '.join(query or ())!a} is in no entry: healthcheck codes lists the categories, healthcheck explain explains any reply"
        )
    write(
        rendering.as_json(kept) if form is ListFormat.JSON else rendering.listed(kept, terminal_width()),
        for_people=form is ListFormat.TEXT,
    )
    return 0
