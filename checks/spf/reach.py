"""Which addresses an SPF policy authorises, as far as its records alone say: the networks of every term that passes.

An include matches only where the included record passes (RFC 7208 section 5.2), so inside one the terms with the
qualifier "+" count and no others. What hangs on the message (macros, ptr) is left out.
"""

import ipaddress
from collections.abc import Iterable, Sequence

import msgspec

from checks.addresses import parsed
from checks.inquiry import Answer, Outcome
from checks.names import Address
from checks.spf.policy import Node, SpfPolicy, Step
from checks.spf.record import Mechanism, Network


class Permit(msgspec.Struct, frozen=True):
    """A term that authorises: whose record it stands in, the term of the domain's own record that leads there, and the
    network; None for a term that matches everybody."""

    owner: str
    term: str
    via: str
    network: Network | None


def permits(policy: SpfPolicy) -> tuple[Permit, ...]:
    """All that is authorised, in the order of evaluation; a term with several addresses gives one each."""
    return tuple(_permits(policy.root, ""))


def _permits(node: Node, via: str) -> Iterable[Permit]:
    for step in node.steps:
        if isinstance(step.term, Mechanism) and step.term.qualifier != "+":
            continue
        way = via or step.term.text
        if step.node is not None:
            yield from _permits(step.node, way)
        elif isinstance(step.term, Mechanism):
            for network in networks(step, step.term):
                yield Permit(node.name, step.term.text, way, network)


def networks(step: Step, term: Mechanism) -> Sequence[Network | None]:
    """The networks that one mechanism of a step matches; None stands for everybody."""
    match term.name:
        case "all":
            return (None,)
        case "ip4" | "ip6":
            return (term.network,) if term.network else ()
        case "exists":
            # Without a macro the same name is asked for every sender: it exists for all of them or for none.
            found = any(answer.outcome is Outcome.ANSWERED for answer in step.answers)
            return (None,) if found else ()
        case "a" | "mx":
            return tuple(_of_hosts(step, term))
        case _:
            return ()


def _of_hosts(step: Step, term: Mechanism) -> Iterable[Network]:
    for answer in step.answers:
        if answer.question.rdtype not in ("A", "AAAA") or answer.outcome is not Outcome.ANSWERED:
            continue
        for address in addresses(answer):
            length = term.prefix4 if address.version == 4 else term.prefix6
            yield ipaddress.ip_network((address, length), strict=False)


def addresses(answer: Answer) -> Iterable[Address]:
    """The addresses of A or AAAA records; what is none is passed over."""
    return [address for record in answer.records if (address := parsed(record)) is not None]


def collapsed(networks: Iterable[Network]) -> tuple[list[ipaddress.IPv4Network], list[ipaddress.IPv6Network]]:
    """The same addresses in as few networks as possible, by family, in numerical order."""
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    for network in networks:
        if isinstance(network, ipaddress.IPv4Network):
            four.append(network)
        else:
            six.append(network)
    return list(ipaddress.collapse_addresses(four)), list(ipaddress.collapse_addresses(six))
