"""Redaction: what a stranger may not read is taken out of reports and runs before they are rendered.

It works on structures and not on rendered text, since escaping hides a secret from a search. Two layers, as conventions go: first
every configured secret by its value (healthcheck.secret_values), then what has the shape of a credential
(checks.replies.clean). Then people: the local part of an address becomes `r-3f2a9c01d7`, a keyed hash: the same address has the
same hash inside one bundle, and nobody without the key can try addresses out. docs/ticket.md says what each mode takes out.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from enum import Enum, StrEnum
from typing import Any, TypeVar

import msgspec

from checks.delivery.observed import Failure, Observed
from checks.diagnosis.cause import Cause
from checks.diagnosis.views import View
from checks.inquiry import Answer, DnsQuestion
from checks.model import Finding, Message, Signature, Stream, Target
from checks.names import Address
from checks.providers.requirements import Judged
from checks.replies.clean import masked
from healthcheck import disguised, strangers
from healthcheck.compare import ReadFinding
from healthcheck.report import CheckResult, Report
from healthcheck.secret_values import SecretValues
from healthcheck.what_if import WhatIf
from healthcheck.world.transcript import NOTHING_OBSERVED, RecordedTarget, Transcript

S = TypeVar("S", bound=msgspec.Struct)

HIDDEN = "***"
_OF_REPLIES = ("delivery.", "replies.", "message.")
"""Checks whose findings may quote what a receiver said: of whose words nothing is known."""
_NOBODY = frozenset((HIDDEN, "dmarc-reports"))
"""What stands where an address was masked already, and the mailbox that our own remedies propose."""
_HASH_DIGITS = 10


class Mode(StrEnum):
    """How much is taken out. Credentials are, in every mode."""

    STRICT = "strict"
    STANDARD = "standard"
    NONE = "none"


class ToldReport(Report, frozen=True):
    """A report whose causes and views are kept as they were found: what is redacted might be read otherwise."""

    told_causes: tuple[Cause, ...] = ()
    told_providers: tuple[View, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        return self.told_causes

    @property
    def providers(self) -> tuple[View, ...]:
        return self.told_providers


class Redactor:
    """Takes things out, always the same in the same way, and counts what it took: different things, by their kind.

    `key` makes the hashes; nothing keeps it. Give `about` every report that is to be redacted: it tells which addresses are
    the sender's own, and what the domain publishes for everybody to read.
    """

    def __init__(self, mode: Mode, key: bytes, about: Iterable[Report], secrets: Iterable[str] = ()) -> None:
        self._mode = mode
        self._key = key
        self._secrets = SecretValues(secrets)
        self._taken: dict[str, set[str]] = {}
        self._known: dict[tuple[str, bool], str] = {}
        self._known_names: dict[str, str] = {}
        facts = strangers.Facts(tuple(about))
        self._names = facts.names
        self._own_addresses = (
            facts.given if mode is Mode.STRICT else facts.given | facts.stated | facts.published_addresses
        )
        self._published = frozenset[str]() if mode is Mode.STRICT else facts.published_mailboxes
        self._is_own = facts.is_own
        self._domains = strangers.any_of(facts.recipient_domains) if mode is Mode.STRICT else None

    @property
    def taken(self) -> dict[str, int]:
        """How many different things of each kind were taken out so far, by the name of the kind."""
        return {kind: len(found) for kind, found in sorted(self._taken.items())}

    def report(self, report: Report) -> ToldReport:
        """The report, redacted, with the causes that were found in it before."""
        plain = msgspec.structs.asdict(report)
        walked = {name: self.value(value) for name, value in plain.items() if not name.startswith("told_")}
        remedies = dict(zip(_remedies(report.checks), _remedies(walked["checks"]), strict=True))
        causes = tuple(
            msgspec.structs.replace(self.value(one), remedy=remedies.get(one.remedy) or self.text(one.remedy))
            for one in report.causes
        )
        return ToldReport(**walked, told_causes=causes, told_providers=tuple(map(self.value, report.providers)))

    def transcript(self, run: Transcript) -> Transcript:
        """The run, redacted so that it can still be judged again."""
        answers = sorted((self.value(one) for one in run.answers), key=lambda one: one.question)
        targets = tuple(self._target(one) for one in run.targets)
        told = msgspec.structs.replace(run, targets=targets, answers=tuple(answers), rules=self._rules(run.rules))
        if not run.before:
            return told
        otherwise = sorted((self.value(one) for one in run.before.answers), key=lambda one: one.question)
        laid = tuple(self._fields(one, self.name) for one in run.before.laid)
        files = tuple(map(self._source, run.before.files))
        before = msgspec.structs.replace(run.before, laid=laid, files=files, answers=tuple(otherwise))
        return msgspec.structs.replace(told, before=before)

    def _rules(self, rules: msgspec.Raw | msgspec.UnsetType) -> msgspec.Raw | msgspec.UnsetType:
        """The reasons of waivers are sentences of people; what waivers are for stays."""
        if not rules:
            return rules
        told = msgspec.json.decode(rules)
        for waiver in told.get("waivers", ()):
            waiver["reason"] = self.text(waiver["reason"])
        return msgspec.Raw(msgspec.json.encode(told))

    def value(self, value: Any, seen: Callable[[str], str] | None = None) -> Any:
        """Any value of ours with every text in it redacted; what is no text stays as it is."""
        text = seen or self.text
        match value:
            case str() if not isinstance(value, Enum):
                return text(value)
            case tuple() if hasattr(value, "_fields"):
                return type(value)(*(self.value(one, seen) for one in value))
            case tuple() | list() | frozenset():
                return type(value)(self.value(one, seen) for one in value)
            case dict():
                return {self.value(key, seen): self.value(one, seen) for key, one in value.items()}
            case msgspec.Struct():
                return self._struct(value, seen)
            case _:
                return value

    def text(self, text: str) -> str:
        """A text without secrets, credentials, message ids and people."""
        return self._redacted(text, of_reply=False)

    def reply(self, text: str) -> str:
        """What a receiver said: as `text`, and without the addresses of machines that are not the sender's."""
        return self._redacted(text, of_reply=True)

    def name(self, name: str) -> str:
        """A name in the DNS. What looks like a credential there is none: services call their hosts so."""
        known = self._known_names.get(name)
        if known is None:
            known = self._known_names[name] = self._without_people(self._without_secrets(name), of_reply=False)
        return known

    def _struct(self, value: Any, seen: Callable[[str], str] | None) -> Any:
        match value:
            case Message() | Judged():  # our own words
                return value
            case Finding():
                of_reply = value.message.code.startswith(_OF_REPLIES)
                return self._fields(value, self.reply if of_reply else self.text)
            case ReadFinding():
                return self._fields(value, self.reply if value.code.startswith(_OF_REPLIES) else self.text)
            case WhatIf():
                files = tuple(map(self._source, value.files))
                return msgspec.structs.replace(self._fields(value, seen), files=files)
            case Answer():
                return self._answer(value)
            case DnsQuestion():
                return self._fields(value, self.name)
            case Cause() | View():
                walked = self._fields(value, self.reply)
                # What is to be published must stay what it is.
                return (
                    msgspec.structs.replace(walked, remedy=self.text(value.remedy))
                    if isinstance(value, Cause)
                    else walked
                )
            case Failure():
                return self._fields(value, self.reply)
            case Observed():
                sources = tuple(map(self._source, value.sources))
                return msgspec.structs.replace(self._fields(value, self.reply), sources=sources)
            case Target() | Signature():
                return self._fields(value, self.name)
            case Stream():
                return msgspec.structs.replace(self._fields(value, self.name), source=self._source(value.source))
            case _:
                return self._fields(value, seen)

    def _fields(self, value: S, seen: Callable[[str], str] | None) -> S:
        walked = {name: self.value(one, seen) for name, one in msgspec.structs.asdict(value).items()}
        return msgspec.structs.replace(value, **walked)

    def _answer(self, answer: Answer) -> Answer:
        return msgspec.structs.replace(
            answer,
            question=self.value(answer.question),
            records=tuple(sorted(map(self.text, answer.records))),
            aliases=tuple(map(self.name, answer.aliases)),
            server=self.name(answer.server),
            asked_at=self.text(answer.asked_at),
            detail=self.text(answer.detail),
        )

    def _target(self, target: RecordedTarget) -> RecordedTarget:
        walked = self._fields(msgspec.structs.replace(target, observed=NOTHING_OBSERVED), self.name)
        learned = tuple(
            msgspec.structs.replace(self._fields(one, self.name), source=self._source(one.source))
            for one in target.learned
        )
        walked = msgspec.structs.replace(walked, learned=learned)
        if target.observed == NOTHING_OBSERVED:
            return walked
        from healthcheck.world.observed import as_observed, as_recorded  # start-up time: where something was observed

        return msgspec.structs.replace(walked, observed=as_recorded(self.value(as_observed(target.observed))))

    def _source(self, source: str) -> str:
        """What was read, without the folders of somebody's machine; their names tell of people."""
        hidden = self.text(source)
        if self._mode is Mode.NONE or not any(mark in hidden for mark in "/\\"):
            return hidden
        self._took("paths of files", hidden)
        return hidden.replace("\\", "/").rstrip("/").rpartition("/")[2]

    def _redacted(self, text: str, of_reply: bool) -> str:
        known = self._known.get((text, of_reply))
        if known is None:
            known = self._known[text, of_reply] = self._read(text, of_reply)
        return known

    def _read(self, text: str, of_reply: bool) -> str:
        hidden = self._without_secrets(text)
        if hidden.rstrip(".").lower() in self._names:
            return hidden
        shaped = masked(hidden)
        if shaped != hidden:
            self._took("credentials by their shape", hidden)
        if self._mode is Mode.NONE:
            return shaped
        if self._mode is Mode.STRICT:
            shaped = strangers.subjects(shaped, lambda subject: self._hid("subject lines", subject))
        shaped = strangers.message_ids(shaped, lambda told: self._hash("message ids", "m", told))
        shaped = self._without_people(shaped, of_reply)
        if not of_reply:
            return shaped
        shaped = strangers.machines(shaped, self._machine)
        return self._domains.sub(lambda match: self._domain(match.group()), shaped) if self._domains else shaped

    def _without_secrets(self, text: str) -> str:
        hidden, found = self._secrets.hidden(text)
        for one in found:
            self._took("configured secrets", one)
        return hidden

    def _without_people(self, text: str, of_reply: bool) -> str:
        if self._mode is Mode.NONE:
            return text
        # The domain of a mailbox in a record is part of the record, and nobody's who received mail.
        hides_domains = of_reply and self._mode is Mode.STRICT

        def instead(local: str, domain: str) -> tuple[str, str]:
            return self._person(local, domain), self._domain(domain) if hides_domains else domain

        shown = disguised.plain_where_encoded(text, lambda words: strangers.people(words, instead))
        shown = strangers.people(shown, instead)
        return disguised.people_in_disguise(shown, instead) if of_reply else shown

    def _person(self, local: str, domain: str) -> str:
        whole = f"{local}@{domain}".lower()
        if local.strip('"') in _NOBODY or strangers.is_hash(local) or whole in self._published:
            return local
        return self._hash("mail addresses", "r", whole)

    def _domain(self, domain: str) -> str:
        name = domain.lower().rstrip(".")
        if not name or self._is_own(name) or name.endswith(strangers.HASHED_DOMAIN):
            return domain
        return f"{self._hash('domains of recipients', 'd', name)}{strangers.HASHED_DOMAIN}"

    def _machine(self, address: Address, as_written: str) -> str:
        if address in self._own_addresses or address.is_loopback or address.is_unspecified:
            return as_written
        if self._mode is Mode.STRICT:
            return self._hash("addresses of other machines", "a", str(address))
        self._took("addresses of other machines", str(address))
        return strangers.network_of(address, as_written)

    def _hash(self, kind: str, letter: str, told: str) -> str:
        self._took(kind, told.lower())
        digest = hmac.new(self._key, f"{letter} {told.lower()}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"{letter}-{digest.hexdigest()[:_HASH_DIGITS]}"

    def _hid(self, kind: str, told: str) -> str:
        self._took(kind, told)
        return HIDDEN

    def _took(self, kind: str, told: str) -> None:
        self._taken.setdefault(kind, set()).add(told)


def _remedies(results: Iterable[CheckResult]) -> list[str]:
    """The remedies of all findings: a cause has that of a finding, and must have the same one after it."""
    return [finding.remedy for result in results for finding in result.findings]
