"""Receivers find the mail of every stream authenticated.

A reply that names SPF, DKIM or DMARC is a receiver's own verdict on real mail, which no look into the DNS can replace. It comes by
stream: the newsletter service may be signed in order while the shop's server is not.
"""

from collections.abc import Iterable

from checks.delivery.fact import (
    PAGE,
    Told,
    afflicted,
    by_stream,
    codes_of,
    if_told,
    not_told,
    spoken,
    told_of,
    tried,
    worst,
)
from checks.delivery.flow import Flow
from checks.delivery.rates import Standing, figures, standing, surely
from checks.delivery.thresholds import limits
from checks.model import Basis, Check, Finding, Message, Severity

ID = "delivery.mail-authenticated"
GMAIL = "Gmail, email sender guidelines (https://support.google.com/mail/answer/81126, 2026-03-11)"
MICROSOFT = "Microsoft, Outlook.com requirements for high-volume senders (2025-04-29)"
LEAST = 5
AUTH = frozenset({"auth_failed"})

DO = (
    "Look at how this stream authenticates: healthcheck domain AUTHOR-DOMAIN --mail-from {about}, or with --message and one of its "
    "mails. It needs SPF for its own return path, a DKIM signature, and one of the two aligned with the domain of the From line."
)

REFUSED = Message(
    f"{ID}.refused",
    Severity.ERROR,
    "receivers refused or put off {count} of {of} messages of {about} for want of authentication, {percent} %: {providers}",
    DO,
    (GMAIL, MICROSOFT),
)
SOME = Message(
    f"{ID}.some",
    Severity.WARNING,
    "receivers refused or put off {count} of {of} messages of {about} for want of authentication, {percent} %: {providers}",
    DO,
    (GMAIL, MICROSOFT),
)
TOO_FEW = Message(
    f"{ID}.too-few",
    Severity.NOTICE,
    "receivers refused or put off {count} of {of} messages of {about} for want of authentication: too few to tell a fault from mail "
    "that was forwarded",
    "Look at one of the replies (healthcheck errors FILE --each shows them), and at the stream itself: healthcheck domain "
    "AUTHOR-DOMAIN --mail-from RETURN-PATH. For a rate, give more of the mail that was sent: it takes {least} messages at the least.",
    (GMAIL, PAGE),
    Basis.UNDETERMINED,
)
FEW = Message(
    f"{ID}.few",
    Severity.NOTICE,
    "receivers refused or put off {count} of {of} messages of {about} for want of authentication, {percent} %: no more than mail that "
    "others forward explains",
    "Look at one of the replies: healthcheck errors FILE --each shows them.",
    (GMAIL,),
)
NONE = Message(
    f"{ID}.none", Severity.INFO, "no receiver refused mail of {about} for want of authentication", references=(GMAIL,)
)
NOT_TOLD = not_told(ID)


def judge(told: Told) -> Iterable[Finding]:
    """Messages of each stream that were refused for SPF, DKIM or DMARC."""
    if told.traffic is None:
        yield NOT_TOLD(told.name)
        return
    limit = limits(told.traffic.own)
    found: list[Finding] = []
    few: list[Flow] = []
    open_ones: list[Finding] = []
    least = int(limit["unauthenticated.least"])
    all_tried = 0
    for stream, flows in by_stream(told.flows).items():
        count, of = sum(afflicted(flow, AUTH) for flow in flows), sum(map(tried, flows))
        all_tried += of
        if not count:
            continue
        if count < LEAST or of < least or not surely(count, of, limit["unauthenticated.warn"]):
            few += flows
            if count >= LEAST and standing(count, of, limit["unauthenticated.warn"]) is not Standing.WITHIN:
                codes = codes_of(flows, AUTH)
                open_ones.append(TOO_FEW(spoken(stream), explains=codes, **figures(count, of), least=least))
            continue
        message = REFUSED if surely(count, of, limit["unauthenticated.fail"]) else SOME
        providers = sorted(flows, key=lambda flow: (-afflicted(flow, AUTH), flow.provider))
        named = tuple(flow.provider for flow in providers if afflicted(flow, AUTH))
        found.append(message(spoken(stream), explains=codes_of(flows, AUTH), **figures(count, of), providers=named))
    yield from worst(found) or worst(open_ones)
    if found or open_ones:
        return
    met, codes = sum(afflicted(flow, AUTH) for flow in few), codes_of(tuple(few), AUTH)
    if all_tried < least:
        rest = TOO_FEW(told.name, explains=codes, **figures(met, all_tried), least=least)
    else:
        rest = FEW(told.name, explains=codes, **figures(met, all_tried)) if few else NONE(told.name)
    yield if_told(told, rest, NOT_TOLD)


CHECK = Check(
    ID,
    "Receivers find the mail of every stream authenticated",
    told_of,
    judge,
    (REFUSED, SOME, TOO_FEW, FEW, NONE, NOT_TOLD),
)
