"""The reports in a file, whatever kept them: a report in JSON, several, one a line, a recorded run, a ticket's bundle."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from checks.bad_input import BadInput
from checks.text import inert
from healthcheck.compare import ReadReport, read_report
from healthcheck.report import Report
from healthcheck.ticket.bundle import REPORT
from healthcheck.ticket.opened import file_content, is_bundle, member
from healthcheck.world.transcript import SCHEMA as TRANSCRIPT
from healthcheck.world.transcript import read_transcript


class NoReport(BadInput):
    """A file in which there is no report; the message is one sentence."""


def reports_in(path: Path) -> tuple[ReadReport, ...]:
    """All reports, in order. NoReport says in one sentence why there is none."""
    raw = file_content(path)
    if is_bundle(raw):
        raw = member(raw, REPORT, path)
    if _schema(raw) == TRANSCRIPT:
        return _judged_again(path)
    try:
        found = read_report(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise NoReport(
            f"{path} is no report: give what healthcheck domain --format json wrote, or a --record"
        ) from None
    if not found:
        raise NoReport(f"{path} holds no report")
    if told := next((f"{one.target.domain}: {one.contradiction}" for one in found if one.contradiction), ""):
        raise NoReport(f"{path} contradicts itself, so that it was changed, or is not whole: {inert(told)}")
    return found


def _schema(raw: bytes) -> str:
    class _Head(msgspec.Struct):
        schema: str = ""

    try:
        return msgspec.json.decode(raw, type=_Head).schema
    except (msgspec.DecodeError, RecursionError):
        return ""


def _judged_again(path: Path) -> tuple[ReadReport, ...]:
    """A recorded run, judged with what is known today."""
    from healthcheck.again import judge_again  # start-up time: the checks, for recorded runs only

    return as_read(judge_again(read_transcript(path)))


def as_read(reports: Sequence[Report]) -> tuple[ReadReport, ...]:
    """Reports of now, as a comparison reads those of before."""
    from healthcheck.render.json import as_json  # start-up time: as above

    return tuple(msgspec.convert(msgspec.to_builtins(as_json(report)), ReadReport) for report in reports)
