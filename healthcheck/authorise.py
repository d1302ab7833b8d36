"""May this address send as this domain? The evaluation of SPF for one mail, or the whole policy where no address is given."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

import msgspec

from checks.inquiry import Answer, Question
from checks.names import Address, to_unicode
from checks.spf.allow import remedy_of
from checks.spf.evaluate import check_host
from checks.spf.policy import MOST_LOOKUPS, Node, SpfPolicy, spf_policy
from checks.spf.trace import Evaluation, Result
from healthcheck.driving import drive
from healthcheck.engine import believing
from healthcheck.report import Evidence
from healthcheck.run import Run, utc_now
from healthcheck.world.transcript import RecordedTarget

PASSED, FAILED, INCONCLUSIVE = 0, 1, 3


class Mail(msgspec.Struct, frozen=True):
    """What is asked about. `domain` as given; `ip` None for the policy alone.

    `mail_from` is the RFC5321.MailFrom as far as it is known: an address, a domain, "" for the null reverse path (the
    HELO identity is evaluated then, RFC 7208 section 2.4), None for `domain`. `helo` is "" where it is not known.
    """

    domain: str
    ip: Address | None = None
    mail_from: str | None = None
    helo: str = ""

    @property
    def evaluated_domain(self) -> str:
        """The domain whose record counts."""
        if self.mail_from is None:
            return self.domain
        return self.mail_from.rpartition("@")[2] or self.helo

    @property
    def sender(self) -> str:
        """The <sender> of check_host(), with the local part that RFC 7208 section 4.3 puts where there is none."""
        known = self.mail_from or self.evaluated_domain
        return known if "@" in known else f"postmaster@{known}"

    @property
    def identity(self) -> str:
        """Which identity is evaluated: mailfrom or helo. RFC 7208 sections 2.3, 2.4"""
        return "helo" if self.mail_from == "" else "mailfrom"


class Authorisation(msgspec.Struct, frozen=True):
    """What was found: the evaluation of a mail, or, without an address, the policy. `evidence` in the order of the trace."""

    mail: Mail
    world: str
    generated_at: str
    evidence: tuple[Answer, ...]
    evaluation: Evaluation | None = None
    policy: SpfPolicy | None = None

    @property
    def unicode_domain(self) -> str:
        """The evaluated domain as people write it."""
        return to_unicode(self.mail.evaluated_domain)

    @property
    def remedy(self) -> str:
        """What to do, as `checks.spf.allow` words it."""
        return remedy_of(self.evaluation) if self.evaluation is not None else ""

    @property
    def exit_code(self) -> int:
        """0: the address may send (or the policy can be evaluated); 1: it may not, or nothing says so; 3: not known."""
        if self.evaluation is not None:
            result = self.evaluation.result
            return {Result.PASS: PASSED, Result.TEMPERROR: INCONCLUSIVE}.get(result, FAILED)
        assert self.policy is not None
        record = self.policy.root.record
        if self.policy.root.answer.unknown:
            return INCONCLUSIVE
        if record is None or record.faults or self.policy.lookups > MOST_LOOKUPS:
            return FAILED
        return INCONCLUSIVE if self.policy.unread() is not None else PASSED

    @property
    def policy_reason(self) -> str:
        """What is to be said of the policy where nothing was evaluated, in one clause."""
        assert self.policy is not None
        root = self.policy.root
        if root.answer.unknown:
            return f"the SPF record of {root.name} could not be asked for ({root.answer.why_unknown})"
        if root.record is None:
            several = f"{len(root.published)} SPF records, and only one is allowed"
            return f"{root.name} has {several if root.published else 'no SPF record'}"
        faults = len(root.record.faults)
        wrong = (
            f"the record of {root.name} has {faults} syntax {'error' if faults == 1 else 'errors'}; " if faults else ""
        )
        least = "at least " if _more_than_seen(self.policy) else ""
        lookups = f"{least}{self.policy.lookups} DNS {'lookup' if self.policy.lookups == 1 else 'lookups'}"
        needs = f"a receiver that comes to every term needs {lookups}"
        unread = self.policy.unread()
        open_end = (
            f", and the record of {unread.name} could not be asked for ({unread.answer.why_unknown})" if unread else ""
        )
        return f"{wrong}{needs} ({MOST_LOOKUPS} are allowed){open_end}"


def _more_than_seen(policy: SpfPolicy) -> bool:
    """True where the policy goes on beyond what could be followed: our bounds, loops, macros, a failure."""
    hidden = (step.term.name in ("include", "redirect") and step.node is None for _, step in policy.steps())
    return policy.cut or any(hidden) or any(node.loops or node.answer.unknown for node in policy.nodes())


async def authorise(mail: Mail, run: Run) -> Authorisation:
    """Find out, in the world of a run."""
    if mail.ip is None:
        policy = await believing(lambda asking: drive(spf_policy(mail.evaluated_domain), asking, []), run)
        evidence = _evidence(_policy_questions(policy.root), run)
        return Authorisation(mail, run.world.name, utc_now(), evidence, policy=policy)
    # A HELO name that is not known is supposed to be the domain's own.
    ip, domain, helo = mail.ip, mail.evaluated_domain, mail.helo or mail.evaluated_domain
    evaluation = await believing(lambda asking: drive(check_host(ip, domain, mail.sender, helo), asking, []), run)
    explained = (evaluation.explained_by.question,) if evaluation.explained_by is not None else ()
    evidence = _evidence((*(answer.question for answer in evaluation.trace.answers), *explained), run)
    return Authorisation(mail, run.world.name, utc_now(), evidence, evaluation=evaluation)


def _evidence(questions: Iterable[Question], run: Run) -> tuple[Answer, ...]:
    evidence = Evidence(run.answers)
    evidence.ids(questions)
    return evidence.numbered()


def _policy_questions(node: Node) -> Iterator[Question]:
    yield node.answer.question
    for step in node.steps:
        yield from (answer.question for answer in step.answers)
        if step.node is not None:
            yield from _policy_questions(step.node)


def recorded(found: Authorisation) -> RecordedTarget:
    """A mail as a transcript keeps it."""
    mail = found.mail
    ips = (str(mail.ip),) if mail.ip is not None else ()
    return RecordedTarget(mail.domain, found.generated_at, ips, helo=mail.helo or None, sender=mail.mail_from)


def from_recorded(target: RecordedTarget) -> Mail:
    """The mail that a transcript kept."""
    ip = ip_address(target.ips[0]) if target.ips else None
    return Mail(target.domain, ip, target.sender, target.helo or "")
