"""Which addresses are reachable across the internet, and what the others are for. RFC 6890 and the IANA registries it made.

The documentation ranges (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) count as reachable: the lab and every
example use them, and nobody else does.
"""

import ipaddress
from functools import cache

from checks.names import Address

SPECIAL = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared (carrier-grade NAT)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.168.0.0/16", "private"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "private"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def special_kind(address: Address) -> str:
    """What an address is for that nobody can reach from outside: private, loopback, link-local ...; "" for all others."""
    if isinstance(address, ipaddress.IPv6Address):
        address = _embedded(address) or address
    return next((kind for network, kind in _networks(address.version) if address in network), "")


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4 (RFC 3056), or behind a NAT64 (RFC 6052 section 2.1)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


@cache
def _networks(version: int) -> tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str], ...]:
    """SPECIAL of one version, read once: a run asks for every address that it meets."""
    networks = ((ipaddress.ip_network(network), kind) for network, kind in SPECIAL)
    return tuple(one for one in networks if one[0].version == version)


def parsed(text: str) -> Address | None:
    """The address that a text is, in brackets or not; None for anything else."""
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
