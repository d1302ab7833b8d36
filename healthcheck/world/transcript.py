"""Transcripts: a run's questions and answers in one JSON file, and the world that replays it.

The file holds what is needed to judge again, and no secret: questions name accounts and never hold a key. A replay
answers with what was recorded, times included, so the report comes out the same; a question that was not recorded
(another version may ask more) is answered REFUSED.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from checks.bad_input import BadInput
from checks.inquiry import Answer, Outcome, Question
from checks.model import Signature, Status
from checks.names import is_hostname
from healthcheck.world.streams import RecordedStream, fault_of, is_address

SCHEMA = "healthcheck.transcript/1"
WORLDS = ("live", "zone", "overlay", "lab")
DOMAIN_COMMAND, SPF_COMMAND = "domain", "spf"
COMMANDS = (DOMAIN_COMMAND, SPF_COMMAND)
LARGEST_FILE = 64 * 1024 * 1024
LONGEST_RECORD = 300_000
"""Characters of one record: 65,535 octets (RFC 1035 section 4.2.2), each as \\DDD, and the quotes around them."""
LONGEST_ANSWER = 8_000_000
"""Characters of an answer: names that are two octets in a message are up to a thousand in text."""
MOST_SECONDS = 2**32


_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TYPE = re.compile(r"[A-Z0-9-]{1,20}")


NOTHING_OBSERVED = msgspec.Raw(b"null")


class BadTranscript(BadInput):
    """A file that is no transcript; the message is one sentence."""


class Said(msgspec.Struct, frozen=True):
    """What a check came to when the run was made, so that a replay can tell what it would say otherwise."""

    check: str
    status: Status
    codes: tuple[str, ...] = ()


class Laid(msgspec.Struct, frozen=True):
    """The records of one name and type that were laid over the world, none where they were taken away."""

    name: str
    type: str
    records: tuple[str, ...] = ()


class Before(msgspec.Struct, frozen=True):
    """The world without what was laid over it: its name, what was set, the files, and the answers that it gave otherwise."""

    world: str
    laid: tuple[Laid, ...] = ()
    files: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


class RecordedTarget(msgspec.Struct, frozen=True):
    """One target as it was given, in text, and when its report was made (RFC 3339, UTC).

    `sender` is the RFC5321.MailFrom of `healthcheck spf`, "" for the null return path.
    """

    domain: str
    generated_at: str
    ips: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    mail_from: str | None = None
    deep: bool = False
    lists: tuple[str, ...] = ()
    helo: str | None = None
    sender: str | None = None
    called: str = ""
    signatures: tuple[Signature, ...] = ()
    learned: tuple[RecordedStream, ...] = ()
    audience: tuple[str, ...] = ()
    observed: msgspec.Raw = NOTHING_OBSERVED
    """What was seen of its mail (healthcheck.world.observed); most runs were told nothing, and need not know its types."""
    said: tuple[Said, ...] = ()


class Transcript(msgspec.Struct, frozen=True):
    """A recorded run. `checks` are the ids that were judged, none for a command that runs no checks; `world` the one
    that was asked; `command` the word after `healthcheck` that a replay runs again; `before` the world without what was laid over
    it, left out where nothing was; `rules` the owner's severities and waivers (healthcheck.config.rules), left out where there
    are none: most runs need not know their type."""

    version: str
    world: str
    targets: tuple[RecordedTarget, ...]
    checks: tuple[str, ...]
    answers: tuple[Answer, ...]
    schema: str = SCHEMA
    command: str = DOMAIN_COMMAND
    before: Before | msgspec.UnsetType = msgspec.UNSET
    rules: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def as_bytes(transcript: Transcript) -> bytes:
    """The file of a transcript."""
    return msgspec.json.format(msgspec.json.encode(transcript), indent=1) + b"\n"


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that nobody ever sees half of it. OSError where that is not possible."""
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing to replace
        path.write_bytes(content)
        return
    path = path.resolve()  # what a link points to is replaced, not the link
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".healthcheck.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a machine that stops must not leave the name without the content
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
            if os.fstat(file.fileno()).st_size > LARGEST_FILE:
                raise BadTranscript(f"{path} is larger than {LARGEST_FILE // 2**20} MiB and no transcript of ours")
            raw = file.read(LARGEST_FILE)
    except OSError as fault:
        raise BadTranscript(f"cannot read {path}: {fault.strerror}") from None
    return transcript_from(raw, path)


