"""What is said of one address or one domain: the same judgement in the words of either check."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from checks.dnsbl.inventory import Code, Effect
from checks.dnsbl.listings import Result, Subject
from checks.model import Finding, Message


class Words(NamedTuple):
    """A check's messages: for a listing of each weight, and for what listings leave open."""

    by_effect: tuple[tuple[Effect, Message], ...]
    unknown: Message
    open: Message
    clean: Message
    welcome: Message
    shared: Message | None = None
    """For a listing that is not the sender's own doing."""


def said_of(
    subject: Subject, blocklists: Sequence[Result], welcoming: Sequence[Result], words: Words, provider: str = ""
) -> Iterable[Finding]:
    """Every listing that can be believed, then what can be said of the rest, then the good words.

    While a list on whose word large receivers reject did not answer, nobody is called clean. `provider`: whose pool the
    address is in, "" where it is the sender's own.
    """
    hits = [finding for result in blocklists for finding in _listings(result, words, provider)]
    yield from hits
    answered = [result for result in blocklists if not result.unknown]
    missing = [result for result in blocklists if result.unknown and result.source.list.decides]
    if not answered:
        yield words.unknown(subject.about, asked=len(blocklists), why=blocklists[0].unknown)
    elif missing:
        yield words.open(
            subject.about,
            missing=[result.source.list.name for result in missing],
            why=missing[0].unknown,
            answered=len(answered),
            hits=len(hits),
            evidence=[answer for result in missing for answer in result.proof],
        )
    elif not hits:
        evidence = [result.answer for result in answered]
        yield words.clean(subject.about, answered=len(answered), asked=len(blocklists), evidence=evidence)
    if good := [(result, code) for result in (*blocklists, *welcoming) for code in result.codes if _is_good(code)]:
        yield words.welcome(
            subject.about,
            lists=[f"{result.source.list.name}: {code.meaning}" for result, code in good],
            evidence=[result.answer for result, _ in good],
        )


def _is_good(code: Code) -> bool:
    return code.effect is Effect.WELCOME


def _listings(result: Result, words: Words, provider: str) -> Iterable[Finding]:
    """A finding for each kind of code that the list gave."""
    for effect, message in words.by_effect:
        codes = [code for code in result.codes if code.effect is effect]
        if not codes:
            continue
        told = particulars(result, codes)
        if provider and words.shared is not None and effect in (Effect.FAIL, Effect.WARN):
            yield words.shared(result.subject.about, evidence=result.proof, provider=provider, **told)
        else:
            yield message(result.subject.about, evidence=result.proof, **told)


def particulars(result: Result, codes: Iterable[Code]) -> dict[str, Any]:
    """What is told of a listing, whatever its weight."""
    one = result.source.list
    return {
        "list": one.name,
        "zone": one.zone,
        "codes": result.reading.shown,
        "meaning": [code.meaning for code in codes],
        "used": one.used or "not known",
        "reason": result.words or ("none given",),
        "removal": one.removal or "see the reason it gives",
        "ends": one.removed or "when the list grants it",
    }
