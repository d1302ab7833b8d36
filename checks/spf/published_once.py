"""A domain that sends mail publishes exactly one SPF record.

Without one a receiver has nothing to go by (`none`), with two it has to treat the domain as misconfigured (`permerror`),
and a record with the slightest slip in its first seven characters is no SPF record at all: it is passed over silently.
"""

from collections.abc import Iterable, Sequence

from checks import records
from checks.inquiry import Outcome
from checks.model import Basis, Check, Finding, Message, Severity
from checks.parked import authorises_nobody
from checks.records import as_published
from checks.spf.discarded import Discarded, discarded
from checks.spf.policy import spf_texts
from checks.spf.publication import Publication, publication_of
from checks.spf.record import VERSION, Mechanism, Modifier, SpfRecord, parse_record
from checks.spf.refusals import NOT_PASSED, PUT_OFF, UNUSABLE
from checks.unseen import again

LONGEST_NEGATIVE = 10800
"""Seconds that a resolver remembers at most that something is not there, where it does not say. RFC 2308 section 5"""
SELECTION = "RFC 7208 section 4.5"

SEVERAL = Message(
    "spf.published-once.several",
    Severity.ERROR,
    "{about} publishes {count} SPF records and must publish one: receivers answer permerror and none of them counts: {records}",
    "Publish one record that says what all of them say, and delete the others:\n{merged}",
    ("RFC 7208 section 3.2", SELECTION),
)
DISCARDED = Message(
    "spf.published-once.discarded",
    Severity.ERROR,
    "{about} has a record that looks like SPF and does not count as one, because {reason}: {record}",
    "Replace it by this record:\n{meant}",
    (SELECTION,),
)
TYPE_99_ONLY = Message(
    "spf.published-once.type-99-only",
    Severity.ERROR,
    "{about} publishes its SPF record with the DNS type SPF (99) only, which no receiver asks for any more",
    "Publish the same text with the type TXT, and delete the old one:\n{record}",
    ("RFC 7208 section 3.1",),
)
ALIAS_BROKEN = Message(
    "spf.published-once.alias-broken",
    Severity.ERROR,
    "{about} is an alias (CNAME) that leads nowhere ({path}): no SPF record can be found there",
    "Let the alias point to a name that exists, or delete it and publish the SPF record at {about} itself.",
    ("RFC 1034 section 3.6.2", "RFC 7208 section 4.4"),
)
NO_SUCH_NAME = Message(
    "spf.published-once.no-such-name",
    Severity.ERROR,
    "the name {about} does not exist in the DNS, so it has no SPF record, and receivers reject mail from it",
    "Correct the name if it is misspelt; if it is the return path of your mail, create it with the records that the "
    "sending service asks for.",
    ("RFC 7208 section 4.3",),
)
NONE = Message(
    "spf.published-once.none",
    Severity.ERROR,
    "{about} publishes no SPF record: receivers have nothing to tell its mail from forged mail by (result: none)",
    "Publish one TXT record that names every server that sends for you; before its last term, add the include: that each "
    "sending service of yours asks for:\n{record}",
    ("RFC 7208 section 4.5", "Google, Email sender guidelines (checked 2026-11): SPF or DKIM for every sender"),
)
NONE_SILENT = Message(
    "spf.published-once.none-silent",
    Severity.WARNING,
    "{about} publishes no SPF record, and nothing shows that it sends mail: anybody may send in its name",
    "If it sends mail, publish a record that names its servers. If it sends none, say so:\n{record}",
    ("RFC 7208 section 10.1.2",),
)
DISCARDED_BESIDE = Message(
    "spf.published-once.discarded-beside",
    Severity.WARNING,
    "beside its SPF record {about} has one that looks like SPF and does not count, because {reason}: {record}",
    "Delete it. What it alone authorises belongs into the record that counts.",
    (SELECTION,),
)
TYPE_99_BESIDE = Message(
    "spf.published-once.type-99-beside",
    Severity.NOTICE,
    "{about} still publishes a record of the DNS type SPF (99), which no receiver asks for any more",
    "Delete it: two copies of one record drift apart.",
    ("RFC 7208 section 3.1",),
)
UNKNOWN = Message(
    "spf.published-once.unknown",
    Severity.WARNING,
    "whether {about} publishes one SPF record is not known: its TXT records could not be asked for ({why})",
    again("{about}", "receivers meet the same failure and answer temperror."),
    ("RFC 7208 section 4.4",),
    Basis.UNDETERMINED,
)
FRESH = Message(
    "spf.published-once.fresh",
    Severity.NOTICE,
    "{about} publishes one SPF record, and it is new: all of its name servers have it, and resolvers that asked before will "
    "show it within {seconds} s",
    "Nothing needs to be done: wait.",
    ("RFC 2308 section 5",),
)
BY_WILDCARD = Message(
    "spf.published-once.by-wildcard",
    Severity.NOTICE,
    "{about} has the SPF record that a wildcard gives to every name beside it ({control} has it too): it counts, but "
    "unless it stands at {about} itself as well, it is gone as soon as {about} gets a record of any other type",
    "Publish it at {about} itself:\n{published}",
    ("RFC 7208 section 3.5", "RFC 4592 section 2.2.1"),
)
ONE = Message("spf.published-once.one", Severity.INFO, "{about} publishes one SPF record", references=(SELECTION,))
SAYS_NO_MAIL = Message(
    "spf.published-once.says-no-mail",
    Severity.INFO,
    "{about} publishes one SPF record, and it says that the domain sends no mail",
    references=("RFC 7208 section 10.1.2",),
)


