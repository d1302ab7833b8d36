"""Aggregate reports are asked for, and can arrive.

Receivers send a daily summary of the mail they saw with the domain in its From line: who sent it, and whether it passed.
Without it nobody can tell whether a stricter policy would hit mail of one's own. The address must be written as a URI,
the domain behind it must take mail, and where it belongs to somebody else that domain must agree.
"""

from collections.abc import Iterable

from checks import unseen
from checks.dmarc.policy import AGAIN, DmarcPolicy
from checks.dmarc.record import DmarcRecord, Policy, ReportUri
from checks.dmarc.reports import Destination, Reports, reports_of
from checks.dmarc.walk import question_name, to_publish
from checks.model import Basis, Check, Finding, Message, Severity
from checks.tags import with_tag

TAGS = "RFC 9989 section 4.7"
CONSENT = "RFC 9990 section 4"
MOST_FAULTS = 8
"""Addresses whose faults are told one by one."""
MOST_HEEDED = 2
"""Addresses that every receiver of the RFC 7489 days heeded. RFC 7489 section 6.2"""

ARRIVE = Message(
    "dmarc.reports-arrive.arrive",
    Severity.INFO,
    "aggregate reports about {about} can go to {addresses}",
    references=(TAGS,),
)
BLIND = Message(
    "dmarc.reports-arrive.blind",
    Severity.WARNING,
    "the record at {record_name} asks for no reports and for no policy: it protects nothing and tells nobody anything",
    "Ask for reports, so that you see who sends in your name:\n{record}",
    (TAGS, "RFC 9989 section 5.1.3"),
)
NOT_ASKED = Message(
    "dmarc.reports-arrive.not-asked",
    Severity.NOTICE,
    "the record at {record_name} asks for no aggregate reports: mail of your own that fails DMARC goes unnoticed",
    "Ask for them:\n{record}",
    (TAGS, "RFC 9989 section 5.1.3"),
)
NONE_NEEDED = Message(
    "dmarc.reports-arrive.none-needed",
    Severity.INFO,
    "the record at {record_name} asks for no aggregate reports, and {about} sends no mail that they could be about",
    references=(TAGS,),
)
BAD_URI = Message(
    "dmarc.reports-arrive.bad-uri",
    Severity.WARNING,
    "receivers ignore an address in {tag} of the record at {record_name}, at character {position}: {reason}",
    "Write it as a URI, such as mailto:dmarc-reports@{source}; commas and exclamation marks inside are written %2C and %21",
    ("RFC 9989 section 4.8", "RFC 6068 section 2"),
)
NO_MAILTO = Message(
    "dmarc.reports-arrive.no-mailto",
    Severity.WARNING,
    "rua in the record at {record_name} names no mailto: address, which is the only kind that every receiver supports",
    "Name one:\n{record}",
    (TAGS,),
)
SIZE = Message(
    "dmarc.reports-arrive.size-limit",
    Severity.INFO,
    "size limits in {tag} of the record at {record_name} have had no effect since RFC 9989: {addresses}",
    "It can go.",
    ("RFC 9989 section 4.8",),
)
MANY = Message(
    "dmarc.reports-arrive.many-addresses",
    Severity.NOTICE,
    "{tag} in the record at {record_name} names {count} addresses: older receivers heed the first two only",
    "Keep two, and let the second pass the reports on.",
    ("RFC 7489 section 6.2", TAGS),
)
NOT_AUTHORISED = Message(
    "dmarc.reports-arrive.not-authorised",
    Severity.WARNING,
    "receivers send no reports to {address}: {host} has not agreed to take reports about {source}",
    "The owner of {host} must publish:\n{record}\n\nA report service does so when the domain is entered there. Or name an "
    "address in {source} itself.",
    (CONSENT,),
)
REDIRECTED = Message(
    "dmarc.reports-arrive.redirected",
    Severity.WARNING,
    "receivers send no reports to {address}: the agreement of {host} names another host, {elsewhere}, which may not be",
    "The owner of {host} must take rua out of the record at {consent_name}, or name an address in {host} there.",
    (CONSENT,),
)
CONSENT_UNKNOWN = Message(
    "dmarc.reports-arrive.consent-unknown",
    Severity.NOTICE,
    "whether {host} has agreed to take reports about {source} is not known: {consent_name} could not be asked ({why})",
    unseen.AGAIN,
    (CONSENT,),
    Basis.UNDETERMINED,
)
NO_MAIL = Message(
    "dmarc.reports-arrive.no-mail",
    Severity.WARNING,
    "reports cannot arrive at {address}: {host} takes no mail (a null MX, or neither an MX record nor an address)",
    "Name an address in a domain that takes mail, or give {host} a mail exchanger.",
    ("RFC 5321 section 5.1", "RFC 7505 section 3"),
)
IMPLICIT = Message(
    "dmarc.reports-arrive.implicit-mx",
    Severity.NOTICE,
    "reports for {address} go to the address of {host} itself, which has no MX record: a mail server must answer there",
    "See that one does, or publish an MX record for {host}.",
    ("RFC 5321 section 5.1",),
)
MAIL_UNKNOWN = Message(
    "dmarc.reports-arrive.mail-unknown",
    Severity.NOTICE,
    "whether {host}, where reports are to go, takes mail is not known: it could not be asked ({why})",
    unseen.AGAIN,
    ("RFC 5321 section 5.1",),
    Basis.UNDETERMINED,
)
NO_RECORD = Message(
    "dmarc.reports-arrive.no-record",
    Severity.INFO,
    "no DMARC record of {about} that could ask for reports",
    references=(TAGS,),
    basis=Basis.NOT_APPLICABLE,
)
UNKNOWN = Message(
    "dmarc.reports-arrive.unknown",
    Severity.NOTICE,
    "whether reports about {about} are asked for is not known, since its DMARC record is not",
    AGAIN,
    (TAGS,),
    Basis.UNDETERMINED,
)


