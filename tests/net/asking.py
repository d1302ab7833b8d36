"""Asking a resolver one question of servers that follow a script."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import TypeVar

from checks.inquiry import Answer, DnsQuestion
from healthcheck.net.dns import Resolver
from tests.net.scripted_dns import Query, Script, ScriptedDns, reply

T = TypeVar("T")

WWW = DnsQuestion("www.example.com", "A")
ADDRESS = "www.example.com. 60 IN A 192.0.2.1"
SOA = "example.com. 900 IN SOA ns.example.com. root.example.com. 1 2 3 4 300"
SOON = 0.15  # seconds until a test's resolver gives a server up


def says(*records: str, **more: object) -> Script:
    """A server that always gives this answer."""
    return lambda query: [reply(query, *records, **more)]  # type: ignore[arg-type]


def silent(_: Query) -> Iterable[bytes]:
    """A server that hears and keeps still."""
    return []


def asked(
    question: DnsQuestion, *servers: ScriptedDns, timeout: float = 2.0, direct_port: int = 53, window: int = 200
) -> Answer:
    """One question to a run's resolvers."""

    async def run() -> Answer:
        async with AsyncExitStack() as stack:
            endpoints = [(await stack.enter_async_context(server)).endpoint for server in servers]
            resolver = Resolver(endpoints, timeout=timeout, direct_port=direct_port, window=window)
            try:
                return await resolver.answer(question)
            finally:
                await resolver.close()

    return asyncio.run(run())


def with_server(server: ScriptedDns, body: Callable[[Resolver], Awaitable[T]], **options: float) -> T:
    """Run a body with a resolver that asks one scripted server."""

    async def run() -> T:
        async with server:
            resolver = Resolver([server.endpoint], **options)  # type: ignore[arg-type]
            try:
                return await body(resolver)
            finally:
                await resolver.close()

    return asyncio.run(run())
