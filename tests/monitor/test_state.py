"""When a change is a change: soft and hard, recovery, not known, flapping, a clock that is put back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Status
from healthcheck.monitor.state import Look, News, Patience, baseline, is_bad, observe, share_of_changes
from tests.monitor import FAIL, PASS, SKIPPED, UNKNOWN, WARN, at

LETTERS = {"P": PASS, "W": WARN, "F": FAIL, "?": UNKNOWN, "-": SKIPPED}
WORDS = {News.PROBLEM: "P", News.RECOVERY: "R", News.LOST: "L", News.FOUND: "f", News.FLAPPING: "~", News.SETTLED: "s"}


def news_of(course: str, network: bool = False) -> str:
    """What is told of a course of observations, one letter for each: `.` for nothing."""
    state = baseline(LETTERS[course[0]], at(0))
    told = "."
    for hour, letter in enumerate(course[1:], 1):
        state, change = observe(state, Look(LETTERS[letter], network), at(hour), Patience())
        told += WORDS[change.news] if change is not None and change.news is not None else "."
    return told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ("PPPP", "...."),
        ("FFFF", "...."),  # the baseline is told by the first report, not by an alert
        ("PFFPP", ".P..R"),
        ("PFPFP", ".P..."),  # one look at a recovery proves little: the failure that was told still stands
        ("PFFWWPP", ".P..R.R"),
        ("PWWFFPP", ".P.P..R"),
        ("FFPP", "...R"),  # a fix is worth telling, though the failure was there before the watching began
        ("?PP", "..."),  # unknown, then pass
        ("?FF", ".P."),
        ("P--P", "...."),
    ],
)
def test_what_a_record_says_is_told_at_once_and_its_end_when_it_was_seen_twice(course, told):
    assert news_of(course) == told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ("PFPP", "...."),
        ("PFFPP", "..P.R"),
        ("PFPFPFP", "......."),  # seven looks are too few to call it flapping
        ("PF?FPP", "...P.R"),  # what could not be looked at in between takes nothing back
        ("PF??FPP", "....P.R"),
        ("?FF", "..P"),
    ],
)
def test_what_hangs_on_a_network_is_told_when_it_was_seen_twice(course, told):
    assert news_of(course, network=True) == told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ("P??P??P", "......."),
        ("P???", "...L"),
        ("P???P", "...Lf"),
        ("P????F", "...L.P"),
        ("F???F", "...Lf"),  # the same failure as before
        ("F????PP", "...L..R"),
        ("PF???F", ".P..Lf"),
        ("PFF???PP", ".P...L.R"),
        ("?????", "....."),
    ],
)
def test_not_known_is_told_when_it_lasts_and_is_no_recovery(course, told):
    assert news_of(course) == told


def test_who_was_told_that_it_is_lost_is_told_that_it_is_found():
    state = baseline(PASS, at(0))
    for hour in range(1, 4):
        state, _ = observe(state, Look(UNKNOWN), at(hour), Patience())
    assert state.lost
    state, change = observe(state, Look(FAIL), at(4), Patience())
    assert change is not None
    assert (change.news, change.found, state.lost) == (News.PROBLEM, True, False)


def test_what_goes_back_and_forth_is_told_once_and_then_when_it_settles():
    told = news_of("PF" * 20 + "P" * 25, network=True)
    assert told.replace(".", "") == "~s"


def test_what_settles_as_a_failure_is_told_to_be_well_when_it_is():
    assert news_of("PF" * 20 + "F" * 25 + "PP", network=True).replace(".", "") == "~sR"


def test_a_resolver_that_stumbles_is_no_flapping():
    assert news_of("P?" * 60).strip(".") == ""
    assert news_of("F?" * 60).strip(".") == ""


def test_the_share_of_changes_is_that_of_nagios():
    assert share_of_changes("") == 0
    assert share_of_changes("1" * 20) == pytest.approx(100.0)
    assert share_of_changes("1") == pytest.approx(6.0)  # one change, the latest: 1.2 of 20
    assert share_of_changes("1" + "0" * 19) == pytest.approx(4.0)


def test_a_domain_where_nothing_happens_has_nothing_to_be_written_down():
    state = baseline(PASS, at(0))
    assert observe(state, Look(PASS), at(1), Patience()) == (state, None)


def test_a_clock_that_is_put_back_gives_no_time_before_what_is_remembered():
    state = baseline(PASS, at(10))
    state, change = observe(state, Look(FAIL), at(-100), Patience())
    assert change is not None
    assert change.since == at(10)
    state, _ = observe(state, Look(PASS), at(-200), Patience())
    state, change = observe(state, Look(PASS), at(-300), Patience())
    assert change is not None
    assert change.since == at(10)


COURSES = st.lists(st.sampled_from(sorted(LETTERS)), min_size=2, max_size=80).map("".join)


@given(COURSES, st.booleans())
def test_every_beginning_has_its_end_and_no_end_comes_without_one(course, network):
    """Whatever happens: once it is well for long, all that was told is over."""
    state = baseline(LETTERS[course[0]], at(0))
    problem = is_bad(state.hard)
    lost = False
    for hour, status in enumerate([*(LETTERS[letter] for letter in course[1:]), *[PASS] * 45], 1):
        state, change = observe(state, Look(status, network), at(hour), Patience())
        if change is None:
            continue
        if change.found:
            assert lost
            lost = False
        match change.news:
            case News.LOST:
                assert not lost
                lost = True
            case News.PROBLEM | News.FLAPPING:
                problem = True
            case News.RECOVERY:
                assert problem
                problem = is_bad(change.new)
            case News.SETTLED:
                problem = is_bad(change.new)
    assert not lost
    assert not problem
    assert state.hard is Status.PASS


@given(COURSES)
def test_nothing_is_told_of_what_is_never_bad_for_long(course):
    calm = course.replace("F", "P").replace("W", "P").replace("?", "P").replace("-", "P")
    assert news_of(calm).strip(".") == ""
