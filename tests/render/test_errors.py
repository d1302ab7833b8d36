"""Error rates as people read them: bars and columns, nothing wider than the screen, and no stranger's markup."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from healthcheck.render import errors as told
from healthcheck.render import errors_json, errors_markdown, errors_text
from tests.render.seen import event, mixed, seen
from tests.render.test_hostile import JUNK


def test_a_bar_shows_something_of_whatever_is_not_nothing():
    assert told.bar(0, 20, plain=False) == told.bar(0, 20, plain=True) == ""
    assert told.bar(0.0001, 20, plain=False) == "▏"
    assert told.bar(0.0001, 20, plain=True) == "."
    assert told.bar(1, 20, plain=False) == "█" * 20
    assert told.bar(7, 20, plain=True) == "#" * 20


def test_a_bar_grows_with_the_share():
    lengths = [len(told.bar(share / 100, 20, plain=False)) for share in range(101)]
    assert lengths == sorted(lengths)


def test_the_largest_number_is_the_highest_column():
    assert told.sparkline([0, 1, 50, 100], plain=False) == "·▁▃▇"
    assert told.sparkline([0, 1, 50, 100], plain=True) == " _:#"
    assert told.sparkline([0, 0], plain=False) == ""


def test_days_without_mail_stand_between_the_others():
    rows = {"2026-11-28": {"delivered": 1}, "2026-12-01": {"delivered": 2}, "other": {"delivered": 9}}
    days = told.days_of(rows, 60)
    assert [day for day, _ in days] == ["2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"]
    assert [row["delivered"] for _, row in days] == [1, 0, 0, 2]
    assert [day for day, _ in told.days_of(rows, 2)] == ["2026-11-30", "2026-12-01"]
    assert told.days_of({"2026-11-28": {}, "nonsense": {}}, 5) == [("2026-11-28", {}), ("nonsense", {})]
    assert told.days_of({"0001-01-01": rows["2026-11-28"], "9999-12-31": rows["2026-11-28"]}, 3)[-1][0] == "9999-12-31"


def test_a_share_is_told_as_exactly_as_it_matters():
    assert [told.percent(x) for x in (0, 0.0002, 0.043, 0.31, 1)] == ["0 %", "0.02 %", "4.3 %", "31.0 %", "100 %"]


@pytest.mark.parametrize("by", [None, *told.BY])
@pytest.mark.parametrize("plain", [False, True])
def test_every_table_can_be_drawn(by, plain):
    text = errors_text.render(seen(mixed(), by=by), 100, plain)
    assert text.isascii() or not plain
    assert "Why mail failed" in text
    assert errors_markdown.render(seen(mixed(), by=by))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_only_words_that_cannot_be_broken_are_wider_than_the_screen(width):
    lines = errors_text.render(seen(mixed()), width).splitlines()
    assert not [line for line in lines[1:] if len(line) > max(width, 78)]


def test_no_event_is_no_pass():
    nothing = seen([])
    assert nothing.verdict == "inconclusive"
    assert errors_text.render(nothing).startswith(
        "mail.log: INCONCLUSIVE   no event of delivery was found, but 2 reports"
    )


def test_what_receivers_report_is_told_beside_the_rest():
    text = errors_text.render(seen(mixed()))
    assert "google of example.com, 1 report: 6 of 9 messages passed DMARC (66.7 %)" in text
    assert "4 of 4 TLS sessions succeeded (100 %)" in text
    assert json.loads(errors_json.render(seen(mixed())))["reports"][0]["failed"] == 3


def test_bounce_mails_alone_have_no_rate():
    import msgspec

    mails = [msgspec.structs.replace(event(number, "bounced"), format="dsn") for number in range(3)]
    assert "how many were tried is not told" in errors_text.render(seen(mails))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(JUNK), max_size=5).map("".join))
def test_a_strangers_word_is_text_in_every_form(word):
    hostile = seen(mixed(word), word)
    text = errors_text.render(hostile)
    assert all(line.isprintable() for line in text.split("\n"))
    encodable = word.encode("utf-8", "replace").decode()
    assert json.loads(errors_json.render(seen(mixed(encodable), encodable)))["failures"]
    page = errors_markdown.render(hostile)
    assert all(line.isprintable() for line in page.split("\n"))
    html = MarkdownIt("commonmark").enable("table").render(page)
    assert not any(tag in html for tag in ("<script", "<img", "<a ", "<b@", "<!--"))
    assert html.count("<h1>") == 1
