"""The charts of the HTML report: lengths that add up, rates that are those of the checks, and nothing drawn of nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.flow import Flow, Hour, Traffic
from checks.delivery.observed import Observed
from healthcheck.render.html import charts
from tests.render.page import mail

numbers = st.integers(0, 10**9)
flows = st.lists(
    st.builds(
        Flow,
        st.sampled_from(["", "a.example", "b.example"]),
        st.text(max_size=5),
        numbers,
        bounced=numbers,
        put_off=numbers,
    ),
    max_size=20,
)
times = st.sampled_from(
    ["2026-11-20T09", "2026-11-20T23", "2026-11-21T00", "2026-12-30T09", "", "nonsense", "2026-13-99T99"]
)


@given(flows, st.lists(st.builds(Hour, times, numbers, numbers, numbers), max_size=8), times, times)
def test_no_bar_leaves_its_chart(found, hours, first, last):
    traffic = Traffic(tuple(found), (("a.example", tuple(hours)),), first=first, last=last, has_sender_side=True)
    drawn = charts.charts(Observed(traffic=traffic))
    if drawn is None:
        return
    for bar in (*drawn.providers, *drawn.categories, *drawn.refused):
        assert_within(bar.pieces, charts.FULL)
    for column in drawn.timeline.columns if drawn.timeline else ():
        assert_within(column.pieces, charts.HEIGHT)
        assert column.at < drawn.timeline.width


def assert_within(pieces: list[charts.Piece], most: float) -> None:
    at = 0.0
    for piece in pieces:
        assert piece.length > 0
        assert piece.start == pytest.approx(at, abs=0.02)
        at = piece.start + piece.length
    assert at <= most + 0.02


def test_what_is_nothing_has_no_rate():
    traffic = Traffic((Flow("a.example", "gmail"),), has_sender_side=True)
    assert charts.charts(Observed(traffic=traffic)) is None


def test_bounce_mails_alone_have_no_rate():
    traffic = Traffic((Flow("a.example", "gmail", bounced=9),), has_sender_side=False)
    assert charts.charts(Observed(traffic=traffic)) is None


def test_without_deliveries_failed_replies_are_counted_by_who_said_so():
    failures = msgspec.structs.replace(mail(), traffic=None, unlisted=0).failures
    drawn = charts.charts(Observed((*failures, msgspec.structs.replace(failures[0], provider=None, host=None))))
    assert [(row.name, row.numbers) for row in drawn.refused] == [("Gmail", (9,)), ("unknown", (7,))]
    assert drawn.rates == drawn.providers == []
    assert drawn.timeline is None


def test_rates_count_as_the_checks_count():
    told = charts.charts(mail())
    assert [(rate.name, rate.share, rate.counted) for rate in told.rates] == [
        ("Bounced", "9.1 %", "9 of 99 messages"),
        ("Bounced: address is gone", "2.0 %", "2 of 99 messages"),
        ("Put off", "2.9 %", "3 of 102 messages"),
        ("Reported as spam", "0 %", "0 of 90 delivered messages"),
    ]


def test_days_without_mail_are_seen():
    timeline = charts.charts(mail()).timeline
    assert (timeline.by, len(timeline.columns)) == ("day", 19)
    assert [column.time for column in timeline.columns if column.pieces] == ["2026-11-02", "2026-11-20"]
    assert timeline.told == (
        "Attempts by day, 2026-11-02 to 2026-11-20 UTC: 90 delivered, 4 put off, 9 bounced; "
        "the most on 2026-11-20, 73 attempts."
    )


def test_few_days_are_drawn_by_the_hour():
    traffic = Traffic(
        (),
        (("a.example", (Hour("2026-11-20T23", 2, 0, 1), Hour("2026-11-21T02", 1))),),
        first="2026-11-20T23:00",
        last="2026-11-21T02:10",
        has_sender_side=True,
    )
    timeline = charts.charts(Observed(traffic=traffic)).timeline
    assert timeline.by == "hour"
    assert [column.time for column in timeline.columns] == [
        "2026-11-20 23:00",
        "2026-11-21 00:00",
        "2026-11-21 01:00",
        "2026-11-21 02:00",
    ]


def test_what_is_rare_is_counted_with_the_failed_replies():
    rows = charts.charts(mail()).categories
    assert [(row.numbers, row.told) for row in rows] == [
        ((7,), "70.0 % of the failed replies"),
        ((2,), "20.0 % of the failed replies"),
        ((1,), "10.0 % of the failed replies"),
    ]
