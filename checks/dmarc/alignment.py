"""Every known way of sending passes DMARC: SPF or DKIM passes, for a domain that speaks for the From domain.

SPF passing for the sending service's own bounce domain, or a valid signature of the service, proves who sent the message,
and nothing about the domain that the reader sees. DMARC asks for both: authenticated, and aligned (RFC 9989 section 4.4).
One of the two methods is enough. So an SPF record of the From domain that does not include the service is no fault where the
service bounces through a name of its own, or signs with the From domain.
"""

from collections.abc import Iterable
from typing import Any

from checks.dmarc.policy import ABSENT
from checks.dmarc.policy import AGAIN as POLICY_AGAIN
from checks.dmarc.remedy import authenticate, loosened, speak_for
from checks.dmarc.streams import Leg, Proof, Route, Routes, domains, routes_of
from checks.model import Basis, Check, Finding, Message, Origin, Severity
from checks.unseen import AGAIN

ALIGNED = "RFC 9989 section 4.4"
SHOWN = 3
"""Signatures and addresses of a stream that are named in a sentence."""

GOOGLE = "support.google.com/mail/answer/81126 (2026-06-18)"

PASSES = Message(
    "dmarc.alignment.passes",
    Severity.INFO,
    "mail of {about} ({stream}) passes DMARC by {by}",
    references=(ALIGNED,),
)
BY_SPF = Message(
    "dmarc.alignment.by-spf",
    Severity.INFO,
    "mail of {about} ({stream}) passes DMARC by {by}; how it is signed was not told, and a signature alone outlives forwarding",
    references=(ALIGNED, "RFC 7960 section 3.2"),
)
SPF_ALONE = Message(
    "dmarc.alignment.spf-alone",
    Severity.NOTICE,
    "mail of {about} ({stream}) passes DMARC by {by} alone: nothing aligned signs it, so it fails where it is forwarded",
    "Let the server or service that sends it sign with DKIM, with d={about}. The records, of this kind:\n{records}",
    (ALIGNED, "RFC 7960 section 3.2"),
)
UNALIGNED = Message(
    "dmarc.alignment.unaligned",
    Severity.ERROR,
    "mail of {about} ({stream}) fails DMARC: what may pass ({by}) speaks for {instead}, and not for {about}. For such mail "
    "the policy is {policy}",
    "Set up {about} as the sending domain at {service} (domain authentication, custom DKIM), so that it signs with d={about} "
    "or bounces through a name below {about}; either is enough. It shows the records to publish, of this kind:\n{records}",
    (ALIGNED, GOOGLE),
)
TOO_STRICT = Message(
    "dmarc.alignment.too-strict",
    Severity.ERROR,
    "mail of {about} ({stream}) fails DMARC only because its policy wants strict alignment ({tags}): what may pass ({by}) has "
    "another name than {about}, in the same organization. For such mail the policy is {policy}",
    "Allow relaxed alignment, which is the default:\n{record}\n\nOr keep it strict, and sign with exactly d={about}.",
    (ALIGNED, "RFC 9989 section 4.7"),
)
UNAUTHENTICATED = Message(
    "dmarc.alignment.unauthenticated",
    Severity.ERROR,
    "mail of {about} ({stream}) fails DMARC: nothing that could speak for it passes: {failures}. For such mail the policy "
    "is {policy}",
    "Mend one of them; both are better. Publish:\n{records}",
    (ALIGNED, GOOGLE),
)
WAS_PASSING = Message(
    "dmarc.alignment.was-passing",
    Severity.WARNING,
    "{messages} messages of {about} ({stream}) passed DMARC according to {source}, and such mail cannot pass any more: {failures}",
    "If this way of sending is in use, publish what it needs again:\n{records}\n\nIf it was given up, for instance by a change "
    "of selectors, all is well.",
    (ALIGNED,),
)
SEEN_PASSING = Message(
    "dmarc.alignment.seen-passing",
    Severity.INFO,
    "{messages} messages of {about} ({stream}) passed DMARC according to {source}",
    references=(ALIGNED,),
)
STILL_UNKNOWN = Message(
    "dmarc.alignment.still-unknown",
    Severity.NOTICE,
    "{messages} messages of {about} ({stream}) passed DMARC according to {source}; whether such mail still does is not known: {unseen}",
    AGAIN,
    (ALIGNED,),
    Basis.UNDETERMINED,
)
SEEN_FAILING = Message(
    "dmarc.alignment.seen-failing",
    Severity.NOTICE,
    "{messages} messages in the name of {about} ({stream}) failed DMARC according to {source}",
    "If this way of sending is yours, let it sign with d={about}, or bounce through a name below {about}. If it is not, "
    "somebody forges or forwards your mail, and DMARC does its work.",
    (ALIGNED,),
)
UNKNOWN = Message(
    "dmarc.alignment.unknown",
    Severity.WARNING,
    "whether mail of {about} ({stream}) passes DMARC is not known: {unseen}",
    AGAIN,
    (ALIGNED,),
    Basis.UNDETERMINED,
)
POLICY_UNKNOWN = Message(
    "dmarc.alignment.policy-unknown",
    Severity.WARNING,
    "whether mail of {about} passes DMARC is not known: {names} could not be asked ({why})",
    POLICY_AGAIN,
    ("RFC 9989 section 4.10",),
    Basis.UNDETERMINED,
)
PARTLY_TOLD = Message(
    "dmarc.alignment.partly-told",
    Severity.NOTICE,
    "whether mail of {about} ({stream}) passes DMARC is not known: {open}",
    "Send yourself a message this way, save it with all headers, and give it with --message FILE. Or give --mail-from (the "
    "domain of its Return-Path) and --selector (the s= of its DKIM-Signature).",
    (ALIGNED,),
    Basis.UNDETERMINED,
)
DKIM_DECIDES = Message(
    "dmarc.alignment.dkim-decides",
    Severity.NOTICE,
    "mail of {about} ({stream}) passes DMARC only if a signature with d={about} verifies, and how it is signed was not told: "
    "{by} speaks for {instead}",
    "Unless it is signed with d={about} already: set up {about} as the sending domain at {service} (domain authentication, "
    "custom DKIM), so that it signs with d={about} or bounces through a name below {about}; either is enough. It shows the "
    "records to publish, of this kind:\n{records}\n\nTo know how it is signed, send yourself a message this way and give it with "
    "--message FILE, or give the s= of its DKIM-Signature with --selector.",
    (ALIGNED, GOOGLE),
    Basis.UNDETERMINED,
)
NOT_TOLD = Message(
    "dmarc.alignment.not-told",
    Severity.NOTICE,
    "whether mail of {about} passes DMARC is not known: nobody told how it is sent",
    "Send yourself a message in each way that {about} sends, save it with all headers, and give it with --message FILE. A "
    "DMARC report, with --report FILE, tells of all of them.",
    (ALIGNED,),
    Basis.UNDETERMINED,
)
GUESSED = Message(
    "dmarc.alignment.guessed",
    Severity.NOTICE,
    "whether mail of {about} passes DMARC is not known: nobody told how it is sent. It seems to go through {providers}, by "
    "records of {sources}",
    "Send yourself a message through each of them, save it with all headers, and give it with --message FILE. A DMARC report, "
    "with --report FILE, tells of all. What aligns their mail, where it is not set up already, are records like:\n{records}",
    (ALIGNED,),
    Basis.UNDETERMINED,
)
NO_MAIL = Message(
    "dmarc.alignment.no-mail",
    Severity.INFO,
    "{about} says that it sends no mail and receives none, so there is nothing to align",
    references=("RFC 7208 section 10.1.2", "RFC 7505 section 3"),
    basis=Basis.NOT_APPLICABLE,
)
NO_RECORD = Message(
    "dmarc.alignment.no-record",
    Severity.INFO,
    "no DMARC policy applies to {about}, so no receiver asks for alignment on its account",
    references=("RFC 9989 section 4.10.1",),
    basis=Basis.NOT_APPLICABLE,
)


