"""The configuration as it counts: every value with the place where it was said, secrets masked; and its JSON Schema."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from checks.text import inert
from healthcheck.config.model import Config, Defaults, Loaded
from healthcheck.config.places import Path, line_of, lines_of
from healthcheck.config.secrets import Secret
from healthcheck.render import indented

BUILT_IN = "built in"
SINGLE = frozenset({"defaults", "run", "monitor"})
"""Tables of which there is one, whatever was written."""


class Value(msgspec.Struct, frozen=True):
    """One key: its path as people write it, its value as TOML, and where it was said."""

    key: str
    text: str
    origin: str


def values(loaded: Loaded, text: str = "") -> Iterator[Value]:
    """All values, table by table. `text` is that of the file, for the lines."""
    places = lines_of(text)
    name = str(inert(str(loaded.path)))
    for path, value in _walk(loaded.config, ()):
        said = _said_at(places, path)
        line = None if said is None else line_of(places, said)
        yield Value(_spoken(path, loaded.config), _as_toml(value), BUILT_IN if line is None else f"{name}:{line}")


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, msgspec.Struct):
        for key in value.__struct_fields__:
            yield from _walk(getattr(value, key), (*path, key))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))
    elif value is not None:
        yield path, value


def _said_at(places: dict[Path, int], path: Path) -> Path | None:
    """The path at which a value was said: its own, that of the defaults for a domain, or None for what is built in."""
    # Names with dots may have been written as tables in tables: bounce.fail, or with quotes: "bounce.fail".
    for own in (path, (path[0], *(step for part in path[1:] for step in _steps(part)))):
        if own in places:
            return own
    if len(path) == 3 and path[0] == "domain" and path[2] in Defaults.__struct_fields__:
        inherited = ("defaults", path[2])
        return inherited if inherited in places else None
    return None


def _steps(part: str | int) -> list[str | int]:
    return list(part.split(".")) if isinstance(part, str) else [part]


def _spoken(path: Path, config: Config) -> str:
    """`domain["shop.example"].ips`: a table of a list by its name, or by its number."""
    spoken = ""
    value: Any = config
    for step in path:
        value = value[step] if isinstance(step, int) or isinstance(value, dict) else getattr(value, step)
        if isinstance(step, int):
            name = getattr(value, "name", None)
            spoken += f"[{_text(name) if name is not None else step + 1}]"
        else:
            bare = step.replace("-", "_").isidentifier()
            spoken += f"{'.' if spoken else ''}{step if bare else _text(step)}"
    return spoken


def _as_toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Secret():
            return value.spoken
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(_as_toml(each) for each in value)}]"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _text(text: str) -> str:
    return '"' + str(inert(text)).replace("\\", "\\\\").replace('"', '\\"') + '"'


_SECRET_SCHEMA: dict[str, Any] = {
    "description": "Where a secret is: env, file, credential or command; the secret itself only in a file of mode 0600.",
    "anyOf": [
        {"type": "string", "minLength": 1},
        *(
            {"type": "object", "properties": {kind: shape}, "required": [kind], "additionalProperties": False}
            for kind, shape in (
                ("env", {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
                ("file", {"type": "string", "minLength": 1}),
                ("credential", {"type": "string", "minLength": 1}),
                ("command", {"type": "array", "items": {"type": "string"}, "minItems": 1}),
            )
        ),
    ],
}
_SEVERITY_WORDS: dict[str, Any] = {"enum": ["info", "notice", "warning", "error", "critical", "off"]}
_DOTTED: dict[str, Any] = {
    # `bounce.fail = 1` is a table in a table to TOML, `"bounce.fail" = 1` a key: either may be written.
    "thresholds": {"type": ["number", "string", "object"]},
    "severity": {"anyOf": [_SEVERITY_WORDS, {"type": "object"}]},
}


def schema() -> str:
    """The JSON Schema (2020-12) of healthcheck.toml, for editors."""
    document = msgspec.json.schema(Config, schema_hook=_schema_of, ref_template="#/$defs/{name}")
    tables = document["$defs"]
    for key, shape in _DOTTED.items():
        tables["Config"]["properties"][key]["additionalProperties"] = shape
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "healthcheck.toml",
        **document,
    }
    return indented(whole, in_order=True)


def _schema_of(kind: type) -> dict[str, Any]:
    if kind is Secret:
        return _SECRET_SCHEMA
    raise NotImplementedError
