"""One suspect of one reply, judged by what the run found: confirmed, ruled out, or open."""

from collections.abc import Sequence

import msgspec

from checks.diagnosis.cause import State
from checks.diagnosis.looked import Looked, Results, blind, elsewhere, is_of_addresses, passed, speaks_of, warned
from checks.diagnosis.relevance import CONSEQUENCES, Wanted, agreeing, failing, is_authentication
from checks.diagnosis.stated_facts import OWN_FACTS
from checks.diagnosis.told import Told
from checks.model import Finding
from checks.replies.stated import address_in

DECIDED_BY_ALIGNMENT = frozenset(("auth_failed", "reputation", "spam_content", "policy", "sender_rate"))
NOT_GIVEN = "no sending address is known: give it with --ip"
GUESSED = (
    "a DKIM key was found by its usual name, and whether this mail is signed with it was not told: give the s= of its "
    "DKIM-Signature with --selector"
)


class Verdict(msgspec.Struct, frozen=True):
    """What became of a suspect. `findings` confirm it, the root first; `by` are the checks that rule it out."""

    state: State
    findings: tuple[Finding, ...] = ()
    by: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def judged(told: Told, suspect: str, run: Looked) -> Verdict:
    """Judge one suspect of one reply."""
    results = run.of(suspect, told.suspects)
    findings = [finding for found in results.values() for finding in found]
    agree = agreeing(findings, told)
    here = _of_what_was_said(agree, told, suspect)
    other = elsewhere(told, suspect, run)
    if _carried_by_another(told, suspect, run) and not other:
        clean = not agree and not blind(results)
        return Verdict("ruled-out", by=(clean and passed(results)) or ("dmarc.alignment",))
    if here and _speaks_of_its_own(told):
        codes = dict.fromkeys(finding.message.code for finding in here)
        return Verdict("open", because=(f"{', '.join(codes)} was found, and the reply speaks of no such thing",))
    if here and not other:
        return Verdict("confirmed", tuple(sorted(here, key=lambda finding: finding.message.code in CONSEQUENCES)))
    if agree or (other and failing(findings)):
        codes = dict.fromkeys(finding.message.code for finding in agree or failing(findings))
        return Verdict("open", because=(f"{other or _what_else(told)}; there was found: {', '.join(codes)}",))
    unseen, well = blind(results), passed(results)
    if told.wanted is Wanted.EITHER and not other and suspect.upper() in run.speaks_for_others:
        return Verdict("ruled-out", by=well or ("dmarc.alignment",))
    if unseen:
        return Verdict("open", because=tuple(unseen))
    if other:
        return Verdict("open", because=(other,))
    if not well:
        return Verdict("open", because=(_nothing_well(results, findings),))
    if _needs_addresses(suspect) and not run.target.sending_ips:
        return Verdict("open", because=(NOT_GIVEN,))
    if missing := _lists_not_asked(told, suspect, run):
        return Verdict("open", because=(missing,))
    if suspect == "dkim" and told.wanted is Wanted.DKIM and run.keys_are_guessed:
        return Verdict("open", because=(GUESSED,))
    return Verdict("ruled-out", by=well)


def _nothing_well(results: Results, findings: Sequence[Finding]) -> str:
    """Why a suspect stays open of whose checks none passed, and none proves it."""
    if doubts := warned(results):
        return f"{', '.join(doubts)} was found, which may bring it or not"
    if faults := tuple(dict.fromkeys(finding.message.code for finding in failing(findings))):
        return f"{', '.join(faults)} was found, which does not bring such a reply"
    return "no check of it applies to what is known of the domain"


def nothing_left(suspect: str, others: Sequence[str], run: Looked) -> bool:
    """True where narrower suspects leave nothing of a wider one that a run could have looked at."""
    left = run.of(suspect, others)
    return (
        len(left) < len(run.of(suspect))
        and not blind(left)
        and not passed(left)
        and not warned(left)
        and not failing([finding for findings in left.values() for finding in findings])
    )


def _speaks_of_its_own(told: Told) -> bool:
    """True where the reply states a fact on the other side ("try again later"): a fault of the sender's may stand beside it,
    and only the number of the code would make it the reason."""
    return told.category in OWN_FACTS and told.who_acts not in ("sender", "unknown")


def _of_what_was_said(agree: Sequence[Finding], told: Told, suspect: str) -> list[Finding]:
    """Those findings that are about the address, and the list, that the reply names."""
    if told.refused_query:
        return []
    addresses = tuple(one for one in map(address_in, told.stated) if one is not None)
    found = [one for one in agree if not is_of_addresses(suspect) or speaks_of(one, addresses)]
    if told.lists and suspect.startswith("dnsbl"):
        found = [one for one in found if any(word in _list_of(one) for word in told.lists)]
    return found


def _list_of(finding: Finding) -> str:
    return f"{finding.args.get('zone', '')} {finding.args.get('list', '')}".lower()


def _what_else(told: Told) -> str:
    if told.refused_query:
        return "the reply says that the list refused the recipient's question"
    addresses = [text for text in told.stated if address_in(text) is not None]
    return f"the reply speaks of {', '.join([*told.lists, *addresses]) or 'something else'}"


def _carried_by_another(told: Told, suspect: str, run: Looked) -> bool:
    """True where one of SPF and DKIM passes, aligned: then a fault of the other refuses nothing that wants either.

    What a reply says in so many words counts more: the receiver saw that mail, and the run only what is published.
    """
    if told.category not in DECIDED_BY_ALIGNMENT or told.wanted is not Wanted.EITHER or not is_authentication(suspect):
        return False
    method = suspect.split(".", maxsplit=1)[0]
    if method == "dmarc":
        return suspect == "dmarc.alignment" and bool(run.carried_by)
    return method not in told.failed and bool(run.carried_by - {method.upper()})


def _needs_addresses(suspect: str) -> bool:
    """True for what is said of addresses: without one nothing was looked at."""
    return is_of_addresses(suspect) and suspect != "spf.senders-authorised"


def _lists_not_asked(told: Told, suspect: str, run: Looked) -> str:
    """The list that a reply names and that gave no answer, or was not asked, as a sentence."""
    if not (told.lists and suspect.startswith("dnsbl")) or told.refused_query:
        return ""
    from checks.dnsbl.inventory import lists_for  # start-up time: where a reply names a list

    asked = " ".join(f"{one.zone} {one.name}".lower() for one in lists_for(run.target.lists))
    silent = " ".join(
        finding.text.lower() for finding in run.results.get("dnsbl.lists-answer", ()) if finding.message.severity
    )
    for word in told.lists:
        if word not in asked:
            return f"the reply names the list {word}, which was not asked"
        if word in silent:
            return f"the reply names the list {word}, which did not answer"
    return ""
