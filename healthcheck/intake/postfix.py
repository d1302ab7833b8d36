"""Postfix: what its daemons log of deliveries and refusals.

A delivery is one line, `QUEUEID: to=<...>, relay=..., dsn=..., status=sent (...)`; the sender and the message-id stand on other
lines of the same queue id, so a bounded number of queue ids is remembered. A refusal before the queue is `NOQUEUE: reject:`.
postconf(5), and the source of each daemon, are the only description of these lines.
"""

import re
from collections.abc import Sequence

from checks.delivery.events import address
from checks.delivery.meaning import Said

REMEMBERED = 100_000
"""Queue ids whose sender is remembered."""
MOST_PENDING = 10_000
"""Recipients remembered of one queue id."""

LOCAL_SERVICES = frozenset({"local", "virtual", "pipe", "discard", "spawn"})
SERVICES = frozenset(
    (
        *("anvil", "bounce", "cleanup", "defer", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master"),
        *("nqmgr", "oqmgr", "pickup", "pipe", "postdrop", "postfix-script", "postlog", "postmap", "postqueue"),
        *("postscreen", "postsuper", "proxymap", "qmgr", "qmqpd", "relay", "retry", "scache", "sendmail", "showq"),
        *("smtp", "smtpd", "smtps", "spawn", "submission", "submissions", "tlsmgr", "tlsproxy", "trace"),
        *("trivial-rewrite", "verify", "virtual"),
    )
)
"""Last words of a tag `name/service`; the names of instances are the administrator's."""
KINDS = {"sent": "delivered", "deferred": "deferred", "bounced": "bounced"}
PROBES = frozenset({"deliverable", "undeliverable", "undeliverable-but-not-cached"})

_QUEUE_ID = re.compile(r"[0-9A-Za-z]{5,32}")
_SAID = re.compile(r"host ([^\s\[\]]{1,255})\[[^\]\s]{0,80}\](?::\d+)? (?:said|refused to talk to me): (.+)", re.DOTALL)
_IN_REPLY = re.compile(r" \(in reply to [^()]{1,60}\)$")
_TRIED = re.compile(
    r"(?:connect to|lost connection with|conversation with|TLS handshake failed with) ([^\s\[]{1,255})\["
)
_REJECT = re.compile(r"(?:milter-reject|proxy-reject|reject): ")
_FROM_CLIENT = re.compile(r"[A-Z-]{3,16}(?: from \S{0,300}?\[[^\]\s]{0,80}\](?::\d{1,5})?)?: ?")
_ENVELOPE_FROM = re.compile(r"\bfrom=<(.*?)>(?:[, ]|$)")
_ENVELOPE_TO = re.compile(r"\bto=<(.*?)>(?:[, :]|$)")


class Postfix:
    """Reads the messages of one or several Postfix instances, and remembers what later lines need."""

    def __init__(self) -> None:
        self._senders: dict[str, tuple[str | None, str | None]] = {}
        self._pending: dict[str, dict[str, None]] = {}

    def read(self, service: str, message: str) -> Sequence[Said]:
        """What one line says; nothing for the many lines that say nothing about delivery."""
        if (at := message.find("status=")) > 0:
            return self._delivery(service, message, at)
        if "reject: " in message:
            return self._refusal(message)
        if service in ("qmgr", "nqmgr", "oqmgr", "cleanup", "postsuper"):
            self._note(message)
        return ()

    def _note(self, message: str) -> None:
        queue_id, _, rest = message.partition(": ")
        if rest.startswith("from=<"):
            sender = rest[6 : rest.find(">", 6)]
            self._remember(queue_id, sender, self._senders.get(queue_id, (None, None))[1])
        elif rest.startswith("message-id="):
            # A new message under this queue id: short ids are used again.
            self._remember(queue_id, None, rest[11:].strip() or None)
            self._pending.pop(queue_id, None)
        elif rest == "removed":
            self._senders.pop(queue_id, None)
            self._pending.pop(queue_id, None)

    def _remember(self, queue_id: str, sender: str | None, message_id: str | None) -> None:
        senders = self._senders
        if len(senders) >= REMEMBERED and queue_id not in senders:
            del senders[next(iter(senders))]
        senders[queue_id] = (sender, message_id if message_id != "<>" else None)

    def _delivery(self, service: str, message: str, at: int) -> Sequence[Said]:
        queue_id, _, rest = message.partition(": ")
        if not _QUEUE_ID.fullmatch(queue_id):
            return ()
        if rest.startswith("from=<"):
            return self._given_up(queue_id, rest)
        if not rest.startswith("to="):
            return ()
        end = rest.find(">, ", 3) + 1 if rest.startswith("to=<") else rest.find(", ", 3)
        if end <= 0:
            return ()
        recipient, rest = rest[3:end], rest[end:]
        relay = _field(rest, "relay=")
        at = rest.find("status=", max(rest.find("relay="), 0))
        status, _, text = rest[at + 7 :].partition(" (") if at >= 0 else ("", "", "")
        text = text[:-1] if text.endswith(")") else text
        kind = KINDS.get(status) or ("other" if status in PROBES else "")
        if not kind:
            return ()
        sender, message_id = self._senders.get(queue_id, (None, None))
        host, local = _next_hop(service, relay)
        said = Said(
            kind,
            "postfix",
            recipient=recipient,
            sender=sender,
            text=text,
            status=_field(rest, "dsn=") or None,
            host=host,
            queue_id=queue_id,
            message_id=message_id,
            local=local,
        )
        if kind in ("deferred", "bounced"):
            _take_out_reply(said, text)
        if kind != "other":
            self._keep_pending(queue_id, address(recipient) or "", kind)
        return (said,)

    def _keep_pending(self, queue_id: str, recipient: str, kind: str) -> None:
        waiting = self._pending.get(queue_id)
        if kind != "deferred":
            if waiting:
                waiting.pop(recipient, None)
            return
        if waiting is None:
            if len(self._pending) >= REMEMBERED:
                del self._pending[next(iter(self._pending))]
            waiting = self._pending[queue_id] = {}
        if len(waiting) < MOST_PENDING:
            waiting[recipient] = None

    def _given_up(self, queue_id: str, rest: str) -> Sequence[Said]:
        """`from=<...>, status=expired, returned to sender`: the queue time is over, for whoever still waits."""
        status = rest.rpartition("status=")[2]
        if not status.startswith(("expired", "force-expired")):
            return ()
        sender = rest[6 : rest.find(">", 6)]
        message_id = self._senders.get(queue_id, (None, None))[1]
        recipients: Sequence[str | None] = list(self._pending.pop(queue_id, ())) or [None]
        return [
            Said(
                "bounced",
                "postfix",
                recipient=recipient,
                sender=sender,
                text=status,
                category="expired",
                permanence="permanent",
                queue_id=queue_id,
                message_id=message_id,
                part=number if len(recipients) > 1 else None,
            )
            for number, recipient in enumerate(recipients, start=1)
        ]

    def _refusal(self, message: str) -> Sequence[Said]:
        before_queue = message.startswith("proxy-reject: ")  # there is no queue id before the filter's answer
        queue_id, _, rest = ("NOQUEUE", "", message) if before_queue else message.partition(": ")
        found = _REJECT.match(rest)
        if found is None or not (queue_id == "NOQUEUE" or _QUEUE_ID.fullmatch(queue_id)):
            return ()
        body = rest[found.end() :]
        text, envelope = _split_envelope(body)
        if body.startswith(("header ", "body ")):
            # cleanup's own rules: the text stands behind the envelope.
            text = envelope.rpartition(">: ")[2] if ">: " in envelope else ""
        elif (client := _FROM_CLIENT.match(text)) is not None:
            text = text[client.end() :]
        sender, recipient = _ENVELOPE_FROM.search(envelope), _ENVELOPE_TO.search(envelope)
        queued = queue_id != "NOQUEUE"
        return (
            Said(
                "rejected",
                "postfix",
                recipient=recipient[1] if recipient else None,
                sender=sender[1] if sender else None,
                text=text.strip(),
                reply=text.strip(),
                queue_id=queue_id if queued else None,
                message_id=self._senders.get(queue_id, (None, None))[1] if queued else None,
            ),
        )


def _split_envelope(body: str) -> tuple[str, str]:
    """The text, and the envelope that ends the line; what a stranger writes into the text comes before."""
    at = max(body.rfind("; from=<"), body.rfind("; to=<") if "; from=<" not in body else -1)
    if at < 0:
        at = body.rfind("; proto=")
    return (body, "") if at < 0 else (body[:at], body[at + 2 :])


def _field(text: str, name: str) -> str:
    at = text.find(name)
    if at < 0:
        return ""
    end = text.find(", ", at)
    return text[at + len(name) : end if end >= 0 else len(text)]


def _take_out_reply(said: Said, text: str) -> None:
    """The remote's own words where they stand in Postfix's usual frame; other frames are checks.replies' business."""
    if (found := _SAID.match(text)) is not None:
        said.host, said.reply = found[1], _IN_REPLY.sub("", found[2])
    elif (tried := _TRIED.search(text)) is not None:
        said.hint = tried[1]


def _next_hop(service: str, relay: str) -> tuple[str | None, bool]:
    """The host of `relay=`, and whether it is on this machine."""
    name, bracket, inside = relay.partition("[")
    if not bracket:
        return None, service in LOCAL_SERVICES or relay in ("local", "virtual")
    ip = inside.partition("]")[0]
    local = ip.startswith("127.") or ip == "::1" or "/" in ip
    return (name or ip or None), local or service in LOCAL_SERVICES
