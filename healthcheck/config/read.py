"""Finding healthcheck.toml and reading it. Whatever is wrong is one sentence that begins with file, line and key.

healthcheck.toml:7: domain.ips '192.0.2' is not an address: give one such as 192.0.2.10 or 2001:db8::10
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from checks.text import inert
from healthcheck.config import places, valid
from healthcheck.config.find import HERE, BadConfig, find
from healthcheck.config.model import (
    AlertTable,
    Config,
    Confirmations,
    Defaults,
    Domain,
    Flapping,
    Ignore,
    Loaded,
    Monitor,
    Retention,
    RunTable,
    StreamTable,
)
from healthcheck.config.secrets import Secret
from healthcheck.config.source import Source, nearest

T = TypeVar("T", bound=msgspec.Struct)

LARGEST = 8 * 1024 * 1024
"""Bytes of a configuration: some hundred thousand domains."""

TABLES: Mapping[tuple[str, ...], type[msgspec.Struct]] = {
    (): Config,
    ("domain",): Domain,
    ("domain", "stream"): StreamTable,
    ("defaults",): Defaults,
    ("run",): RunTable,
    ("ignore",): Ignore,
    ("monitor",): Monitor,
    ("monitor", "confirmations"): Confirmations,
    ("monitor", "flapping"): Flapping,
    ("monitor", "retention"): Retention,
    ("alert",): AlertTable,
}
MANY = frozenset({("domain",), ("domain", "stream"), ("ignore",), ("alert",)})
"""Those that are arrays of tables."""
FREE = frozenset({("accounts",), ("thresholds",), ("severity",)})
"""Tables whose keys are names of things."""

# tomllib needs memory by the square of the names in a dotted key: a domain has 127 labels, and no key more names.
_BOTTOMLESS_KEY = re.compile(r"""(?<![A-Za-z0-9_"'-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){128}""")
_SAID = re.compile(r"(.*?)(?: - at `\$(.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_KEY_FIRST = re.compile(r"[ \t]*([A-Za-z0-9_.-]{1,80})[ \t]*=")
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


def load(given: str | None = None) -> Loaded:
    """The configuration that counts: that of the file given with --config, or of the first that is found, or an empty one."""
    path = find(given, os.environ)
    return Loaded(Config()) if path is None else read(path)


def read(path: Path) -> Loaded:
    """Read one file. BadConfig says in one sentence what is wrong with it."""
    shown = str(inert(str(path)))
    try:
        with path.open("rb") as file:
            private = not os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        raise BadConfig(f"cannot read {shown}: {getattr(fault, 'strerror', None) or fault}") from None
    if len(content) > LARGEST:
        raise BadConfig(f"{shown} is larger than {LARGEST // 2**20} MiB: that is no configuration")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise BadConfig(
            f"{shown}:{line}: byte 0x{content[fault.start]:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    return Loaded(parse(text, shown, private), path)


def parse(text: str, name: str = HERE, private: bool = False) -> Config:
    """The text of a configuration -> its value. BadConfig for whatever is wrong; `private`: it may hold secrets itself."""
    source = Source(text, name, private)
    tables = _tables(source)
    _known(source, tables, ())
    config = Config(
        domain=_each(source, tables, "domain", Domain),
        defaults=converted(source, tables.get("defaults", {}), Defaults, ("defaults",)),
        run=converted(source, tables.get("run", {}), RunTable, ("run",)),
        accounts=valid.accounts(source, tables.get("accounts", {})),
        thresholds=valid.thresholds(source, tables.get("thresholds", {})),
        severity=valid.severity(source, tables.get("severity", {})),
        ignore=_each(source, tables, "ignore", Ignore),
        monitor=converted(source, tables.get("monitor", {}), Monitor, ("monitor",)),
        alert=_each(source, tables, "alert", AlertTable),
    )
    return valid.checked(source, config, [each.keys() for each in tables.get("domain", ())])


def _tables(source: Source) -> dict[str, Any]:
    if (deep := _BOTTOMLESS_KEY.search(source.text)) is not None:
        line = source.text.count("\n", 0, deep.start()) + 1
        raise BadConfig(f"{source.name}:{line}: a key of more than 128 names is none of ours")
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as fault:
        said = str(fault)
        at = _AT_LINE.search(said)
        line = int(at[1]) if at is not None and at[1] else source.text.count("\n") + 1
        why = said[: at.start()] if at is not None else said
        raise BadConfig(
            f"{source.name}:{line}: this is not TOML: {why[:1].lower()}{inert(why[1:])}{_twice(source.text, line, why)}"
        ) from None
    except RecursionError:
        raise BadConfig(f"{source.name} nests arrays or tables deeper than any configuration does") from None
    except ValueError as fault:  # a number of more digits than Python converts
        raise BadConfig(f"{source.name} holds a value that cannot be read: {str(fault).partition(';')[0]}") from None


def _twice(text: str, line: int, why: str) -> str:
    """The key that is there twice, which tomllib does not name; "" for everything else."""
    found = _KEY_FIRST.match(text.split("\n")[line - 1]) if "overwrite" in why else None
    return f": {found[1]} is there twice" if found is not None else ""


def _known(source: Source, table: Mapping[str, Any], path: places.Path) -> None:
    """Every key is one of ours, and tables are where tables belong."""
    names = tuple(step for step in path if isinstance(step, str))
    fields = TABLES[names].__struct_fields__
    for key, value in table.items():
        inner, place = (*names, key), (*path, key)
        if key not in fields:
            raise source.bad(place, f"is not known{_perhaps(key, fields)}")
        if inner in MANY:
            if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
                raise source.bad(place, f"is a list of tables: begin each with [[{'.'.join(inner)}]]")
            for index, each in enumerate(value):
                _known(source, each, (*place, index))
        elif inner in TABLES or inner in FREE:
            if not isinstance(value, dict):
                raise source.bad(place, f"is a table: begin it with [{'.'.join(inner)}]")
            if inner in TABLES:
                _known(source, value, place)


def _perhaps(word: str, known: tuple[str, ...]) -> str:
    near = nearest(word, known)
    return f": did you mean {near}?" if near else f": there are {', '.join(sorted(known))}"


def _each(source: Source, tables: Mapping[str, Any], key: str, kind: type[T]) -> tuple[T, ...]:
    return tuple(converted(source, each, kind, (key, index)) for index, each in enumerate(tables.get(key, ())))


def converted(source: Source, table: Any, kind: type[T], path: places.Path) -> T:
    """A table as its type. BadConfig names the key, in words instead of msgspec's."""
    try:
        return msgspec.convert(table, kind, dec_hook=_secret)
    except msgspec.ValidationError as fault:
        said = _SAID.fullmatch(str(fault))
        assert said is not None  # it matches everything
        steps: list[str | int] = [found[1] or int(found[2]) for found in _STEP.finditer(said[2] or "")]
        place = (*path, *steps)
        if (missing := re.fullmatch(r"Object missing required field `(\w+)`", said[1])) is not None:
            raise source.bad(place, f"has no {missing[1]}: it takes one") from None
        raise source.bad(place, _in_words(said[1], place)) from None


def _secret(kind: type, value: object) -> Secret:
    assert kind is Secret  # no other type of ours is strange to msgspec
    return Secret.parse(value)


_KINDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in brackets",
    "object": "a table",
    "date": "a date such as 2027-01-31",
    "datetime": "a date with a time",
    "time": "a time",
    "null": "nothing",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def _in_words(said: str, path: places.Path) -> str:
    """What msgspec says, as the end of a sentence that begins with the key."""
    if (found := re.fullmatch(r"Expected `([\w |]+)`, got `([\w |]+)`", said)) is not None:
        wanted = [_KINDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null"]
        return f"must be {' or '.join(wanted)}, not {_KINDS.get(found[2], found[2])}"
    if (found := re.fullmatch(r"Expected `(?:int|float)` (>=|<=|>|<) ([\d.]+)", said)) is not None:
        return f"must be {_BOUNDS[found[1]]} {found[2]}"
    if (found := re.fullmatch(r"Expected `str` of length (>=|<=) (\d+)", said)) is not None:
        return "is empty" if found[1] == ">=" else f"is longer than {found[2]} characters"
    if "matching regex" in said:
        return "is no length of time: give for instance 90s, 15m, 6h, 30d or 2w"
    if "RFC3339" in said:
        return "is no date: give one such as 2027-01-31"
    if said.startswith("Invalid enum value"):
        return f"is not one of {', '.join(_allowed(path))}"
    return said


def _allowed(path: places.Path) -> tuple[str, ...]:
    """The words that may stand at a place."""
    names = tuple(step for step in path if isinstance(step, str))
    fields = {field.name: field.type for field in msgspec.structs.fields(TABLES[names[:-1]])}
    kind = msgspec.inspect.type_info(fields[names[-1]])
    if isinstance(kind, msgspec.inspect.VarTupleType):
        kind = kind.item_type
    return tuple(map(str, kind.values)) if isinstance(kind, msgspec.inspect.LiteralType) else ()
