"""Real receivers on loopback: an HTTP server that answers as it is told, and a mail server that keeps what it is given."""

import datetime
import http.server
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Receiver:
    """What was posted, and what is answered: the next of `script` (status, headers, body), the last one for ever."""

    def __init__(self, script):
        self.script = list(script)
        self.got = []
        self.url = ""
        self.on_post = lambda: None

    def answer(self):
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def receiver(*script, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """An HTTP server on loopback; without a script it answers 200 and ok."""
    told = Receiver(script or [(200, {}, b"ok")])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, dict(self.headers), body))
            told.on_post()
            status, headers, words = told.answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in [words] if isinstance(words, bytes) else words:
                    self.wfile.write(piece)
            except OSError:
                return  # whoever asked has heard enough

        def log_message(self, *_):
            return

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            return  # a client that does not trust us hangs up

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    with _running(server):
        yield told


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Mailbox:
    """What was handed in. `refuse` answers a verb, or a whole line, with something else; `heard` are all lines that came."""

    def __init__(self):
        self.mails = []
        self.heard = []
        self.secure = []
        self.refuse = {}
        self.port = 0


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.box, self.tls, implicit = self.server.told
        self.encrypted = False
        try:
            if implicit:
                self.encrypt()
            self.say("220 mx.example.net ESMTP")
            while line := self.rfile.readline(2000).decode().strip():
                self.box.heard.append(line)
                verb = line.upper().split()[0]
                if (refusal := self.box.refuse.get(verb) or self.box.refuse.get(line)) is not None:
                    self.say(refusal)
                else:
                    getattr(self, f"on_{verb.lower()}", self.on_else)()
        finally:
            self.request.close()

    def on_ehlo(self):
        offers = ["250-STARTTLS"] if self.tls and not self.encrypted else []
        self.say("250-mx.example.net", *offers, "250-AUTH PLAIN", "250 8BITMIME")

    def on_starttls(self):
        self.say("220 go ahead")
        self.encrypt()

    def on_auth(self):
        self.say("235 welcome")

    def on_data(self):
        self.say("354 go on")
        lines = []
        while (text := self.rfile.readline(2000)) not in (b".\r\n", b""):
            lines.append(text)
        self.box.mails.append(b"".join(lines))
        self.box.secure.append(self.encrypted)
        self.say("250 queued as 4E30B1100C7")

    def on_else(self):
        self.say("250 fine")

    def encrypt(self):
        self.request = self.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)
        self.encrypted = True

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        return


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, implicit: bool = False) -> Iterator[Mailbox]:
    """An SMTP server on loopback, with STARTTLS where it has a certificate."""
    box = Mailbox()
    server = _SmtpServer(("127.0.0.1", 0), _Smtp)
    server.told = (box, tls, implicit)
    box.port = server.server_address[1]
    with _running(server):
        yield box


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context for these names or addresses, and the file of the certificate that proves it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test of healthcheck")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


def _name(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
