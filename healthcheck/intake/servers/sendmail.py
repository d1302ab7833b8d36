"""Sendmail: `QUEUEID: to=<a>,<b>, mailer=..., relay=..., dsn=..., stat=...`, one line for several recipients.

Sendmail Installation and Operation Guide, section 2.1.1. `from=` lines tell the sender; `ruleset=..., reject=` and `Milter: ...,
reject=` are refusals at the door.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

MOST_RECIPIENTS = 10_000

_QUEUE_ID = re.compile(r"([0-9A-Za-z]{8,24}(?:-[0-9A-Za-z]{8,24})?): (.*)", re.DOTALL)
_TO = re.compile(
    r"to=(.*?)(?:, (?=(?:ctladdr|delay|xdelay|mailer|pri|relay|dsn|stat|ctladdr_|nrcpts|intvl)=)|$)", re.DOTALL
)
_FIELD = re.compile(
    r"(?:^|, )(mailer|relay|dsn|reply|quarantine|reject|arg1|ruleset|msgid|to|from)=(.*?)(?=, [a-z1-9]{2,12}=|$)",
    re.DOTALL,
)
_SPLIT = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
_ADDRESS = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F:.]{3,45})\]")
_UNKNOWN_HERE = re.compile(r"<([^>]{1,1000})>\.\.\. (.+)", re.DOTALL)
_GIVEN_UP = re.compile(
    r"[0-9A-Za-z]{8,24}: (?:sender notify|return to sender|postmaster notify|DSN): (Cannot send message .*)", re.DOTALL
)
LOCAL_MAILERS = frozenset(
    {"local", "prog", "*file*", "*include*", "discard", "cyrus", "cyrusv2", "lmtp", "procmail", "relaylocal"}
)


class Sendmail:
    """Reads what sendmail logs; senders are remembered by queue id, a bounded number."""

    def __init__(self) -> None:
        self._senders: Latest[str, tuple[str | None, str | None]] = Latest()
        self._pending: Latest[str, dict[str, None]] = Latest()

    def read(self, message: str) -> Sequence[Said]:
        """What one message says, an event for each address of `to=`."""
        found = _QUEUE_ID.match(message)
        queue_id, rest = (found[1], found[2]) if found else (None, message)
        if rest.startswith("from="):
            self._arrival(queue_id, rest)
        elif rest.startswith("to=") and (at := rest.find(", stat=")) > 0:
            return self._delivery(queue_id, rest[:at], rest[at + 7 :])
        elif "reject=" in rest and (rest.startswith(("ruleset=", "Milter"))):
            return self._refusal(queue_id, rest)
        elif rest[:1] == "<" and (unknown := _UNKNOWN_HERE.match(rest)) is not None:
            known = self._senders.get(queue_id or "", (None, None))
            return (Said("rejected", "sendmail", unknown[1], known[0], unknown[2], queue_id=queue_id),)
        elif queue_id and (over := _GIVEN_UP.match(rest)) is not None:
            return self._given_up(queue_id, over[1])
        return ()

    def _given_up(self, queue_id: str, text: str) -> Sequence[Said]:
        """`Cannot send message for 5 days`: the queue time is over, for whoever still waits."""
        sender, message_id = self._senders.get(queue_id, (None, None))
        recipients: list[str | None] = list(self._pending.pop(queue_id, ())) or [None]
        return [
            Said(
                "bounced",
                "sendmail",
                recipient=recipient,
                sender=sender,
                text=text,
                category="expired",
                permanence="permanent",
                queue_id=queue_id,
                message_id=message_id,
                part=number if len(recipients) > 1 else None,
            )
            for number, recipient in enumerate(recipients, start=1)
        ]

    def _keep_pending(self, queue_id: str, recipients: Sequence[str], kind: str) -> None:
        waiting = self._pending.get(queue_id)
        if kind != "deferred":
            for recipient in recipients:
                if waiting:
                    waiting.pop(recipient, None)
            return
        if waiting is None:
            waiting = self._pending[queue_id] = {}
        for recipient in recipients[: MOST_RECIPIENTS - len(waiting)]:
            waiting[recipient] = None

    def _arrival(self, queue_id: str | None, rest: str) -> None:
        if queue_id is None:
            return
        fields = dict(_FIELD.findall(rest))
        self._senders[queue_id] = (_bare(fields.get("from", "")), fields.get("msgid"))

    def _delivery(self, queue_id: str | None, head: str, stat: str) -> Sequence[Said]:
        to = _TO.match(head)
        if to is None:
            return ()
        fields = dict(_FIELD.findall(head[to.end() - 2 if to.end() < len(head) else to.end() :]))
        status, kind = fields.get("dsn", ""), _kind(fields.get("dsn", ""), stat)
        if kind is None:
            return ()
        relay, mailer = fields.get("relay", ""), fields.get("mailer", "")
        ip = _ADDRESS.search(relay)
        host = relay.partition(" ")[0].rstrip(".").strip("[]").removeprefix("IPv6:") or None
        local = mailer.lower() in LOCAL_MAILERS or (ip is not None and (ip[1].startswith("127.") or ip[1] == "::1"))
        sender, message_id = self._senders.get(queue_id or "", (None, None))
        text = stat
        if kind in ("deferred", "bounced") and fields.get("reply", "")[:1] in ("4", "5"):
            text = fields["reply"]  # what the remote said, where `stat=` has sendmail's own words for it
        elif kind == "delivered" and stat.startswith("Sent ("):
            text = stat[6:].removesuffix(")")
        elif kind == "deferred" and stat[10:13].isdecimal():
            text = stat.removeprefix("Deferred: ")
        recipients = (_SPLIT.split(to[1]) if '"' in to[1] and len(to[1]) < 4096 else to[1].split(","))[:MOST_RECIPIENTS]
        if queue_id and kind != "queued":
            self._keep_pending(queue_id, recipients, kind)
        return [
            Said(
                kind,
                "sendmail",
                recipient=recipient,
                sender=sender,
                text=text,
                status=status,
                host=None if mailer.lower() in LOCAL_MAILERS else host,
                queue_id=queue_id,
                message_id=message_id,
                local=local,
                part=number if len(recipients) > 1 else None,
            )
            for number, recipient in enumerate(recipients, start=1)
        ]

    def _refusal(self, queue_id: str | None, rest: str) -> Sequence[Said]:
        fields = dict(_FIELD.findall(rest.removeprefix("Milter: ").removeprefix("Milter ")))
        text = rest[rest.find("reject=") + 7 :]
        ruleset, argument = fields.get("ruleset", ""), fields.get("arg1")
        recipient = fields.get("to") or (argument if ruleset in ("check_rcpt", "check_compat") else None)
        sender = _bare(argument) if ruleset == "check_mail" and argument is not None else None
        if not ruleset and "from" in fields:  # a milter's answer to MAIL FROM
            sender = _bare(fields["from"])
        known = self._senders.get(queue_id or "", (None, None))
        return (
            Said(
                "rejected",
                "sendmail",
                recipient=recipient,
                sender=sender if sender is not None else known[0],
                text=text,
                queue_id=queue_id,
                message_id=known[1],
            ),
        )


def _bare(text: str) -> str:
    text = text.partition(",")[0].strip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _kind(status: str, stat: str) -> str | None:
    """What a `stat=` amounts to: its words first, then the class of the `dsn=`."""
    lower = stat[:20].lower()
    if lower.startswith("quarantine"):  # held here, neither tried nor given up
        return "other"
    if lower.startswith("sent"):
        return "delivered"
    if lower.startswith("deferred"):
        return "deferred"
    if lower.startswith("queued"):
        return "queued"
    if lower.startswith("please try again later") or status[:1] == "4":
        return "deferred"
    if status[:1] == "2":
        return "delivered"
    return "bounced" if status[:1] == "5" or lower else None
