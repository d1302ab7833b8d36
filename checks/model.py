"""The words healthcheck speaks: messages, findings, checks, and the status that follows from them.

A *message* is a thing we may say, declared once. Called with its particulars it gives a *finding*. A *check* is one
healthy condition: an inquiry that gets its fact, and a pure function that judges the fact. Statuses are derived from
findings and never assigned, so that "could not look" can become neither a pass nor a fail.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import msgspec

from checks.inquiry import Answer, Inquiry, Question
from checks.names import Address
from checks.text import Part, Value, fields, fill, inert

if TYPE_CHECKING:
    from checks.delivery.observed import Observed  # start-up time: most runs are given no log

F = TypeVar("F")


class Severity(IntEnum):
    """How much a message matters to the owner of the mail. docs/severities.md has a sentence for each."""

    INFO = 0
    NOTICE = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4


class Basis(StrEnum):
    """What a message rests on."""

    OBSERVED = "observed"
    UNDETERMINED = "undetermined"
    """We could not look: never good and never bad."""
    NOT_APPLICABLE = "not-applicable"


class Status(StrEnum):
    """The state of one check. Not to be confused with the lower-case results of SPF and DMARC (RFC 8601)."""

    PASS = "pass"  # noqa: S105 - a status word
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """The answer of a whole report."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Origin(StrEnum):
    """How a stream came to be known."""

    GIVEN = "given"
    """Somebody said so, with options or in a configuration."""
    MESSAGE = "message"
    """Read from a message that was sent."""
    REPORT = "report"
    """Seen by a receiver, who says so in a DMARC report; it may be somebody else's doing."""
    GUESSED = "guessed"
    """From fingerprints in the DNS: it leads to a question or a remedy, never to a failure."""


class Signature(msgspec.Struct, frozen=True, order=True):
    """What a DKIM signature says of its key: the domain (d=) and the selector (s=), in normal form."""

    domain: str
    selector: str

    @property
    def key_name(self) -> str:
        """Where the key is published. RFC 6376 section 3.6.2.1"""
        return f"{self.selector}._domainkey.{self.domain}"


class Stream(msgspec.Struct, frozen=True):
    """One way in which a domain sends. The Author Domain is that of the target.

    `mail_from` is the domain of the RFC5321.MailFrom, "" for the null sender `<>`, None where nobody told. `signatures`:
    None where nobody told, () where it is known that nothing signs. `ips` are the addresses it sends from, as far as they
    are known. `messages`: how many were seen, where they were counted; `passed`: how many of them passed DMARC.
    """

    origin: Origin
    mail_from: str | None = None
    signatures: tuple[Signature, ...] | None = None
    helo: str | None = None
    ips: tuple[Address, ...] = ()
    provider: str = ""
    source: str = ""
    messages: int = 0
    passed: int = 0

    def agrees(self, other: "Stream") -> bool:
        """True where both have one return path, and neither tells anything that the other tells otherwise."""
        return (
            self.mail_from == other.mail_from is not None
            and (self.signatures == other.signatures or None in (self.signatures, other.signatures))
            and (self.helo == other.helo or None in (self.helo, other.helo))
            and (self.ips == other.ips or () in (self.ips, other.ips))
        )

    def with_all(self, other: "Stream") -> "Stream":
        """This stream, and what only the other tells of it."""
        return msgspec.structs.replace(
            self,
            signatures=other.signatures if self.signatures is None else self.signatures,
            helo=other.helo if self.helo is None else self.helo,
            ips=self.ips or other.ips,
        )


class Sender(NamedTuple):
    """An address that sends, with what it says in HELO (None where nobody told) and the domain of the RFC5321.MailFrom.

    `null`: it sends with the null return path, whose domain is the HELO name. RFC 7208 section 2.4
    """

    address: Address
    domain: str
    helo: str | None
    null: bool = False


