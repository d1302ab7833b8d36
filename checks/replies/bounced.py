"""What a bounce says about one recipient, explained: the reply in it, the status field where the reply has no code."""

import re

import msgspec

from checks.replies.catalogue import catalogue
from checks.replies.classify import classify
from checks.replies.explanation import Explanation, explanation_of
from checks.replies.parse import Reply, parse_reply

_EXIT_CODE = re.compile(r"\s*x-unix\s*;\s*\d{1,3}\s*$", re.IGNORECASE)
_DONE = frozenset({"delivered", "relayed", "expanded"})


class Returned(msgspec.Struct, frozen=True):
    """What a bounce says about one recipient. `said` is the diagnostic, `action` and `status` are the fields of RFC 3464.

    `host` is the server that said it; `around` are the words for people, read where the diagnostic says nothing.
    """

    recipient: str | None
    said: str
    action: str = ""
    status: str | None = None
    host: str | None = None
    around: str = ""


def explain_bounce(one: Returned) -> Explanation:
    """Explain what a bounce says about one recipient."""
    said, action, status, host = one.said, one.action, one.status, one.host
    around = "" if action in _DONE else one.around
    reply = parse_reply("" if _EXIT_CODE.match(said) else said)
    if action == "failed" and reply.digit in ("2", "3"):
        reply = msgspec.structs.replace(reply, basic=None, enhanced=None)
    if reply.basic is None and (told := parse_reply(around)).basic is not None and not _speaks(reply):
        reply = told
    reply = _with_status(reply, status)
    if around and not reply.context:
        reply = msgspec.structs.replace(reply, context=" ".join(around.split())[:600])
    if action in _DONE and reply.digit not in ("4", "5"):
        reply = Reply("250", status if status and status[0] == "2" else None, reply.text, reply.raw, host=reply.host)
    decision = classify(reply, None, host)
    found = explanation_of(said or around, reply, decision, None, host)
    notes = found.notes
    if action == "delayed" and found.category != "accepted":
        notes = (*notes, "The mail is still being tried; this is a notice of delay.")
    return msgspec.structs.replace(found, form="dsn", recipient=one.recipient, notes=notes)


def _speaks(reply: Reply) -> bool:
    """True where a diagnostic without a code still says something that a rule knows."""
    decision = classify(reply)
    return decision.reading.rule is not None


def _with_status(reply: Reply, status: str | None) -> Reply:
    """The status field stands in for an enhanced code that the reply lacks, unless it says nothing or contradicts it."""
    if not status or status[0] == "2":
        return reply
    if reply.basic is None and reply.enhanced is None:
        return msgspec.structs.replace(reply, enhanced=status, from_dsn=True)
    if (
        reply.enhanced is None
        and reply.basic is not None
        and reply.basic[0] == status[0]
        and status[2:] in catalogue().enhanced
        and status[2:] != "0.0"
    ):
        return msgspec.structs.replace(reply, enhanced=status)
    return reply
