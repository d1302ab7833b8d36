"""Exim: its main log, a line a delivery. Exim specification, chapter "Log files".

`<=` a message came, `=>` and `->` and `>>` it was delivered, `**` it was given up, `==` it was put off, `*>` a dry run. The
fields behind the address are `R=router T=transport H=host [address]`, the remote's words stand behind a colon or in `C="..."`.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

_ID = r"[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}"
_LINE = re.compile(rf"(?:\[\d{{1,10}}\] )?(?:({_ID}) )?(.*)", re.DOTALL)
_MAIN = re.compile(
    rf"(?:\[\d{{1,10}}\] )?(?:{_ID} |H=|\S{{0,300}} ?rejected |exim |no host name found|SMTP |Start queue run|End queue run|"
    r"unexpected |TLS )"
)
MOST_PARTS, LONGEST_PART = 100, 4096
"""Lines of one message in syslog, and characters of each; Exim writes at most 870."""
_PART = re.compile(r"\[(\d{1,3})([/\\])(\d{1,3})\] (.*)", re.DOTALL)
_FLAGS = {"=>": "delivered", "->": "delivered", ">>": "delivered", "**": "bounced", "==": "deferred", "*>": "other"}
_HOST = re.compile(r" H=(\S{1,255})(?: \(\S{0,255}\))? \[([^\]\s]{1,60})\](?::\d{1,5})?")
_INTERFACE = re.compile(r" I=\[([^\]\s]{1,60})\](:\d{1,5})?")
"""The address that the mail left from, and the port where it is logged (`outgoing_interface`, `outgoing_port`)."""
_CONFIRMED = re.compile(r' C="((?:[^"\\]|\\.)*)"')
_TRANSPORT = re.compile(r" T=(\S{1,100})")
_SENDER = re.compile(r" F=<?([^\s>]*)>?")
_RETURN_PATH = re.compile(r" P=<([^\s>]*)>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"@')
_FIELDS = re.compile(r" (?=(?:F|P|R|T|ST|S|H|X|SRS)=)|: (?!<)|$")
_A_FIELD = re.compile(
    r" (?:[A-Z][A-Za-z]{0,3}=(?:\"[^\"]*\"|<[^>]*>|(?:[^\s:]|:(?! ))+)(?: \[[^\]\s]+\](?::\d+)?)?|(?:K|L[-*]?|PRDR|TFO\*?|\*)(?= |:|$))"
)
"""What may stand between an address and the words behind it: fields, and marks for what was used on the way."""
_SAID_BY = re.compile(
    r"SMTP error from remote mail(?:er| server) [^<>]{0,40}(?:<[^>]*>[^:]{0,60})?: host (\S{1,255}) \[([^\]\s]{1,60})\]: "
)
_FIELD = re.compile(r" ([A-Za-z]{1,4})=(\S+)")
_REJECTED = re.compile(
    r"(?:temporarily )?rejected (RCPT|MAIL|DATA|after DATA|EHLO or HELO|connection|VRFY|EXPN|ETRN|STARTTLS|AUTH|DKIM|"
    r"header|by local_scan\S*|during MIME ACL checks|before DATA)(?: (<[^>]*>|\S+@[^\s:]+|[^\s:]+))?(?: \([^()]*\))?(?:: (.*))?",
    re.DOTALL,
)
_DEFER = re.compile(r"\bdefer \((-?\d{1,6})\)(?:: | )?")
_NO_ADDRESS = ("host lookup did not complete", "host lookup deferred", "lowest numbered MX record points to local host")
"""Exim's own words where the DNS gave it nobody to ask."""
_LOCAL_TRANSPORT = re.compile(
    r"local|pipe|file|reply|maildir|dovecot|lmtp|lda|mailbox|appendfile|autoreply|vacation|blackhole"
)