class Target(msgspec.Struct, frozen=True):
    """What is examined. Names are in normal form (checks.names); `selectors` as given, lower-case.

    `mail_from` is the domain of the RFC5321.MailFrom where it is known to differ from the Author Domain. `deep`: where
    names have to be guessed, guess all that are known and not only the likeliest. `lists`: the zones of the blocklists
    to ask, () for the usual ones. `helo`: the name given in EHLO, where it is known. `signatures`: keys that mail is
    signed with under another domain than `domain`. `learned`: the streams that messages and reports told of.
    `called`: what the report is headed with, where that is not the domain. `audience`: the mailbox providers whose
    requirements are to be judged. `observed`: what was seen of its mail, None where nobody told.
    """

    domain: str
    ips: tuple[Address, ...] = ()
    selectors: tuple[str, ...] = ()
    mail_from: str | None = None
    deep: bool = False
    lists: tuple[str, ...] = ()
    helo: str | None = None
    signatures: tuple[Signature, ...] = ()
    learned: tuple[Stream, ...] = ()
    called: str = ""
    audience: tuple[str, ...] = ()
    observed: "Observed | None" = None

    @property
    def envelope_domain(self) -> str:
        """The domain whose SPF record receivers evaluate: that of the RFC5321.MailFrom. RFC 7208 section 2.4"""
        return self.mail_from or self.domain

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams that are known: the one that the fields above describe, where they do, and those learned. Where a message
        told of the same one, it stands there once, with all that is known of it."""
        given = Stream(
            Origin.GIVEN,
            self.mail_from,
            (*(Signature(self.domain, selector) for selector in self.selectors), *self.signatures) or None,
            self.helo,
            self.ips,
        )
        if given == Stream(Origin.GIVEN):
            return self.learned
        same = [stream for stream in self.learned if stream.origin is Origin.MESSAGE and stream.agrees(given)]
        if len(same) != 1:  # which of several the rest belongs to, nobody told
            known = any(stream.with_all(given) == stream for stream in same)
            return self.learned if known else (given, *self.learned)
        return tuple(one.with_all(given) if one is same[0] else one for one in self.learned)

    @property
    def signing_selectors(self) -> tuple[str, ...]:
        """The selectors that mail of this domain is known to be signed with in its own name: given, then from messages."""
        read = (signature for stream in self._read for signature in stream.signatures or ())
        named = (signature.selector for signature in (*self.signatures, *read) if signature.domain == self.domain)
        return tuple(dict.fromkeys((*self.selectors, *named)))

    @property
    def seen_selectors(self) -> tuple[str, ...]:
        """The selectors that receivers verified mail of this domain with, by their reports. They may be retired by now."""
        told = (one for stream in self.learned if stream.origin is Origin.REPORT for one in stream.signatures or ())
        return tuple(dict.fromkeys(one.selector for one in told if one.domain == self.domain))

    @property
    def sending_ips(self) -> tuple[Address, ...]:
        """The addresses that mail of this domain is known to come from: given, then from messages."""
        return tuple(dict.fromkeys((*self.ips, *(address for stream in self._read for address in stream.ips))))

    @property
    def senders(self) -> tuple[Sender, ...]:
        """Each sending address with the domain whose SPF record receivers evaluate for it: that of its own stream.

        For the null sender that is the HELO name (RFC 7208 section 2.4); a stream whose return path nobody told counts as
        one with the Author Domain. An address given without a return path has that of the messages that came from it.
        """
        read = [
            Sender(address, domain, stream.helo, stream.mail_from == "")
            for stream in self._read
            if (domain := (self.domain if stream.mail_from is None else stream.mail_from or stream.helo or ""))
            for address in stream.ips
        ]
        told = {sender.address for sender in read if not sender.null} if self.mail_from is None else set()
        given = (Sender(address, self.envelope_domain, self.helo) for address in self.ips if address not in told)
        return tuple(dict.fromkeys((*given, *read)))

    @property
    def greetings(self) -> tuple[tuple[Address, str], ...]:
        """Each sending address with a name that it is known to give in HELO or EHLO."""
        given = [(address, self.helo) for address in self.ips]
        read = [(address, stream.helo) for stream in self._read for address in stream.ips]
        return tuple(dict.fromkeys((address, name) for address, name in (*given, *read) if name))

    @property
    def _read(self) -> tuple[Stream, ...]:
        """Those that are certain: read from messages, or configured one by one."""
        return tuple(stream for stream in self.learned if stream.origin in (Origin.MESSAGE, Origin.GIVEN))


class Message(msgspec.Struct, frozen=True):
    """A thing we may say. `text` and `remedy` are templates whose `{fields}` are filled from a finding's particulars, and whose
    `{field: words with {} in them}` are left out where the field is None (checks.text.fill)."""

    code: str
    severity: Severity
    text: str
    remedy: str = ""
    references: tuple[str, ...] = ()
    basis: Basis = Basis.OBSERVED

    def __call__(
        self, about: object = "", *, evidence: Iterable[Answer] = (), explains: tuple[str, ...] = (), **args: object
    ) -> "Finding":
        """Say it of `about` (a name, an address, a stream). `evidence`: the answers that show it, where they are fewer
        than all that the check's fact rests on. `explains`: the reply codes this leads to. TypeError if a field of the
        text or the remedy is not given."""
        wanted = (fields(self.text) | fields(self.remedy)) - {"about"}
        if missing := wanted - args.keys():
            raise TypeError(f"{self.code} needs {', '.join(sorted(missing))}")
        return Finding(
            message=self,
            about=str(inert(str(about))),
            args={name: inert(value) for name, value in args.items()},
            explains=explains,
            evidence=tuple(answer.question for answer in evidence),
        )


class Finding(msgspec.Struct, frozen=True):
    """A message said about something. Its particulars are inert: no control character survives in them."""

    message: Message
    about: str
    args: dict[str, Value]
    explains: tuple[str, ...] = ()
    evidence: tuple[Question, ...] = ()
    """Empty where all the answers of the check's fact show it."""

    @property
    def text(self) -> str:
        return "".join(self.text_parts)

    @property
    def remedy(self) -> str:
        return "".join(self.remedy_parts)

    @property
    def text_parts(self) -> tuple[Part, ...]:
        return fill(self.message.text, {"about": self.about, **self.args})

    @property
    def remedy_parts(self) -> tuple[Part, ...]:
        return fill(self.message.remedy, {"about": self.about, **self.args})


