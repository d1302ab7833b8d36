"""The lab as a DNS server: the same zones over UDP and TCP, to dig, swaks or another checker.

An authoritative server for every zone of the lab (RFC 1034 section 4.3.2) that follows aliases from one of its zones to
another, so that it can also be asked like a resolver. The faults of the lab are acted out: SERVFAIL, REFUSED, or no answer
at all. What is not in the lab is refused. Nothing that a stranger sends ends it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.names import normalised
from healthcheck.world.zone import ZoneWorld

WITHOUT_EDNS = 512
"""Octets of a UDP answer to a client that says nothing. RFC 1035 section 4.2.1"""
WITH_EDNS = 1232
"""Octets of a UDP answer at most, whatever the client allows: no fragments. dnsflagday.net (2020-10-01)"""
LARGEST = 65535
IDLE = 10.0
"""Seconds a TCP connection may stay silent. RFC 7766 section 6.2.3"""
MOST_CONNECTIONS = 200

TRANSFERS = (dns.rdatatype.AXFR, dns.rdatatype.IXFR)


def respond(world: ZoneWorld, wire: bytes, over_tcp: bool) -> bytes | None:
    """The message that answers a message, or None where none is to be sent. Never raises for what is in `wire`."""
    try:
        # What stands behind the message is nobody's harm; dig never sends it, fuzzers do.
        query = dns.message.from_wire(wire, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return _cannot_read(wire)
    if query.flags & dns.flags.QR:
        return None  # an answer: to answer it could go on for ever
    reply = dns.message.make_response(
        query, recursion_available=bool(query.flags & dns.flags.RD), our_payload=WITH_EDNS
    )
    refused = _not_for_us(query)
    if refused is not None:
        reply.set_rcode(refused)
    elif not _fill(reply, world, over_tcp):
        return None
    if over_tcp:
        return reply.to_wire(max_size=LARGEST, prefer_truncation=True)
    room = max(WITHOUT_EDNS, min(query.payload, WITH_EDNS)) if query.edns >= 0 else WITHOUT_EDNS
    return reply.to_wire(max_size=room, prefer_truncation=True)


def _cannot_read(wire: bytes) -> bytes | None:
    """FORMERR with the client's id, where there is an id and it is a question. RFC 1035 section 4.1.1"""
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    return wire[:2] + bytes([0x80 | (wire[2] & 0x79), dns.rcode.FORMERR]) + bytes(8)


def _not_for_us(query: dns.message.Message) -> dns.rcode.Rcode | None:
    if query.edns > 0:
        return dns.rcode.BADVERS  # RFC 6891 section 6.1.3
    if query.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(query.question) != 1:
        return dns.rcode.FORMERR
    (question,) = query.question
    if question.rdclass != dns.rdataclass.IN or question.rdtype in TRANSFERS:
        return dns.rcode.REFUSED
    if question.rdtype == dns.rdatatype.ANY:
        return dns.rcode.NOTIMP  # one may decline it: RFC 8482 section 4
    return None


def _fill(reply: dns.message.Message, world: ZoneWorld, over_tcp: bool) -> bool:
    """Put the answer into a reply; False where the lab keeps silent."""
    (question,) = reply.question
    rdtype = dns.rdatatype.to_text(question.rdtype)
    asked = DnsQuestion(_text(question.name), rdtype, tcp=over_tcp)
    answer = world.look_up(asked)
    if answer.outcome is Outcome.TEMPFAIL and answer.detail == "timed out":
        return False
    if world.zones_of(asked.name) is not None:
        reply.flags |= dns.flags.AA
    owner = question.name
    for alias in answer.aliases:
        # The links of the chain, so that a client sees the way. RFC 1034 section 3.6.2
        link = world.look_up(DnsQuestion(_text(owner), "CNAME"))
        reply.answer.append(dns.rrset.from_text(owner, link.ttl or 0, "IN", "CNAME", f"{alias}."))
        owner = dns.name.from_text(alias)
    match answer.outcome:
        case Outcome.ANSWERED:
            end = world.look_up(DnsQuestion(_text(owner), rdtype, tcp=over_tcp))
            reply.answer.append(dns.rrset.from_text(owner, end.ttl or 0, "IN", rdtype, *end.records))
        case Outcome.NXDOMAIN | Outcome.NO_DATA:
            reply.authority.extend(_start_of_authority(world, _text(owner)))
            reply.set_rcode(dns.rcode.NXDOMAIN if answer.outcome is Outcome.NXDOMAIN else dns.rcode.NOERROR)
        case _:
            reply.set_rcode(_failure(answer))
    return True


def _failure(answer: Answer) -> dns.rcode.Rcode:
    if answer.loops:
        return dns.rcode.NOERROR  # the links are in the answer; the client finds the loop
    if answer.outcome is Outcome.REFUSED:
        # At the end of a chain: the rest is somebody else's to answer. RFC 1034 section 4.3.2, step 3a
        return dns.rcode.NOERROR if answer.aliases else dns.rcode.REFUSED
    return dns.rcode.SERVFAIL


def _start_of_authority(world: ZoneWorld, name: str) -> list[dns.rrset.RRset]:
    """The SOA that says how long a negative answer lives. RFC 2308 section 3"""
    zones = world.zones_of(name)
    origin = zones.origin_of(name) if zones else None
    soa = zones.names.get(origin, {}).get("SOA") if zones and origin is not None else None
    if zones is None or origin is None or soa is None:
        return []
    lives = zones.negative_ttl(origin) or 0
    return [dns.rrset.from_text(dns.name.from_text(origin), lives, "IN", "SOA", *soa.records)]


def _text(name: dns.name.Name) -> str:
    return normalised(name.to_text())


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, world: ZoneWorld) -> None:
        self._world = world
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own transport does not derive from the class that documents it.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = respond(self._world, data, over_tcp=False)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


class _Tcp:
    """Connections, each with any number of messages behind their lengths. RFC 1035 section 4.2.2, RFC 7766 section 6"""

    def __init__(self, world: ZoneWorld) -> None:
        self._world = world
        self._open: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, or hang up where there are too many."""
        if len(self._open) >= MOST_CONNECTIONS:
            writer.close()
            return
        # A task of our own: asyncio reports the cancelled ones of its own making as errors.
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    def close(self) -> None:
        """Hang up on everybody."""
        for task in self._open:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # What a client does to its connection, and how long it sleeps, is its own affair.
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                while True:
                    async with asyncio.timeout(IDLE):
                        length = int.from_bytes(await reader.readexactly(2), "big")
                        reply = respond(self._world, await reader.readexactly(length), over_tcp=True)
                        if reply is not None:
                            writer.write(len(reply).to_bytes(2, "big") + reply)
                            await writer.drain()
                        await asyncio.sleep(0)  # a burst is read without waiting: others are to have a turn
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def serving(world: ZoneWorld, host: str, port: int) -> AsyncIterator[int]:
    """Serve a world over UDP and TCP while the block lasts; gives the port, which is a free one for port 0.

    OSError where the address or the port is not to be had.
    """
    loop = asyncio.get_running_loop()
    connections = _Tcp(world)
    tcp = await asyncio.start_server(connections.connected, host, port)
    try:
        bound: int = tcp.sockets[0].getsockname()[1]
        udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(world), (host, bound))
        try:
            yield bound
        finally:
            udp.close()
    finally:
        tcp.close()
        connections.close()
