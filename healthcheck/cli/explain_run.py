"""Reading what is to be explained, and writing the answers: one, those of a bounce mail, or a stream of lines."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec

from checks.replies.explain import explain
from checks.replies.explanation import Explanation
from checks.replies.match import ENGINE
from healthcheck.cli.explain_given import given, replies_in
from healthcheck.cli.options import BadOption
from healthcheck.cli.output import must_be_writable, terminal_width, write
from healthcheck.cli.say import say
from healthcheck.render import WIDTH

if TYPE_CHECKING:
    from healthcheck.intake.mails.bounce import ReturnedMessage  # start-up time: the mail reader

LONGEST_LINE = 1024 * 1024
"""Bytes of one line of a batch that are read; the rest of a longer line is dropped."""


class Looking(NamedTuple):
    """How the cause is looked for with --domain."""

    domain: str
    ips: tuple[str, ...]
    selectors: tuple[str, ...]
    mail_from: str | None
    helo: str | None
    timeout: float
    record: Path | None
    quiet: bool


class Envelope(msgspec.Struct, frozen=True):
    """A line of a batch that brings its context."""

    reply: str
    host: str | None = None
    provider: str | None = None
    http: int | None = None


class Read(NamedTuple):
    """The answers, and the messages that came back with the bounces, as far as they did."""

    answers: tuple[Explanation, ...]
    returned: "tuple[ReturnedMessage, ...]" = ()


def explained(words: Sequence[str], provider: str | None, http: int | None) -> Read:
    """The explanations of what was given: a text, a file's content, or standard input. BadOption where it cannot be read."""
    found = given(words)
    if found.mails:
        from healthcheck.cli.explain_mail import (
            explained_mail,
            explained_mails,
            returned_by,
        )  # start-up time: mails only

        answers = explained_mails(found) if found.several else explained_mail(found.mails[0])
        return Read(answers, returned_by(found))
    return Read(tuple(explain(one, provider, http) for one in replies_in(found.text)))


def with_returned(looking: Looking, read: Read, domain: str) -> Looking:
    """What to look at, with the stream of the message that came back before what the options say of it."""
    own = next((one for one in read.returned if one.author == domain), None)
    if own is None:
        if read.returned and not looking.quiet and read.returned[0].author is not None:
            say(f"the returned message is from {read.returned[0].author}, and {domain} is looked at")
        return looking
    stream = own.stream
    selectors = (one.selector for one in stream.signatures or () if one.domain == domain)
    if own.claimed is not None and not looking.quiet and not looking.ips:
        say(
            f"the returned message seems to come from {own.claimed}, and only one line of it says so; "
            f"if that is your server, give --ip {own.claimed}"
        )
    return looking._replace(
        ips=tuple(dict.fromkeys((*map(str, stream.ips), *looking.ips))),
        selectors=tuple(dict.fromkeys((*selectors, *looking.selectors))),
        mail_from=stream.mail_from or looking.mail_from,
        helo=stream.helo or looking.helo,
    )


def _stream() -> IO[bytes]:
    if sys.stdin is None:
        raise BadOption("standard input is closed: give the reply as an argument")
    return sys.stdin.buffer


def write_explained(found: Sequence[Explanation], form: str, output: Path | None) -> None:
    """Write the answers as text, JSON, or one JSON object a line."""
    must_be_writable(output)
    from healthcheck.render import explain as rendering  # start-up time: a batch needs none of it

    if form == "json":
        write(rendering.as_json(found), output, for_people=False)
    elif form == "ndjson":
        write("".join(_encoder().encode(one).decode() + "\n" for one in found), output, for_people=False)
    else:
        write(rendering.render(found, terminal_width() if output is None else WIDTH), output)


def use_engine(name: str) -> None:
    """Find rules in one way only, to compare; BadOption for one that is not installed."""
    try:
        ENGINE.use(name)
    except LookupError as fault:
        raise BadOption(str(fault)) from None


def explain_lines(provider: str | None, http: int | None, output: Path | None) -> int:
    """Explain each line of standard input as it comes, in order; one JSON object a line, whatever the line holds."""
    must_be_writable(output)
    chunks = (answer + b"\n" for answer in _batch(provider, http))
    if output is not None:
        with output.open("wb") as file:
            file.writelines(chunks)
        return 0
    sys.stdout.flush()
    out = sys.stdout.buffer
    waits = sys.stdin is not None and sys.stdin.isatty()
    for chunk in chunks:
        out.write(chunk)
        if waits:
            out.flush()
    out.flush()
    return 0


def _batch(provider: str | None, http: int | None) -> Iterator[bytes]:
    from checks.replies.shapes import Stream  # start-up time: one reply needs no shapes

    explained = Stream().explained
    for line in _lines(_stream()):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if '"reply"' in text and text.lstrip()[:1] == "{" and (one := _envelope(text)) is not None:
            yield explained(one.reply, one.provider or provider, one.http or http, one.host)
        else:
            yield explained(text, provider, http)


def _envelope(text: str) -> Envelope | None:
    """The envelope in a line; None for what has no text under `reply`. Context of another type counts as not given."""
    try:
        return _usable(msgspec.json.decode(text.encode("utf-8", "replace"), type=Envelope))
    except (msgspec.DecodeError, RecursionError):
        pass
    import json  # start-up time: it also reads halves of surrogate pairs, and only broken lines come here

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("reply"), str):
        return None
    texts = {key: value.encode("utf-8", "replace").decode() for key, value in found.items() if isinstance(value, str)}
    http = found.get("http")
    status = int(http) if isinstance(http, str) and re.fullmatch(r"[1-5]\d\d", http) else http
    return _usable(
        Envelope(texts["reply"], texts.get("host"), texts.get("provider"), status if type(status) is int else None)
    )


def _usable(one: Envelope) -> Envelope:
    return one if one.http is None or 100 <= one.http <= 599 else msgspec.structs.replace(one, http=None)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream, each at most LONGEST_LINE bytes: a line without an end must not fill the memory."""
    while line := stream.readline(LONGEST_LINE):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)


def _encoder() -> Any:
    return msgspec.json.Encoder()
