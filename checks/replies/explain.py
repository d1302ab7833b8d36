"""Explaining anything that a mail server or a sending service said: a reply, a code, the body of an API's error.

For an API's error the name in the body decides, then its words, then the HTTP status, which lies often.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from checks.replies.api import ApiMatch, Body, category_of_status, find_error, read_body, services
from checks.replies.bare import explain_bare
from checks.replies.catalogue import Advice, ApiError, Category, Rule, advice_named, catalogue
from checks.replies.classify import RATES, SENDER_CAUSED, classify
from checks.replies.clean import LONGEST
from checks.replies.explanation import USUAL, Alternative, DecidedBy, Explanation, explanation_of, shown, told_by
from checks.replies.match import ENGINE, folded, hits
from checks.replies.parse import parse_reply
from checks.replies.waits import stated_wait

LONGEST_REMEMBERED = 2000
"""Characters up to which a text and its answer are remembered."""
_SHORT = 60
"""Characters of an advice up to which the category's is added."""


def explain(text: str, provider: str | None = None, http: int | None = None, host: str | None = None) -> Explanation:
    """Explain one reply, code, or body of an API's error; any text is explained.

    `provider` is who said it, `http` the status of an API's answer, `host` the server that spoke.
    """
    if len(text) > LONGEST_REMEMBERED:
        return _explained_anew(text, provider, http, host)
    return _remembered(ENGINE.name, text, provider, http, host)


@lru_cache(1024)  # the engine is named so that two of them can be compared
def _remembered(_: str, text: str, provider: str | None, http: int | None, host: str | None) -> Explanation:
    return _explained_anew(text, provider, http, host)


def _explained_anew(text: str, provider: str | None, http: int | None, host: str | None) -> Explanation:
    provider = plain_provider(provider)
    if (of_service := explain_body(text, provider, http)) is not None:
        return of_service
    if (bare := explain_bare(text)) is not None:
        return bare
    reply = parse_reply(text)
    return explanation_of(text, reply, classify(reply, provider, host), http, host)


def plain_provider(name: str | None) -> str | None:
    """A provider's name as the catalogue writes it."""
    return name.strip().lower() if name else None


def explain_body(text: str, provider: str | None, http: int | None) -> Explanation | None:
    """Explain the error of a sending service; None for a text that is none, but a server's reply."""
    of_service = provider in services() or http is not None
    if not of_service and text[:1].isdigit():
        return None
    body = read_body(text[:LONGEST])
    if body is None and of_service:
        body = Body((text.strip(),) if len(text) <= 80 else (), text[:600])
    return _of_body(text, body, provider, http) if body is not None else None


class _Found(msgspec.Struct, frozen=True):
    """What is known of one API error: its entry, the usual advice for its name, the rule that its words fit, its category."""

    match: ApiMatch | None
    advice: Advice | None
    rule: Rule | None
    category: str
    notes: tuple[str, ...]

    @property
    def kind(self) -> Category:
        return catalogue().categories[self.category]

    @property
    def own(self) -> ApiError | Advice | Rule | None:
        """The most telling one that speaks of this category."""
        entries = (self.match.error if self.match is not None else None, self.rule, self.advice)
        return next((one for one in entries if one is not None and one.category == self.category), None)


def _of_body(text: str, body: Body, provider: str | None, http: int | None) -> Explanation | None:
    """The error of a sending service; None where the body holds none, but perhaps a reply."""
    whose = provider or body.provider
    status = http or body.http
    match = find_error(body, whose, http)
    advice = _advice(body, match)
    rules = _rules(body.text)
    if match is None and advice is None:
        if body.smtp:
            reply = parse_reply(body.smtp[0])
            return explanation_of(text, reply, classify(reply, provider), status, None)
        if status is None and provider is None and not rules:
            return None
    return _explained(text, body, whose, status, _found(match, advice, rules, status))


def _rules(text: str) -> list[Rule]:
    found = hits(folded(text)) if text else ()
    plain = (hit.rule for hit in found if not (hit.rule.provider or hit.rule.phase or hit.rule.basic))
    return sorted(plain, key=lambda rule: (-rule.rank, rule.id))


def _advice(body: Body, match: ApiMatch | None) -> Advice | None:
    for name in (*body.names, match.error.like if match is not None else ""):
        if (advice := advice_named(name.lower())) is not None:
            return advice
    return None


_WORDS_DECIDE = {
    "policy": frozenset(
        ("account", "quota", "recipient_unknown", "message_limits", "harmful_content", "spam_content", "suppressed")
    ),
    "bad_request": frozenset(
        ("account", "recipient_unknown", "message_limits", "sender_invalid", "suppressed", "quota")
    ),
}
"""Where an error's name says little (MessageRejected, validation_error), its words say which thing it is."""


