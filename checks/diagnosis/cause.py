"""A cause: what the replies are about, which findings confirm it or rule it out, who must act."""

from typing import Literal

import msgspec

State = Literal["confirmed", "open", "ruled-out"]
"""Confirmed: a finding agrees, or the reply states its own fact. Open: not known. Ruled out: looked at, and well."""

ORDER: dict[State, int] = {"confirmed": 0, "open": 1, "ruled-out": 2}


class Cause(msgspec.Struct, frozen=True):
    """One suspect of one kind of failure; the fields are those of the report's `causes`.

    `id` is CATEGORY or CATEGORY:SUSPECT; `suspect` is "" where no check is one. `replies` is how many failed replies it
    explains, or would if it is not confirmed, `share` their part of all that were seen, None where none were.
    `confirmed_by` holds codes, `open_because` codes or sentences, `ruled_out_by` ids of checks. `explains` are the codes of
    the replies. `seen` is false for what is expected from the findings alone. `sample` is the latest reply, `providers` who
    said such, most first. `check_after` is how to see that the remedy worked.
    """

    id: str
    title: str
    state: State
    category: str
    suspect: str
    suspects: tuple[str, ...]
    who_acts: str
    share: float | None
    replies: int
    confirmed_by: tuple[str, ...] = ()
    ruled_out_by: tuple[str, ...] = ()
    open_because: tuple[str, ...] = ()
    remedy: str = ""
    explains: tuple[str, ...] = ()
    seen: bool = True
    sample: str = ""
    providers: tuple[tuple[str, int], ...] = ()
    check_after: str = ""