class Check(msgspec.Struct, Generic[F], frozen=True):
    """One healthy condition: `title` states it, `fact` is how it is looked at, `judge` what follows from it.

    Checks that share a fact name the same function: it is pursued once a target. `messages` are all that `judge` may say.
    """

    id: str
    title: str
    fact: Callable[[Target], Inquiry[F]]
    judge: Callable[[F], Iterable[Finding]]
    messages: tuple[Message, ...]


AnyCheck = Check[Any]


def status_of(findings: Iterable[Finding]) -> Status:
    """The state of a check: FAIL > UNKNOWN > WARN > PASS, and SKIPPED only if all that was found is not applicable."""
    worst, bases = Severity.INFO, set()
    for finding in findings:
        message = finding.message
        bases.add(message.basis)
        if message.basis is Basis.OBSERVED and message.severity > worst:
            worst = message.severity
    if worst >= Severity.ERROR:
        return Status.FAIL
    if Basis.UNDETERMINED in bases:
        return Status.UNKNOWN
    if worst is Severity.WARNING:
        return Status.WARN
    if bases == {Basis.NOT_APPLICABLE}:
        return Status.SKIPPED
    return Status.PASS


def could_have_failed(finding: Finding) -> bool:
    """True for what was looked for and could not be seen; false for what was merely not told (severity NOTICE)."""
    return finding.message.basis is Basis.UNDETERMINED and finding.message.severity >= Severity.WARNING


def verdict_of(results: Iterable[tuple[Status, Iterable[Finding]]]) -> Verdict:
    """The answer of a report. It passes only where something was seen to be well and nothing that matters is unknown."""
    looked = False
    open_questions = False
    for status, findings in results:
        if status is Status.FAIL:
            return Verdict.FAIL
        looked = looked or status in (Status.PASS, Status.WARN)
        open_questions = open_questions or (status is Status.UNKNOWN and any(map(could_have_failed, findings)))
    return Verdict.PASS if looked and not open_questions else Verdict.INCONCLUSIVE
