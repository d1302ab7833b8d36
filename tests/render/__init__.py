"""The formats of a report."""

import ipaddress

from msgspec.structs import replace

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.model import Basis, Finding, Message, Origin, Severity, Signature, Stream, Target
from healthcheck.report import CheckResult, Report, Shown

FAILED = Message(
    "spf.made-up.failed",
    Severity.ERROR,
    "{about} has {what} and {how_many} of them ({listed})",
    "Remove {what}, then publish:\n{about}. TXT {record}\n\nAnd wait for {what}.",
    ("RFC 7208 section 4.6.4", "a provider's page (2026-11)"),
)
WARNED = Message(
    "dkim.made-up.warned", Severity.WARNING, "{what} of {about}", "Change {what}.", ("RFC 6376 section 3.5",)
)
UNKNOWN = Message(
    "dnsbl.made-up.unknown",
    Severity.WARNING,
    "{about}: {what}",
    "Ask {what} elsewhere.",
    ("RFC 5782",),
    Basis.UNDETERMINED,
)
NOT_TOLD = Message(
    "dkim.told.not-told", Severity.NOTICE, "no selector of {about} is known", "Give {what}.", (), Basis.UNDETERMINED
)
NOTED = Message("mx.made-up.noted", Severity.NOTICE, "{about} says {what}")
FINE = Message("mx.made-up.fine", Severity.INFO, "{about} is fine: {what}")
SKIPPED = Message("iprev.made-up.skipped", Severity.INFO, "{about} does not apply: {what}", basis=Basis.NOT_APPLICABLE)


def report(word: str = "v=spf1 -all", *, name: str = "xn--mnchen-3ya.example", answers: int = 3) -> Report:
    """A report with every status, in which a stranger's word stands wherever one can."""

    def shown(message: Message, *evidence: int, **args: object) -> Shown:
        return Shown(finding(message, word, **args), evidence)

    results = (
        CheckResult("spf.made-up", "SPF is as it should be", (shown(FAILED, 1, 2, listed=(word, word), how_many=2),)),
        CheckResult("dkim.made-up", "DKIM is as it should be", (shown(WARNED, 2),)),
        CheckResult("dkim.told", "Every selector is known", (shown(NOT_TOLD),)),
        CheckResult("mx.made-up", "Mail arrives", (shown(FINE, 3), shown(NOTED, 3))),
        CheckResult("iprev.made-up", "Names lead back", (shown(SKIPPED),)),
        CheckResult("dnsbl.made-up", "Nobody lists it", (shown(UNKNOWN, 3), shown(UNKNOWN, 3))),
    )
    learned = Stream(Origin.MESSAGE, word, (Signature(word, word),), word, source=word)
    target = Target(name, (ipaddress.ip_address("192.0.2.25"),), ("s1",), learned=(learned,))
    return Report(target, "münchen.example", "lab", "2026-11-22T14:03:00Z", results, evidence(word, answers))


def finding(message: Message, word: str, **args: object) -> Finding:
    """A finding whose every particular is the stranger's word."""
    return message(word, what=word, record=word, **args)


def evidence(word: str, count: int = 3) -> tuple[Answer, ...]:
    """Answers made of the stranger's word."""
    told = Answer(
        DnsQuestion(word, "TXT", server=word),
        Outcome.ANSWERED,
        (word, word),
        (word,),
        300,
        True,
        word,
        "2026-11-22T14:03:00Z",
    )
    untold = Answer(DnsQuestion(word, "A"), Outcome.TEMPFAIL, detail=word, server=word, asked_at=word)
    return tuple(untold if number % 3 == 2 else told for number in range(count))


def report_with_rates() -> Report:
    """A report of enough mail to judge its rates, which no patient has."""
    checks = ("few-bounces", "few-hard-bounces", "few-deferrals", "few-complaints")
    said = [Message(f"delivery.{one}.made-up", Severity.INFO, "{count} of {of} for {about}") for one in checks]
    results = tuple(
        CheckResult(f"delivery.{one}", "", (Shown(message("example.com", count=3, of=2000), ()),))
        for one, message in zip(checks, said, strict=True)
    )
    return replace(report(), checks=results)
