"""The DNS client: a question goes in, an Answer comes out, whatever the network does.

Resolvers are asked in order, the next one where one is silent, fails, refuses or talks nonsense: what they say is
kept in the answer's detail, since "one of your two resolvers is dead" is worth knowing. "The name does not exist" and
"it has no such record" are answers, and the last word; "SERVFAIL" and "timed out" are not, and never mean "no record".

An alias (CNAME) is followed to its end, within the answer or by asking on, at most sixteen links (RFC 1034 section
5.2.2 asks for loops to be noticed). A question with a `server` goes there and nowhere else, without recursion.
"""

import asyncio
import ipaddress
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net import dns_wire as wire_format
from healthcheck.net.dns_server import Failure, Server
from healthcheck.net.dns_udp import WINDOW, Endpoint
from healthcheck.net.dns_wire import MOST_LINKS, NXDOMAIN, Reply
from healthcheck.net.keys import Keys

__all__ = ["Endpoint", "Resolver", "parse_endpoint", "system_resolvers"]

_MOST_DIRECT = 1000  # authoritative servers whose round-trip times are remembered
DIRECT_TIMEOUT = 2.0
"""Seconds that an authoritative server is waited for at most: it answers from memory. Where a firewall lets port 53 out to
the resolver only, it is silent, and a run would wait its whole timeout for what it can do without."""


