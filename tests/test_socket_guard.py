"""The guard of conftest.py is awake."""

import asyncio
import socket

import pytest

from tests.conftest import ATTEMPTS, OutsideLoopback, is_loopback


@pytest.fixture(autouse=True)
def _forgiven(_no_network):
    yield
    ATTEMPTS.clear()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_another_machine_is_refused(family, kind, method):
    address = ("192.0.2.1", 53) if family == socket.AF_INET else ("2001:db8::1", 53)
    with socket.socket(family, kind) as sock, pytest.raises(OutsideLoopback):
        getattr(sock, method)(address)
    assert ATTEMPTS


def test_a_datagram_to_another_machine_is_refused():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with pytest.raises(OutsideLoopback):
            sock.sendto(b"x", ("192.0.2.1", 53))
        with pytest.raises(OutsideLoopback):
            sock.sendto(b"x", 0, ("192.0.2.1", 53))
        with pytest.raises(OutsideLoopback):
            sock.sendmsg([b"x"], [], 0, ("192.0.2.1", 53))


def test_an_event_loop_does_not_get_around_it():
    async def connect():
        await asyncio.open_connection("192.0.2.1", 53)

    with pytest.raises(OutsideLoopback):
        asyncio.run(connect())


def test_the_system_looks_no_name_up():
    with pytest.raises(OutsideLoopback):
        socket.getaddrinfo("www.example.com", 80)
    with pytest.raises(OutsideLoopback):
        socket.gethostbyname("www.example.com")


def test_loopback_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 5):
        pass
    assert not ATTEMPTS
    assert all(map(is_loopback, ("127.0.0.1", "127.8.9.10", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.0.2.1", "::", "example.com", "")))
