"""The addresses that a domain names one by one in its SPF record: where it sends from, if nobody says.

Only `ip4:` and `ip6:` terms of the record itself count, single addresses and IPv4 ranges of up to sixteen. An `a` is most
often the web server's address, an `mx` receives, an `include` is somebody else's pool, and a large range holds mostly
addresses that send nothing: none of these is guessed at. What was left out is kept, to be told.
"""

from collections.abc import Iterable

import msgspec

from checks.addresses import special_kind
from checks.inquiry import Answer, ask_dns
from checks.names import Address
from checks.spf.policy import spf_texts
from checks.spf.record import Mechanism, Network, Term, parse_record

SMALLEST_PREFIX = 28
"""Ranges of IPv4 addresses up to this size are looked at address by address."""
MOST_ADDRESSES = 16
"""Each is asked about at two dozen lists."""


class SpfAddresses(msgspec.Struct, frozen=True):
    """The addresses found, in the order of the record; `left_out` are the terms that authorise and were not enumerated."""

    answer: Answer
    addresses: tuple[Address, ...] = ()
    left_out: tuple[str, ...] = ()


async def spf_addresses(domain: str) -> SpfAddresses:
    """Read the addresses from the SPF record of a domain; none where it has not exactly one record."""
    answer = await ask_dns(domain, "TXT")
    published = spf_texts(answer)
    if len(published) != 1:
        return SpfAddresses(answer)
    addresses: dict[Address, None] = {}
    left_out: list[str] = []
    for term in parse_record(published[0]).evaluated:
        single = tuple(_addresses(term))
        if single and len(addresses) + len(single) <= MOST_ADDRESSES:
            addresses |= dict.fromkeys(single)
        elif _authorises(term):
            left_out.append(term.text)
    return SpfAddresses(answer, tuple(addresses), tuple(left_out))


def _authorises(term: Term) -> bool:
    return not isinstance(term, Mechanism) or (term.qualifier == "+" and term.name != "all")


def _addresses(term: Term) -> Iterable[Address]:
    if not isinstance(term, Mechanism) or term.qualifier != "+" or term.network is None:
        return ()
    # What nobody can send from is no sender; and 127.0.0.2 is every list's own test entry.
    return tuple(one for one in term.network if not special_kind(one)) if _is_small(term.network) else ()


def _is_small(network: Network) -> bool:
    return network.prefixlen >= (SMALLEST_PREFIX if network.version == 4 else network.max_prefixlen)
