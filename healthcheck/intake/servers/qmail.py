"""qmail-send: a delivery is spread over lines that share a number. qmail-log(5)

`new msg N`, `info msg N: bytes B from <S> qp P uid U`, `starting delivery D: msg N to remote R`, `delivery D: success|deferral|
failure: REPORT`, `end msg N`. In a report blanks are written `_`, and it ends with what the remote host said.
"""

import re
from collections.abc import Sequence

from checks.delivery.meaning import Said
from healthcheck.intake.latest import Latest

_INFO = re.compile(r"info msg (\d+): bytes \d+ from <(.*?)> qp")
_START = re.compile(r"starting delivery (\d+): msg (\d+) to (remote|local) (\S+)")
_DELIVERY = re.compile(r"delivery (\d+): (success|deferral|failure): (.*)", re.DOTALL)
_CLOCK = re.compile(r"\d{9,11}\.\d{1,9} ")
_HOST = re.compile(
    r"(?:^|/|^\([^()/]{1,300}\)_)(?:<[^<>/]{1,300}>_)?(?:Connected_to_)?\[?([0-9a-fA-F.:]{3,45}|[A-Za-z0-9.-]{1,255}\.[A-Za-z0-9-]{1,63})\]?_(?:accepted|does_not|failed|said|but)_"
)
_NEXT_LINE = re.compile(r"/(?=[245]\d\d[ -])")
_SAID = "Remote host said: "
_TOO_LONG = "this message has been in the queue too long"
_KINDS = {"success": "delivered", "deferral": "deferred", "failure": "bounced"}


class Qmail:
    """Reads qmail-send's messages; a bounded number of messages and deliveries is remembered."""

    def __init__(self) -> None:
        self._senders: Latest[str, str] = Latest()
        self._started: Latest[str, tuple[str, str, bool]] = Latest()

    def read(self, message: str) -> Sequence[Said]:
        """What one message, without its stamp, says."""
        if (clock := _CLOCK.match(message)) is not None:
            message = message[clock.end() :]
        if (found := _START.match(message)) is not None:
            self._started[found[1]] = (found[2], found[4], found[3] == "local")
        elif (found := _INFO.match(message)) is not None:
            self._senders[found[1]] = found[2]
        elif (found := _DELIVERY.match(message)) is not None:
            return self._delivery(found[1], _KINDS[found[2]], found[3])
        elif message.startswith("end msg "):
            self._senders.pop(message[8:].strip(), None)
        return ()

    def _delivery(self, number: str, kind: str, report: str) -> Sequence[Said]:
        queue_id, recipient, local = self._started.pop(number, (None, None, False))
        host = _HOST.search(report)
        text = report.replace("_", " ").strip().strip("/")
        said = text.partition(_SAID)[2].partition("/Giving up on")[0].partition("/I'm not going to try again")[0]
        reply = _NEXT_LINE.sub("\n", said.strip("/"))
        category = "expired" if _TOO_LONG in text else None
        return (
            Said(
                kind,
                "qmail",
                recipient=recipient,
                sender=self._senders.get(queue_id) if queue_id else None,
                text=" ".join(reply.split()) or text if kind == "delivered" else _told(text, reply, category),
                host=host[1] if host else None,
                queue_id=queue_id,
                local=local,
                permanence="permanent" if kind == "bounced" else None,
                category=category,
            ),
        )


def _told(text: str, reply: str, category: str | None) -> str:
    """What a failure is judged by: the remote's words, else qmail's own. That the queue time is over stands before both."""
    if category:
        return f"{_TOO_LONG}: {reply or text}"
    return reply or text
