"""The fact behind the DMARC checks: which policy applies to a domain, to its subdomains, to subdomains that are not there.

Policy discovery (RFC 9989 section 4.10.1) takes the record of the domain itself and its `p`; without one, that of the
organizational domain and its `sp` or, where the domain does not exist, `np`; without that, the public suffix's. Records
in between are not used. A question without an answer is not "no record": what then is unknown, and what is known all the
same, is worked out in `_settled`.
"""

from collections.abc import Sequence

import msgspec

from checks.dmarc.record import DmarcRecord, Policy
from checks.dmarc.suffixes import is_registry
from checks.dmarc.walk import Rung, Walk, below, climb, exists, question_name, rungs_of, walk_names
from checks.inquiry import Answer, Inquiry, Outcome, ask_dns, once, together
from checks.model import Target
from checks.parked import is_parked
from checks.unseen import again

ABSENT = "absent"
"""The word for: no DMARC policy applies."""

AGAIN = again("that name", "receivers meet the same failure and can apply no policy.")
"""What to do where an answer that decides about the policy is missing: said once for all checks that lack it."""


class Ruling(msgspec.Struct, frozen=True):
    """What receivers do with failing mail from one domain.

    `effective` is none, quarantine, reject or absent, `t=y` heeded; None where it could not be found out. `record` is
    the one that applies, found at `source`; `tag` is the one of its tags that decides, "" where none does.
    """

    effective: str | None
    source: str = ""
    record: DmarcRecord | None = None
    tag: str = ""
    asked: Policy | None = None
    """The policy that is written there, before `t=y` lowers it."""


UNKNOWN = Ruling(None)
NO_POLICY = Ruling(ABSENT)


class DmarcPolicy(msgspec.Struct, frozen=True):
    """What DMARC says of a domain. `there` tells whether the name exists, None where nobody could tell.

    `domain`, `subdomain` and `nonexistent` rule mail from the domain, from a subdomain of it without a record of its own,
    and from a subdomain that does not exist; `otherwise` would rule the domain if it had no record. `texts` and
    `exchanges` are the TXT and MX answers of the domain itself.
    """

    name: str
    walk: Walk
    there: bool | None
    domain: Ruling
    subdomain: Ruling
    nonexistent: Ruling
    otherwise: Ruling
    texts: Answer
    exchanges: Answer

    @property
    def organizational_domain(self) -> str:
        return self.walk.organizational_domain

    @property
    def record(self) -> DmarcRecord | None:
        """The record that applies to the domain, its own or inherited."""
        return self.domain.record

    @property
    def unanswered(self) -> tuple[Answer, ...]:
        """What keeps the policy from being known. Where every name of the walk was answered for, it is the existence of the
        domain itself that decides, between np and sp."""
        return tuple(rung.answer for rung in self.walk.unknown) or (self.texts, self.exchanges)

    @property
    def enforced(self) -> bool | None:
        """True if failing mail is quarantined or rejected; None where that is not known."""
        if self.domain.effective is None:
            return None
        return self.domain.effective in (Policy.QUARANTINE, Policy.REJECT)

    @property
    def own(self) -> Rung:
        """The rung of the domain itself."""
        return self.walk.rungs[0]

    @property
    def inherited(self) -> bool:
        """True if the record that applies is not the domain's own."""
        return self.record is not None and self.domain.source != self.name

    @property
    def parked(self) -> bool:
        """True for a domain that says it takes no part in mail."""
        return is_parked(self.texts, self.exchanges)

    @property
    def questions(self) -> tuple[str, ...]:
        """The names a receiver asks about, in its order."""
        return tuple(question_name(rung.name) for rung in self.walk.rungs)


def policy_of(target: Target) -> Inquiry[DmarcPolicy]:
    """The fact of the DMARC checks: the policy for mail whose RFC5322.From names the target's domain."""
    return dmarc_policy(target.domain)


def dmarc_policy(domain: str) -> Inquiry[DmarcPolicy]:
    """Which DMARC policy applies to a domain (in normal form), in one round trip. Failures are in the answers."""
    return once(_policy, domain)


async def _policy(domain: str) -> DmarcPolicy:
    rungs, texts, exchanges = await together(rungs_of(domain), ask_dns(domain, "TXT"), ask_dns(domain, "MX"))
    there = exists((texts, exchanges))
    return DmarcPolicy(
        name=domain,
        walk=climb(domain, rungs),
        there=there,
        domain=_rule(climb(domain, rungs), there),
        subdomain=_rule(_walk_from_below(domain, rungs), True),
        nonexistent=_rule(_walk_from_below(domain, rungs), False),
        otherwise=_rule(climb(domain, (_empty(rungs[0], domain), *rungs[1:])), there),
        texts=texts,
        exchanges=exchanges,
    )


def _walk_from_below(domain: str, rungs: Sequence[Rung]) -> Walk:
    """The walk of a subdomain without a record of its own: it comes to no name that the domain's walk did not ask.

    From a domain of eight labels or more it passes the domain by, whose record then counts for the domain alone.
    """
    known = {rung.name: rung for rung in rungs}
    child = f"*.{domain}"
    return climb(child, (_empty(rungs[0], child), *(known[name] for name in walk_names(child)[1:])))


def _empty(rung: Rung, name: str) -> Rung:
    """A rung without a record, for what would be."""
    return Rung(name, msgspec.structs.replace(rung.answer, outcome=Outcome.NXDOMAIN, records=(), aliases=(), detail=""))


def _rule(walk: Walk, there: bool | None) -> Ruling:
    own = walk.rungs[0]
    if own.answer.unknown:
        return UNKNOWN
    if own.record is not None:
        return _from_record(own, own.record, ())
    source = next((rung for rung in walk.found if rung.name == walk.organizational_domain), walk.suffix)
    if not _settled(walk, source):
        return UNKNOWN
    if source is None or source.record is None:
        return NO_POLICY
    existing = _from_record(source, source.record, ("sp",))
    missing = _from_record(source, source.record, ("np", "sp"))
    if there is None:
        return existing if existing.effective == missing.effective else UNKNOWN
    return existing if there else missing


def _from_record(source: Rung, record: DmarcRecord, order: tuple[str, ...]) -> Ruling:
    if not record.works:
        return Ruling(ABSENT, source.name, record)
    asked, tag = record.asked(*order)
    return Ruling((asked.lowered if record.testing else asked).value, source.name, record, tag, asked)


def _settled(walk: Walk, source: Rung | None) -> bool:
    """True if no answer that is missing could change which record applies to a domain without one of its own.

    A missing answer for a registry's name (`com`, `co.uk`) changes nothing where the organizational domain, one label
    below it, has a record: a registry that publishes one marks it psd=y (RFC 9989 section 5.2), and then the record
    below counts all the same. Where no record was found, it is settled only if the registry was left out on purpose: a
    zone file does not hold it, which is REFUSED, and not a failure of its servers.
    """
    unknown = walk.unknown
    if not unknown:
        return True
    if not all(is_registry(rung.name) for rung in unknown):
        return False
    if source is None:
        return all(rung.answer.outcome is Outcome.REFUSED for rung in unknown)
    return source.name == below(walk.domain, unknown[0].name)
