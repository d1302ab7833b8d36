"""A bundle opened again. It came by mail, from anybody: sizes are told before anything is unpacked, and nothing is written.

Members are read by the names that a bundle has and by no others, so a name that climbs out of a folder leads nowhere. What the
manifest says of a file must be true of it.
"""

import zipfile
import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec

from checks.bad_input import BadInput
from healthcheck.ticket.bundle import MANIFEST, RUN, SCHEMA, Manifest
from healthcheck.world.transcript import Transcript, read_transcript, transcript_from

LARGEST_BUNDLE = 256 * 1024 * 1024
LARGEST_MEMBER = 64 * 1024 * 1024
MOST_MEMBERS = 100
_BEGINS = b"PK"


class BadBundle(BadInput):
    """A file that is no bundle of ours, or not what it was; the message is one sentence."""


def is_bundle(raw: bytes) -> bool:
    """True for what begins as a zip does."""
    return raw[:2] == _BEGINS


def file_content(path: Path) -> bytes:
    """A file, a bundle or not. BadBundle where it cannot be read, or is larger than anything of ours."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BUNDLE + 1)
    except OSError as fault:
        raise BadBundle(f"cannot read {path}: {fault.strerror}") from None
    if len(raw) > LARGEST_BUNDLE:
        raise BadBundle(f"{path} is larger than {LARGEST_BUNDLE // 2**20} MiB and no file of ours")
    return raw


def begins_as_bundle(path: Path) -> bool:
    """True for a file that begins as a zip does; False for one that cannot be read, too."""
    try:
        with path.open("rb") as file:
            return is_bundle(file.read(2))
    except OSError:
        return False


def run_in(path: Path) -> Transcript:
    """The recorded run in a bundle, or in the file of --record. BadBundle or BadTranscript where there is none."""
    if not begins_as_bundle(path):
        return read_transcript(path)
    return transcript_from(member(file_content(path), RUN, path), path)


def member(raw: bytes, name: str, path: Path) -> bytes:
    """One file out of a bundle, proven by the manifest. BadBundle says in one sentence what is wrong; `path` is its name."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as bundle:
            entries = bundle.infolist()
            if len(entries) > MOST_MEMBERS:
                raise BadBundle(f"{path} holds {len(entries)} files: a bundle of healthcheck ticket has fewer than ten")
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names):
                raise BadBundle(f"{path} holds two files of one name: it is damaged, or was made to deceive")
            if MANIFEST not in names:
                raise BadBundle(f"{path} is no bundle of healthcheck ticket: there is no {MANIFEST} in it")
            manifest = _manifest(_content(bundle, MANIFEST, path), path)
            if name not in names:
                raise BadBundle(f"{path} has no {name}: {_WHY_MISSING.get(name, 'it is not whole')}")
            content = _content(bundle, name, path)
    except BadBundle:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
    ):
        raise BadBundle(f"{path} is no zip that can be read: it is damaged or cut off") from None
    told = next((file for file in manifest.files if file.name == name), None)
    if told is None or told.bytes != len(content) or told.sha256 != sha256(content).hexdigest():
        raise BadBundle(f"{name} in {path} is not what {MANIFEST} says: it was changed behind the making of the bundle")
    return content


_WHY_MISSING = {RUN: "it was made of a report in JSON, which cannot be judged again"}


def _content(bundle: zipfile.ZipFile, name: str, path: Path) -> bytes:
    entry = bundle.getinfo(name)
    if entry.flag_bits & 0x1:
        raise BadBundle(f"{name} in {path} is encrypted: healthcheck makes no such bundle")
    if entry.file_size > LARGEST_MEMBER:
        raise BadBundle(f"{name} in {path} would unpack to {entry.file_size // 2**20} MiB: it is no file of ours")
    with bundle.open(entry) as file:
        content = file.read(LARGEST_MEMBER + 1)  # what the entry says of its size may be a lie
    if len(content) > LARGEST_MEMBER:
        raise BadBundle(f"{name} in {path} unpacks to more than {LARGEST_MEMBER // 2**20} MiB: it is no file of ours")
    return content


def _manifest(raw: bytes, path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadBundle(f"{MANIFEST} in {path} cannot be read: it is damaged, or no bundle of ours") from None
    if manifest.schema != SCHEMA:
        raise BadBundle(f"{path} has the schema {manifest.schema[:60]!a}; this version reads {SCHEMA}")
    return manifest