def judge(routes: Routes) -> Iterable[Finding]:
    """Judge each stream by itself. Only one that is known whole, from somebody who knows, can fail."""
    policy = routes.policy
    if policy.parked and not routes.routes:
        yield NO_MAIL(policy.name, evidence=(policy.texts, policy.exchanges))
    elif policy.domain.effective is None:
        missing = policy.unanswered
        names = tuple(dict.fromkeys(answer.question.name for answer in missing))
        yield POLICY_UNKNOWN(policy.name, names=names, why=missing[0].why_unknown, evidence=missing)
    elif policy.domain.effective == ABSENT:
        yield NO_RECORD(policy.name, evidence=tuple(rung.answer for rung in policy.walk.rungs))
    elif routes.routes:
        for route in routes.routes:
            yield from _route(routes, route)
    elif routes.guessed:
        yield _guess(routes)
    else:
        yield NOT_TOLD(policy.name, evidence=(policy.own.answer,))


def _route(routes: Routes, route: Route) -> Iterable[Finding]:
    name, stream = routes.policy.name, described(route, routes.policy.name)
    shown = tuple(answer for leg in route.legs for answer in leg.answers)
    if route.stream.origin is Origin.REPORT:
        yield from _reported(routes, route)
        return
    match route.passes:
        case Proof.YES:
            by = tuple(leg.name for leg in route.by(Proof.YES))
            signed = {leg.carries for leg in route.legs if leg.method == "dkim"}
            if Proof.YES in signed:
                yield PASSES(name, stream=stream, by=by, evidence=shown)
            elif route.stream.signatures is None or signed - {Proof.NO}:
                yield BY_SPF(name, stream=stream, by=by, evidence=shown)
            else:
                yield SPF_ALONE(name, stream=stream, by=by, records=speak_for(name, ""), evidence=shown)
        case Proof.UNKNOWN:
            unseen = tuple(_told(leg) for leg in route.by(Proof.UNKNOWN))
            yield UNKNOWN(name, stream=stream, unseen=unseen, evidence=shown)
        case Proof.POSSIBLE:
            yield _dkim_decides(routes, route) or PARTLY_TOLD(
                name, stream=stream, open=tuple(_open(route)), evidence=shown
            )
        case Proof.NO:
            yield _failure(routes, route)


