"""What a sending service's own table of bounces says must come out by the contract: kind, category, permanence, suppress.

The tables are those of the services' documentation; where a reply holds words of a server, they decide.
"""

import json

import pytest

from tests.intake.reading import read, told

OUTCOME = ("kind", "category", "permanence", "suppress")
WHO = "kim@example.net"
WHEN = "2026-11-21T09:31:07.000Z"


def outcomes(folder, values: list[dict], *fields: str) -> list[tuple]:
    """What each of the objects, posted one a line, comes to."""
    events, reading = read(folder, "".join(f"{json.dumps(value)}\n" for value in values), name="hooks.json")
    assert reading.unread_lines == 0, reading.samples
    assert {event.recipient for event in events} == {WHO}
    return [told(event, *(fields or OUTCOME)) for event in events]


def ses(kind: str, part: dict, key: str = "eventType") -> dict:
    name = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}.get(kind, kind.lower())
    mail = {"timestamp": WHEN, "source": "news@example.com", "messageId": "m1", "destination": [WHO]}
    return {key: kind, "mail": mail, name: part}


SES_BOUNCES = {
    ("Undetermined", "Undetermined"): ("bounced", "unknown", "ambiguous", "no"),
    ("Permanent", "General"): ("bounced", "recipient_unknown", "permanent", "yes"),
    ("Permanent", "NoEmail"): ("bounced", "recipient_unknown", "permanent", "yes"),
    ("Permanent", "Suppressed"): ("suppressed", "suppressed", "permanent", "already"),
    ("Permanent", "OnAccountSuppressionList"): ("suppressed", "suppressed", "permanent", "already"),
    ("Permanent", "OnTenantSuppressionList"): ("suppressed", "suppressed", "permanent", "already"),
    ("Permanent", "EmailValidationSuppressed"): ("suppressed", "suppressed", "permanent", "already"),
    ("Transient", "General"): ("bounced", "unknown", "temporary", "no"),
    ("Transient", "MailboxFull"): ("bounced", "mailbox_full", "temporary", "after_repeats"),
    ("Transient", "MessageTooLarge"): ("bounced", "message_limits", "temporary", "no"),
    ("Transient", "CustomTimeoutExceeded"): ("bounced", "expired", "ambiguous", "no"),
    ("Transient", "ContentRejected"): ("bounced", "spam_content", "temporary", "no"),
    ("Transient", "AttachmentRejected"): ("bounced", "harmful_content", "temporary", "no"),
}


@pytest.mark.parametrize("key", ["eventType", "notificationType"])
def test_every_bounce_type_of_amazon_ses(tmp_path, key):
    values = [
        ses("Bounce", {"bounceType": main, "bounceSubType": sub, "bouncedRecipients": [{"emailAddress": WHO}]}, key)
        for main, sub in SES_BOUNCES
    ]
    assert outcomes(tmp_path, values) == list(SES_BOUNCES.values())


def test_a_general_bounce_of_amazon_ses_is_what_the_server_said(tmp_path):
    said = {
        "emailAddress": WHO,
        "action": "failed",
        "status": "5.7.1",
        "diagnosticCode": "smtp; 554 5.7.1 spam message",
    }
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [said]}
    assert outcomes(tmp_path, [ses("Bounce", bounce)]) == [("bounced", "spam_content", "permanent", "no")]


SES_DELAYS = {
    "InternalFailure": "remote_failure",
    "General": "unknown",
    "MailboxFull": "mailbox_full",
    "SpamDetected": "reputation",
    "RecipientServerError": "remote_failure",
    "IPFailure": "reputation",
    "TransientCommunicationFailure": "network",
    "BYOIPHostNameLookupUnavailable": "sender_dns",
    "Undetermined": "unknown",
    "SendingDeferral": "unknown",
}


def test_every_delay_type_of_amazon_ses(tmp_path):
    values = [
        ses("DeliveryDelay", {"delayType": sort, "delayedRecipients": [{"emailAddress": WHO}]}) for sort in SES_DELAYS
    ]
    assert outcomes(tmp_path, values, "kind", "category", "permanence") == [
        ("deferred", category, "temporary") for category in SES_DELAYS.values()
    ]


