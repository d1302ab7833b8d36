"""What --log, --events, --bounce and --reply tell: what was observed of the mail of each domain that is examined."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from healthcheck.cli import window
from healthcheck.cli.options import BadOption
from healthcheck.cli.say import say
from healthcheck.given import mail_from_domain, sending_address

if TYPE_CHECKING:
    from checks.delivery.observed import Observed
    from checks.model import Stream, Target  # start-up time: msgspec, which --help does without
    from healthcheck.intake.observe import Gathered

Logs = Annotated[
    list[str] | None,
    typer.Option(
        "--log", metavar="PATH", help="A mail log that tells what became of the mail (- is stdin); repeatable."
    ),
]
EventFiles = Annotated[
    list[str] | None, typer.Option("--events", metavar="PATH", help="Events of a sending service, as it posts them.")
]
Bounces = Annotated[
    list[str] | None, typer.Option("--bounce", metavar="PATH", help="A bounce mail, an mbox, or a folder of them.")
]
Replies = Annotated[
    list[str] | None,
    typer.Option("--reply", metavar="TEXT", help="What a server answered, word for word (- is stdin); repeatable."),
]

STDIN = "-"
LAB = "the lab's log"
MOST_TOLD = 3
LONGEST_REPLY = 1 << 20


class Sources(NamedTuple):
    """What tells of the mail's fate: logs still to be read, and replies; the times as window.window_of takes them. `lab`: the built-in
    logs stand in where nothing was given."""

    paths: tuple[str, ...]
    replies: tuple[str, ...]
    since: str | None
    until: str | None
    last: str | None
    timezone: str | None
    thresholds: tuple[str, ...]
    lab: bool
    quiet: bool

    @property
    def anything(self) -> bool:
        """True where something was given."""
        return bool(self.paths or self.replies)


def sources_of(
    logs: Sequence[str] | None,
    events: Sequence[str] | None,
    bounces: Sequence[str] | None,
    replies: Sequence[str] | None,
    times: tuple[str | None, str | None, str | None, str | None],
    thresholds: Sequence[str] | None,
    *,
    lab: bool,
    quiet: bool,
    configured: bool,
) -> Sources:
    """What was given, with the reply on standard input; `configured`: a configuration names files, too.

    BadOption for an empty reply, and for a window on nothing."""
    paths = tuple(dict.fromkeys((*(logs or ()), *(events or ()), *(bounces or ()))))
    replies = tuple(_on_stdin() if reply == STDIN else reply for reply in replies or ())
    if any(not reply.strip() for reply in replies):
        raise BadOption("--reply is empty: give what the server answered, such as --reply '550 5.1.1 user unknown'")
    since, until, last, timezone = times
    if not paths and not configured:
        for option, value in (("--since", since), ("--until", until), ("--last", last), ("--timezone", timezone)):
            if value is not None:
                raise BadOption(f"{option} is for what --log, --events and --bounce tell: give one of them, too")
        if thresholds and not lab:
            raise BadOption("--threshold is for what --log, --events and --bounce tell: give one of them, too")
    return Sources(paths, replies, since, until, last, timezone, tuple(thresholds or ()), lab, quiet)


def _on_stdin() -> str:
    """The reply that somebody hands over, as they would type it: of several lines one reply, at most as much as one can be."""
    if sys.stdin is None:
        raise BadOption("--reply -: there is no standard input")
    return sys.stdin.buffer.read(LONGEST_REPLY).decode("utf-8", "replace").rstrip("\r\n")


def with_observed(targets: "tuple[Target, ...]", sources: Sources) -> "tuple[Target, ...]":
    """The targets with what was observed of each, and with the streams that bounce mails told of."""
    if not sources.anything:
        targets = _in_lab(targets) if sources.lab else targets
        return _with_limits(targets, sources.thresholds)
    from msgspec.structs import replace  # start-up time: where something was observed

    from healthcheck.cli.waiting import Waiting
    from healthcheck.intake.chosen import Chosen
    from healthcheck.intake.observe import Given, gather
    from healthcheck.intake.stamps import zone_named

    _own_limits(sources.thresholds)
    zone = zone_named(sources.timezone)
    since, until = window.window_of(sources.since, sources.until, sources.last, zone)
    with Waiting(sources.paths, shown=not sources.quiet):
        found = gather(Given(sources.paths, sources.replies, Chosen(since, until), zone), _own_names(targets))
    if not sources.quiet:
        windowed = since is not None or until is not None
        _say(found, [target.domain for target in targets], bool(sources.paths), windowed)
    seen = tuple(
        replace(target, observed=found.observed[target.domain], learned=_more(target, found.learned[target.domain]))
        for target in targets
    )
    return _with_limits(seen, sources.thresholds)


def _with_limits(targets: "tuple[Target, ...]", thresholds: Sequence[str]) -> "tuple[Target, ...]":
    """The targets with the limits by which what was observed is judged."""
    if not (own := _own_limits(thresholds)):
        return targets
    from msgspec.structs import replace  # start-up time: where limits were given

    return tuple(
        target if target.observed is None else replace(target, observed=judged_by(target.observed, own))
        for target in targets
    )


def _own_limits(thresholds: Sequence[str]) -> dict[str, float]:
    if not thresholds:
        return {}
    from checks.delivery.thresholds import parse_thresholds  # start-up time: as above

    return parse_thresholds(thresholds)


def _own_names(targets: "Sequence[Target]") -> dict[str, tuple[str, ...]]:
    """The return paths of each domain that are known to be its own, whatever they are called."""
    return {
        target.domain: tuple(
            dict.fromkeys(name for name in (target.mail_from, *(x.mail_from for x in target.learned)) if name)
        )
        for target in targets
    }


def _more(target: "Target", streams: "Sequence[Stream]") -> "tuple[Stream, ...]":
    return (*target.learned, *(stream for stream in streams if stream not in target.learned))


def _in_lab(targets: "tuple[Target, ...]") -> "tuple[Target, ...]":
    """The targets with what the lab's own logs tell of them."""
    from healthcheck.world.lab import log_of  # start-up time: in the lab only

    logs = {target.domain: log for target in targets if (log := log_of(target.domain)) is not None}
    if not any(target.streams for target in targets):
        targets = tuple(_as_it_sends(target) for target in targets)
    if not logs:
        return targets
    from datetime import UTC  # start-up time: as above

    from msgspec.structs import replace

    from healthcheck.intake.observe import observed_in

    names: Mapping[str, tuple[str, ...]] = _own_names(targets)
    seen = {
        domain: observed_in(log, f"{LAB} {log.name}", UTC, {domain: names[domain]})[domain]
        for domain, log in logs.items()
    }
    return tuple(
        replace(target, observed=seen[target.domain]) if target.domain in seen else target for target in targets
    )


