"""The page, the example, the schema and the types agree."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from healthcheck.config.model import Config, Defaults
from healthcheck.config.read import FREE, TABLES, parse, read
from healthcheck.config.show import schema
from tests.config.test_wrong_files import WRONG

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = DOCS / "examples" / "healthcheck.toml"
SCHEMA = json.loads(schema())


def documented() -> dict[str, set[str]]:
    """The keys of every table of the page, by the heading above."""
    found: dict[str, set[str]] = {}
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        if heading.startswith("["):
            found[heading.strip("[] ")] = set(re.findall(r"^\| ([a-z_]+) \|", body, re.MULTILINE))
    return found


def test_every_key_has_a_line_and_no_line_is_of_another():
    wanted = {
        ".".join(path): set(table.__struct_fields__)
        - (set(Defaults.__struct_fields__) if path == ("domain",) else set())
        for path, table in TABLES.items()
        if path
    }
    wanted |= {path[0]: set() for path in FREE}
    assert documented() == wanted


def test_the_defaults_on_the_page_are_those_of_the_types():
    for path, table in TABLES.items():
        section = PAGE.partition(f"## [{'.'.join(path)}]\n")[2].partition("\n## ")[0]
        for field, default in zip(table.__struct_fields__[::-1], table.__struct_defaults__[::-1], strict=False):
            row = re.search(rf"^\| {field} \|.*\| ([^|]*) \|$", section, re.MULTILINE)
            if row is not None and isinstance(default, str | int | float) and default not in ("", False, True):
                assert row[1].strip("`") == str(default).removesuffix(".0"), f"{path}.{field}"


def test_the_example_has_every_table_and_is_right():
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert set(tables) == set(Config.__struct_fields__)
    assert read(EXAMPLE).config.domain[0].stream[0].name == "newsletter"


def test_the_schema_is_one_and_takes_the_example():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    tables["ignore"][0]["expires"] = str(tables["ignore"][0]["expires"])  # JSON has no dates
    jsonschema.validate(tables, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [text for text, said in WRONG if "is not known" in said or (" must be " in said and "[thresholds]" not in text)],
)
def test_the_schema_refuses_what_the_reader_refuses(text):
    if "nan" in text:
        pytest.skip("JSON has no such number")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), SCHEMA)


def test_an_empty_file_is_a_configuration():
    assert parse("") == Config()
