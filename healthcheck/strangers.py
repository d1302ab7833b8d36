"""Where people and machines stand in a text, and which of them are no strangers: what redaction looks for.

Addresses are found by their `@`, in each of the ways in which one is written, and read backwards from there: that takes one pass
over a megabyte of anything. What is left and right of it is given to whoever decides.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from checks.addresses import parsed
from checks.inquiry import Answer
from checks.names import Address, is_below, is_hostname
from healthcheck.report import Report

if TYPE_CHECKING:
    from checks.delivery.observed import Failure  # start-up time: where something was observed

LONGEST_LOCAL = 320
"""Characters that are read back from an `@`; a local part has at most 64 (RFC 5321 section 4.5.3.1.1), VERP or not."""
HASHED_DOMAIN = ".redacted.invalid"

_AT = re.compile(
    r"(?<=[^\s<>()\[\]{}:;,|@\\])[@\uff20\ufe6b]|\s{1,4}@\s{0,4}|\\{1,2}@|%(?:25){0,3}40|[=+]40|&#0{0,6}64;|&#x0{0,6}40;|&commat;|"
    r"\\x40|\\x\{0{0,4}40\}|\\064|\\100|\\u0040|\s{0,4}[(\[{]\s?at\s?[)\]}]\s{0,4}",
    re.IGNORECASE,
)
"""The sign as it is, with spaces around it, as URLs, quoted-printable, xtext (RFC 3461), entities, JSON and zone files write it."""
_ENDS_LOCAL = frozenset(" \t\r\n\x0b\x0c<>()[]{}:;,|@\\\uff20\ufe6b")
_LABELLED = re.compile(r"(?:to|orig_to|from|for|rcpt|recipient|sender|mail|email|user|address|addr|id)=", re.IGNORECASE)
_DOMAIN = re.compile(r"\[[0-9a-fA-F:.]{2,60}\]|[^\W_](?:[\w-]{0,62}\.(?=\w)){0,10}[\w-]{0,63}|")
_PROPER = re.compile(r"(?:[\w-]{1,63}\.){1,10}(?:xn--[\w-]{1,59}|[^\W\d_]{2,63})\Z")
_HASHED = re.compile(r"[rm]-[0-9a-f]{10}")
_MESSAGE_ID = re.compile(r"(message-?_?id\s{0,4}(?:[:=]\s{0,4}<?|\s{0,4}<))([^\s<>;,\"']{4,320})", re.IGNORECASE)
_SUBJECT = re.compile(r"(\bsubject\s{0,4}[:=]\s{0,4})(\"[^\"]{0,400}\"|'[^']{0,400}'|[^;\r\n]{1,400})", re.IGNORECASE)
_IPV4 = re.compile(
    r"(?:(?<![\w.-])|(?<=[^\W\d_])(?=\d+-)|(?<=[^\W\d_]-)(?=\d+-))(\d{1,3})([.-])(\d{1,3})\2(\d{1,3})\2(\d{1,3})(?![\w]|[.-]\d)"
)
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9a-f]{0,4}:)[0-9a-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", re.IGNORECASE
)
_MAILBOX = re.compile(r"mailto:([^\s@,;!?\"]{1,320}@[^\s@,;!?\"]{1,253})", re.IGNORECASE)
_IN_RECORD = re.compile(r"[0-9a-fA-F]{0,4}(?:[.:][0-9a-fA-F]{0,4}){2,8}(?:\.\d{1,3}){0,3}")


def people(text: str, instead: Callable[[str, str], tuple[str, str]]) -> str:
    """The text with `instead(local, domain)` for the two sides of every mail address; quotes and labels stay outside."""
    told: list[str] = []
    done = 0
    for at in _AT.finditer(text):
        begin = _begin_of_local(text, at.start(), done)
        if begin == at.start():
            continue
        domain = _DOMAIN.match(text, at.end())
        named = domain.group() if domain else ""
        # `size=4096` holds what could be an encoded `@`: a name must stand behind it.
        if len(at.group()) > 1 and not _PROPER.match(named):
            continue
        local, other = instead(text[begin : at.start()], named)
        told += [text[done:begin], local, at.group(), other]
        done = at.end() + len(named)
    return "".join([*told, text[done:]]) if told else text


def _begin_of_local(text: str, at: int, least: int) -> int:
    """Where the local part in front of an `@` begins; `at` itself where there is none."""
    least = max(least, at - LONGEST_LOCAL)
    if at > least and text[at - 1] == '"' and (quote := _opening_quote(text, at - 1, least)) >= 0:
        return quote
    begin = at
    while begin > least and text[begin - 1] not in _ENDS_LOCAL and text[begin - 1] != '"':
        begin -= 1
    while begin < at and text[begin] in "'`=/?&":
        begin += 1
    label = _LABELLED.match(text, begin, at)
    return label.end() if label and label.end() < at else begin


def _opening_quote(text: str, closing: int, least: int) -> int:
    """Where the quote begins that ends at `closing`, below zero where it does not: a quote behind a backslash is part of it, unless
    the closing one stands behind one, too, as JSON writes both."""
    quote = text.rfind('"', least, closing)
    if text[closing - 1 : closing] != "\\":
        while quote > least and text[quote - 1] == "\\":
            quote = text.rfind('"', least, quote)
    return quote


def is_hash(local: str) -> bool:
    """True for what a redactor wrote."""
    return _HASHED.fullmatch(local) is not None


def message_ids(text: str, instead: Callable[[str], str]) -> str:
    """The text with something else for every message id that is called one; its domain stays."""

    def told(match: re.Match[str]) -> str:
        left, at, domain = match[2].rpartition("@")
        one = left if at else domain
        return match.group() if is_hash(one) else f"{match[1]}{instead(match[2])}{at}{domain if at else ''}"

    return _MESSAGE_ID.sub(told, text) if "id" in text.lower() else text


def subjects(text: str, instead: Callable[[str], str]) -> str:
    """The text with something else for the words behind `Subject:`."""
    return _SUBJECT.sub(lambda match: match[1] + instead(match[2]), text)


def machines(text: str, instead: Callable[[Address, str], str]) -> str:
    """The text with `instead(address, as_written)` for every IP address, written with dots, colons, or hyphens as in names."""

    def four(match: re.Match[str]) -> str:
        address = parsed(match.group().replace("-", "."))
        return match.group() if address is None else instead(address, match.group())

    def six(match: re.Match[str]) -> str:
        address = parsed(match.group())
        return match.group() if address is None else instead(address, match.group())

    shown = _IPV4.sub(four, text)
    return _IPV6.sub(six, shown) if shown.count(":") > 1 else shown


def network_of(address: Address, as_written: str) -> str:
    """The address without what tells one machine from its neighbours: `192.0.2.x`, `2001:db8:0:x`."""
    if address.version == 4:
        mark = "-" if "-" in as_written else "."
        return mark.join((*str(address).split(".")[:3], "x"))
    return ":".join((*(f"{int(group, 16):x}" for group in address.exploded.split(":")[:3]), "x"))


def any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of these names in a text; None for no names."""
    told = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    return re.compile(rf"(?<![\w.-])(?:{told})(?![\w-]|\.\w)", re.IGNORECASE) if told else None


