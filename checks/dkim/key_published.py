"""Each selector that mail is signed with has exactly one key record.

A receiver takes the selector (s=) and the domain (d=) out of a signature and asks for the TXT record at
`<selector>._domainkey.<domain>`. Nothing there, a CNAME that leads nowhere, or two records: the signature cannot be
verified, and mail that relied on it fails DMARC. Nobody can list a domain's selectors, so finding none proves nothing.
"""

from collections.abc import Iterable
from typing import Any

from checks.dkim.keys import Key, Keys, keys_of
from checks.dkim.refusals import UNVERIFIED
from checks.dkim.remedy import delegations, to_publish
from checks.dkim.selectors import UNGUESSABLE
from checks.dkim.unseen import unseen
from checks.inquiry import Outcome
from checks.model import Basis, Check, Finding, Message, Severity
from checks.records import as_published
from checks.unseen import AGAIN, again

NAMESPACE = "RFC 6376 section 3.6.2.1"
LOOK_UP = "RFC 6376 section 3.6.2.2"
NO_KEY_FOR_SIGNATURE = "RFC 6376 section 6.1.2"

SEE_A_MESSAGE = (
    "Take the selector from a message that was sent: it is the s= in the DKIM-Signature header whose d= is {about}. Or look "
    "into the DKIM settings of your sending service. Then give it with --selector; --deep tries some 400 names."
)

