"""The support ticket and its redaction."""

from collections.abc import Mapping

from msgspec.structs import replace

from checks.delivery.flow import Flow, Traffic
from checks.delivery.observed import Failure, Observed
from healthcheck.redact import Mode
from healthcheck.report import Report
from healthcheck.ticket.case import Case, Environment
from healthcheck.ticket.make import case_of
from healthcheck.ticket.recipients import recipient_named
from healthcheck.world.transcript import RecordedTarget, Transcript
from tests.render import report

HERE = Environment("0.0.0", "3.11.0", "2.0.0", "Testix")
SECRET = "s3cretKey-9f"
VARIABLES: Mapping[str, str] = {"HEALTHCHECK_KEY_SPAMHAUS": SECRET, "HEALTHCHECK_REDACT_KEY": "the tests' own key"}


def failure(reply: str, host: str = "mx.example.net", count: int = 3) -> Failure:
    """A reply that was seen."""
    return Failure(
        reply,
        "550",
        "5.7.26",
        "auth_failed",
        "permanent",
        "no",
        "gmail",
        host,
        bounced=count,
        senders=(("news.example.com", count),),
        recipient_domains=(("people.example.org", count),),
        first="2026-11-21T09:00:00Z",
        last="2026-11-21T10:00:00Z",
    )


def observed(word: str) -> Observed:
    """What was seen, with a stranger's word wherever one can stand."""
    one = replace(failure(f"550 5.7.26 {word}", host=word), stated=(word,), recipient_domains=((word, 1),))
    traffic = Traffic(flows=(Flow("news.example.com", word, 7, 1, 3),), has_sender_side=True)
    return Observed((one,), 0, traffic, "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z", (word, f"/home/kim/{word}"))


def seen_report(word: str = "v=spf1 -all", name: str = "example.com", world: str = "live") -> Report:
    """A report with every status and with observed mail, made of a stranger's word."""
    plain = report(word, name=name)
    target = replace(plain.target, mail_from="news.example.com", observed=observed(word))
    return replace(plain, target=target, unicode_domain=name, world=world)


def transcript(one: Report) -> Transcript:
    """A run that could have led to a report."""
    from healthcheck.world.observed import as_recorded

    target = RecordedTarget(one.target.domain, one.generated_at, observed=as_recorded(one.target.observed))
    return Transcript("0.0.0", one.world, (target,), ("spf.published-once",), one.evidence)


def case(
    one: Report | None = None,
    mode: Mode = Mode.STANDARD,
    to: str | None = None,
    variables: Mapping[str, str] = VARIABLES,
) -> Case:
    """A case of a report, redacted with a key of ours."""
    chosen = seen_report() if one is None else one
    recipient = recipient_named(to) if to else None
    return case_of(chosen, transcript(chosen), "0.0.0", HERE, mode, recipient, variables)
