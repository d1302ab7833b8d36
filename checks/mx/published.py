"""Mail to the domain has somewhere to go.

Who sends mail must be able to get it: bounces come back to the RFC5321.MailFrom domain, and many receivers refuse a sender
whose domain has neither an MX record nor an address (`5.1.8`), or says with a null MX that it takes no mail (`5.7.27`).
"""

from collections.abc import Iterable

from checks.inquiry import Outcome
from checks.model import Basis, Check, Finding, Message, Severity
from checks.mx.routes import Route, Sending, routes_of
from checks.unseen import again, unanswered

PUBLISHED = Message(
    "mx.published.published",
    Severity.INFO,
    "mail to {about} goes to {exchanges}",
    references=("RFC 5321 section 5.1",),
)
IMPLICIT = Message(
    "mx.published.implicit",
    Severity.WARNING,
    "{about} has no MX record, so mail goes to the address of the domain itself ({addresses}), which often is a web server",
    "Say where mail goes. If a server at that address takes it:\n{about}. MX 10 {about}.\n\n"
    "Otherwise name the server that does:\n{about}. MX 10 mail.{about}.",
    ("RFC 5321 section 5.1",),
)
NO_WAY_BACK = Message(
    "mx.published.no-way-back",
    Severity.ERROR,
    "{about} has neither an MX record nor an address: bounces cannot come back, and receivers refuse mail from a sender "
    "that cannot be answered",
    "Publish where mail to it is to go:\n{about}. MX 10 mail.{about}.\n\n"
    "(With a server there.) Or let a domain that has an MX record stand in the return path.",
    ("RFC 5321 section 5.1", "RFC 5321 section 3.6.2"),
)
NO_REPLIES = Message(
    "mx.published.no-replies",
    Severity.WARNING,
    "{about} has neither an MX record nor an address: bounces go elsewhere, but replies to the Author Domain cannot be "
    "delivered, and some receivers (GMX and WEB.DE) want it to have one of the two",
    "Publish where replies are to go:\n{about}. MX 10 mail.{about}.",
    ("RFC 5321 section 5.1", "postmaster.gmx.net (2026-06-22)"),
)
NO_SUCH_DOMAIN = Message(
    "mx.published.no-such-domain",
    Severity.ERROR,
    "{about} does not exist in the DNS: receivers refuse mail from it",
    "Check the spelling; if it is right, see with the registrar whether the domain is registered, paid for and delegated, and "
    "for a subdomain publish a record at it, such as:\n{about}. MX 10 mail.{about}.",
    ("RFC 5321 section 2.3.5", "RFC 2308 section 2.1"),
)
ALIAS_TO_NOTHING = Message(
    "mx.published.alias-to-nothing",
    Severity.ERROR,
    "{about} is an alias that leads nowhere ({path}): bounces cannot come back, and receivers refuse mail from it",
    "Remove the CNAME record of {about}, or let it point to the name that the provider gives today.",
    ("RFC 1034 section 3.6.2", "RFC 5321 section 2.3.5"),
)
NULL_BUT_SENDS = Message(
    "mx.published.null-but-sends",
    Severity.ERROR,
    "{about} says that it takes no mail (null MX), and yet it sends: bounces are refused, and receivers refuse such a sender "
    "with 550 5.7.27",
    "Remove the null MX and publish where bounces are to go:\n{about}. MX 10 mail.{about}.",
    ("RFC 7505 section 4.2",),
)
NULL_AUTHOR = Message(
    "mx.published.null-author",
    Severity.WARNING,
    "the Author Domain {about} says that it takes no mail (null MX): bounces go elsewhere, but replies are refused, and some "
    "receivers refuse such a sender with 550 5.7.27",
    "Remove the null MX and publish where replies are to go:\n{about}. MX 10 mail.{about}.",
    ("RFC 7505 section 4.2",),
)
NULL = Message(
    "mx.published.null",
    Severity.INFO,
    "{about} says that it takes no mail (null MX), and nothing says that it sends any",
    references=("RFC 7505 section 3",),
    basis=Basis.NOT_APPLICABLE,
)
PARKED = Message(
    "mx.published.parked",
    Severity.INFO,
    "{about} has no MX record and, by its SPF record (v=spf1 -all), sends no mail either",
    "Say it in the DNS too, so that nobody tries to deliver there:\n{about}. MX 0 .",
    references=("RFC 7505 section 3",),
    basis=Basis.NOT_APPLICABLE,
)
UNKNOWN = Message(
    "mx.published.unknown",
    Severity.WARNING,
    "whether mail to {about} has somewhere to go is not known: {name} {rdtype} could not be asked ({why})",
    again("{name}", "senders meet the same failure, and bounces wait."),
    ("RFC 5321 section 5.1",),
    Basis.UNDETERMINED,
)


def judge(routes: tuple[Route, ...]) -> Iterable[Finding]:
    """One finding for each domain that matters."""
    return [_of(route) for route in routes]


def _of(route: Route) -> Finding:
    shown = (route.answer, *route.own.asked)
    if route.leads_nowhere:
        path = " -> ".join((route.domain, *route.answer.aliases))
        return ALIAS_TO_NOTHING(route.domain, path=path, evidence=(route.answer,))
    if route.answer.unknown:
        return unanswered(UNKNOWN, route.domain, route.answer)
    if route.is_null:
        return _null(route)
    if route.exchanges:
        exchanges = [f"{exchange or '.'} ({preference})" for preference, exchange in route.exchanges]
        return PUBLISHED(route.domain, exchanges=exchanges, evidence=(route.answer,))
    if route.own.addresses:
        if route.sending is Sending.NO:
            return PARKED(route.domain, evidence=(*shown, route.spf))
        return IMPLICIT(route.domain, addresses=route.own.addresses, evidence=shown)
    if route.answer.outcome is Outcome.NXDOMAIN:
        return NO_SUCH_DOMAIN(route.domain, evidence=shown, explains=("5.1.8",))
    if route.own.unknown:
        return unanswered(UNKNOWN, route.domain, route.own.unknown, (route.answer,))
    match route.sending:
        case Sending.NO:
            return PARKED(route.domain, evidence=(*shown, route.spf))
        case Sending.UNKNOWN:
            # A domain that sends nothing needs no way back; whether it is one stands in its SPF record.
            return unanswered(UNKNOWN, route.domain, route.spf, (route.answer,))
    if route.takes_bounces:
        return NO_WAY_BACK(route.domain, evidence=shown, explains=("5.1.8",))
    return NO_REPLIES(route.domain, evidence=shown)


def _null(route: Route) -> Finding:
    shown = (route.answer, route.spf)
    match route.sending:
        case Sending.YES if route.takes_bounces:
            return NULL_BUT_SENDS(route.domain, evidence=shown, explains=("5.7.27",))
        case Sending.YES:
            return NULL_AUTHOR(route.domain, evidence=shown, explains=("5.7.27",))
        case Sending.UNKNOWN:
            return unanswered(UNKNOWN, route.domain, route.spf, (route.answer,))
    return NULL(route.domain, evidence=shown)


CHECK = Check(
    "mx.published",
    "Mail to the domain has somewhere to go",
    routes_of,
    judge,
    (
        PUBLISHED,
        IMPLICIT,
        NO_WAY_BACK,
        NO_REPLIES,
        NO_SUCH_DOMAIN,
        ALIAS_TO_NOTHING,
        NULL_BUT_SENDS,
        NULL_AUTHOR,
        NULL,
        PARKED,
        UNKNOWN,
    ),
)
