"""Every key record can be used by receivers: it parses, holds a key, and allows what mail needs.

A record with a slip in its tags, a key that was cut off when it was pasted, a version that does not come first: receivers
discard it, and the signature counts as if there were none. So does a key that is revoked, that allows only SHA-1 or that
is not meant for mail. With `t=y` some receivers treat signed mail as unsigned.
"""

from collections.abc import Iterable

from checks.dkim.keys import Key, Keys, keys_of
from checks.dkim.record import KeyRecord, Problem
from checks.dkim.refusals import UNVERIFIED
from checks.dkim.remedy import THE_KEY, mended
from checks.dkim.unseen import no_key, unknown, unseen
from checks.model import Basis, Check, Finding, Message, Severity
from checks.records import as_published

ID = "dkim.key-valid"
TAGS = "RFC 6376 section 3.6.1"
LISTS = "RFC 6376 section 3.2"

SYNTAX = Message(
    f"{ID}.syntax",
    Severity.ERROR,
    "receivers cannot use the key record at {about}: at character {position}, {reason}",
    "Replace it by this record:\n{record}",
    (LISTS, TAGS),
)
VERSION = Message(
    f"{ID}.version",
    Severity.ERROR,
    "receivers discard the key record at {about}: {reason}",
    "Replace it by this record; v=DKIM1 stands first, in capitals:\n{record}",
    (TAGS,),
)
UNREADABLE = Message(
    f"{ID}.unreadable",
    Severity.ERROR,
    "the key at {about} cannot be read: {reason}",
    "Copy the public key from your signer or sending service again, whole and in one line, and publish it:\n{record}",
    (TAGS, "RFC 8463 section 4.2"),
)
REVOKED = Message(
    f"{ID}.revoked",
    Severity.ERROR,
    "the key at {about} is revoked (its p= is empty), so mail signed with {selector} fails",
    "Sign with a selector whose key is published, or publish the key of this one:\n{record}",
    (TAGS,),
)
NO_SHA256 = Message(
    f"{ID}.no-sha256",
    Severity.ERROR,
    "the key at {about} allows the hash algorithms {hashes} only, and signatures that receivers accept use sha256",
    "Replace it by this record, without h=, which allows all:\n{record}",
    (TAGS, "RFC 8301 section 3.1"),
)
NOT_FOR_MAIL = Message(
    f"{ID}.not-for-mail",
    Severity.ERROR,
    "the key at {about} is for the services {services} only, and not for email",
    "Replace it by this record, without s=, which is for every service:\n{record}",
    (TAGS,),
)
UNKNOWN_TYPE = Message(
    f"{ID}.unknown-type",
    Severity.WARNING,
    "whether receivers can use the key at {about} is not known: its type is {key_type}, and they know rsa and ed25519",
    "Sign with an RSA key beside it, under a selector of its own, since receivers ignore a type that they do not know. "
    "Correct k= if it is misspelt.",
    (TAGS,),
    Basis.UNDETERMINED,
)
BROKEN_UNUSED = Message(
    f"{ID}.broken-unused",
    Severity.WARNING,
    "the key record at {about}, which was found by trying usual names, would be of no use to receivers: {reason}",
    "Replace it by this record if mail is signed with {selector}, and delete it if not:\n{record}",
    (TAGS,),
)
UNTIDY = Message(
    f"{ID}.untidy",
    Severity.WARNING,
    "strict receivers may refuse the key record at {about}: at character {position}, {reason}",
    "Replace it by this record:\n{record}",
    (LISTS,),
)
TESTING = Message(
    f"{ID}.testing",
    Severity.WARNING,
    "the key at {about} is marked as a test (t=y): receivers may treat mail signed with it as unsigned",
    "When signing works, publish the key without the mark:\n{record}",
    (TAGS,),
)
SAME_DOMAIN = Message(
    f"{ID}.same-domain",
    Severity.NOTICE,
    "the key at {about} has t=s: a signature verifies only if the domain of its i= equals its d=, not for a subdomain",
    "If the signer writes i= with a subdomain, publish the key without this flag:\n{record}",
    (TAGS,),
)
GRANULARITY = Message(
    f"{ID}.granularity",
    Severity.NOTICE,
    "the key at {about} has g={granularity}, which has had no meaning since RFC 6376; receivers from before it may refuse mail",
    "Publish the key without it:\n{record}",
    ("RFC 6376 appendix E",),
)
REVOKED_UNUSED = Message(
    f"{ID}.revoked-unused",
    Severity.INFO,
    "the key at {about} is revoked (its p= is empty), as it should be once nothing is signed with it any more",
    references=(TAGS,),
)
SOUND = Message(f"{ID}.sound", Severity.INFO, "the key record at {about} is sound", references=(TAGS,))
UNKNOWN = unknown(ID)
NO_KEY = no_key(ID)


