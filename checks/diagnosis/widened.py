"""What replies tell of the sender, so that a run looks at it too.

A check rules out only what it looked at. Where a reply names an address that was not given, or where all failed mail had another
return path than the Author Domain, a run that looks at both can confirm or rule out; one that does not leaves the cause open.
"""

from checks.addresses import special_kind
from checks.delivery.observed import Failure
from checks.model import Target
from checks.names import Address, is_hostname
from checks.replies.stated import OF_SENDERS, address_in, named_lists

MOST_ADDRESSES = 8
MOST_LISTS = 4


def widened(target: Target) -> Target:
    """The target with the addresses, the return path and the blocklists that its failed replies tell of; bounded."""
    failures = target.observed.failures if target.observed is not None else ()
    if not failures:
        return target
    from msgspec.structs import replace  # start-up time: where something was observed

    return replace(
        target,
        ips=(*target.ips, *_addresses(target, failures)),
        mail_from=target.mail_from or _return_path(target, failures),
        lists=_lists(target, failures),
    )


def _addresses(target: Target, failures: tuple[Failure, ...]) -> tuple[Address, ...]:
    known = frozenset(target.sending_ips)
    found: dict[Address, None] = {}
    for failure in failures:
        if failure.category not in OF_SENDERS:
            continue
        for address in map(address_in, failure.stated):
            if address is not None and address not in known and not special_kind(address):
                found[address] = None
    return tuple(found)[:MOST_ADDRESSES]


def _return_path(target: Target, failures: tuple[Failure, ...]) -> str | None:
    """The domain that all mail bounced to which was refused for its sender's sake, where that is one and not the target.

    A returned message tells it as well; its own address, if one is known, is judged with it already.
    """
    told = {stream.mail_from for stream in target.learned if stream.mail_from is not None}
    if target.mail_from is not None or any(stream.ips for stream in target.learned):
        return None
    blamed = [failure for failure in failures if failure.category in OF_SENDERS]
    domains = {domain for failure in blamed for domain, _ in failure.senders if domain} or told
    if len(domains) != 1 or not told <= domains:
        return None
    (domain,) = domains
    return domain if domain != target.domain and is_hostname(domain) and "." in domain else None


def _lists(target: Target, failures: tuple[Failure, ...]) -> tuple[str, ...]:
    """The lists to ask, with those that the inventory knows and a reply names."""
    zones = dict.fromkeys(zone for failure in failures for zone in named_lists(failure.reply))
    if not zones:
        return target.lists
    from checks.dnsbl.inventory import Status, all_lists, lists_for  # start-up time: where a list is named

    asked = {one.zone for one in lists_for(target.lists)}
    known = {one.zone for one in all_lists() if one.status is Status.ALIVE and not one.account}
    more = [zone for zone in zones if zone in known and zone not in asked][:MOST_LISTS]
    return (*asked_in_order(target), *more) if more else target.lists


def asked_in_order(target: Target) -> tuple[str, ...]:
    """The zones that a run on the target asks, in order."""
    from checks.dnsbl.inventory import lists_for  # start-up time: as above

    return tuple(one.zone for one in lists_for(target.lists))
