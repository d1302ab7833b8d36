"""Deciding: of all rules whose words stand in a reply, which one speaks, and what follows from it.

Precedence: the provider that is known to have written the reply; a code of its own that only it uses; words that are
long enough to be one provider's; the plain meaning of words; then the numbers: the enhanced code, the basic code, the
class. The other readings are kept as alternatives. Whether the codes agree with a rule breaks ties.
"""

import msgspec

from checks.replies.catalogue import Advice, Category, Enhanced, Rule, Wait, advice_for, catalogue, code_fits
from checks.replies.match import Hit, folded, hits, provider_of_host, provider_of_text
from checks.replies.parse import Reply
from checks.replies.waits import stated_wait

SENDER_CAUSED = frozenset(
    (
        *("sender_rate", "reputation", "blocklisted", "auth_failed", "sender_dns", "sender_invalid", "spam_content"),
        *("harmful_content", "policy", "malformed", "message_limits", "tls", "relay_denied", "credentials", "account"),
        *(
            "quota",
            "bad_request",
            "recipient_rate",
            "greylisted",
            "remote_failure",
            "network",
            "routing",
            "expired",
            "unknown",
        ),
    )
)
"""Categories in which the address itself is not at fault: nothing in them suppresses it."""
PRODUCTS = frozenset({"postfix", "exim", "qmail", "spamhaus", "dnsbl", "cloudmark"})
LISTS = frozenset({"spamhaus", "dnsbl"})
"""Software and lists that anybody may use: their words count without the provider being known."""
FAMILY = {
    **dict.fromkeys(("outlook.com", "microsoft365", "exchange-onprem"), "microsoft"),
    **dict.fromkeys(("yahoo", "aol-legacy", "att", "verizon"), "yahoo"),
}
"""Providers whose mail is taken by the same servers."""
RECIPIENTS = frozenset({"recipient_unknown", "recipient_disabled", "recipient_domain"})
OWN_WORDS = 20
"""Characters of words that are one provider's own; shorter ones are anybody's."""
_LOGIN = frozenset(("530", "534", "535", "538"))
"""Basic codes that answer AUTH, before any recipient was named."""
_BEFORE_RECIPIENTS = frozenset(("ehlo", "auth"))
_OF_RECIPIENTS = RECIPIENTS | {"mailbox_full", "recipient_refused"}
_OF_SENDERS = frozenset(("sender_invalid", "sender_dns"))
_BLAME = frozenset(("reputation", "blocklisted", "auth_failed", "spam_content"))
_RECIPIENT_WORDS = ("recipient", "user", "mailbox", "destination", "rcpt")
FAINT = 20
"""Words of a lower rank than this give way to a firm enhanced code,"""
VAGUE = 41
"""and words of a lower rank than this to a code that names a failed authentication (X.7.20 to X.7.29)."""
WITHOUT_A_REASON = frozenset({"policy", "unknown"})
"""Categories in which a reply that says how long to wait is believed."""
RATES = frozenset({"sender_rate", "recipient_rate", "quota"})
AUTHENTICATION = 91
"""Rank of the words that speak of a failed authentication plainly."""
AMBIGUOUS_CODES = frozenset({"550", "553", "554", "552", "571", "450", "451", "421"})


class Reading(msgspec.Struct, frozen=True):
    """What a reply is taken to mean. `by`: text, token, enhanced, basic, class or api; `what` decided: words or a code."""

    category: str
    by: str
    what: str
    rule: Rule | None = None
    advice: Advice | None = None


class Decision(msgspec.Struct, frozen=True):
    """The reading that was chosen, the others, and what follows. `registry` is what the enhanced code says by the book."""

    reading: Reading
    alternatives: tuple[Reading, ...]
    provider: str | None
    permanence: str | None
    retry: str
    wait_s: Wait | None
    suppress: str
    who_acts: str
    ambiguous: bool
    registry: Enhanced | None
    advice: Advice | None


def classify(reply: Reply, provider: str | None = None, host: str | None = None) -> Decision:
    """Decide what a reply means. `provider` and `host` are who said it, where that is known from elsewhere."""
    said_by = provider or provider_of_host(reply.host) or provider_of_host(host)
    if (reply.basic and reply.basic[0] in "23") or (not reply.basic and reply.enhanced and reply.enhanced[0] == "2"):
        return _accepted(reply, said_by)
    text = folded(reply.text)
    known = said_by or provider_of_text(text) or _provider_of_code(reply.enhanced)
    readings = _readings(text, reply, known)
    if (
        reply.inner is not None
        and not any(one.category == "expired" or _verifies_the_sender(one) for one in readings[:1])
        and not _is_expired(reply)
    ):
        readings = _from_inner(reply.inner, provider, readings)
    elif _is_expired(reply) and not any(one.category == "expired" for one in readings[:1]):
        readings = [Reading("expired", "enhanced", reply.enhanced or ""), *readings]
    by_number = _by_number(reply)
    ambiguous = False
    if not readings and reply.context:
        readings = _readings(folded(reply.context), reply, known)
    if not readings or _faint(readings[0], reply):
        ambiguous = not readings and _number_is_ambiguous(reply)
        readings = [by_number, *readings]
    else:
        readings.append(by_number)
    advice = advice_for(reply.basic, reply.enhanced)
    if advice is not None:
        readings.append(
            Reading(
                advice.category,
                "enhanced" if advice.enhanced else "basic",
                advice.enhanced or advice.basic,
                advice=advice,
            )
        )
    if ambiguous:
        readings += _also(reply)
    if reply.inner is not None and readings[0].category == "expired":
        readings[1:1] = _from_inner(reply.inner, provider, [])
    return _decided(reply, readings, known, ambiguous, advice)


