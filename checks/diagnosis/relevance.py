"""Which findings can bring which failures.

A failed check is a fault, and not every fault brings every reply: an SPF record that lets everybody in authenticates all too
well, and unread DMARC reports refuse nobody. Warnings, on the other hand, say what only some receivers mind; where the
reply comes from one that does, they are the cause.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from checks.model import Basis, Finding, Severity

if TYPE_CHECKING:
    from checks.diagnosis.told import Told  # start-up time: the catalogue of replies, where one was seen


class Wanted(StrEnum):
    """What a receiver missed that speaks of authentication."""

    EITHER = "either"
    """SPF or DKIM, as DMARC does: one that passes, aligned, is enough."""
    SPF = "spf"
    DKIM = "dkim"
    RECORD = "record"
    """A DMARC record, whatever passes."""
    ALL = "all"
    """All three at once: what Outlook.com asks of bulk senders (5.7.515)."""


AUTHENTICATION = ("spf", "dkim", "dmarc")
"""The first words of the suspects between which alignment decides."""
CONSEQUENCES = ("spf.senders-authorised.permerror", "dmarc.alignment.unauthenticated", "spf.helo-authorised.permerror")
"""Findings that follow from another one of the same run, which is what there is to mend."""

BRINGS_NOTHING = (
    "spf.not-everyone",
    "spf.ends-in-all",
    "spf.no-ptr",
    "spf.expected-senders",
    "dmarc.enforced",
    "dmarc.one-organizational-domain",
    "dmarc.reports-arrive",
)
"""Checks whose failures refuse no mail, but where the reply has a code that the finding explains."""
BESIDE = (
    *BRINGS_NOTHING,
    "spf.record-size",
    "spf.no-cname-beside",
    "spf.helo-authorised",
    "spf.servers-agree",
    "spf.servers-take-tcp",
    "mx.servers-agree",
    "iprev.not-generic",
    "iprev.helo-resolves",
    "dnsbl.lists-answer",
)
"""Checks that a protocol's other checks do without: not to know what they say keeps no suspect open."""

_LISTINGS = (
    "dnsbl.not-listed.listed-minor",
    "dnsbl.not-listed.shared",
    "dnsbl.not-listed.policy",
    "dnsbl.domain-not-listed.listed-minor",
)
_NAMES = ("iprev.not-generic.generic", "iprev.helo-resolves.not-full", "iprev.helo-resolves.no-address")
_AUTHENTICATION = (
    "spf.published-once.none-silent",
    "spf.senders-authorised.not-pass",
    "spf.servers-take-tcp.udp-only",
    "spf.void-lookups.possible",
    "spf.record-size.over-udp",
)
_WARNINGS: dict[str, tuple[str, ...]] = {
    "blocklisted": _LISTINGS,
    "reputation": (*_LISTINGS, *_NAMES),
    "policy": (*_LISTINGS, *_NAMES),
    "sender_rate": _LISTINGS,
    "spam_content": _LISTINGS,
    "sender_dns": (*_NAMES, "mx.published.null-author", "mx.published.implicit", "mx.exchanges-valid.no-address"),
    "sender_invalid": ("mx.published.null-author", "mx.exchanges-valid.no-address"),
    "auth_failed": (*_AUTHENTICATION, "spf.helo-authorised.not-authorised", "spf.helo-authorised.permerror"),
}
"""Warnings that explain a reply of some category."""
HALF_TOLD = "dmarc.alignment.dkim-decides"
"""SPF speaks for somebody else, and nobody told of a signature. A reply by which DMARC failed tells the other half: none passed."""
PROVIDER_ACTS = frozenset(("dnsbl.not-listed.shared",))
"""Findings whose remedy is in the hands of the service that sends."""


def begins(name: str, word: str) -> bool:
    """True if `word` is the name of a check, or leading words of it."""
    return name == word or name.startswith((word + ".", word + "-"))


def check_of(code: str) -> str:
    """The id of the check that a code belongs to."""
    return ".".join(code.split(".")[:2])


def agreeing(findings: Iterable[Finding], told: "Told") -> list[Finding]:
    """The findings that can bring such a reply, in report order."""
    return [finding for finding in findings if _agrees(finding, told)]


def _agrees(finding: Finding, told: "Told") -> bool:
    message = finding.message
    if message.code == HALF_TOLD:
        return told.failed_dmarc and told.wanted is Wanted.EITHER
    if message.basis is not Basis.OBSERVED or message.severity < Severity.WARNING:
        return False
    named = told.failure.enhanced is not None and told.failure.enhanced in finding.explains
    if message.severity is Severity.WARNING:
        return message.code in _WARNINGS.get(told.category, ())
    check = check_of(message.code)
    if check in BRINGS_NOTHING:
        return named and told.category == "auth_failed" and told.failure.enhanced in ("4.7.24", "5.7.24")
    if check.startswith("dmarc.") and check != "dmarc.alignment" and told.category == "auth_failed":
        return told.wanted in (Wanted.RECORD, Wanted.ALL)  # without a record, DMARC refuses nothing
    return True


def is_authentication(suspect: str) -> bool:
    """True for what alignment decides about."""
    return suspect.split(".", maxsplit=1)[0] in AUTHENTICATION


def failing(findings: Iterable[Finding]) -> list[Finding]:
    """Whatever fails its check."""
    return [x for x in findings if x.message.basis is Basis.OBSERVED and x.message.severity >= Severity.ERROR]