def test_amazon_ses_refuses_a_virus_and_a_template_that_lacks_its_data(tmp_path):
    failure = {"templateName": "T", "errorMessage": "Attribute 'name' is not present in the rendering data."}
    values = [ses("Reject", {"reason": "Bad content"}), ses("Rendering Failure", failure)]
    assert outcomes(tmp_path, values, "kind", "category", "suppress") == [
        ("rejected", "harmful_content", "no"),
        ("failed", "bad_request", "no"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ((False, "OptIn"), (True, "OptIn"), "unsubscribed"),
        ((False, "OptIn"), (False, "OptOut"), "unsubscribed"),
        ((False, "OptOut"), (False, "OptIn"), "subscribed"),
        ((True, "OptOut"), (False, "OptOut"), "subscribed"),
        ((False, "OptIn"), (False, "OptIn"), "other"),
    ],
)
def test_a_change_of_preferences_at_amazon_ses(tmp_path, before, after, kind):
    old, new = (
        {"unsubscribeAll": every, "topicSubscriptionStatus": [{"topicName": "News", "subscriptionStatus": status}]}
        for every, status in (before, after)
    )
    part = {"contactList": "C", "timestamp": WHEN, "newTopicPreferences": new, "oldTopicPreferences": old}
    assert outcomes(tmp_path, [ses("Subscription", part)], "kind") == [(kind,)]


def test_the_word_that_amazon_ses_may_post_from_now_on_is_no_unread_line(tmp_path):
    value = {
        "notificationType": "AmazonSnsSubscriptionSucceeded",
        "message": "You have successfully subscribed your topic",
    }
    events, reading = read(tmp_path, json.dumps(value))
    assert ([event.kind for event in events], reading.unread_lines) == (["other"], 0)


SENDGRID_CLASSES = {
    "Invalid Address": ("recipient_unknown", "yes"),
    "Technical": ("remote_failure", "no"),
    "Technical Failure": ("remote_failure", "no"),
    "Content": ("spam_content", "no"),
    "Reputation": ("reputation", "no"),
    "Frequency/Volume": ("sender_rate", "no"),
    "Frequency or Volume Too High": ("sender_rate", "no"),
    "Mailbox Unavailable": ("mailbox_full", "after_repeats"),
    "Unclassified": ("unknown", "no"),
}


def sendgrid(event: str, **more: str) -> dict:
    return {"email": WHO, "timestamp": 1795253467, "event": event, "sg_event_id": json.dumps([event, more]), **more}


def test_every_class_of_bounces_of_sendgrid(tmp_path):
    values = [sendgrid("bounce", bounce_classification=sort, type="bounce", reason="") for sort in SENDGRID_CLASSES]
    assert outcomes(tmp_path, values, "category", "suppress") == list(SENDGRID_CLASSES.values())


def test_sendgrids_class_comes_before_a_bare_code_and_after_words(tmp_path):
    zen = "550 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org"
    values = [
        sendgrid("bounce", bounce_classification="Reputation", type="blocked", reason="550 qqq", status="5.0.0"),
        sendgrid("bounce", bounce_classification="Invalid Address", type="blocked", reason=zen, status="5.7.1"),
    ]
    assert outcomes(tmp_path, values, "category", "suppress") == [("reputation", "no"), ("blocklisted", "no")]


SENDGRID_DROPS = {
    "Bounced Address": ("suppressed", "suppressed", "already"),
    "Unsubscribed Address": ("suppressed", "suppressed", "already"),
    "Spam Reporting Address": ("suppressed", "suppressed", "already"),
    "Invalid": ("rejected", "recipient_unknown", "yes"),
    "Recipient List over Package Quota": ("rejected", "quota", "no"),
    "Invalid SMTPAPI header": ("rejected", "bad_request", "no"),
    "Spam Content": ("rejected", "spam_content", "no"),
}


def test_every_reason_why_sendgrid_drops_a_message(tmp_path):
    values = [sendgrid("dropped", reason=reason) for reason in SENDGRID_DROPS]
    assert outcomes(tmp_path, values, "kind", "category", "suppress") == list(SENDGRID_DROPS.values())


def mailgun(
    event: str, code: int = 0, message: str = "", reason: str = "", severity: str = "permanent", **more
) -> dict:
    status = {"code": code, "message": message, "description": "", "attempt-no": 1}
    data = {
        "id": f"{code}{reason}{message}",
        "timestamp": 1795253467.9,
        "event": event,
        "recipient": WHO,
        "reason": reason,
    }
    return {
        "signature": {"token": "t"},
        "event-data": {**data, "severity": severity, "delivery-status": status, **more},
    }


def test_mailguns_own_codes_and_reasons(tmp_path):
    values = [
        mailgun("failed", 605, reason="suppress-bounce"),
        mailgun("failed", 606),
        mailgun("failed", 607),
        mailgun("failed", 602, "Too old", "old"),
        mailgun("failed", 625, "Poor list quality"),
        mailgun("failed", 550, "", "espblock"),
        mailgun("failed", 450, "", "greylisted", "temporary"),
        mailgun("rejected", reject={"reason": "Not delivering to a user who marked your messages as spam"}),
    ]
    assert outcomes(tmp_path, values, "kind", "category", "suppress") == [
        *[("suppressed", "suppressed", "already")] * 3,
        ("bounced", "expired", "no"),
        ("bounced", "account", "no"),
        ("bounced", "reputation", "no"),
        ("deferred", "greylisted", "no"),
        ("suppressed", "suppressed", "already"),
    ]