def _provider_of_code(enhanced: str | None) -> str | None:
    """Codes with a detail of three digits are Microsoft's own: the registry ends at thirty."""
    return "microsoft365" if enhanced is not None and len(enhanced.rpartition(".")[2]) == 3 else None


def _accepted(reply: Reply, provider: str | None) -> Decision:
    code = reply.basic or reply.enhanced or ""
    registry = enhanced_entry(reply.enhanced)
    by = "enhanced" if reply.enhanced and not reply.basic else "basic" if reply.basic in catalogue().basic else "class"
    advice = advice_for(reply.basic, None)
    reading = Reading("accepted", by, code, advice=advice)
    category = catalogue().categories["accepted"]
    return Decision(
        reading, (), provider, None, category.retry, None, category.suppress, category.who_acts, False, registry, advice
    )


def _readings(text: str, reply: Reply, provider: str | None) -> list[Reading]:
    """All rules that fit, best first."""
    # "535 authentication failed: user unknown" is about who logs in: no recipient was named yet. RFC 4954 section 4
    before_recipients = reply.basic in _LOGIN or reply.phase in _BEFORE_RECIPIENTS
    scored = []
    for hit in hits(text):
        tier = _tier(hit, provider, reply)
        if tier and not (before_recipients and hit.rule.category in _OF_RECIPIENTS):
            scored.append(((tier, hit.rule.rank, _agreement(hit.rule, reply), len(hit.words)), hit))
    scored.sort(key=lambda pair: (tuple(-part for part in pair[0]), pair[1].rule.id))
    return [Reading(hit.rule.category, "token" if _is_token(hit) else "text", hit.words, hit.rule) for _, hit in scored]


def _is_token(hit: Hit) -> bool:
    return hit.rule.token and (" " not in hit.words or any(char.isdigit() for char in hit.words))


def _tier(hit: Hit, provider: str | None, reply: Reply) -> int:
    """How much the author of the words counts: 0 where the rule is somebody else's and the words are anybody's."""
    rule = hit.rule
    if rule.phase and rule.phase != reply.phase:
        return 0
    if not rule.provider:
        if rule.basic and not _basic_fits(rule, reply):
            return 0
        # Words about authentication come before the name of a list, which is a product's own.
        return 3 if rule.rank >= 98 or (rule.category == "auth_failed" and rule.rank >= AUTHENTICATION) else 2
    fits = _agreement(rule, reply)
    if provider is not None and FAMILY.get(rule.provider, rule.provider) == FAMILY.get(provider, provider):
        return 5 if fits > -2 else 2 if len(hit.words) >= OWN_WORDS else 0
    if _is_token(hit):
        return 4
    if rule.provider in PRODUCTS:
        return 3 if rule.provider in LISTS or (len(hit.words) >= OWN_WORDS - 6 and fits > -2) else 0
    if provider is not None or fits < 0:
        return 0
    return 3 if len(hit.words) >= OWN_WORDS else 0


def _basic_fits(rule: Rule, reply: Reply) -> bool:
    if reply.basic is None:  # a whole class of codes fits an enhanced code of that class
        return rule.basic.endswith(r"\d\d") and rule.basic[0] == reply.digit
    return code_fits(rule.basic, reply.basic)


def _agreement(rule: Rule, reply: Reply) -> int:
    """How well the codes agree with a rule's: 2 both, 1 one, 0 nothing to compare; below 0 they contradict."""
    score = 0
    if rule.enhanced and reply.enhanced:
        score += 1 if code_fits(rule.enhanced, reply.enhanced) else -1
    if rule.basic and reply.basic:
        if code_fits(rule.basic, reply.basic):
            score += 1
        else:
            score -= 1 if rule.basic[0] in (reply.basic[0], "[", "(") else 2
    return score


def _faint(reading: Reading, reply: Reply) -> bool:
    """True for words that say little where the enhanced code says more."""
    entry = enhanced_entry(reply.enhanced)
    if reading.rule is None or reading.rule.provider or entry is None:
        return False
    # 5.1.7 and 5.1.8 are about the sender's address: "invalid address" alone is not the recipient's.
    if entry.category in _OF_SENDERS and reading.category == "recipient_unknown":
        return not any(word in reading.what for word in _RECIPIENT_WORDS)
    return (entry.firm and reading.rule.rank < FAINT) or (entry.category == "auth_failed" and reading.rule.rank < VAGUE)


