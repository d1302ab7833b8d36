"""The domain is on no blocklist.

Filters ask domain lists about the domains in a message: in its links, its From header, its return path, its signature.
Links to a domain on Spamhaus DBL, SURBL or URIBL get a message rejected from whatever address it comes. Lists hold the
domain that was registered, so that is what they are asked about, and never an address.
"""

from collections.abc import Iterable

from checks.dnsbl.inventory import Effect, Kind
from checks.dnsbl.listings import Listings, State, by_kind_of_list, listings_of
from checks.dnsbl.said import Words, said_of
from checks.model import Basis, Check, Finding, Message, Severity

LISTS = "RFC 5782 section 4"
BEFORE = (
    "First end the cause: mail that people did not ask for, pages that were broken into, redirects that anybody can use, "
    "customers' pages below your domain. "
)
OWN_RESOLVER = (
    "Ask through a resolver that recurses for you alone, such as unbound on this machine: --resolver 127.0.0.1. "
    "dnsbl.lists-answer tells what became of each list."
)

LISTED = Message(
    "dnsbl.domain-not-listed.listed",
    Severity.ERROR,
    "the domain {about} is on {list} ({zone} answered {codes}): {meaning}. Known use: {used}. Its own words: {reason}",
    BEFORE + "Then ask for removal: {removal} (a listing ends {ends}).",
    (LISTS,),
)
LISTED_MINOR = Message(
    "dnsbl.domain-not-listed.listed-minor",
    Severity.WARNING,
    "the domain {about} is on {list} ({zone} answered {codes}): {meaning}. Known use: {used}. Its own words: {reason}",
    BEFORE + "Then ask for removal: {removal} (a listing ends {ends}).",
    (LISTS,),
)
NOTED = Message(
    "dnsbl.domain-not-listed.noted",
    Severity.NOTICE,
    "the domain {about} is noted by {list} ({zone} answered {codes}): {meaning}. No receiver is known to reject on this alone",
    "Nothing needs doing. A young domain earns trust by sending little at first, and only what people asked for.",
    (LISTS,),
)
UNKNOWN = Message(
    "dnsbl.domain-not-listed.unknown",
    Severity.WARNING,
    "whether the domain {about} is on a blocklist is not known: none of the {asked} lists could be asked ({why})",
    OWN_RESOLVER,
    (LISTS, "RFC 5782 section 5"),
    Basis.UNDETERMINED,
)
OPEN = Message(
    "dnsbl.domain-not-listed.open",
    Severity.WARNING,
    "whether the domain {about} is on {missing} is not known, and large receivers reject on it: {why}. Other lists "
    "that answered: {answered}, listings there: {hits}",
    OWN_RESOLVER,
    (LISTS, "RFC 5782 section 5"),
    Basis.UNDETERMINED,
)
NOT_ASKED = Message(
    "dnsbl.domain-not-listed.not-asked",
    Severity.NOTICE,
    "no list was asked about the domain {about}: none is in the zone files that are asked here",
    "Ask the network: run again without --zone.",
    (LISTS,),
    Basis.UNDETERMINED,
)
NO_LIST = Message(
    "dnsbl.domain-not-listed.no-list",
    Severity.INFO,
    "none of the lists that were asked for lists domains, so none says anything of {about}",
    basis=Basis.NOT_APPLICABLE,
)
CLEAN = Message(
    "dnsbl.domain-not-listed.clean",
    Severity.INFO,
    "the domain {about} is on none of the {answered} blocklists that answered (of {asked})",
    references=(LISTS,),
)
WELCOME = Message(
    "dnsbl.domain-not-listed.welcome",
    Severity.INFO,
    "the domain {about} has a good word on {lists}",
    references=(LISTS,),
)

NO_DOMAIN = Message(
    "dnsbl.domain-not-listed.no-domain",
    Severity.INFO,
    "no domain was given, so no list was asked about one",
    basis=Basis.NOT_APPLICABLE,
)

_WORDS = Words(
    ((Effect.FAIL, LISTED), (Effect.WARN, LISTED_MINOR), (Effect.POLICY, LISTED_MINOR), (Effect.INFORM, NOTED)),
    UNKNOWN,
    OPEN,
    CLEAN,
    WELCOME,
)


def judge(listings: Listings) -> Iterable[Finding]:
    """For each domain: every listing that can be believed, then what can be said of the rest."""
    if not listings.domain:
        yield NO_DOMAIN()
    for subject, results in listings.by_subject():
        if subject.kind is not Kind.DOMAIN:
            continue
        blocklists, welcoming = by_kind_of_list(results)
        if not blocklists:
            yield NO_LIST(subject.about)
        elif all(result.source.state is State.OUTSIDE for result in blocklists):
            yield NOT_ASKED(subject.about)
        else:
            yield from said_of(subject, blocklists, welcoming, _WORDS)


CHECK = Check(
    "dnsbl.domain-not-listed",
    "The domain is on no blocklist",
    listings_of,
    judge,
    (LISTED, LISTED_MINOR, NOTED, UNKNOWN, OPEN, NOT_ASKED, NO_LIST, NO_DOMAIN, CLEAN, WELCOME),
)