class Facts:
    """What some reports tell of whom they are about: the sender, and what it publishes, are no strangers."""

    def __init__(self, reports: tuple[Report, ...]) -> None:
        self._reports = reports

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that was asked, or that an answer led to. They are in the DNS, whatever they look like."""
        found: set[str] = set()
        for answer in self._answers:
            found.update((answer.question.name, *(alias.rstrip(".").lower() for alias in answer.aliases)))
            if answer.question.rdtype in ("MX", "NS", "PTR", "CNAME", "SRV"):
                found.update(record.split(" ")[-1].rstrip(".").lower() for record in answer.records)
        found.update(self._names_of_targets)
        return frozenset(name for name in found if is_hostname(name))

    @cached_property
    def given(self) -> frozenset[Address]:
        """The addresses that the domain is known to send from."""
        return frozenset(
            address
            for report in self._reports
            for address in (*report.target.ips, *(x for stream in report.target.streams for x in stream.ips))
        )

    @cached_property
    def stated(self) -> frozenset[Address]:
        """The addresses that replies call the sender's: those which the run looked up."""
        told = (one for failure in self._failures for one in failure.stated)
        return frozenset(address for one in told if (address := parsed(one)) is not None)

    @cached_property
    def published_addresses(self) -> frozenset[Address]:
        """The addresses in answers of the DNS: anybody can look them up."""
        texts = (text for answer in self._answers for text in (*answer.records, answer.server))
        found = (parsed(match.group()) for text in texts for match in _IN_RECORD.finditer(text[:4096]))
        return frozenset(address for address in found if address is not None)

    @cached_property
    def published_mailboxes(self) -> frozenset[str]:
        """The mailboxes that records name for reports (`rua=mailto:…`), in lower case: without them a record is not itself."""
        return frozenset(
            mailbox.lower()
            for answer in self._answers
            if answer.question.rdtype == "TXT"
            for record in answer.records
            for mailbox in _MAILBOX.findall(record)
        )

    @cached_property
    def recipient_domains(self) -> frozenset[str]:
        """The domains that mail was sent to, those of the sender left out."""
        found = {domain for failure in self._failures for domain, _ in failure.recipient_domains}
        for report in self._reports:
            if report.target.observed is not None and report.target.observed.traffic is not None:
                found.update(flow.provider for flow in report.target.observed.traffic.flows)
        return frozenset(name.lower() for name in found if "." in name and not self.is_own(name.lower()))

    def is_own(self, name: str) -> bool:
        """True for a name of the sender's, or below one."""
        return any(is_below(name, own) for own in self._names_of_targets if own)

    @cached_property
    def _names_of_targets(self) -> frozenset[str]:
        found: set[str] = set()
        for report in self._reports:
            target = report.target
            found.update((target.domain, target.mail_from or "", target.helo or "", *target.lists))
            for stream in target.streams:
                found.update((stream.mail_from or "", stream.helo or ""))
                found.update(one.domain for one in stream.signatures or ())
        return frozenset(found - {""})

    @property
    def _answers(self) -> Iterable[Answer]:
        return (answer for report in self._reports for answer in report.evidence)

    @property
    def _failures(self) -> "list[Failure]":
        return [
            failure for report in self._reports if report.target.observed for failure in report.target.observed.failures
        ]