def _found(match: ApiMatch | None, advice: Advice | None, rules: Sequence[Rule], status: int | None) -> _Found:
    named = match.error.category if match is not None else advice.category if advice is not None else None
    usual = named or category_of_status(status)
    best = rules[0] if rules else None
    if named is None and usual == "quota" and best is not None and best.category in RATES:
        best = None  # a service's 429 is its allowance for your account, however it puts it: no receiver has slowed you down
    if best is not None and (
        usual is None or best.category in _WORDS_DECIDE.get(usual, ()) or (named is None and best.rank > 60)
    ):
        notes = () if named in (None, best.category) else (f"The name says no more than {named}; the words tell.",)
        return _Found(match, advice, best, best.category, notes)
    if named is not None:
        return _Found(match, advice, None, named, ())
    note = (
        f"No error of that name is known: read by HTTP {status} alone." if status else "No error of that name is known."
    )
    return _Found(match, advice, None, usual or "unknown", (note,))


def _explained(text: str, body: Body, provider: str | None, http: int | None, found: _Found) -> Explanation:
    kind, own, match, advice = found.kind, found.own, found.match, found.advice
    retry = (own.retry if own is not None else None) or kind.retry
    wait = own.wait_s if own is not None and own.retry else kind.wait_s
    wait = stated_wait(folded(text)) or wait
    name = match.name if match is not None else next((one for one in body.names if not one.isdigit()), None)
    suppress = own.suppress if isinstance(own, Advice | Rule) else None
    actor = own.who_acts if isinstance(own, ApiError | Rule) else None
    return Explanation(
        input=shown(text),
        form="api",
        basic=None,
        enhanced=None,
        http=http,
        name=shown(name, 80) if name else None,
        phase=None,
        provider=provider,
        category=found.category,
        permanence=(own.permanence if own is not None else None) or kind.permanence,
        retry=retry,
        wait_s=wait if retry in ("later", "slower") else None,
        suppress="no" if found.category in SENDER_CAUSED else suppress or kind.suppress,
        who_acts=actor or kind.who_acts,
        title=kind.title,
        meaning=(own.meaning if own is not None else "") or kind.meaning,
        action=_action(found),
        registry=None,
        decided_by=_decided_by(body, found, http),
        ambiguous=own is None,
        alternatives=_alternatives(found),
        inner=None,
        suspects=kind.suspects,
        sources=tuple(catalogue().sources[key] for key in _sources(found)),
        notes=_notes(found),
        readings=(told_by(advice),) if advice is not None else (),
    )


def _action(found: _Found) -> str:
    """One advice: the entry's own, else the usual one for its name, with the category's where there is neither or too little."""
    own = found.own.action if isinstance(found.own, ApiError | Rule) else ""
    if not own and found.advice is not None and found.advice.category == found.category:
        return found.advice.action
    return own if len(own) > _SHORT else f"{own} {found.kind.action}".strip()


def _decided_by(body: Body, found: _Found, http: int | None) -> DecidedBy:
    match, advice = found.match, found.advice
    what = (
        match.what
        if match is not None
        else advice.name
        if advice is not None
        else f"HTTP {http}"
        if http
        else body.text
    )
    if found.rule is not None:
        return DecidedBy("text", shown(body.text, 200), found.rule.id)
    rule = f"{match.error.provider}-{match.what}" if match is not None else advice.id if advice is not None else None
    return DecidedBy("api", shown(what, 200), rule)


def _alternatives(found: _Found) -> tuple[Alternative, ...]:
    known = catalogue().categories
    entries = (found.match.error if found.match is not None else None, found.advice)
    others = dict.fromkeys(one.category for one in entries if one is not None and one.category != found.category)
    return tuple(Alternative(category, known[category].title, None) for category in others)


def _sources(found: _Found) -> tuple[str, ...]:
    keys = list(found.match.error.sources) if found.match is not None else []
    keys += ["guide"] if found.advice is not None else []
    keys += list(found.rule.sources) if found.rule is not None else []
    return tuple(dict.fromkeys(keys))


def _notes(found: _Found) -> tuple[str, ...]:
    notes = list(found.notes)
    if found.advice is not None:
        if found.match is not None:
            notes.append(f"{USUAL} call it {found.advice.name}: {found.advice.action}")
        notes += [found.advice.practice] if found.advice.practice else []
    return tuple(dict.fromkeys(notes))