def judge(reports: Reports) -> Iterable[Finding]:
    """Is anybody asked, is every address one, does its host agree, does it take mail?"""
    policy = reports.policy
    record = policy.record
    suffix = policy.walk.suffix
    if policy.domain.effective is None:
        yield UNKNOWN(policy.name)
    elif record is None or (suffix is not None and suffix.name == policy.domain.source):
        yield NO_RECORD(policy.name)  # a registry's record is not the domain owner's to change
    else:
        yield from _asked(policy, record)
        for tag, uris in (("rua", record.rua), ("ruf", record.ruf)):
            yield from _addresses(reports, record, tag, uris)
        hosts = list(dict.fromkeys(uri.host for uri in (*record.rua, *record.ruf) if not uri.fault))
        for host in hosts:
            yield from _host(reports, host)
        arriving = tuple(uri.text for uri in record.rua if _arrives(reports, uri))
        if arriving:
            yield ARRIVE(policy.domain.source, addresses=arriving)


def _asked(policy: DmarcPolicy, record: DmarcRecord) -> Iterable[Finding]:
    source = policy.domain.source
    name = question_name(source)
    wish = to_publish(source, with_tag(record.tags, "rua", f"mailto:dmarc-reports@{source}"))
    if not record.tags.tag("rua"):
        weak = policy.domain.effective == Policy.NONE
        message = BLIND if weak else NONE_NEEDED if policy.parked else NOT_ASKED
        yield message(source, record_name=name, record=wish)
    elif record.asks_for_reports and not any(uri.scheme == "mailto" for uri in record.rua if not uri.fault):
        also = ",".join((*(uri.text for uri in record.rua if not uri.fault), f"mailto:dmarc-reports@{source}"))
        published = to_publish(source, with_tag(record.tags, "rua", also))
        yield NO_MAILTO(source, record_name=name, record=published)


def _addresses(reports: Reports, record: DmarcRecord, tag: str, uris: tuple[ReportUri, ...]) -> Iterable[Finding]:
    """How the addresses of one tag are written."""
    source = reports.policy.domain.source
    name = question_name(source)
    for fault in [fault for fault in record.faults if fault.tag == tag][:MOST_FAULTS]:
        yield BAD_URI(source, record_name=name, tag=tag, position=fault.position, reason=fault.reason, source=source)
    sound = [uri for uri in uris if not uri.fault]
    limited = tuple(f"{uri.text}{uri.size}" for uri in sound if uri.size)
    if limited:
        yield SIZE(source, tag=tag, record_name=name, addresses=limited)
    if len(sound) > MOST_HEEDED:
        yield MANY(source, record_name=name, tag=tag, count=len(sound))


def _host(reports: Reports, host: str) -> Iterable[Finding]:
    """One destination: does it agree, and does it take mail?"""
    record = reports.policy.record
    assert record is not None  # there are hosts
    uri = next(uri for uri in (*record.rua, *record.ruf) if uri.host == host and not uri.fault)
    found = reports.destination(uri)
    if found is None:
        return
    source = reports.policy.domain.source
    if found.external:
        yield from _consent(found, uri, source)
    shown = found.mail
    if found.takes_mail is None:
        why = next(answer.why_unknown for answer in found.mail if answer.unknown)
        yield MAIL_UNKNOWN(source, host=host, why=why, evidence=shown)
    elif not found.takes_mail:
        yield NO_MAIL(source, address=uri.text, host=host, evidence=shown)
    elif found.implicitly:
        yield IMPLICIT(source, address=uri.text, host=host, evidence=shown)


def _consent(found: Destination, uri: ReportUri, source: str) -> Iterable[Finding]:
    name = found.consent_name
    assert found.consent is not None  # it was asked for, since the host is external
    shown = (found.consent,)
    if found.consent.unknown:
        why = found.consent.why_unknown
        yield CONSENT_UNKNOWN(source, host=found.host, source=source, consent_name=name, why=why, evidence=shown)
    elif not found.agreements:
        record = f'{name}. TXT "v=DMARC1"'
        yield NOT_AUTHORISED(source, address=uri.text, host=found.host, source=source, record=record, evidence=shown)
    elif found.elsewhere:
        yield REDIRECTED(
            source,
            address=uri.text,
            host=found.host,
            elsewhere=found.elsewhere,
            consent_name=name,
            evidence=shown,
        )


def _arrives(reports: Reports, uri: ReportUri) -> bool:
    found = reports.destination(uri)
    if found is None or uri.fault or not found.takes_mail:
        return False
    return not found.external or (bool(found.agreements) and not found.elsewhere)


CHECK = Check(
    "dmarc.reports-arrive",
    "Aggregate reports are asked for and can arrive",
    reports_of,
    judge,
    (
        ARRIVE,
        BLIND,
        NOT_ASKED,
        NONE_NEEDED,
        BAD_URI,
        NO_MAILTO,
        SIZE,
        MANY,
        NOT_AUTHORISED,
        REDIRECTED,
        CONSENT_UNKNOWN,
        NO_MAIL,
        IMPLICIT,
        MAIL_UNKNOWN,
        NO_RECORD,
        UNKNOWN,
    ),
)
