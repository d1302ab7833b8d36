"""SPF does not authorise everyone.

`+all`, `ip4:0.0.0.0/0`, two halves of the address space, an `exists:` of a name that always exists: each says that any
machine in the world may send as the domain. Receivers know it and trust such a record less than none.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network

from checks.addresses import special_kind
from checks.model import Check, Finding, Message, Severity
from checks.records import as_published
from checks.spf.correct import without_term
from checks.spf.policy import SpfPolicy, policy_of
from checks.spf.reach import Permit, collapsed, permits
from checks.spf.record import VERSION, Network
from checks.spf.refusals import TOO_WIDE
from checks.spf.unseen import no_record, too_large, unjudged, unknown, unresolved

ID = "spf.not-everyone"

EVERYONE_4 = 2**31
"""IPv4 addresses that are as good as all: half of the internet can be rented by anybody."""
EVERYONE_6 = 2**125
"""IPv6 addresses of 2000::/3, all that is in use. RFC 4291 section 2.4 and its registry"""
TOO_MANY_4, TOO_MANY_6 = 2**24, 2**112
"""More than a /8, or a /16 of IPv6, belongs to no single sender."""
WIDE_4, WIDE_6 = 12, 28
"""Prefix lengths from which a range is wider than any that a large provider is known to publish for its mail (/14, /29)."""

EVERYONE = Message(
    f"{ID}.everyone",
    Severity.ERROR,
    "{term} in the SPF record of {about} authorises every address on the internet to send its mail",
    "Name the servers that send for you and end in -all or ~all. The record without the term:\n{record}",
    ("RFC 7208 section 11.1", "RFC 7208 section 5.1"),
)
EVERYONE_BELOW = Message(
    f"{ID}.everyone-below",
    Severity.ERROR,
    "{term} in the record of {owner}, which {about} includes by {via}, authorises every address on the internet to send "
    "mail as {about}",
    "If the record of {owner} is yours, name the servers that send and end in -all. If it is a supplier's, tell them, and "
    "take their term out of your record until it is mended:\n{record}",
    ("RFC 7208 section 11.1", "RFC 7208 section 5.2"),
)
EVERYONE_BY_RANGES = Message(
    f"{ID}.everyone-by-ranges",
    Severity.ERROR,
    "the ranges in the SPF of {about} together authorise {addresses} {family} addresses, which is everyone: {terms}",
    "Replace these ranges by the addresses that send for you. Without them the record is:\n{record}",
    ("RFC 7208 section 11.1",),
)
TOO_MANY = Message(
    f"{ID}.too-many",
    Severity.ERROR,
    "the SPF of {about} authorises {addresses} {family} addresses, more than any one sender has; the widest ranges: {terms}",
    "Replace these ranges by the addresses that send for you. Without them the record is:\n{record}",
    ("RFC 7208 section 11.1",),
)
WIDE = Message(
    f"{ID}.wide",
    Severity.WARNING,
    "{terms} in the SPF of {about} authorises the range {range}, wider than any that a large mail provider is known to use",
    "Replace it by the addresses that send for you, if they are fewer.",
    ("RFC 7208 section 11.1",),
)
UNKNOWN = unknown(ID, "whom the SPF of {about} authorises")
TOO_LARGE = too_large(ID, "whom the SPF of {about} authorises")
NO_RECORD = no_record(ID)
BOUNDED = Message(
    f"{ID}.bounded",
    Severity.INFO,
    "the SPF of {about} authorises {addresses4} IPv4 addresses and {ranges6} IPv6 ranges",
    references=("RFC 7208 section 11.1",),
)
MOST_NAMED = 5
"""Terms named for one wide range, the widest ones."""

Ranges = Sequence[IPv4Network] | Sequence[IPv6Network]


def judge(policy: SpfPolicy) -> Iterable[Finding]:
    """The union of all that passes: terms that match everybody first, then how much the networks add up to."""
    if nothing := tuple(unjudged(policy, NO_RECORD, UNKNOWN)):
        yield from nothing
        return
    permitted = [permit for permit in permits(policy) if permit.network is None or not _nobodys(permit.network)]
    everyone = {(permit.owner, permit.term): permit for permit in permitted if permit.network is None}
    for permit in everyone.values():
        yield _everyone(policy, permit)
    four, six = collapsed(permit.network for permit in permitted if permit.network is not None)
    wrong = [
        *_by_ranges(policy, permitted, four, (EVERYONE_4, TOO_MANY_4, WIDE_4)),
        *_by_ranges(policy, permitted, six, (EVERYONE_6, TOO_MANY_6, WIDE_6)),
    ]
    yield from wrong
    unseen = tuple(unresolved(policy, UNKNOWN, TOO_LARGE))
    yield from unseen
    if not everyone and not wrong and not unseen:
        yield BOUNDED(policy.root.name, addresses4=sum(net.num_addresses for net in four), ranges6=len(six))


def _nobodys(network: Network) -> bool:
    """True for a network that lies in one that no receiver ever sees, such as 10.0.0.0/8: it authorises nobody."""
    kind = special_kind(network.network_address)
    return bool(kind) and special_kind(network.broadcast_address) == kind


def _everyone(policy: SpfPolicy, permit: Permit) -> Finding:
    root = policy.root.name
    if permit.owner == root:
        return EVERYONE(
            root, explains=TOO_WIDE, term=permit.term, record=_without(policy, [permit]), evidence=(policy.root.answer,)
        )
    return EVERYONE_BELOW(
        root, explains=TOO_WIDE, term=permit.term, owner=permit.owner, via=permit.via, record=_without(policy, [permit])
    )


def _by_ranges(
    policy: SpfPolicy, permitted: Sequence[Permit], ranges: Ranges, limits: tuple[int, int, int]
) -> Iterable[Finding]:
    """What the networks of one family add up to, against the limits for everyone, too many and wide."""
    everyone, too_many, wide = limits
    if not ranges:
        return
    version, about = ranges[0].version, policy.root.name
    widest_first = sorted(
        (permit for permit in permitted if permit.network is not None and permit.network.version == version),
        key=lambda permit: permit.network.prefixlen if permit.network else 0,
    )
    total = sum(network.num_addresses for network in ranges)
    if total > too_many:
        blamed = _until(widest_first, too_many)
        message = EVERYONE_BY_RANGES if total >= everyone else TOO_MANY
        yield message(
            about,
            explains=TOO_WIDE,
            addresses=total,
            family=f"IPv{version}",
            terms=_named(blamed, about),
            record=_without(policy, blamed),
        )
        return
    for network in ranges:
        if network.prefixlen <= wide:
            inside = [permit for permit in widest_first if permit.network and _lies_in(permit.network, network)]
            yield WIDE(about, explains=TOO_WIDE, terms=_named(inside[:MOST_NAMED], about), range=str(network))


def _until(widest_first: Sequence[Permit], limit: int) -> list[Permit]:
    """The widest permits without which the rest stays within the limit."""
    left = sum(permit.network.num_addresses for permit in widest_first if permit.network)
    blamed = []
    for permit in widest_first:
        if left <= limit or permit.network is None:
            break
        blamed.append(permit)
        left -= permit.network.num_addresses
    return blamed


def _lies_in(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def _named(permitted: Iterable[Permit], domain: str) -> tuple[str, ...]:
    """The terms, each with the record it stands in where that is not the domain's own."""
    named = (p.term if p.owner == domain else f"{p.term} in the record of {p.owner}" for p in permitted)
    return tuple(dict.fromkeys(named))


def _without(policy: SpfPolicy, permitted: Iterable[Permit]) -> str:
    """The domain's own record without what leads to some permits."""
    root = policy.root
    text = root.record.text if root.record else VERSION
    return as_published(root.name, without_term(text, *(permit.via for permit in permitted)))


CHECK = Check(
    ID,
    "SPF does not authorise everyone",
    policy_of,
    judge,
    (EVERYONE, EVERYONE_BELOW, EVERYONE_BY_RANGES, TOO_MANY, WIDE, UNKNOWN, TOO_LARGE, BOUNDED, NO_RECORD),
)
