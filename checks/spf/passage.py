"""One passage through the SPF records of a sender's domain, on the answers known so far. RFC 7208 sections 4.3 to 6.1

The order of everything here is that of RFC 7208. Where an answer is missing, its question is noted in `missing`, the
term is supposed not to match, and the passage goes on; `evaluate.py` says why that is right.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from checks import records
from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.names import MAX_LABEL, MAX_NAME, Address, is_below, reverse_name
from checks.spf.macros import expand, target_name, uses
from checks.spf.policy import MOST_LOOKUPS, MOST_MX_NAMES, is_void, spf_texts
from checks.spf.record import Mechanism, Modifier, SpfRecord, Term, parse_record
from checks.spf.trace import RecordTrace, Result, TermTrace

MOST_VOIDS = 2
"""Terms whose question may come to nothing; one more is a permerror. RFC 7208 section 4.6.4 (SHOULD)"""
MOST_PTR_NAMES = 10
"""Names of an address that are looked at; those beyond are ignored. RFC 7208 section 4.6.4"""
MOST_CHARACTERS = 64 * 1024
"""Our bound on the text of all records of one evaluation; beyond it the result is permerror."""

NO_MATCH = "does not match"
RESULTS = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class Mail:
    """The mail at hand: the arguments of check_host(), put in order, and what macros make of them."""

    def __init__(self, ip: Address, domain: str, sender: str, helo: str) -> None:
        # An IPv4-mapped IPv6 address is an IPv4 address. RFC 7208 section 5
        self.ip: Address = (ip.ipv4_mapped or ip) if ip.version == 6 else ip
        self.bits, self.width = int(self.ip), self.ip.max_prefixlen
        self.rdtype = "A" if self.ip.version == 4 else "AAAA"
        self.domain = domain.lower().removesuffix(".")
        local, _, host = sender.rpartition("@")
        local, host = local or "postmaster", host or domain
        self.sender = f"{local}@{host}"
        six = "" if self.ip.version == 4 else ".".join(self.ip.exploded.replace(":", "").upper())
        self.macros = {
            "s": self.sender,
            "l": local,
            "o": host,
            "i": six or str(self.ip),
            "c": str(self.ip),
            "h": helo,
            "v": "ip6" if six else "in-addr",
            "r": "unknown",
        }

    def inside(self, answer: Answer, prefix: int) -> bool:
        """True if the sending address lies in the network of this length around one of an answer's addresses."""
        family = type(self.ip)
        for text in answer.records if answer.outcome is Outcome.ANSWERED else ():
            try:
                address = int(family(text))
            except ValueError:  # no address: not an answer to what was asked
                continue
            if (address ^ self.bits) >> (self.width - prefix) == 0:
                return True
        return False


class Known:
    """The answers so far; what they publish is read out of them once, however often a passage comes by."""

    def __init__(self) -> None:
        self.answers: dict[DnsQuestion, Answer] = {}
        self._published: dict[str, tuple[str, ...]] = {}

    def published(self, answer: Answer) -> tuple[str, ...]:
        """The SPF records in a TXT answer."""
        name = answer.question.name
        found = self._published.get(name)
        if found is None:
            found = self._published[name] = spf_texts(answer)
        return found


