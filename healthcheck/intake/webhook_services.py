"""Which sending service an object is from, by its keys: each documents its own."""

from collections.abc import Callable
from typing import Any

from checks.delivery.meaning import Said
from healthcheck.intake.webhook_forms import (
    BREVO,
    MAILGUN,
    brevo,
    is_ses,
    mailgun,
    postmark,
    sendgrid,
    ses,
    ses_notification,
)
from healthcheck.intake.webhook_more import MAILJET, mailersend, mailjet, mandrill, resend, smtp2go, sparkpost
from healthcheck.intake.webhooks import Object, list_of, text_of

Maker = Callable[[Object], list[Said]]


def _keys(*names: str) -> Callable[[Object], bool]:
    return lambda value: all(name in value for name in names)


def _typed(prefix: str, key: str) -> Callable[[Object], bool]:
    def is_own(value: Object) -> bool:
        data: Any = value.get("data")
        if not text_of(value.get("type")).startswith(prefix):
            return False
        return key in data if isinstance(data, dict) and key else not key and (data is None or isinstance(data, dict))

    return is_own


def _is_mailgun(value: Object) -> bool:
    words = list_of(value.get("event"))
    old = bool(words) and (text_of(words[0]) in MAILGUN or words[0] == "failed")
    signed = "token" in value and "signature" in value
    return isinstance(value.get("event-data"), dict) or (
        old and (signed or ("recipient" in value and "timestamp" in value))
    )


def _is_brevo(value: Object) -> bool:
    return (
        text_of(value.get("event")) in BREVO
        and "email" in value
        and not {"sg_event_id", "MessageID", "Message_GUID"} & set(value)
    )


def _is_mailjet(value: Object) -> bool:
    return (
        text_of(value.get("event")) in MAILJET
        and "email" in value
        and bool({"MessageID", "Message_GUID", "mj_campaign_id"} & set(value))
    )


def _is_sendgrid(value: Object) -> bool:
    return "event" in value and "email" in value and bool({"sg_event_id", "sg_message_id", "smtp-id"} & set(value))


SERVICES: tuple[tuple[str, Callable[[Object], bool], Maker], ...] = (
    ("ses", _keys("Type", "Message", "TopicArn"), ses_notification),
    ("ses", _keys("Type", "Message", "MessageId"), ses_notification),
    ("ses", is_ses, ses),
    ("sparkpost", _keys("msys"), sparkpost),
    ("postmark", _keys("RecordType"), postmark),
    (
        "mandrill",
        lambda value: "mandrill_events" in value or ("event" in value and isinstance(value.get("msg"), dict)),
        mandrill,
    ),
    ("sendgrid", _is_sendgrid, sendgrid),
    ("resend", _typed("email.", ""), resend),
    ("mailersend", _typed("activity.", "email"), mailersend),
    ("mailjet", _is_mailjet, mailjet),
    ("smtp2go", _keys("event", "rcpt", "email_id"), smtp2go),
    ("mailgun", _is_mailgun, mailgun),
    ("brevo", _is_brevo, brevo),
)
"""The services in the order in which an object is tried: those with keys that nobody else has come first."""


def webhook_events(value: Object) -> tuple[str, list[Said]] | None:
    """The service an object is from and its events; None for an object of no service that is known."""
    for name, is_own, make in SERVICES:
        if is_own(value):
            return name, make(value)
    return None
