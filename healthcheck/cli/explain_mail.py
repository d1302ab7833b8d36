"""A mail given to `healthcheck explain`: one answer a recipient of the bounce, or what else the mail is."""

import msgspec

from checks.delivery.meaning import Said
from checks.replies.bounced import Returned, explain_bounce
from checks.replies.explain import explain
from checks.replies.explanation import Explanation
from healthcheck.cli.explain_given import Given
from healthcheck.cli.options import BadOption
from healthcheck.intake.mails.bounce import Bounce, ReturnedMessage, read_bounce, returned_message
from healthcheck.intake.mails.reporting import posted

_NOT_A_REPORT = (
    "This mail is not a report: no mail system wrote it about another mail. Its words are read as a reply all the same."
)


def explained_mail(data: bytes) -> tuple[Explanation, ...]:
    """What a mail reports, one answer a recipient; never empty."""
    mail = read_bounce(data)
    return _reported(mail) or (_no_report(mail),)


def explained_mails(given: Given) -> tuple[Explanation, ...]:
    """What the mails of a mailbox report, in order; those that report nothing are passed over. BadOption where all do."""
    found = tuple(one for data in given.mails for one in _reported(read_bounce(data)))
    if not found:
        raise BadOption(
            f"none of the {len(given.mails)} mails in {given.name} is a report: give one mail to read it all the same"
        )
    return found


def returned_by(given: Given) -> tuple[ReturnedMessage, ...]:
    """The messages that came back with the reports, in order."""
    found = (returned_message(read_bounce(data)) for data in given.mails)
    return tuple(one for one in found if one is not None)


def _reported(mail: Bounce) -> tuple[Explanation, ...]:
    told = tuple(map(_of_service, posted(mail.words))) if mail.form == "posted" else mail.told
    return tuple(map(explain_bounce, told))


def _of_service(said: Said) -> Returned:
    action = {"bounced": "failed", "deferred": "delayed", "delivered": "delivered"}.get(said.kind, "")
    return Returned(said.recipient, said.text, action, said.status, said.host, kind=said.kind, time=said.time)


def _no_report(mail: Bounce) -> Explanation:
    found = explain(mail.words or " ")
    return msgspec.structs.replace(found, notes=(_NOT_A_REPORT, *found.notes))