def _dkim_decides(routes: Routes, route: Route) -> Finding | None:
    """What is left where the return path was told and speaks for somebody else, and the signatures were not told."""
    (spf, *_), name = route.legs, routes.policy.name
    unaligned = spf.alignment.relaxed is False and spf.authenticates is not Proof.NO
    if route.stream.signatures is not None or spf.assumed or not unaligned:
        return None
    service = _service(route, (spf,))
    return DKIM_DECIDES(
        name,
        stream=described(route, name),
        by=spf.name,
        instead=spf.domain,
        service=service or "the service that sends it",
        records=speak_for(name, service),
        evidence=spf.answers,
    )


def _service(route: Route, legs: tuple[Leg, ...]) -> str:
    """The sending service that a stream belongs to, as far as it was told or its names give it away."""
    from checks.providers.return_path import provider_of  # start-up time: where a stream speaks for somebody else

    return route.stream.provider or provider_of(domains(legs))


def _failure(routes: Routes, route: Route) -> Finding:
    """The one thing that is the matter, by what is nearest to passing."""
    policy = routes.policy
    living = tuple(leg for leg in route.legs if leg.authenticates is not Proof.NO)
    strict = tuple(leg for leg in living if leg.alignment.too_strict)
    said: dict[str, Any] = {
        "stream": described(route, policy.name),
        "policy": policy.domain.effective,
        "explains": ("4.7.32", "5.7.22", "5.7.26", "5.7.515"),
        "evidence": tuple(answer for leg in route.legs for answer in leg.answers),
    }
    if strict and policy.record is not None:
        tags = tuple(dict.fromkeys("aspf=s" if leg.method == "spf" else "adkim=s" for leg in strict))
        record = loosened(policy.domain.source, policy.record, tags)
        return TOO_STRICT(policy.name, by=tuple(leg.name for leg in strict), tags=tags, record=record, **said)
    if living:
        service = _service(route, living)
        return UNALIGNED(
            policy.name,
            by=tuple(leg.name for leg in living),
            instead=domains(living),
            service=service or "the service that sends it",
            records=speak_for(policy.name, service),
            **said,
        )
    failures = tuple(_told(leg) for leg in route.legs)
    return UNAUTHENTICATED(policy.name, failures=failures, records=authenticate(policy.name, route), **said)


