"""What would change, before the report of what would be: the answer in one sentence, then what it rests on.

shop.example, with this record: FAIL -> PASS; 812 failed replies at Gmail are explained no more; spf.lookup-limit passes
  with         shop.example. TXT "v=spf1 ip4:192.0.2.0/26 include:_spf.mail.example -all"
  better       spf.lookup-limit  fail -> pass
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.diagnosis.words import WORDERS, provider_called
from checks.model import Status
from checks.text import inert
from healthcheck.compare import CauseChange, Difference, Explained, ReadFinding
from healthcheck.render import many
from healthcheck.render.diff import changed_values
from healthcheck.what_if import WhatIf

MOST_LINES = 12
"""Records, findings or checks of one kind that are listed; the JSON has all."""
FEW = 2
"""Checks that the first sentence names; more are counted."""


class Told(NamedTuple):
    """A line behind the first sentence: what it is about, our words, and a value that stands as it is ("" for none)."""

    label: str
    text: str
    value: str = ""


def headline(what_if: WhatIf) -> str:
    """What would become of the domain, in one sentence."""
    return f"{_with(what_if)}: {'; '.join(_clauses(what_if))}"


def _with(what_if: WhatIf) -> str:
    told = []
    number = sum(max(len(one.records), 1) for one in what_if.tried)
    away = sum(not one.records for one in what_if.tried)
    word = "record" if away in (0, number) else "change"
    if number:
        which = f"this {word}" if number == 1 else f"these {number} {word}s"
        told.append(f"{'without' if away == number else 'with'} {which}")
    if what_if.files:
        names = " and ".join(str(inert(file)) for file in what_if.files[:FEW])
        told.append(f"with {names}" if len(what_if.files) <= FEW else f"with these {len(what_if.files)} files")
    return " and ".join(told) or "with nothing set here"


def _clauses(what_if: WhatIf) -> Iterator[str]:
    change = what_if.difference
    if change.old_verdict is not change.new_verdict:
        yield f"{change.old_verdict.value.upper()} -> {change.new_verdict.value.upper()}"
    else:
        yield f"still {change.new_verdict.value.upper()}"
    worse = {one.check: one.new.value for one in change.worse} | dict.fromkeys(
        _worse_inside(change), "worse than before"
    )
    if worse:
        told = [f"{check} is {what}" for check, what in worse.items()]
        yield f"WORSE: {' and '.join(told)}" if len(worse) <= FEW else f"{len(worse)} checks get WORSE"
    for one in change.explained:
        if one.is_no_more:
            yield f"{_replies(one)} {'is' if one.replies == 1 else 'are'} explained no more"
    # A fault that is gone from a record is no cure where the record lets nobody send.
    cured = any(one.is_no_more and "spf" in one.by for one in change.explained)
    for name in what_if.closing if cured else what_if.closed:
        yield f"BUT SPF of {inert(name)} then authorises nobody: its mail fails SPF"
    mended = [
        (
            one.check,
            "passes" if one.new is Status.PASS else "only warns" if one.new is Status.WARN else f"is {one.new.value}",
        )
        for one in change.better
    ]
    if mended:
        together = " and ".join(f"{check} {what}" for check, what in mended)
        yield together if len(mended) <= FEW else f"{len(mended)} checks get better"
    if change.lost:
        yield f"{len(change.lost)} {'check' if len(change.lost) == 1 else 'checks'} would not be known any more"
    if _is_unchanged(change):
        yield "nothing that was looked at changes"


def _is_unchanged(change: Difference) -> bool:
    return not (
        *change.worse,
        *change.applying,
        *change.better,
        *change.lost,
        *change.regained,
        *change.appeared,
        *change.cleared,
        *change.causes,
    )


def _worse_inside(change: Difference) -> list[str]:
    """Checks whose status is as it was, or not known, with a finding more."""
    moved = {one.check for one in (*change.worse, *change.better, *change.applying)}
    return list(dict.fromkeys(one.check for one in change.appeared if one.check not in moved))


def lines(what_if: WhatIf) -> Iterator[Told]:
    """What the sentence rests on, a line each."""
    change = what_if.difference
    yield from _cut("with", [Told("", "", line) for one in what_if.tried for line in one.lines])
    mended = {one.check: one for one in change.better}
    yield from _cut("worse", [*_worse(change)])
    applying = {one.check for one in change.applying}
    yield from _cut("applies then", [_finding(one) for one in change.appeared if one.check in applying])
    yield from _cut("better", [Told("", f"{one.check}  {one.old.value} -> {one.new.value}") for one in mended.values()])
    yield from _cut("cleared", [_finding(one) for one in change.cleared if one.check not in mended])
    yield from _cut("left", [_finding(one) for one in change.appeared if one.check in mended])
    yield from _cut("known now", [Told("", f"{one.check}  {one.new.value}") for one in change.regained])
    lost = [Told("", f"{one.check}  was {one.old.value} and would not be known") for one in change.lost]
    yield from _cut("not known", lost)
    yield from _cut("causes", [*map(_explained, change.explained), *_expected(change.causes)])
    yield from _cut("replaces", [Told("", "", line) for line in _replaced(what_if)])
    yield from _cut("answers", [Told("", "", line) for line in _answered(what_if)])
    unasked = [one for one in what_if.tried if not one.asked]
    yield from _cut(
        "not asked",
        [Told("", f"no check asks for {one.name} {one.type}: is that the name that was meant?") for one in unasked],
    )


def _worse(change: Difference) -> Iterator[Told]:
    """Each check that gets worse with what it says then, and what appears in others."""
    unsaid = {x.check: f"{x.check}  {x.old.value} -> {x.new.value}" for x in change.worse}
    mended = {one.check for one in (*change.better, *change.applying)}
    for one in change.appeared:
        if one.check in unsaid:
            yield Told("", f"{unsaid.pop(one.check)}: ", one.text)
        elif one.check not in mended:
            yield _finding(one)
    yield from (Told("", told) for told in unsaid.values())


def _cut(label: str, told: list[Told]) -> Iterator[Told]:
    for at, one in enumerate(told[:MOST_LINES]):
        yield one._replace(label="" if at else label)
    if len(told) > MOST_LINES:
        yield Told("", f"and {len(told) - MOST_LINES} more (--format json has all)")


def _finding(one: ReadFinding) -> Told:
    return Told("", f"{one.code}: ", one.text)


def _replaced(what_if: WhatIf) -> Iterator[str]:
    """What stands today where something was set."""
    given = {(one.name, one.type) for one in what_if.tried if one.records}
    for record in what_if.difference.records:
        if (record.name, record.type) in given:
            yield from (f"{record.name}. {record.type} {value}" for value in record.old if value not in record.new)


def _answered(what_if: WhatIf) -> Iterator[str]:
    """What would be answered otherwise beside what was set: by files, and through aliases."""
    given = {(one.name, one.type) for one in what_if.tried}
    for record in what_if.difference.records:
        if (record.name, record.type) not in given:
            told = changed_values(record)
            yield from (f"{record.name}. {record.type}  {sign} {value}" for sign, value in told)


def _explained(one: Explained) -> Told:
    if one.is_no_more:
        left = f"; not known: {', '.join(one.open)}" if one.open else ""
        return Told("", f"{one.title}: {_replies(one)}, proved by {', '.join(one.by)} now and by nothing then{left}")
    if not one.by:
        return Told("", f"{one.title}: {_replies(one)} would be explained by {', '.join(one.now_by)}")
    gone = [name for name in one.by if name not in one.now_by]
    come = [name for name in one.now_by if name not in one.by]
    told = [f"no more by {', '.join(gone)}"] if gone else []
    told += [f"now by {', '.join(come)}"] if come else []
    still = [name for name in one.by if name in one.now_by]
    told += [f"still by {', '.join(still)}"] if still else []
    return Told("", f"{one.title}: {_replies(one)} explained {', '.join(told)}")


def _expected(causes: Iterable[CauseChange]) -> Iterator[Told]:
    """What the faults would lead to, or would lead to no more, where no reply was seen."""
    for one in causes:
        if one.old_replies or one.new_replies or (one.old and one.new):
            continue
        yield Told("", f"{one.title}: {'to be expected no more' if one.old else 'to be expected'}")


def _replies(one: Explained) -> str:
    count = many(one.replies, "failed reply", "failed replies")
    named = [provider_called(name) for name in one.providers if name not in WORDERS]
    if not named:
        return count
    places = f"{', '.join(named[:FEW])} and {len(named) - FEW} more" if len(named) > FEW else " and ".join(named)
    return f"{count} at {places}"