def _as_it_sends(target: "Target") -> "Target":
    """A patient with the addresses, keys and names that its own mail is sent with."""
    from healthcheck.world.lab import options_of  # start-up time: in the lab only

    options = options_of(target.domain)
    if not options:
        return target
    from msgspec.structs import replace  # start-up time: as above

    from healthcheck.cli.learn import signatures

    one = {name: value for name, value in options if name != "--selector"}
    plain, whole = signatures([value for name, value in options if name == "--selector"], (target.domain,))
    return replace(
        target,
        ips=tuple(sending_address(value) for name, value in options if name == "--ip"),
        selectors=plain,
        signatures=whole,
        mail_from=mail_from_domain(one.get("--mail-from")),
        helo=one.get("--helo"),
    )


def _say(found: "Gathered", domains: Sequence[str], paths: bool, window_given: bool) -> None:
    """On standard error: what was left out, and what told nothing."""
    name = domains[0] if len(domains) == 1 else "these domains"
    number = sum(found.others.values()) + found.left_out
    if number and found.others:
        windowed = " or not inside --since, --until and --last" if found.left_out and window_given else ""
        say(
            f"{_events(number)} left out, of mail not sent in the name of {name} ({_most_of(found.others)}){windowed}; "
            "a return path of yours that is called otherwise is named with --mail-from"
        )
    outside = found.outside + (0 if found.others else found.left_out)
    if outside:
        say(f"{_events(outside)} left out, not inside --since, --until and --last (an event without a time never is)")
    silent = [source for source in found.sources if not source.events and source.format != "duplicate"]
    for source in silent[:MOST_TOLD]:
        why = next(
            (sample.why for sample in found.samples if sample.file == source.file), "no line of it is about delivery"
        )
        say(f"{source.file} gave no event: {why}")
    if len(silent) > MOST_TOLD:
        say(f"{len(silent) - MOST_TOLD} more files gave no event")
    if paths and not found.sources:
        say("nothing was read: the folder holds no file")
    if found.claimed is not None:
        say(
            f"the returned message seems to come from {found.claimed}, and only one line of it says so; "
            f"if that is your server, give --ip {found.claimed}"
        )


def _events(number: int) -> str:
    return "1 event is" if number == 1 else f"{number:,} events are"


def _most_of(others: Mapping[str, int]) -> str:
    most = sorted(others, key=lambda name: (-others[name], name))[:MOST_TOLD]
    more = f", {len(others) - MOST_TOLD} more" if len(others) > MOST_TOLD else ""
    return ", ".join(name or "<>" for name in most) + more


def judged_by(observed: "Observed", own: Mapping[str, float]) -> "Observed":
    """What was observed, to be judged by somebody's own limits."""
    if not own or observed.traffic is None:
        return observed
    from msgspec.structs import replace  # start-up time: where limits were given

    return replace(observed, traffic=replace(observed.traffic, own=tuple(sorted(own.items()))))