def _reported(routes: Routes, route: Route) -> Iterable[Finding]:
    """What a receiver saw: it may be a forger's doing, or long past, so it never fails."""
    name, stream = routes.policy.name, route.stream
    said: dict[str, Any] = {
        "stream": described(route, name),
        "source": stream.source,
        "evidence": tuple(answer for leg in route.legs for answer in leg.answers),
    }
    if stream.passed and route.passes is Proof.NO:
        failures = tuple(_told(leg) for leg in route.legs if leg.alignment.holds)
        yield WAS_PASSING(name, messages=stream.passed, failures=failures, records=authenticate(name, route), **said)
    elif stream.passed and route.passes is Proof.UNKNOWN:
        unseen = tuple(_told(leg) for leg in route.by(Proof.UNKNOWN))
        yield STILL_UNKNOWN(name, messages=stream.passed, unseen=unseen, **said)
    elif stream.passed:
        yield SEEN_PASSING(name, messages=stream.passed, **said)
    else:
        yield SEEN_FAILING(name, messages=stream.messages, **said)


def _told(leg: Leg) -> str:
    """A leg and what is the matter with it, as one particular."""
    return f"{leg.name} ({leg.why or 'another organization'})"


def _open(route: Route) -> Iterable[str]:
    """What would have to be told."""
    for leg in route.legs:
        if leg.carries is Proof.POSSIBLE or leg.assumed:
            yield f"{leg.name} ({'no return path was given' if leg.assumed else leg.why})"
    if route.stream.signatures is None:
        yield "DKIM (no selector was given)"


def _guess(routes: Routes) -> Finding:
    """All providers in one question: whoever reads it sends a message through each."""
    policy, guessed = routes.policy, routes.guessed
    records = dict.fromkeys(record for stream in guessed for record in speak_for(policy.name, stream.provider))
    return GUESSED(
        policy.name,
        providers=tuple(stream.provider for stream in guessed),
        sources=tuple(dict.fromkeys(stream.source for stream in guessed)),
        records=tuple(records),
        evidence=(policy.texts, policy.exchanges),
    )


def described(route: Route, author: str) -> str:
    """A stream in protocol words, as far as it was told: return path, signatures, addresses."""
    stream = route.stream
    words = [f"MAIL FROM {stream.mail_from or '<>'}"] if stream.mail_from is not None else []
    if stream.signatures is not None:
        words += [f"DKIM {one.key_name}" for one in stream.signatures[:SHOWN]] or ["no DKIM"]
    words += [f"IP {address}" for address in stream.ips[:SHOWN]]
    left = max(len(stream.ips) - SHOWN, 0) + max(len(stream.signatures or ()) - SHOWN, 0)
    return ", ".join([*words, *([f"+{left}"] if left else [])]) or author


CHECK = Check(
    "dmarc.alignment",
    "Every known way of sending passes DMARC",
    routes_of,
    judge,
    (
        PASSES,
        BY_SPF,
        SPF_ALONE,
        UNALIGNED,
        TOO_STRICT,
        UNAUTHENTICATED,
        WAS_PASSING,
        SEEN_PASSING,
        STILL_UNKNOWN,
        SEEN_FAILING,
        UNKNOWN,
        POLICY_UNKNOWN,
        PARTLY_TOLD,
        DKIM_DECIDES,
        NOT_TOLD,
        GUESSED,
        NO_MAIL,
        NO_RECORD,
    ),
)
