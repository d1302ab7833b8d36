"""Transcripts: a run's questions and answers in one JSON file, and the world that replays it.

The file holds what is needed to judge again, and no secret: questions name accounts and never hold a key. A replay
answers with what was recorded, times included, so the report comes out the same; a question that was not recorded
(another version may ask more) is answered REFUSED.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from checks.inquiry import Answer, Outcome, Question

SCHEMA = "healthcheck.transcript/1"
LARGEST_FILE = 256 * 1024 * 1024


class BadTranscript(ValueError):
    """A file that is no transcript; the message is one sentence."""


class RecordedTarget(msgspec.Struct, frozen=True):
    """One target as it was given, in text, and when its report was made (RFC 3339, UTC)."""

    domain: str
    generated_at: str
    ips: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    mail_from: str | None = None


class Transcript(msgspec.Struct, frozen=True):
    """A recorded run. `checks` are the ids that were judged; `world` the one that was asked."""

    version: str
    world: str
    targets: tuple[RecordedTarget, ...]
    checks: tuple[str, ...]
    answers: tuple[Answer, ...]
    schema: str = SCHEMA


def write_transcript(path: Path, transcript: Transcript) -> None:
    """Write the whole file or nothing. OSError where that is not possible."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(transcript), indent=1) + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that nobody ever sees half of it. OSError where that is not possible."""
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing to replace
        path.write_bytes(content)
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def read_transcript(path: Path) -> Transcript:
    """Read a recorded run. BadTranscript, in one sentence, for anything else."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise BadTranscript(f"cannot read {path}: {fault.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise BadTranscript(f"{path} is larger than {LARGEST_FILE // 2**20} MiB and no transcript of ours")
    try:
        transcript = msgspec.json.decode(raw, type=Transcript)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadTranscript(f"{path} is not a transcript written by --record: {ascii(str(fault))[1:-1]}") from None
    if transcript.schema != SCHEMA:
        raise BadTranscript(f"{path} has the schema {transcript.schema!a}; this version reads {SCHEMA}")
    return transcript


class Replay:
    """The world of a transcript. It keeps the name of the world that was recorded: that is where the answers are from."""

    def __init__(self, world: str, answers: Iterable[Answer]) -> None:
        self.name = world
        self._answers = {answer.question: answer for answer in answers}

    async def answer(self, question: Question) -> Answer:
        """The recorded answer, as it was."""
        recorded = self._answers.get(question)
        return recorded or Answer(question, Outcome.REFUSED, detail="not in the recorded run")

    async def close(self) -> None:
        """Nothing is held."""
