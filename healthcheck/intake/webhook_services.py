"""Which sending service an object is from, by its keys: each documents its own."""

from collections.abc import Callable

from checks.delivery.meaning import Said
from healthcheck.intake.webhook_clouds import (
    alibaba,
    azure,
    emailit,
    is_alibaba,
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
    mailgun,
    postmark,
    sendgrid,
)
from healthcheck.intake.webhook_more import MAILJET, is_sync, mailersend, mailjet, mandrill, resend, smtp2go, sparkpost
from healthcheck.intake.webhook_newer import (
    ahasend,
    is_ahasend,
    is_maileroo,
    is_mailomat,
    is_sweego,
    is_tencent,
    is_unione,
    maileroo,
    mailomat,
    sweego,
    tencent,
    unione,
)
from healthcheck.intake.webhook_others import (
    ELASTIC,
    MAILTRAP,
    POSTAL,
    SOCKETLABS,
    customerio,
    elastic,
    greenarrow,
    is_customerio,
    is_greenarrow,
    is_loops,
    iterable,
    loops,
    mailtrap,
    postal,
    socketlabs,
)
from healthcheck.intake.webhook_platforms import (
    agentmail,
    emailengine,
    is_agentmail,
    is_emailengine,
    is_klaviyo,
    is_salesforce,
    klaviyo,
    salesforce,
)
from healthcheck.intake.webhook_relays import (
    copernica,
    infobip,
    is_copernica,
    is_infobip,
    is_lettermint,
    is_mailchannels,
    is_sendpulse,
    is_smtpcom,
    is_turbosmtp,
    lettermint,
    mailchannels,
    sendpulse,
    smtpcom,
    turbosmtp,
)
from healthcheck.intake.webhook_ses import is_ses, ses, ses_notification
from healthcheck.intake.webhooks import Object, list_of, object_of, text_of, unwrapped_json

Maker = Callable[[Object], list[Said]]


def _keys(*names: str) -> Callable[[Object], bool]:
    return lambda value: all(name in value for name in names)


def _is_resend(value: Object) -> bool:
    kind, data = text_of(value.get("type")), value.get("data")
    if kind.startswith(("contact.", "domain.")):  # of no mail, and no other service's
        return "created_at" in value and isinstance(data, dict) and "id" in data
    return kind.startswith("email.") and isinstance(data, dict | None)


def _is_mailersend(value: Object) -> bool:
    data = object_of(value.get("data"))
    return text_of(value.get("type")).startswith("activity.") and bool({"email", "recipient"} & data.keys())


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
    is_bounce, is_inbound = {"TypeCode", "MessageID", "BouncedAt"}, {"FromFull", "MessageID", "OriginalRecipient"}
    return "RecordType" in value or is_bounce <= value.keys() or is_inbound <= value.keys()


def _is_topic(value: Object) -> bool:
    """True for what a topic of SNS says of SES, or of itself."""
    if "TopicArn" not in value or "Type" not in value or "Message" not in value:
        return False
    inner = unwrapped_json(value["Message"])
    return not isinstance(inner, dict | list) or (isinstance(inner, dict) and is_ses(inner))


def _is_mailtrap(value: Object) -> bool:
    word = text_of(value.get("event")).lower().replace("_", " ")
    return word in MAILTRAP and {"email", "event_id", "message_id"} <= value.keys()


def _is_elastic(value: Object) -> bool:
    known = text_of(value.get("status")).lower() in ELASTIC
    return known and {"to", "transaction"} <= value.keys() and bool({"category", "channel", "account"} & value.keys())


def _is_socketlabs(value: Object) -> bool:
    return text_of(value.get("Type")).lower() in SOCKETLABS and bool({"ServerId", "MailingId"} & value.keys())


