"""What a configuration adds to a command line: domains, their options, limits and rules. What was typed wins."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from healthcheck.cli import learn, lists, observe
from healthcheck.cli.options import BadOption
from healthcheck.config.find import find

if TYPE_CHECKING:
    from pathlib import Path

    from checks.model import Target  # start-up time: msgspec, which --help does without
    from healthcheck.config.model import Domain, Loaded
    from healthcheck.config.rules import Rules
    from healthcheck.render.places import Places

ConfigFile = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="The configuration; usually ./healthcheck.toml.")
]

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Where it is remembered: sqlite:///FILE or postgresql://...",
        envvar="HEALTHCHECK_STORE",
    ),
]

OPTIONS_OF_LISTS = frozenset({"named", "unnamed", "base"})
OBSERVING = ("log", "events", "bounce")


def loaded_or_none(given: str | None) -> "Loaded | None":
    """The configuration that counts, its keys of accounts at hand; None where there is no file. BadConfig for a bad one."""
    path = find(given, os.environ)
    if path is None:
        return None
    from healthcheck.config.read import read  # start-up time: where there is a configuration

    return read(path)


def hold_accounts(loaded: "Loaded | None", *, offline: bool) -> None:
    """Put the keys of accounts where those who ask look for them. A variable that is set already wins, as an option would.

    Where zone files answer, no key is needed and none is fetched.
    """
    if loaded is None or offline or not loaded.config.accounts:
        return
    from checks.dnsbl.inventory import variable_of  # start-up time: as above
    from healthcheck.net.keys import is_given

    for account, secret in loaded.config.accounts.items():
        if not is_given(account, os.environ):
            os.environ[variable_of(account)] = secret.value(os.environ, loaded.folder)


class Settings(NamedTuple):
    """The configuration that counts, None where there is no file; the parameters that were typed, by name; and whether zone files or
    the lab answer."""

    loaded: "Loaded | None"
    given: frozenset[str]
    offline: bool


def settings_of(context: typer.Context, config: str | None, *, offline: bool) -> Settings:
    """The configuration beside what was typed, its keys of accounts at hand. BadConfig for a bad one."""
    loaded = loaded_or_none(config)
    hold_accounts(loaded, offline=offline)
    return Settings(loaded, given_options(context), offline)


def given_options(context: typer.Context) -> frozenset[str]:
    """The parameters that were typed, by name."""
    return frozenset(name for name in context.params if _was_typed(context, name))


def _was_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def domains_of(typed: Sequence[str], loaded: "Loaded | None") -> tuple[str, ...]:
    """The domains to examine: those that were typed, or all that are configured. BadOption where there is none."""
    if typed:
        return tuple(name for one in typed for name in (lists.lines_of(Path(one), "DOMAIN") if one == "-" else (one,)))
    if loaded is None:
        raise BadOption(
            "no domain was given: healthcheck domain example.com, or a healthcheck.toml with [[domain]] tables"
        )
    if not loaded.config.domain:
        raise BadOption(
            f"no domain was given, and {loaded.path} has no [[domain]] table: healthcheck domain example.com"
        )
    return tuple(table.name for table in loaded.config.domain)


def with_tables(
    targets: "tuple[Target, ...]", loaded: "Loaded | None", given: Collection[str], *, offline: bool, quiet: bool
) -> "tuple[Target, ...]":
    """The targets with what their tables say and nobody typed."""
    tables = _tables(loaded)
    if loaded is None or not any(target.domain in tables for target in targets):
        return targets
    return tuple(
        _with_table(target, tables[target.domain], loaded, given, offline=offline, quiet=quiet)
        if target.domain in tables
        else target
        for target in targets
    )


def _with_table(
    target: "Target", table: "Domain", loaded: "Loaded", given: Collection[str], *, offline: bool, quiet: bool
) -> "Target":
    from msgspec.structs import replace  # start-up time: as above

    from healthcheck.config.targets import target_of

    told = target_of(table, target.lists if OPTIONS_OF_LISTS & set(given) else _zones(table, offline=offline))
    if "ip" in given:
        told = replace(told, ips=target.ips)
    if "selector" in given:
        told = replace(told, selectors=target.selectors, signatures=target.signatures)
    if "mail_from" in given:
        told = replace(told, mail_from=target.mail_from)
    if "helo" in given:
        told = replace(told, helo=target.helo)
    if "deep" in given:
        told = replace(told, deep=target.deep)
    if "ip" in given or "selector" in given or "mail_from" in given:
        # Who describes the mail himself means that mail, and not all the ways of sending that are configured.
        told = replace(told, learned=())
    if table.reports and "report" not in given:
        paths = [_below(loaded, name) for name in table.reports]
        streams = learn.learned([target.domain], (), paths, quiet)[target.domain]
        told = replace(told, learned=(*told.learned, *streams))
    return told


def _zones(table: "Domain", *, offline: bool) -> tuple[str, ...]:
    from healthcheck.config.targets import choice_of_lists, without_accounts  # start-up time: as above

    base, named, unnamed = choice_of_lists(table)
    zones = lists.chosen_zones(named, unnamed, base or "default", False, offline=offline)
    if not base:
        from checks.dnsbl.inventory import find_list  # as above

        zones = tuple(find_list(word).zone for word in named)
    return without_accounts(zones, table.accounts)


def with_observed(
    targets: "tuple[Target, ...]", sources: "observe.Sources", loaded: "Loaded | None", given: Collection[str]
) -> "tuple[Target, ...]":
    """The targets with what was observed of each, by what was typed or else by the files that their tables name."""
    if loaded is None:
        return observe.with_observed(targets, sources)
    sources = sources._replace(thresholds=(*_limits(loaded), *sources.thresholds))
    tables = _tables(loaded)
    if any(name in given for name in OBSERVING):
        return observe.with_observed(targets, sources)
    groups: dict[tuple[tuple[str, ...], str], list[Target]] = {}
    for target in targets:
        table = tables.get(target.domain)
        names = (*table.logs, *table.events, *table.bounces) if table is not None else ()
        paths = tuple(str(_below(loaded, name)) for name in dict.fromkeys(names))
        groups.setdefault((paths, table.last if table is not None and paths else ""), []).append(target)
    seen: dict[str, Target] = {}
    # Domains that share their logs are read for at once.
    for (paths, last), members in groups.items():
        window = sources.last or (last if sources.since is None else None) or None
        own = sources._replace(paths=paths, last=window if paths else sources.last)
        seen.update((target.domain, target) for target in observe.with_observed(tuple(members), own))
    return tuple(seen[target.domain] for target in targets)


def has_logs(loaded: "Loaded | None", domains: Collection[str]) -> bool:
    """True where the table of one of these domains names files that tell of its mail."""
    tables = _tables(loaded)
    return any(
        (table := tables.get(name)) is not None and bool(table.logs or table.events or table.bounces)
        for name in domains
    )


def accounts_of(targets: "Sequence[Target]") -> tuple[str, ...]:
    """The accounts whose keys it takes to ask the lists of all targets."""
    return tuple(
        sorted({account for zones in {target.lists for target in targets} for account in lists.accounts_of(zones)})
    )


def timeout_of(loaded: "Loaded | None", typed: float, given: Collection[str]) -> float:
    """Seconds for the whole run."""
    told = None if loaded is None else loaded.config.run.timeout
    return typed if told is None or "timeout" in given else told


def resolvers_of(loaded: "Loaded | None", typed: Sequence[str] | None, *, offline: bool) -> Sequence[str] | None:
    """Whom to ask; the lab and zone files ask nobody."""
    return typed if typed or loaded is None or offline else loaded.config.run.resolvers


def run_of(
    context: typer.Context, config: str | None, typed: Sequence[str] | None, timeout: float, *, offline: bool
) -> tuple[Sequence[str] | None, float]:
    """For commands that are told all of the mail by their options: of the configuration [run] and [accounts] count, which say how
    to ask and not what. The resolvers and the timeout."""
    loaded, given, _ = settings_of(context, config, offline=offline)
    return resolvers_of(loaded, typed, offline=offline), timeout_of(loaded, timeout, given)


def rules_of(loaded: "Loaded | None") -> "Rules | None":
    """The owner's rules for reports; None where there are none."""
    if loaded is None:
        return None
    from healthcheck.config.rules import rules_of as rules  # start-up time: as above

    return rules(loaded.config)


