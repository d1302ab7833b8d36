"""Alerts by e-mail: one plain message, handed to a submission server.

It says that no person wrote it (Auto-Submitted, RFC 3834), so that no vacation responder answers. Its Message-ID is made of the
event, so that a message which had to be sent twice can be told from two; what belongs to one problem is one thread.
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from checks.bad_input import BadInput
from healthcheck.config.model import AlertTable
from healthcheck.monitor.alert import Alert, Kind
from healthcheck.monitor.channels import Fate, Reveal, Told, Untold, block, line, words_of
from healthcheck.monitor.times import as_time
from healthcheck.net.submission import Refused, Server, submit

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LIMIT = 20_000


class BadMail(BadInput):
    """A channel that lacks something; the message is one sentence."""


def send(table: AlertTable, reveal: Reveal, alert: Alert) -> Fate:
    """Hand over one message for all recipients."""
    password = reveal(table.password)
    if password and not table.user:
        raise BadMail("password is set, and user is not")
    message = mail_of(alert, table.sender, table.to)
    host, port = _place(table.server, PORTS[table.tls])
    kept = submit(message, table.sender, table.to, Server(host, port, table.tls, table.user, password))
    if isinstance(kept, Refused):
        return Untold(words_of(kept.why, password), again=kept.again)
    return Told(words_of(kept.note, password), partly=kept.partly)


def mail_of(alert: Alert, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The message. BadMail where an address is none."""
    for address in (sender, *to):
        if not _is_address(address):
            raise BadMail(f"{address[:80]!a} is no address: give sender and to as name@domain")
    if not to:
        raise BadMail("to is not set")
    home = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(to)
    what = "over" if alert.over else alert.severity
    test = "TEST " if alert.kind is Kind.TEST else ""
    message["Subject"] = f"[healthcheck] {test}{what}: {line(alert.title, 150)}"
    message["Date"] = format_datetime(as_time(alert.at))
    message["Message-ID"] = f"<{alert.event_key[:40]}@{home}>"
    message["In-Reply-To"] = message["References"] = f"<{alert.dedup_key[:40]}.topic@{home}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text_of(alert), charset="utf-8", cte="quoted-printable")
    return message


def text_of(alert: Alert) -> str:
    """The whole alert as plain text."""
    parts = [line(alert.title), block(alert.text, _LIMIT)]
    if alert.remedy:
        parts.append(f"What to do: {block(alert.remedy, _LIMIT)}")
    facts = [
        ("checks", ", ".join(alert.checks)),
        ("domains", _domains(alert)),
        ("since", alert.since),
        ("told", alert.at),
    ]
    parts.append("\n".join(f"{name}: {line(value, 2000)}" for name, value in facts if value))
    return "\n\n".join(part for part in parts if part) + "\n"


def _domains(alert: Alert) -> str:
    more = alert.count - len(alert.domains)
    return ", ".join(alert.domains) + (f" and {more} more" if more > 0 and alert.domains else "")


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' ",<>()[]\\;:')
    return bool(plain and at and local and "@" not in local and domain) and parseaddr(text)[1] == text


def _place(server: str, port: int) -> tuple[str, int]:
    """HOST[:PORT], an IPv6 address in brackets."""
    if not server:
        raise BadMail("server is not set: give HOST or HOST:PORT")
    host, given = server, ""
    if server.startswith("["):
        host, _, given = server[1:].partition("]")
        given = given.removeprefix(":")
    elif server.count(":") == 1:
        host, _, given = server.partition(":")
    if given and not (given.isascii() and given.isdigit() and 0 < int(given[:6]) < 65536):
        raise BadMail(f"server {server[:80]!a} has no port after the colon: give HOST:587")
    if not host or not host.isprintable() or " " in host:
        raise BadMail(f"server {server[:80]!a} is no name of a server: give HOST or HOST:PORT")
    return host, int(given) if given else port