POSTMARK = {
    ("HardBounce", 1): ("bounced", "recipient_unknown", "permanent", "yes"),
    ("Transient", 2): ("deferred", "unknown", "temporary", "no"),
    ("Unsubscribe", 16): ("unsubscribed", None, None, None),
    ("Subscribe", 32): ("subscribed", None, None, None),
    ("AutoResponder", 64): ("autoreplied", None, None, None),
    ("AddressChange", 128): ("autoreplied", None, None, None),
    ("DnsError", 256): ("deferred", "routing", "temporary", "no"),
    ("SpamNotification", 512): ("bounced", "spam_content", "ambiguous", "no"),
    ("OpenRelayTest", 1024): ("other", None, None, None),
    ("Unknown", 2048): ("bounced", "unknown", "ambiguous", "no"),
    ("SoftBounce", 4096): ("bounced", "unknown", "temporary", "no"),
    ("VirusNotification", 8192): ("bounced", "harmful_content", "ambiguous", "no"),
    ("ChallengeVerification", 16384): ("autoreplied", None, None, None),
    ("BadEmailAddress", 100000): ("bounced", "recipient_unknown", "permanent", "yes"),
    ("SpamComplaint", 100001): ("complained", None, None, None),
    ("ManuallyDeactivated", 100002): ("suppressed", "suppressed", "permanent", "already"),
    ("Unconfirmed", 100003): ("suppressed", "suppressed", "permanent", "already"),
    ("Blocked", 100006): ("bounced", "policy", "ambiguous", "no"),
    ("SMTPApiError", 100007): ("failed", "unknown", "ambiguous", "no"),
    ("InboundError", 100008): ("other", None, None, None),
    ("DMARCPolicy", 100009): ("bounced", "auth_failed", "ambiguous", "no"),
    ("TemplateRenderingFailed", 100010): ("failed", "bad_request", "ambiguous", "no"),
}


@pytest.mark.parametrize("named", [True, False])
def test_every_type_of_bounces_of_postmark_by_its_name_and_by_its_code(tmp_path, named):
    about = {"RecordType": "Bounce", "MessageID": "p1", "Email": WHO, "From": "news@example.com", "BouncedAt": WHEN}
    values = [
        {**about, "ID": code, "TypeCode": code, "Details": "", "Description": "", **({"Type": sort} if named else {})}
        for sort, code in POSTMARK
    ]
    assert outcomes(tmp_path, values) == list(POSTMARK.values())


def test_postmarks_words_on_a_type_are_shown_and_judge_nothing(tmp_path):
    words = (
        "Unable to temporarily deliver message (i.e. mailbox full, account disabled, exceeds quota, out of disk space)."
    )
    value = {"RecordType": "Bounce", "Type": "SoftBounce", "TypeCode": 4096, "MessageID": "p1", "Email": WHO}
    assert outcomes(
        tmp_path, [{**value, "Description": words, "BouncedAt": WHEN}], "category", "suppress", "reply"
    ) == [("unknown", "no", words)]


SPARKPOST = {
    "1": ("bounced", "unknown", "ambiguous", "no"),
    "10": ("bounced", "recipient_unknown", "permanent", "yes"),
    "20": ("bounced", "unknown", "temporary", "no"),
    "21": ("bounced", "routing", "temporary", "no"),
    "22": ("bounced", "mailbox_full", "temporary", "after_repeats"),
    "23": ("bounced", "message_limits", "temporary", "no"),
    "24": ("bounced", "expired", "ambiguous", "no"),
    "25": ("bounced", "account", "permanent", "no"),
    "26": ("suppressed", "suppressed", "permanent", "already"),
    "30": ("bounced", "recipient_unknown", "permanent", "yes"),
    "40": ("bounced", "unknown", "temporary", "no"),
    "50": ("bounced", "policy", "ambiguous", "no"),
    "51": ("bounced", "reputation", "ambiguous", "no"),
    "52": ("bounced", "spam_content", "ambiguous", "no"),
    "53": ("bounced", "harmful_content", "ambiguous", "no"),
    "54": ("bounced", "relay_denied", "ambiguous", "no"),
    "60": ("autoreplied", None, None, None),
    "70": ("bounced", "remote_failure", "temporary", "no"),
    "80": ("subscribed", None, None, None),
    "90": ("unsubscribed", None, None, None),
    "100": ("autoreplied", None, None, None),
}


