"""hMailServer: a table of its conversations, `"SMTPC"<tab>thread<tab>session<tab>"time"<tab>"address"<tab>"RECEIVED: 250 ok"`.

SMTPC is what it says to other servers, SMTPD what it is told. Nothing names an outcome: that is the reply to each `RCPT TO`, and the
reply to the message behind the `354`. The lines of a reply stand in one cell, `[nl]` between them.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

MOST_RECIPIENTS = 1000
LINE = re.compile(r'"([A-Z0-9]{4,12})"\t')
_TALK = re.compile(
    r'"(SMTPC|SMTPD)"\t\d{1,10}\t(\d{1,15})\t"([^"]{10,40})"\t"([^"]{1,60})"\t"(SENT|RECEIVED): (.*)"\s*', re.DOTALL
)
_COMMAND = re.compile(r"(MAIL FROM|RCPT TO):\s?<([^>]{0,1000})>", re.IGNORECASE)
_KINDS = {"2": "delivered", "4": "deferred", "5": "bounced"}


class _Talk:
    """Where one conversation stands: what was asked last, who the message is from and for."""

    def __init__(self) -> None:
        self.asked = ""
        self.sender: str | None = None
        self.recipient = ""
        self.accepted: list[str] = []


class HMailServer:
    """Reads the lines of conversations; a bounded number is remembered."""

    def __init__(self) -> None:
        self._talks: Latest[tuple[str, str], _Talk] = Latest()

    def read(self, line: str) -> Sequence[Said]:
        """What one line says."""
        found = _TALK.match(line)
        if found is None:
            return ()
        side, session, time, address, way, text = found.groups()
        talk = self._talk(side, session)
        client = side == "SMTPC"
        if (way == "SENT") == client:
            self._ask(talk, text)
            return ()
        said = self._answered(talk, text) if client else self._refused(talk, text)
        for number, one in enumerate(said, start=1):
            one.time = time
            one.host = address if client else None
            one.local = client and address.startswith("127.")
            one.part = number if len(said) > 1 else None
        return said

    def _talk(self, side: str, session: str) -> _Talk:
        talk = self._talks.get((side, session))
        if talk is None:
            talk = self._talks[side, session] = _Talk()
        return talk

    def _ask(self, talk: _Talk, text: str) -> None:
        if (command := _COMMAND.match(text)) is not None:
            talk.asked = command[1].upper()
            if talk.asked == "MAIL FROM":
                talk.sender, talk.accepted = command[2], []
            else:
                talk.recipient = command[2]
        elif talk.asked != "message":
            talk.asked = text[:8].strip().upper()

    def _answered(self, talk: _Talk, text: str) -> Sequence[Said]:
        """What another server's reply comes to."""
        kind, asked = _KINDS.get(text[:1]), talk.asked
        if text[:3] == "354":
            talk.asked = "message"
            return ()
        if kind is None:
            return ()
        if asked == "RCPT TO":
            talk.asked = ""
            if kind != "delivered":
                return [_one(kind, talk.recipient, talk.sender, text)]
            if len(talk.accepted) < MOST_RECIPIENTS:
                talk.accepted.append(talk.recipient)
            return ()
        if asked == "message" or (asked == "DATA" and kind != "delivered"):
            talk.asked, everyone = "", talk.accepted
            talk.accepted = []
            return [_one(kind, one, talk.sender, text) for one in everyone]
        if asked == "MAIL FROM" and kind != "delivered":
            talk.asked = ""
            return [_one(kind, None, talk.sender, text)]
        return ()

    def _refused(self, talk: _Talk, text: str) -> Sequence[Said]:
        """What this server refused to one that brought mail."""
        asked, talk.asked = talk.asked, ""
        if text[:1] not in ("4", "5") or asked not in ("RCPT TO", "MAIL FROM"):
            return ()
        return [_one("rejected", talk.recipient if asked == "RCPT TO" else None, talk.sender, text)]


def _one(kind: str, recipient: str | None, sender: str | None, text: str) -> Said:
    return Said(
        kind,
        "hmailserver",
        recipient=recipient,
        sender=sender,
        text=text.replace("[nl]", "\n"),
        permanence="permanent" if kind == "bounced" else None,
    )
