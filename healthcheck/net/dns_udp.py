"""Many questions to one DNS server over a few UDP sockets: matching, the window, retransmission.

UDP loses datagrams and lets anybody send one. So each question has an id from the system's random source and leaves
by one of a few connected sockets: what is taken for its answer must come from the server's address to that port, with
that id, for that question (RFC 5452 section 9.1). Everything else is counted and dropped.

A lost datagram is sent again when its answer is overdue by what this server has needed so far: RFC 6298, with limits
for questions instead of streams. A window keeps a burst of thousands from overflowing the socket buffers on either
side, which would lose datagrams and cost seconds instead of milliseconds.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from enum import Enum
from secrets import randbelow, token_bytes
from time import monotonic
from typing import NamedTuple

import msgspec

from healthcheck.net.dns_wire import replies_to

WINDOW = 200
"""Questions in flight to one server: their answers fit the receive buffers with room to spare."""
SOCKETS = 4
_BUFFER = 1 << 20  # octets; the kernel gives what it allows
_LARGEST = 4096  # octets of a datagram: three times what we say we take
_AT_ONCE = 256  # datagrams read before others have their turn
_SILENCE = 30.0  # seconds for which a server that was heard of no more is asked only if no other answers
_TICK = 0.02  # seconds between two looks at what is overdue; a timer for each question would cost more than sending it

FIRST_WAIT = 0.8
"""Seconds until a question to an unknown server is sent again."""
LEAST_WAIT = 0.1
_MOST_WAIT = 2.0


class Lost(Enum):
    """Why there is no answer."""

    TIMED_OUT = "timed out"
    UNREACHABLE = "unreachable"
    NOT_SENT = "was silent before, and not asked again"


class Endpoint(msgspec.Struct, frozen=True, order=True):
    """Where a DNS server listens: an IPv4 or IPv6 address in text, and a port."""

    address: str
    port: int = 53

    @property
    def label(self) -> str:
        """As it stands in an answer: the port only where it is not 53."""
        if self.port == 53:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def open(self, kind: socket.SocketKind) -> socket.socket:
        """A non-blocking socket of the right family; OSError if the machine has none to give."""
        sock = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, kind)
        sock.setblocking(False)
        return sock


class Delivery(NamedTuple):
    """How a question fared: its answer's octets or why there are none, and when it was first sent (monotonic seconds)."""

    result: bytes | Lost
    sent: float


class _Flight:
    """A question on its way."""

    __slots__ = ("again", "asked", "deadline", "due", "future", "query", "sent", "wait")

    def __init__(self, query: bytes, asked: bytes, wait: float, timeout: float, future: asyncio.Future[bytes | Lost]):
        self.query = query
        self.asked = asked
        self.future = future
        self.wait = wait
        self.again = False
        self.sent = monotonic()
        self.due = self.sent + wait
        self.deadline = self.sent + timeout

    def land(self, result: bytes | Lost) -> None:
        """Hand over what came of it; the first result stands."""
        if not self.future.done():
            self.future.set_result(result)


class RoundTrip:
    """How long to wait for a server before asking again. RFC 6298 section 2

    `wait` is the smoothed round-trip time and four times its variation, and never less than three round trips or 0.1 s.
    An answer to a question that was sent twice tells nothing of either (Karn), but shows that the wait was too short
    where it goes on happening: the wait then grows until a clean measurement comes.
    """

    __slots__ = ("_smoothed", "_variation", "wait")

    def __init__(self) -> None:
        self.wait = FIRST_WAIT
        self._smoothed = 0.0
        self._variation = 0.0

    def measured(self, seconds: float) -> None:
        """A question that was sent once was answered after so long."""
        if not self._smoothed:
            self._smoothed, self._variation = seconds, seconds / 2
        else:
            self._variation += (abs(self._smoothed - seconds) - self._variation) / 4
            self._smoothed += (seconds - self._smoothed) / 8
        wait = max(LEAST_WAIT, 3 * self._smoothed, self._smoothed + 4 * self._variation)
        self.wait = min(wait, _MOST_WAIT)

    def overdue(self, waited: float) -> None:
        """A question was answered only after it had been sent again; `waited` is the last interval before that."""
        self.wait = max(self.wait, min(waited, _MOST_WAIT))


