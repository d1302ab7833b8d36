"""How causes are called, and how to see that a remedy worked."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from checks.diagnosis.relevance import check_of
from checks.model import Finding

if TYPE_CHECKING:
    from checks.diagnosis.told import Told  # start-up time: the catalogue of replies, where one was seen

SUSPECTS = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "the DMARC record",
    "dmarc.alignment": "nothing that passes speaks for the From domain",
    "dnsbl": "blocklists",
    "dnsbl.not-listed": "the sending address on a blocklist",
    "dnsbl.domain-not-listed": "the domain on a blocklist",
    "iprev": "the name of the sending address",
    "iprev.forward-confirmed": "the name of the sending address",
    "iprev.helo-resolves": "the name given in HELO",
    "mx": "the return path",
}
PROVIDERS = {
    "gmail": "Gmail",
    "microsoft365": "Microsoft 365",
    "outlook.com": "Outlook.com",
    "yahoo": "Yahoo",
    "yahoo.co.jp": "Yahoo Japan",
    "icloud": "iCloud",
    "gmx-webde": "GMX and WEB.DE",
    "t-online": "T-Online",
    "orange-fr": "Orange",
    "free-fr": "Free",
    "spamhaus": "Spamhaus",
    "proofpoint": "Proofpoint",
    "mimecast": "Mimecast",
    "barracuda": "Barracuda",
    "comcast": "Comcast",
    "zoho": "Zoho",
}
WORDERS = frozenset(("postfix", "exim", "sendmail", "qmail", "spamhaus", "barracuda", "exchange"))
"""Whose words a reply has, without being a mailbox provider: software and lists."""
MOST_PROVIDERS = 8


def heading(told: "Told", suspect: str, proofs: Sequence[Finding] = ()) -> str:
    """What a cause is called: what the reply comes to, and the suspect."""
    called = SUSPECTS.get(suspect, suspect)
    if proofs and suspect == "dnsbl":
        called = "the domain" if proofs[0].message.code.startswith("dnsbl.domain") else f"{proofs[0].about}"
        called += f" is on {proofs[0].args.get('list', 'a list')}"
    return f"{told.title}: {called}" if suspect else told.title


def provider_called(name: str) -> str:
    """A mailbox provider's name as people write it."""
    return PROVIDERS.get(name, name)


def providers_of(speaking: "Iterable[Told]") -> tuple[tuple[str, int], ...]:
    """The mailbox providers that said it, most replies first."""
    counts: dict[str, int] = {}
    for told in speaking:
        name = told.failure.provider or ""
        counts[name] = counts.get(name, 0) + told.failure.replies
    known = ((name, count) for name, count in counts.items() if name)
    return tuple(sorted(known, key=lambda one: (-one[1], one[0])))[:MOST_PROVIDERS]


def codes_of(speaking: "Sequence[Told]") -> tuple[str, ...]:
    """The codes of the replies, most replies first."""
    ranked = sorted(speaking, key=lambda told: -told.failure.replies)
    return tuple(dict.fromkeys(told.code for told in ranked))


def check_after(suspect: str, proofs: Sequence[Finding]) -> str:
    """How to see that the remedy worked."""
    checks = sorted({check_of(proof.message.code) for proof in proofs} or {suspect})
    word = checks[0] if len(checks) == 1 else suspect
    if suspect.startswith("dnsbl"):
        wait = "A receiver may go on refusing for some hours after a removal."
    elif suspect.startswith(("spf", "dkim", "dmarc", "mx", "iprev")):
        wait = "Receivers keep the old record for its TTL. Then send one message to the same provider, and see that the reply is gone."
    else:
        return ""
    return f"Run this again with --only {word}: it must pass. {wait}"
