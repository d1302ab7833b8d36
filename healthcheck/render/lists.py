"""The inventory of blocklists as text and as JSON."""

import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from checks.dnsbl.inventory import BlockList, Effect, Status, variable_of
from healthcheck.render import WIDTH, indented

_WEIGHTS = (
    (Effect.FAIL, "decides"),
    (Effect.WARN, "warns"),
    (Effect.POLICY, "policy"),
    (Effect.INFORM, "informs"),
    (Effect.WELCOME, "welcomes"),
)


def weight(one: BlockList) -> str:
    """The heaviest thing that a listing here can mean, in a word."""
    return next((word for effect, word in _WEIGHTS if effect in one.effects), "")


def overview(known: Sequence[BlockList], asked: Collection[str], closed: bool) -> str:
    """The whole inventory, a line a list, in groups: asked, asked when named, with a key, never."""
    groups = (
        ("asked", [one for one in known if one.zone in asked]),
        ("asked when named (--list ZONE), or with --lists all", _rest(known, asked, Status.ALIVE)),
        (
            "with a key in the name only, which HEALTHCHECK_KEY_... holds (healthcheck lists ZONE names it)",
            _rest(known, asked, Status.KEY),
        ),
        (
            "no sign of life since 2025: asked when named, believed if they pass their test",
            _rest(known, asked, Status.UNVERIFIED),
        ),
        ("closed: never asked", _rest(known, asked, Status.DEAD)),
    )
    return "\n".join("\n".join(_group(title, lists, closed)) + "\n" for title, lists in groups if lists)


def _rest(known: Sequence[BlockList], asked: Collection[str], status: Status) -> list[BlockList]:
    return [one for one in known if one.zone not in asked and one.status is status]


def _group(title: str, lists: Sequence[BlockList], closed: bool) -> Iterator[str]:
    silent = lists[0].status in (Status.UNVERIFIED, Status.DEAD) and not closed
    yield f"{len(lists)} {title}" + (" (--closed prints them)" if silent else "")
    longest = max(len(one.zone) for one in lists)
    for one in () if silent else lists:
        kinds = ", ".join(kind.value for kind in one.kinds)
        told = one.fate or f"{weight(one):<8}  {kinds:<18}  {one.name}"
        yield f"  {one.zone:<{longest}}  {told}".rstrip()


def details(lists: Sequence[BlockList]) -> str:
    """All that is known of some lists."""
    return "\n".join("".join(_details(one)) for one in lists)


def _details(one: BlockList) -> Iterator[str]:
    yield f"{one.zone}\n  {one.name}\n"
    variable = variable_of(one.account)
    said = (
        ("status", one.fate or ("asked by default" if one.default else one.status.value)),
        ("lists", ", ".join(kind.value for kind in one.kinds)),
        ("covers", f"the /{one.ipv6_prefix} around an IPv6 address" if one.ipv6_prefix < 128 else ""),
        ("used by", one.used),
        ("terms", one.policy),
        ("register", one.registration),
        ("key", f"in {variable}, or in a file that {variable}_FILE names" if one.account else ""),
        ("instead of", one.replaces),
        ("removal", one.removal),
        ("ends", one.removed),
        ("part of", one.within),
        ("evidence", one.evidence),
    )
    for label, text in said:
        if text:
            yield textwrap.fill(text, WIDTH, initial_indent=f"  {label:<9} ", subsequent_indent=" " * 12) + "\n"
    for code in one.codes:
        yield f"  {code.pattern:<14}  {code.effect.value:<8}  {code.meaning}\n"


def as_json(lists: Sequence[BlockList], asked: Collection[str] = ()) -> str:
    """The same as JSON, schema healthcheck.lists/1."""
    document = {"schema": "healthcheck.lists/1", "lists": [_as_dict(one, one.zone in asked) for one in lists]}
    return indented(document)


def _as_dict(one: BlockList, asked: bool) -> dict[str, Any]:
    return {
        "zone": one.zone,
        "name": one.name,
        "status": one.status.value,
        "default": one.default,
        "asked": asked,
        "kinds": [kind.value for kind in one.kinds],
        "weight": weight(one),
        "codes": [{"code": code.pattern, "effect": code.effect.value, "meaning": code.meaning} for code in one.codes],
        "used": one.used,
        "policy": one.policy,
        "registration": one.registration,
        "account": one.account,
        "removal": one.removal,
        "ends": one.removed,
        "fate": one.fate,
        "evidence": one.evidence,
    }
