"""Mails that report, as events: each recipient of a bounce, a complaint, the answer of a machine. Read in `bounce`."""

import json

from checks.delivery.meaning import Said
from checks.replies.bounced import Returned, explain_bounce
from healthcheck.intake.jsonlog import json_events
from healthcheck.intake.mails.bounce import Bounce, read_bounce


def read_mail(raw: bytes) -> tuple[list[Said], str]:
    """The events of one mail; where there are none, why."""
    mail = read_bounce(raw)
    events = posted(mail.words) if mail.form == "posted" else [_event(mail, one) for one in mail.told]
    for number, said in enumerate(events, start=1):
        said.time = said.time or mail.date
        said.message_id = said.message_id or mail.message_id
        said.sender = said.sender if said.sender is not None else mail.sender
        said.part = number if len(events) > 1 else None
    return events, "" if events else "not a report"


def _event(mail: Bounce, one: Returned) -> Said:
    if one.kind not in ("bounced", "deferred"):
        said = one.said if mail.form == "dsn" else ""
        return Said(
            one.kind, mail.form, recipient=one.recipient, text=said, status=one.status, host=one.host, time=one.time
        )
    # What the whole report says stands in where the reply alone decides nothing.
    explained = explain_bounce(one)
    return Said(
        one.kind,
        mail.form,
        recipient=one.recipient,
        text=one.said,
        status=one.status or explained.enhanced,
        host=one.host or explained.host,
        time=one.time,
        permanence="permanent" if one.kind == "bounced" else None,
        category=explained.category,
    )


def posted(words: str) -> list[Said]:
    """The events in a mail that carries a service's JSON, as SNS sends it to an address."""
    at = words.find('{"notificationType"')
    if at < 0:
        return []
    # Servers that fold a line which is too long put "!" and a line end into it.
    words = words.replace("!\n ", "")
    try:
        value, _ = json.JSONDecoder().raw_decode(words, at)
    except (ValueError, RecursionError):
        return []
    found = json_events(value) if isinstance(value, dict) else None
    return found[1] if found else []


__all__ = ["posted", "read_mail"]