def judge(keys: Keys) -> Iterable[Finding]:
    """Judge every key record: those that mail is signed with in earnest, those found by probing with a warning."""
    findings = [*unseen(keys, UNKNOWN)]
    for key in keys.judged:
        if key.record is not None:
            told = list(_faults(key, key.record)) + list(_restrictions(key, key.record))
            grave = any(finding.message.severity >= Severity.WARNING for finding in told)
            if keys.given and not key.given and not grave:
                continue  # the check passes by the keys that mail is signed with, and by no other
            findings += told if grave or key.record.revoked else [SOUND(key.name, evidence=(key.answer,)), *told]
    yield from findings or [NO_KEY(keys.domain)]


def _faults(key: Key, record: KeyRecord) -> Iterable[Finding]:
    """What keeps every receiver from using the record."""
    shown = (key.answer,)
    meant = as_published(key.name, mended(record))
    fault = record.fault(Problem.SYNTAX, Problem.VERSION, Problem.KEY)
    if fault is not None and key.given:
        message = {Problem.SYNTAX: SYNTAX, Problem.VERSION: VERSION}.get(fault.problem, UNREADABLE)
        yield message(
            key.name, explains=UNVERIFIED, position=fault.position, reason=fault.reason, record=meant, evidence=shown
        )
    elif fault is not None:
        yield BROKEN_UNUSED(key.name, selector=key.selector, reason=fault.reason, record=meant, evidence=shown)
    elif record.revoked and key.given:
        unrevoked = as_published(key.name, mended(record, p=THE_KEY))
        yield REVOKED(key.name, explains=UNVERIFIED, selector=key.selector, record=unrevoked, evidence=shown)
    elif record.revoked:
        yield REVOKED_UNUSED(key.name, evidence=shown)
    if not record.known_type:
        yield UNKNOWN_TYPE(key.name, key_type=record.key_type, evidence=shown)


def _restrictions(key: Key, record: KeyRecord) -> Iterable[Finding]:
    """What the record allows and marks, as far as it can be read."""
    shown = (key.answer,)

    def without(**changed: str | None) -> str:
        return as_published(key.name, mended(record, **changed))

    if not record.allows_sha256:
        if key.given:
            yield NO_SHA256(key.name, explains=UNVERIFIED, hashes=record.hashes, record=without(h=None), evidence=shown)
        else:
            reason = "its h= does not allow sha256"
            yield BROKEN_UNUSED(key.name, selector=key.selector, reason=reason, record=without(h=None), evidence=shown)
    if not record.for_mail:
        if key.given:
            yield NOT_FOR_MAIL(
                key.name, explains=UNVERIFIED, services=record.services, record=without(s=None), evidence=shown
            )
        else:
            reason = "its s= does not allow email"
            yield BROKEN_UNUSED(key.name, selector=key.selector, reason=reason, record=without(s=None), evidence=shown)
    if untidy := record.fault(Problem.UNTIDY):
        yield UNTIDY(key.name, position=untidy.position, reason=untidy.reason, record=without(), evidence=shown)
    if record.testing:
        yield TESTING(key.name, record=without(t="s" if record.same_domain_only else None), evidence=shown)
    if record.same_domain_only:
        yield SAME_DOMAIN(key.name, record=without(t="y" if record.testing else None), evidence=shown)
    if record.granularity is not None and record.granularity != "*":
        yield GRANULARITY(key.name, granularity=record.granularity, record=without(), evidence=shown)


CHECK = Check(
    ID,
    "Every DKIM key record can be used by receivers",
    keys_of,
    judge,
    (
        SYNTAX,
        VERSION,
        UNREADABLE,
        REVOKED,
        NO_SHA256,
        NOT_FOR_MAIL,
        UNKNOWN_TYPE,
        BROKEN_UNUSED,
        UNTIDY,
        TESTING,
        SAME_DOMAIN,
        GRANULARITY,
        REVOKED_UNUSED,
        SOUND,
        UNKNOWN,
        NO_KEY,
    ),
)
