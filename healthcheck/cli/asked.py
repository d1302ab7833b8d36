"""What `domain` and `ticket` are asked to examine: what was typed and what is configured, put together once for both."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from checks.model import Target
from healthcheck.cli import configured, learn, observe, options

if TYPE_CHECKING:
    from healthcheck.cli.examine import Wish  # start-up time: as below
    from healthcheck.world.choose import Choice


class Mail(NamedTuple):
    """How mail is sent, as it was typed."""

    ips: Sequence[str] | None
    selectors: Sequence[str] | None
    mail_from: str | None
    helo: str | None
    deep: bool
    messages: Sequence[Path] | None
    reports: Sequence[Path] | None
    audience: Sequence[str] | None


class Witnesses(NamedTuple):
    """What tells of the mail's fate, as it was typed; `times` as `observe.sources_of` takes them."""

    logs: Sequence[str] | None
    events: Sequence[str] | None
    bounces: Sequence[str] | None
    replies: Sequence[str] | None
    times: tuple[str | None, str | None, str | None, str | None]
    thresholds: Sequence[str] | None


class Answering(NamedTuple):
    """Who answers, as it was typed; `timeout` in seconds."""

    lab: bool
    zones: Sequence[str] | None
    overlays: Sequence[str] | None
    sets: Sequence[str] | None
    resolvers: Sequence[str] | None
    timeout: float


class Examination(NamedTuple):
    """Whom to ask about which targets. What logs tell of them is not read yet."""

    targets: tuple[Target, ...]
    sources: observe.Sources
    choice: "Choice"
    timeout: float
    settings: configured.Settings

    def wish(self, only: Sequence[str] | None, skip: Sequence[str] | None, record: Path | None = None) -> "Wish":
        """What is to be examined, with what logs tell, by the owner's rules. BadOption for a check that is not there."""
        from healthcheck.cli import examine  # start-up time: the checks are imported to run, not to complain

        examine.chosen(only or (), skip or ())  # before a long log is read, not after it
        loaded = self.settings.loaded
        targets = configured.with_observed(self.targets, self.sources, loaded, self.settings.given)
        rules = configured.rules_of(loaded)
        return examine.Wish(targets, tuple(only or ()), tuple(skip or ()), self.timeout, record, rules)


def asked_for(
    settings: configured.Settings,
    domains: Sequence[str],
    mail: Mail,
    witnesses: Witnesses,
    lists: tuple[str, ...],
    answering: Answering,
    *,
    quiet: bool,
) -> Examination:
    """The targets and the world that the options and the configuration ask for. `lists` are zones of blocklists, () for the usual.

    BadInput for whatever is wrong, in the order in which it is looked at here.
    """
    loaded, given, offline = settings
    timeout = configured.timeout_of(loaded, answering.timeout, given)
    targets = targets_of(domains, mail, lists)
    targets = configured.with_tables(targets, loaded, given, offline=offline, quiet=quiet)
    known = configured.has_logs(loaded, [target.domain for target in targets])
    sources = observe.sources_of(*witnesses, lab=answering.lab, quiet=quiet, configured=known)
    targets = with_streams(targets, mail, quiet=quiet)
    choice = options.world_choice(
        answering.lab,
        answering.zones,
        answering.overlays,
        configured.resolvers_of(loaded, answering.resolvers, offline=offline),
        timeout,
        configured.accounts_of(targets),
        answering.sets,
        targets,
    )
    return Examination(targets, sources, choice, timeout, settings)


def targets_of(domains: Sequence[str], mail: Mail, lists: tuple[str, ...]) -> tuple[Target, ...]:
    """The domains with how their mail is sent. BadOption for what is no name and no address."""
    helo = options.helo_name(mail.helo)
    addresses = tuple(dict.fromkeys(options.sending_address(text) for text in mail.ips or ()))
    names = tuple(dict.fromkeys(options.selector_name(text) for text in mail.selectors or ()))
    envelope = options.mail_from_domain(mail.mail_from)
    asked = dict.fromkeys(options.author_domain(text) for text in domains)
    plain, whole = learn.signatures(names, tuple(asked))
    return tuple(Target(name, addresses, plain, envelope, mail.deep, lists, helo, whole) for name in asked)


def with_streams(targets: tuple[Target, ...], mail: Mail, *, quiet: bool) -> tuple[Target, ...]:
    """The targets with what messages and reports tell of their streams, and whose requirements are to be judged."""
    if not (mail.messages or mail.reports or mail.audience):
        return targets
    from checks.providers.requirements import audience_of  # start-up time: where one of them is given

    judges = audience_of(mail.audience or ())
    streams = learn.learned([target.domain for target in targets], mail.messages or (), mail.reports or (), quiet)
    return tuple(
        replace(target, learned=(*target.learned, *streams[target.domain]), audience=judges or target.audience)
        for target in targets
    )
