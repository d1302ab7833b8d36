"""`healthcheck explain --domain`: the suspects of a reply looked at, at once: confirmed, ruled out, or open."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from checks.delivery.observed import Observed
from checks.diagnosis.causes import causes
from checks.diagnosis.told import failure_from, told_by
from checks.diagnosis.widened import widened
from checks.model import Target
from checks.names import to_unicode
from checks.registry import CHECKS
from checks.replies.explanation import Explanation
from healthcheck.cli import examine, options
from healthcheck.cli.explain_run import Looking
from healthcheck.cli.hint import hint
from healthcheck.cli.options import FailOn, Format
from healthcheck.cli.output import exit_code, must_be_writable, rendered, terminal_width, write
from healthcheck.engine import named
from healthcheck.render import WIDTH
from healthcheck.render import explain as rendering
from healthcheck.report import Report
from healthcheck.run import utc_now
from healthcheck.world.choose import Choice, open_world


def look_for_causes(
    found: Sequence[Explanation], looking: Looking, choice: Choice, form: str, output: Path | None
) -> int:
    """Run the checks that could prove or refute the replies, write both, and return the exit code of the report."""
    must_be_writable(output, looking.record)
    failures = tuple(failure_from(one) for one in found if one.category != "accepted")
    suspects = tuple(dict.fromkeys(word for failure in failures for word in told_by(failure).suspects))
    known = tuple(word for word in suspects if any(named(check.id, word) for check in CHECKS))
    target = _target(looking, Observed(failures))
    report = _report(target, looking, choice, known) if known else _nothing_to_look_at(target, choice)
    told = report.causes if known else causes(Observed(failures), {}, target) if failures else ()
    if form == "text":
        width = terminal_width() if output is None else WIDTH
        write(rendering.render(found, width, told, target.domain), output)
    else:
        document = rendering.as_json(found, rendered([report], Format.JSON, False), told)
        if form == "ndjson":
            document = msgspec.json.format(document.encode(), indent=-1).decode() + "\n"
        write(document, output, for_people=False)
    return exit_code([report], FailOn.FAIL)


def _target(looking: Looking, observed: Observed) -> Target:
    given = tuple(dict.fromkeys(options.sending_address(text) for text in looking.ips))
    selectors = tuple(dict.fromkeys(options.selector_name(text) for text in looking.selectors))
    domain, mail_from = options.author_domain(looking.domain), options.mail_from_domain(looking.mail_from)
    return widened(Target(domain, given, selectors, mail_from, helo=looking.helo, observed=observed))


def _nothing_to_look_at(target: Target, choice: Choice) -> Report:
    """The report of a reply that no check can prove or refute: it has the causes, and nothing is asked."""
    world = open_world(choice)
    try:
        return Report(widened(target), to_unicode(target.domain), world.name, utc_now(), (), ())
    finally:
        asyncio.run(world.close())


def _report(target: Target, looking: Looking, choice: Choice, only: tuple[str, ...]) -> Report:
    wish = examine.Wish((target,), only, (), looking.timeout, looking.record)
    writing = examine.Writing(Format.JSON, None, FailOn.FAIL, looking.quiet, False)
    reports, run = examine.look(wish, choice, writing)
    if not looking.quiet:
        hint(reports[0].evidence, run)
    return reports[0]
