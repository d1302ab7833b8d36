"""The sending addresses are on no blocklist.

Receivers ask blocklists about the connecting address before anything else. A listing on one that the large ones use
means that most mail is rejected, whatever SPF, DKIM and DMARC say. Only listings that are certain are told: the list
passed its own test in this run, and the code is one that it documents.
"""

from collections.abc import Iterable

from checks.dnsbl.inventory import Effect, Kind
from checks.dnsbl.listings import Listings, by_kind_of_list, listings_of
from checks.dnsbl.said import Words, said_of
from checks.model import Basis, Check, Finding, Message, Severity

LISTS = "RFC 5782 section 2"
BEFORE = (
    "First end the cause: broken-into accounts and web forms, an infected machine behind the address, bulk mail to people "
    "who never asked for it. A list that removes an address which goes on lists it again, and for longer. "
)

LISTED = Message(
    "dnsbl.not-listed.listed",
    Severity.ERROR,
    "{about} is on {list} ({zone} answered {codes}): {meaning}. Known use: {used}. Its own words: {reason}",
    BEFORE + "Then ask for removal: {removal} (a listing ends {ends}).",
    (LISTS,),
)
LISTED_MINOR = Message(
    "dnsbl.not-listed.listed-minor",
    Severity.WARNING,
    "{about} is on {list} ({zone} answered {codes}): {meaning}. Known use: {used}. Its own words: {reason}",
    BEFORE + "Then ask for removal: {removal} (a listing ends {ends}). If mail is refused, the reply names the list.",
    (LISTS,),
)
POLICY = Message(
    "dnsbl.not-listed.policy",
    Severity.WARNING,
    "{about} is in the policy range of {list} ({zone} answered {codes}): {meaning}. This is not for spam; it says that "
    "receivers are not to expect mail from it directly, and they reject what comes. Its own words: {reason}",
    "If this address hands all its mail to a provider's relay, nothing is wrong: check the relay's "
    "addresses instead. If it delivers mail itself, it must be static and have a PTR record of its own; then take it out of the range "
    "at {removal}, or ask the network's owner to.",
    (LISTS,),
)
NOTED = Message(
    "dnsbl.not-listed.noted",
    Severity.NOTICE,
    "{about} is noted by {list} ({zone} answered {codes}): {meaning}. No receiver is known to reject on this alone",
    "Nothing needs doing for delivery's sake. The list's page: {removal}",
    (LISTS,),
)
SHARED = Message(
    "dnsbl.not-listed.shared",
    Severity.WARNING,
    "{about} is on {list} ({zone} answered {codes}): {meaning}. By its name it is one of {provider}, shared or rented there, so "
    "the listing is {provider}'s to mend. Its own words: {reason}",
    "Open a ticket at {provider} with this finding, and ask for another pool until the address is off the list. Look at your "
    "own mail too: bounces and complaints of the last days say whether you are the cause.",
    (LISTS,),
)
UNKNOWN = Message(
    "dnsbl.not-listed.unknown",
    Severity.WARNING,
    "whether {about} is on a blocklist is not known: none of the {asked} lists could be asked ({why})",
    "Ask through a resolver that recurses for you alone, such as unbound on this machine: --resolver 127.0.0.1. "
    "dnsbl.lists-answer tells what became of each list.",
    (LISTS, "RFC 5782 section 5"),
    Basis.UNDETERMINED,
)
OPEN = Message(
    "dnsbl.not-listed.open",
    Severity.WARNING,
    "whether {about} is on {missing} is not known, and large receivers reject on it: {why}. Other lists "
    "that answered: {answered}, listings there: {hits}",
    "Ask through a resolver that recurses for you alone, such as unbound on this machine: --resolver 127.0.0.1. "
    "dnsbl.lists-answer tells why the list did not answer.",
    (LISTS, "RFC 5782 section 5"),
    Basis.UNDETERMINED,
)
NO_ADDRESS = Message(
    "dnsbl.not-listed.no-address",
    Severity.NOTICE,
    "which addresses send the mail of {about} was not told, so no blocklist was asked",
    "Give each sending address with --ip: the one that receivers see, in the topmost Received line of a delivered message.",
    (LISTS,),
    Basis.UNDETERMINED,
)
FROM_SPF = Message(
    "dnsbl.not-listed.from-spf",
    Severity.INFO,
    "no address was given; the {count} that the SPF record of {about} names one by one were looked up",
    references=(LISTS,),
)
LEFT_OUT = Message(
    "dnsbl.not-listed.left-out",
    Severity.NOTICE,
    "no address was given; the {count} that the SPF record of {about} names one by one were looked up, but not what else it "
    "authorises, since that need not send: {left_out}",
    "Give each sending address with --ip: the one that receivers see, in the topmost Received line of a delivered message.",
    (LISTS,),
    Basis.UNDETERMINED,
)
NO_LIST = Message(
    "dnsbl.not-listed.no-list",
    Severity.INFO,
    "none of the lists that were asked for lists {kind} addresses, so none says anything of {about}",
    basis=Basis.NOT_APPLICABLE,
)
CLEAN = Message(
    "dnsbl.not-listed.clean",
    Severity.INFO,
    "{about} is on none of the {answered} blocklists that answered (of {asked})",
    references=(LISTS,),
)
WELCOME = Message(
    "dnsbl.not-listed.welcome",
    Severity.INFO,
    "{about} has a good word on {lists}",
    references=(LISTS,),
)

_WORDS = Words(
    ((Effect.FAIL, LISTED), (Effect.WARN, LISTED_MINOR), (Effect.POLICY, POLICY), (Effect.INFORM, NOTED)),
    UNKNOWN,
    OPEN,
    CLEAN,
    WELCOME,
    SHARED,
)


def judge(listings: Listings) -> Iterable[Finding]:
    """For each address: every listing that can be believed, then what can be said of the rest."""
    found = listings.from_spf
    if not listings.addresses:
        yield NO_ADDRESS(listings.domain)
    elif found is not None:
        count = len(found.addresses)
        message = LEFT_OUT if found.left_out else FROM_SPF
        yield message(found.answer.question.name, count=count, left_out=found.left_out, evidence=(found.answer,))
    for subject, results in listings.by_subject():
        if subject.kind is Kind.DOMAIN:
            continue
        blocklists, welcoming = by_kind_of_list(results)
        if blocklists:
            provider = listings.providers.get(subject.about, "")
            yield from said_of(subject, blocklists, welcoming, _WORDS, provider)
        else:
            yield NO_LIST(subject.about, kind=subject.kind.value)


CHECK = Check(
    "dnsbl.not-listed",
    "The sending addresses are on no blocklist",
    listings_of,
    judge,
    (
        *(LISTED, LISTED_MINOR, SHARED, POLICY, NOTED, UNKNOWN, OPEN),
        *(NO_ADDRESS, LEFT_OUT, FROM_SPF, NO_LIST, CLEAN, WELCOME),
    ),
)
