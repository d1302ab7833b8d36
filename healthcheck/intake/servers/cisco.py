"""Cisco's mail gateways (formerly IronPort): text mail logs, and bounce logs. AsyncOS user guide, "Logging".

A message is a MID, a recipient of it a RID, a connection a DCID; each is told of in a line of its own. `Message done DCID 5 MID 4 to
RID [0, 1]` is a delivery, `Bounced: DCID 3 MID 4 to RID 0 - 5.1.0 - Unknown address error ('550', ['no such user']) []` and
`Delayed:` are failures; in a bounce log they name the addresses. The code before the title is the gateway's own guess from the class.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

MOST_RECIPIENTS = 1000
LONGEST = 16 * 1024
LONGEST_RESPONSE = 4096
"""Characters of a line, and of a reply in it."""

_LEVEL = re.compile(r"(?:Critical|Warning|Info|Debug|Trace): ")
_FROM = re.compile(r"MID (\d{1,12}) ICID \d{1,12} From: <([^>]{0,1000})>")
_TO = re.compile(r"MID (\d{1,12}) ICID \d{1,12} RID (\d{1,6}) To: <([^>]{0,1000})>")
_ID = re.compile(r"MID (\d{1,12}) Message-ID '([^']{1,1000})'")
_CONNECTED = re.compile(r"New SMTP DCID (\d{1,12}) interface (\S{1,60}) address (\S{1,60})")
_DONE = re.compile(r"Message done DCID (\d{1,12}) MID (\d{1,12}) to RID \[([\d, ]{1,8000})\]")
_FAILED = re.compile(
    r"(Bounced|Delayed): DCID (\d{1,12}) MID (\d{1,12}) to RID (\d{1,6}) - (\d\.\d{1,3}\.\d{1,3}) - ([^(]{0,300})(.*)",
    re.DOTALL,
)
_NAMED = re.compile(
    r"(Bounced|Delayed): (\d{1,12}):\d{1,6} From: ?<([^>]{0,1000})> To: ?<([^>]{0,1000})>\s+"
    r'Reason: ?"(\d\.\d{1,3}\.\d{1,3}) - ([^"]{0,300})"\s+Response: ?"?(.*)',
    re.DOTALL,
)
_CODE = re.compile(r"\('(\d{3})', \[")
_LINE = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_ENDED = re.compile(r"MID (\d{1,12}) (?:done|finished)\b|Message finished MID (\d{1,12}) ")
_KINDS = {"Bounced": "bounced", "Delayed": "deferred"}


class _Message:
    """What was told of a message so far."""

    def __init__(self) -> None:
        self.sender: str | None = None
        self.message_id: str | None = None
        self.recipients: dict[str, str] = {}


class Cisco:
    """Reads the lines; a bounded number of messages and connections is remembered."""

    def __init__(self) -> None:
        self._messages: Latest[str, _Message] = Latest()
        self._connections: Latest[str, tuple[str, str]] = Latest()

    def read(self, text: str) -> Sequence[Said]:
        """What one line, without its stamp, says."""
        if (level := _LEVEL.match(text)) is not None:
            text = text[level.end() :]
        text = text[:LONGEST]
        if (done := _DONE.match(text)) is not None:
            rids = [rid.strip() for rid in done[3].split(",")][:MOST_RECIPIENTS]
            told = [self._said("delivered", done[1], done[2], rid) for rid in rids if rid]
            for number, one in enumerate(told, start=1):
                one.part = number if len(told) > 1 else None
            return told
        if (failed := _FAILED.match(text)) is not None:
            one = self._said(_KINDS[failed[1]], failed[2], failed[3], failed[4])
            _tell(one, failed[5], failed[6], failed[7])
            return (one,)
        if (failed := _NAMED.match(text)) is not None:
            one = Said(_KINDS[failed[1]], "cisco", recipient=failed[4], sender=failed[3], queue_id=failed[2])
            _tell(one, failed[5], failed[6], failed[7])
            return (one,)
        self._learn(text)
        return ()

    def _learn(self, text: str) -> None:
        if (found := _TO.match(text)) is not None:
            recipients = self._message(found[1]).recipients
            if len(recipients) < MOST_RECIPIENTS:
                recipients[found[2]] = found[3]
        elif (found := _FROM.match(text)) is not None:
            self._message(found[1]).sender = found[2]
        elif (found := _ID.match(text)) is not None:
            self._message(found[1]).message_id = found[2]
        elif (found := _CONNECTED.match(text)) is not None:
            self._connections[found[1]] = (found[2], found[3])
        elif (found := _ENDED.match(text)) is not None:
            self._messages.pop(found[1] or found[2], None)

    def _message(self, mid: str) -> _Message:
        known = self._messages.get(mid)
        if known is None:
            known = self._messages[mid] = _Message()
        return known

    def _said(self, kind: str, dcid: str, mid: str, rid: str) -> Said:
        known = self._messages.get(mid) or _Message()
        interface, address = self._connections.get(dcid, (None, None))
        return Said(
            kind,
            "cisco",
            recipient=known.recipients.get(rid),
            sender=known.sender,
            host=address,
            queue_id=mid,
            message_id=known.message_id,
            local=(address or "").startswith("127."),
            source_address=interface,
            connection=dcid if address else None,
        )


def _tell(said: Said, status: str, title: str, response: str) -> None:
    """Put what the remote said into an event; where it said nothing, `000`, the gateway's own title."""
    response = response[:LONGEST_RESPONSE]
    code = _CODE.search(response)
    lines = [one or other for one, other in _LINE.findall(response, code.end() if code else 0)]
    words = " ".join(" ".join(lines).replace("\\n", " ").replace("\\'", "'").split())
    said.permanence = "permanent" if said.kind == "bounced" else None
    if code is not None and code[1] != "000":
        said.text = f"{code[1]} {words}".strip()
    else:
        said.text, said.status = words or title.strip(), status