def places_of(loaded: "Loaded | None") -> "Places":
    """On which line of the configuration each domain's table stands; {} where there is none."""
    if loaded is None or loaded.path is None:
        return {}
    from healthcheck.config.places import line_of, lines_of  # start-up time: for few formats
    from healthcheck.render.places import TABLE

    found = lines_of(loaded.path.read_bytes().decode("utf-8-sig"))
    return {
        (table.name, TABLE): (str(loaded.path), line_of(found, ("domain", index)) or 1)
        for index, table in enumerate(loaded.config.domain)
    }


def _limits(loaded: "Loaded") -> tuple[str, ...]:
    """[thresholds] as --threshold takes them."""
    if not loaded.config.thresholds:
        return ()
    from checks.delivery.thresholds import thresholds  # start-up time: as above

    return tuple(
        f"{name}={value * 100:.9f}%" if thresholds()[name].unit == "share" else f"{name}={value:.9g}"
        for name, value in loaded.config.thresholds.items()
    )


def thresholds_of(loaded: "Loaded | None", typed: Sequence[str] | None) -> tuple[str, ...]:
    """The limits of the configuration and those that were typed, which come last and count."""
    return (*(_limits(loaded) if loaded is not None else ()), *(typed or ()))


def _tables(loaded: "Loaded | None") -> "dict[str, Domain]":
    return {} if loaded is None else {table.name: table for table in loaded.config.domain}


def _below(loaded: "Loaded", name: str) -> "Path":
    from pathlib import Path  # beside its use: a configuration that names files

    path = Path(name)
    return path if loaded.folder is None or path.is_absolute() else loaded.folder / path
