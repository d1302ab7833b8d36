"""Handing one message to a submission server with smtplib: STARTTLS or TLS with a proven certificate, and a deadline.

Without encryption no password is sent, and no message to another machine. What a server answers is cut before it is shown.
"""

import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence
from email.message import EmailMessage
from typing import BinaryIO

import msgspec

from healthcheck.net.http import reason_of

PATIENCE = 20.0
"""Seconds that one step may take."""
DEADLINE = 60.0
"""Seconds that all of it may take: a server may answer a byte at a time."""
LARGEST_REPLIES = 1 << 20
"""Bytes that are read of a server: smtplib keeps all lines of a reply, and one that never ends would fill the memory."""


class Server(msgspec.Struct, frozen=True):
    """Where to go, and as whom. `tls` is starttls, tls or none; `trust` stands instead of the system's certificates."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""
    trust: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Server({self.host!a}, {self.port}, {self.tls})"


class Refused(msgspec.Struct, frozen=True):
    """It was not taken. `why` goes on after "it"; `again`: another try may help."""

    why: str
    again: bool = True


class _Counted:
    """What a server says, up to a number of bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = LARGEST_REPLIES

    def readline(self, most: int) -> bytes:
        line = self._stream.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise smtplib.SMTPServerDisconnected("it says more than anybody wants to hear")
        return line

    def close(self) -> None:
        self._stream.close()


class _Bounded:
    """smtplib puts the stream that it reads from into `file`: there it is counted."""

    _heard: _Counted | None = None

    @property
    def file(self) -> _Counted | None:
        return self._heard

    @file.setter
    def file(self, stream: BinaryIO | None) -> None:
        self._heard = None if stream is None else _Counted(stream)


class _Smtp(_Bounded, smtplib.SMTP):
    """Bounded, in the clear or with STARTTLS."""


class _SmtpOverTls(_Bounded, smtplib.SMTP_SSL):
    """Bounded, and over TLS from the first byte."""


class Taken(msgspec.Struct, frozen=True):
    """It was taken: `note` goes on after "it". `partly`: not for every recipient."""

    note: str
    partly: bool = False


def submit(message: EmailMessage, sender: str, to: Sequence[str], server: Server) -> Taken | Refused:
    """Hand the message over.

    It blocks: from an event loop call it in a thread.
    """
    if server.tls == "none" and not _is_here(server.host):
        return Refused("is on another machine, and tls is none: use starttls or tls", again=False)
    trust = server.trust or ssl.create_default_context()
    client: smtplib.SMTP = (
        _SmtpOverTls(timeout=PATIENCE, context=trust, local_hostname=_own_name())
        if server.tls == "tls"
        else _Smtp(timeout=PATIENCE, local_hostname=_own_name())
    )
    deadline = threading.Timer(DEADLINE, _hang_up, (client,))
    deadline.daemon = True
    deadline.start()
    try:
        if (refusal := _opened(client, server, trust)) is not None:
            return refusal
        return _handed_over(client, message, sender, to)
    except smtplib.SMTPException as fault:
        return _refusal(fault)
    except (OSError, ValueError) as fault:
        return Refused(reason_of(fault) or f"cannot be reached ({type(fault).__name__})")
    finally:
        deadline.cancel()
        client.close()


def _opened(client: smtplib.SMTP, server: Server, trust: ssl.SSLContext) -> Refused | None:
    """Connect, encrypt and log in."""
    # The name that a certificate is proven for: only smtplib's constructor sets it, which connects before the deadline is set.
    client._host = server.host  # type: ignore[attr-defined]
    code, words = client.connect(server.host, server.port)
    if code != 220:
        return Refused(_words(code, words), again=code < 500)
    client.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        if not client.has_extn("starttls"):
            what = "offers no STARTTLS: without it nothing is sent; use tls where the server speaks TLS at once"
            return Refused(what, again=False)
        client.starttls(context=trust)  # a refusal raises: nothing goes out in the clear
        client.ehlo()
    if server.user:
        client.login(server.user, server.password)
    return None


def _handed_over(client: smtplib.SMTP, message: EmailMessage, sender: str, to: Sequence[str]) -> Taken:
    refused = client.send_message(message, sender, list(to))
    if not refused:
        return Taken("took the message")
    code, words = next(iter(refused.values()))
    short = f"took the message for {len(to) - len(refused)} of {len(to)}; of the others it said {_words(code, words)}"
    return Taken(short, partly=True)


def _refusal(fault: smtplib.SMTPException) -> Refused:
    match fault:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in fault.recipients.values()]
            code, words = next(iter(fault.recipients.values()), (0, b""))
            return Refused(f"refused every recipient: {_words(code, words)}", again=any(code < 500 for code in codes))
        case smtplib.SMTPAuthenticationError():
            said = _words(fault.smtp_code, fault.smtp_error)
            return Refused(f"does not accept user and password: {said}", again=fault.smtp_code < 500)
        case smtplib.SMTPResponseException():
            return Refused(_words(fault.smtp_code, fault.smtp_error), again=fault.smtp_code < 500)
        case smtplib.SMTPServerDisconnected():
            return Refused("hung up in the middle, or said too much")
        case smtplib.SMTPNotSupportedError():
            return Refused("does not offer what is needed: AUTH, STARTTLS or SMTPUTF8", again=False)
        case _:
            return Refused(f"failed ({type(fault).__name__})")


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"answered {code} {' '.join(text[:500].split())}".strip()


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own_name() -> str:
    """What is said in EHLO: this machine's name where it is a full one, else an address literal (RFC 5321 section 4.1.4)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _hang_up(client: smtplib.SMTP) -> None:
    held = client.sock
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
