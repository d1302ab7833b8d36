"""Every story ends with the cause that is its illness, and lets the innocent go."""

import re

import pytest

from tests.diagnosis import stories, told


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_the_first_cause_is_the_illness(story):
    causes = told(story).causes
    by_id = {cause.id: cause for cause in causes}
    assert len(by_id) == len(causes), "an id stands twice"
    if not story.top:
        assert not causes
        return
    first = causes[0]
    assert (first.id, first.state, first.who_acts) == (story.top, story.state, story.acts), causes
    assert set(story.by) <= set(first.confirmed_by)
    for exact in story.remedy:
        assert re.search(exact, first.remedy), first.remedy
    assert {name: by_id[name].state for name in story.states} == story.states
    assert not set(story.absent) & by_id.keys()


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_every_cause_is_told_whole(story):
    report = told(story)
    checks = {result.id: result.status.value for result in report.checks}
    for cause in report.causes:
        assert cause.title
        assert cause.replies <= (report.target.observed.replies if report.target.observed else 0)
        if cause.state == "confirmed":
            assert cause.confirmed_by, cause
            assert cause.remedy, cause
        if cause.state == "open":
            assert cause.open_because, cause
        if cause.state == "ruled-out":
            assert cause.ruled_out_by, cause
            well = {check: checks[check] for check in cause.ruled_out_by if check != "dmarc.alignment"}
            assert set(well.values()) <= {"pass", "warn"}, cause
        if cause.who_acts == "sender" and cause.state == "confirmed" and cause.suspect:
            assert not any(code.startswith("replies.") for code in cause.confirmed_by)
