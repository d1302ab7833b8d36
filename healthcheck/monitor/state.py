"""When is a change a change: the state of each check of each domain from pass to pass, and what is to be told of it.

A status that is seen once may be a lost packet. It is *soft* until it was seen often enough in a row, then *hard*, and only
hard changes are told: N times for what hangs on the network, once for what a record says, M times for a recovery. The
first pass is the baseline and tells nothing. What goes back and forth is *flapping*: said once, then silent until it
settles (Nagios' rule: the share of changes among the last 21 observations, later ones counting more).

Not known is a state of its own. It never becomes hard before N, it is no recovery, and a failure that could not be looked at
for a while is the same failure when it is seen again. What is not known for a moment neither confirms nor takes back what was
seen before it, and is no flapping.

A check that fails may come to fail for another *reason*: another code, another record, another name. That is a change, too, and
is confirmed as one for the worse is; each reason is told once until the check is well again.
"""

from enum import StrEnum

import msgspec

from checks.model import Status

REMEMBERED = 21
"""Observations that flapping is judged by."""
MOST_REASONS = 64
"""Keys of reasons that are remembered of one problem; who has so many is told of no further one."""

Why = tuple[tuple[str, ...], ...]
"""Why a status is bad: the keys of each finding that makes it so, the one that decides it first."""


class Patience(msgspec.Struct, frozen=True):
    """How often a status must be seen in a row before it counts.

    `network` for what hangs on a network, `content` for what a record says, `recovery` for being well again, `unknown` for
    not being known. `flapping_from` and `flapping_until` are percents of changes. `repeat_after`: seconds after which what stands is
    told again; None for never.
    """

    network: int = 2
    content: int = 1
    recovery: int = 2
    unknown: int = 3
    flapping_from: float = 50.0
    flapping_until: float = 25.0
    repeat_after: int | None = None


