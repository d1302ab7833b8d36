"""What a bounce says about one recipient, explained: the reply in it, the status field where the reply has no code."""

import re
from functools import lru_cache

import msgspec

from checks.replies.catalogue import Source, catalogue
from checks.replies.classify import classify
from checks.replies.explanation import DecidedBy, Explanation, explanation_of
from checks.replies.parse import Reply, parse_reply


class _Report(msgspec.Struct, frozen=True):
    """What a report that tells of no refusal means. `suspects` as in the explanations of replies."""

    title: str
    meaning: str
    action: str
    source: Source
    suppress: str = "no"
    who_acts: str = "sender"
    category: str = "accepted"  # the mail arrived, and permanence is null for nothing else
    suspects: tuple[str, ...] = ()


def _rfc(number: int, title: str) -> Source:
    return Source(f"RFC {number}: {title}", f"https://www.rfc-editor.org/rfc/rfc{number}", "2026-11-22")


_ARF = _rfc(5965, "An Extensible Format for Email Feedback Reports")
_NO_FAILURE = {
    "complained": _Report(
        "A recipient called the mail spam",
        "This is a feedback report: the mail arrived, and its reader pressed the spam button. No server refused anything.",
        "Take the address off every list of yours, and send no more to it. Where complaints pass 0.1 % of the mail, look at how "
        "addresses come onto the list.",
        _ARF,
        suppress="this_sender",
    ),
    "unsubscribed": _Report(
        "A recipient wants no more of this mail",
        "The reader, or their mail program for them, asks to be taken off the list. No server refused anything.",
        "Take the address off this list.",
        _rfc(2369, "The Use of URLs as Meta-Syntax for Core Mail List Commands"),
        suppress="this_sender",
    ),
    "autoreplied": _Report(
        "An automatic answer: the mail arrived",
        "A program answered for the reader, with a note of absence or a question back. Nothing failed.",
        "Do nothing, and keep the address. Where the answer asks the sender to confirm something, a person has to decide.",
        _rfc(3834, "Recommendations for Automatic Responses to Electronic Mail"),
        who_acts="nobody",
    ),
    "auth-failure": _Report(
        "A receiver saw mail in your name fail authentication",
        "This is a report of one message that failed SPF, DKIM or DMARC. It may be yours, or forged; it says nothing of whether "
        "the message was refused.",
        "Look at the message that is attached: if it is yours, healthcheck domain DOMAIN shows what is wrong and what to publish.",
        _rfc(6591, "Authentication Failure Reporting Using the Abuse Reporting Format"),
        category="auth_failed",
        suspects=("spf", "dkim", "dmarc"),
    ),
    "not-spam": _Report(
        "A recipient called the mail no spam",
        "This is a feedback report: the mail had been put with the spam, and its reader took it out.",
        "Do nothing.",
        _rfc(6430, "Email Feedback Report Type Value: not-spam"),
        who_acts="nobody",
    ),
    "other": _Report(
        "A receipt: the mail arrived",
        "The reader's mail program tells what it did with the mail: shown, deleted, passed on. Nothing failed.",
        "Do nothing.",
        _rfc(8098, "Message Disposition Notification"),
        who_acts="nobody",
    ),
}
"""Reports in which nothing was refused, by the type of a feedback report or the kind of the event."""
_EXIT_CODE = re.compile(r"\s*x-unix\s*;\s*\d{1,3}\s*$", re.IGNORECASE)
_DONE = frozenset({"delivered", "relayed", "expanded"})


class Returned(msgspec.Struct, frozen=True):
    """What a bounce says about one recipient. `said` is the diagnostic, `action` and `status` are the fields of RFC 3464.

    `host` is the server that said it; `around` are the words for people, read where the diagnostic says nothing. `kind` is
    that of the event it makes (checks.delivery.events); `time` as it is written there.
    """

    recipient: str | None
    said: str
    action: str = ""
    status: str | None = None
    host: str | None = None
    around: str = ""
    kind: str = "bounced"
    time: str | None = None


def explain_bounce(one: Returned) -> Explanation:
    """Explain what a bounce, or another report, says about one recipient."""
    # One bounce may tell the same of a thousand recipients.
    return msgspec.structs.replace(_explained(msgspec.structs.replace(one, recipient=None)), recipient=one.recipient)


@lru_cache(maxsize=64)
def _explained(one: Returned) -> Explanation:
    if one.kind in _NO_FAILURE and one.action not in _DONE and not one.status:
        return _no_failure(one)
    said, action, status, host = one.said, one.action, one.status, one.host
    around = "" if action in _DONE else one.around
    reply = parse_reply("" if _EXIT_CODE.match(said) else said)
    if action == "failed" and reply.digit in ("2", "3"):
        reply = msgspec.structs.replace(reply, basic=None, enhanced=None)
    told = parse_reply(around)
    if reply.basic is None and told.basic is not None and not _speaks(reply):
        reply = told
    elif told.phase and reply.phase is None and told.basic == reply.basic:
        reply = msgspec.structs.replace(reply, phase=told.phase, host=reply.host or told.host)
    if reply.enhanced is None and reply.basic is not None and told.basic == reply.basic:
        # qmail's own stands behind the quotation: (#5.1.1)
        reply = msgspec.structs.replace(reply, enhanced=told.enhanced)
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
    if found.enhanced is None and status and found.category != "accepted":
        # What the field says beside the code, also where it says no more than the class (5.0.0) and decided nothing.
        found = msgspec.structs.replace(found, enhanced=status)
    return msgspec.structs.replace(found, form="dsn", notes=notes)


def _no_failure(one: Returned) -> Explanation:
    word = "auth-failure" if one.said == "dmarc" else one.said
    about = _NO_FAILURE[word if word in _NO_FAILURE else one.kind]
    reply = Reply()
    found = explanation_of(one.said, reply, classify(reply), None, None)
    return msgspec.structs.replace(
        found,
        form="dsn",
        category=about.category,
        permanence=None,
        retry="no",
        wait_s=None,
        suppress=about.suppress,
        who_acts=about.who_acts,
        title=about.title,
        meaning=about.meaning,
        action=about.action,
        decided_by=DecidedBy("text", found.input[:200] or one.kind, None),
        ambiguous=False,
        suspects=about.suspects,
        sources=(about.source,),
        notes=(),
    )


def _speaks(reply: Reply) -> bool:
    """True where a diagnostic without a code still says something that a rule knows."""
    decision = classify(reply)
    return decision.reading.rule is not None


def _with_status(reply: Reply, status: str | None) -> Reply:
    """The status field stands in for an enhanced code that the reply lacks, or has as X.0.0, unless it says nothing either or
    contradicts it."""
    if not status or status[0] == "2":
        return reply
    if reply.basic is None and reply.enhanced is None:
        return msgspec.structs.replace(reply, enhanced=status, from_dsn=True)
    if (
        (reply.enhanced is None or reply.enhanced == f"{status[0]}.0.0")
        and reply.basic is not None
        and reply.basic[0] == status[0]
        and status[2:] in catalogue().enhanced
        and status[2:] != "0.0"
    ):
        return msgspec.structs.replace(reply, enhanced=status)
    return reply
