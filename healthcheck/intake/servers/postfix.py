"""Postfix: what its daemons log of deliveries and refusals.

A delivery is one line, `QUEUEID: to=<...>, relay=..., dsn=..., status=sent (...)`; the sender and the message-id stand on other
lines of the same queue id, so a bounded number of queue ids is remembered: the last `from=` that was said of each, and who
still waits. Nothing is forgotten at `removed`: short ids are used again, and each new message has a `from=` of its own, so that
a log cut anywhere and read in parts needs no more than what the part before remembered. A refusal before the queue is `NOQUEUE: reject:`.
postconf(5), and the source of each daemon, are the only description of these lines.
"""

import re
from collections.abc import Sequence

from checks.delivery.events import address
from checks.delivery.meaning import Said

REMEMBERED = 40_000
"""Queue ids whose sender is remembered, at least half of them at any time."""
MOST_WAITING = 30_000
"""Queue ids of which it is remembered who waits."""
MOST_PENDING = 10_000
"""Recipients remembered of one queue id."""

NOTING = frozenset({"qmgr", "nqmgr", "oqmgr", "cleanup", "postsuper"})
"""Services whose lines tell the sender and the Message-ID of a queue id."""
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
KINDS = {"sent": "delivered", "deferred": "deferred", "bounced": "bounced", "SOFTBOUNCE": "deferred"}
"""What `status=` says. SOFTBOUNCE: with `soft_bounce = yes` a permanent reply is taken for a temporary one."""
PROBES = frozenset({"deliverable", "undeliverable", "undeliverable-but-not-cached"})

_QUEUE_ID = re.compile(r"[0-9A-Za-z]{5,32}")
_SAID = re.compile(r"host ([^\s\[\]]{1,255})\[[^\]\s]{0,80}\](?::\d+)? (?:said|refused to talk to me): (.+)", re.DOTALL)
_IN_REPLY = re.compile(r" \(in reply to [^()]{1,60}\)")
_TRIED = re.compile(
    r"(?:connect to|lost connection with|conversation with|TLS handshake failed with) ([^\s\[]{1,255})\["
)
_REJECT = re.compile(r"(?:milter-reject|proxy-reject|reject): ")
_FROM_CLIENT = re.compile(r"[A-Z-]{3,16}(?: from \S{0,300}?\[[^\]\s]{0,80}\](?::\d{1,5})?)?: ?")
_ENVELOPE_FROM = re.compile(r"\bfrom=<(.{0,512}?)>(?:[, ]|$)")
_ENVELOPE_TO = re.compile(r"\bto=<(.{0,512}?)>(?:[, :]|$)")


class Recent:
    """What was said of the latest queue ids: of more than REMEMBERED, the earlier half is forgotten at once."""

    __slots__ = ("new", "old")

    def __init__(self) -> None:
        self.new: dict[str, str] = {}
        self.old: dict[str, str] = {}

    def put(self, queue_id: str, text: str) -> None:
        """Remember the latest."""
        self.new[queue_id] = text
        if len(self.new) >= REMEMBERED // 2:
            self.turn()

    def turn(self) -> None:
        """Forget the earlier half."""
        self.old, self.new = self.new, {}

    def get(self, queue_id: str) -> str | None:
        """What was said last; None where nothing is remembered."""
        text = self.new.get(queue_id)
        return self.old.get(queue_id) if text is None else text

    def take(self, other: "Recent") -> None:
        """Add what was said later."""
        for queue_id, text in (*other.old.items(), *other.new.items()):
            self.put(queue_id, text)


class Postfix:
    """Reads the messages of one or several Postfix instances, and remembers what later lines need."""

    def __init__(self) -> None:
        self.senders = Recent()
        self.pending: dict[str, dict[str, None]] = {}
        """By queue id the recipients whose last word was a deferral."""
        self._message_ids = Recent()

    def read(self, service: str, message: str) -> Sequence[Said]:
        """What one line says; nothing for the many lines that say nothing about delivery."""
        if (at := message.find("status=")) > 0 and (told := self._delivery(service, message, at)):
            return told
        if "reject: " in message and (refused := self.refusal(message)):
            return refused
        if service in NOTING:
            self._note(message)
        return ()

    def _note(self, message: str) -> None:
        queue_id, _, rest = message.partition(": ")
        if rest.startswith("from=<"):
            self.senders.put(queue_id, rest[6 : rest.find(">", 6)])
        elif rest.startswith("message-id="):
            text = rest[11:].strip()
            self._message_ids.put(queue_id, "" if text == "<>" else text)

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
        at = rest.find(", status=", max(rest.find("relay="), 0))
        status, _, text = rest[at + 9 :].partition(" (") if at >= 0 else ("", "", "")
        text = text[:-1] if text.endswith(")") else text
        kind = KINDS.get(status) or ("other" if status in PROBES else "")
        if not kind:
            return ()
        sender, message_id = self.senders.get(queue_id), self._message_ids.get(queue_id) or None
        host, local = next_hop(service, relay)
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
            take_out_reply(said, text)
        if kind != "other":
            self.keep_pending(queue_id, address(recipient) or "", kind)
        return (said,)

    def keep_pending(self, queue_id: str, recipient: str, kind: str) -> None:
        """Remember who waits after an attempt."""
        waiting = self.pending.get(queue_id)
        if kind != "deferred":
            if waiting is not None and recipient in waiting:
                del waiting[recipient]
                if not waiting:
                    del self.pending[queue_id]
            return
        if waiting is None:
            if len(self.pending) >= MOST_WAITING:
                del self.pending[next(iter(self.pending))]
            waiting = self.pending[queue_id] = {}
        if len(waiting) < MOST_PENDING:
            waiting[recipient] = None

    def _given_up(self, queue_id: str, rest: str) -> Sequence[Said]:
        """`from=<...>, status=expired, returned to sender`: the queue time is over, for whoever still waits."""
        status = rest.rpartition("status=")[2]
        if not status.startswith(("expired", "force-expired")):
            return ()
        sender = rest[6 : rest.find(">", 6)]
        message_id = self._message_ids.get(queue_id) or None
        recipients: Sequence[str | None] = list(self.pending.pop(queue_id, ())) or [None]
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

    def refusal(self, message: str) -> Sequence[Said]:
        """What a message with `reject: ` in it says: one refusal, or nothing."""
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
                message_id=(self._message_ids.get(queue_id) or None) if queued else None,
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


def take_out_reply(said: Said, text: str) -> None:
    """Take the remote's own words, and whose they are, out of what Postfix says of an attempt."""
    host, said.reply, said.hint = spoken(text)
    said.host = host or said.host


def spoken(text: str) -> tuple[str | None, str | None, str | None]:
    """Who spoke and its own words, where they stand in Postfix's usual frame, else the host that was tried.

    Other frames are checks.replies' business.
    """
    if (found := _SAID.match(text)) is not None:
        reply = found[2]
        at = reply.rfind(" (in reply to ")
        return found[1], reply[:at] if at >= 0 and _IN_REPLY.fullmatch(reply, at) else reply, None
    tried = _TRIED.search(text)
    return None, None, tried[1] if tried is not None else None


def next_hop(service: str, relay: str) -> tuple[str | None, bool]:
    """The host of `relay=`, and whether it is on this machine."""
    name, bracket, inside = relay.partition("[")
    if not bracket:
        return None, service in LOCAL_SERVICES or relay in ("local", "virtual")
    ip = inside.partition("]")[0]
    local = ip.startswith("127.") or ip == "::1" or "/" in ip
    return (name or ip or None), local or service in LOCAL_SERVICES
