"""Learned streams as a transcript keeps them: addresses in text, everything else as it is.

The message or the report that told of them is not kept: it is somebody's mail, and the run rests on what was read from it.
"""

from ipaddress import ip_address

import msgspec

from checks.model import Origin, Signature, Stream
from checks.names import is_hostname


class RecordedStream(msgspec.Struct, frozen=True):
    """One stream that a message or a report told of."""

    origin: Origin
    mail_from: str | None = None
    signatures: tuple[Signature, ...] | None = None
    helo: str | None = None
    ips: tuple[str, ...] = ()
    provider: str = ""
    source: str = ""
    messages: int = 0
    passed: int = 0


def as_recorded(stream: Stream) -> RecordedStream:
    """A stream as it is written down."""
    return RecordedStream(**(msgspec.structs.asdict(stream) | {"ips": tuple(str(address) for address in stream.ips)}))


def as_stream(stream: RecordedStream) -> Stream:
    """A stream as it was. ValueError for an address that is none."""
    return Stream(**(msgspec.structs.asdict(stream) | {"ips": tuple(ip_address(text) for text in stream.ips)}))


def fault_of(stream: RecordedStream) -> str:
    """What no message or report would have given, in a few words; "" where all is well."""
    names = [name for name in (stream.mail_from, stream.helo) if name]
    names += [name for one in stream.signatures or () for name in (one.domain, one.selector)]
    for name in names:
        if not is_hostname(name):
            return f"the name {name[:80]!a}"
    return "" if all(map(is_address, stream.ips)) else "an address that is none"


def is_address(text: str) -> bool:
    """True for an address that mail can come from: not for one with a zone of some machine behind it (`%eth0`)."""
    try:
        return not getattr(ip_address(text), "scope_id", None)
    except ValueError:
        return False
