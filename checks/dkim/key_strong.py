"""Every DKIM key is long enough to be trusted and not too long to be verified.

Whoever factors an RSA key signs in its owner's name: 512 bits take an afternoon. Receivers treat a signature by less than
1,024 bits as none; 2,048 bits are what everybody should use. Above 4,096 bits nobody has to verify. Ed25519 keys are
short and strong, and not every receiver knows them, so they go beside an RSA key and not in its place.
"""

from collections.abc import Iterable

from checks.dkim.keys import Key, Keys, keys_of
from checks.dkim.record import LEAST_BITS
from checks.dkim.refusals import NOT_ACCEPTED
from checks.dkim.remedy import THE_KEY
from checks.dkim.unseen import no_key, unknown, unseen
from checks.model import Check, Finding, Message, Severity
from checks.records import as_published

ID = "dkim.key-strong"
SIZES = "RFC 8301 section 3.2"
GOOGLE = "support.google.com/mail/answer/81126 (2026-06-18)"
GOOD, MOST = 2048, 4096
"""Bits of an RSA key: GOOD are recommended, more than MOST need not be verified."""

NEW_KEY = (
    "Make a new RSA key of 2048 bits in your signer or sending service, publish it under a selector that is not in use yet, "
    "switch signing to it, and revoke the old key a week later, when no signed mail is on its way any more:\n{record}"
)

WEAK = Message(
    f"{ID}.weak",
    Severity.ERROR,
    "the key at {about} is an RSA key of {bits} bits: receivers take mail signed with it as unsigned, and the key can be broken",
    NEW_KEY,
    (SIZES, GOOGLE),
)
WEAK_UNUSED = Message(
    f"{ID}.weak-unused",
    Severity.WARNING,
    "the key at {about}, which was found by trying usual names, is an RSA key of {bits} bits: who breaks it can try to sign "
    "for you, and receivers take mail signed with it as unsigned",
    "If mail is signed with {selector}: make a new RSA key of 2048 bits under a new selector. If not, revoke the key:\n{revoked}",
    (SIZES,),
)
SHORT = Message(
    f"{ID}.short",
    Severity.WARNING,
    "the key at {about} is an RSA key of {bits} bits: accepted today, and shorter than the 2048 that are recommended",
    NEW_KEY,
    (SIZES, GOOGLE),
)
LONG = Message(
    f"{ID}.long",
    Severity.WARNING,
    "the key at {about} is an RSA key of {bits} bits: receivers need not verify more than 4096, and some do not",
    NEW_KEY,
    (SIZES,),
)
ED25519_ONLY = Message(
    f"{ID}.ed25519-only",
    Severity.NOTICE,
    "all keys known of {about} are Ed25519 keys, which not every receiver can verify",
    "Sign twice: with an RSA key of 2048 bits under a selector of its own as well.\n{record}",
    ("RFC 8463 section 3", "RFC 8301 section 3.1"),
)
STRONG = Message(
    f"{ID}.strong",
    Severity.INFO,
    "the key at {about} is strong: {key_type}, {bits} bits",
    references=(SIZES,),
)
UNKNOWN = unknown(ID)
NO_KEY = no_key(ID)


def judge(keys: Keys) -> Iterable[Finding]:
    """Judge the size of every key that can be read."""
    readable = [key for key in keys.judged if key.record and key.record.bits]
    sizes = [_sized(keys, key) for key in readable if key.given or not keys.given or not _is_good(key)]
    findings = [*unseen(keys, UNKNOWN), *sizes]
    used = [key for key in readable if key.given or not keys.given]
    if used and all(key.record and key.record.key_type == "ed25519" for key in used):
        shown = tuple(key.answer for key in used)
        findings.append(ED25519_ONLY(keys.domain, record=_new_key(keys), evidence=shown))
    yield from findings or [NO_KEY(keys.domain)]


def _is_good(key: Key) -> bool:
    # A key that nobody is said to sign with can give a warning; the check passes by the others.
    return key.record is None or key.record.key_type != "rsa" or GOOD <= key.record.bits <= MOST


def _sized(keys: Keys, key: Key) -> Finding:
    assert key.record is not None
    bits, key_type, shown = key.record.bits, key.record.key_type, (key.answer,)
    if _is_good(key):
        return STRONG(key.name, bits=bits, key_type=key_type, evidence=shown)
    if bits < LEAST_BITS and not key.given:
        revoked = as_published(key.name, "v=DKIM1; p=")
        return WEAK_UNUSED(key.name, bits=bits, selector=key.selector, revoked=revoked, evidence=shown)
    message = WEAK if bits < LEAST_BITS else SHORT if bits < GOOD else LONG
    refused = NOT_ACCEPTED if message is WEAK else ()
    return message(key.name, explains=refused, bits=bits, record=_new_key(keys), evidence=shown)


def _new_key(keys: Keys) -> str:
    return as_published(f"<new selector>._domainkey.{keys.domain}", f"v=DKIM1; k=rsa; p={THE_KEY}")


CHECK = Check(
    ID,
    "Every DKIM key is of a size that receivers trust",
    keys_of,
    judge,
    (WEAK, WEAK_UNUSED, SHORT, LONG, ED25519_ONLY, STRONG, UNKNOWN, NO_KEY),
)
