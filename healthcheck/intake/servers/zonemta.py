"""ZoneMTA: `info Sender/ZONE/PID[1] id=SESSION ID.001 DEFERRED[greylist] from=.. to=.. src=.. mx=HOST[ADDRESS] id=<..> (450 ...)`.

Its source, lib/sender.js: releases differ in what stands between `to=` and the reply, which is in the parentheses at the end.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said

_LINE = re.compile(
    r"(?:[A-Za-z!]{2,8} )?\(?Sender/[^\s()]{1,200}\)? (?:id=\S{1,100} )?([0-9a-f]{6,40})\.\d{3} "
    r"(ACCEPTED|DEFERRED|REJECTED)(?:\[(\w{1,40})\])? from=(<>|[^\s\[]{0,1000})(?:\[([^\s\]]{0,1000})\])? to=(\S{0,1000}) "
    r"(?:src=(\S{0,100}) )?mx=([^\s\[]{0,255})(?:\[([^\s\]]{0,60})\])?(?: body=\S{1,40} md5=\S{1,60})?(?: id=(\S{0,1000}))? \((.*)",
    re.DOTALL,
)
_KINDS = {"ACCEPTED": "delivered", "DEFERRED": "deferred", "REJECTED": "bounced"}
_CATEGORIES = {
    "recipient": "recipient_unknown",
    "capacity": "mailbox_full",
    "greylist": "greylisted",
    "rate": "sender_rate",
    "blacklist": "blocklisted",
    "spam": "spam_content",
    "virus": "harmful_content",
    "auth": "auth_failed",
    "dmarc": "auth_failed",
    "policy": "policy",
    "block": "policy",
    "dns": "routing",
    "network": "network",
    "connection": "network",
}
"""What it takes a reply for, used where the reply decides nothing. config/bounces.txt"""


def is_zonemta(message: str) -> bool:
    """True for a line that its sender process writes, without a frame."""
    return message.startswith(("info Sender/", "(Sender/"))


def zonemta(message: str) -> Sequence[Said]:
    """What one line says; each stands for itself."""
    found = _LINE.match(message)
    if found is None:
        return ()
    queue_id, word, category, sender, envelope, recipient, source, host, address, message_id, text = found.groups()
    sender = sender if envelope is None else envelope
    kind = _KINDS[word]
    return (
        Said(
            kind,
            "zonemta",
            recipient=recipient or None,
            sender="" if sender == "<>" else sender,
            text=text.rstrip().removesuffix(")"),
            host=host or None,
            queue_id=queue_id,
            message_id=message_id or None,
            local=(address or "").startswith("127."),
            category=_CATEGORIES.get(category or ""),
            permanence="permanent" if kind == "bounced" else None,
            source_address=source or None,
        ),
    )