SERVICES: tuple[tuple[str, tuple[str, ...], Callable[[Object], bool], Maker], ...] = (
    ("ses", ("notificationType", "eventType"), is_ses, ses),
    ("ses", ("TopicArn",), _is_topic, ses_notification),
    ("sparkpost", ("msys",), _keys("msys"), sparkpost),
    ("postmark", ("RecordType", "MessageID"), _is_postmark, postmark),
    (
        "mandrill",
        ("mandrill_events", "msg", "reject", "entry"),
        lambda value: (
            "mandrill_events" in value or ("event" in value and isinstance(value.get("msg"), dict)) or is_sync(value)
        ),
        mandrill,
    ),
    ("sendgrid", ("sg_event_id", "sg_message_id", "smtp-id"), _is_sendgrid, sendgrid),
    ("azure", ("data",), is_azure, azure),
    ("alibaba", ("data",), is_alibaba, alibaba),
    ("oracle", ("logContent", "type"), is_oracle, oracle),
    ("scaleway", ("email_id", "domain_id", "project_id"), is_scaleway, scaleway),
    ("emailit", ("event_id",), is_emailit, emailit),
    ("resend", ("type",), _is_resend, resend),
    ("mailersend", ("data",), _is_mailersend, mailersend),
    ("ahasend", ("data",), is_ahasend, ahasend),
    ("sweego", ("swg_uid",), is_sweego, sweego),
    ("mailomat", ("messageUuid",), is_mailomat, mailomat),
    ("maileroo", ("message_reference_id",), is_maileroo, maileroo),
    ("unione", ("events_by_user", "records_by_user"), is_unione, unione),
    ("tencent", ("bulkId", "bulkid"), is_tencent, tencent),
    ("mailjet", ("MessageID", "Message_GUID", "mj_campaign_id"), _is_mailjet, mailjet),
    (
        "smtp2go",
        ("email_id",),
        lambda value: {"event", "email_id"} <= value.keys() and bool({"rcpt", "recipients"} & value.keys()),
        smtp2go,
    ),
    ("mailtrap", ("message_id",), _is_mailtrap, mailtrap),
    ("socketlabs", ("ServerId", "MailingId"), _is_socketlabs, socketlabs),
    ("elasticemail", ("transaction",), _is_elastic, elastic),
    (
        "postal",
        ("payload",),
        lambda value: text_of(value.get("event")) in POSTAL and isinstance(value.get("payload"), dict),
        postal,
    ),
    ("loops", ("contactIdentity", "webhookSchemaVersion"), is_loops, loops),
    ("greenarrow", ("click_tracking_id",), is_greenarrow, greenarrow),
    ("mailpace", ("payload",), is_mailpace, mailpace),
    ("zeptomail", ("event_message",), _keys("event_name", "event_message"), zeptomail),
    ("netcore", ("TRANSID",), _keys("TRANSID", "EMAIL", "EVENT"), netcore),
    ("customerio", ("metric", "event_type"), is_customerio, customerio),
    (
        "iterable",
        ("dataFields",),
        lambda value: text_of(value.get("eventName")).startswith("email") and "dataFields" in value,
        iterable,
    ),
    ("klaviyo", ("external_id",), is_klaviyo, klaviyo),
    ("salesforce", ("eventCategoryType",), is_salesforce, salesforce),
    ("agentmail", ("event_type",), is_agentmail, agentmail),
    ("emailengine", ("account",), is_emailengine, emailengine),
    ("smtpcom", ("tracking_id",), is_smtpcom, smtpcom),
    ("mailchannels", ("customer_handle",), is_mailchannels, mailchannels),
    ("lettermint", ("data",), is_lettermint, lettermint),
    ("infobip", ("messageId",), is_infobip, infobip),
    ("turbosmtp", ("mid",), is_turbosmtp, turbosmtp),
    ("copernica", ("extended",), is_copernica, copernica),
    ("sendpulse", ("event",), is_sendpulse, sendpulse),
    ("mailgun", ("event-data", "event"), _is_mailgun, mailgun),
    ("brevo", ("event",), _is_brevo, brevo),
)
"""The services in the order in which an object is tried: those with keys that nobody else has come first.

Beside each name: keys one of which is in every object of that service, so that nobody else's is looked at for it.
"""
_PLACES: dict[str, tuple[int, ...]] = {
    key: tuple(place for place, row in enumerate(SERVICES) if key in row[1])
    for _, keys, _, _ in SERVICES
    for key in keys
}
"""Such a key -> where the services stand to which it may lead."""


def webhook_events(value: Object) -> tuple[str, list[Said]] | None:
    """The service an object is from and its events; None for an object of no service that is known."""
    told = _PLACES.keys() & value.keys()
    for place in sorted({place for key in told for place in _PLACES[key]}) if told else ():
        name, _, is_own, make = SERVICES[place]
        if is_own(value):
            return name, make(value)
    return None
