"""Whatever stands in a record, a name, a reply or a detail: it is text in every format and nothing else."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from checks.text import inert
from healthcheck.render import json as json_format
from healthcheck.render import markdown, text
from tests.render import report

SENTINEL = "STRANGER"
JUNK = (
    *("\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\r\n", "\n", "\n\n# ", "\u2028", "\x00", "\x7f", "\t", "\v"),
    *("\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\ud800", "\U000e0041"),
    *(
        "`",
        "``",
        "```",
        "\n```\n",
        "~~~",
        "`````",
        "\\",
        "\\`",
        "|",
        "\\|",
        "||",
        "*",
        "**",
        "_",
        "__",
        "~~",
        "#",
        "# ",
    ),
    *("<script>", "<!--", "-->", "<img src=x onerror=alert(1)>", "</details>", "&lt;", "&#60;", "<b@c.example>"),
    *("![x](http://x.example)", "[x](javascript:y)", "[x]: http://x.example", "http://x.example", "@everyone", "#123"),
    *(
        "{about}",
        "{",
        "}",
        "%s",
        "$(id)",
        "- ",
        "1. ",
        "> ",
        "=====",
        "-----",
        "   ",
        "    ",
        "é",
        "中",
        "😀",
        "a",
        " ",
    ),
)
hostile = st.one_of(
    st.lists(st.sampled_from(JUNK), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=60),
).flatmap(lambda junk: st.integers(0, len(junk)).map(lambda at: junk[:at] + SENTINEL + junk[at:]))

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"text", "code_inline", "softbreak", "strong_open", "strong_close", "em_open", "em_close"}


def renders(word: str) -> dict[str, str]:
    """The report in every format; several reports too, where that is another shape."""
    told = report(word)
    return {
        "text": text.render([told], verbose=True),
        "texts": text.render([told, told]),
        "markdown": markdown.render([told]),
        "markdowns": markdown.render([told, told]),
        "json": json_format.render([told]),
        "jsons": json_format.render([told, told]),
        "ndjson": json_format.render_line(told),
    }


@settings(deadline=None)
@given(hostile)
@example("".join(JUNK) + SENTINEL)
def test_no_format_holds_a_character_that_acts(word):
    for form, told in renders(word).items():
        assert all(line.isprintable() for line in told.split("\n")), form


@settings(deadline=None)
@given(hostile)
@example("".join(JUNK) + SENTINEL)
def test_json_parses_and_keeps_its_shape(word):
    told = json.loads(json_format.render([report(word)]))
    tame = json.loads(json_format.render([report(SENTINEL)]))
    assert shape(told) == shape(tame)


def shape(value: object) -> object:
    """A JSON value without its texts."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(item) for item in value]
        case str():
            return ""
        case _:
            return value


def structure(source: str) -> list[tuple[str, int]]:
    """The blocks of a Markdown text, in order, with their depth."""
    return [(token.type, token.level) for token in GFM.parse(source)]


@settings(deadline=None)
@given(hostile)
@example("".join(JUNK) + SENTINEL)
@example("`" + SENTINEL + "`")
@example("    " + SENTINEL)
@example(SENTINEL + "\\")
def test_markdown_keeps_its_structure(word):
    for reports in (1, 2):
        told = markdown.render([report(word)] * reports)
        assert structure(told) == structure(markdown.render([report(SENTINEL)] * reports))


@settings(deadline=None)
@given(hostile)
@example("".join(JUNK) + SENTINEL)
@example("`" + SENTINEL + "`")
@example(SENTINEL + "\\")
def test_a_strangers_words_stand_in_code_only(word):
    found = 0
    for token in GFM.parse(markdown.render([report(word)])):
        assert token.type not in ("html_block", "code_block", "blockquote_open", "hr"), token
        if token.type == "fence":
            found += token.content.count(SENTINEL)
        for inner in token.children or ():
            assert inner.type in HARMLESS, inner
            if inner.type == "text":
                assert SENTINEL not in inner.content
            if inner.type == "code_inline":
                found += inner.content.count(SENTINEL)
    assert found >= 20


@settings(deadline=None)
@given(hostile)
def test_a_value_survives_its_code_span(word):
    value = str(inert(word)).strip()
    (paragraph,) = [token for token in GFM.parse(f"x {markdown.code(value)} y") if token.type == "inline"]
    assert [inner.type for inner in paragraph.children] == ["text", "code_inline", "text"]
    assert paragraph.children[1].content.strip() == value


@pytest.mark.parametrize(
    "word", ["a" * 65_536, "`" * 65_536, "\x1b" * 65_536, "| " * 32_768, "中" * 65_536, "a`" * 32_768]
)
def test_64_kib_are_cut_and_said_to_be(word):
    told = renders(word)
    assert len(told["markdown"].encode()) <= markdown.LARGEST
    assert len(told["text"]) < 500_000
    assert all(line.isprintable() for form in told.values() for line in form.split("\n"))
    assert "characters)" in told["text"]


@pytest.mark.parametrize("word", ["a" * 4_000, "`" * 4_000, "中" * 4_000])
@pytest.mark.parametrize("reports", [1, 2, 40, 2_000])
def test_markdown_is_bounded_and_says_what_it_left_out(word, reports):
    told = markdown.render([report(word, answers=300)] * reports)
    assert len(told.encode()) <= markdown.LARGEST
    assert "Left out here for length" in told
    fences = [token for token in GFM.parse(told) if token.type == "fence"]
    assert all(token.markup == told.splitlines()[token.map[1] - 1].strip() for token in fences)


def test_markdown_that_fits_leaves_nothing_out():
    assert "Left out" not in markdown.render([report()])


def test_each_of_several_reports_has_its_share():
    told = markdown.render([report("a" * 4_000, answers=300)] * 5)
    assert told.count("What is wrong") == 5
