"""SPF authorises every sending address.

The plainest question to SPF: does the record of the return path's domain say "pass" for the addresses that really send? A
supplier whose include was forgotten, or a server that moved, shows here and nowhere else. Evaluated as a receiver does it
(RFC 7208 section 4), for each address that was given or that a message came from, and each for the domain that it bounces
to: a service's own return path is judged by the service's record, never by that of the From domain.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from checks.inquiry import together
from checks.model import Basis, Check, Finding, Message, Sender, Severity, Target
from checks.spf.allow import host_record, record_with
from checks.spf.evaluate import check_host
from checks.spf.refusals import FORBIDDEN, NOT_PASSED, PUT_OFF, UNUSABLE
from checks.spf.trace import Evaluation, Result
from checks.unseen import AGAIN

SECTION = "RFC 7208 section 2.6"
MOST_ADDRESSES = 256
ADVICE = (
    "If it is a supplier's, add the include that the supplier names; if your mail has another return path, give that with "
    "--mail-from"
)

FAIL = Message(
    "spf.senders-authorised.fail",
    Severity.ERROR,
    "SPF of {domain} forbids {about} to send: fail ({why})",
    ADVICE + "; if it does not send for you, nothing is wrong with the record. If it is yours, add {term}:\n{record}",
    (SECTION, "RFC 7208 section 8.4"),
)
SOFTFAIL = Message(
    "spf.senders-authorised.softfail",
    Severity.ERROR,
    "SPF of {domain} does not authorise {about}: softfail ({why}). Receivers take such mail for suspicious, and those that "
    "ask for SPF or DMARC to pass refuse it",
    ADVICE + "; if it does not send for you, nothing is wrong with the record. If it is yours, add {term}:\n{record}",
    (SECTION, "RFC 7208 section 8.5"),
)
WEAK = Message(
    "spf.senders-authorised.not-pass",
    Severity.WARNING,
    "SPF of {domain} says nothing of {about}: {result} ({why}), and DMARC counts nothing but a pass",
    ADVICE + ". If it is yours, add {term}:\n{record}",
    (SECTION, "RFC 9989 section 4.4"),
)
BROKEN = Message(
    "spf.senders-authorised.permerror",
    Severity.ERROR,
    "SPF of {domain} cannot be evaluated for {about}: permerror ({why})",
    "Mend the record; the other SPF checks say where.",
    (SECTION, "RFC 7208 section 2.6.7"),
)
UNKNOWN = Message(
    "spf.senders-authorised.unknown",
    Severity.WARNING,
    "whether SPF of {domain} authorises {about} is not known: temperror ({why})",
    f"{AGAIN} Receivers that meet the same put the mail off.",
    (SECTION, "RFC 7208 section 2.6.6"),
    Basis.UNDETERMINED,
)
NO_HELO_RECORD = Message(
    "spf.senders-authorised.no-helo-record",
    Severity.INFO,
    "{about} sends with the null return path, for which SPF of its HELO name {domain} counts, and that name has no SPF record",
    "If {domain} is yours, a record of its own lets such mail (bounces, automatic replies) pass:\n{record}",
    ("RFC 7208 section 2.4", "RFC 7208 section 10.1.3"),
)
NO_ADDRESS = Message(
    "spf.senders-authorised.no-address",
    Severity.INFO,
    "no address of {about} was given for which SPF could be evaluated",
    basis=Basis.NOT_APPLICABLE,
)
PASS = Message(
    "spf.senders-authorised.pass",
    Severity.INFO,
    "SPF of {domain} authorises {about} ({why})",
    references=(SECTION,),
)


class Authorisations(msgspec.Struct, frozen=True):
    """Each sending address with its evaluation, for the domain that it bounces to; `domain` is the one given for the target."""

    domain: str
    evaluations: tuple[tuple[Sender, Evaluation], ...]


async def authorisations_of(target: Target) -> Authorisations:
    """Evaluate SPF for every address that is known to send, for the return path of its own stream."""
    domain = target.envelope_domain
    senders = target.senders[:MOST_ADDRESSES] if domain else ()
    found = await together(
        *(check_host(one.address, one.domain, f"postmaster@{one.domain}", one.helo or one.domain) for one in senders)
    )
    return Authorisations(domain, tuple(zip(senders, found, strict=True)))


def judge(authorisations: Authorisations) -> Iterable[Finding]:
    """Only pass is a pass. Of an address that sends, softfail is as bad as fail: what asks for a pass refuses both."""
    if not authorisations.evaluations:
        yield NO_ADDRESS(authorisations.domain)
    for sender, evaluation in authorisations.evaluations:
        yield _judge_one(sender, evaluation)


def _judge_one(sender: Sender, evaluation: Evaluation) -> Finding:
    ip = evaluation.ip
    said: dict[str, Any] = {
        "domain": evaluation.domain,
        "why": evaluation.reason,
        "evidence": tuple(evaluation.trace.answers),
    }
    change: dict[str, Any] = {"term": f"ip{ip.version}:{ip}", "record": record_with(evaluation)}
    match evaluation.result:
        case Result.PASS:
            return PASS(ip, **said)
        case Result.FAIL:
            return FAIL(ip, explains=FORBIDDEN, **change, **said)
        case Result.SOFTFAIL:
            return SOFTFAIL(ip, explains=NOT_PASSED, **change, **said)
        case Result.PERMERROR:
            return BROKEN(ip, explains=UNUSABLE, **said)
        case Result.TEMPERROR:
            return UNKNOWN(ip, explains=PUT_OFF, **said)
        case Result.NONE if sender.null:
            # Whoever has no record for his HELO name does as nearly everybody does.
            return NO_HELO_RECORD(ip, record=host_record(evaluation), **said)
        case Result.NONE | Result.NEUTRAL as weak:
            return WEAK(ip, result=weak.value, explains=NOT_PASSED, **change, **said)


CHECK = Check(
    "spf.senders-authorised",
    "SPF authorises every sending address",
    authorisations_of,
    judge,
    (FAIL, SOFTFAIL, WEAK, BROKEN, UNKNOWN, NO_HELO_RECORD, NO_ADDRESS, PASS),
)
