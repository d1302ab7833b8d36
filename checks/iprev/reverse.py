"""The fact behind the iprev checks: the names of each sending address, and where they lead. RFC 8601 section 3

Two round trips: the PTR records of all addresses, then the addresses of all their names.
"""

import ipaddress
import re

import msgspec

from checks import records
from checks.addresses import parsed
from checks.inquiry import Answer, Outcome, ask_dns, together
from checks.model import Target
from checks.names import Address, is_hostname, reverse_name
from checks.vantage.control import Control, nxdomain_control

MOST_ADDRESSES = 256
MOST_NAMES = 10
"""Names followed of one address: the limit that SPF sets for the same walk. RFC 7208 section 4.6.4"""


class Name(msgspec.Struct, frozen=True):
    """One name that an address has, and the answer for the name's own addresses."""

    name: str
    forward: Answer
    confirms: bool


class Reverse(msgspec.Struct, frozen=True):
    """The names of one address, sorted; `cut` says how many more there were. `odd` are PTR targets that no host can have."""

    address: Address
    pointer: Answer
    names: tuple[Name, ...] = ()
    odd: tuple[str, ...] = ()
    cut: int = 0

    @property
    def confirmed(self) -> tuple[str, ...]:
        return tuple(name.name for name in self.names if name.confirms)

    @property
    def answers(self) -> tuple[Answer, ...]:
        return (self.pointer, *(name.forward for name in self.names))


class ReverseNames(msgspec.Struct, frozen=True):
    """The names of all sending addresses of the target `domain`."""

    domain: str
    addresses: tuple[Reverse, ...]


async def reverse_of(target: Target) -> ReverseNames:
    """The fact of the iprev checks."""
    addresses = target.sending_ips[:MOST_ADDRESSES]
    if not addresses:
        return ReverseNames(target.domain, ())
    found, control = await together(
        together(*(reverse(address) for address in addresses)), nxdomain_control(target.domain)
    )
    return ReverseNames(target.domain, tuple(_believed(one, control) for one in found))


async def reverse(address: Address) -> Reverse:
    """Ask for the names of an address and for the addresses of those names."""
    pointer = await ask_dns(reverse_name(address), "PTR")
    pointed = sorted(set(records.names(pointer)))
    names = [name for name in pointed if is_hostname(name) and "." in name]
    odd = tuple(name for name in pointed if name not in names)
    rdtype = "A" if address.version == 4 else "AAAA"
    asked = names[:MOST_NAMES]
    answers = await together(*(ask_dns(name, rdtype) for name in asked)) if asked else ()
    followed = tuple(
        Name(name, answer, _leads_to(answer, address)) for name, answer in zip(asked, answers, strict=True)
    )
    return Reverse(address, pointer, followed, odd, len(names) - len(asked))


def _believed(one: Reverse, control: Control) -> Reverse:
    """Through a resolver that invents, a name that is gone leads somewhere else: it neither confirms nor refutes."""
    if not control.rewrites:
        return one
    forward = [(name.name, control.believed(name.forward)) for name in one.names]
    names = tuple(Name(name, answer, _leads_to(answer, one.address)) for name, answer in forward)
    return msgspec.structs.replace(one, names=names)


def _leads_to(answer: Answer, address: Address) -> bool:
    if answer.outcome is not Outcome.ANSWERED:
        return False
    return any(parsed(record) == address for record in answer.records)


# Words that networks put into the names of their customers' lines. "pool", "static" and "customer" are not among them:
# mail servers have them in good names too.
_LINE_WORDS = frozenset(
    (
        *("dynamic", "dyn", "dynip", "dhcp", "dsl", "adsl", "vdsl", "sdsl", "xdsl", "ftth", "dialup", "dialin", "dial"),
        *("ppp", "pppoe", "broadband", "residential", "unassigned"),
    )
)
_TOKENS = re.compile(r"[a-z]+|[0-9]+")
_WORDS = re.compile(r"[a-z]+")


def is_generic(name: str, address: Address) -> bool:
    """True for a name that a network gave to every address alike: it spells the address out, or says what kind of line it is.

    The last two labels are left out: they are the network's own name, which may say anything.
    """
    labels = name.split(".")
    host = ".".join(labels[:-2])
    return _spells(host, address) or any(word in _LINE_WORDS for word in _WORDS.findall(host))


def _spells(host: str, address: Address) -> bool:
    plain = re.sub(r"[^0-9a-f]", "", host)
    if isinstance(address, ipaddress.IPv6Address):
        return _spells_ipv6(host, plain, address)
    octets = [str(octet) for octet in address.packed]
    numbers = [token.lstrip("0") or "0" for token in _TOKENS.findall(host) if token.isdecimal()]
    for wanted in (octets, octets[::-1]):
        # 192-0-2-25, 25.2.0.192, 192x000x002x025
        if any(numbers[at : at + 4] == wanted for at in range(len(numbers) - 3)):
            return True
    run = "".join(f"{octet:03}" for octet in address.packed)  # 192000002025
    return run in host or f"{int(address):08x}" in plain  # c0000219


def _spells_ipv6(host: str, plain: str, address: ipaddress.IPv6Address) -> bool:
    whole = address.exploded.replace(":", "")
    if whole in plain or whole[::-1] in plain:
        return True
    # 2001-db8--19 or 2001-db8-0-0-0-0-0-19: the groups as they are written, zeros shortened or not
    dashed = {str(address).replace(":", "-"), "-".join(f"{int(g, 16):x}" for g in address.exploded.split(":"))}
    return any(text in host for text in dashed)
