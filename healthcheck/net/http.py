"""One HTTP request, sent with httpx; the only module that knows it.

A redirection is never followed, the whole exchange has one deadline, and at most LARGEST_REPLY bytes are read of what comes
back. Certificates are proven against the store of the system (SSL_CERT_FILE and SSL_CERT_DIR count), and the usual variables
(HTTPS_PROXY, NO_PROXY ...) lead through a proxy.

Which addresses may be connected to is not asked here: the addresses are the operator's own choice, from the operator's own
configuration, and an Alertmanager is mostly private. Whatever fetches an address that somebody else wrote (a record, a page)
needs a guard before it comes here.

An address may hold a token, so it is a secret as a whole: no exception leaves `post`, and no sentence here repeats a part of it.
"""

import asyncio
import errno
import logging
import os
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from healthcheck import __version__
from healthcheck.extras import MissingExtra

if TYPE_CHECKING:
    import httpx  # an extra

LARGEST_REPLY = 64 * 1024
PATIENCE = 15.0
"""Seconds that an exchange may take, from the lookup of the name to the last byte that is read."""
LONGEST_URL = 2048
_TRUST = {
    10: "has expired",
    18: "is self-signed",
    19: "is self-signed",
    20: "is of an unknown issuer",
    62: "is for another name",
    64: "is for another address",
}
"""What X509_V_ERR_* means; OpenSSL's own words may repeat the name."""


class Reply(msgspec.Struct, frozen=True):
    """What was answered: the status, the Retry-After field ("" where there is none), and the beginning of the body as text."""

    status: int
    retry_after: str = ""
    body: str = ""


class NoReply(msgspec.Struct, frozen=True):
    """Nothing was answered. `why` goes on after "it": a few words without any part of the address. `ours`: no other try helps."""

    why: str
    ours: bool = False


def post(url: str, body: bytes, headers: Mapping[str, str], patience: float = PATIENCE) -> Reply | NoReply:
    """Send a POST and wait for the answer, at most `patience` seconds. MissingExtra where httpx is missing.

    It blocks: from an event loop call it in a thread.
    """
    try:
        import httpx  # noqa: F401 - an extra; start-up time, too: 130 ms
    except ModuleNotFoundError:
        raise MissingExtra("sending over HTTP", "http") from None
    if (fault := fault_of(url)) is not None:
        return NoReply(fault, ours=True)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they log the address
    try:
        return asyncio.run(_exchange(url, body, headers, patience))
    except TimeoutError:
        return NoReply(f"did not answer within {patience:g} s")
    except Exception as fault_met:
        return _no_reply(fault_met, patience)


def fault_of(url: str) -> str | None:
    """Why an address can be no address of ours, to go on after "it"; None where nothing speaks against it."""
    if len(url) > LONGEST_URL:
        return f"has an address of more than {LONGEST_URL} characters"
    if not url.isprintable() or " " in url:
        return "has an address with spaces or control characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "has an address that is none: give https://HOST/PATH"
    if parts.scheme not in ("http", "https") or not host:
        return "has an address that is none: give https://HOST/PATH"
    return None


async def _exchange(url: str, body: bytes, headers: Mapping[str, str], patience: float) -> Reply:
    import httpx  # an extra

    told = {"User-Agent": f"healthcheck/{__version__}", "Accept-Encoding": "identity", **headers}
    async with (
        asyncio.timeout(patience),
        httpx.AsyncClient(verify=_trust(), follow_redirects=False, timeout=patience) as client,
        client.stream("POST", url, content=body, headers=told) as response,
    ):
        return Reply(response.status_code, response.headers.get("Retry-After", "")[:100], await _beginning(response))


async def _beginning(response: "httpx.Response") -> str:
    """What was said, cut. A body that is packed in spite of what was asked for is not unpacked: it might be a bomb."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        return ""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= LARGEST_REPLY:
            break
    return bytes(read[:LARGEST_REPLY]).decode("utf-8", "replace")


def _trust() -> ssl.SSLContext:
    """The system's certificates; those that httpx brings along where the system has none."""
    places = ssl.get_default_verify_paths()
    if places.cafile is None and places.capath is None:
        import certifi  # it comes with httpx

        return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()


def _no_reply(fault: BaseException, patience: float) -> NoReply:
    """What went wrong in words of ours. Those of the exception may hold the address."""
    import httpx  # an extra

    if isinstance(fault, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return NoReply("has an address that is none: give https://HOST/PATH", ours=True)
    if isinstance(fault, httpx.TimeoutException):
        return NoReply(f"did not answer within {patience:g} s")
    if isinstance(fault, httpx.RemoteProtocolError):
        return NoReply("does not answer as HTTP does, or hangs up")
    if isinstance(fault, httpx.ProxyError):
        return NoReply("cannot be reached: the proxy refuses (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY in the environment)")
    return NoReply(reason_of(fault) or f"cannot be reached ({type(fault).__name__})")


def reason_of(fault: BaseException | None) -> str:
    """What lies at the bottom of a failed connection, to go on after "it"; "" where that is nothing known."""
    import socket  # start-up time: where a connection has failed

    seen: set[int] = set()
    deepest: BaseException | None = None
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        deepest = fault if isinstance(fault, OSError) else deepest
        if isinstance(fault, ssl.SSLCertVerificationError):
            return f"cannot be trusted: its certificate {_TRUST.get(fault.verify_code, 'does not hold')}"
        if isinstance(fault, ssl.SSLError):
            return "does not speak TLS as it should"
        if isinstance(fault, socket.gaierror):
            return "cannot be found: its name has no address, or the resolver does not answer"
        fault = fault.__cause__ or fault.__context__
    number = deepest.errno if isinstance(deepest, OSError) else None
    # The words of the exception may name the address; those of the number cannot.
    return (
        f"cannot be reached: {os.strerror(number).lower()}" if number is not None and number in errno.errorcode else ""
    )
