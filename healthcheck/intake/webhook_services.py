"""Which sending service an object is from, by its keys: each documents its own."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from checks.delivery.meaning import Said
from healthcheck.intake.webhook_clouds import (
    azure,
    emailit,
    is_azure,
    is_emailit,
    is_mailpace,
    is_oracle,
    is_scaleway,
    mailpace,
    netcore,
    oracle,
    scaleway,
    zeptomail,
)
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
from healthcheck.intake.webhook_more import MAILJET, is_sync, mailersend, mailjet, mandrill, resend, smtp2go, sparkpost
from healthcheck.intake.webhook_others import (
    ELASTIC,
    MAILTRAP,
    POSTAL,
    SOCKETLABS,
    customerio,
    elastic,
    iterable,
    loops,
    mailtrap,
    postal,
    socketlabs,
)
from healthcheck.intake.webhooks import Object, list_of, object_of, text_of, unwrapped_json

LARGEST_CARRIED = 4 * 1024 * 1024
"""Characters of an event inside another service's record."""

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
    if value.get("event") == "account_status_change":  # of the account, not of a mail
        return "sg_event_id" in value
    return "event" in value and "email" in value and bool({"sg_event_id", "sg_message_id", "smtp-id"} & set(value))


def _is_postmark(value: Object) -> bool:
    """What it posts, and what it posted before events had a RecordType."""
    return "RecordType" in value or {"Type", "TypeCode", "MessageID", "BouncedAt"} <= value.keys()


def _carried(value: Object) -> Object:
    """What Amazon's services carry: an SNS record of Lambda, a message of SQS, an event of EventBridge, data of Firehose."""
    if isinstance(value.get("Sns"), dict):
        return object_of(value["Sns"])
    if text_of(value.get("source")) == "aws.ses":
        return object_of(value.get("detail"))
    body = value.get("body", value.get("Body"))
    if isinstance(body, str) and body[:1] == "{":
        return object_of(unwrapped_json(body))
    data = value.get("data")
    if len(value) <= 3 and isinstance(data, str) and len(data) < LARGEST_CARRIED:
        try:
            return object_of(unwrapped_json(b64decode(data).decode("utf-8", "replace")))
        except ValueError:
            return {}
    return {}


def _is_carried(value: Object) -> bool:
    inner = _carried(value)
    return is_ses(inner) or ("Message" in inner and is_ses(object_of(unwrapped_json(inner["Message"]))))


def _ses_carried(value: Object) -> list[Said]:
    inner = _carried(value)
    return ses(inner) if is_ses(inner) else ses_notification(inner)


def _is_mailtrap(value: Object) -> bool:
    word = text_of(value.get("event")).lower().replace("_", " ")
    return word in MAILTRAP and "email" in value and ("sending_stream" in value or "sending_domain_name" in value)


def _is_elastic(value: Object) -> bool:
    known = text_of(value.get("status")).lower() in ELASTIC
    return known and {"to", "transaction"} <= value.keys() and bool({"category", "channel", "account"} & value.keys())


def _is_socketlabs(value: Object) -> bool:
    return text_of(value.get("Type")).lower() in SOCKETLABS and bool({"ServerId", "MailingId"} & value.keys())


SERVICES: tuple[tuple[str, Callable[[Object], bool], Maker], ...] = (
    ("ses", _keys("Type", "Message", "TopicArn"), ses_notification),
    ("ses", _keys("Type", "Message", "MessageId"), ses_notification),
    ("ses", is_ses, ses),
    ("ses", _is_carried, _ses_carried),
    ("sparkpost", _keys("msys"), sparkpost),
    ("postmark", _is_postmark, postmark),
    (
        "mandrill",
        lambda value: (
            "mandrill_events" in value or ("event" in value and isinstance(value.get("msg"), dict)) or is_sync(value)
        ),
        mandrill,
    ),
    ("sendgrid", _is_sendgrid, sendgrid),
    ("azure", is_azure, azure),
    ("oracle", is_oracle, oracle),
    ("scaleway", is_scaleway, scaleway),
    ("emailit", is_emailit, emailit),
    ("resend", _typed("email.", ""), resend),
    ("mailersend", _typed("activity.", "email"), mailersend),
    ("mailjet", _is_mailjet, mailjet),
    (
        "smtp2go",
        lambda value: {"event", "email_id"} <= value.keys() and bool({"rcpt", "recipients"} & value.keys()),
        smtp2go,
    ),
    ("mailtrap", _is_mailtrap, mailtrap),
    ("socketlabs", _is_socketlabs, socketlabs),
    ("elasticemail", _is_elastic, elastic),
    ("postal", lambda value: text_of(value.get("event")) in POSTAL and isinstance(value.get("payload"), dict), postal),
    ("loops", lambda value: text_of(value.get("eventName")).startswith("email.") and "contactIdentity" in value, loops),
    ("mailpace", is_mailpace, mailpace),
    ("zeptomail", _keys("event_name", "event_message"), zeptomail),
    ("netcore", _keys("TRANSID", "EMAIL", "EVENT"), netcore),
    ("customerio", _keys("metric", "object_type", "data"), customerio),
    ("iterable", lambda value: text_of(value.get("eventName")).startswith("email") and "dataFields" in value, iterable),
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