class Passage:
    """One passage through the records, with its counts so far."""

    def __init__(self, mail: Mail, known: Known) -> None:
        self.mail = mail
        self.known = known
        self.missing: dict[DnsQuestion, None] = {}
        self.lookups = 0
        self.voids = 0
        self.characters = 0

    def look(self, name: str, rdtype: str) -> Answer | None:
        """The answer, or None where it has yet to be asked for."""
        question = DnsQuestion(name, rdtype)
        answer = self.known.answers.get(question)
        if answer is None:
            self.missing[question] = None
        return answer

    # --- a record ---------------------------------------------------------------------------------------------------

    def record(self, domain: str) -> RecordTrace:
        """check_host() for one domain. RFC 7208 sections 4.3 to 4.7"""
        if why := unusable(domain):
            return RecordTrace(domain, Result.NONE, why)
        answer = self.look(domain, "TXT")
        if answer is None:
            return RecordTrace(domain, Result.NEUTRAL, "not yet asked")
        if answer.unknown:
            why = f"the TXT records of {domain} could not be asked for ({answer.why_unknown})"
            return RecordTrace(domain, Result.TEMPERROR, why, answer)
        published = self.known.published(answer)
        if not published:
            return RecordTrace(domain, Result.NONE, f"{domain} has no SPF record{_nothing(answer)}", answer)
        if len(published) > 1:
            why = f"{domain} has {len(published)} SPF records, and only one is allowed"
            return RecordTrace(domain, Result.PERMERROR, why, answer, published[0])
        text = published[0]
        self.characters += len(text)
        if self.characters > MOST_CHARACTERS:
            why = f"the records up to that of {domain} are longer than {MOST_CHARACTERS // 1024} KiB together"
            return RecordTrace(domain, Result.PERMERROR, why, answer, text)
        record = parse_record(text)
        if record.faults:
            # Anywhere in the record, also behind a term that would match. RFC 7208 section 4.6
            fault = record.faults[0]
            why = (
                f'syntax error in the record of {domain} at character {fault.position}, "{fault.text}": {fault.reason}'
            )
            return RecordTrace(domain, Result.PERMERROR, why, answer, text)
        return self.terms(record, domain, answer)

    def terms(self, record: SpfRecord, domain: str, answer: Answer) -> RecordTrace:
        """The terms of a record from left to right, until one decides. RFC 7208 sections 4.6.2, 4.7"""
        traces: list[TermTrace] = []
        for term in record.evaluated:
            trace = self.term(term, domain)
            traces.append(trace)
            if trace.result is not None:
                return RecordTrace(domain, trace.result, trace.why, answer, record.text, tuple(traces))
        why = f"no term in the record of {domain} matches {self.mail.ip}, and it has neither all nor redirect"
        return RecordTrace(domain, Result.NEUTRAL, why, answer, record.text, tuple(traces))

    # --- a term -----------------------------------------------------------------------------------------------------

    def term(self, term: Term, domain: str) -> TermTrace:
        """One term. RFC 7208 sections 5 and 6.1"""
        if isinstance(term, Mechanism) and not term.counted:
            return self.without_lookup(term, domain)
        self.lookups += 1
        nth = self.lookups
        if nth > MOST_LOOKUPS:
            why = f"{term.text} in the record of {domain} is DNS lookup number {nth}, and the limit is {MOST_LOOKUPS}"
            return TermTrace(term, Result.PERMERROR, why, nth=nth)
        target = self.expanded(term.spec, domain) if term.spec else domain
        if target is None:
            return _waiting(term, "", nth)
        if isinstance(term, Modifier):
            return self.redirect(term, target, nth)
        match term.name:
            case "include":
                return self.include(term, target, nth)
            case _ if not target:
                # Section 4.8 leaves it open. Nothing can exist there, and nothing is asked.
                return TermTrace(term, None, "does not match: it leads to a name that the DNS cannot hold", nth=nth)
            case "a":
                return self.addresses(term, domain, target, nth)
            case "mx":
                return self.exchanges(term, domain, target, nth)
            case "exists":
                return self.exists(term, domain, target, nth)
            case _:
                return self.pointers(term, domain, target, nth)

    def without_lookup(self, term: Mechanism, domain: str) -> TermTrace:
        """all, ip4 and ip6. RFC 7208 sections 5.1, 5.6"""
        if term.name == "all":
            why = f"no term before {term.text} in the record of {domain} matches {self.mail.ip}"
            return TermTrace(term, RESULTS[term.qualifier], why)
        network = term.network
        assert network is not None  # the parser sees to it
        inside = (
            network.version == self.mail.ip.version
            and (int(network.network_address) ^ self.mail.bits) >> (self.mail.width - network.prefixlen) == 0
        )
        return self.judged(TermTrace(term, None, NO_MATCH), domain, inside)

    def judged(self, trace: TermTrace, domain: str, matches: bool) -> TermTrace:
        """A mechanism's trace completed: it matches, does not, or is the one void lookup too many."""
        term = trace.term
        if matches and isinstance(term, Mechanism):
            why = f"{term.text} in the record of {domain} matches {self.mail.ip}"
            return msgspec.structs.replace(trace, result=RESULTS[term.qualifier], why=why)
        if trace.void > MOST_VOIDS:
            why = (
                f"{term.text} in the record of {domain} is void lookup number {trace.void} "
                f"({trace.target}: {_nothing_short(trace.answers)}), and the limit is {MOST_VOIDS}"
            )
            return msgspec.structs.replace(trace, result=Result.PERMERROR, why=why)
        return trace

    def counted_void(self, void: bool) -> int:
        """The number of this void lookup, 0 where it is none. RFC 7208 section 4.6.4 counts terms, not questions."""
        self.voids += void
        return self.voids if void else 0

    def addresses(self, term: Mechanism, domain: str, target: str, nth: int) -> TermTrace:
        """`a`: the target's addresses of the sender's family. RFC 7208 section 5.3"""
        answer = self.look(target, self.mail.rdtype)
        if answer is None:
            return _waiting(term, target, nth)
        if answer.unknown:
            return _failed(term, domain, target, nth, (answer,))
        trace = TermTrace(term, None, NO_MATCH, target, nth, self.counted_void(is_void(answer)), (answer,))
        return self.judged(trace, domain, self.mail.inside(answer, self.prefix(term)))

    def exists(self, term: Mechanism, domain: str, target: str, nth: int) -> TermTrace:
        """`exists`: any A record, whatever the sender's family. RFC 7208 section 5.7"""
        answer = self.look(target, "A")
        if answer is None:
            return _waiting(term, target, nth)
        if answer.unknown:
            return _failed(term, domain, target, nth, (answer,))
        trace = TermTrace(term, None, NO_MATCH, target, nth, self.counted_void(is_void(answer)), (answer,))
        return self.judged(trace, domain, bool(answer.records) and answer.outcome is Outcome.ANSWERED)

    def exchanges(self, term: Mechanism, domain: str, target: str, nth: int) -> TermTrace:
        """`mx`: the addresses of the target's mail hosts, by preference. RFC 7208 section 5.4"""
        answer = self.look(target, "MX")
        if answer is None:
            return _waiting(term, target, nth)
        if answer.unknown:
            return _failed(term, domain, target, nth, (answer,))
        exchanges = records.mail_exchanges(answer)
        if len(exchanges) > MOST_MX_NAMES:
            why = (
                f"{term.text} in the record of {domain} leads to {len(exchanges)} mail hosts of {target}, "
                f"and the limit is {MOST_MX_NAMES}"
            )
            return TermTrace(term, Result.PERMERROR, why, target, nth, 0, (answer,))
        # "." says that there is no mail host (RFC 7505): nothing to ask, and nothing void.
        hosts = [host for host in dict.fromkeys(exchange for _, exchange in exchanges) if host]
        found = [self.look(host, self.mail.rdtype) for host in hosts]
        answers, matches = [answer], False
        for at_host in found:
            if at_host is None:
                return _waiting(term, target, nth)
            answers.append(at_host)
            if at_host.unknown:
                return _failed(term, domain, target, nth, tuple(answers))
            matches = self.mail.inside(at_host, self.prefix(term))
            if matches:
                break
        # One void lookup, however many of its questions came to nothing: the limit counts terms. Section 4.6.4
        void = not matches and any(is_void(one) for one in answers)
        trace = TermTrace(term, None, NO_MATCH, target, nth, self.counted_void(void), tuple(answers))
        return self.judged(trace, domain, matches)

    def pointers(self, term: Mechanism, domain: str, target: str, nth: int) -> TermTrace:
        """`ptr`: a name of the address, confirmed by its own address, at or below the target. RFC 7208 section 5.5"""
        answer = self.look(reverse_name(self.mail.ip), "PTR")
        if answer is None:
            return _waiting(term, target, nth)
        if answer.unknown:
            # An error here is no error of the evaluation: the mechanism does not match. Section 5.5
            why = f"does not match: the names of {self.mail.ip} could not be asked for ({answer.why_unknown})"
            return TermTrace(term, None, why, target, nth, 0, (answer,))
        names = [name for name in records.names(answer)[:MOST_PTR_NAMES] if is_below(name, target)]
        found = [self.look(name, self.mail.rdtype) for name in names]
        answers = [one for one in found if one is not None]
        if len(answers) < len(found):
            return _waiting(term, target, nth)
        void = self.counted_void(is_void(answer))
        trace = TermTrace(term, None, NO_MATCH, target, nth, void, (answer, *answers))
        return self.judged(trace, domain, any(self.mail.inside(one, self.mail.width) for one in answers))

    def include(self, term: Mechanism, target: str, nth: int) -> TermTrace:
        """`include`: matches if check_host() of the target passes. RFC 7208 section 5.2"""
        if not target:
            why = f"{term.text} leads to a name that the DNS cannot hold, which has no SPF record"
            return TermTrace(term, Result.PERMERROR, why, nth=nth)
        # Recursion is as deep as there are lookups to spend.
        inner = self.record(target)
        result, why = None, f"does not match: the included record gives {inner.result}"
        match inner.result:
            case Result.PASS:
                result, why = RESULTS[term.qualifier], inner.why
            case Result.TEMPERROR | Result.PERMERROR:
                result, why = inner.result, inner.why
            case Result.NONE:
                result, why = Result.PERMERROR, f"{term.text} leads nowhere: {inner.why}"
        return self.leading(term, nth, inner, result, why)

    def redirect(self, term: Modifier, target: str, nth: int) -> TermTrace:
        """`redirect`: the target's result is ours. RFC 7208 section 6.1"""
        if not target:
            why = f"{term.text} leads to a name that the DNS cannot hold, which has no SPF record"
            return TermTrace(term, Result.PERMERROR, why, nth=nth)
        inner = self.record(target)
        if inner.result is not Result.NONE:
            return self.leading(term, nth, inner, inner.result, inner.why)
        return self.leading(term, nth, inner, Result.PERMERROR, f"{term.text} leads nowhere: {inner.why}")

    def leading(self, term: Term, nth: int, inner: RecordTrace, result: Result | None, why: str) -> TermTrace:
        """The trace of a term that leads to another record."""
        if inner.answer is None:
            return TermTrace(term, result, why, inner.domain, nth, record=inner)
        void = self.counted_void(is_void(inner.answer))
        return TermTrace(term, result, why, inner.domain, nth, void, (inner.answer,), inner)

    def prefix(self, term: Mechanism) -> int:
        """The prefix length of an `a` or `mx` for the sender's family."""
        return term.prefix4 if self.mail.width == 32 else term.prefix6

    # --- macros -----------------------------------------------------------------------------------------------------

    def values(self, spec: str, domain: str) -> dict[str, str] | None:
        """What the macros of a text stand for, in the record of this domain; None while %{p} waits for answers."""
        values = {**self.mail.macros, "d": domain}
        if uses(spec, "p"):
            name = self.name_of_address(domain)
            if name is None:
                return None
            values["p"] = name
        return values

    def expanded(self, spec: str, domain: str) -> str | None:
        """The name that a domain-spec stands for, "" for one that the DNS cannot hold, None while answers are missing."""
        if "%" not in spec:
            return target_name(spec)
        values = self.values(spec, domain)
        return None if values is None else target_name(expand(spec, values))

    def name_of_address(self, domain: str) -> str | None:
        """The %{p} macro: a confirmed name of the address, best the domain itself or one below it. RFC 7208 section 7.3"""
        answer = self.look(reverse_name(self.mail.ip), "PTR")
        if answer is None:
            return None
        names = records.names(answer)[:MOST_PTR_NAMES]
        found = {name: self.look(name, self.mail.rdtype) for name in names}
        confirmed: list[str] = []
        for name, addresses in found.items():
            if addresses is None:
                return None
            if self.mail.inside(addresses, self.mail.width):
                confirmed.append(name)
        # Errors confirm nothing; a name at or below the domain goes first, and the order of names decides the rest.
        ranked = sorted(confirmed, key=lambda name: (name != domain, not is_below(name, domain)))
        return ranked[0] if ranked else "unknown"


