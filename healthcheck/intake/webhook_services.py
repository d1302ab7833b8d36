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


SERVICES: tuple[tuple[str, Callable[[Object], bool], Maker], ...] = (
    ("ses", is_ses, ses),
    ("ses", _is_topic, ses_notification),
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
    ("alibaba", is_alibaba, alibaba),
    ("oracle", is_oracle, oracle),
    ("scaleway", is_scaleway, scaleway),
    ("emailit", is_emailit, emailit),
    ("resend", _is_resend, resend),
    ("mailersend", _is_mailersend, mailersend),
    ("ahasend", is_ahasend, ahasend),
    ("sweego", is_sweego, sweego),
    ("mailomat", is_mailomat, mailomat),
    ("maileroo", is_maileroo, maileroo),
    ("unione", is_unione, unione),
    ("tencent", is_tencent, tencent),
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
    ("loops", is_loops, loops),
    ("greenarrow", is_greenarrow, greenarrow),
    ("mailpace", is_mailpace, mailpace),
    ("zeptomail", _keys("event_name", "event_message"), zeptomail),
    ("netcore", _keys("TRANSID", "EMAIL", "EVENT"), netcore),
    ("customerio", is_customerio, customerio),
    ("iterable", lambda value: text_of(value.get("eventName")).startswith("email") and "dataFields" in value, iterable),
    ("klaviyo", is_klaviyo, klaviyo),
    ("salesforce", is_salesforce, salesforce),
    ("agentmail", is_agentmail, agentmail),
    ("emailengine", is_emailengine, emailengine),
    ("smtpcom", is_smtpcom, smtpcom),
    ("mailchannels", is_mailchannels, mailchannels),
    ("lettermint", is_lettermint, lettermint),
    ("infobip", is_infobip, infobip),
    ("turbosmtp", is_turbosmtp, turbosmtp),
    ("copernica", is_copernica, copernica),
    ("sendpulse", is_sendpulse, sendpulse),
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
