"""What the numbers of a reply say where its words do not: the enhanced code, its subject, the basic code, the class.

A number says what its sender was taught to send with it, and several of them are used for anything (`550 5.7.1`): what else
a number is used for is told, too, and whether it is one of those.
"""

from functools import lru_cache

import msgspec

from checks.replies.catalogue import Advice, Enhanced, Rule, advice_for, catalogue
from checks.replies.parse import Reply

AMBIGUOUS_CODES = frozenset({"550", "553", "554", "552", "571", "450", "451", "421"})
"""Basic codes that are used for several things."""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What a reply is taken to mean. `by`: text, token, enhanced, basic, class or api; `what` decided: words or a code."""

    category: str
    by: str
    what: str
    rule: Rule | None = None
    advice: Advice | None = None


class Numbers(msgspec.Struct, frozen=True):
    """All that is known of a pair of codes: what it says where words do not, what else it is used for, the usual advice."""

    reading: Reading
    also: tuple[Reading, ...]
    ambiguous: bool
    advice: Advice | None
    advised: Reading | None
    registry: Enhanced | None
    provider: str | None


@lru_cache(2048)
def numbers_of(basic: str | None, enhanced: str | None, of_sender: bool = False) -> Numbers:
    """What a basic and an enhanced code come to where no words decide; either may be missing. `of_sender`: they answer MAIL
    FROM, where no recipient was named yet, so that a missing mailbox or domain is the sender's."""
    reply = Reply(basic, enhanced)
    advice = advice_for(basic, enhanced)
    advised = None
    if advice is not None:
        by = "enhanced" if advice.enhanced else "basic"
        advised = Reading(advice.category, by, advice.enhanced or advice.basic, advice=advice)
    reading = _by_number(reply)
    if of_sender and (own := _OF_SENDER.get(reading.category)) is not None:
        reading = Reading(own, reading.by, reading.what)
    return Numbers(
        reading,
        tuple(_also(reply)),
        _number_is_ambiguous(reply) or _advised_otherwise(reading, advised),
        advice,
        advised,
        enhanced_entry(enhanced),
        _provider_of_code(enhanced),
    )


def _provider_of_code(enhanced: str | None) -> str | None:
    """Codes with a detail of three digits are Microsoft's own: the registry ends at thirty."""
    return "microsoft365" if enhanced is not None and len(enhanced.rpartition(".")[2]) == 3 else None


def enhanced_entry(enhanced: str | None) -> Enhanced | None:
    """What the registry says of an enhanced code, whatever its class."""
    return catalogue().enhanced.get(enhanced[2:]) if enhanced else None


_OF_SENDER = {
    "recipient_unknown": "sender_invalid",
    "recipient_disabled": "sender_invalid",
    "recipient_domain": "sender_dns",
}
_BY_SUBJECT = {
    "1": "recipient_unknown",
    "3": "remote_failure",
    "4": "network",
    "5": "bad_request",
    "6": "malformed",
    "7": "policy",
}
_BY_BASIC = {
    **dict.fromkeys(("421", "450", "451", "453", "454"), "remote_failure"),
    **dict.fromkeys(("500", "501", "502", "503", "504", "555", "455"), "bad_request"),
    **dict.fromkeys(("530", "534", "535", "538", "432"), "credentials"),
    **dict.fromkeys(("523", "524"), "tls"),
    **dict.fromkeys(("521", "556"), "recipient_domain"),
    **dict.fromkeys(("541", "542", "554"), "policy"),
    **dict.fromkeys(("571", "591"), "reputation"),
    **dict.fromkeys(("550", "551", "553"), "recipient_unknown"),
    "525": "account",
    "452": "remote_failure",
    "422": "mailbox_full",
    "552": "mailbox_full",
}


def _by_number(reply: Reply) -> Reading:
    """What the numbers say where the words do not: the enhanced code, its subject, the basic code, the class."""
    entry = enhanced_entry(reply.enhanced)
    advice = advice_for(reply.basic, reply.enhanced)
    own = advice if advice is not None and advice.enhanced else None
    if reply.enhanced and entry is not None and entry.category not in ("unknown", "accepted"):
        # 421 4.7.0 and 450 4.7.1: the book says policy, and everybody means "not now".
        vague = own is not None and entry.category == "policy" and reply.digit == "4"
        category = own.category if own is not None and vague else entry.category
        return Reading(
            category, "enhanced", reply.enhanced, advice=own if own is not None and own.category == category else None
        )
    by_subject = _BY_SUBJECT.get(reply.enhanced[2]) if reply.enhanced and entry is None else None
    if reply.enhanced and by_subject is not None:
        return Reading(by_subject, "enhanced", reply.enhanced)
    if reply.basic in _BY_BASIC:
        basic_advice = advice if advice is not None and advice.category == _BY_BASIC[reply.basic] else None
        return Reading(_BY_BASIC[reply.basic], "basic", reply.basic, advice=basic_advice)
    digit = reply.digit
    return Reading("unknown", "class", f"{digit}xx" if digit else "")


def _also(reply: Reply) -> list[Reading]:
    """What else the numbers are used for."""
    if (entry := enhanced_entry(reply.enhanced)) is not None:
        return [Reading(category, "enhanced", str(reply.enhanced)) for category in entry.also]
    basic = catalogue().basic.get(reply.basic or "")
    return [Reading(category, "basic", str(reply.basic)) for category in basic.also] if basic is not None else []


def _advised_otherwise(reading: Reading, advised: Reading | None) -> bool:
    """True where the registry and the usual references read the same enhanced code as two things, as with 550 5.1.6."""
    return advised is not None and advised.by == "enhanced" and advised.category != reading.category


def _number_is_ambiguous(reply: Reply) -> bool:
    entry = enhanced_entry(reply.enhanced)
    if reply.enhanced:
        return entry is None or not entry.firm
    return reply.basic in AMBIGUOUS_CODES or reply.basic is None
