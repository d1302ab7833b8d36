"""Receivers that mean no good: whatever they say or keep from saying, sending ends, and takes no memory to speak of."""

import socket
import threading
import tracemalloc
from contextlib import contextmanager, suppress

import pytest

from healthcheck.config.model import AlertTable
from healthcheck.monitor.alerts import SystemClock, deliver
from healthcheck.monitor.channels import Channel, Untold
from healthcheck.net import submission
from healthcheck.net.http import NoReply, post
from tests.monitor.delivering import alert
from tests.monitor.receivers import mail_server


@contextmanager
def saying(first: bytes, over_and_over: bytes = b"", greets: bool = False):
    """A server that says something, and then something else without end; the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def work():
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                with client, suppress(OSError):
                    if not greets:
                        client.recv(65536)
                    client.sendall(first)
                    while over_and_over:
                        client.sendall(over_and_over)
                    client.recv(65536)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"hello there\r\n\r\n", b""),
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nX: a\x00\x1b[31m\r\n\r\n", b""),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X-Y: aaaaaaaaaaaaaaaa\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;x=" + b"b" * 60000 + b"\r\na\r\n"),
    ],
)
def test_what_is_no_answer_is_none_and_ends(first, more):
    with saying(first, more) as port:
        reply = post(f"http://127.0.0.1:{port}/SECRET", b"{}", {}, patience=0.5)
    assert isinstance(reply, NoReply)
    assert "SECRET" not in reply.why
    assert reply.why.isprintable()


def send(port: int):
    table = AlertTable(
        name="mail", kind="email", to=("a@example.net",), sender="h@example.net", server=f"127.0.0.1:{port}", tls="none"
    )
    return Channel(table, {}).send(alert())


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"", b"220-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000),
        (b"220 hi\r\n", b"250-XAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n" * 1000),
        (b"220 ", b"a" * 65536),
        (b"\xff\xfe\x00\r\n", b""),
        (b"550 \x1b[31m <!channel> | \r\n", b""),
    ],
)
def test_a_mail_server_without_end_is_left(first, more):
    tracemalloc.start()
    with saying(first, more, greets=True) as port:
        fate = send(port)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(fate, Untold)
    assert fate.why.isprintable()
    assert most < 20 * 2**20


def test_a_mail_server_that_trickles_has_one_deadline(monkeypatch):
    monkeypatch.setattr(submission, "DEADLINE", 0.3)
    with saying(b"220-", greets=True) as port:
        assert isinstance(send(port), Untold)


def test_a_mail_that_reaches_some_recipients_only_is_told(file_store):
    with mail_server() as box:
        box.refuse = {"rcpt TO:<b@example.net>": "550 no such user"}
        table = AlertTable(
            name="mail", kind="email", to=("a@example.net", "b@example.net"), sender="h@example.net",
            server=f"127.0.0.1:{box.port}", tls="none",
        )  # fmt: skip
        channel = Channel(table, {})
        file_store.outbox.put([alert()], lambda _: ["mail"], alert().at)
        done = deliver(file_store.outbox, [channel], SystemClock(), 0.0)
    assert done.sent == 1  # it is not sent again: some have it
    assert not done.complete
    assert "1 of 2" in done.sentences[0]
