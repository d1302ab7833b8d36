"""What a reply means, as the contract of `healthcheck explain` tells it.

The answer says what the number means by the book, what the words mean here, which words decided, what will work, what to
do with the address, who has to act, and where all that is known from. Nothing is left out: what is not known is None.
"""

from functools import lru_cache

import msgspec

from checks.replies.catalogue import Advice, Enhanced, Lazily, Rule, Source, Wait, catalogue
from checks.replies.classify import Decision
from checks.replies.clean import masked
from checks.replies.numbers import Reading
from checks.replies.parse import Reply

USUAL = "The usual references"
"""How the notes begin that tell the usual advice."""
LONGEST_INPUT = 4000
"""Characters of the input that are given back,"""
LONGEST_WORDS = 200
"""and of the words that decided."""
_CONTROLS = Lazily(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")

_INVISIBLE = Lazily(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
"""What takes no room: it is taken out, so that it cannot stand inside a credential's name."""


class Registry(msgspec.Struct, frozen=True):
    """What the number says by the book."""

    title: str
    reference: str


class DecidedBy(msgspec.Struct, frozen=True):
    """`by`: text, token, enhanced, basic, class or api; `what`: the words or the code; `rule`: of the catalogue, or None."""

    by: str
    what: str
    rule: str | None


class Alternative(msgspec.Struct, frozen=True):
    """Another reading."""

    category: str
    title: str
    rule: str | None


class Inner(msgspec.Struct, frozen=True):
    """The reply that this one quotes."""

    basic: str | None
    enhanced: str | None
    text: str


class Told(msgspec.Struct, frozen=True):
    """What one authority says of the codes or the name. `by`: registry, guide (the usual references) or class."""

    by: str
    title: str
    meaning: str
    action: str | None
    category: str | None


class Explanation(msgspec.Struct, frozen=True):
    """One reply explained; the fields are those of schema healthcheck.explanations/1."""

    input: str
    form: str
    basic: str | None
    enhanced: str | None
    http: int | None
    name: str | None
    phase: str | None
    provider: str | None
    category: str
    permanence: str | None
    retry: str
    wait_s: Wait | None
    suppress: str
    who_acts: str
    title: str
    meaning: str
    action: str
    registry: Registry | None
    decided_by: DecidedBy
    ambiguous: bool
    alternatives: tuple[Alternative, ...]
    inner: Inner | None
    suspects: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    readings: tuple[Told, ...]
    recipient: str | None = None
    host: str | None = None


def shown(text: str, most: int = LONGEST_INPUT) -> str:
    """A stranger's text fit to be given back: credentials masked, no control characters, bounded."""
    if not text:
        return ""
    # Masked before it is cut: half a key is not recognised. Controls go first, for one inside hides a credential.
    start = text[: most + 500]
    if not start.isprintable():
        start = _CONTROLS().sub(" ", _INVISIBLE().sub("", start))
    whole = masked(start)
    return (whole if len(text) <= most else whole[:most] + "…").strip()


@lru_cache(2048)  # the words of a rule are said over and over
def _shown_words(what: str) -> str:
    return shown(what, LONGEST_WORDS)


def _form(reply: Reply) -> str:
    if reply.basic is None and reply.enhanced is None:
        return "text"
    return "smtp" if reply.text or reply.inner is not None or reply.from_dsn else "code"


def explanation_of(text: str, reply: Reply, decision: Decision, http: int | None, host: str | None) -> Explanation:
    """A parsed reply and what was decided of it, as the contract tells it."""
    reading = decision.reading
    own = _own_words(reading.category, reading.by, reading.rule, reading.advice)
    return Explanation(
        input=shown(text),
        form=_form(reply),
        basic=reply.basic,
        enhanced=reply.enhanced,
        http=http,
        name=None,
        phase=reply.phase,
        provider=decision.provider,
        category=reading.category,
        permanence=decision.permanence,
        retry=decision.retry,
        wait_s=decision.wait_s,
        suppress=decision.suppress,
        who_acts=decision.who_acts,
        title=own.title,
        meaning=own.meaning,
        action=_action_of(own.action, decision),
        registry=_registry(reply.basic, reply.enhanced),
        decided_by=DecidedBy(reading.by, _shown_words(reading.what), own.id),
        ambiguous=decision.ambiguous,
        alternatives=tuple([_alternative(one.category, one.rule, one.advice) for one in decision.alternatives]),
        inner=_inner(reply),
        suspects=_suspects(own.suspects, decision),
        sources=own.sources,
        notes=_notes(reply, decision),
        readings=_readings(reply.basic, reply.enhanced, decision.registry, decision.advice),
        host=reply.host or host,
    )


class _Own(msgspec.Struct, frozen=True):
    """What is told of a reading whatever else the reply holds."""

    id: str | None
    title: str
    meaning: str
    action: str
    sources: tuple[Source, ...]
    suspects: tuple[str, ...]


@lru_cache(2048)  # there are some hundreds of rules, and pairs of codes
def _own_words(category: str, by: str, rule: Rule | None, advice: Advice | None) -> _Own:
    reading = Reading(category, by, "", rule, advice)
    known = catalogue().categories[category]
    suspects = () if _is_the_recipients(category, rule) else _usual_suspects(category, rule)
    return _Own(
        _id(rule, advice),
        known.title,
        _meaning(reading),
        _action(reading),
        _sources(reading),
        tuple(dict.fromkeys(suspects)),
    )


@lru_cache(2048)
def _alternative(category: str, rule: Rule | None, advice: Advice | None) -> Alternative:
    return Alternative(category, catalogue().categories[category].title, _id(rule, advice))


def _id(rule: Rule | None, advice: Advice | None) -> str | None:
    return rule.id if rule is not None else advice.id if advice is not None else None


def _meaning(reading: Reading) -> str:
    category = catalogue().categories[reading.category]
    told = reading.rule or reading.advice
    return (told.meaning if told is not None else "") or category.meaning


def _action(reading: Reading) -> str:
    """What to do, as one advice: the usual one for these codes where practice agrees with it, else the category's, with what
    a rule has to add."""
    category, rule, advice = catalogue().categories[reading.category], reading.rule, reading.advice
    if rule is None:
        return advice.action if advice is not None and not advice.practice else category.action
    usual = (category.retry, category.suppress)
    otherwise = (rule.retry or category.retry, rule.suppress or category.suppress) != usual
    if len(rule.action) > 60 or (rule.action and otherwise):  # the category's would contradict it
        return rule.action
    return f"{rule.action} {category.action}".strip()


_GIVES_UP = ("yes", "domain")
KEEP_BY_NUMBER = (
    "Keep the address for now: the number alone does not say that it is gone. Read the words of the whole reply, and remove or "
    "correct the address where they, or an enhanced code such as 5.1.1, say so."
)
KEEP_BY_WORDS = (
    "Keep the address for now: the reply does not make plain that the recipient is gone, and may speak of the sender. Do what its "
    "words ask for, and remove the address only where a reply says that it does not exist."
)


def _action_of(own: str, decision: Decision) -> str:
    """The action of a reading; where its address is kept although such a reading gives addresses up, that is said instead."""
    reading = decision.reading
    told = reading.rule or reading.advice
    usual = (told.suppress if told is not None else None) or catalogue().categories[reading.category].suppress
    if decision.suppress != "no" or usual not in _GIVES_UP:
        return own
    return KEEP_BY_WORDS if reading.rule is not None else KEEP_BY_NUMBER


def _inner(reply: Reply) -> Inner | None:
    if reply.inner is None:
        return None
    return Inner(reply.inner.basic, reply.inner.enhanced, shown(reply.inner.text, 1000))


@lru_cache(2048)
def _registry(basic: str | None, enhanced: str | None) -> Registry | None:
    known = catalogue()
    if enhanced and (entry := known.enhanced.get(enhanced[2:])) is not None:
        return Registry(entry.title, entry.reference)
    if basic and (code := known.basic.get(basic)) is not None:
        return Registry(code.meaning, code.reference)
    return None


def _suspects(own: tuple[str, ...], decision: Decision) -> tuple[str, ...]:
    """What may be the cause: also of the other readings, where the one that was chosen is a guess or names no cause."""
    reading = decision.reading
    if not (decision.ambiguous or reading.category == "expired") or _is_the_recipients(reading.category, reading.rule):
        return own
    others = (
        one.rule.suspects
        if one.rule is not None and one.rule.suspects
        else catalogue().categories[one.category].suspects
        for one in decision.alternatives
    )
    return tuple(dict.fromkeys((*own, *(suspect for suspects in others for suspect in suspects))))


def _usual_suspects(category: str, rule: Rule | None) -> tuple[str, ...]:
    own = rule.suspects if rule is not None else None
    return own if own is not None else catalogue().categories[category].suspects


def _is_the_recipients(category: str, rule: Rule | None) -> bool:
    """True where nothing of the sender's can be the cause."""
    return rule is not None and rule.who_acts == "recipient" and category not in ("policy", "reputation")


def _sources(reading: Reading) -> tuple[Source, ...]:
    known = catalogue().sources
    keys: list[str] = list(reading.rule.sources) if reading.rule is not None else []
    if reading.rule is None:
        keys += ["iana-esc", "rfc3463"] if reading.by == "enhanced" else ["rfc5321"]
    if reading.advice is not None:
        keys.append("guide")
    return tuple(known[key] for key in dict.fromkeys(keys))


_FALLBACK = {
    "enhanced": "No words of this reply are known, or they say less than its number: it is read by the enhanced code {what} alone.",
    "basic": "Neither the words nor an enhanced code tell more: it is read by the basic code {what} alone.",
    "class": "Nothing but the first digit of this code is known. {meaning}",
}
_SEVERAL_THINGS = (
    "No words of this reply are known, or they say less than its number, and {what} is used for several things: the answer is a "
    "guess, and the words of the whole reply would decide."
)


def _notes(reply: Reply, decision: Decision) -> tuple[str, ...]:
    known = catalogue()
    notes: list[str] = []
    reading = decision.reading
    if reading.category == "accepted":
        return tuple(_class_note(reply))
    if reading.by == "class":
        text = known.classes[reply.digit].meaning if reply.digit in known.classes else ""
        notes.append(
            _FALLBACK["class"].format(what=reading.what, meaning=text)
            if text
            else "There is no code in this text, and none of its words are known."
        )
    elif reading.rule is None and reading.by in _FALLBACK:
        told = decision.advice is not None and decision.advice.practice  # what else the number is used for, said below
        guess = decision.ambiguous and not told
        notes.append((_SEVERAL_THINGS if guess else _FALLBACK[reading.by]).format(what=reading.what))
    if reply.classes_disagree:
        notes.append(
            f"The codes disagree: {reply.basic} is {_claims(reply.basic)} and {reply.enhanced} {_claims(reply.enhanced)}; "
            f"servers act on {reply.basic}."
        )
    if reply.enhanced and decision.registry is None:
        rest = "" if reading.by == "class" else "; its subject and the rest of the reply decide"
        notes.append(f"{reply.enhanced} is in no registry{rest}.")
    if (
        decision.registry is not None
        and reading.rule is not None
        and decision.registry.category not in (reading.category, "unknown", "policy")
    ):
        notes.append(
            f"By the book {reply.enhanced} means: {decision.registry.title}. "
            f"The words {shown(reading.what, 80)!r} say otherwise, and words count more."
        )
    if reply.inner is not None:
        notes.append(f"It quotes another reply ({_codes(reply.inner)}): that is the cause, the outer one the verdict.")
    advice = decision.advice
    if advice is not None and advice.category != reading.category:
        codes = f"{advice.basic} {advice.enhanced}".strip()
        notes.append(f"{USUAL} read {codes} as {advice.title!r}: {advice.action}")
    if advice is not None and advice.practice:
        notes.append(advice.practice)
    return tuple(dict.fromkeys(notes))


def _class_note(reply: Reply) -> list[str]:
    told = catalogue().classes.get(reply.digit)
    return [told.meaning] if told is not None else []


def _codes(reply: Reply) -> str:
    return " ".join(code for code in (reply.basic, reply.enhanced) if code)


def _claims(code: str | None) -> str:
    return "temporary" if code and code[0] == "4" else "permanent" if code and code[0] == "5" else "a success"


@lru_cache(2048)
def _readings(
    basic: str | None, enhanced: str | None, registry: Enhanced | None, advice: Advice | None
) -> tuple[Told, ...]:
    known = catalogue()
    found = []
    if registry is not None:
        found.append(Told("registry", registry.title, registry.meaning, None, registry.category))
    if basic and (code := known.basic.get(basic)) is not None:
        found.append(Told("registry", basic, code.meaning, None, None))
    if advice is not None:
        found.append(told_by(advice))
    if (kind := known.classes.get((basic or enhanced or "")[:1])) is not None:
        found.append(Told("class", kind.title, kind.meaning, None, None))
    return tuple(found)


def told_by(advice: Advice) -> Told:
    """The usual advice as a reading."""
    return Told("guide", advice.title, advice.meaning, advice.action, advice.category)
