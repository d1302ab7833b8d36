"""A [[domain]] table as the target of a run: everything that its options would have said."""

import ipaddress

from checks.dnsbl.inventory import default_lists, find_list
from checks.model import Origin, Signature, Stream, Target
from healthcheck.config.model import Domain, StreamTable
from healthcheck.given import NULL_PATH, helo_name, mail_from_domain


def target_of(table: Domain, lists: tuple[str, ...] = ()) -> Target:
    """The target of a domain. What files tell (logs, reports) is not read here. `lists`: the zones to ask, () for the usual."""
    plain, whole = _signatures(table.selectors)
    return Target(
        domain=table.name,
        ips=tuple(dict.fromkeys(map(ipaddress.ip_address, table.ips))),
        selectors=plain,
        mail_from=mail_from_domain(table.mail_from or None),
        deep=table.deep,
        lists=lists,
        helo=helo_name(table.helo or None),
        signatures=whole,
        learned=tuple(_stream(each, table.name) for each in table.stream),
        audience=table.audience,
    )


def _stream(table: StreamTable, domain: str) -> Stream:
    plain, whole = _signatures(table.selectors)
    signatures = (*(Signature(domain, selector) for selector in plain), *whole)
    path = table.mail_from
    return Stream(
        Origin.GIVEN,
        mail_from="" if path == NULL_PATH else mail_from_domain(path or None),
        signatures=signatures or None,
        helo=helo_name(table.helo or None),
        ips=tuple(dict.fromkeys(map(ipaddress.ip_address, table.ips))),
        source=table.name,
    )


def _signatures(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Signature, ...]]:
    """Selectors of the domain itself, and keys by their whole name: `s1._domainkey.example.net`."""
    plain: dict[str, None] = {}
    whole: dict[Signature, None] = {}
    for name in names:
        selector, _, domain = name.partition("._domainkey.")
        if domain:
            whole[Signature(domain, selector)] = None
        else:
            plain[selector] = None
    return tuple(plain), tuple(whole)


def choice_of_lists(table: Domain) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """`lists` of a table as the options say it: the base (default, all or "" for none), what is named, what is left out."""
    base = "all" if "all" in table.lists else "default"
    named = tuple(word for word in table.lists if word not in ("default", "all") and not word.startswith("-"))
    unnamed = tuple(word.removeprefix("-") for word in table.lists if word.startswith("-"))
    if named and not {"default", "all"} & set(table.lists):
        base = ""
    return base, named, unnamed


def without_accounts(zones: tuple[str, ...], accounts: tuple[str, ...] | None) -> tuple[str, ...]:
    """The zones, those that take the key of an account which is not for this domain replaced by the public ones."""
    if accounts is None:
        return zones
    found = [find_list(zone) for zone in zones] if zones else list(default_lists())
    kept = [one.replaces if one.account and one.account not in accounts else one.zone for one in found]
    return tuple(dict.fromkeys(zone for zone in kept if zone))
