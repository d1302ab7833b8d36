"""The fact behind `dmarc.alignment`: for each way in which a domain sends, what SPF and DKIM would say, and for whom.

A *leg* is one identifier that could carry a message through DMARC: the RFC5321.MailFrom domain, by SPF, or the d= of a
signature, by DKIM. It carries where it authenticates **and** is aligned with the Author Domain (RFC 9989 section 4.4). One
leg is enough.

All that streams need is asked side by side: the policy, the walks of all identifiers, their SPF evaluations and keys.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from checks import records
from checks.dkim.keys import Keys, dkim_keys
from checks.dkim.record import LEAST_BITS, Problem, is_key_record, parse_record
from checks.dmarc.identifiers import Alignment, relaxed
from checks.dmarc.policy import DmarcPolicy, dmarc_policy
from checks.dmarc.record import DmarcRecord, Mode
from checks.dmarc.walk import Walk, walk
from checks.inquiry import Answer, ask_dns, together
from checks.model import Origin, Signature, Stream, Target
from checks.names import is_below, normalised
from checks.spf.evaluate import check_host
from checks.spf.policy import spf_texts
from checks.spf.record import Mechanism
from checks.spf.record import parse_record as parse_spf
from checks.spf.trace import Evaluation, Result

MOST_STREAMS = 32
"""Our bound on the streams of one target."""
MOST_ADDRESSES = 16
"""Our bound on the addresses of one stream."""
MOST_SIGNATURES = 8
"""Our bound on the signatures of one stream."""


class Proof(StrEnum):
    """Whether something would come true for mail sent now."""

    YES = "yes"
    NO = "no"
    POSSIBLE = "possible"
    """It can, and what decides was not told."""
    UNKNOWN = "unknown"
    """What decides was asked for and could not be seen."""


class Leg(msgspec.Struct, frozen=True):
    """One identifier of a stream. `method` is "spf" or "dkim"; `selector` and `key` are those of DKIM.

    `authenticates` says whether the method would pass, `why` in a few words why not or why nobody knows. `assumed`: the
    return path was not told, and the Author Domain stands in. `addresses` are those that SPF does not let pass.
    """

    method: str
    domain: str
    authenticates: Proof
    alignment: Alignment
    why: str = ""
    answers: tuple[Answer, ...] = ()
    selector: str = ""
    assumed: bool = False
    addresses: tuple[str, ...] = ()

    @property
    def carries(self) -> Proof:
        """Whether DMARC would pass by this leg."""
        if self.authenticates is Proof.NO or self.alignment.holds is False:
            return Proof.NO
        return Proof.UNKNOWN if self.alignment.holds is None else self.authenticates

    @property
    def name(self) -> str:
        """The leg in a word or two: `SPF bounce.example.com`, `DKIM s1._domainkey.example.com`."""
        return f"DKIM {self.selector}._domainkey.{self.domain}" if self.selector else f"SPF {self.domain}"


class Route(msgspec.Struct, frozen=True):
    """A stream with its legs: SPF first, then the signatures in order."""

    stream: Stream
    legs: tuple[Leg, ...]

    @property
    def whole(self) -> bool:
        """True where nothing of it remains to be told: these legs are all there are."""
        told = not any(leg.assumed for leg in self.legs) and self.stream.mail_from is not None
        return told and self.stream.signatures is not None

    @property
    def passes(self) -> Proof:
        """Whether mail of this stream would pass DMARC."""
        seen = {leg.carries for leg in self.legs}
        for proof in (Proof.YES, Proof.UNKNOWN, Proof.POSSIBLE):
            if proof in seen:
                return proof
        return Proof.NO if self.whole else Proof.POSSIBLE

    def by(self, proof: Proof) -> tuple[Leg, ...]:
        """The legs that carry it, would, or do not."""
        return tuple(leg for leg in self.legs if leg.carries is proof)


class Routes(msgspec.Struct, frozen=True):
    """The streams of a domain under its policy. Where none was told, `guessed` are those that fingerprints give away."""

    policy: DmarcPolicy
    routes: tuple[Route, ...]
    guessed: tuple[Stream, ...] = ()


async def routes_of(target: Target) -> Routes:
    """What becomes of each stream of a target; guesses only where no stream is known. One question runs through all."""
    streams = target.streams[:MOST_STREAMS]
    domain = target.domain
    if not streams:
        policy, keys = await together(dmarc_policy(domain), dkim_keys(domain, (), target.deep))
        return Routes(policy, (), _guesses(policy, keys))
    names = sorted({name for stream in streams for name in _identifiers(stream, domain)} - {domain})
    policy, walks, authenticated = await together(
        dmarc_policy(domain),
        together(*(walk(name) for name in names)),
        together(*(_authenticate(stream, domain) for stream in streams)),
    )
    known: dict[str, Walk] = {found.domain: found for found in (policy.walk, *walks)}
    routes = (
        Route(stream, tuple(_align(leg, policy, known) for leg in legs))
        for stream, legs in zip(streams, authenticated, strict=True)
    )
    return Routes(policy, tuple(routes))


def _identifiers(stream: Stream, domain: str) -> Iterable[str]:
    yield _envelope(stream, domain)
    yield from (signature.domain for signature in _signatures(stream))


def _signatures(stream: Stream) -> tuple[Signature, ...]:
    return (stream.signatures or ())[:MOST_SIGNATURES]


def _envelope(stream: Stream, domain: str) -> str:
    """The domain that SPF is evaluated for: for the null sender that of the HELO. RFC 7208 section 2.4"""
    if stream.mail_from is None:
        return domain
    return stream.mail_from or stream.helo or domain


async def _authenticate(stream: Stream, domain: str) -> tuple[Leg, ...]:
    spf, keys = await together(
        _spf_leg(stream, domain), together(*(_key(signature) for signature in _signatures(stream)))
    )
    return (spf, *keys)


_UNALIGNED = Alignment(strict=False, relaxed=None, wanted=Mode.RELAXED)
"""Stands in a leg until the walks are there."""


async def _spf_leg(stream: Stream, domain: str) -> Leg:
    """SPF of the return path, for every address; where none was told, whether its record lets anybody pass at all."""
    name = _envelope(stream, domain)
    assumed = stream.mail_from is None or (not stream.mail_from and not stream.helo)
    if not stream.ips:
        answer = await ask_dns(name, "TXT")
        proof, why = _could_pass(answer)
        return Leg("spf", name, proof, _UNALIGNED, why, (answer,), assumed=assumed)
    sender = f"postmaster@{name}"
    evaluations = await together(
        *(check_host(address, name, sender, stream.helo or name) for address in stream.ips[:MOST_ADDRESSES])
    )
    refused = [one for one in evaluations if one.result not in (Result.PASS, Result.TEMPERROR)]
    unheard = [one for one in evaluations if one.result is Result.TEMPERROR]
    decisive = refused or unheard or list(evaluations)
    proof = Proof.NO if refused else Proof.UNKNOWN if unheard else Proof.YES
    why = "" if proof is Proof.YES else f"{decisive[0].result.value}: {decisive[0].reason}"
    shown = tuple(dict.fromkeys(answer for one in decisive for answer in _looked_at(one)))
    return Leg(
        "spf", name, proof, _UNALIGNED, why, shown, assumed=assumed, addresses=tuple(str(one.ip) for one in refused)
    )


def _looked_at(evaluation: Evaluation) -> tuple[Answer, ...]:
    return (evaluation.trace.answer,) if evaluation.trace.answer is not None else ()


def _could_pass(answer: Answer) -> tuple[Proof, str]:
    """Whether a record lets any address pass; which one sends was not told."""
    if answer.unknown:
        return Proof.UNKNOWN, f"its TXT records could not be asked for ({answer.why_unknown})"
    published = spf_texts(answer)
    if len(published) != 1:
        many = f"permerror: it has {len(published)} SPF records" if published else "none: it has no SPF record"
        return Proof.NO, many
    record = parse_spf(published[0])
    if record.faults:
        return Proof.NO, f'permerror: syntax error in its SPF record, "{record.faults[0].text[:60]}"'
    terms = record.evaluated
    if any(not isinstance(term, Mechanism) or term.qualifier == "+" for term in terms):
        return Proof.POSSIBLE, "the sending address was not told"
    return Proof.NO, "its SPF record lets nobody pass"


async def _key(signature: Signature) -> Leg:
    answer = await ask_dns(signature.key_name, "TXT")
    proof, why = key_verifies(answer)
    return Leg("dkim", signature.domain, proof, _UNALIGNED, why, (answer,), signature.selector)


def key_verifies(answer: Answer) -> tuple[Proof, str]:
    """Whether receivers could verify a signature with the key at a selector, and why not. RFC 6376 section 6.1.2, RFC 8301"""
    if answer.unknown:
        return (Proof.NO, "its CNAME loops") if answer.loops else (Proof.UNKNOWN, answer.why_unknown)
    texts = records.texts(answer)
    if not texts:
        return Proof.NO, "its CNAME leads to no key" if answer.aliases else "there is no key"
    if len(texts) > 1:
        return Proof.NO, "there are several records"
    if not is_key_record(texts[0]):
        return Proof.NO, "the record there is no key"
    record = parse_record(texts[0])
    fault = record.fault(Problem.SYNTAX, Problem.VERSION, Problem.KEY)
    if fault is not None or record.revoked:
        return Proof.NO, "the key is revoked" if fault is None else "the key record is broken"
    if not record.known_type:
        return Proof.POSSIBLE, "receivers may not know its key type"
    if record.key_type == "rsa" and record.bits < LEAST_BITS:
        return Proof.NO, f"the key has only {record.bits} bits"
    allowed = record.for_mail and record.allows_sha256
    return (Proof.YES, "") if allowed else (Proof.NO, "the key does not allow it")


def _align(leg: Leg, policy: DmarcPolicy, known: dict[str, Walk]) -> Leg:
    record: DmarcRecord | None = policy.record
    wanted = Mode.RELAXED if record is None else record.aspf if leg.method == "spf" else record.adkim
    same = leg.domain == policy.name
    alignment = Alignment(same, relaxed(policy.walk, known[leg.domain]), wanted)
    return msgspec.structs.replace(leg, alignment=alignment)


def _guesses(policy: DmarcPolicy, keys: Keys) -> tuple[Stream, ...]:
    """The providers that keys, SPF and MX give away, one stream each. Names of the domain's own are nobody's fingerprint."""
    signed: dict[str, list[Signature]] = {}
    for key in keys.found:
        if key.provider and key.record is not None:
            signed.setdefault(key.provider, []).append(Signature(keys.domain, key.selector))
    exchanges = [exchange for _, exchange in records.mail_exchanges(policy.exchanges)]
    published = spf_texts(policy.texts)
    terms = parse_spf(published[0]).terms if len(published) == 1 else ()
    included = [normalised(term.spec) for term in terms if term.name in ("include", "redirect")]
    own = policy.organizational_domain
    strange = [[name for name in names if name and not is_below(name, own)] for names in (included, exchanges)]
    found = dict.fromkeys(signed, "DKIM")
    if any(strange):
        # start-up time: the patterns are read for domains that name somebody else
        from checks.providers.fingerprint import Place, recognised

        for source, place, names in (("SPF", Place.SPF, strange[0]), ("MX", Place.MX, strange[1])):
            for provider in recognised(place, names):
                found.setdefault(provider, source)
    return tuple(
        Stream(Origin.GUESSED, signatures=tuple(signed.get(name, ())) or None, provider=name, source=found[name])
        for name in sorted(found)[:MOST_STREAMS]
    )


def domains(legs: Sequence[Leg]) -> tuple[str, ...]:
    """The identifiers of some legs, each once."""
    return tuple(dict.fromkeys(leg.domain for leg in legs))