MISSING = Message(
    "dkim.key-published.missing",
    Severity.ERROR,
    "mail signed with the selector {selector} cannot be verified: there is no key at {about}",
    "If mail is signed with another selector, the s= of its DKIM-Signature, check that one with --selector. If not, publish "
    "this, with what your signer or sending service shows in the place of <...>:\n{record}",
    (LOOK_UP, NO_KEY_FOR_SIGNATURE),
)
DANGLING = Message(
    "dkim.key-published.dangling",
    Severity.ERROR,
    "at {about} the CNAME exists and the key does not: it leads to {path}, where nothing is published, so mail signed with "
    "{selector} cannot be verified",
    "Switch DKIM on for this domain in the settings of {service}; the key appears there then, and the CNAME can stay as it is. If you no "
    "longer send through {service}, delete the CNAME, since whoever comes to own that name could sign for you.",
    (NO_KEY_FOR_SIGNATURE, "RFC 1034 section 3.6.2"),
)
DANGLING_UNUSED = Message(
    "dkim.key-published.dangling-unused",
    Severity.WARNING,
    "at {about} the CNAME exists and the key does not: it leads to {path}, where nothing is published; it was found by "
    "trying usual names, and nothing says that mail is signed with {selector}",
    "If you no longer send through {service}, delete the CNAME, since whoever comes to own that name could sign for you. If "
    "{service} keeps this selector for its next key, leave it.",
    ("RFC 1034 section 3.6.2",),
)
SEVERAL = Message(
    "dkim.key-published.several",
    Severity.ERROR,
    "{about} has {count} TXT records and must have one: which of them is taken for the key is undefined, and receivers that "
    "take the wrong one, or none, cannot verify mail signed with {selector}",
    "Keep the record that holds the public key of your signer, and delete the others. They are:\n{records}",
    (LOOK_UP,),
)
SEVERAL_UNUSED = Message(
    "dkim.key-published.several-unused",
    Severity.WARNING,
    "{about} has {count} TXT records and may have one: a signature made with {selector} could not be verified reliably",
    "Keep the record that holds the public key of your signer, and delete the others. They are:\n{records}",
    (LOOK_UP,),
)
OTHER_RECORD = Message(
    "dkim.key-published.other-record",
    Severity.ERROR,
    "mail signed with the selector {selector} cannot be verified: the TXT record at {about} is no DKIM key: {found}",
    "Publish this, with what your signer or sending service shows in the place of <...>; where the other record comes from "
    "a wildcard, it gives way:\n{record}",
    ("RFC 6376 section 3.6.1",),
)
WILDCARD_KEY = Message(
    "dkim.key-published.wildcard-key",
    Severity.WARNING,
    "the key at {about} is that of a wildcard: any selector under {domain} has it, those that nobody made as well",
    "Publish the key at its own name and delete the wildcard:\n{record}",
    (NAMESPACE,),
)
UNKNOWN = Message(
    "dkim.key-published.unknown",
    Severity.WARNING,
    "whether there is a key at {about} is not known: the name could not be asked for ({why})",
    again("{about}", "receivers meet the same failure and cannot verify the signature."),
    (NO_KEY_FOR_SIGNATURE,),
    Basis.UNDETERMINED,
)
PUBLISHED = Message(
    "dkim.key-published.published",
    Severity.INFO,
    "the key of the selector {selector} is published at {about}",
    references=(LOOK_UP,),
)
FOUND = Message(
    "dkim.key-published.found",
    Severity.INFO,
    "there is a DKIM key at {about}; it was found by trying usual names, and whether mail is signed with it was not told",
    references=(LOOK_UP,),
)
FOUND_AT_PROVIDER = Message(
    "dkim.key-published.found-at-provider",
    Severity.INFO,
    "there is a DKIM key of {provider} at {about}; it was found by trying usual names, and whether mail is signed with it "
    "was not told",
    references=(LOOK_UP,),
)
WILDCARD = Message(
    "dkim.key-published.wildcard",
    Severity.NOTICE,
    "which DKIM keys {about} has is not known: a wildcard answers for any selector, even for {control}",
    SEE_A_MESSAGE + " A wildcard does not make sense under _domainkey: delete it if it is yours.",
    (NAMESPACE,),
    Basis.UNDETERMINED,
)
UNASKED = Message(
    "dkim.key-published.unasked",
    Severity.NOTICE,
    "whether {about} has DKIM keys is not known: no selector was given, and looking for usual ones failed ({why})",
    f"{AGAIN} {SEE_A_MESSAGE}",
    (LOOK_UP,),
    Basis.UNDETERMINED,
)
NOT_FOUND = Message(
    "dkim.key-published.not-found",
    Severity.NOTICE,
    "whether {about} has DKIM keys is not known: no selector was given, and none of {count} usual ones has a key",
    SEE_A_MESSAGE,
    (LOOK_UP,),
    Basis.UNDETERMINED,
)
HIDDEN = Message(
    "dkim.key-published.hidden",
    Severity.NOTICE,
    "{about} has DKIM keys or had some, since _domainkey.{about} exists, but no selector was given and none of {count} usual "
    "ones has a key",
    SEE_A_MESSAGE,
    (LOOK_UP, "RFC 8020 section 2"),
    Basis.UNDETERMINED,
)
ABSENT = Message(
    "dkim.key-published.absent",
    Severity.NOTICE,
    "no DKIM key of {about} is known and there seems to be none: no selector was given, none of {count} usual ones has a "
    "key, and _domainkey.{about} does not exist",
    SEE_A_MESSAGE
    + " If mail of {about} is not signed yet, switch DKIM on at your sending service, or in your own server, and "
    "publish the record it shows.",
    (LOOK_UP, "RFC 8020 section 2"),
    Basis.UNDETERMINED,
)
AT_PROVIDER = Message(
    "dkim.key-published.at-provider",
    Severity.NOTICE,
    "{about} seems to use {provider}, whose selectors are called {selectors}, and no key of such a name was found",
    "Look into the DKIM settings of {provider}: they say whether mail of {about} is signed, and which records to publish. "
    "{provider} wants records like:\n{record}",
    (LOOK_UP,),
    Basis.UNDETERMINED,
)
NO_MAIL = Message(
    "dkim.key-published.no-mail",
    Severity.INFO,
    "{about} says that it neither sends mail (v=spf1 -all) nor receives any, so it needs no DKIM key",
    references=("RFC 7208 section 10.1.2", "RFC 7505 section 3"),
    basis=Basis.NOT_APPLICABLE,
)


def judge(keys: Keys) -> Iterable[Finding]:
    """Judge what stands at the selectors given; what probing found is told, and fails only where it is all there is."""
    if keys.parked and not keys.given:
        yield NO_MAIL(keys.domain, evidence=(keys.txt, keys.mx))
        return
    yield from unseen(keys, UNKNOWN)
    for key in keys.given:
        yield from _given(keys, key)
    # A revoked key that nobody is said to sign with is as good as none.
    found = [key for key in keys.found if not key.revoked]
    for key in found:
        yield from _probed(keys, key)
    if not keys.given and not found:
        yield from _nothing(keys)


