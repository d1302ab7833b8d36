"""From an SPF record that needs too many lookups to one that needs ten or fewer.

Only the domain's own record is rewritten: what suppliers publish is theirs. Each of its terms has a cost, that of all it
leads to. In this order, and no further than needed:

1. What authorises nobody goes: terms that lead nowhere, terms that stand twice.
2. What authorises nobody else goes: terms whose networks other terms cover, the costliest first.
3. Terms are replaced by the networks they stand for, so that as few as possible are, and among equals the domain's own
   names and the fewest networks. Only a term that means a list of networks and nothing else can be replaced.
4. What cannot be replaced is given up, the costliest first. A person has to say whether it still sends.

A replaced term is frozen: when the service changes its networks, the record does not follow.
"""

from collections.abc import Iterable, Sequence

import msgspec

from checks import records
from checks.names import is_below
from checks.spf.policy import MOST_LOOKUPS, MOST_MX_NAMES, Node, SpfPolicy, Step, is_void
from checks.spf.reach import collapsed, networks
from checks.spf.record import VERSION, Mechanism, Modifier, Network

MOST_NETWORKS = 64
"""Networks that one term is replaced by at most: a longer list is no record that anybody would keep up to date."""
MOST_COMPARED, MOST_COLLAPSED = 30, 1000
"""Our bounds on the work: terms that are compared with all others, and networks that they are compared with."""


class Proposal(msgspec.Struct, frozen=True):
    """A record that needs `lookups`, and what became of the terms of the old one that are not in it."""

    record: str
    lookups: int
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()


class _Part(msgspec.Struct):
    """A term of the record while it is being rewritten. `networks` is None where it means more than networks."""

    step: Step
    cost: int
    networks: list[Network] | None
    own: bool
    words: list[str]

    @property
    def text(self) -> str:
        return self.step.term.text


def proposed(policy: SpfPolicy, keep: str = "") -> Proposal | None:
    """A record within the limit; None for a domain without one record. The term `keep` stays as it is."""
    root = policy.root
    if root.record is None:
        return None
    parts = [_part(step, root.name) for step in root.steps]
    for part in parts:
        if part.text == keep:
            part.networks = None
    removed = _drop(parts, _idle(parts))
    removed += _drop(parts, _covered(parts))
    replaced: list[str] = []
    while _count(parts) > MOST_LOOKUPS and (chosen := _to_replace(parts)) is not None:
        replaced.append(chosen.text)
        chosen.cost = 0
        chosen.words = _as_words(chosen)
    given_up: list[str] = []
    while _count(parts) > MOST_LOOKUPS and (costly := [part for part in parts if part.cost and part.text != keep]):
        given_up += _drop(parts, [max(costly, key=lambda part: part.cost)])
    # A name that stands twice is a fault for exp= (RFC 7208 section 6), and says nothing more for any other modifier.
    others = {t.name: t.text for t in reversed(root.record.terms) if isinstance(t, Modifier) and t.name != "redirect"}
    words = list(dict.fromkeys(word for part in parts for word in part.words))
    if root.record.redirect is not None and not any(part.step.term.name == "redirect" for part in parts):
        words.append("~all")
    return Proposal(
        " ".join([VERSION, *words, *reversed(others.values())]),
        _count(parts),
        tuple(removed),
        tuple(replaced),
        tuple(given_up),
    )


def _count(parts: Iterable[_Part]) -> int:
    return sum(part.cost for part in parts)


def _drop(parts: list[_Part], gone: Sequence[_Part]) -> list[str]:
    for part in gone:
        parts.remove(part)
    return [part.text for part in gone]


def _part(step: Step, domain: str) -> _Part:
    own = not step.target or is_below(step.target, domain)
    return _Part(step, step.lookups, _meaning(step), own, [step.term.text])


def _idle(parts: Sequence[_Part]) -> list[_Part]:
    """Terms that cost lookups and authorise nobody: they lead nowhere, or stand a second time."""
    seen: set[str] = set()
    idle = []
    for part in parts:
        twice = part.text.lower() in seen
        seen.add(part.text.lower())
        if part.cost and (twice or _leads_nowhere(part.step)):
            idle.append(part)
    return idle


