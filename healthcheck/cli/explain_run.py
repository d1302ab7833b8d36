"""Reading what is to be explained, and writing the answers: one, those of a bounce mail, or a stream of lines."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from checks.replies.bounced import Returned, explain_bounce
from checks.replies.clean import masked
from checks.replies.explain import explain
from checks.replies.explanation import Explanation
from checks.replies.shapes import Stream
from healthcheck.cli.options import BadOption
from healthcheck.cli.output import must_be_writable, terminal_width, write

LONGEST_LINE = 1024 * 1024
"""Bytes of one line of a batch that are read; the rest of a longer line is dropped."""
_SOME_MAIL = 4096


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


def explained(words: Sequence[str], provider: str | None, http: int | None) -> tuple[Explanation, ...]:
    """The explanations of what was given: a text, a file's content, or standard input. BadOption where it cannot be read."""
    data = _given(words)
    if isinstance(data, bytes):
        from healthcheck.intake.bounce import (
            LARGEST_MAIL,
            is_complaint,
            is_mail,
            read_bounce,
        )  # start-up time: the mail parser

        if is_mail(data):
            return (_complaint(data),) if is_complaint(data) else tuple(map(explain_bounce, read_bounce(data)))
        data = data[:LARGEST_MAIL].decode("utf-8", "replace")
    return (explain(data, provider, http),)


def _complaint(data: bytes) -> Explanation:
    found = explain_bounce(Returned(None, ""))
    note = "This is a feedback report (RFC 5965): a recipient called the mail spam. Take them off the list; no server refused anything."
    return msgspec.structs.replace(
        found, input=data[:200].decode("utf-8", "replace").split("\n")[0].strip(), notes=(note,)
    )


def _given(words: Sequence[str]) -> str | bytes:
    if len(words) == 1 and words[0] == "-":
        return _stream().read(32 * 1024 * 1024)
    if len(words) == 1 and len(words[0]) < 4096 and "\n" not in words[0] and "\0" not in words[0]:
        path = Path(words[0])
        try:
            if path.is_file():
                with path.open("rb") as file:
                    return file.read(32 * 1024 * 1024)
        except OSError as fault:
            raise BadOption(f"cannot read {masked(words[0])}: {fault.strerror}") from None
        if " " not in words[0] and _looks_like_a_path(words[0], path):
            kind = "is a directory: give one of its files" if path.is_dir() else "does not exist"
            raise BadOption(f"{masked(words[0])} {kind}")
    text = " ".join(words)
    # A mail that was pasted whole.
    return text.encode("utf-8", "replace") if "\n" in text[:_SOME_MAIL] and text[:1].isalpha() else text


def _looks_like_a_path(text: str, path: Path) -> bool:
    if path.suffix.lower() in (".eml", ".msg", ".txt", ".json", ".log") or text.startswith(("/", "./", "../", "~/")):
        return True
    return path.is_dir() and not text[:3].isdigit()


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
        write(rendering.render(found, terminal_width() if output is None else rendering.WIDTH), output)


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