def test_every_class_of_bounces_of_sparkpost(tmp_path):
    values = [
        {
            "msys": {
                "message_event": {
                    "type": "bounce",
                    "bounce_class": sort,
                    "event_id": sort,
                    "rcpt_to": WHO,
                    "raw_reason": "",
                }
            }
        }
        for sort in SPARKPOST
    ]
    assert outcomes(tmp_path, values) == list(SPARKPOST.values())


def test_sparkpost_suppresses_by_policy_and_delays_for_a_slow_server(tmp_path):
    listed = "554 5.7.1 [internal] recipient address suppressed due to customer policy"
    events = [
        {"type": "bounce", "bounce_class": "25", "raw_reason": listed},
        {"type": "delay", "bounce_class": "24", "raw_reason": ""},
    ]
    values = [{"msys": {"message_event": {**event, "event_id": event["type"], "rcpt_to": WHO}}} for event in events]
    assert outcomes(tmp_path, values, "kind", "category") == [("suppressed", "suppressed"), ("deferred", "network")]


def resend(kind: str, **data) -> dict:
    return {"type": f"email.{kind}", "created_at": WHEN, "data": {"email_id": "r1", "to": [WHO], **data}}


def test_the_kinds_of_bounces_of_resend(tmp_path):
    general = "The recipient's email provider sent a hard bounce message, which can have a negative impact on your reputation."
    bounces = [("Permanent", "General", general), ("Permanent", "NoEmail", "x"), ("Transient", "ContentRejected", "x")]
    values = [resend("bounced", bounce={"type": main, "subType": sub, "message": text}) for main, sub, text in bounces]
    values += [resend("failed", failed={"reason": "reached_daily_quota"}), resend("delivery_delayed")]
    assert outcomes(tmp_path, values) == [
        ("bounced", "recipient_unknown", "permanent", "yes"),
        ("bounced", "recipient_unknown", "permanent", "yes"),
        ("bounced", "spam_content", "temporary", "no"),
        ("failed", "quota", "ambiguous", "no"),
        ("deferred", "unknown", "temporary", "no"),
    ]


@pytest.mark.parametrize("kind", ["contact.created", "contact.updated", "contact.deleted", "domain.updated"])
def test_what_resend_posts_of_contacts_and_domains_is_no_mail(tmp_path, kind):
    events, reading = read(tmp_path, json.dumps({"type": kind, "created_at": WHEN, "data": {"id": "i", "email": WHO}}))
    assert (events, reading.unread_lines) == ([], 0)


def test_brevo_names_every_contact_that_was_put_on_a_list(tmp_path):
    value = {"id": 1, "event": "list_addition", "email": [WHO, "lee@example.net"], "list_id": [2], "ts": 1795253467}
    events, _ = read(tmp_path, json.dumps(value))
    assert [told(event, "kind", "recipient") for event in events] == [
        ("subscribed", WHO),
        ("subscribed", "lee@example.net"),
    ]


def test_brevo_writes_of_contacts_and_of_what_it_puts_off(tmp_path):
    values = [
        {"id": 1, "event": "contact_updated", "email": WHO, "ts": 1795253467},
        {"id": 2, "event": "deferred", "email": WHO, "reason": "", "ts": 1795253467, "message-id": "<1@example.com>"},
    ]
    assert outcomes(tmp_path, values, "kind", "permanence") == [("other", None), ("deferred", "temporary")]


KUMOMTA = {
    "InvalidRecipient": ("recipient_unknown", "yes"),
    "BadDomain": ("recipient_domain", "domain"),
    "InactiveMailbox": ("recipient_disabled", "yes"),
    "QuotaIssues": ("mailbox_full", "after_repeats"),
    "SpamBlock": ("reputation", "no"),
    "SpamContent": ("spam_content", "no"),
    "VirusRelated": ("harmful_content", "no"),
    "PolicyRelated": ("policy", "no"),
    "AuthenticationFailed": ("auth_failed", "no"),
    "RelayDenied": ("relay_denied", "no"),
    "InvalidSender": ("sender_invalid", "no"),
    "DNSFailure": ("routing", "no"),
    "NoAnswerFromHost": ("network", "no"),
    "TooManyRecipients": ("message_limits", "no"),
}


def test_what_kumomtas_classifier_says_comes_before_a_bare_code(tmp_path):
    values = [
        {
            "type": "Bounce",
            "id": sort,
            "recipient": WHO,
            "queue": "q",
            "bounce_classification": sort,
            "response": {"code": 550},
        }
        for sort in KUMOMTA
    ]
    assert outcomes(tmp_path, values, "category", "suppress") == list(KUMOMTA.values())