def _verifies_the_sender(reading: Reading) -> bool:
    """True where the reply that is quoted was said of the sender's own address: `Sender address rejected: undeliverable`."""
    return reading.category in _OF_SENDERS and reading.rule is not None


def _is_expired(reply: Reply) -> bool:
    return (
        bool(reply.enhanced) and reply.enhanced is not None and reply.enhanced[1:] == ".4.7" and reply.inner is not None
    )


def _from_inner(inner: Reply, provider: str | None, outer: list[Reading]) -> list[Reading]:
    """The quoted reply is the cause: its readings come first, those of the outer one are alternatives."""
    decision = classify(inner, provider)
    if decision.reading.category in ("unknown", "accepted"):
        return outer
    return [decision.reading, *outer]


def enhanced_entry(enhanced: str | None) -> Enhanced | None:
    """What the registry says of an enhanced code, whatever its class."""
    return catalogue().enhanced.get(enhanced[2:]) if enhanced else None


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


def _number_is_ambiguous(reply: Reply) -> bool:
    entry = enhanced_entry(reply.enhanced)
    if reply.enhanced:
        return entry is None or not entry.firm
    return reply.basic in AMBIGUOUS_CODES or reply.basic is None


def _decided(
    reply: Reply, readings: list[Reading], known: str | None, ambiguous: bool, advice: Advice | None
) -> Decision:
    best = readings[0]
    others, seen = [], {best.category}
    for one in readings[1:]:
        if one.category not in seen and one.category != "unknown":
            others.append(one)
            seen.add(one.category)
    category = catalogue().categories[best.category]
    rule = best.rule
    own = rule or best.advice
    permanence = _permanence(reply, best, category)
    provider = known
    if provider is None and rule is not None and rule.provider not in ("", "dnsbl"):
        provider = rule.provider
    retry = (own.retry if own is not None else None) or category.retry
    wait_s = own.wait_s if own is not None and own.retry else category.wait_s
    if permanence == "permanent" and retry == "later" and rule is None:
        retry, wait_s = "no", None
    if permanence == "temporary" and retry == "no" and best.category in (RECIPIENTS | {"unknown", "mailbox_full"}):
        retry, wait_s = "later", (3600, 86400)
    stated = stated_wait(folded(reply.raw)) if permanence != "permanent" else None
    if stated is not None and permanence == "temporary" and retry in ("no", "fix"):
        # The server says itself that waiting will do.
        retry = "later" if best.category in WITHOUT_A_REASON else "slower" if best.category in RATES else retry
    if stated is not None:
        wait_s = stated
    return Decision(
        best,
        tuple(others[:6]),
        provider,
        permanence,
        retry,
        wait_s if retry in ("later", "slower") else None,
        _suppress(reply, best, category, permanence, ambiguous or _blames_the_sender(best, readings[1:])),
        rule.who_acts if rule is not None and rule.who_acts else category.who_acts,
        ambiguous,
        enhanced_entry(reply.enhanced),
        advice,
    )


def _blames_the_sender(best: Reading, others: list[Reading]) -> bool:
    """True where general words about the recipient stand beside words about the sender: then no address is given up."""
    return (
        best.rule is not None
        and not best.rule.provider
        and any(
            one.category in _BLAME and one.rule is not None and not one.rule.provider and one.rule.rank >= FAINT
            for one in others
        )
    )


def _permanence(reply: Reply, best: Reading, category: Category) -> str:
    """What the reply claims, corrected by its words."""
    told = (best.rule.permanence if best.rule else None) or (best.advice.permanence if best.advice else None)
    usual = told or category.permanence or "ambiguous"
    if best.category == "greylisted":  # whatever the number: the words promise that it passes
        return "temporary"
    if reply.classes_disagree:
        return "ambiguous"
    if reply.digit == "4":
        return "ambiguous" if told == "ambiguous" else "temporary"
    if reply.digit == "5":
        return (
            "ambiguous"
            if usual in ("ambiguous", "temporary") and (told or best.category in ("mailbox_full", "expired"))
            else "permanent"
        )
    return usual


def _suppress(reply: Reply, best: Reading, category: Category, permanence: str, ambiguous: bool) -> str:
    """What to do with the address. What the sender caused never suppresses it, whatever a rule says."""
    if best.category in SENDER_CAUSED:
        return "no"
    told = (
        (best.rule.suppress if best.rule else None)
        or (best.advice.suppress if best.advice else None)
        or category.suppress
    )
    if told in ("yes", "domain", "after_repeats") and reply.phase in ("connect", "ehlo", "auth", "mail"):
        return "no" if best.category != "recipient_domain" else told  # no recipient was named yet
    if told in ("yes", "domain"):
        if permanence == "temporary":
            return "after_repeats"
        if ambiguous or (best.by == "basic" and reply.enhanced is None):
            return "no"
    return told
