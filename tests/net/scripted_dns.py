"""A DNS server on loopback that does as it is told: for behaviour that no real server can be made to show.

    async with ScriptedDns(lambda query: [reply(query, "www.example.com. 60 IN A 192.0.2.1")]) as server:
        resolver = Resolver([server.endpoint])

A script is given each query as a dnspython message and returns the octets to send, a datagram each; none is silence.
Without a script for TCP nobody listens there, and connections are refused.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from healthcheck.net.dns import Endpoint

Query = dns.message.Message
Script = Callable[[Query], Iterable[bytes]]


def reply(
    query: Query,
    *records: str,
    rcode: str = "NOERROR",
    authority: Iterable[str] = (),
    flags: int = 0,
    edns: bool = True,
) -> bytes:
    """A whole answer: records are lines of a zone file, as `www.example.com. 60 IN A 192.0.2.1`."""
    message = dns.message.make_response(query, recursion_available=True)
    message.set_rcode(dns.rcode.from_text(rcode))
    message.flags |= flags
    if not edns:
        message.use_edns(False)
    for section, lines in ((message.answer, records), (message.authority, authority)):
        for line in lines:
            name, ttl, rdclass, rdtype, text = line.split(" ", 4)
            section.append(dns.rrset.from_text(name, int(ttl), rdclass, rdtype, text))
    return message.to_wire(max_size=65535)


def cut(query: Query) -> bytes:
    """An answer that did not fit: no records, and TC set."""
    return reply(query, flags=dns.flags.TC)


def _bound() -> socket.socket:
    """A socket on a port of 127.0.0.1 that is free for UDP."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    return sock


class ScriptedDns:
    """Listens on a free port of 127.0.0.1 while its block lasts; `asked` and `asked_over_tcp` hold what came."""

    def __init__(self, udp: Script, tcp: Script | None = None) -> None:
        self.asked: list[Query] = []
        self.asked_over_tcp: list[Query] = []
        self.sources: set[int] = set()
        self._udp = udp
        self._tcp = tcp
        self._socket: socket.socket
        self._listener: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.endpoint = Endpoint("127.0.0.1")

    async def __aenter__(self) -> Self:
        self._socket = _bound()
        while self._tcp and self._listener is None:
            try:
                self._listener = await asyncio.start_server(self._serve, *self._socket.getsockname())
            except OSError:  # the port is free for UDP only: somebody's connection has it
                self._socket.close()
                self._socket = _bound()
        self.endpoint = Endpoint("127.0.0.1", self._socket.getsockname()[1])
        asyncio.get_running_loop().add_reader(self._socket, self._receive)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        if self._listener:
            self._listener.close()
            await asyncio.gather(*self._talks, return_exceptions=True)

    def _receive(self) -> None:
        while True:
            try:
                wire, source = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            query = dns.message.from_wire(wire)
            self.asked.append(query)
            self.sources.add(source[1])
            for answer in self._udp(query):
                self._socket.sendto(answer, source)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        assert self._tcp
        self._talks.add(task)
        try:
            size = int.from_bytes(await reader.readexactly(2), "big")
            query = dns.message.from_wire(await reader.readexactly(size))
            self.asked_over_tcp.append(query)
            for answer in self._tcp(query):
                writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
