"""What the checks of a DKIM key say where there is no key to judge, or where one could not be seen."""

from collections.abc import Iterable

from checks.dkim.keys import Keys
from checks.model import Basis, Finding, Message, Severity
from checks.unseen import again


def no_key(check_id: str) -> Message:
    """The message of a check that has no key to judge; dkim.key-published says what is known."""
    return Message(
        f"{check_id}.no-key",
        Severity.INFO,
        "no DKIM key of {about} is known that could be judged",
        references=("RFC 6376 section 3.6.1",),
        basis=Basis.NOT_APPLICABLE,
    )


def unknown(check_id: str) -> Message:
    """The message of a check that did not get to see a key that mail is signed with."""
    return Message(
        f"{check_id}.unknown",
        Severity.WARNING,
        "the key at {about} could not be judged: the name could not be asked for ({why})",
        again("{about}", "receivers meet the same failure and cannot verify the signature."),
        ("RFC 6376 section 6.1.2",),
        Basis.UNDETERMINED,
    )


def unseen(keys: Keys, message: Message) -> Iterable[Finding]:
    """What could not be seen of the keys that mail is signed with."""
    for key in keys.given:
        if key.answer.unknown and not key.answer.loops:
            yield message(key.name, why=key.answer.why_unknown, evidence=(key.answer,))
