"""Which sending service an object is from, by its keys: each documents its own."""

from collections.abc import Callable

from checks.delivery.meaning import Said
from healthcheck.intake.services.agentmail import agentmail, is_agentmail
from healthcheck.intake.services.ahasend import ahasend, is_ahasend
from healthcheck.intake.services.alibaba import alibaba, is_alibaba
from healthcheck.intake.services.amazon_ses import is_ses, is_topic, ses, ses_notification
from healthcheck.intake.services.azure import azure, is_azure
from healthcheck.intake.services.brevo import brevo, is_brevo
from healthcheck.intake.services.copernica import copernica, is_copernica
from healthcheck.intake.services.customerio import customerio, is_customerio
from healthcheck.intake.services.elasticemail import elastic, is_elastic
from healthcheck.intake.services.emailengine import emailengine, is_emailengine
from healthcheck.intake.services.emailit import emailit, is_emailit
from healthcheck.intake.services.greenarrow import greenarrow, is_greenarrow
from healthcheck.intake.services.infobip import infobip, is_infobip
from healthcheck.intake.services.iterable import iterable
from healthcheck.intake.services.klaviyo import is_klaviyo, klaviyo
from healthcheck.intake.services.lettermint import is_lettermint, lettermint
from healthcheck.intake.services.loops import is_loops, loops
from healthcheck.intake.services.mailchannels import is_mailchannels, mailchannels
from healthcheck.intake.services.maileroo import is_maileroo, maileroo
from healthcheck.intake.services.mailersend import is_mailersend, mailersend
from healthcheck.intake.services.mailgun import is_mailgun, mailgun
from healthcheck.intake.services.mailjet import is_mailjet, mailjet
from healthcheck.intake.services.mailomat import is_mailomat, mailomat
from healthcheck.intake.services.mailpace import is_mailpace, mailpace
from healthcheck.intake.services.mailtrap import is_mailtrap, mailtrap
from healthcheck.intake.services.mandrill import is_sync, mandrill
from healthcheck.intake.services.netcore import netcore
from healthcheck.intake.services.oracle import is_oracle, oracle
from healthcheck.intake.services.postal import POSTAL, postal
from healthcheck.intake.services.postmark import is_postmark, postmark
from healthcheck.intake.services.resend import is_resend, resend
from healthcheck.intake.services.salesforce import is_salesforce, salesforce
from healthcheck.intake.services.scaleway import is_scaleway, scaleway
from healthcheck.intake.services.sendgrid import is_sendgrid, sendgrid
from healthcheck.intake.services.sendpulse import is_sendpulse, sendpulse
from healthcheck.intake.services.smtp2go import smtp2go
from healthcheck.intake.services.smtpcom import is_smtpcom, smtpcom
from healthcheck.intake.services.socketlabs import is_socketlabs, socketlabs
from healthcheck.intake.services.sparkpost import sparkpost
from healthcheck.intake.services.sweego import is_sweego, sweego
from healthcheck.intake.services.tencent_ses import is_tencent, tencent
from healthcheck.intake.services.turbosmtp import is_turbosmtp, turbosmtp
from healthcheck.intake.services.unione import is_unione, unione
from healthcheck.intake.services.zeptomail import zeptomail
from healthcheck.intake.values import Object, text_of

Maker = Callable[[Object], list[Said]]


def _keys(*names: str) -> Callable[[Object], bool]:
    return lambda value: all(name in value for name in names)


SERVICES: tuple[tuple[str, tuple[str, ...], Callable[[Object], bool], Maker], ...] = (
    ("ses", ("notificationType", "eventType"), is_ses, ses),
    ("ses", ("TopicArn",), is_topic, ses_notification),
    ("sparkpost", ("msys",), _keys("msys"), sparkpost),
    ("postmark", ("RecordType", "MessageID"), is_postmark, postmark),
    (
        "mandrill",
        ("mandrill_events", "msg", "reject", "entry"),
        lambda value: (
            "mandrill_events" in value or ("event" in value and isinstance(value.get("msg"), dict)) or is_sync(value)
        ),
        mandrill,
    ),
    ("sendgrid", ("sg_event_id", "sg_message_id", "smtp-id"), is_sendgrid, sendgrid),
    ("azure", ("data",), is_azure, azure),
    ("alibaba", ("data",), is_alibaba, alibaba),
    ("oracle", ("logContent", "type"), is_oracle, oracle),
    ("scaleway", ("email_id", "domain_id", "project_id"), is_scaleway, scaleway),
    ("emailit", ("event_id",), is_emailit, emailit),
    ("resend", ("type",), is_resend, resend),
    ("mailersend", ("data",), is_mailersend, mailersend),
    ("ahasend", ("data",), is_ahasend, ahasend),
    ("sweego", ("swg_uid",), is_sweego, sweego),
    ("mailomat", ("messageUuid",), is_mailomat, mailomat),
    ("maileroo", ("message_reference_id",), is_maileroo, maileroo),
    ("unione", ("events_by_user", "records_by_user"), is_unione, unione),
    ("tencent", ("bulkId", "bulkid"), is_tencent, tencent),
    ("mailjet", ("MessageID", "Message_GUID", "mj_campaign_id"), is_mailjet, mailjet),
    (
        "smtp2go",
        ("email_id",),
        lambda value: {"event", "email_id"} <= value.keys() and bool({"rcpt", "recipients"} & value.keys()),
        smtp2go,
    ),
    ("mailtrap", ("message_id",), is_mailtrap, mailtrap),
    ("socketlabs", ("ServerId", "MailingId"), is_socketlabs, socketlabs),
    ("elasticemail", ("transaction",), is_elastic, elastic),
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
    ("mailgun", ("event-data", "event"), is_mailgun, mailgun),
    ("brevo", ("event",), is_brevo, brevo),
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