class Resolver:
    """Asks DNS questions of some resolvers, or of the one server a question names.

    `timeout` is in seconds, for each server asked, and at most DIRECT_TIMEOUT for one that a question names (`direct_timeout`);
    waiting for a place in a server's window does not count. `direct_port` is where a question's own `server` is
    asked. `keys` are those of the accounts that questions name. Belongs to one event loop.
    """

    def __init__(  # noqa: PLR0913 - by keyword, each with a default
        self,
        endpoints: Iterable[Endpoint] | None = None,
        *,
        timeout: float = 3.0,
        window: int = WINDOW,
        direct_port: int = 53,
        keys: Keys | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Without endpoints, the system's resolvers. ValueError if there are none or the timeout is not positive."""
        if not timeout > 0:
            raise ValueError("the timeout must be more than 0 seconds")
        found = tuple(system_resolvers() if endpoints is None else endpoints)
        if not found:
            raise ValueError("no resolver to ask: give at least one")
        self.servers = tuple(Server(endpoint, timeout=timeout, window=window) for endpoint in found)
        self._direct: dict[str, Server] = {}
        self.direct_timeout = min(timeout, DIRECT_TIMEOUT)
        self._direct_port = direct_port
        self._keys = keys or Keys({})
        self._clock = clock

    @property
    def ignored(self) -> int:
        """Datagrams that answered no question of ours: strays, or somebody guessing."""
        return sum(server.link.ignored for server in (*self.servers, *self._direct.values()))

    async def answer(self, question: DnsQuestion) -> Answer:
        """What came back, without any key. Never raises for what is in the question or comes from the network."""
        return self._keys.hidden(await self._answer(question))

    async def _answer(self, question: DnsQuestion) -> Answer:
        trail = _Trail(question, self._clock())
        spoken = self._keys.spoken(question)
        if spoken is None:
            return trail.unasked(Outcome.TEMPFAIL, f"no key of the account {question.account} is known")
        name, kind = wire_format.encoded_name(spoken), wire_format.type_number(question.rdtype)
        if name is None and question.account:
            # Without the key it may well be one: that it cannot be asked for says nothing of what is there.
            return trail.unasked(Outcome.TEMPFAIL, "with the key in it, the name is longer than DNS can hold")
        if name is None:
            return trail.unasked(Outcome.NXDOMAIN, "not a name that DNS can hold")
        if kind is None:
            return trail.unasked(Outcome.TEMPFAIL, f"{question.rdtype} is not a type of record")
        if not question.server:
            return await self._walk(self.servers, name, kind, trail)
        try:
            endpoint = parse_endpoint(question.server)
        except ValueError as fault:
            return trail.unasked(Outcome.TEMPFAIL, str(fault))
        server = self._direct_server(endpoint.address)
        try:
            return await self._walk((server,), name, kind, trail)
        finally:
            if server.link.idle:
                server.close()  # one socket for each of many servers would add up

    async def close(self) -> None:
        """Give the sockets back; questions still out come back as unreachable."""
        for server in (*self.servers, *self._direct.values()):
            server.close()
        await asyncio.sleep(0)

    def _direct_server(self, address: str) -> Server:
        if address not in self._direct:
            if len(self._direct) >= _MOST_DIRECT:
                self._direct = {key: value for key, value in self._direct.items() if not value.link.idle}
            endpoint = Endpoint(address, self._direct_port)
            self._direct[address] = Server(endpoint, timeout=self.direct_timeout, recursion=False, sockets=1)
        return self._direct[address]

    async def _walk(self, servers: Sequence[Server], name: bytes, kind: int, trail: "_Trail") -> Answer:
        """Ask for the name, and on for the target where an answer stops in the middle of a chain."""
        trail.seen.add(name)
        while True:
            asked = wire_format.question(name, kind)
            reply = await _first_reply(servers, asked, trail)
            if isinstance(reply, Answer):
                return reply
            fault = trail.add(reply)
            if fault:
                return trail.answer(Outcome.TEMPFAIL, fault)
            if reply.records:
                return trail.answer(Outcome.ANSWERED, records=reply.records)
            if reply.code == NXDOMAIN:
                return trail.answer(Outcome.NXDOMAIN)
            if reply.ends:
                return trail.answer(Outcome.NO_DATA)
            name = reply.links[-1]


async def _first_reply(servers: Sequence[Server], asked: bytes, trail: "_Trail") -> Reply | Answer:
    """The reply of the first server that has one, or the answer that none has.

    A server that has gone silent is passed over as long as another one answers.
    """
    failures: dict[Server, Failure] = {}
    for hasty in (True, False) if len(servers) > 1 else (False,):
        for server in servers:
            if server in failures and not failures[server].passed_over:
                continue
            result, sent = await server.ask(asked, tcp=trail.question.tcp, hasty=hasty)
            trail.sent = trail.sent or sent
            if isinstance(result, Reply):
                failures.pop(server, None)
                trail.server = server.label
                trail.note(*[f"{other.label} {failure.what}" for other, failure in failures.items()])
                return result
            failures[server] = result
    return trail.failed(failures)


class _Trail:
    """What a question has been through so far."""

    def __init__(self, question: DnsQuestion, clock: float) -> None:
        self.question = question
        self.server = ""
        self.sent = 0.0
        self.seen: set[bytes] = set()
        self._clock = clock
        self._began = time.monotonic()
        self._aliases: list[str] = []
        self._notes: list[str] = []
        self._ttl: int | None = None
        self._authenticated = True

    def note(self, *notes: str) -> None:
        """Keep what other servers did, once."""
        self._notes += [note for note in notes if note not in self._notes]

    def add(self, reply: Reply) -> str:
        """Take over the links and the TTL of a reply; what is wrong with the chain by now, or nothing."""
        if reply.ttl is not None:
            self._ttl = reply.ttl if self._ttl is None else min(self._ttl, reply.ttl)
        self._authenticated = self._authenticated and reply.authenticated
        for link in reply.links:
            self._aliases.append(wire_format.decoded_name(link))
            if link in self.seen:
                return "CNAME loop: " + " -> ".join((self.question.name, *self._aliases))
            if len(self._aliases) > MOST_LINKS:
                return f"CNAME chain of more than {MOST_LINKS} links"
            self.seen.add(link)
        return ""

    def answer(self, outcome: Outcome, detail: str = "", records: tuple[str, ...] = ()) -> Answer:
        """The answer that stands at the end."""
        sent = self.sent or self._began
        asked_at = datetime.fromtimestamp(self._clock + sent - self._began, UTC)
        known = outcome in (Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NXDOMAIN)
        return Answer(
            self.question,
            outcome,
            records,
            tuple(self._aliases),
            self._ttl if known else None,
            known and bool(self.server) and self._authenticated,
            self.server,
            asked_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            time.monotonic() - sent,
            "; ".join((detail, *self._notes) if detail else self._notes),
        )

    def unasked(self, outcome: Outcome, detail: str) -> Answer:
        """The answer to what cannot be asked at all."""
        return self.answer(outcome, detail)

    def failed(self, failures: Mapping[Server, Failure]) -> Answer:
        """The answer where no server had one: who did what."""
        spoke = [server for server, failure in failures.items() if failure.spoke]
        self.server = (spoke or list(failures))[0].label
        told = "; ".join(f"{server.label} {failure.what}" for server, failure in failures.items())
        if self._aliases:
            # The first server did answer: what failed is the rest of the chain.
            return self.answer(Outcome.TEMPFAIL, f"{self._aliases[-1]}, at the end of the chain: {told}")
        refused = all(failure.refused for failure in failures.values())
        return self.answer(Outcome.REFUSED if refused else Outcome.TEMPFAIL, told)


def parse_endpoint(text: str) -> Endpoint:
    """`HOST`, `HOST:PORT`, `[v6]:PORT`, `[v6]` or a bare v6 address -> where to ask. ValueError with one sentence.

    Only addresses: to look a resolver's name up, one would need a resolver.
    """
    host, port = text.strip(), "53"
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!a} is not a resolver: write an IPv6 address with a port as [2001:db8::53]:53")
        port = rest[1:] if rest else port
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(
            f"{text!a} is not a resolver: give an address such as 192.0.2.53 or 192.0.2.53:5353, "
            "since a name would itself have to be resolved"
        ) from None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!a} is not a resolver: the port must be a number from 1 to 65535")
    return Endpoint(str(address), int(port))


def system_resolvers(path: Path = Path("/etc/resolv.conf")) -> tuple[Endpoint, ...]:
    """The resolvers this machine is set up with, in order; the one on this machine where none is named (resolv.conf(5)).

    ValueError, with one sentence, if the configuration names something that is no address.
    """
    if sys.platform == "win32":
        # The registry, as dnspython reads it. Its resolver costs 0.15 s of start-up, so it is not used for a text file.
        import dns.resolver

        return tuple(parse_endpoint(str(each)) for each in dns.resolver.Resolver().nameservers)
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    # The same reading as dnspython's: the second word of every line that begins with "nameserver".
    words = [line.split() for line in lines]
    named = [line[1] for line in words if len(line) > 1 and line[0] == "nameserver"]
    return tuple(parse_endpoint(each) for each in named) or (Endpoint("127.0.0.1"),)
