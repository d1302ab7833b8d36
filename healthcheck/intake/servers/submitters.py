"""Small mail servers and clients that write a line an attempt: msmtp, Courier, Kerio Connect, Maddy.

msmtp manual, "Log file". Kerio Connect administrator's guide, "Mail log". Maddy's source, internal/target/queue. Courier: lines
of its users.
"""

import re
from collections.abc import Sequence

import msgspec

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest
from healthcheck.intake.values import coded, object_of, text_of

MOST_RECIPIENTS = 1000

_MSMTP_NAME = re.compile(r"(?:^|(?<= ))(\w{2,12})=('?)")
_MSMTP_QUOTED, _MSMTP_BARE = re.compile(r"'(?= \w{2,12}=|$)"), re.compile(r" |$")
"""Where a field begins, and where it ends: a quotation mark inside the quoted words ends none."""
_NOT_TRIED = frozenset({"EX_CONFIG", "EX_NOPERM", "EX_USAGE", "EX_CANTCREAT", "EX_SOFTWARE", "EX_OSERR", "EX_NOINPUT"})
"""Exit codes that are of the client's own setup, or of a password that was refused. sysexits(3)"""


def is_msmtp(message: str) -> bool:
    """True for a line of its log file, which names no program."""
    return message.startswith("host=") and " recipients=" in message and " exitcode=EX_" in message


def _msmtp_fields(message: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    closed, at = True, 0
    while (name := _MSMTP_NAME.search(message, at)) is not None:
        end = _MSMTP_QUOTED.search(message, name.end()) if name[2] and closed else None
        closed = closed and (end is not None or not name[2])  # a quotation that does not end is looked for once
        begin = name.end() if end is not None else name.end(1) + 1
        end = end or _MSMTP_BARE.search(message, begin)
        at = end.end() if end is not None else len(message)
        fields[name[1]] = message[begin : end.start() if end is not None else at]
    return fields


def msmtp(message: str) -> Sequence[Said]:
    """What one line says: an event for each recipient. It keeps no queue, so what failed was given up, but for EX_TEMPFAIL."""
    if not is_msmtp(message):
        return ()
    fields = _msmtp_fields(message)
    status, code = fields.get("smtpstatus", ""), fields.get("exitcode", "")
    kind = "delivered" if code == "EX_OK" else "deferred" if code == "EX_TEMPFAIL" else "bounced"
    if kind == "bounced" and (code in _NOT_TRIED or status[:1] != "5"):
        kind = "failed"
    words = fields.get("smtpmsg", "") or fields.get("errormsg", "")
    recipients = fields.get("recipients", "").split(",")[:MOST_RECIPIENTS]
    host = fields.get("host", "")
    return [
        Said(
            kind,
            "msmtp",
            recipient=recipient or None,
            sender=fields.get("from"),
            text=coded(status, "", words),
            host=host or None,
            local=host in ("localhost", "127.0.0.1", "::1"),
            permanence="permanent" if kind == "bounced" else None,
            part=number if len(recipients) > 1 else None,
        )
        for number, recipient in enumerate(recipients, start=1)
    ]


_COURIER = re.compile(r"id=([0-9A-F.]{1,60}),from=<([^>]{0,1000})>,addr=<([^>]{1,1000})>(.*)", re.DOTALL)
_COURIER_END = re.compile(r"(?:,size=\d{1,15})?,(?:status: )?(success|failure|deferred)\b(?:: (.*))?", re.DOTALL)
_COURIER_HOST = re.compile(r"delivered: (\S{1,255}) \[([^\]]{1,60})\]")
_COURIER_KINDS = {"success": "delivered", "failure": "bounced", "deferred": "deferred"}


class Courier:
    """Reads courieresmtp and courierlocal: the replies stand in lines of their own before the one that ends the attempt."""

    def __init__(self) -> None:
        self._said: Latest[tuple[str, str], str] = Latest()

    def read(self, local: bool, message: str) -> Sequence[Said]:
        """What one message of a module says."""
        found = _COURIER.match(message)
        if found is None:
            return ()
        queue_id, sender, recipient, rest = found.groups()
        key = (queue_id, recipient)
        if rest.startswith(": "):
            self._said[key] = rest[2:]
            return ()
        end = _COURIER_END.match(rest)
        if end is None:
            return ()
        kind, told = _COURIER_KINDS[end[1]], self._said.pop(key, "")
        host = _COURIER_HOST.match(end[2] or "")
        return (
            Said(
                kind,
                "courier",
                recipient=recipient,
                sender=sender,
                text=told or ("" if host else end[2] or ""),
                host=host[1] if host and not local else None,
                queue_id=queue_id,
                local=local,
                permanence="permanent" if kind == "bounced" else None,
            ),
        )


_KERIO = re.compile(
    r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}) (\d\d:\d\d:\d\d)\] (Recv|Sent): Queue-ID: ([0-9a-f-]{4,40}), ?(.*)", re.DOTALL
)
_KERIO_FIELD = re.compile(
    r"(From|Recipient|Result|Status|Remote-Host|Msg-Id): ?(.*?)(?=, ?[A-Z][A-Za-z-]{1,20}: |, ?SSL|$)", re.DOTALL
)
_KERIO_KINDS = {"delivered": "delivered", "failed": "bounced", "delayed": "deferred", "relayed": "delivered"}


