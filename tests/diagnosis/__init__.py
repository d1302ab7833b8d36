"""Stories: a world, replies as a log would hold them, and the causes that must come of it.

Keys of a story, in tests/scenarios/diagnosis/*.toml:

    name      a sentence
    world     master-file lines, absolute names; what is not in them does not exist (NXDOMAIN)
    faults    as in the scenarios of checks
    lists     true: the usual blocklists answer, and list nobody but whom the world says
    target    as in the scenarios of checks
    replies   what servers said; "7 x 550 ..." seven times
    host      the server that said it
    senders   the domains of the return path that the failed mail had
    top       the id of the first cause; "" for none
    state     the state of the first cause
    acts      who_acts of the first cause
    by        codes that must be among its confirmed_by
    remedy    regular expressions that its remedy holds: the exact change
    states    {id = state} of further causes
    absent    ids of causes that must not be there
"""

import asyncio
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from checks.delivery.observed import Failure, Observed
from checks.diagnosis.told import failure_from
from checks.registry import CHECKS
from checks.replies.explain import explain
from healthcheck.engine import examine
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld
from tests.scenarios import target_of

FOLDER = Path(__file__).parent.parent / "scenarios" / "diagnosis"


def failure_of(text: str, provider: str | None = None, http: int | None = None, host: str | None = None) -> Failure:
    """A failure as somebody types it: one reply, once."""
    return failure_from(explain(text, provider, http, host))


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One story, as written."""

    name: str
    top: str
    world: str = ""
    faults: dict[str, str] = {}
    lists: bool = False
    target: dict[str, Any] = {}
    replies: tuple[str, ...] = ()
    host: str | None = None
    senders: tuple[str, ...] = ()
    state: str = "confirmed"
    acts: str = "sender"
    by: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()
    states: dict[str, str] = {}
    absent: tuple[str, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    story: tuple[Story, ...]


@cache
def stories() -> tuple[Story, ...]:
    """All stories, file by file."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml")))
    return tuple(story for text in texts for story in msgspec.convert(tomllib.loads(text), _File).story)


def failures(story: Story) -> tuple[Failure, ...]:
    """The replies of a story, grouped as a log's are: most first."""
    found = []
    for text in story.replies:
        times, words = re.fullmatch(r"(?s)(?:(\d+) x )?(.*)", text).groups()
        one = failure_of(words, None, None, story.host)
        count = int(times or 1)
        senders = tuple((domain, count) for domain in story.senders)
        put_off = bool(one.deferred)
        found.append(
            msgspec.structs.replace(
                one, deferred=count if put_off else 0, bounced=0 if put_off else count, senders=senders
            )
        )
    return tuple(sorted(found, key=lambda failure: -failure.replies))


@cache
def quiet_lists() -> str:
    """Zones in which every usual blocklist is alive."""
    from checks.dnsbl.inventory import Kind, default_lists

    lines = [
        f"{label}.{one.zone}. A 127.0.0.2"
        for one in default_lists()
        for kind in (Kind.IPV4, Kind.IPV6, Kind.DOMAIN)
        if kind in one.kinds
        for label in one.must_list(kind)
    ]
    return "\n".join(dict.fromkeys(lines))


def told(story: Story) -> Report:
    """The report of a story."""
    text = f"{quiet_lists()}\n{story.world}" if story.lists else story.world
    world = ZoneWorld([read_zones(text, ".", "world")], "zone", story.faults)
    observed = Observed(failures(story)) if story.replies else None
    target = msgspec.structs.replace(target_of(story.target), observed=observed)
    return asyncio.run(examine(target, CHECKS, Run(world, 60)))
