"""What the types of a configuration cannot say: that a domain is one, that an id names a check, that a channel has its URL."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from msgspec.structs import replace

from checks.bad_input import BadInput
from healthcheck.config.model import OFF, AlertTable, Config, Defaults, Domain, Ignore, Monitor, StreamTable
from healthcheck.config.places import Path
from healthcheck.config.secrets import Secret
from healthcheck.config.source import LONGEST_SHOWN, Source, nearest
from healthcheck.config.times import SHORTEST_INTERVAL, seconds
from healthcheck.given import NULL_PATH, author_domain, helo_name, mail_from_domain, selector_name, sending_address

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Defaults)

SEVERITIES = ("info", "notice", "warning", "error", "critical", OFF)
BASES = ("default", "all")
"""Words in `lists` that stand for many lists."""
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")

URL_KINDS = ("webhook", "slack", "alertmanager", "apprise")
FOR_MAIL = ("to", "sender", "server", "user", "password")
NEEDED = {**dict.fromkeys(URL_KINDS, ("url",)), "pagerduty": ("key",), "email": ("to", "sender", "server")}
"""What a channel cannot do without."""
ALSO = {"webhook": ("key",), "pagerduty": ("url",), "email": ("user", "password", "tls")}
"""What it takes besides; nothing else of these."""


def accounts(source: Source, table: Mapping[str, Any]) -> dict[str, Secret]:
    """[accounts]: keys of accounts by their name."""
    from checks.dnsbl.inventory import ACCOUNTS  # start-up time: where there are accounts

    found = {}
    for name, value in table.items():
        path = ("accounts", name)
        if name not in ACCOUNTS:
            raise source.bad(path, f"is no account that anything is asked with: there are {', '.join(ACCOUNTS)}")
        found[name] = _said(source, path, Secret.parse, value)
    return found


def thresholds(source: Source, table: Mapping[str, Any]) -> dict[str, float]:
    """[thresholds]: `bounce.fail = "8%"`, or a number of one; with quotes around the name or without."""
    if not table:
        return {}
    from checks.delivery.thresholds import parse_threshold, parse_thresholds, thresholds  # start-up time: as above

    texts = {}
    for path, value in _leaves(table, ("thresholds",)):
        name = ".".join(map(str, path[1:]))
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise source.bad(path, 'must be a number, or a share such as "2%"')
        if name not in thresholds():
            near = nearest(name, tuple(thresholds()))
            raise source.bad(
                path, f"is no threshold{f': did you mean {near}?' if near else ', see healthcheck errors --help'}"
            )
        if name in texts:
            raise source.bad(path, "is there twice, with quotes around the name and without")
        texts[name] = (path, f"{name}={_number(value)}")
        _said(source, path, parse_threshold, texts[name][1])
    some = next(iter(texts.values()), ((), ""))[0]
    return _said(source, some, parse_thresholds, [text for _, text in texts.values()])


def _number(value: str | float) -> str:
    """As `--threshold` takes it; a share as somebody wrote it."""
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".") if abs(value) < 1e9 else str(value)
    return value if isinstance(value, str) else str(value) if abs(value) < 10**9 else "too large"


def severity(source: Source, table: Mapping[str, Any]) -> dict[str, Any]:
    """[severity]: `dmarc.enforced = "warning"`, with quotes around the name or without."""
    found = {}
    for path, value in _leaves(table, ("severity",)):
        name = ".".join(map(str, path[1:]))
        _must_name_a_check(source, path, name)
        if value not in SEVERITIES:
            raise source.bad(path, f"is not one of {', '.join(SEVERITIES)}")
        if name in found:
            raise source.bad(path, "is there twice, with quotes around the name and without")
        found[name] = value
    return found


def _leaves(table: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """What stands in a table of dotted names: TOML reads `a.b = 1` as a table in a table."""
    waiting: list[tuple[Path, Any]] = [(path, table)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([((*place, key), inner) for key, inner in value.items()])
        else:
            yield place, value


def _must_name_a_check(source: Source, path: Path, word: str) -> None:
    names = known_names()
    if any(name == word or name.startswith((word + ".", word + "-")) for name in names):
        return
    near = nearest(word, names)
    raise source.bad(
        path, f"{word[:LONGEST_SHOWN]!a} names no check and no finding" + (f": did you mean {near}?" if near else "")
    )


def known_names() -> tuple[str, ...]:
    """The ids of all checks and the codes of all they may say."""
    from checks.registry import CHECKS  # start-up time: where something is waived or weighed
    from healthcheck.engine import CRASHED

    codes = (message.code for check in CHECKS for message in check.messages)
    return tuple(dict.fromkeys((*(check.id for check in CHECKS), *codes, CRASHED.code)))


def checked(source: Source, config: Config, said: Sequence[Collection[str]]) -> Config:
    """The configuration with its names in normal form and the defaults in every domain. BadConfig for what cannot be.

    `said` are the keys that each [[domain]] has itself.
    """
    defaults = _mail(source, config, config.defaults, ("defaults",))
    own = tuple(_domain(source, config, each, index) for index, each in enumerate(config.domain))
    seen: dict[str, int] = {}
    for index, each in enumerate(own):
        if each.name in seen:
            raise source.bad(("domain", index, "name"), f"{each.name} is there twice: put both tables into one")
        seen[each.name] = index
    _resolvers(source, config.run.resolvers)
    _monitor(source, config.monitor)
    for index, waiver in enumerate(config.ignore):
        _ignore(source, waiver, ("ignore", index))
    names: set[str] = set()
    for index, alert in enumerate(config.alert):
        _alert(source, alert, ("alert", index))
        if alert.name in names:
            raise source.bad(("alert", index, "name"), f"{alert.name!a} is there twice")
        names.add(alert.name)
    _no_open_secrets(source, config)
    whole = tuple(with_defaults(each, defaults, keys) for each, keys in zip(own, said, strict=True))
    return replace(config, defaults=defaults, domain=whole)


def with_defaults(domain: Domain, defaults: Defaults, said: Collection[str]) -> Domain:
    """A domain with the defaults for all keys but those that its own table has."""
    return replace(domain, **{name: getattr(defaults, name) for name in Defaults.__struct_fields__ if name not in said})


def _domain(source: Source, config: Config, domain: Domain, index: int) -> Domain:
    path: Path = ("domain", index)
    name = _said(source, (*path, "name"), author_domain, domain.name)
    streams = tuple(_stream(source, each, (*path, "stream", at)) for at, each in enumerate(domain.stream))
    return replace(_mail(source, config, domain, path), name=name, stream=streams)


def _stream(source: Source, stream: StreamTable, path: Path) -> StreamTable:
    if stream.mail_from and stream.mail_from != NULL_PATH:
        _said(source, (*path, "mail_from"), mail_from_domain, stream.mail_from, "mail_from")
    if stream.helo:
        _said(source, (*path, "helo"), helo_name, stream.helo, "helo")
    return replace(
        stream, ips=_addresses(source, stream.ips, path), selectors=_selectors(source, stream.selectors, path)
    )


def _mail(source: Source, config: Config, given: D, path: Path) -> D:
    """What a domain and the defaults have in common."""
    if given.mail_from:
        _said(source, (*path, "mail_from"), mail_from_domain, given.mail_from, "mail_from")
    if given.helo:
        _said(source, (*path, "helo"), helo_name, given.helo, "helo")
    _lengths(source, path, {"last": given.last, "interval": given.interval})
    _interval(source, (*path, "interval"), given.interval)
    for at, word in enumerate(given.lists):
        if word not in BASES:
            _said(source, (*path, "lists", at), _list, word)
    for at, account in enumerate(given.accounts or ()):
        if account not in config.accounts:
            raise source.bad((*path, "accounts", at), f"{account!a} has no key in [accounts]")
    for key in ("logs", "events", "bounces", "reports"):
        for at, name in enumerate(getattr(given, key)):
            if not name.strip() or "\0" in name or name == "-":
                raise source.bad((*path, key, at), f"{name!a} is not the name of a file or a folder")
    return replace(
        given,
        ips=_addresses(source, given.ips, path),
        selectors=_selectors(source, given.selectors, path),
        audience=_audience(source, given.audience, path),
    )


def _addresses(source: Source, texts: Iterable[str], path: Path) -> tuple[str, ...]:
    return tuple(str(_said(source, (*path, "ips", at), sending_address, text, "ips")) for at, text in enumerate(texts))


def _selectors(source: Source, texts: Iterable[str], path: Path) -> tuple[str, ...]:
    return tuple(
        _said(source, (*path, "selectors", at), selector_name, text, "selectors") for at, text in enumerate(texts)
    )


def _audience(source: Source, words: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if not words:
        return ()
    from checks.providers.requirements import audience_of  # start-up time: as above

    for at, word in enumerate(words):
        _said(source, (*path, "audience", at), audience_of, (word,))
    return audience_of(words)


def _list(word: str) -> None:
    from checks.dnsbl.inventory import find_list  # start-up time: as above

    find_list(word.removeprefix("-"))


def _resolvers(source: Source, texts: Iterable[str]) -> None:
    for at, text in enumerate(texts):
        from healthcheck.net.dns import parse_endpoint  # start-up time: dnspython, where resolvers are named

        _said(source, ("run", "resolvers", at), parse_endpoint, text)


def _lengths(source: Source, path: Path, lengths: Mapping[str, str | None]) -> None:
    for key, text in lengths.items():
        if text is not None:
            _said(source, (*path, key), seconds, text)


def _interval(source: Source, path: Path, text: str | None) -> None:
    if text is not None and seconds(text) < SHORTEST_INTERVAL:
        raise source.bad(path, f"asks the same caches again and again: give at least {SHORTEST_INTERVAL}s")


def _monitor(source: Source, monitor: Monitor) -> None:
    _lengths(source, ("monitor",), {"every": monitor.every, "repeat_after": monitor.repeat_after})
    _interval(source, ("monitor", "every"), monitor.every)
    kept = monitor.retention
    _lengths(source, ("monitor", "retention"), {"reports": kept.reports, "days": kept.days})
    if monitor.flapping.stop >= monitor.flapping.start:
        raise source.bad(("monitor", "flapping"), "must stop below where it starts")


def _ignore(source: Source, waiver: Ignore, path: Path) -> None:
    _must_name_a_check(source, (*path, "id"), waiver.id)
    if not waiver.reason.strip():
        raise source.bad((*path, "reason"), "is empty: say why it is ignored")
    if waiver.permanent == (waiver.expires is not None):
        why = (
            "is permanent and expires: leave one of them out"
            if waiver.permanent
            else "has no expires: say until when it holds, expires = 2027-01-31, or permanent = true"
        )
        raise source.bad(path, why)
    if "*" not in waiver.domain:
        _said(source, (*path, "domain"), author_domain, waiver.domain)


def _alert(source: Source, alert: AlertTable, path: Path) -> None:
    if not alert.name.isprintable():
        raise source.bad((*path, "name"), "holds a character that cannot be printed")
    needed, also = NEEDED[alert.kind], ALSO.get(alert.kind, ())
    for key in needed:
        if not getattr(alert, key):
            raise source.bad(path, f"of kind {alert.kind} has no {key}: it takes one")
    for key in ("url", "key", *FOR_MAIL, "tls"):
        default = "starttls" if key == "tls" else None
        if getattr(alert, key) not in (default, (), "") and key not in (*needed, *also):
            raise source.bad((*path, key), f"is not for kind {alert.kind}")
    host = alert.server.rpartition(":")[0] or alert.server
    if alert.tls == "none" and alert.password is not None and host.strip().lower() not in LOCAL:
        raise source.bad((*path, "tls"), "none would send the password in the clear: use starttls or tls")
    for at, address in enumerate(alert.to):
        if not _is_mail_address(address):
            raise source.bad((*path, "to", at), f"{address[:LONGEST_SHOWN]!a} is not an address of mail")
    if alert.sender and not _is_mail_address(alert.sender):
        raise source.bad((*path, "sender"), f"{alert.sender[:LONGEST_SHOWN]!a} is not an address of mail")


def _is_mail_address(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(local and at and host) and text.isprintable() and not any(mark in text for mark in " <>,;\"'")


def _no_open_secrets(source: Source, config: Config) -> None:
    """A secret in a file that others can read is none."""
    if source.private:
        return
    places: list[tuple[Path, Secret | None]] = [
        (("accounts", name), secret) for name, secret in config.accounts.items()
    ]
    for index, alert in enumerate(config.alert):
        places += [(("alert", index, key), getattr(alert, key)) for key in ("url", "key", "password")]
    store = config.monitor.store
    if store is not None and store.kind == "literal" and _has_password(store.value({})):
        places.append((("monitor", "store"), store))
    for path, secret in places:
        if secret is not None and secret.kind == "literal":
            raise source.bad(
                path,
                'is a secret in a file that others can read: name where it is, {env = "NAME"} or {file = "/path"}, '
                "or make the file yours alone (chmod 600)",
            )


def _has_password(url: str) -> bool:
    user, at, _ = url.partition("://")[2].rpartition("@")
    return bool(at and ":" in user) or "password=" in url.lower()


def _said(source: Source, path: Path, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a reader of values comes to; what it refuses is said with the place in front of it."""
    try:
        return read(*args, **kwargs)
    except (BadInput, ValueError) as fault:
        key = str(next((step for step in reversed(path) if isinstance(step, str)), ""))
        said = str(fault)
        for before in ("--for ", f"{key} ", f"{key}: ", f"{'.'.join(map(str, path[1:]))}="):
            said = said.removeprefix(before)
        raise source.bad(path, said) from None
