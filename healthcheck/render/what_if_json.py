"""What would change, in the shape of the report's JSON: an entry of healthcheck.diff/1, and what was tried."""

from typing import Any

import msgspec

from checks.model import Verdict
from checks.text import inert
from healthcheck.compare import CauseChange, Explained, ReadFinding, RecordChange, StatusChange
from healthcheck.what_if import WhatIf


class JsonTried(msgspec.Struct):
    """Records that were set, none where they were taken away; `asked` is false where no check asks for them."""

    name: str
    type: str
    records: list[str]
    asked: bool


class JsonWhatIf(msgspec.Struct):
    """The fields of an entry of `domains` in healthcheck.diff/1; `set` and `overlays` say what was laid over the world,
    `closed` at which names the SPF record lets somebody send now and would let nobody."""

    domain: str
    old_verdict: Verdict
    new_verdict: Verdict
    worse: list[StatusChange]
    better: list[StatusChange]
    lost: list[StatusChange]
    regained: list[StatusChange]
    appeared: list[ReadFinding]
    cleared: list[ReadFinding]
    records: list[RecordChange]
    causes: list[CauseChange]
    explained: list[Explained]
    is_worse: bool
    set: list[JsonTried]
    overlays: list[str]
    applying: list[StatusChange] = []
    closed: list[str] = []


def json_what_if(what_if: WhatIf | None) -> JsonWhatIf | None:
    """None where nothing was laid over the world."""
    if what_if is None:
        return None
    told: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(what_if.difference).items()
    }
    tried = [
        JsonTried(str(inert(one.name)), one.type, [str(inert(x)) for x in one.records], one.asked)
        for one in what_if.tried
    ]
    files = [str(inert(file)) for file in what_if.files]
    return JsonWhatIf(**told, is_worse=what_if.is_worse, closed=list(what_if.closed), set=tried, overlays=files)
