"""What a run looked at, and what that says of one suspect of one reply."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from checks.addresses import parsed as address_in
from checks.diagnosis.relevance import BESIDE, begins
from checks.model import Basis, Finding, Severity, Status, Target, status_of
from checks.names import Address

if TYPE_CHECKING:
    from checks.diagnosis.told import Told  # start-up time: the catalogue of replies, where one was seen

Results = Mapping[str, Sequence[Finding]]
"""The findings of a run by the id of their check, in report order."""

_PASSES = frozenset(("dmarc.alignment.passes", "dmarc.alignment.by-spf", "dmarc.alignment.spf-alone"))
_FAILS = frozenset(("dmarc.alignment.unaligned", "dmarc.alignment.too-strict", "dmarc.alignment.unauthenticated"))
_OPEN = frozenset(("dmarc.alignment.partly-told", "dmarc.alignment.dkim-decides", "dmarc.alignment.unknown"))
_UNALIGNED = frozenset(("dmarc.alignment.unaligned", "dmarc.alignment.too-strict", "dmarc.alignment.dkim-decides"))
_GUESSED = frozenset(("dkim.key-published.found", "dkim.key-published.found-at-provider"))


class Looked:
    """The results of a run, as the suspects of replies want them."""

    def __init__(self, results: Results, target: Target) -> None:
        self.results = results
        self.target = target

    def of(self, suspect: str, others: Sequence[str] = ()) -> dict[str, Sequence[Finding]]:
        """The results that a suspect names, but for those that another, narrower suspect names."""
        narrower = [word for word in others if word != suspect and begins(word, suspect)]
        return {
            check: findings
            for check, findings in self.results.items()
            if begins(check, suspect) and not any(begins(check, word) for word in narrower)
        }

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(finding.message.code for found in self.results.values() for finding in found)

    @cached_property
    def addresses(self) -> frozenset[Address]:
        """Every sending address that the run looked at."""
        about = (address_in(finding.about) for found in self.results.values() for finding in found)
        return frozenset((*self.target.sending_ips, *(one for one in about if one is not None)))

    @cached_property
    def domains(self) -> frozenset[str]:
        """Every domain whose records the run looked at as the sender's."""
        target = self.target
        names = {target.domain, target.envelope_domain, target.helo or ""}
        for stream in target.streams:
            names.update((stream.mail_from or "", stream.helo or ""))
            names.update(signature.domain for signature in stream.signatures or ())
        for finding in self.results.get("iprev.forward-confirmed", ()):
            names.update(name.lower().rstrip(".") for name in _names(finding.args.get("names", ())))
        return frozenset(names - {""})

    @cached_property
    def return_paths(self) -> frozenset[str]:
        """Every domain whose SPF record the run looked at."""
        target = self.target
        return frozenset((target.envelope_domain, *(sender.domain for sender in target.senders)))

    @cached_property
    def carried_by(self) -> frozenset[str]:
        """What makes mail pass DMARC, `SPF` and `DKIM`: nothing where some known way of sending fails, or may."""
        if self.codes & (_FAILS | _OPEN):
            return frozenset()
        found = (x for x in self.results.get("dmarc.alignment", ()) if x.message.code in _PASSES)
        by = (name for finding in found for name in _names(finding.args.get("by", ())))
        return frozenset(name.partition(" ")[0] for name in by)

    @cached_property
    def speaks_for_others(self) -> frozenset[str]:
        """`SPF` and `DKIM`, where each passes, or may, for another domain: what is the matter is alignment, and not they."""
        found = (x for x in self.results.get("dmarc.alignment", ()) if x.message.code in _UNALIGNED)
        by = (name for finding in found for name in _names(finding.args.get("by", ())))
        return frozenset(name.partition(" ")[0] for name in by)

    @property
    def keys_are_guessed(self) -> bool:
        """True where DKIM keys were found by their usual names alone: whether mail is signed with them was not told."""
        return bool(self.codes & _GUESSED) and "dkim.key-published.published" not in self.codes


def _names(told: object) -> tuple[str, ...]:
    """A finding's particular as names, whether it is one or several."""
    return tuple(map(str, told)) if isinstance(told, tuple | list) else (str(told),)


def blind(results: Results) -> list[str]:
    """The codes that say that a suspect could not be looked at, or was not told whole."""
    found = [one for check, findings in results.items() if check not in BESIDE for one in _unseen(findings)]
    if not found and all(check in BESIDE for check in results):
        found = [one for findings in results.values() for one in _unseen(findings)]
    return list(dict.fromkeys(finding.message.code for finding in found))


def _unseen(findings: Sequence[Finding]) -> list[Finding]:
    if status_of(findings) is not Status.UNKNOWN:
        return []
    return [finding for finding in findings if finding.message.basis is Basis.UNDETERMINED]


def passed(results: Results) -> tuple[str, ...]:
    """The ids of the checks that were looked at and are well."""
    return tuple(check for check, findings in results.items() if status_of(findings) is Status.PASS)


def warned(results: Results) -> tuple[str, ...]:
    """The codes of the warnings of checks that found nothing graver: they prove nothing, and let nobody go."""
    told = (findings for findings in results.values() if status_of(findings) is Status.WARN)
    return tuple(
        dict.fromkeys(
            finding.message.code
            for findings in told
            for finding in findings
            if finding.message.basis is Basis.OBSERVED and finding.message.severity is Severity.WARNING
        )
    )


def speaks_of(finding: Finding, stated: Sequence[Address]) -> bool:
    """False for a finding about another address than those that a reply names."""
    from checks.replies.stated import addresses_in  # start-up time: the catalogue of replies, where one was seen

    about = address_in(finding.about)
    told = (about,) if about is not None else addresses_in(finding.text)
    return not stated or not told or any(address in stated for address in told)


def is_of_addresses(suspect: str) -> bool:
    """True for what is looked at for each sending address."""
    return suspect in ("dnsbl", "dnsbl.not-listed", "spf", "spf.senders-authorised") or suspect.startswith("iprev")


def elsewhere(told: "Told", suspect: str, run: Looked) -> str:
    """What a reply speaks of and the run did not look at, as a sentence; "" where it looked at all of it."""
    addresses = tuple(one for one in map(address_in, told.stated) if one is not None)
    if is_of_addresses(suspect):
        unseen = [address for address in addresses if address not in run.addresses]
        if unseen:
            return f"the reply speaks of {unseen[0]}, which was not looked at"
    if suspect.startswith("iprev") or suspect == "dnsbl.not-listed" or (suspect == "dnsbl" and addresses):
        return ""  # the address decides
    domain = run.target.domain
    other = next((name for name in told.stated if address_in(name) is None and not _seen(name, suspect, run)), "")
    if other:
        return f"the reply speaks of {other}, and {domain} was looked at"
    path = next((name for name, _ in told.failure.senders if name), "")
    if suspect.startswith("spf") and path and path not in run.return_paths:
        return f"that mail bounces to {path}, and the SPF record of {run.target.envelope_domain} was looked at"
    return ""


def _seen(name: str, suspect: str, run: Looked) -> bool:
    """A name below the domain, or above it, has its DMARC policy (RFC 9989 section 4.10) and is on a list with it."""
    domain = run.target.domain
    related = name.endswith("." + domain) or domain.endswith("." + name)
    return name in run.domains or (related and suspect.startswith(("dmarc", "dnsbl", "dkim")))
