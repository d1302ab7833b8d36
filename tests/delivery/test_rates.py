"""Rates: the interval, the limit that itself is over, and thresholds that somebody gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.bad_input import BadInput
from checks.delivery.rates import Standing, standing, wilson
from checks.delivery.thresholds import limits, parse_threshold, parse_thresholds, thresholds
from tests.delivery.limits import PAGE, TABLE, table


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_interval_holds_what_was_seen(count, rest):
    low, high = wilson(count, count + rest)
    assert 0 <= low <= high <= 1
    if count + rest:
        assert low - 1e-9 <= count / (count + rest) <= high + 1e-9


def test_the_interval_is_that_of_the_books():
    # 10 of 100: 5.52 % to 17.44 %, as in any table of Wilson's interval.
    assert [round(x, 4) for x in wilson(10, 100)] == [0.0552, 0.1744]
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_more_mail_of_the_same_rate_is_surer(count, rest):
    low, high = wilson(count, count + rest)
    low_of_more, high_of_more = wilson(4 * count, 4 * (count + rest))
    assert low <= low_of_more + 1e-9
    assert high_of_more <= high + 1e-9


def test_three_in_a_thousand_is_over_a_limit_of_three_in_a_thousand():
    assert standing(3, 1000, 0.003) is Standing.UNCERTAIN
    assert standing(299, 100_000, 0.003) is Standing.WITHIN
    assert standing(400, 100_000, 0.003) is Standing.BEYOND
    assert standing(0, 0, 0.003) is Standing.WITHIN


def test_percent_and_fraction_are_not_confused():
    assert limits()["complaint.fail"] == 0.003
    assert (
        parse_threshold("complaint.fail=0.3%") == parse_threshold("complaint.fail=0.003") == ("complaint.fail", 0.003)
    )
    with pytest.raises(BadInput, match=r"would be 30%: write 0.3% or 0.003"):
        parse_threshold("complaint.fail=0.3")


@pytest.mark.parametrize(
    ("text", "value"),
    [("bounce.least=200", 200), ("spike.times=3.5", 3.5), (" Hard-Bounce.Warn = 1 % ", 0.01), ("bounce.fail=.1", 0.1)],
)
def test_a_threshold_is_a_name_and_a_number(text, value):
    assert parse_threshold(text)[1] == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "=", "bounce=5%", "bounce.warn", "bounce.warn=", "bounce.warn=five", "bounce.warn=-1%", "bounce.warn=0"),
        *("bounce.warn=101%", "bounce.warn=1e-3", "bounce.warn=nan", "bounce.warn=5%%", "bounce.least=2.5"),
        *("bounce.least=0", "bounce.least=5%", "spike.times=0.5", "bounce.warn=" + "9" * 400, "bounce.warn=٥%"),
    ],
)
def test_what_is_no_threshold_is_one_sentence(text):
    with pytest.raises(BadInput) as told:
        parse_threshold(text)
    assert "\n" not in str(told.value)
    assert str(told.value).isprintable()


def is_threshold(text: str) -> bool:
    try:
        name, value = parse_threshold(text)
    except BadInput:
        return False
    return name in thresholds() and value > 0


@given(st.text(max_size=40))
def test_any_text_is_a_threshold_or_a_sentence(text):
    for given_ in (text, f"bounce.warn={text}", f"{text}=5%"):
        if not is_threshold(given_):
            with pytest.raises(BadInput) as told:
                parse_threshold(given_)
            assert str(told.value).isprintable()


def test_a_warning_that_would_come_after_the_failure_is_refused():
    assert parse_thresholds(["bounce.warn=20%", "bounce.fail=30%"]) == {"bounce.warn": 0.2, "bounce.fail": 0.3}
    with pytest.raises(BadInput, match=r"bounce\.warn"):
        parse_thresholds(["bounce.warn=20%"])


def test_every_limit_says_where_it_comes_from():
    for one in thresholds().values():
        assert one.meaning
        assert one.source.startswith("ours") or (one.url.startswith("https://") and one.date), one.name
        assert one.unit in ("share", "count", "times")
        assert (one.unit == "share") <= (0 < one.value < 1)


def test_the_page_tells_every_limit():
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found, "docs/delivery.md has no <!-- limits --> table"
    assert found[0] == table(), "run: python -m tests.delivery.limits"
