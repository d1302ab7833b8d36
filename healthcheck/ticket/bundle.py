"""The file of a ticket: a bundle (.zip), the page alone (.md), or the report for a browser (.html).

The same case gives the same bytes: names are sorted, every time is that of the report, and nothing is compressed, since what a
compressor writes hangs on its version. What is not compressed can also be searched for what must not be in it.
"""

import zipfile
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO

import msgspec

from checks.bad_input import BadInput
from healthcheck import __version__
from healthcheck.render import json, markdown
from healthcheck.ticket.case import Case
from healthcheck.ticket.commands import commands
from healthcheck.ticket.summary import beside_report, summary
from healthcheck.world.transcript import as_bytes

SCHEMA = "healthcheck.bundle/1"
MANIFEST, SUMMARY, REPORT, RUN = "MANIFEST.json", "summary.md", "report.json", "run.json"
LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of the report in Markdown inside the bundle, where nothing has to be pasted."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name."""


class BadSuffix(BadInput):
    """A file name that names no form; the message is one sentence."""


class JsonFile(msgspec.Struct):
    """A file of the bundle: its size in bytes and its checksum."""

    name: str
    bytes: int
    sha256: str


class JsonRedaction(msgspec.Struct):
    """How much was to be taken out, and how many different things of each kind were."""

    mode: str
    taken: dict[str, int]


class Manifest(msgspec.Struct):
    """What a bundle holds."""

    schema: str
    tool: dict[str, str]
    domain: str
    generated_at: str
    world: str
    redaction: JsonRedaction
    environment: dict[str, str]
    files: list[JsonFile]


def writer_for(suffix: str) -> Callable[[Case], bytes]:
    """What writes a file whose name ends so. BadSuffix for a form that there is not."""
    writers = {".zip": zipped, ".md": paged, ".html": browsed}
    writer = writers.get(suffix.lower())
    if writer is None:
        raise BadSuffix(
            f"a ticket is written as .zip, .md or .html, and {suffix or 'a name without an end'!a} is none of these"
        )
    return writer


def zipped(case: Case) -> bytes:
    """The bundle."""
    files = _files(case)
    files[MANIFEST] = _manifest(case, files)
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as bundle:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _moment(case.report.generated_at))
            entry.create_system = 3  # whatever system wrote it
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, files[name])
    return held.getvalue()


def paged(case: Case) -> bytes:
    """The page alone, short enough to be pasted."""
    return summary(case).encode()


def browsed(case: Case) -> bytes:
    """The report for a browser, with what else the ticket says."""
    return _html(case)


def _files(case: Case) -> dict[str, bytes]:
    files = {
        REPORT: _marked_json(json.render([case.report]).encode(), case.mark),
        "report.md": _marked(markdown.render([case.report], LARGEST_PAGE).encode(), f"**{case.mark}.**\n\n", case),
        "commands.txt": _commands(case),
    }
    if find_spec("jinja2") is not None:
        files["report.html"] = _html(case)
    if case.transcript is not None:
        files[RUN] = _marked_json(_printable(as_bytes(case.transcript)), case.mark)
    files[SUMMARY] = summary(case, beside=sorted((*files, MANIFEST))).encode()
    return files


def _html(case: Case) -> bytes:
    """The report's page, with what else a ticket says as plain text at its end; it needs the library of that format."""
    from html import escape  # start-up time: for pages only

    from healthcheck.render import html

    page = html.render([case.report])
    body, end, rest = page.rpartition("</main>")
    told = f"<section><h2>Support ticket</h2><pre>{escape(_plain(case))}</pre></section>\n"
    return _marked(f"{body}{told}{end}{rest}".encode(), f"<!-- {case.mark} -->\n", case)


def _plain(case: Case) -> str:
    return "".join(char if char == "\n" or char.isprintable() else " " for char in beside_report(case))


def _commands(case: Case) -> bytes:
    lines: list[str] = []
    for group in commands(case):
        lines += [f"# {group.purpose}", *group.lines, ""]
    return _marked("\n".join(lines).encode(), f"# {case.mark}\n", case)


def _manifest(case: Case, files: dict[str, bytes]) -> bytes:
    told = Manifest(
        schema=SCHEMA,
        tool={"name": "healthcheck", "version": __version__},
        domain=case.report.target.domain,
        generated_at=case.report.generated_at,
        world=case.report.world,
        redaction=JsonRedaction(case.redaction, dict(sorted(case.taken.items()))),
        environment={**msgspec.to_builtins(case.environment), "recorded_by": case.recorded_by},
        files=[JsonFile(name, len(files[name]), sha256(files[name]).hexdigest()) for name in sorted(files)],
    )
    return _marked_json(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n", case.mark)


def _marked(content: bytes, mark: str, case: Case) -> bytes:
    return mark.encode() + content if case.mark else content


def _marked_json(content: bytes, mark: str) -> bytes:
    """An object with one member more, the first of all, laid out as the others are."""
    assert content[:1] == b"{"  # all of ours are objects
    space = content[1 : content.index(b'"')]
    return b"{" + space + b'"data": ' + msgspec.json.encode(mark) + b"," + content[1:] if mark else content


def _printable(content: bytes) -> bytes:
    """JSON that reads the same, with every character that does not print escaped: whoever opens it sees what is there."""
    text = content.decode()
    if text.isascii():
        return content
    escaped = (char if char == "\n" or char.isprintable() else _escaped(char) for char in text)
    return "".join(escaped).encode()


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _moment(generated_at: str) -> tuple[int, int, int, int, int, int]:
    """The time of a report as a zip writes it: from 1980 to 2107, in steps of two seconds."""
    digits = generated_at[:19].replace("T", "-").replace(":", "-").split("-")
    if len(digits) != 6 or not all(part.isdecimal() for part in digits):
        return _EARLIEST
    year, month, day, hour, minute, second = (int(part) for part in digits)
    if not (1980 <= year <= 2107 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return _EARLIEST
    return (year, month, day, hour, minute, second // 2 * 2)
