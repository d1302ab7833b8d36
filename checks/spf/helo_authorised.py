"""SPF authorises every sending address for its HELO name.

Before it says who the sender is, a server says who it is itself, in HELO or EHLO. That name can have an SPF record too
(RFC 7208 section 2.3), and mail with the null return path, bounces and automatic replies, is judged by nothing else
(section 2.4). Few names have one and none is needed; one that is there and forbids the server, or is broken, harms.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from checks.inquiry import together
from checks.model import Basis, Check, Finding, Message, Severity, Target
from checks.spf.allow import host_record, record_with
from checks.spf.evaluate import check_host
from checks.spf.refusals import FORBIDDEN, PUT_OFF, UNUSABLE
from checks.spf.trace import Evaluation, Result
from checks.unseen import AGAIN

ID = "spf.helo-authorised"
IDENTITY = "RFC 7208 section 2.3"
BOUNCES = "RFC 7208 section 10.1.3"
MOST_GREETINGS = 256
"""Our bound on the addresses with their names; a target has a few."""

NOT_AUTHORISED = Message(
    f"{ID}.not-authorised",
    Severity.WARNING,
    "SPF of the HELO name {about} does not authorise {ip}, which says it: {result} ({why}). Receivers that look at the HELO "
    "identity hold it against the server, and bounces, which have no other, do not pass",
    "If {about} is the name of your server, name its address in the record; else have the server say its own name.\n{record}",
    (IDENTITY, BOUNCES),
)
BROKEN = Message(
    f"{ID}.permerror",
    Severity.WARNING,
    "SPF of the HELO name {about} cannot be evaluated for {ip}: permerror ({why}). Bounces, which have no other identity, do "
    "not pass",
    "Mend the record of {about}; one that says all that a server's name has to say is:\n{record}",
    (IDENTITY, "RFC 7208 section 2.6.7"),
)
UNKNOWN = Message(
    f"{ID}.unknown",
    Severity.NOTICE,
    "whether SPF of the HELO name {about} authorises {ip} is not known: temperror ({why})",
    f"{AGAIN} Receivers that meet the same may put bounces off.",
    (IDENTITY, "RFC 7208 section 2.6.6"),
    Basis.UNDETERMINED,
)
ABSENT = Message(
    f"{ID}.no-record",
    Severity.INFO,
    "the HELO name {about} has no SPF record, as nearly none has, and none is needed: {ip} is judged by its return path",
    "If {about} is yours, a record lets bounces pass, which have no return path:\n{record}",
    (IDENTITY, BOUNCES),
)
SILENT = Message(
    f"{ID}.neutral",
    Severity.INFO,
    "SPF of the HELO name {about} says neither yes nor no to {ip}: neutral ({why})",
    references=(IDENTITY,),
)
NO_NAME = Message(
    f"{ID}.no-name",
    Severity.INFO,
    "{ip} calls itself {about} in HELO, which is no full domain name, so no SPF record can be at it",
    references=(IDENTITY, "RFC 7208 section 4.3"),
    basis=Basis.NOT_APPLICABLE,
)
NOT_TOLD = Message(
    f"{ID}.not-told",
    Severity.INFO,
    "which name the servers of {about} give in HELO, and from which address, was not told (--helo NAME with --ip ADDRESS)",
    basis=Basis.NOT_APPLICABLE,
)
AUTHORISED = Message(
    f"{ID}.authorised",
    Severity.INFO,
    "SPF of the HELO name {about} authorises {ip} ({why})",
    references=(IDENTITY,),
)


class Greetings(msgspec.Struct, frozen=True):
    """The evaluation of the HELO identity of each sending address whose HELO name is known; `domain` is the target's."""

    domain: str
    evaluations: tuple[Evaluation, ...]


async def greetings_of(target: Target) -> Greetings:
    """Evaluate SPF for each HELO name, given or read from a message, and the addresses that say it."""
    known = target.greetings[:MOST_GREETINGS]
    # The sender of the HELO identity is its postmaster. RFC 7208 sections 2.4, 4.3
    found = await together(*(check_host(ip, name, f"postmaster@{name}", name) for ip, name in known))
    return Greetings(target.domain, found)


def judge(greetings: Greetings) -> Iterable[Finding]:
    """No record is no fault; one that is there and does not authorise the server is a warning, since bounces hang on it."""
    if not greetings.evaluations:
        yield NOT_TOLD(greetings.domain)
    for evaluation in greetings.evaluations:
        yield _judge_one(evaluation)


def _judge_one(evaluation: Evaluation) -> Finding:
    name = evaluation.domain
    said: dict[str, Any] = {
        "ip": str(evaluation.ip),
        "why": evaluation.reason,
        "evidence": tuple(evaluation.trace.answers),
    }
    match evaluation.result:
        case Result.PASS:
            return AUTHORISED(name, **said)
        case Result.FAIL | Result.SOFTFAIL as refused:
            explains = FORBIDDEN if refused is Result.FAIL else ()
            return NOT_AUTHORISED(name, result=refused.value, record=record_with(evaluation), explains=explains, **said)
        case Result.PERMERROR:
            return BROKEN(name, record=host_record(evaluation), explains=UNUSABLE, **said)
        case Result.TEMPERROR:
            return UNKNOWN(name, explains=PUT_OFF, **said)
        case Result.NEUTRAL:
            return SILENT(name, **said)
        case Result.NONE if evaluation.trace.answer is None:
            return NO_NAME(name, **said)
        case Result.NONE:
            return ABSENT(name, record=host_record(evaluation), **said)


CHECK = Check(
    ID,
    "SPF authorises every sending address for its HELO name",
    greetings_of,
    judge,
    (NOT_AUTHORISED, BROKEN, UNKNOWN, ABSENT, SILENT, NO_NAME, NOT_TOLD, AUTHORISED),
)
