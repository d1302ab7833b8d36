"""Events of Alibaba Cloud DirectMail."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, bracketed_id, object_of, reply_in, text_of

# Alibaba Cloud: "Direct Mail events" of its EventBridge.
_ALIBABA = {
    "dm:Deliver:Fail": "bounced",
    "dm:Deliver:Succeed": "delivered",
    "dm:Feedback:FblReport": "complained",
    "dm:Feedback:Subscribe": "subscribed",
    "dm:Feedback:UnSubscribe": "unsubscribed",
    "dm:Trace:Click": "clicked",
    "dm:Trace:Open": "opened",
}

_ALIBABA_LISTED = ("SysOutRecipientReportedSpam", "SysOutRecipientUnsubscribed", "SysOutRcptOnAccountLevelBounceList")

_ALIBABA_TYPES = {
    **dict.fromkeys(("SmtpNxBox", "SysOutInvRcpt", "SysIncomingInvRcpt"), "recipient_unknown"),
    **dict.fromkeys(("SmtpContSpam", "SmtpMiscSpam"), "spam_content"),
    **dict.fromkeys(("SmtpAuthFail", "SmtpSpfFail", "SmtpDmaFail"), "auth_failed"),
    **dict.fromkeys(("SmtpMfFreq", "SmtpMfdFreq", "SmtpIPFreq", "SmtpMfLimit"), "sender_rate"),
    "SysOutDnsResolveFail": "recipient_domain",
    "SmtpMfBad": "sender_invalid",
    "SmtpDbl": "blocklisted",
    "SmtpRcptFreq": "recipient_rate",
}

_ALIBABA_STATUS = {"2": "recipient_unknown", "3": "spam_content"}
"""Where it names no type: an invalid address, spam."""


def is_alibaba(value: Object) -> bool:
    """True for an event of its mail service."""
    return text_of(value.get("type")).startswith("dm:") and isinstance(value.get("data"), dict)


def alibaba(value: Object) -> list[Said]:
    """The events of one object."""
    data = object_of(value.get("data"))
    kind, why = _ALIBABA.get(text_of(value.get("type")).strip(), "other"), text_of(data.get("failed_type"))
    if kind == "bounced" and why in _ALIBABA_LISTED:
        kind = "suppressed"
    return [
        Said(
            kind,
            "alibaba",
            recipient=text_of(data.get("rcpt")) or text_of(data.get("block_email")) or None,
            sender=text_of(data.get("from")) or text_of(data.get("send_email")) or None,
            text=reply_in(data.get("err_msg"), why),
            message_id=bracketed_id(data.get("msg_id")),
            event_id=text_of(value.get("id")) or None,
            # The times inside name no zone; that of the event does.
            time=text_of(value.get("time")) or text_of(data.get("deliver_time")) or None,
            category=_ALIBABA_TYPES.get(why) or _ALIBABA_STATUS.get(text_of(data.get("status"))),
            permanence="permanent" if kind == "bounced" else None,
            source_address=text_of(data.get("outbound_ip")) or None if kind in ("bounced", "delivered") else None,
        )
    ]