class Exim:
    """Reads main log messages; senders are remembered by message id, a bounded number."""

    def __init__(self) -> None:
        self._senders: Latest[str, tuple[str, str | None]] = Latest()
        self._parts: list[str] = []

    def joined(self, message: str) -> str:
        """A message that syslog had in several lines, `[1/3] ...`, once the last is there; "" before. As it is where it is whole.

        A `/` stands where a line was too long, a backslash where it ended. Chapter "Log files", "Logging to syslog"
        """
        found = _PART.match(message)
        if found is None:
            return message
        number, total = int(found[1]), int(found[3])
        if number == 1:
            self._parts = []
        elif number != len(self._parts) + 1 or number > MOST_PARTS:
            return ""
        self._parts.append(found[4][:LONGEST_PART] + ("\n" if found[2] == "\\" else ""))
        return "".join(self._parts).rstrip("\n") if number >= total else ""

    @staticmethod
    def is_main_log(rest: str) -> bool:
        """True if what follows the stamp is Exim's, not `host program: message`."""
        return _MAIN.match(rest) is not None

    def read(self, message: str) -> Sequence[Said]:
        """What one message, without its stamp, says."""
        found = _LINE.match(message)
        if found is None:
            return ()
        queue_id, rest = found[1], found[2]
        flag = rest[:2]
        if queue_id and flag in _FLAGS and rest[2:3] == " ":
            return self._delivery(queue_id, _FLAGS[flag], rest[3:])
        if queue_id and flag == "<=":
            self._arrival(queue_id, rest[3:])
            return ()
        if queue_id and rest == "Completed":
            self._senders.pop(queue_id, None)
            return ()
        return self._refusal(queue_id, rest) if "rejected " in rest else ()

    def _arrival(self, queue_id: str, rest: str) -> None:
        sender, _, fields = rest.partition(" ")
        message_id = next((value for name, value in _FIELD.findall(" " + fields) if name == "id"), None)
        self._senders[queue_id] = ("" if sender == "<>" else sender, message_id and f"<{message_id}>")

    def _delivery(self, queue_id: str, kind: str, rest: str) -> Sequence[Said]:
        recipient, fields = _recipient(rest)
        sender, message_id = self._senders.get(queue_id, (None, None))
        if sender is None and (stated := _SENDER.search(fields) or _RETURN_PATH.search(fields)) is not None:
            sender = stated[1]
        transport = _TRANSPORT.search(fields)
        name = transport[1].rstrip(":").lower() if transport else ""
        host, text = _outcome(kind, fields)
        address = host[2] if host else ""
        # Without a host a delivery went to a file, a pipe or a socket; a failure may not have come so far.
        local = address.startswith("127.") or address == "::1"
        local = local or (host is None and (kind == "delivered" or bool(_LOCAL_TRANSPORT.search(name))))
        return (
            Said(
                kind,
                "exim",
                recipient=recipient,
                sender=sender,
                text=text,
                host=host[1] if host else None,
                queue_id=queue_id,
                message_id=message_id,
                local=local,
                permanence="permanent" if kind == "bounced" else None,
                category="routing" if text.startswith(_NO_ADDRESS) else None,
                source_address=left[1] if (left := _INTERFACE.search(fields)) else None,
                connection=left[0].removeprefix(" I=") if left and left[2] else None,
            ),
        )

    def _refusal(self, queue_id: str | None, rest: str) -> Sequence[Said]:
        found = _REJECTED.search(rest)
        if found is None:
            return ()
        sender = _SENDER.search(f" {rest[: found.start()]}")
        word, text = found[2], found[3] or ""
        if found[1] == "MAIL":
            recipient, stated = None, word
        else:
            recipient, stated = (
                (word if found[1] in ("RCPT", "VRFY", "EXPN") else None),
                (sender[1] if sender else None),
            )
        return (
            Said(
                "rejected",
                "exim",
                recipient=recipient,
                sender=(stated or "").strip("<>") if stated is not None else None,
                text=text,
                queue_id=queue_id,
            ),
        )


def _recipient(rest: str) -> tuple[str, str]:
    """The address that was used, and the fields behind it: `local part <kim@example.net> R=...`, `kim@example.net R=...`."""
    quoted = _QUOTED.match(rest)
    begin = quoted.end() if quoted else 0
    end = _FIELDS.search(rest, begin)
    head = rest[: end.start()] if end else rest
    fields = rest[len(head) :]
    at = head.find(" ", begin)
    first, behind = (head, "") if at < 0 else (head[:at], head[at:])
    first = first.rstrip(":")
    if "@" not in first and "<" in behind:  # a user, a file or a pipe; the address stands behind it
        first = behind[behind.rfind("<") + 1 :].partition(">")[0]
    return first, fields


def _outcome(kind: str, fields: str) -> tuple[re.Match[str] | None, str]:
    """The host that was reached, and what it said."""
    host = _HOST.search(fields)
    if kind in ("delivered", "other"):
        confirmed = _CONFIRMED.search(fields)
        return host, confirmed[1] if confirmed else ""
    if (deferred := _DEFER.search(fields)) is not None:
        at = deferred.end()
        if deferred[0].endswith(") "):
            at -= 1
            return _HOST.search(fields, at) or host, _words(fields, at)
        text = fields[at:].lstrip(": ")
        return host or _SAID_BY.match(text), text
    text = _words(fields, 0)
    return host or _SAID_BY.match(text), text


def _words(fields: str, at: int) -> str:
    """What stands behind the fields that begin at a place."""
    while (found := _A_FIELD.match(fields, at)) is not None:
        at = found.end()
    return fields[at:].lstrip(": ")
