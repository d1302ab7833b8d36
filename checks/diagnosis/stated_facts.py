"""Replies that no check can be asked about: those that state their own fact, and those that leave the cause open.

"No such mailbox", "wrong password", "quota used up" are facts that only the one who says them can know. "This looks like
spam" and "your reputation is low" are opinions: what is behind them stays open, with the way to know it.
"""

from collections.abc import Sequence

from checks.diagnosis.cause import Cause
from checks.diagnosis.looked import Looked
from checks.diagnosis.told import Told
from checks.diagnosis.words import codes_of, heading, providers_of
from checks.model import Basis, Finding, Severity

OWN_FACTS = frozenset(
    (
        *("recipient_unknown", "recipient_disabled", "recipient_domain", "mailbox_full", "recipient_rate"),
        *("recipient_refused", "greylisted", "remote_failure", "network", "routing", "tls", "relay_denied"),
        *("credentials", "account", "quota", "suppressed", "bad_request", "message_limits", "malformed"),
        *("harmful_content", "sender_rate"),
    )
)
"""Categories of replies that state a fact which only the one who says it can know."""

OPINIONS = frozenset(("reputation", "spam_content", "policy"))
"""Categories of replies behind which there may be more than any check can see."""
WHY_OPEN = {
    "auth_failed": "all that was looked at passes: the mail that failed was sent another way, or was changed or forwarded on its way. "
    "Give one such message with --message, or its return path and selector with --mail-from and --selector",
    "blocklisted": "nothing that was asked lists the address or the domain: the listing has ended, or the list is the receiver's own",
    "sender_dns": "the names that were looked at are in order now: the receiver met an older state, or another address or name",
    "sender_invalid": "the sender's address is judged by the receiver; what was looked at in the DNS is in order",
    "reputation": "only the receiver knows its own scoring: its postmaster tools show it (Google Postmaster Tools, Microsoft SNDS, "
    "Yahoo Sender Hub)",
    "spam_content": "only the receiver knows what in the message it took for spam; nothing of that is in the DNS",
    "policy": "the reply gives no reason",
    "expired": "the queue time was over; the reply before the last one tells why",
    "unknown": "the reply says nothing that is known",
}
NOT_LISTED_NOW = (
    "There is nothing to remove: the list does not list it now. Send one message to the same receiver. If it still refuses after a "
    "day, send its postmaster the reply and what the list's own lookup page shows. Find out what brought the listing (a "
    "broken-into account, an open form, a bought list), or it comes back."
)
MOST_NAMED = 4
"""Lists and addresses that are named in a sentence."""
_PACE = ("delivery.gradual-ramp", "delivery.no-bursts", "delivery.volume-steady", "delivery.within-limits")
_HYGIENE = ("delivery.no-unknown-user-bursts", "delivery.few-hard-bounces", "delivery.bounced-addresses-dropped")
DELIVERY: dict[str, tuple[str, ...]] = {
    "recipient_unknown": _HYGIENE,
    "recipient_disabled": _HYGIENE,
    "sender_rate": _PACE,
    "quota": ("delivery.within-limits",),
    "reputation": ("delivery.few-complaints", *_PACE, *_HYGIENE),
    "spam_content": ("delivery.few-complaints",),
}
"""The checks of recent mail that speak of what a category of replies is about: what draws it, not what follows from it."""
MET_A_LIMIT = "delivery.within-limits.few"
"""Fine by itself, and what a reply about a limit says."""


def base_cause(group: Sequence[Told], suspected: Sequence[Cause], run: Looked, total: int) -> list[Cause]:
    """The cause of a category itself: where no suspect explains its replies."""
    category = group[0].category
    open_or_proved = {cause.state for cause in suspected} & {"confirmed", "open"}
    if category not in OWN_FACTS and open_or_proved & (
        {"confirmed"} if category in OPINIONS else {"confirmed", "open"}
    ):
        return []
    first = max(group, key=lambda told: told.failure.replies)
    replies = sum(told.failure.replies for told in group)
    by_delivery = _delivery(category, run)
    confirmed = by_delivery[:]
    if not confirmed and category in OWN_FACTS:
        confirmed = [f"replies.{category.replace('_', '-')}.stated"]
    ended = not confirmed and _no_longer_listed(group, suspected)
    because = () if confirmed else (ended or _why_open(category, suspected),)
    findings = [x for found in run.results.values() for x in found if x.message.code in by_delivery]
    return [
        Cause(
            id=category,
            title=heading(first, ""),
            state="confirmed" if confirmed else "open",
            category=category,
            suspect="",
            suspects=tuple(dict.fromkeys(word for told in group for word in told.suspects)),
            who_acts=first.who_acts,
            share=round(replies / total, 4) if total else None,
            replies=replies,
            confirmed_by=tuple(confirmed),
            open_because=because,
            remedy=next((x.remedy for x in findings if x.remedy), "") or (NOT_LISTED_NOW if ended else first.action),
            explains=codes_of(group),
            sample=first.failure.reply,
            providers=providers_of(group),
            check_after=_after(category) if confirmed else "",
        )
    ]


def _no_longer_listed(group: Sequence[Told], suspected: Sequence[Cause]) -> str:
    """A sentence where every list that the replies name was asked, answered, and lists nothing of the sender now; else ""."""
    lists = dict.fromkeys(name for told in group for name in told.lists)
    listings = [cause for cause in suspected if cause.suspect.startswith("dnsbl")]
    if not listings or not all(told.lists for told in group) or {cause.state for cause in listings} != {"ruled-out"}:
        return ""
    stated = dict.fromkeys(one for told in group for one in told.stated)
    return (
        f"{', '.join(list(lists)[:MOST_NAMED])}, which the replies name, answered, and "
        f"{'does' if len(lists) == 1 else 'do'} not list {', '.join(list(stated)[:MOST_NAMED]) or 'the address'} now: "
        "the listing has ended, or the receiver asked an older copy"
    )


def _why_open(category: str, suspected: Sequence[Cause]) -> str:
    if category in ("auth_failed", "blocklisted", "sender_dns") and not suspected:
        return "nothing of this run looked at it"
    return WHY_OPEN.get(category, "what was looked at is in order")


def _delivery(category: str, run: Looked) -> list[str]:
    """The codes of the delivery checks that agree."""
    found = (finding for check in DELIVERY.get(category, ()) for finding in run.results.get(check, ()))
    return list(dict.fromkeys(finding.message.code for finding in found if _agrees(finding)))


def _agrees(finding: Finding) -> bool:
    message = finding.message
    return message.basis is Basis.OBSERVED and (message.severity >= Severity.WARNING or message.code == MET_A_LIMIT)


_AFTER = {
    "recipient_unknown": "Send the next mailing without these addresses: healthcheck errors on its log must show none of them.",
    "credentials": "Log in once by hand with the new password, and see that the log says nothing of a failed login.",
    "quota": "See in the log of the next period that no reply names the limit.",
    "sender_rate": "See in the log of the next days that the deferrals fall while the volume grows in steps.",
    "relay_denied": "Send one message to the same recipient, and see that it is taken.",
    "tls": "Send one message to the same server, and see `TLS connection established` in the log.",
    "message_limits": "Send the smaller message to the same recipient, and see that it is taken.",
}


def _after(category: str) -> str:
    return _AFTER.get(category, "")
