"""What a failed reply tells a diagnosis: its suspects, who has to act, and what the receiver wanted to see."""

import re

import msgspec

from checks.delivery.observed import Failure
from checks.diagnosis.relevance import Wanted
from checks.replies.catalogue import Lazily, catalogue
from checks.replies.explain import explain
from checks.replies.explanation import Explanation
from checks.replies.stated import named_lists, stated

_NO_RECORD = Lazily(
    r"(?:doesn't|does not|without|no|missing|has not|publish) (?:have |has |a |an |valid |any |published ){0,4}dmarc (?:record|policy)"
    r"|specify a dmarc policy|dmarc record (?:is )?(?:missing|not found)",
    re.IGNORECASE,
)
_REPEATED = Lazily(r"(?<![\d.])[245]\d\d[ -][245]\.\d{1,3}\.\d{1,3} ")
"""The codes that stand before each line of a reply, in the midst of a sentence once it is on one line."""
_ONLY_SPF = frozenset(("4.7.27", "5.7.27"))
_ONLY_DKIM = frozenset(("4.7.30", "5.7.30"))
_ALL_THREE = "5.7.515"
_FAILED = (
    (
        "spf",
        Lazily(
            r"\bspf\b(?:(?!dkim|pass)[^.;\[]|\[[^\]]{0,80}\]){0,120}?(?:did not|didn't|does not|doesn't) pass"
            r"|\bspf ?[=:]? ?(?:hard|soft)?fail",
            re.IGNORECASE,
        ),
    ),
    (
        "dkim",
        Lazily(
            r"\bdkim\b(?:(?!spf|pass)[^.;]){0,60}?(?:did not|didn't|does not|doesn't) pass|\bdkim ?[=:]? ?fail",
            re.IGNORECASE,
        ),
    ),
)
"""How a reply says, method by method, what did not pass."""
_SPEAKS_OF_DMARC = Lazily(r"\bdmarc\b|\balign(?:ed|ment)", re.IGNORECASE)
_VERIFIED = Lazily(r"verif|dns record|domain authentication|authenticated domain", re.IGNORECASE)
"""How a sending service says that it waits for records in the DNS: its keys. For SPF and DMARC it has to name them."""
_REFUSED_QUERY = Lazily(
    r"127\.255\.255\.\d|returnc/|open resolver|query refused|excessive (?:number of )?queries", re.IGNORECASE
)
_BRAND = Lazily(
    r"\b(spamhaus|spamcop|barracuda|sorbs|uceprotect|mailspike|invaluement|psbl|surbl|uribl|abusix|dronebl|spfbl)",
    re.IGNORECASE,
)


class Told(msgspec.Struct, frozen=True):
    """A failure and what it says. `stated` are the addresses and domains that it names as the sender's; `lists` words
    that stand for the blocklists it names; `failed` the methods of which it says in so many words that they did not
    pass; `failed_dmarc`: it speaks of DMARC, or of alignment."""

    failure: Failure
    title: str
    action: str
    who_acts: str
    suspects: tuple[str, ...]
    wanted: Wanted
    stated: tuple[str, ...]
    lists: tuple[str, ...]
    refused_query: bool = False
    failed: tuple[str, ...] = ()
    failed_dmarc: bool = False

    @property
    def category(self) -> str:
        return self.failure.category

    @property
    def code(self) -> str:
        """The code by which the reply is called."""
        return self.failure.enhanced or self.failure.basic or self.category


def failure_from(one: Explanation) -> Failure:
    """A failure out of a reply that was explained; one that claims nothing permanent counts as put off."""
    put_off = one.permanence == "temporary"
    return Failure(
        reply=one.input,
        basic=one.basic,
        enhanced=one.enhanced or one.name,
        category=one.category,
        permanence=one.permanence,
        suppress=one.suppress,
        provider=one.provider,
        host=one.host,
        deferred=int(put_off),
        bounced=int(not put_off),
        stated=stated(one.input, one.category),
    )


def told_by(failure: Failure) -> Told:
    """Read a failure again for what a diagnosis wants. Where the reading differs, the category that was counted holds."""
    one = explain(failure.reply, failure.provider, None, failure.host)
    known = catalogue().categories
    kind = known.get(failure.category) or known["unknown"]
    same = one.category == failure.category
    suspects = one.suspects if same else kind.suspects
    wanted = _wanted(failure, _words(failure.reply), suspects)
    words = _words(failure.reply)
    refused = _REFUSED_QUERY().search(words) is not None
    return Told(
        failure=failure,
        title=kind.title,
        action=one.action if same else kind.action,
        who_acts=one.who_acts if same else kind.who_acts,
        suspects=_suspects(failure, suspects, wanted, refused),
        wanted=wanted,
        stated=failure.stated or stated(failure.reply, failure.category),
        lists=_lists(failure.reply),
        refused_query=refused,
        failed=tuple(method for method, said in _FAILED if said().search(words)),
        failed_dmarc=failure.category == "auth_failed" and _SPEAKS_OF_DMARC().search(words) is not None,
    )


def _words(reply: str) -> str:
    """A reply, bounded, without the codes that are repeated inside."""
    return str(_REPEATED().sub("", reply[:4000]))


def _wanted(failure: Failure, words: str, suspects: tuple[str, ...]) -> Wanted:
    code = failure.enhanced or ""
    if code == _ALL_THREE:
        return Wanted.ALL
    if _NO_RECORD().search(words):
        return Wanted.RECORD
    first = suspects[0] if suspects else ""
    gmail = failure.provider == "gmail"
    if (gmail and code in _ONLY_SPF) or (first.startswith("spf") and "dkim" not in suspects):
        return Wanted.SPF
    if (gmail and code in _ONLY_DKIM) or (first.startswith("dkim") and "spf" not in suspects):
        return Wanted.DKIM
    return Wanted.EITHER


def _suspects(failure: Failure, suspects: tuple[str, ...], wanted: Wanted, refused: bool) -> tuple[str, ...]:
    if failure.category == "auth_failed":
        match wanted:
            case Wanted.RECORD:
                return ("dmarc",)
            case Wanted.SPF:
                return ("spf",)
            case Wanted.DKIM:
                return ("dkim",)
            case _:
                return suspects
    if failure.category == "account":
        words = _words(failure.reply).lower()
        return tuple(word for word in suspects if word in words or (word == "dkim" and _VERIFIED().search(words)))
    if refused and failure.category in ("remote_failure", "blocklisted"):
        return ("dnsbl",)  # not its fault, and a listing of that day would be worth knowing
    return suspects


def _lists(reply: str) -> tuple[str, ...]:
    """Words for the lists that a reply names: the known names, and the zones."""
    brands = (word.lower() for word in _BRAND().findall(reply[:4000]))
    return tuple(dict.fromkeys((*brands, *(_brand(zone) for zone in named_lists(reply)))))


def _brand(zone: str) -> str:
    """`b.barracudacentral.org` -> barracuda, `bl.example.net` -> example."""
    if (match := _BRAND().search(zone)) is not None:
        return match.group(1).lower()
    labels = zone.split(".")
    return labels[-2] if len(labels) > 1 else zone