class Kerio:
    """Reads the mail log; senders are remembered by queue id, a bounded number."""

    def __init__(self) -> None:
        self._senders: Latest[str, str] = Latest()

    @staticmethod
    def match(line: str) -> re.Match[str] | None:
        """The parts of a line of its mail log: day, month, year, time, what, queue id, fields."""
        return _KERIO.match(line)

    def read(self, found: re.Match[str]) -> Sequence[Said]:
        """What one line says."""
        queue_id, fields = found[6], dict(_KERIO_FIELD.findall(found[7][:8192]))
        if found[5] == "Recv":
            self._senders[queue_id] = fields.get("From", "").strip("<>")
            return ()
        kind = _KERIO_KINDS.get(fields.get("Result", ""))
        if kind is None:
            return ()
        status = fields.get("Status", "")
        return (
            Said(
                kind,
                "kerio",
                recipient=fields.get("Recipient") or None,
                sender=self._senders.get(queue_id),
                text=status,
                status=status or None,
                host=fields.get("Remote-Host") or None,
                queue_id=queue_id,
                message_id=fields.get("Msg-Id") or None,
                permanence="permanent" if kind == "bounced" else None,
            ),
        )


_MADDY = re.compile(
    r"(?:[\w.-]{1,100} +\| )?(?:\[debug\] )?(?:[\w./-]{1,60}: )?"
    r"(delivered|delivery attempt failed|not delivered, (?:permanent|temporary) error|RCPT error)(?:\t|#011)(\{.*\})\s*",
    re.DOTALL,
)


class Maddy:
    """Reads what its queue and its door log: a message, a tab, and an object.

    A failed attempt is told of in one line, and in a second one that it was the last: the first is kept where its code says so.
    """

    def __init__(self) -> None:
        self._failed: Latest[tuple[str, str], Said] = Latest()

    @staticmethod
    def is_own(message: str) -> bool:
        """True if that is one of the lines that are read."""
        return _MADDY.match(message) is not None

    def read(self, message: str) -> Sequence[Said]:
        """What one line, without its stamp, says."""
        found = _MADDY.match(message)
        try:
            fields = object_of(msgspec.json.decode(found[2])) if found else {}
        except (msgspec.DecodeError, RecursionError, ValueError):
            return ()
        if found is None or not (recipient := text_of(fields.get("rcpt"))):
            return ()
        code, words = text_of(fields.get("smtp_code")), text_of(fields.get("smtp_msg")) or text_of(fields.get("reason"))
        enhanced = text_of(fields.get("smtp_enchcode"))
        said = Said(
            "deferred",
            "maddy",
            recipient=recipient,
            text=" ".join(one for one in (code, enhanced, words) if one),
            host=text_of(fields.get("remote_server")) or None,
            queue_id=text_of(fields.get("msg_id")) or None,
        )
        return self._told(found[1], said, code)

    def _told(self, word: str, said: Said, code: str) -> Sequence[Said]:
        key = (said.queue_id or "", said.recipient or "")
        if word == "delivery attempt failed":
            self._failed[key] = said
            return () if code[:1] == "5" else (said,)
        if word.startswith("not delivered"):
            failed = self._failed.pop(key, said)
            last = msgspec.structs.replace(failed, kind="bounced", permanence="permanent")
            if failed.text[:1] != "5":  # it was put off until its time was over, and told of
                last.category = "expired"
            return (last,)
        self._failed.pop(key, None)
        said.kind = "delivered" if word == "delivered" else "rejected"
        return (said,)
