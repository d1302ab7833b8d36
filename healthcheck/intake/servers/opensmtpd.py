"""OpenSMTPD: `SESSION mta delivery evpid=... from=<> to=<> relay="..." result="Ok" stat="250 ..."`. smtpd(8)

Deliveries are `mta` (to another server) and `mda` (to a mailbox here). Releases 6.0 to 6.3 put `event=` before the word; release
5 writes `relay:` and `delivery:` lines with the same fields, separated by commas and without quotes. `smtp failed-command` is a
refusal at the door. What the remote said is the last field, and quotes inside it are not escaped.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said

_FIELD = re.compile(r'\b([a-z_-]{2,20})=("(?:[^"\\]|\\.)*"|<[^>]{0,1000}>|\[[^\]]{0,1000}\]|[^\s,]*(?: \([^()\s]*\))?)')
_DELIVERY = re.compile(
    r"(?:[0-9a-f]{16} )?(mta|mda) (?:event=)?delivery |(?:(?:relay|delivery): )(Ok|TempFail|PermFail|LoopFail|Loop|Expire)[ ,]"
)
_ENVELOPE = re.compile(r"\w+: \w+ for ([0-9a-f]{16}): ")
_OLD_FAILED = re.compile(r'smtp-in: Failed command on session [0-9a-f]{16}: "([^"]{0,1000})" => (.*)', re.DOTALL)
_FAILED = re.compile(r"(?:[0-9a-f]{16} )?smtp (?:event=)?failed-command ")
_OWN = re.compile(r"[0-9a-f]{16} (?:mta|mda|smtp) ")
_SESSION = re.compile(r"[0-9a-f]{16}")
_RELAY = re.compile(r"(\S+?)(?: \(([^)]*)\))?$")
_KINDS = {
    "ok": "delivered",
    "tempfail": "deferred",
    "permfail": "bounced",
    "loopfail": "bounced",
    "loop": "bounced",
    "expire": "bounced",
    "relayed": "delivered",
}
_COMMAND = re.compile(r"(RCPT TO|MAIL FROM):\s?<([^>]*)>", re.IGNORECASE)


class OpenSmtpd:
    """Reads smtpd's messages; each stands for itself."""

    @staticmethod
    def is_own(message: str) -> bool:
        """True for a line as it writes it to a terminal, without a program's name."""
        return _OWN.match(message) is not None

    def read(self, message: str) -> Sequence[Said]:
        """What one message says."""
        if (found := _DELIVERY.match(message)) is not None:
            return _delivered(
                dict(_fields(message)), found[1] or ("mda" if message.startswith("delivery") else "mta"), found[2]
            )
        if _FAILED.match(message) is not None:
            return _refused(dict(_fields(message)))
        if (old := _OLD_FAILED.match(message)) is not None:
            return _refused({"command": old[1], "result": old[2]})
        return ()


def _fields(message: str) -> list[tuple[str, str]]:
    head, stat, last = message.partition(" stat=")
    found = [
        (name, value[1:-1].replace('\\"', '"') if value[:1] in '"<' else value) for name, value in _FIELD.findall(head)
    ]
    if stat:
        last = last.strip()
        found.append(("stat", last[1:-1] if len(last) > 1 and last[0] == last[-1] == '"' else last))
    if (session := _SESSION.match(message)) is not None:
        found.append(("session", session[0]))
    if (envelope := _ENVELOPE.match(message)) is not None:
        found.append(("evpid", envelope[1]))
    return found


def _delivered(fields: dict[str, str], agent: str, old: str | None) -> Sequence[Said]:
    result = fields.get("result", old or "").lower()
    kind = _KINDS.get(result)
    if kind is None:
        return ()
    relay = _RELAY.match(fields.get("relay", ""))
    address, name = (relay[1].strip("[]"), relay[2]) if relay else ("", None)
    rcpt = fields.get("rcpt", "")
    session = _SESSION.match(fields.get("session", ""))
    envelope = fields.get("evpid", "")
    return (
        Said(
            kind,
            "opensmtpd",
            recipient=fields.get("to") or (rcpt if "@" in rcpt else None),
            sender=fields.get("from"),
            text=fields.get("stat", ""),
            host=(name or address or None) if agent == "mta" else None,
            queue_id=envelope[:8] or None,  # an evpid is the message's number and the envelope's
            local=agent == "mda" or address.startswith("127.") or address == "::1",
            category="expired" if result == "expire" else None,
            permanence="permanent" if kind == "bounced" else None,
            source_address=source if (source := fields.get("source", "-")) not in ("-", "[]") else None,
            connection=session[0] if agent == "mta" and session and session[0].strip("0") else None,
        ),
    )


def _refused(fields: dict[str, str]) -> Sequence[Said]:
    command = _COMMAND.match(fields.get("command", ""))
    who = command[2] if command else None
    is_rcpt = bool(command) and command is not None and command[1].upper() == "RCPT TO"
    if command is None:
        return ()
    return (
        Said(
            "rejected",
            "opensmtpd",
            recipient=who if is_rcpt else fields.get("to") or None,
            sender=fields.get("from") if is_rcpt else who,
            text=fields.get("result", ""),
        ),
    )
