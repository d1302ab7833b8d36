"""What each mailbox provider sees: its own replies, set against what it asks for.

The same mail is refused at one provider and taken at another, since each asks for something else. A view joins the replies of
one provider with those of its requirements that the run proved not to be met.
"""

from collections.abc import Sequence

import msgspec

from checks.delivery.observed import Failure, Observed
from checks.diagnosis.cause import Cause
from checks.diagnosis.looked import Results
from checks.providers.requirements import Judged, State, judged, providers

ALWAYS = ("gmail", "microsoft", "yahoo")
"""Providers that are looked at also where they said nothing: most lists of recipients have them."""
MOST_CODES = 5
_SAME = {
    "microsoft365": "microsoft",
    "outlook.com": "microsoft",
    "icloud": "apple",
    "gmx-webde": "gmx",
    "orange-fr": "orange",
    "free-fr": "free",
}


class View(msgspec.Struct, frozen=True):
    """One provider. `codes` are those of its replies, most first; `causes` the ids of causes that explain replies of its
    and are not ruled out; `not_met` what it asks for and the run proved missing; `unknown` counts what it asks for and no run can see."""

    provider: str
    name: str
    replies: int
    codes: tuple[tuple[str, int], ...] = ()
    sample: str = ""
    causes: tuple[str, ...] = ()
    not_met: tuple[Judged, ...] = ()
    met: int = 0
    unknown: int = 0


def views(observed: Observed | None, results: Results, causes: Sequence[Cause]) -> tuple[View, ...]:
    """The providers that said something, most replies first, then the large ones; () where nothing was observed."""
    if observed is None or not observed.failures:
        return ()
    heard: dict[str, list[Failure]] = {}
    for failure in observed.failures:
        if name := provider_of(failure):
            heard.setdefault(name, []).append(failure)
    known = providers()
    ranked = sorted(heard, key=lambda name: (-_replies(heard[name]), name))
    wanted = [name for name in dict.fromkeys((*ranked, *ALWAYS)) if name in known]
    return tuple(_view(name, heard.get(name, ()), results, causes) for name in wanted)


def provider_of(failure: Failure) -> str:
    """The mailbox provider that said it, by the word of the requirements; "" for all others."""
    from checks.replies.match import provider_of_host  # start-up time: the catalogue

    said = provider_of_host(failure.host) if failure.host else None
    for name in (said, failure.provider):
        word = _SAME.get(name or "", name or "")
        if word in providers():
            return word
    return ""


def _replies(failures: Sequence[Failure]) -> int:
    return sum(failure.replies for failure in failures)


def _view(name: str, failures: Sequence[Failure], results: Results, causes: Sequence[Cause]) -> View:
    codes: dict[str, int] = {}
    for failure in failures:
        code = failure.enhanced or failure.basic or failure.category
        codes[code] = codes.get(code, 0) + failure.replies
    asked = judged((name,), results)
    categories = {failure.category for failure in failures}
    said = {_SAME.get(word, word) for failure in failures for word in (failure.provider or "",)} | {name}
    mine = (
        cause.id
        for cause in causes
        if cause.state != "ruled-out"
        and cause.category in categories
        and (not cause.providers or any(_SAME.get(word, word) in said for word, _ in cause.providers))
    )
    return View(
        provider=name,
        name=providers()[name],
        replies=_replies(failures),
        codes=tuple(sorted(codes.items(), key=lambda one: (-one[1], one[0])))[:MOST_CODES],
        sample=max(failures, key=lambda failure: failure.replies).reply if failures else "",
        causes=tuple(mine),
        not_met=tuple(one for one in asked if one.state is State.NOT_MET),
        met=sum(one.state is State.MET for one in asked),
        unknown=sum(one.state is State.UNKNOWN for one in asked),
    )