def _leads_nowhere(step: Step) -> bool:
    if step.node is not None:
        return step.term.name == "include" and not step.node.answer.unknown and not step.node.published
    wanted = [a for a in step.answers if step.term.name != "mx" or a.question.rdtype == "MX"]
    return bool(wanted) and all(is_void(answer) for answer in wanted)


def _covered(parts: Sequence[_Part]) -> list[_Part]:
    """Terms, the costliest first, whose networks other terms pass as well, as many as are needed to get to the limit."""
    left = [part for part in parts if _passes(part)]
    excess = _count(parts) - MOST_LOOKUPS
    covered: list[_Part] = []
    for part in sorted(left, key=lambda part: -part.cost)[:MOST_COMPARED]:
        if excess <= 0 or not part.cost:
            break
        if part.networks is None:
            continue
        rest = [network for other in left if other is not part for network in other.networks or ()]
        if len(rest) <= MOST_COLLAPSED and collapsed([*rest, *part.networks]) == collapsed(rest):
            left.remove(part)
            covered.append(part)
            excess -= part.cost
    return covered


def _passes(part: _Part) -> bool:
    return isinstance(part.step.term, Mechanism) and part.step.term.qualifier == "+"


def _to_replace(parts: Sequence[_Part]) -> _Part | None:
    """The next term to replace: one that is enough if there is one, the domain's own before others, else the costliest."""
    can = [part for part in parts if part.cost and part.networks and len(part.networks) <= MOST_NETWORKS]
    if not can:
        return None
    excess = _count(parts) - MOST_LOOKUPS
    enough = [part for part in can if part.cost >= excess]
    if enough:
        return min(enough, key=lambda part: (not part.own, len(part.networks or ()), part.text))
    return min(can, key=lambda part: (-part.cost, len(part.networks or ()), part.text))


def _as_words(part: _Part) -> list[str]:
    qualifier = part.step.term.qualifier if isinstance(part.step.term, Mechanism) else "+"
    sign = "" if qualifier == "+" else qualifier
    return [sign + _word(network) for network in part.networks or ()]


def _word(network: Network) -> str:
    whole = network.prefixlen == network.max_prefixlen
    return f"ip{network.version}:{network.network_address if whole else network}"


def _meaning(step: Step) -> list[Network] | None:
    """The networks that a term stands for and nothing else, collapsed; None where it means more, or not all is known."""
    if not isinstance(step.term, Mechanism) or step.term.name == "all":
        return None  # a redirect also says what happens to all others
    found = _static(step, step.term)
    if found is None:
        return None
    four, six = collapsed(found)
    return [*four, *six]


def _static(step: Step, term: Mechanism) -> list[Network] | None:
    match term.name:
        case "ip4" | "ip6" | "a" | "mx":
            if term.counted and not _all_known(step):
                return None
            return [network for network in networks(step, term) if network is not None]
        case "include":
            return _static_record(step.node) if step.node is not None else None
        case _:
            return None


def _static_record(node: Node) -> list[Network] | None:
    """The networks an included record passes; None where it is faulty, not known, or excepts some of them first."""
    if node.record is None or node.record.faults or node.loops:
        return None
    found: list[Network] = []
    for step in node.steps:
        term = step.term
        if isinstance(term, Modifier):
            inner = _static_record(step.node) if step.node is not None else None
        elif term.name == "all":
            inner = None if term.qualifier == "+" else []
        else:
            inner = _static(step, term) if term.qualifier == "+" else None
        if inner is None:
            return None
        found += inner
    return found


def _all_known(step: Step) -> bool:
    """True where every address that an `a` or `mx` term stands for is among its answers."""
    if not step.answers or any(answer.unknown for answer in step.answers):
        return False
    if step.term.name == "a":
        return len(step.answers) == 2
    hosts = [exchange for _, exchange in records.mail_exchanges(step.answers[0]) if exchange]
    return len(hosts) <= MOST_MX_NAMES and len(step.answers) == 1 + 2 * len(set(hosts))
