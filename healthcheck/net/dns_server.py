"""One DNS server and the ways to ask it: UDP first, TCP where an answer does not fit, without EDNS for the very old.

What a server does is told apart, because a verdict hangs on it: it answered; it said SERVFAIL, or refused; it sent
something that is no answer; it kept silent; it cannot be reached; or it sent half an answer over UDP and the rest could
not be fetched over TCP. RFC 7766 section 5 makes TCP as much part of DNS as UDP is.
"""

import asyncio
import socket
from functools import partial
from secrets import token_bytes
from time import monotonic
from typing import assert_never

import msgspec

from healthcheck.net import dns_wire as wire_format
from healthcheck.net.dns_udp import SOCKETS, WINDOW, Endpoint, Lost, UdpLink
from healthcheck.net.dns_wire import FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, Malformed, Reply

TCP_WINDOW = 16
"""Connections at a time to one server: each question has its own, and servers count them per client."""


class Failure(msgspec.Struct, frozen=True):
    """What a server did instead of answering, in words that follow its name."""

    what: str
    refused: bool = False
    spoke: bool = False
    """It sent something, be it nonsense."""
    passed_over: bool = False
    """It was not asked at all."""


class Server:
    """A server that is asked: a resolver, or with `recursion` off an authoritative server."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeout: float,
        recursion: bool = True,
        window: int = WINDOW,
        sockets: int = SOCKETS,
    ) -> None:
        self.endpoint = endpoint
        self.label = endpoint.label
        self.link = UdpLink(endpoint, window=window, sockets=sockets)
        self._timeout = timeout
        self._timed_out = f"timed out after {timeout:.1f} s"
        self._recursion = recursion
        self._tcp_window = asyncio.Semaphore(TCP_WINDOW)

    async def ask(self, asked: bytes, *, tcp: bool, hasty: bool) -> tuple[Reply | Failure, float]:
        """Ask a question section, by all means there are; with the time it was first sent, in monotonic seconds.

        A `hasty` question is not put to a silent server: the Failure is `passed_over`. Raises nothing for what it does.
        """
        send = self._over_tcp if tcp else partial(self._over_udp, hasty=hasty)
        result, sent = await send(asked, edns=True)
        if isinstance(result, Reply) and _wants_no_edns(result):
            # It does not know EDNS and says so: once more as in 1987. RFC 6891 section 7
            result, _ = await send(asked, edns=False)
        return _judged(result), sent

    def close(self) -> None:
        """Give the sockets back."""
        self.link.close()

    async def _over_udp(self, asked: bytes, *, edns: bool, hasty: bool) -> tuple[Reply | Failure, float]:
        query = wire_format.query(asked, recursion=self._recursion, edns=edns)
        result, sent = await self.link.exchange(query, asked, self._timeout, hasty=hasty)
        match result:
            case bytes():
                reply = _read(result, asked)
                if isinstance(reply, Reply) and reply.truncated:
                    reply, _ = await self._over_tcp(asked, edns=edns)
                    if isinstance(reply, Failure) and not reply.spoke:
                        what = f"truncated over UDP, and TCP/{self.endpoint.port} failed: {reply.what}"
                        reply = Failure(what, spoke=True)
                return reply, sent
            case Lost.TIMED_OUT:
                return Failure(self._timed_out), sent
            case Lost.UNREACHABLE | Lost.NOT_SENT:
                return Failure(result.value, passed_over=result is Lost.NOT_SENT), sent
            case _:
                assert_never(result)

    async def _over_tcp(self, asked: bytes, *, edns: bool) -> tuple[Reply | Failure, float]:
        query = wire_format.query(asked, recursion=self._recursion, edns=edns)
        ident = token_bytes(2)
        async with self._tcp_window:
            sent = monotonic()
            try:
                async with asyncio.timeout(self._timeout):
                    wire = await _tcp_exchange(self.endpoint, ident + query)
            except TimeoutError:
                return Failure(self._timed_out), sent
            except EOFError:
                return Failure("connection closed without an answer"), sent
            except OSError as fault:
                return Failure(_reason(fault)), sent
        if wire[:2] != ident or not wire_format.replies_to(wire, asked):
            return Failure("malformed answer", spoke=True), sent
        reply = _read(wire, asked)
        if isinstance(reply, Reply) and reply.truncated:
            return Failure("truncated over TCP", spoke=True), sent
        return reply, sent


def _judged(result: Reply | Failure) -> Reply | Failure:
    """A reply that is no answer becomes the failure it is."""
    if isinstance(result, Failure):
        return result
    if result.code not in (NOERROR, NXDOMAIN):
        return Failure(result.code_name, refused=result.code == REFUSED, spoke=True)
    if result.zone is not None:
        # Not "no such record": the server does not know, and says who should. RFC 2308 section 2.2
        zone = result.zone or "the root"
        return Failure(f"has no answer, only a referral to the servers of {zone}", spoke=True)
    return result


def _wants_no_edns(reply: Reply) -> bool:
    if reply.code == wire_format.BADVERS:
        return True
    return reply.code in (FORMERR, NOTIMP) and not reply.speaks_edns


def _read(wire: bytes, asked: bytes) -> Reply | Failure:
    try:
        return wire_format.read(wire, asked)
    except Malformed:
        return Failure("malformed answer", spoke=True)


def _reason(fault: OSError) -> str:
    """An operating system error in a few words, the same on every machine."""
    if isinstance(fault, ConnectionRefusedError):
        return "connection refused"
    if isinstance(fault, ConnectionError):
        return "connection reset"
    return "unreachable"


async def _tcp_exchange(endpoint: Endpoint, message: bytes) -> bytes:
    """One message there and one back, each behind its length in two octets. RFC 1035 section 4.2.2

    Raises OSError, and EOFError where the connection ends early.
    """
    loop = asyncio.get_running_loop()
    sock = endpoint.open(socket.SOCK_STREAM)
    try:
        await loop.sock_connect(sock, (endpoint.address, endpoint.port))
        # Length and message in one write: some servers read no further than the first segment. RFC 7766 section 8
        await loop.sock_sendall(sock, len(message).to_bytes(2, "big") + message)
        length = int.from_bytes(await _exactly(loop, sock, 2), "big")
        return await _exactly(loop, sock, length)
    finally:
        sock.close()


async def _exactly(loop: asyncio.AbstractEventLoop, sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = await loop.sock_recv(sock, size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