def judge(found: Publication) -> Iterable[Finding]:
    """One, none, several, or something that only looks like one."""
    name, txt = found.name, found.txt
    if txt.aliases and (txt.outcome is Outcome.NXDOMAIN or txt.loops):
        yield ALIAS_BROKEN(name, explains=NOT_PASSED, path=" -> ".join((name, *txt.aliases)), evidence=(txt,))
        return
    if txt.unknown:
        yield UNKNOWN(name, explains=PUT_OFF, why=txt.why_unknown, evidence=(txt,))
        return
    published = spf_texts(txt)
    if found.fresh:
        seconds = txt.ttl if txt.ttl is not None else LONGEST_NEGATIVE
        yield FRESH(name, record=found.fresh, seconds=seconds)
        return
    lookalikes = _lookalikes(found)
    match published:
        case ():
            yield from _without(found, lookalikes)
        case (only,):
            yield _one(found, only)
            for each in lookalikes:
                yield DISCARDED_BESIDE(name, reason=each.reason, record=each.text, evidence=(txt,))
            if found.type99.outcome is Outcome.ANSWERED:
                yield TYPE_99_BESIDE(name, evidence=(found.type99,))
        case _:
            merged = as_published(name, merged_record([parse_record(text) for text in published]))
            yield SEVERAL(
                name, explains=UNUSABLE, count=len(published), records=published, merged=merged, evidence=(txt,)
            )


def _one(found: Publication, record: str) -> Finding:
    """A single record: is it the name's own? One that says `-all` may well be meant for all names that send nothing."""
    if authorises_nobody(found.txt):
        return SAYS_NO_MAIL(found.name, record=record, evidence=(found.txt,))
    if found.by_wildcard and found.control is not None:
        return BY_WILDCARD(
            found.name,
            control=found.control.question.name,
            published=as_published(found.name, record),
            evidence=(found.txt, found.control),
        )
    return ONE(found.name, record=record, evidence=(found.txt,))


def _lookalikes(found: Publication) -> tuple[Discarded, ...]:
    if found.txt.outcome is not Outcome.ANSWERED:
        return ()
    strings = [records.character_strings(record) for record in found.txt.records]
    seen = (discarded("".join(parts), len(parts[0]) if len(parts) > 1 else 0) for parts in strings)
    return tuple(each for each in seen if each is not None)


def _without(found: Publication, lookalikes: Sequence[Discarded]) -> Iterable[Finding]:
    name, txt = found.name, found.txt
    if lookalikes:
        for each in lookalikes:
            meant = as_published(name, each.meant) if each.meant else "(too long to be shown)"
            yield DISCARDED(
                name, explains=NOT_PASSED, reason=each.reason, record=each.text, meant=meant, evidence=(txt,)
            )
    elif found.type99.outcome is Outcome.ANSWERED:
        record = as_published(name, records.text(found.type99.records[0]))
        yield TYPE_99_ONLY(name, explains=NOT_PASSED, record=record, evidence=(txt, found.type99))
    elif txt.outcome is Outcome.NXDOMAIN:
        yield NO_SUCH_NAME(name, explains=("5.1.8", *NOT_PASSED), evidence=(txt,))
    elif found.told or found.has_mail_hosts:
        record = as_published(name, _first_record(found))
        yield NONE(name, explains=NOT_PASSED, record=record, evidence=(txt, found.mx))
    else:
        yield NONE_SILENT(name, record=as_published(name, f"{VERSION} -all"), evidence=(txt, found.mx))


def _first_record(found: Publication) -> str:
    """A record to begin with, from what is known of the senders."""
    terms = [f"ip{address.version}:{address}" for address in found.ips]
    if found.has_mail_hosts and not terms:
        terms = ["mx"]
    # Softfail: nobody knows yet whether the list is whole.
    return " ".join([VERSION, *terms, "~all"])


def merged_record(several: Sequence[SpfRecord]) -> str:
    """One record that authorises what several do together: every term once, the mildest of their ends.

    A redirect becomes an include, which passes what the redirect would have passed. RFC 7208 sections 5.2, 6.1
    """
    terms: dict[str, None] = {}
    ends: list[str] = []
    modifiers: dict[str, str] = {}
    for record in several:
        for term in record.terms:
            if isinstance(term, Mechanism) and term.name == "all":
                ends.append(term.qualifier)
            elif isinstance(term, Mechanism):
                terms[term.text.removeprefix("+")] = None
            elif term.name == "redirect":
                terms[f"include:{term.spec}"] = None
            elif isinstance(term, Modifier):
                modifiers.setdefault(term.name, term.text)
    # Never "+all" of our own making: of two records with it, the owner hears from spf.not-everyone.
    mildest = next((qualifier for qualifier in "?~-" if qualifier in ends), "~")
    return " ".join([VERSION, *terms, f"{mildest}all", *modifiers.values()])


CHECK = Check(
    "spf.published-once",
    "The domain publishes exactly one SPF record",
    publication_of,
    judge,
    (
        SEVERAL,
        DISCARDED,
        TYPE_99_ONLY,
        ALIAS_BROKEN,
        NO_SUCH_NAME,
        NONE,
        NONE_SILENT,
        DISCARDED_BESIDE,
        TYPE_99_BESIDE,
        UNKNOWN,
        FRESH,
        BY_WILDCARD,
        ONE,
        SAYS_NO_MAIL,
    ),
)
