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
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)


def special_kind(address: Address) -> str:
    """What an address is for that nobody can reach from outside: private, loopback, link-local ...; "" for all others."""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return next((kind for network, kind in _networks(address.version) if address in network), "")


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