def _given(keys: Keys, key: Key) -> Iterable[Finding]:
    shown = (key.answer,)
    selector = key.selector
    if key.dangling:
        yield DANGLING(key.name, explains=UNVERIFIED, selector=selector, evidence=shown, **_path(key))
    elif key.answer.unknown:
        return
    elif key.answer.outcome is not Outcome.ANSWERED:
        meant = to_publish(keys, key)
        yield MISSING(key.name, explains=UNVERIFIED, selector=selector, record=meant, evidence=shown)
    elif len(key.texts) > 1:
        listed, count = _listed(key), len(key.texts)
        yield SEVERAL(key.name, explains=UNVERIFIED, selector=selector, count=count, records=listed, evidence=shown)
    elif key.record is None:
        found = key.texts[0] if key.texts else ""
        meant = to_publish(keys, key)
        yield OTHER_RECORD(key.name, explains=UNVERIFIED, selector=selector, found=found, record=meant, evidence=shown)
    elif key.wildcard:
        record = as_published(key.name, key.record.text)
        yield WILDCARD_KEY(key.name, domain=keys.domain, record=record, evidence=(key.answer, keys.control))
    else:
        yield PUBLISHED(key.name, selector=selector, evidence=shown)


def _probed(keys: Keys, key: Key) -> Iterable[Finding]:
    shown = (key.answer,)
    if key.dangling:
        # Where no selector has a key, DKIM was begun and never finished; beside a key, this is a leftover or a spare.
        spare = keys.given or any(other.record and not other.revoked for other in keys.found)
        message = DANGLING_UNUSED if spare else DANGLING
        yield message(key.name, selector=key.selector, evidence=shown, **_path(key))
    elif len(key.texts) > 1:
        yield SEVERAL_UNUSED(
            key.name, selector=key.selector, count=len(key.texts), records=_listed(key), evidence=shown
        )
    elif key.provider:
        yield FOUND_AT_PROVIDER(key.name, selector=key.selector, provider=key.provider, evidence=(*shown, keys.control))
    else:
        yield FOUND(key.name, selector=key.selector, evidence=(*shown, keys.control))


def _path(key: Key) -> dict[str, Any]:
    aliases = key.answer.aliases or (key.name,)
    # `selector1-example-com._domainkey.tenant.example`: whose it is stands behind the selector.
    host = aliases[-1].rpartition("_domainkey.")[2]
    return {"path": " -> ".join(aliases), "service": key.provider or host}


def _listed(key: Key) -> tuple[str, ...]:
    return tuple(as_published(key.name, text) for text in key.texts)


def _nothing(keys: Keys) -> Iterable[Finding]:
    """No selector given, none found: never a failure, and always a way to make it known."""
    domain, asked = keys.domain, [answer for answer in keys.probed if not answer.unknown]
    if keys.wildcard:
        yield WILDCARD(domain, control=keys.control.question.name, evidence=(keys.control,))
        return
    if keys.control.unknown or not asked:
        why = (keys.control if keys.control.unknown else keys.probed[0]).why_unknown
        yield UNASKED(domain, why=why)
        return
    match keys.base.outcome:
        case Outcome.NXDOMAIN:
            message = ABSENT
        case Outcome.NO_DATA | Outcome.ANSWERED:
            message = HIDDEN
        case _:
            message = NOT_FOUND
    yield message(domain, count=len(asked))
    for provider in keys.providers:
        yield from _of_provider(keys, provider)


def _of_provider(keys: Keys, provider: str) -> Iterable[Finding]:
    """What a provider that was recognised calls its selectors, and the records it wants."""
    # Those that cannot be guessed come first: for the others, not finding them says that they are not there.
    own = [one for one in (*UNGUESSABLE, *keys.known) if one.provider == provider and one.confidence != "low"]
    if own:
        names = tuple(one.name for one in own)
        first = as_published(f"{names[0]}._domainkey.{keys.domain}", "v=DKIM1; k=rsa; p=<...>")
        record = delegations(own, keys.domain) or (first,)
        shown = (keys.mx, keys.txt)
        yield AT_PROVIDER(keys.domain, provider=provider, selectors=names[:6], record=record, evidence=shown)


CHECK = Check(
    "dkim.key-published",
    "Each selector that mail is signed with has exactly one key record",
    keys_of,
    judge,
    (
        MISSING,
        DANGLING,
        DANGLING_UNUSED,
        SEVERAL,
        SEVERAL_UNUSED,
        OTHER_RECORD,
        WILDCARD_KEY,
        UNKNOWN,
        PUBLISHED,
        FOUND,
        FOUND_AT_PROVIDER,
        WILDCARD,
        UNASKED,
        NOT_FOUND,
        HIDDEN,
        ABSENT,
        AT_PROVIDER,
        NO_MAIL,
    ),
)
