"""Objects in a stream of JSON: one, an array, one a line, one after the other; a bounded part of it is held at a time."""

import codecs
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from healthcheck.intake.sources import Damaged
from healthcheck.intake.values import list_of, object_of, unwrapped_json

LARGEST = 8 * 1024 * 1024
"""Characters of one object."""
LARGEST_CARRIED = 4 * 1024 * 1024
"""Characters of an object inside another service's record."""
MOST_CARRIERS = 5
"""Lists and records inside one another."""
MOST_FAULTS = 20
_CHUNK = 64 * 1024
_BETWEEN = " \t\r\n,[]\ufeff"
_LISTS = ("items", "events", "results", "data", "Messages", "Records", "records", "logEvents")
"""Keys under which services hand out several events at once."""


class Found(NamedTuple):
    """One value, where it begins, its text as far as it is shown; `value` None for text that is no JSON."""

    line: int
    value: Any
    text: str
    cut: bool


def objects_of(stream: BinaryIO) -> Iterator[Found]:
    """Every value of the stream outside any top-level array's brackets, in order. Damaged after the last one."""
    decoder, incremental = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")("replace")
    buffer, at, line, ended, faults, damage = "", 0, 1, False, 0, None
    wanted = _CHUNK
    while True:
        while at < len(buffer) and buffer[at] in _BETWEEN:
            line += buffer[at] == "\n"
            at += 1
        value, end = _decoded(decoder, buffer, at)
        if end is None or (end == len(buffer) and not ended):
            if not ended and len(buffer) - at < LARGEST:
                try:
                    more = stream.read(wanted)
                except (Damaged, OSError) as fault:
                    more, damage = b"", fault
                ended, wanted = not more, min(2 * wanted, LARGEST)
                buffer, at = buffer[at:] + incremental.decode(more, ended), 0
                continue
            if at >= len(buffer):
                break
        if end is None:
            faults += 1
            newline = buffer.find("\n", at)
            stop = newline if newline >= 0 else len(buffer)
            yield Found(line, None, buffer[at : at + 400], newline < 0)
            if faults >= MOST_FAULTS:
                break
            at = stop
            continue
        yield Found(line, value, buffer[at : at + 400], False)
        line += buffer.count("\n", at, end)
        at, wanted = end, _CHUNK
        if at > LARGEST:
            buffer, at = buffer[at:], 0
    if damage is not None:
        raise Damaged(str(damage))


def _decoded(decoder: json.JSONDecoder, buffer: str, at: int) -> tuple[Any, int | None]:
    if at >= len(buffer):
        return None, None
    try:
        return decoder.raw_decode(buffer, at)
    except (ValueError, RecursionError):
        return None, None


def inside(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects that stand in a list inside an object, as an events API hands them out; [] where there is none."""
    for key in _LISTS:
        if isinstance(value.get(key), list):
            return [one for one in value[key] if isinstance(one, dict)]
    return []


def carried(value: dict[str, Any]) -> list[dict[str, Any]]:
    """What other services carry: an SNS record of Lambda, a message of SNS or SQS, a request of an API gateway, an event of
    EventBridge, data of Firehose or Pub/Sub; or what `inside` finds. [] for an object that carries nothing."""
    found: object = None
    body = value.get("body", value.get("Body"))
    data = object_of(value.get("message")).get("data") if "subscription" in value else value.get("data")
    if isinstance(value.get("Sns"), dict):
        found = value["Sns"]
    elif isinstance(value.get("detail"), dict) and "detail-type" in value:
        found = value["detail"]
    elif isinstance(body, str) and body[:1] in ("{", "["):
        found = unwrapped_json(body)
    elif "Type" in value and isinstance(value.get("Message"), str):
        found = unwrapped_json(value["Message"])
    elif len(value) <= 3 and isinstance(data, str) and len(data) < LARGEST_CARRIED:
        try:
            found = unwrapped_json(b64decode(data).decode("utf-8", "replace"))
        except ValueError:
            return []
    return [one for one in list_of(found) if isinstance(one, dict)] or inside(value)
