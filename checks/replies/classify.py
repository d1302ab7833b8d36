"""Deciding: of all rules whose words stand in a reply, which one speaks, and what follows from it.

Precedence: the provider that is known to have written the reply; a code of its own that only it uses; words that are
long enough to be one provider's; the plain meaning of words; then the numbers: the enhanced code, the basic code, the
class. The other readings are kept as alternatives. Whether the codes agree with a rule breaks ties.
"""

from functools import lru_cache

import msgspec

from checks.replies.catalogue import Advice, Enhanced, Rule, Wait, catalogue, code_fits
from checks.replies.clean import any_in
from checks.replies.match import folded, found, provider_of_host
from checks.replies.numbers import Numbers, Reading, enhanced_entry, numbers_of
from checks.replies.parse import Reply
from checks.replies.waits import wait_of

SENDER_CAUSED = frozenset(
    (
        *("sender_rate", "reputation", "blocklisted", "auth_failed", "sender_dns", "sender_invalid", "spam_content"),
        *("harmful_content", "policy", "malformed", "message_limits", "tls", "relay_denied", "credentials", "account"),
        *("quota", "bad_request", "recipient_rate", "greylisted"),
        *("remote_failure", "network", "routing", "expired", "unknown"),
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
SHORTEST_WORDS = 14
"""Characters of words that are a product's own."""
_LOGIN = frozenset(("530", "534", "535", "538"))
"""Basic codes that answer AUTH, before any recipient was named."""
_BEFORE_RECIPIENTS = frozenset(("ehlo", "auth"))
_OF_RECIPIENTS = RECIPIENTS | {"mailbox_full", "recipient_refused"}
_OF_SENDERS = frozenset(("sender_invalid", "sender_dns"))
_BLAME = frozenset(("reputation", "blocklisted", "auth_failed", "spam_content"))
_SENDERS_DOMAIN = (
    *("sender", "your dns", "your domain", "your mail", "mail from", "from domain", "from address", "helo"),
    *("return path", "return-path", "reply-to", "message-id", "ptr ", " link", "link ", "url ", "ehlo"),
)
_SENDERS_MAILBOX = (
    *("sender", "originator", "sending account", "authenticated user", "sasl"),
    *("return path", "return-path", "return address", "reply-to", "mail from", "from address", "from: ", "from header"),
    *("your address", "your e-mail address", "your email address", "your account", "your mailbox", "your client"),
    *("your subscription", "your contract", "your membership", "your plan", "your trial", "your licen"),
    *("helo ", "ehlo ", "you are not ", "you send", "you sent from", "you authenticate", "you connect", "you log in"),
    *("please log in", "please authenticate", "must authenticate", "ip address not", "ip address is not", "this ip"),
    *("your company", "your organi", "your server", "your host", "user agent", " header", "main account"),
)
_NO_SENDERS_MAILBOX = "your address book"
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


class Decision(msgspec.Struct, frozen=True, gc=False):
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
    words = found(folded(reply.text))
    numbers = numbers_of(reply.basic, reply.enhanced, of_sender=reply.phase == "mail")
    known = said_by or words.provider or numbers.provider
    readings = _readings(words.fits, reply, known)
    if (
        reply.inner is not None
        and not any(one.category == "expired" or _verifies_the_sender(one) for one in readings[:1])
        and not _is_expired(reply)
    ):
        readings = _from_inner(reply.inner, provider, readings)
    elif _is_expired(reply) and not any(one.category == "expired" for one in readings[:1]):
        readings = [Reading("expired", "enhanced", reply.enhanced or ""), *readings]
    ambiguous = False
    if not readings and reply.context:
        readings = _readings(found(folded(reply.context)).fits, reply, known)
    if not readings or _faint(readings[0], reply):
        ambiguous = numbers.ambiguous  # faint words do not decide either
        readings.insert(0, numbers.reading)
    else:
        readings.append(numbers.reading)
    if numbers.advised is not None:
        readings.append(numbers.advised)
    if ambiguous:
        readings += numbers.also
    if reply.inner is not None and readings[0].category == "expired":
        readings[1:1] = _from_inner(reply.inner, provider, [])
    return _decided(reply, readings, known, ambiguous, numbers)


def _accepted(reply: Reply, provider: str | None) -> Decision:
    code = reply.basic or reply.enhanced or ""
    registry = enhanced_entry(reply.enhanced)
    by = "enhanced" if reply.enhanced and not reply.basic else "basic" if reply.basic in catalogue().basic else "class"
    advice = numbers_of(reply.basic, None).advice
    reading = Reading("accepted", by, code, advice=advice)
    category = catalogue().categories["accepted"]
    return Decision(
        reading, (), provider, None, category.retry, None, category.suppress, category.who_acts, False, registry, advice
    )


def _readings(fits: tuple[tuple[int, str], ...], reply: Reply, provider: str | None) -> list[Reading]:
    """All rules that fit, best first."""
    if not fits:
        return []
    codes = (reply.basic, reply.enhanced, reply.phase)
    rules = catalogue().rules
    scored = []
    for number, words in fits:
        rule, size = rules[number], len(words)
        token = rule.token and (" " not in words or any(char.isdigit() for char in words))
        long = 0 if size < SHORTEST_WORDS else SHORTEST_WORDS if size < OWN_WORDS else OWN_WORDS
        tier, agreement = _weight(number, long if rule.provider else 0, token, provider, codes)
        if tier:
            reading = Reading(rule.category, "token" if token else "text", words, rule)
            scored.append((-tier, -rule.rank, -agreement, -size, rule.id, reading))
    scored.sort()  # the name of a rule breaks ties
    return [one[-1] for one in scored]


_Codes = tuple[str | None, str | None, str | None]
"""The basic code, the enhanced one, and the phase: all that a rule asks of a reply beside its words."""


@lru_cache(8192)  # few rules make up most replies
def _weight(number: int, size: int, token: bool, provider: str | None, codes: _Codes) -> tuple[int, int]:
    """The tier of a rule that fits with words of some size, and how well these codes agree with it."""
    rule = catalogue().rules[number]
    basic, enhanced, phase = codes
    # "535 authentication failed: user unknown" is about who logs in: no recipient was named yet. RFC 4954 section 4
    if (basic in _LOGIN or phase in _BEFORE_RECIPIENTS) and rule.category in _OF_RECIPIENTS:
        return 0, 0
    if phase == "mail" and rule.category in RECIPIENTS:  # MAIL FROM names the sender, and nobody else yet
        return 0, 0
    reply = Reply(basic, enhanced, phase=phase)
    return _tier(rule, size, token, provider, reply), _agreement(rule, reply)


def _tier(rule: Rule, size: int, token: bool, provider: str | None, reply: Reply) -> int:
    """How much the author of the words counts: 0 where the rule is somebody else's and the words are anybody's."""
    if rule.phase and rule.phase != reply.phase:
        return 0
    if not rule.provider:
        if rule.basic and not _basic_fits(rule, reply):
            return 0
        # Words about authentication come before the name of a list, which is a product's own.
        return 3 if rule.rank >= 98 or (rule.category == "auth_failed" and rule.rank >= AUTHENTICATION) else 2
    fits = _agreement(rule, reply)
    if provider is not None and FAMILY.get(rule.provider, rule.provider) == FAMILY.get(provider, provider):
        return 5 if fits > -2 else 2 if size >= OWN_WORDS else 0
    if rule.told:
        return 0
    if token:
        return 4
    if rule.provider in PRODUCTS:
        return 3 if rule.provider in LISTS or (size >= SHORTEST_WORDS and fits > -2) else 0
    if provider is not None or fits < 0:
        return 0
    return 3 if size >= OWN_WORDS else 0


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
    no_mail = "accept" in reading.what or "null" in reading.what  # a host that takes no mail is the recipient's
    if entry.category in _OF_SENDERS and reading.category in RECIPIENTS - {"recipient_disabled"} and not no_mail:
        return not any(word in reading.what for word in _RECIPIENT_WORDS)
    return (entry.firm and reading.rule.rank < FAINT) or (entry.category == "auth_failed" and reading.rule.rank < VAGUE)


def _verifies_the_sender(reading: Reading) -> bool:
    """True where the reply that is quoted was said of the sender's own address: `Sender address rejected: undeliverable`."""
    return reading.category in _OF_SENDERS and reading.rule is not None


def _is_expired(reply: Reply) -> bool:
    return reply.inner is not None and reply.enhanced is not None and reply.enhanced[1:] == ".4.7"


def _from_inner(inner: Reply, provider: str | None, outer: list[Reading]) -> list[Reading]:
    """The quoted reply is the cause: its readings come first, those of the outer one are alternatives."""
    decision = classify(inner, provider)
    if decision.reading.category in ("unknown", "accepted"):
        return outer
    return [decision.reading, *outer]


def _decided(reply: Reply, readings: list[Reading], known: str | None, ambiguous: bool, numbers: Numbers) -> Decision:
    best = readings[0]
    others, seen = [], {best.category}
    for one in readings[1:]:
        if one.category not in seen and one.category != "unknown":
            others.append(one)
            seen.add(one.category)
    own = best.rule or best.advice
    permanence = _permanence(best.category, own, reply.basic, reply.enhanced)
    stated = wait_of(reply.raw) if permanence != "permanent" else None
    unsure = ambiguous or _blames_the_sender(best, readings[1:]) or _may_be_of_the_sender(best, reply)
    codes = (reply.basic, reply.enhanced, reply.phase)
    retry, wait_s, suppress, who_acts = _following((best.category, best.by, own), codes, unsure, stated)
    provider = known
    if provider is None and best.rule is not None and best.rule.provider not in ("", "dnsbl"):
        provider = best.rule.provider
    return Decision(
        best,
        tuple(others[:6]),
        provider,
        permanence,
        retry,
        wait_s,
        suppress,
        who_acts,
        ambiguous,
        numbers.registry,
        numbers.advice,
    )


@lru_cache(8192)
def _following(
    what: tuple[str, str, Rule | Advice | None], codes: _Codes, unsure: bool, stated: Wait | None
) -> tuple[str, Wait | None, str, str]:
    """What follows from a reading beside these codes: whether to try again, when, what to do with the address, who acts."""
    (read, _, own), (basic, enhanced, phase) = what, codes
    category = catalogue().categories[read]
    rule = own if isinstance(own, Rule) else None
    permanence = _permanence(read, own, basic, enhanced)
    retry = (own.retry if own is not None else None) or category.retry
    wait_s = own.wait_s if own is not None and own.retry else category.wait_s
    if permanence == "permanent" and retry == "later" and rule is None:
        retry, wait_s = "no", None
    if permanence == "temporary" and retry == "no" and read in (RECIPIENTS | {"unknown", "mailbox_full"}):
        retry, wait_s = "later", (3600, 86400)
    if stated is not None and permanence == "temporary" and retry in ("no", "fix"):
        # The server says itself that waiting will do.
        retry = "later" if read in WITHOUT_A_REASON else "slower" if read in RATES else retry
    if stated is not None:
        wait_s = stated
    return (
        retry,
        wait_s if retry in ("later", "slower") else None,
        _suppress(Reply(basic, enhanced, phase=phase), what, permanence, unsure),
        rule.who_acts if rule is not None and rule.who_acts else category.who_acts,
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


def _may_be_of_the_sender(best: Reading, reply: Reply) -> bool:
    """True where a domain or a mailbox is gone and the words speak of the sender: no address is given up for that."""
    if best.category == "recipient_domain":
        if reply.basic == "553" and reply.enhanced is None and reply.phase is None:
            return True  # `553 example.com does not exist` is said of the return path's domain as often
        return "d" in speaks_of_senders(folded(reply.text))
    if best.category not in RECIPIENTS or (best.rule is not None and best.rule.provider):
        return False
    return "m" in speaks_of_senders(folded(reply.text))


def speaks_of_senders(text: str) -> str:
    """Of whom a folded text may be: "d" of the domain that sends, "m" of the sender's mailbox, "dm" of both, "" of neither."""
    own = text.replace(_NO_SENDERS_MAILBOX, "")  # "please update your address book" tells where somebody moved
    return ("d" if any_in(_SENDERS_DOMAIN, text) else "") + ("m" if any_in(_SENDERS_MAILBOX, own) else "")


@lru_cache(8192)
def _permanence(read: str, own: Rule | Advice | None, basic: str | None, enhanced: str | None) -> str:
    """What the reply claims, corrected by its words."""
    reply = Reply(basic, enhanced)
    told = own.permanence if own is not None else None
    usual = told or catalogue().categories[read].permanence or "ambiguous"
    if read == "greylisted":  # whatever the number: the words promise that it passes
        return "temporary"
    if reply.classes_disagree:
        return "ambiguous"
    if reply.digit == "4":
        return "ambiguous" if told == "ambiguous" else "temporary"
    if reply.digit == "5":
        return (
            "ambiguous"
            if usual in ("ambiguous", "temporary") and (told or read in ("mailbox_full", "expired"))
            else "permanent"
        )
    return usual


def _suppress(reply: Reply, what: tuple[str, str, Rule | Advice | None], permanence: str, ambiguous: bool) -> str:
    """What to do with the address. What the sender caused never suppresses it, whatever a rule says."""
    read, by, own = what
    if read in SENDER_CAUSED:
        return "no"
    told = (own.suppress if own is not None else None) or catalogue().categories[read].suppress
    if told in ("yes", "domain", "after_repeats") and reply.phase in ("connect", "ehlo", "auth", "mail"):
        return "no" if read != "recipient_domain" else told  # no recipient was named yet
    if told in ("yes", "domain"):
        if permanence == "temporary":
            return "after_repeats"
        if ambiguous or (by == "basic" and reply.enhanced is None):
            return "no"
    return told