class UdpLink:
    """The sockets to one server, and what is in flight on them. Belongs to the event loop it is first used under."""

    def __init__(self, endpoint: Endpoint, *, window: int = WINDOW, sockets: int = SOCKETS) -> None:
        self.endpoint = endpoint
        self.round_trip = RoundTrip()
        self.ignored = 0
        """Datagrams that answered no question of ours."""
        self.heard = 0.0
        """When the last answer came, in monotonic seconds."""
        self._silent_since = 0.0
        self._window = window
        self._in_flight = 0
        self._gates: deque[asyncio.Future[None]] = deque()
        self._lanes: list[_Lane | None] = [None] * sockets
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """True if nothing is in flight."""
        return self._in_flight == 0

    @property
    def silent(self) -> bool:
        """True if, a short while ago, a question went unanswered while nothing else was heard, nor has been since."""
        return self.heard < self._silent_since and monotonic() < self._silent_since + _SILENCE

    async def exchange(self, query: bytes, asked: bytes, timeout: float, *, hasty: bool = False) -> Delivery:
        """Send a query (all but its id) and wait for its answer, `timeout` seconds from when the window lets it out.

        A `hasty` question is not sent to a silent server: there are others, and thousands must not wait for a dead one.
        """
        await self._enter()
        try:
            if hasty and self.silent:
                return Delivery(Lost.NOT_SENT, 0.0)
            delivery = await self._send(query, asked, timeout)
        finally:
            self._leave()
        if isinstance(delivery.result, Lost) and self.heard < delivery.sent:
            self._silent_since = monotonic()
        return delivery

    def close(self) -> None:
        """Give the sockets back; questions still in flight become unreachable."""
        if self._ticking:
            self._ticking.cancel()
            self._ticking = None
        for lane in self._lanes:
            if lane:
                lane.close()
        self._lanes = [None] * len(self._lanes)

    async def _enter(self) -> None:
        if self._in_flight < self._window:
            self._in_flight += 1
            return
        gate = asyncio.get_running_loop().create_future()
        self._gates.append(gate)
        try:
            await gate
        except asyncio.CancelledError:
            if gate.done() and not gate.cancelled():
                self._leave()  # the place was given to us just before: pass it on
            raise

    def _leave(self) -> None:
        while self._gates:
            gate = self._gates.popleft()
            if not gate.done():
                gate.set_result(None)  # our place becomes theirs
                return
        self._in_flight -= 1

    async def _send(self, query: bytes, asked: bytes, timeout: float) -> Delivery:
        loop = asyncio.get_running_loop()
        number = randbelow(len(self._lanes))
        lane = self._lanes[number]
        if lane is None:
            try:
                lane = self._lanes[number] = _Lane(self, loop)
            except OSError:
                return Delivery(Lost.UNREACHABLE, monotonic())
        ident = lane.free_id()
        flight = _Flight(ident + query, asked, self.round_trip.wait, timeout, loop.create_future())
        lane.flights[ident] = flight
        try:
            if not lane.transmit(flight.query):
                return Delivery(Lost.UNREACHABLE, flight.sent)
            if self._ticking is None:
                self._ticking = loop.call_later(_TICK, self._tick, loop)
            return Delivery(await flight.future, flight.sent)
        finally:
            if lane.flights.get(ident) is flight:  # and not a later question with the same id
                del lane.flights[ident]

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send again, or give up, what is overdue; and look again in a while if anything is still out.

        What lies in a socket buffer is read first, so that a busy processor is not taken for a silent server.
        """
        self._ticking = None
        flying = False
        for lane in self._lanes:
            if lane and lane.flights:
                lane.receive()
                self._look_after(lane)
                flying = flying or bool(lane.flights)
        if flying:
            self._ticking = loop.call_later(_TICK, self._tick, loop)

    def _look_after(self, lane: "_Lane") -> None:
        now = monotonic()
        for flight in list(lane.flights.values()):
            if flight.deadline <= now:
                flight.land(Lost.TIMED_OUT)
            elif flight.due > now or flight.future.done():
                continue
            elif lane.transmit(flight.query):
                flight.again = True
                flight.wait *= 2
                flight.due = now + flight.wait
            else:
                flight.land(Lost.UNREACHABLE)


class _Lane:
    """One connected socket and the questions that left by it, by id."""

    def __init__(self, link: UdpLink, loop: asyncio.AbstractEventLoop) -> None:
        self.flights: dict[bytes, _Flight] = {}
        self._link = link
        self._loop = loop
        self._socket = link.endpoint.open(socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.connect((link.endpoint.address, link.endpoint.port))
            # A reader and not a datagram protocol: it takes all that has come at one waking, a third of the cost.
            loop.add_reader(self._socket, self.receive)
        except BaseException:
            self._socket.close()
            raise

    def free_id(self) -> bytes:
        """Two random octets that no question on this socket is using."""
        while (ident := token_bytes(2)) in self.flights:
            pass
        return ident

    def transmit(self, query: bytes) -> bool:
        """Send a datagram; False if the machine knows no way to the server."""
        try:
            self._socket.send(query)
        except (BlockingIOError, InterruptedError):
            pass  # the buffer is full: as good as lost, and lost datagrams are sent again
        except ConnectionRefusedError:
            self._refused()
            return False
        except OSError:
            return False
        return True

    def receive(self) -> None:
        """Read what has come, and hand each answer to its question."""
        recv: Callable[[int], bytes] = self._socket.recv
        for _ in range(_AT_ONCE):
            try:
                wire = recv(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionRefusedError:
                self._refused()
                continue
            except OSError:
                return
            self._deliver(wire)

    def _deliver(self, wire: bytes) -> None:
        flight = self.flights.get(wire[:2])
        if flight is None or not replies_to(wire, flight.asked):
            self._link.ignored += 1
            return
        del self.flights[wire[:2]]
        now = self._link.heard = monotonic()
        if flight.again:
            self._link.round_trip.overdue(flight.wait / 2)
        else:
            self._link.round_trip.measured(now - flight.sent)
        flight.land(wire)

    def _refused(self) -> None:
        """The server's machine says that nobody listens there (ICMP port unreachable): for all that is out."""
        for flight in self.flights.values():
            flight.land(Lost.UNREACHABLE)

    def close(self) -> None:
        """Give the socket back."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._refused()
