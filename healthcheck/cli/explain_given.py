"""What is given to `healthcheck explain`: a text, a file, a folder of mails, standard input. One sentence for what is none."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from checks.replies.clean import masked
from healthcheck.cli.options import BadOption
from healthcheck.cli.say import say

LARGEST = 32 * 1024 * 1024
"""Bytes of one file that are read."""
MOST_MAILS = 200
"""Mails of a mailbox that are explained; `healthcheck errors` counts them all."""
_SOME_MAIL = 4096
_SOME_LINES = 40
_LEAST_LOG = 3
_POSTMARK = re.compile(rb"^From \S{1,300} .{0,60}\d\d:\d\d.*\n", re.MULTILINE)
_OUTLOOK = b"\xd0\xcf\x11\xe0"
_MOST_TEXT = 1024 * 1024
_REPLY_LINE = re.compile(r"\s{0,8}([45]\d\d)(?:([ -])[ ]?([45]\.\d{1,3}\.\d{1,3})?|$)")
_CONTROLS = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))


class Given(NamedTuple):
    """A text, or mails. `several`: a mailbox, in which mails that report nothing are passed over; `name` as given."""

    text: str = ""
    mails: tuple[bytes, ...] = ()
    several: bool = False
    name: str = ""


def given(words: Sequence[str]) -> Given:
    """What the words stand for. BadOption where it cannot be read or is nothing to be explained."""
    if list(words) == ["-"]:
        if sys.stdin is None:
            raise BadOption("standard input is closed: give the reply as an argument")
        return _content(_read(None, "-"), "standard input", "-")
    paths = [path for word in words if (path := _path(word)) is not None]
    if paths and len(paths) == len(words):
        return _files(paths) if len(paths) > 1 or paths[0].is_dir() else _file(paths[0])
    if len(words) == 1 and " " not in words[0] and _looks_like_a_path(words[0]):
        raise BadOption(f"{masked(words[0])} does not exist")
    text = " ".join(words)
    if not text.strip():
        raise BadOption("the text is empty: give the reply, a file or - for standard input")
    # A mail that was pasted whole.
    if "\n" in text[:_SOME_MAIL] and text[:1].isalpha():
        return _content(text.encode("utf-8", "replace"), "the text", "")
    return Given(text)


def replies_in(text: str) -> tuple[str, ...]:
    """The replies that a text holds one below the other, each with all of its lines (RFC 5321 section 4.2.1); the text itself
    where it is one. A line that repeats the codes of the one before it is of the same reply, however it is joined."""
    parted: list[tuple[str, str, list[str]]] = []
    goes_on = False
    for line in text[:_MOST_TEXT].splitlines():
        if not line.strip():
            continue
        if (match := _REPLY_LINE.match(line)) is None:
            return (text,)
        basic, enhanced = match[1], match[3] or ""
        last, of_last, lines = parted[-1] if parted else ("", "", [])
        if basic == last and (goes_on or enhanced in ("", of_last)):
            lines.append(line)
        else:
            parted.append((basic, enhanced, [line]))
        goes_on = match[2] == "-"
    if len(parted) <= 1:
        return (text,)
    if len(parted) > MOST_MAILS:
        say(f"only the first {MOST_MAILS} replies are explained: --batch explains all, one a line")
    return tuple("\n".join(one) for _, _, one in parted[:MOST_MAILS])


def _path(word: str) -> Path | None:
    """The file or folder of that name, if there is one."""
    if not word or len(word) >= _SOME_MAIL or "\n" in word or "\0" in word:
        return None
    path = Path(word)
    try:
        # `550` may be a folder, and is a code.
        return path if path.is_file() or (path.is_dir() and not word[:3].isdigit()) else None
    except OSError as fault:
        raise BadOption(f"cannot read {masked(word)}: {fault.strerror}") from None


def _looks_like_a_path(text: str) -> bool:
    ends = (".eml", ".msg", ".txt", ".json", ".log", ".mbox", ".gz")
    return text.lower().endswith(ends) or text.startswith(("/", "./", "../", "~/"))


def _read(path: Path | None, name: str) -> bytes:
    """The content of a file, unpacked; UTF-16 becomes UTF-8."""
    from healthcheck.intake.sources import Damaged, Found, opened  # start-up time: where a file is given

    try:
        stream = opened(Found(name, path, None))
        try:
            return stream.read(LARGEST)
        finally:
            if path is not None:
                stream.close()
    except Damaged as fault:
        raise BadOption(f"{masked(name)}: {fault}") from None
    except OSError as fault:
        raise BadOption(f"cannot read {masked(name)}: {fault.strerror}") from None


def _file(path: Path) -> Given:
    return _content(_read(path, str(path)), masked(str(path)), str(path))


def _content(data: bytes, called: str, path: str) -> Given:
    """What some bytes are: mails, or a text."""
    from healthcheck.intake.mails.bounce import LARGEST_MAIL, is_mail  # start-up time: as above

    if not data.strip():
        raise BadOption(f"{called} is empty: give a reply, a bounce mail or the body of an API's error")
    if len(marks := _marks(data)) > 1:
        return Given(mails=tuple(_mails_of(data, marks, called)), several=True, name=called)
    if is_mail(data):
        return Given(mails=(data[:LARGEST_MAIL],), name=called)
    if data[:4] == _OUTLOOK:
        raise BadOption(f"{called} is in Outlook's own form (.msg): save the mail as .eml, with all headers")
    if _is_binary(data[:8000]):
        raise BadOption(
            f"{called} is no text: explain reads replies, bounce mails (.eml, mbox, Maildir) and API errors"
        )
    text = data[:LARGEST_MAIL].decode("utf-8", "replace")
    if path and _is_log(text):
        raise BadOption(
            f"{called} is a mail log: healthcheck errors {masked(path)} reads it; explain takes one line of it, as text"
        )
    return Given(text)


def _marks(data: bytes) -> list[int]:
    """Where the mails of an mbox begin; one where it is none."""
    if not data.startswith(b"From "):
        return [0]
    starts = (match.start() for match in _POSTMARK.finditer(data))
    found = [at for at in starts if not at or data[at - 2 : at] == b"\n\n" or data[at - 4 : at] == b"\r\n\r\n"]
    return found or [0]


def _mails_of(data: bytes, marks: Sequence[int], called: str) -> Iterator[bytes]:
    if len(marks) > MOST_MAILS:
        _tell_of_more(called)
    for begin, end in zip(marks[:MOST_MAILS], [*marks[1:], len(data)], strict=False):
        yield data[begin:end]


def _files(paths: Sequence[Path]) -> Given:
    """The mails in some files and folders, such as a Maildir."""
    from healthcheck.intake.mails.bounce import LARGEST_MAIL, is_mail  # start-up time: as above
    from healthcheck.intake.sources import found_files

    called = masked(str(paths[0])) if len(paths) == 1 else "these files"
    mails: list[bytes] = []
    for found in found_files([str(path) for path in paths]):
        if len(mails) >= MOST_MAILS:
            _tell_of_more(called)
            break
        data = _read(found.path, found.name)
        marks = _marks(data)
        if len(marks) > 1:
            mails += _mails_of(data, marks, called)
        elif is_mail(data):
            mails.append(data[:LARGEST_MAIL])
    if not mails:
        kind = "is a directory without a mail in it" if len(paths) == 1 else "hold no mail"
        raise BadOption(
            f"{called} {kind}: give one reply or bounce mail; healthcheck errors PATH reads logs and events"
        )
    return Given(mails=tuple(mails[:MOST_MAILS]), several=True, name=called)


def _tell_of_more(called: str) -> None:
    say(f"only the first {MOST_MAILS} mails of {called} are read: healthcheck errors counts all of them")


def _is_binary(head: bytes) -> bool:
    """True for what is no text of any encoding: control bytes that no text has."""
    strange = len(head) - len(head.translate(None, _CONTROLS))
    return strange > max(3, len(head) // 20)


def _is_log(text: str) -> bool:
    """True for several lines of mail logs. One is a reply in its wrapper."""
    lines = [line for line in text[: 64 * 1024].splitlines() if line.strip()][:_SOME_LINES]
    if len(lines) < _LEAST_LOG or lines[0][:1] in "{[":
        return False
    import time  # start-up time: for texts of several lines only

    from healthcheck.intake.log import LogReader
    from healthcheck.intake.stamps import YearlessClock, zone_named

    zone = zone_named(None)
    log = LogReader(zone)
    log.begin(YearlessClock(None, time.time(), zone))
    known = sum(log.read(line) is not None for line in lines)
    return known >= _LEAST_LOG and 2 * known >= len(lines)
