"""Whose turn it is: a stable place in the interval, and a clock that may be put back."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.monitor import schedule
from healthcheck.monitor.times import after, as_time, seconds_between
from tests.monitor import NOON, at

NAMES = [f"client-{number}.example" for number in range(2000)]
HOUR = 3600


def test_domains_are_spread_over_the_interval():
    quarters = Counter(schedule.place(name, HOUR) * 4 // HOUR for name in NAMES)
    assert set(quarters) == {0, 1, 2, 3}
    assert min(quarters.values()) > 400


def test_the_place_of_a_domain_is_the_same_everywhere():
    assert schedule.place("example.com", HOUR) == 3109


@given(st.sampled_from(NAMES), st.integers(10, 10**6), st.integers(0, 10**8))
def test_every_domain_has_one_turn_in_every_interval(name, seconds, offset):
    now = after(NOON, offset)
    turn = schedule.latest_turn(name, seconds, now)
    assert 0 <= (as_time(now) - as_time(turn)).total_seconds() < seconds
    assert schedule.latest_turn(name, seconds, after(turn, seconds)) == after(turn, seconds)
    assert not schedule.is_due(name, seconds, turn, now)
    assert schedule.is_due(name, seconds, after(turn, -1), now)


def test_who_was_never_examined_is_due_and_so_is_what_a_wrong_clock_examined():
    assert schedule.is_due("example.com", HOUR, None, NOON)
    assert schedule.is_due("example.com", HOUR, at(24), NOON)


def test_no_time_passes_backwards():
    assert seconds_between(at(1), at(3)) == 2 * HOUR
    assert seconds_between(at(3), at(1)) == 0


@pytest.mark.parametrize("text", ["", "h", "1x", "0h", "-1h", "1e3s", "9s", "١h", "1 h 5"])
def test_what_is_no_interval_is_refused_in_one_sentence(text):
    with pytest.raises(schedule.BadInterval):
        schedule.interval(text)


def test_an_interval_is_read():
    assert [schedule.interval(text) for text in ("90s", "15m", "1h", "1d")] == [90, 900, 3600, 86400]
