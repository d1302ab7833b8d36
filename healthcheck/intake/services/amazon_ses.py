"""Events of Amazon SES, as it publishes them and in an envelope of SNS."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import (
    NO_COMPLAINT,
    Object,
    has_code,
    list_of,
    object_of,
    own_id,
    reply_in,
    text_of,
    unwrapped_json,
)

# Amazon SES: "Contents of event data that Amazon SES publishes", "Amazon SNS notification contents".
_SES = {
    "bounce": "bounced",
    "complaint": "complained",
    "delivery": "delivered",
    "send": "queued",
    "reject": "rejected",
    "open": "opened",
    "click": "clicked",
    "rendering failure": "failed",
    "deliverydelay": "deferred",
    "subscription": "other",
}

_SES_KINDS = {"MailboxFull": "mailbox_full", "NoEmail": "recipient_unknown", "MessageTooLarge": "message_limits"}
_SES_KINDS |= {"ContentRejected": "spam_content", "AttachmentRejected": "harmful_content", "ExpiredMessage": "expired"}
_SES_KINDS |= {"CustomTimeoutExceeded": "expired"}

_SES_LISTED = (
    *("Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList", "EmailValidationSuppressed"),
    "UnsubscribedRecipient",
)
"""Bounces of mail that it did not try to send."""

_SES_DELAYS = {
    "InternalFailure": "remote_failure",
    "MailboxFull": "mailbox_full",
    "SpamDetected": "reputation",
    "RecipientServerError": "remote_failure",
    "IPFailure": "reputation",
    "TransientCommunicationFailure": "network",
    "BYOIPHostNameLookupUnavailable": "sender_dns",
}

_SES_OWN = {"rejected": "harmful_content", "failed": "bad_request"}
"""Why it refuses by itself: a virus; a template that lacks its data."""


def ses_notification(value: Object) -> list[Said]:
    """The events of one object."""
    inner = unwrapped_json(value.get("Message"))
    if isinstance(inner, dict) and is_ses(inner):
        events = ses(inner)
        for said in events:
            said.time = said.time or text_of(value.get("Timestamp")) or None
            said.event_id = said.event_id or text_of(value.get("MessageId")) or None
        return events
    return [Said("other", "ses", time=text_of(value.get("Timestamp")) or None)]


def is_ses(value: Object) -> bool:
    """True for an object of Amazon SES, taken out of its SNS envelope."""
    if value.get("notificationType") == "AmazonSnsSubscriptionSucceeded":
        return True
    return isinstance(value.get("mail"), dict) and ("notificationType" in value or "eventType" in value)


def _ses_subscription(part: Object) -> str:
    """What a change of preferences comes to: `unsubscribed` as soon as anything that was wanted is wanted no more."""
    new, old = object_of(part.get("newTopicPreferences")), object_of(part.get("oldTopicPreferences"))
    if new.get("unsubscribeAll") or old.get("unsubscribeAll"):
        return "unsubscribed" if new.get("unsubscribeAll") else "subscribed"
    after, before = (
        {
            text_of(topic.get("topicName"))
            for topic in map(object_of, list_of(preferences.get("topicSubscriptionStatus")))
            if topic.get("subscriptionStatus") == "OptIn"
        }
        for preferences in (new, old)
    )
    return "unsubscribed" if before - after else "subscribed" if after - before else "other"


def ses(value: Object) -> list[Said]:
    """The events of one object."""
    word = text_of(value.get("eventType") or value.get("notificationType")).lower()
    kind = _SES.get(word, "other")
    mail = object_of(value.get("mail"))
    part = object_of(value.get({"deliverydelay": "deliveryDelay", "rendering failure": "failure"}.get(word, word)))
    key = {
        "bounce": "bouncedRecipients",
        "complaint": "complainedRecipients",
        "deliverydelay": "delayedRecipients",
    }.get(word, "recipients")
    recipients = list_of(part.get(key)) or list_of(mail.get("destination"))
    sub, main = text_of(part.get("bounceSubType")), text_of(part.get("bounceType"))
    if kind == "bounced" and sub in _SES_LISTED:
        kind = "suppressed"
    if word == "subscription":
        kind = _ses_subscription(part)
    if kind == "complained" and text_of(part.get("complaintSubType")) == "OnAccountSuppressionList":
        kind = "suppressed"  # accepted, and not tried
    if kind == "complained" and text_of(part.get("complaintFeedbackType")) in NO_COMPLAINT:
        kind = "other"
    delay = text_of(part.get("delayType"))
    category = _SES_KINDS.get(sub) or _SES_DELAYS.get(delay) or _SES_OWN.get(kind)
    events = []
    for number, one in enumerate(recipients or [None], start=1):
        stated = object_of(one)
        text = reply_in(
            stated.get("diagnosticCode"), part.get("smtpResponse"), part.get("reason"), part.get("errorMessage")
        )
        events.append(
            Said(
                kind,
                "ses",
                recipient=text_of(stated.get("emailAddress")) or text_of(one) or None,
                sender=text_of(mail.get("source")) or None,
                text=text or ": ".join(x for x in (main or delay, sub) if x),
                status=text_of(stated.get("status")) or None,
                host=text_of(part.get("remoteMtaIp")) or None,
                message_id=text_of(mail.get("messageId")) or None,
                time=text_of(part.get("timestamp"))
                or (text_of(mail.get("timestamp")) if kind in ("queued", "rejected", "failed") else "")
                or None,
                # A hard bounce without the words of a server is of the address: "remove it from your mailing list".
                category=category or ("recipient_unknown" if main == "Permanent" and not text else None),
                permanence="temporary"
                if kind == "deferred" and not has_code(text)
                else {"Permanent": "permanent", "Transient": "temporary"}.get(main),
                event_id=own_id(part.get("feedbackId"), number),
                source_address=next(map(text_of, list_of(object_of(mail.get("tags")).get("ses:outgoing-ip"))), None)
                or None,
                part=number if len(recipients) > 1 else None,
            )
        )
    return events


def is_topic(value: Object) -> bool:
    """True for what a topic of SNS says of SES, or of itself."""
    if "TopicArn" not in value or "Type" not in value or "Message" not in value:
        return False
    inner = unwrapped_json(value["Message"])
    return not isinstance(inner, dict | list) or (isinstance(inner, dict) and is_ses(inner))
