"""What every test stands under: no test speaks to another machine.

A connection or a datagram to anywhere but loopback, and the lookup of a name by the system, raises at once; since the code
under test may catch what is raised, the test that did it fails at its end as well.
"""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

INTERNET = (socket.AF_INET, socket.AF_INET6)
ATTEMPTS: list[str] = []
"""What the running test tried to reach outside."""


class OutsideLoopback(AssertionError):
    """A test reached for the network."""


def is_loopback(host: object) -> bool:
    """True for an address of this machine's loopback, and for the name that means it."""
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", None)


def refuse(what: str) -> None:
    """Make an attempt loud, twice: now, and at the end of the test."""
    ATTEMPTS.append(what)
    raise OutsideLoopback(f"a test reached outside loopback: {what}")


def _guarded(name: str, address_of: Callable[[tuple[Any, ...]], Any]) -> None:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, *args: Any) -> Any:
        address = address_of(args)
        if self.family in INTERNET and address is not None and not is_loopback(address[0]):
            refuse(f"{name} {address!r}")
        return real(self, *args)

    setattr(socket.socket, name, guarded)


def _guard_lookups(name: str) -> None:
    real = getattr(socket, name)

    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        try:
            ipaddress.ip_address(text or "0.0.0.0")
        except ValueError:
            if not is_loopback(text):
                refuse(f"{name} {text!r}")
        return real(host, *args, **kwargs)

    setattr(socket, name, guarded)


# The same examples in every run, and no stop-watch beside them: a machine that is busy for a moment is no fault of ours.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Before anything is collected, so that no import escapes."""
    # Whoever runs the tests may have a configuration of his own.
    os.environ["HEALTHCHECK_CONFIG"] = os.devnull
    _guarded("connect", lambda args: args[0])
    _guarded("connect_ex", lambda args: args[0])
    _guarded("sendto", lambda args: args[-1])
    _guarded("sendmsg", lambda args: args[3] if len(args) > 3 else None)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _guard_lookups(name)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    ATTEMPTS.clear()
    yield
    attempts = list(ATTEMPTS)
    ATTEMPTS.clear()
    assert not attempts, f"this test reached outside loopback: {attempts}"