def _waiting(term: Term, target: str, nth: int) -> TermTrace:
    """A term whose answer is missing: it is supposed not to match."""
    return TermTrace(term, None, "not yet asked", target, nth)


def _failed(term: Term, domain: str, target: str, nth: int, answers: tuple[Answer, ...]) -> TermTrace:
    """A term whose question got no answer ends the evaluation. RFC 7208 section 5"""
    last = answers[-1]
    asked = f"{last.question.name} {last.question.rdtype}"
    why = f"{term.text} in the record of {domain} needs {asked}, which could not be asked for ({last.why_unknown})"
    return TermTrace(term, Result.TEMPERROR, why, target, nth, 0, answers)


@lru_cache(256)
def unusable(domain: str) -> str:
    """Why no SPF record can be at a domain, or "". RFC 7208 section 4.3"""
    labels = domain.split(".")
    if domain.startswith("[") and domain.endswith("]"):
        return f"{domain} is an address, not a domain"
    if not domain.isascii() or not domain.isprintable():
        return "the domain holds characters that a domain name cannot hold"
    if len(domain) > MAX_NAME or any(not 0 < len(label) <= MAX_LABEL for label in labels):
        return f"{domain[:MAX_NAME]} is not a domain name: a label is empty or longer than {MAX_LABEL}, or the whole too long"
    return f"{domain} is a single label, not a whole domain name" if len(labels) < 2 else ""


def _nothing(answer: Answer) -> str:
    """How there is no SPF record, in a few words."""
    if answer.outcome is Outcome.NXDOMAIN:
        return ": the name does not exist"
    if answer.outcome is Outcome.NO_DATA or not answer.records:
        return ": it has no TXT record"
    return f": none of its {len(answer.records)} TXT records begins with v=spf1 and a space"


def _nothing_short(answers: Iterable[Answer]) -> str:
    return ", ".join(sorted({answer.outcome.value for answer in answers if is_void(answer)}))