class News(StrEnum):
    """What is told of a change."""

    PROBLEM = "problem"
    RECOVERY = "recovery"
    LOST = "lost"
    """It cannot be looked at any more."""
    FOUND = "found"
    """It can be looked at again, and is as it was told last."""
    CHANGED = "changed"
    """It is as bad as it was, for a reason that nobody was told of."""
    FLAPPING = "flapping"
    SETTLED = "settled"


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of one check of one domain.

    `hard` is the status that counts; `known` the last hard one that was no UNKNOWN, `last` the last one seen that was none
    (None: never any). `soft` is another known status seen `seen` times, `soft_since` first; `blanks` counts in a row how often
    it was not known, `blank_since` first. `told` is the known status that somebody was last told of, None where nobody was;
    `lost`: that it cannot be looked at was told. `changes` is a string of 0 and 1: for each of the last observations whether it
    differed from the one before, the latest last. `since` is when `hard` was first seen, RFC 3339 in UTC.

    `reasons` are the keys of all reasons since it is bad (None: of a store that knew none), `named` those of them that somebody
    was told; `turned` is a key that may be news, seen `turns` times in a row.
    """

    hard: Status
    known: Status | None
    since: str
    last: Status | None
    soft: Status | None = None
    seen: int = 0
    soft_since: str = ""
    blanks: int = 0
    blank_since: str = ""
    told: Status | None = None
    lost: bool = False
    changes: str = ""
    flapping: bool = False
    reasons: tuple[str, ...] | None = None
    named: tuple[str, ...] = ()
    turned: str = ""
    turns: int = 0


class Look(msgspec.Struct, frozen=True):
    """What was seen of one check. `network`: it hangs on a network, and one look proves little. `why` it is bad; () for what is
    not, or is of no interest."""

    status: Status
    network: bool = False
    why: Why = ()


class Transition(msgspec.Struct, frozen=True):
    """A hard change. `news` is None where it is kept and nobody is told: flapping, or back to what was told last.

    `found`: that it could not be looked at was told, and is over. `reasons`: the keys of what is new, for CHANGED.
    """

    old: Status
    new: Status
    since: str
    news: News | None
    found: bool = False
    reasons: tuple[str, ...] = ()


_RANK = {Status.SKIPPED: 0, Status.PASS: 0, Status.WARN: 1, Status.FAIL: 2}


def is_bad(status: Status) -> bool:
    """True for a warning and a failure."""
    return status in (Status.WARN, Status.FAIL)


def baseline(status: Status, now: str, why: Why = ()) -> State:
    """The state after the first observation, which nobody is told of: the report that it is from tells all reasons."""
    known = None if status is Status.UNKNOWN else status
    keys = _keys(why)
    return State(status, known, now, known, reasons=keys, named=keys)


def observe(state: State, look: Look, now: str, patience: Patience) -> tuple[State, Transition | None]:
    """The state after one more look, and the hard change that it makes, if it makes one.

    A `now` before what is remembered (a clock that was put back) counts as the moment that is remembered.
    """
    status = look.status
    now = max(now, state.since, state.soft_since, state.blank_since)
    if status is Status.UNKNOWN:
        return _blank(state, now, patience)
    changed = state.last is not None and _RANK[status] != _RANK[state.last]  # not applicable is as good as well
    # Without the zeros before the first change: a domain where nothing happens is not written anew in every pass.
    changes = (state.changes + ("1" if changed else "0"))[-REMEMBERED + 1 :].lstrip("0")
    state = msgspec.structs.replace(state, last=status, changes=changes, blanks=0, blank_since="")
    state, swing = _flapping(state, patience, now)
    if status is state.hard:
        state = msgspec.structs.replace(state, soft=None, seen=0, soft_since="")
        if not is_bad(status) or not look.why:
            return state, swing
        return _reasoned(state, look.why, now, patience.network if look.network else patience.content, swing)
    seen = state.seen + 1 if status is state.soft else 1
    since = state.soft_since if status is state.soft else now
    if seen < _needed(state, status, patience, look.network):
        return msgspec.structs.replace(state, soft=status, seen=seen, soft_since=since), swing
    return _harden(state, look, since, swing)


def _blank(state: State, now: str, patience: Patience) -> tuple[State, Transition | None]:
    """Once more it could not be looked at: what was seen before stands, until it was so too often."""
    if state.hard is Status.UNKNOWN:
        return state, None
    blanks, since = state.blanks + 1, state.blank_since or now
    if blanks < patience.unknown:
        return msgspec.structs.replace(state, blanks=blanks, blank_since=since), None
    news = None if state.flapping else News.LOST
    # What was told of the mail itself still stands, and its end is still owed.
    new = msgspec.structs.replace(
        state, hard=Status.UNKNOWN, since=since, blanks=0, blank_since="", lost=news is not None
    )
    return new, Transition(state.hard, Status.UNKNOWN, since, news)


def _needed(state: State, status: Status, patience: Patience, network: bool) -> int:
    if status is state.known:
        return 1  # back from not known to what it was
    if state.known is None:
        return patience.network if network and is_bad(status) else 1  # the first time that anything is known of it
    if _RANK[status] < _RANK[state.known]:
        return patience.recovery
    return patience.network if network else patience.content


def _keys(why: Why) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for keys in why for key in keys))[:MOST_REASONS]


def _reasoned(
    state: State, why: Why, now: str, needed: int, swing: Transition | None
) -> tuple[State, Transition | None]:
    """As bad as before; is it for a reason that is news? One that was not there, or that decides now and was not told."""
    if swing is not None or state.reasons is None:  # what is told just now tells its reasons, too; or an older store
        return _because(state, why, why[0]), swing
    if state.flapping:
        return state, None
    fresh = tuple(key for keys in why if not set(keys) <= set(state.reasons) for key in keys)
    found = fresh or (why[0] if not set(why[0]) <= set(state.named) else ())
    if not found or len(state.reasons) >= MOST_REASONS:
        return msgspec.structs.replace(state, turned="", turns=0), None
    turns = state.turns + 1 if found[0] == state.turned else 1
    if turns < needed:
        return msgspec.structs.replace(state, turned=found[0], turns=turns), None
    return _because(state, why, found), Transition(state.hard, state.hard, now, News.CHANGED, reasons=found)


def _because(state: State, why: Why, named: tuple[str, ...]) -> State:
    """The state with these reasons known, and some of them told."""
    return msgspec.structs.replace(
        state,
        reasons=tuple(dict.fromkeys((*(state.reasons or ()), *_keys(why))))[:MOST_REASONS],
        named=tuple(dict.fromkeys((*state.named, *named)))[:MOST_REASONS],
        turned="",
        turns=0,
    )


def _harden(state: State, look: Look, since: str, swing: Transition | None) -> tuple[State, Transition | None]:
    status, why = look.status, look.why
    news = None if state.flapping else _news(state, status)
    told = status if news is not None else state.told
    if swing is not None:
        news = swing.news  # one message: it has settled, and in this state
        told = status if news is News.SETTLED else told
    found = state.lost
    if found and news is None and not state.flapping:
        news = News.FOUND
    new = msgspec.structs.replace(
        state, hard=status, known=status, since=since, soft=None, seen=0, soft_since="", told=told, lost=False
    )
    if not is_bad(status):
        new = msgspec.structs.replace(new, reasons=(), named=(), turned="", turns=0)
    elif why and news in (News.PROBLEM, News.RECOVERY, News.SETTLED):
        new = _because(new, why, why[0])
    # Otherwise nothing is told of the mail now: if the reason is another one by now, that is told when it is seen again.
    return new, Transition(state.hard, status, since, news, found)


def _news(state: State, status: Status) -> News | None:
    """What is to be told of a hard change to `status`; None where that was told last, or nothing was ever wrong."""
    if state.known is None:
        # Not known until now: the baseline that was missing. What is bad is new all the same.
        return News.PROBLEM if is_bad(status) else None
    before = state.told if state.told is not None else state.known
    if _RANK[status] == _RANK[before]:
        return None
    return News.PROBLEM if _RANK[status] > _RANK[before] else News.RECOVERY


def share_of_changes(changes: str) -> float:
    """The weighted share of changes in percent: the oldest counts 0.8, the latest 1.2. As Nagios and Naemon reckon it."""
    if not changes:
        return 0.0
    most = REMEMBERED - 1
    offset = most - len(changes)
    weights = [0.8 + 0.4 * (offset + index) / (most - 1) for index in range(len(changes))]
    return 100.0 * sum(weight for weight, change in zip(weights, changes, strict=True) if change == "1") / most


def _flapping(state: State, patience: Patience, now: str) -> tuple[State, Transition | None]:
    share = share_of_changes(state.changes)
    if not state.flapping and share > patience.flapping_from:
        begun = msgspec.structs.replace(state, flapping=True)
        return begun, Transition(state.hard, state.hard, now, News.FLAPPING)
    if state.flapping and share < patience.flapping_until:
        told = state.hard if state.hard is not Status.UNKNOWN else state.told
        settled = msgspec.structs.replace(state, flapping=False, told=told)
        return settled, Transition(state.hard, state.hard, now, News.SETTLED)
    return state, None
