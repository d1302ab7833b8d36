"""Haraka: what its outbound queue logs of deliveries, and its own door of refusals. Lines, logfmt or JSON.

`[NOTICE] [UUID.1.1] [outbound] delivered file=... host=... response="..." rcpts=1/0/0` names no recipient: the addresses are
those that the same transaction was given (`[core] recipient <...>`, the protocol lines), or that were refused or put off by
name before. `rcpts` counts those accepted, put off and refused.
"""

import re
from collections.abc import Sequence
from typing import Any

from checks.delivery.events import address
from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

MOST_RECIPIENTS = 10_000
LEVELS = frozenset(
    {"DATA", "PROTOCOL", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRIT", "ALERT", "EMERG"}
)

_LINE = re.compile(r"\[([A-Z]{4,8})\] \[([^\]\s]{1,80})\] \[([^\]]{1,80})\] ?(.*)", re.DOTALL)
_FIELD = re.compile(r'(?:^|\s)([a-z_]{2,20})=("(?:[^"\\]|\\.)*"|\S*)')
_NAMED = re.compile(r"recipient <?([^>\s]+)>? (rejected|deferred): (.*)", re.DOTALL)
_AT_DOOR = re.compile(r"(recipient|sender) <([^>]*)>")
_COMMAND = re.compile(r"C: (RCPT TO|MAIL FROM):\s?<([^>]*)>", re.IGNORECASE)
_PUT_OFF = re.compile(r"Temp failing \S+ for [\d.]+ seconds: (.*)", re.DOTALL)
_TOO_OFTEN = re.compile(r"Too many failures \((.*)\)$", re.DOTALL)
_COUNTS = re.compile(r"(\d{1,6})/(\d{1,6})/(\d{1,6})")
_UPSTREAM = "Upstream error: "
_BY_NAME = ("Some recipients failed: ", "Some recipients temp failed: ", "Some recipients rejected")


class _Transaction:
    """What is known of one message: its sender, and who still waits for it."""

    def __init__(self) -> None:
        self.sender: str | None = None
        self.waiting: dict[str, None] = {}
        self.put_off: dict[str, None] = {}


class Haraka:
    """Reads Haraka's lines; a bounded number of transactions is remembered."""

    def __init__(self) -> None:
        self._known: Latest[str, _Transaction] = Latest()

    @staticmethod
    def is_own(message: str) -> bool:
        """True if that is one of Haraka's lines: `[LEVEL] [uuid] [plugin] ...`."""
        found = _LINE.match(message)
        return found is not None and found[1] in LEVELS

    def read(self, message: str) -> Sequence[Said]:
        """What one line, without its stamp, says."""
        found = _LINE.match(message)
        return self._said(found[2], found[3], found[4].lstrip(), _fields(found[4])) if found else ()

    def read_fields(self, value: dict[str, Any]) -> Sequence[Said]:
        """What one line says that was logged as logfmt or JSON: `level`, `uuid`, `origin`, `message` and the details."""
        fields = {name: str(one) for name, one in value.items() if isinstance(one, str | int | float)}
        uuid = fields.get("uuid") or fields.get("connection_uuid", "-")
        message = fields.get("message", "")
        if not message.startswith("delivered") and any(name.startswith("delivered") for name in fields):
            message = "delivered " + message
        return self._said(uuid, fields.get("origin", fields.get("source", "")), message, {**_fields(message), **fields})

    def _said(self, uuid: str, origin: str, message: str, fields: dict[str, str]) -> Sequence[Said]:
        if (command := _COMMAND.match(message)) is not None:
            self._given(uuid, command[1].upper() == "RCPT TO", command[2])
            return ()
        if origin != "outbound":
            return self._at_door(uuid, message, fields)
        if message.startswith("delivered"):
            return self._delivered(uuid, fields)
        if (named := _NAMED.match(message)) is not None:
            return self._named(uuid, named[1], named[2], named[3])
        if message.startswith("bouncing mail: "):
            return self._all("bounced", uuid, message[15:])
        put_off = _PUT_OFF.match(message)
        return self._all("deferred", uuid, put_off[1]) if put_off else ()

    def _of(self, uuid: str) -> _Transaction:
        """The transaction of an outbound item `CONNECTION.1.2`: with its own recipients, else those of `CONNECTION.1`."""
        known = self._known.get(uuid)
        if known is None:
            known = _Transaction()
            if (parent := self._known.get(uuid.rpartition(".")[0])) is not None:
                known.sender, known.waiting = parent.sender, dict(parent.waiting)
            self._known[uuid] = known
        return known

    def _given(self, uuid: str, is_recipient: bool, who: str) -> None:
        known = self._of(uuid)
        if not is_recipient:
            known.sender = who
        elif len(known.waiting) < MOST_RECIPIENTS:
            known.waiting[address(who) or ""] = None

    def _at_door(self, uuid: str, message: str, fields: dict[str, str]) -> Sequence[Said]:
        found = _AT_DOOR.match(message)
        code = fields.get("code", "")
        if found is None or not code:
            return ()
        is_recipient = found[1] == "recipient"
        if not code.upper().startswith("DENY"):
            if is_recipient and (sender := fields.get("sender")) is not None:
                self._given(uuid, False, sender)
            self._given(uuid, is_recipient, found[2])
            return ()
        sender = fields.get("sender") if is_recipient else found[2]
        temporary = "SOFT" in code.upper()
        return (
            Said(
                "rejected",
                "haraka",
                recipient=found[2] if is_recipient else None,
                sender=sender,
                text=fields.get("msg", ""),
                permanence="temporary" if temporary else "permanent",
            ),
        )

    def _named(self, uuid: str, recipient: str, word: str, text: str) -> Sequence[Said]:
        known = self._of(uuid)
        who = address(recipient) or ""
        known.waiting.pop(who, None)
        if word == "deferred" and len(known.put_off) < MOST_RECIPIENTS:
            known.put_off[who] = None
        return (_one("bounced" if word == "rejected" else "deferred", uuid, known, who, text),)

    def _all(self, kind: str, uuid: str, text: str) -> Sequence[Said]:
        """The whole message is given up or put off: for everybody who waits for it."""
        if text.startswith(_BY_NAME):  # each was told of by name
            return ()
        category = None
        if (found := _TOO_OFTEN.match(text)) is not None:
            text, category = found[1], "expired"
        known = self._of(uuid)
        everyone: list[str | None] = [*known.waiting, *known.put_off] or [None]
        if kind == "bounced":
            self._known.pop(uuid, None)
        if text.startswith(_BY_NAME) and category:
            text = "queue time is over"
        said = [_one(kind, uuid, known, who, text.removeprefix(_UPSTREAM)) for who in everyone]
        for number, one in enumerate(said, start=1):
            one.category = category
            one.permanence = "permanent" if kind == "bounced" else None
            one.part = number if len(said) > 1 else None
        return said

    def _delivered(self, uuid: str, fields: dict[str, str]) -> Sequence[Said]:
        known = self._of(uuid)
        counts = _COUNTS.fullmatch(fields.get("rcpts", ""))
        accepted = min(int(counts[1]), MOST_RECIPIENTS) if counts else 1
        domain = fields.get("domain", "").lower()
        # A transaction is queued once a domain; the others of its recipients are another item's.
        waiting = [who for who in known.waiting if not domain or who.rpartition("@")[2] == domain]
        if len(waiting) < accepted:
            waiting += [who for who in known.put_off if who not in known.waiting]
        everyone: list[str | None] = list(waiting[:accepted]) if len(waiting) == accepted else []
        everyone += [None] * (accepted - len(everyone))
        known.waiting, known.put_off = known.put_off, {}
        if not known.waiting:
            self._known.pop(uuid, None)
        said = [_one("delivered", uuid, known, who, fields.get("response", "")) for who in everyone]
        for number, one in enumerate(said, start=1):
            one.host = fields.get("host") or fields.get("ip") or None
            one.local = fields.get("ip", "").startswith(("127.", "/")) or fields.get("ip") == "::1"
            one.part = number if len(said) > 1 else None
        return said


def _one(kind: str, uuid: str, known: _Transaction, recipient: str | None, text: str) -> Said:
    return Said(
        kind,
        "haraka",
        recipient=recipient or None,
        sender=known.sender,
        text=text.strip(),
        queue_id=uuid if uuid != "-" else None,
    )


def logfmt(line: str) -> dict[str, str]:
    """The fields of a line in logfmt."""
    return _fields(line)


def _fields(text: str) -> dict[str, str]:
    return {
        name: value[1:-1].replace('\\"', '"') if value[:1] == '"' else value for name, value in _FIELD.findall(text)
    }
