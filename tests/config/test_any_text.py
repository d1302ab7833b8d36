"""Any TOML text, and any text at all, gives a configuration or one sentence."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.config.find import BadConfig
from healthcheck.config.model import Config
from healthcheck.config.places import lines_of
from healthcheck.config.read import TABLES, parse
from healthcheck.config.valid import known_names

KEYS = sorted({key for table in TABLES.values() for key in table.__struct_fields__})
NAMES = [".".join(path) for path in TABLES if path]
SCALARS = st.one_of(
    st.integers(-3, 10**20).map(str),
    st.sampled_from(["true", "1.5", "nan", "2027-01-31", "2027-01-31 07:32:00", "07:32:00", "{}", "[]", '""', '"-"']),
    st.sampled_from(['"1h"', '"x.example"', '"192.0.2.1"', '"gmail"', '"spf"', '"8%"', '"webhook"', '{env = "X"}']),
    st.text(max_size=8).map(
        lambda text: '"' + "".join(f"\\U{ord(c):08x}" for c in text if not 0xD800 <= ord(c) < 0xE000) + '"'
    ),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"))
PAIRS = st.tuples(
    st.sampled_from([*KEYS, *known_names()[:20], "bounce.fail", '"bounce.warn"', "spamhaus", "x", '"a b"']), VALUES
)
HEADS = st.sampled_from(
    [
        "",
        *(f"[{name}]" for name in NAMES),
        *(f"[[{name}]]" for name in NAMES),
        "[severity]",
        "[thresholds]",
        "[accounts]",
    ]
)
TEXTS = st.lists(
    st.tuples(HEADS, st.lists(PAIRS, max_size=4)).map(
        lambda table: "\n".join([table[0], *(f"{key} = {value}" for key, value in table[1])])
    ),
    max_size=4,
).map("\n".join)


def is_configuration_or_sentence(text: str) -> None:
    try:
        assert isinstance(parse(text), Config)
    except BadConfig as fault:
        said = str(fault)
        assert said.isprintable()
        assert said.startswith("healthcheck.toml")


@given(TEXTS)
def test_any_tables_of_ours_give_a_configuration_or_one_sentence(text):
    is_configuration_or_sentence(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_gives_a_configuration_or_one_sentence(text):
    is_configuration_or_sentence(text)


def paths(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, index)
            yield from paths(inner, (*path, index))


@given(TEXTS)
def test_every_key_that_tomllib_reads_has_a_line(text):
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines_of(text)
    assert set(paths(tables)) <= set(found)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = [\n 1,\n 2]", ("a", 1), 3),
        ('a = """\n]"""\nb = 1', ("b",), 3),
        ("a = '''\n\"\"\"\n''''\nb = {c = 1, d.e = [\n{f = 2}]}", ("b", "d", "e", 0, "f"), 5),
        ("[[t]]\n[[t]]\n[[t.u]]\nv = 1", ("t", 1, "u", 0, "v"), 4),
        ('"a.b" = 1\n"\\u0061" = 2', ("a",), 2),
        ("a = '#'  # b = 1\nb = 2", ("b",), 2),
    ],
)
def test_a_line_is_the_one_on_which_the_key_stands(text, path, line):
    tomllib.loads(text)
    assert lines_of(text)[path] == line
