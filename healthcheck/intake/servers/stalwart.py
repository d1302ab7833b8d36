"""Stalwart: `LEVEL Words (area.event) key = value, ...`, a line an event. Stalwart documentation, "Events".

What became of an attempt stands in `delivery.delivered`, of one recipient each, and in `delivery.rcpt-to-rejected`,
`delivery.mail-from-rejected` and `delivery.message-rejected`. What failed before anybody spoke (no address, no connection) is told
in a line for each server that was tried, so it is taken from the notification that comes of it, of which nothing is told
where the attempt already was. `to` stands twice: all recipients of the message, and the one that the line is about.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

MOST_RECIPIENTS = 1000

_LINE = re.compile(r"(?:[A-Z]{4,5} )?[A-Z][^()=]{0,80} \(([a-z-]{2,20})\.([a-z0-9-]{2,40})\) ?(.*)", re.DOTALL)
_FIELD = re.compile(r'([A-Za-z]{1,30}) = ("(?:[^"\\]|\\.)*"|\[[^\[\]]*\]|<[^<>]*>|[^,\s]*)(?:, |$)')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CODE = re.compile(r"Code: (\d{3})(?:, Enhanced code: (\d\.\d{1,3}\.\d{1,3}))?, Message: (.*)", re.DOTALL)
_REJECTED = frozenset({"rcpt-to-rejected", "mail-from-rejected", "message-rejected"})
_NOTIFIED = {"dsn-perm-fail": "bounced", "dsn-temp-fail": "deferred"}
_QUEUED = frozenset({"authenticated-message", "unauthenticated-message"})


class Stalwart:
    """Reads event lines; of a bounded number of failed recipients it is remembered that they were told."""

    def __init__(self) -> None:
        self._told: Latest[tuple[str, str], str] = Latest()

    @staticmethod
    def is_own(message: str) -> bool:
        """True if that is one of its lines."""
        found = _LINE.match(message)
        return found is not None and " = " in found[3][:200]

    def read(self, message: str) -> Sequence[Said]:
        """What one line, without its stamp, says."""
        found = _LINE.match(message)
        if found is None:
            return ()
        area, word = found[1], found[2]
        if area == "queue" and word in _QUEUED:
            return self._each("queued", found[3])
        if area != "delivery":
            return ()
        if word == "delivered":
            return self._each("delivered", found[3])
        if word in _REJECTED:
            return self._rejected(found[3])
        return self._notified(_NOTIFIED[word], found[3]) if word in _NOTIFIED else ()

    def _rejected(self, text: str) -> Sequence[Said]:
        said = self._each("", text)
        for one in said:
            one.kind = "bounced" if one.text[:1] == "5" else "deferred"
            one.permanence = "permanent" if one.kind == "bounced" else None
            self._told[one.queue_id or "", one.recipient or ""] = one.kind
        return said

    def _notified(self, kind: str, text: str) -> Sequence[Said]:
        """What the sender is told of, unless a rejection of the same recipient was told of already."""
        said = []
        for one in self._each(kind, text):
            known = self._told.pop((one.queue_id or "", one.recipient or ""), None)
            if known is None or (kind == "bounced" and known == "deferred"):
                one.permanence = "permanent" if kind == "bounced" else None
                if known == "deferred":  # it was put off until its time was over
                    one.category = "expired"
                said.append(one)
        return said

    def _each(self, kind: str, text: str) -> list[Said]:
        fields: dict[str, str] = {}
        everyone: list[str] = []
        for name, value in _FIELD.findall(text[:100_000]):
            if name == "to" and value[:1] == "[":
                everyone = [_plain(one) for one in _QUOTED.findall(value)][:MOST_RECIPIENTS]
            fields[name] = value
        who = _plain(fields.get("to", ""))
        recipients = [who] if who and fields.get("to", "")[:1] != "[" else everyone
        code, details = fields.get("code", ""), _plain(fields.get("details", ""))
        if (inner := _CODE.search(details)) is not None:
            code, details = inner[1], " ".join(part for part in (inner[2], inner[3]) if part)
        sender = fields.get("from")
        return [
            Said(
                kind,
                "stalwart",
                recipient=recipient,
                sender="" if sender == "<>" else _plain(sender) if sender is not None else None,
                text=f"{code} {details}".strip() if not details.startswith(code) else details,
                host=_plain(fields.get("hostname", "")) or None if kind != "queued" else None,
                queue_id=fields.get("queueId") or None,
                local=kind != "queued" and _plain(fields.get("hostname", "")) in ("localhost", "127.0.0.1"),
                part=number if len(recipients) > 1 else None,
            )
            for number, recipient in enumerate(recipients or [None], start=1)
        ]


def _plain(value: str) -> str:
    if value[:1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\r", "").replace("\\n", " ")
    return value.strip("<>") if value[:1] == "<" else value