def transcript_from(raw: bytes, path: Path) -> Transcript:
    """The run that some bytes record, of a file or a part of it. BadTranscript, in one sentence, for anything else."""
    try:
        transcript = msgspec.json.decode(raw, type=Transcript)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadTranscript(f"{path} is not a transcript written by --record: {fault}") from None
    if transcript.schema != SCHEMA:
        raise BadTranscript(f"{path} has the schema {transcript.schema!a}; this version reads {SCHEMA}")
    if not transcript.targets:
        raise BadTranscript(f"{path} holds no target: nothing was examined in that run")
    for number, target in enumerate(transcript.targets, 1):
        if blamed := _fault_of(target):
            raise BadTranscript(f"{path} is damaged: target {number} has {blamed}")
    before = transcript.before or Before("live")
    for number, answer in enumerate((*transcript.answers, *before.answers), 1):
        if blamed := _fault_of_answer(answer):
            raise BadTranscript(f"{path} is damaged: answer {number} {blamed}")
    if transcript.command not in COMMANDS:
        raise BadTranscript(
            f"{path} records healthcheck {transcript.command[:40]!a}; this version replays {' and '.join(COMMANDS)}"
        )
    if not {transcript.world, before.world} <= set(WORLDS):
        raise BadTranscript(f"{path} is damaged: {transcript.world!a} is no world")
    if any(not is_hostname(one.name.removeprefix("*.")) or not _TYPE.fullmatch(one.type) for one in before.laid):
        raise BadTranscript(f"{path} is damaged: something was set that no DNS holds")
    return transcript


def _fault_of(target: RecordedTarget) -> str:
    """What no command line would have let through, in a few words; "" where all is well."""
    # `healthcheck ip` needs no domain.
    domain = (target.domain,) if target.domain or not target.ips else ()
    others = (name for name in (target.mail_from, target.helo) if name is not None)
    for name in (*domain, *target.selectors, *target.lists, *others):
        if not is_hostname(name):
            return f"the name {name[:80]!a}"
    for text in target.ips:
        if not is_address(text):
            return f"the address {text[:80]!a}"
    for signature in target.signatures:
        if not (is_hostname(signature.domain) and is_hostname(signature.selector)):
            return f"the name {signature.key_name[:80]!a}"
    if any(not is_hostname(name) for name in target.audience):
        return "an audience that is none"
    if target.observed != NOTHING_OBSERVED and (blamed := _fault_of_observed(target.observed)):
        return blamed
    if blamed := next(filter(None, map(fault_of, target.learned)), ""):
        return blamed
    return "" if _WHEN.fullmatch(target.generated_at) else f"the time {target.generated_at[:80]!a}"


def _fault_of_observed(recorded: msgspec.Raw) -> str:
    """What nobody could have observed, in a few words; "" where all is well."""
    from healthcheck.world.observed import as_observed  # start-up time: where something was observed

    try:
        as_observed(recorded)
    except (msgspec.DecodeError, ValueError) as fault:
        return f"something observed that cannot be: {fault}"
    return ""


def _fault_of_answer(answer: Answer) -> str:
    """What no server could have sent, in a few words; "" where all is well. The checks rely on it."""
    if (answer.outcome is Outcome.ANSWERED) != bool(answer.records):
        return f"is {answer.outcome.value} and has {len(answer.records)} records"
    if any(len(record) > LONGEST_RECORD for record in answer.records):
        return "has a record that no DNS message holds"
    if sum(map(len, (*answer.records, *answer.aliases, answer.detail))) > LONGEST_ANSWER:
        return "is longer than any DNS message"
    if not 0 <= answer.elapsed < MOST_SECONDS or not 0 <= (answer.ttl or 0) < MOST_SECONDS:  # NaN compares false
        return "has a time that is none"
    return ""


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
